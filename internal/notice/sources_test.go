package notice_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"suiji/internal/notice"
)

// sources are all places of the house that count a limit, each with what of it
// is on the board, or why nothing is. A new one is entered here with its kind,
// or its reason.
var sources = map[string]source{
	"casework.RecheckRule":  {kinds: []notice.Kind{notice.Rectify}},
	"casework.CaseRule":     {kinds: []notice.Kind{notice.Case}},
	"casework.CaseLonger":   {kinds: []notice.Kind{notice.Case}},
	"casework.ReceiptRule":  {kinds: []notice.Kind{notice.Handover}},
	"casework.DecideRule":   {kinds: []notice.Kind{notice.Crime}},
	"casework.AnswerRule":   {kinds: []notice.Kind{notice.Crime}},
	"casework.LeadRule":     {kinds: []notice.Kind{notice.Lead}},
	"casework.PublishRule":  {kinds: []notice.Kind{notice.Penalty}},
	"casework.WithdrawRule": {kinds: []notice.Kind{notice.Takedown}},
	"casework.count":        {why: "applies the rules above"},
	"credit.Tell":           {kinds: []notice.Kind{notice.Objection}},
	"disclosure.timed":      {kinds: []notice.Kind{notice.Contest}},
	"disclosure.clock":      {kinds: []notice.Kind{notice.Repair}},
	"disclosure.due":        {kinds: []notice.Kind{notice.Publish}},
	"plan.ConfirmRule":      {kinds: []notice.Kind{notice.Confirm, notice.Match}},
	"plan.PublishRule":      {kinds: []notice.Kind{notice.Publish}},
	"plan.TaskRule":         {kinds: []notice.Kind{notice.Publish}},
	"plan.bothClocks":       {why: "checks a draft's own days"},
	"plan.PublishBy":        {why: "shows in a draft what the plan will come to"},
	"round.confirmDue":      {kinds: []notice.Kind{notice.Confirm}},
	"supervise.clocks":      {kinds: []notice.Kind{notice.Supervise}},
	"notice.mendDays":       {kinds: []notice.Kind{notice.Exchange}},
	"notice.worked":         {why: "counts the others' rules"},

	"casework_penalty.ends_on":         {kinds: []notice.Kind{notice.Takedown}},
	"credit_proposal.object_until":     {kinds: []notice.Kind{notice.Objection}},
	"disclosure_posting.due_on":        {why: "of what is published: by when it had to be"},
	"feedback_complaint.due_on":        {kinds: []notice.Kind{notice.Complaint}},
	"identity_session.expires_at":      {why: "a session ends by itself"},
	"throttle.until":                   {why: "a wait ends by itself"},
	"inspection_finding.due_on":        {kinds: []notice.Kind{notice.Rectify}},
	"intake_sign.until":                {why: "a lease"},
	"notice_lease.until":               {why: "a lease"},
	"notice_told.due_on":               {why: "what was told of the board"},
	"plan.archive_on":                  {kinds: []notice.Kind{notice.Archive}},
	"plan_window.ends_on":              {kinds: []notice.Kind{notice.Window, notice.Issue, notice.Schedule, notice.Inspect}},
	"register_item_past.until":         {why: "when a version of the record ended"},
	"register_officer.cert_until":      {kinds: []notice.Kind{notice.Certificate}},
	"register_officer_past.until":      {why: "when a version of the record ended"},
	"register_officer_past.cert_until": {why: "of a past version"},
	"register_target_past.until":       {why: "when a version of the record ended"},
	"roster_certificate.until":         {kinds: []notice.Kind{notice.Certificate}},
	"roster_duty.until":                {why: "leave ends by itself"},
	"roster_training.valid_until":      {why: "stands in the officer's yearly record; no rule hangs on it"},
	"round.disclose_by":                {kinds: []notice.Kind{notice.Disclose}},
	"round.confirm_due":                {kinds: []notice.Kind{notice.Confirm}},
	"schedule_urgent.due_at":           {kinds: []notice.Kind{notice.Urgent}},
	"token.expires_on":                 {why: "a right ends by itself, and nothing is owed"},
}

type source struct {
	kinds []notice.Kind
	why   string
}

// standing are the kinds whose day stands in no table and comes of no rule.
var standing = map[notice.Kind]string{
	notice.PlanFiled: "31 March", notice.Holidays: "24 December",
	notice.Approve: "the first day that waits for its approval", notice.Written: "the approved day of a line",
}

var lastDay = regexp.MustCompile(`^\t"?(due_\w+|\w*until|\w*disclose_by|\w+_due|ends_on|expires_\w+|archive_on)"? +(?:TEXT|BIGINT)`)

// Whoever counts a limit, or keeps a last day, is on the board or says why not;
// and no kind of the board is without a source.
func TestSources(t *testing.T) {
	found := map[string]bool{}
	root := "../.."
	err := filepath.WalkDir(filepath.Join(root, "internal"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(filepath.Dir(path), "test") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, at := range counted(f) {
			found[filepath.Base(filepath.Dir(path))+"."+at] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	schema, err := os.ReadFile(filepath.Join(root, "docs", "schema.sql"))
	if err != nil {
		t.Fatal(err)
	}
	table := ""
	for _, line := range strings.Split(string(schema), "\n") {
		if of, ok := strings.CutPrefix(line, "CREATE TABLE "); ok {
			table = strings.Trim(strings.Fields(of)[0], `"(`)
		}
		if m := lastDay.FindStringSubmatch(line); m != nil {
			found[table+"."+m[1]] = true
		}
	}
	kinds := map[notice.Kind]bool{}
	for at := range found {
		s := sources[at]
		if len(s.kinds) == 0 && s.why == "" {
			t.Errorf("%s counts a limit or keeps a last day: say in this test which row of the board it is, or why none", at)
		}
		for _, k := range s.kinds {
			kinds[k] = true
		}
	}
	for at := range sources {
		if !found[at] {
			t.Errorf("%s is not there any more", at)
		}
	}
	for _, k := range notice.Kinds {
		if kinds[k.Kind] == (standing[k.Kind] != "") {
			t.Errorf("%s: a kind of the board has a source, or stands by itself, one of both", k.Kind)
		}
	}
}

// counted names the functions of a file that count a limit, and the rules that
// stand in it.
func counted(f *ast.File) (names []string) {
	if !slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"suiji/calendar"` }) {
		return nil
	}
	for _, d := range f.Decls {
		ast.Inspect(d, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.ValueSpec:
				if len(x.Values) == 1 && isRule(x.Values[0]) {
					names = append(names, x.Names[0].Name)
					return false
				}
			case *ast.CompositeLit, *ast.CallExpr:
				if fn, ok := d.(*ast.FuncDecl); ok && (isRule(n) || counts(n)) {
					names = append(names, fn.Name.Name)
				}
			}
			return true
		})
	}
	return names
}

func isRule(n ast.Node) bool {
	lit, ok := n.(*ast.CompositeLit)
	if !ok {
		return false
	}
	of, ok := lit.Type.(*ast.SelectorExpr)
	return ok && of.Sel.Name == "Rule" && len(lit.Elts) > 0 && slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool {
		kv, ok := e.(*ast.KeyValueExpr)
		return ok && kv.Key.(*ast.Ident).Name == "Unit"
	})
}

// counts reports whether a node is a call of calendar's Deadline or Apply.
func counts(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, ok := call.Fun.(*ast.SelectorExpr)
	return ok && (fn.Sel.Name == "Deadline" && len(call.Args) == 3 || fn.Sel.Name == "Apply" && len(call.Args) == 2)
}
