package archive_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"suiji/calendar"
	"suiji/internal/archive"
	"suiji/internal/casework"
	"suiji/internal/documents"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/store/storetest"
)

// begin makes a draft and fills what nothing else fills.
func (o *office) begin(n documents.NewPaper) documents.Paper {
	o.Helper()
	ctx := o.Context()
	id, err := o.papers.Begin(ctx, o.Clerk, n)
	o.must(err)
	p, err := o.papers.Paper(ctx, authority, id)
	o.must(err)
	fields := map[string]string{}
	for _, f := range p.Kind.Kind().Fields {
		if fields[f.Name] = p.Fields[f.Name]; fields[f.Name] == "" {
			fields[f.Name] = map[bool]string{true: "2022-06-30", false: "填写的" + f.Name}[f.Date]
		}
	}
	o.must(o.papers.Save(ctx, o.Clerk, id, p.Revision, fields, ""))
	p, err = o.papers.Paper(ctx, authority, id)
	o.must(err)
	return p
}

func (o *office) issue(n documents.NewPaper) documents.Paper {
	o.Helper()
	ctx, p := o.Context(), o.begin(n)
	c, err := o.papers.Preview(ctx, authority, p)
	o.must(err)
	o.must(o.papers.Issue(ctx, o.Clerk, p.ID, c.Digest()))
	p, err = o.papers.Paper(ctx, authority, p.ID)
	o.must(err)
	return p
}

// next is the key of an end as it stands.
func (o *office) next(ref string) casework.Key {
	o.Helper()
	w, err := o.casework.Whole(o.Context(), authority, o.Form(o.T, 1).ID, ref)
	o.must(err)
	return w.Key
}

// troubled has the first firm inspected with a problem that became a case with
// its penalty.
func (o *office) troubled() {
	o.Helper()
	ctx, d := o.Context(), calendar.MustParse
	o.Conclude(o.T, 1, inspectiontest.WithProblem(inspectiontest.Entry(o.Form(o.T, 1), "2022-06-20"), "2022-06-22"))
	o.On("2022-06-24")
	o.must(o.casework.Recheck(ctx, o.Clerk, o.next("1"), casework.Recheck{On: d("2022-06-23"), Note: "仍未签订劳动合同"}))
	o.must(o.casework.FileCase(ctx, o.Clerk, o.next("1"), casework.Filing{Number: "元人社监立字〔2022〕第3号", Cause: "涉嫌未订立书面劳动合同", Unit: "监察大队", FiledOn: d("2022-06-23"), Handlers: []string{"高建军", "何丽"}}))
	o.must(o.casework.Hear(ctx, o.Clerk, o.next("1"), casework.Hearing{On: d("2022-06-24"), How: "当面", Said: "放弃陈述申辩"}))
	o.must(o.casework.DraftPenalty(ctx, o.Clerk, o.next("1"), casework.Penalty{Number: "元人社监罚字〔2022〕第3号", DecidedOn: d("2022-06-24"), Fact: "未与 5 名职工订立书面劳动合同", Basis: "劳动保障监察条例第二十四条",
		Kinds: "罚款", Amount: 250000, Class: casework.General, Months: 3}))
}

// The documents of an inspection and what followed are in its package, with the
// words that were laid down; what is missing is named, and gone once it is done.
func TestPapers(t *testing.T) {
	each(t, func(o *office) {
		o.troubled()
		form, ctx := o.Form(o.T, 1).ID, o.Context()
		gaps := strings.Join(o.whole(1).Gaps, "\n")
		for _, want := range []string{"《责令限期改正指令书》", "《立案审批表》", "复核过的处罚决定 元人社监罚字〔2022〕第3号", "后续处置的结果：问题 1"} {
			if !strings.Contains(gaps, want) {
				o.Errorf("what is missing lacks %q:\n%s", want, gaps)
			}
		}
		if strings.Contains(gaps, "复查记录") {
			o.Errorf("the re-check is there, but is missed:\n%s", gaps)
		}
		o.must(o.casework.CheckPenalty(ctx, o.Reviewer, o.next("1"), true, ""))
		order := o.issue(documents.NewPaper{Kind: documents.Correction, FormID: form})
		o.issue(documents.NewPaper{Kind: documents.Receipt, FormID: form, About: order.ID})
		wrong := o.issue(documents.NewPaper{Kind: documents.Filing, FormID: form})
		o.must(o.papers.Void(ctx, o.Leader, wrong.ID, "案由写错，另制一份"))
		draft := o.begin(documents.NewPaper{Kind: documents.Filing, FormID: form})
		gaps = strings.Join(o.whole(1).Gaps, "\n")
		if !strings.Contains(gaps, "《立案审批表》的签发（草稿没有签发") || strings.Contains(gaps, "责令限期改正") || strings.Contains(gaps, "后续处置的结果") {
			o.Errorf("what is missing:\n%s", gaps)
		}
		c, err := o.papers.Preview(ctx, authority, draft)
		o.must(err)
		o.must(o.papers.Issue(ctx, o.Clerk, draft.ID, c.Digest()))
		o.must(o.papers.Void(ctx, o.Leader, order.ID, "期限写错，由新的一份代替"))
		if gaps := strings.Join(o.whole(1).Gaps, "\n"); strings.Contains(gaps, "立案审批表") || !strings.Contains(gaps, "《责令限期改正指令书》") {
			o.Errorf("a void document counts:\n%s", gaps)
		}
		v := o.seal(1, "企业签字页是纸质的")
		_, body, err := o.s.Take(ctx, o.Clerk, key(1), 1)
		o.must(err)
		dir := o.unpacked(body)
		for path, want := range map[string]string{"documents/register.txt": "元氏人社立审字〔2022〕第2号", "documents/register.html": "已作废：案由写错，另制一份", "followup/matters.txt": "元人社监立字〔2022〕第3号", "followup/matters.html": "2500.00 元",
			"documents/register.json": wrong.Content.Text("案由"), "followup/casework.json": `"amount_fen": 250000`, "documents/filing-2022-0001.docx": "PK", "documents/correction-2022-0001.pdf": "%PDF"} {
			if fonts.Missing() != "" && strings.HasSuffix(path, ".pdf") {
				continue
			}
			got, err := os.ReadFile(filepath.Join(dir, path))
			if err != nil || !strings.Contains(string(got), want) {
				o.Errorf("%s lacks %q (%v)", path, want, err)
			}
		}
		if out, code := o.python(dir); code != 0 || !strings.Contains(out, "4 份文书") || !strings.Contains(out, "1 份处罚决定") {
			o.Errorf("the verifier says %d:\n%s", code, out)
		}
		// A document of later makes a volume that holds it and not the others.
		o.On("2022-06-25")
		o.issue(documents.NewPaper{Kind: documents.Correction, FormID: form})
		if got := o.whole(1).State(); got != archive.Fresh {
			o.Errorf("State after a document = %s", got)
		}
		o.seal(1, "送达回证未回")
		_, body, err = o.s.Take(ctx, o.Clerk, key(1), 2)
		o.must(err)
		dir = o.unpacked(body)
		_, second := os.Stat(filepath.Join(dir, "documents/correction-2022-0002.docx"))
		_, first := os.Stat(filepath.Join(dir, "documents/correction-2022-0001.docx"))
		if second != nil || first == nil {
			o.Errorf("the supplement has the wrong documents: %v, %v", second, first)
		}
		if out, code := o.python(dir); code != 0 || !strings.Contains(out, "5 份文书") {
			o.Errorf("the supplement of %s: %d\n%s", v.Number, code, out)
		}
	})
}

// A document that is not the one that was issued is no part of a package that
// holds: whoever lists the changed bytes anew is found by the register.
func TestPapersChanged(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	o.troubled()
	o.must(o.casework.CheckPenalty(o.Context(), o.Reviewer, o.next("1"), true, ""))
	p := o.issue(documents.NewPaper{Kind: documents.Correction, FormID: o.Form(o.T, 1).ID})
	o.seal(1, "纸质材料另存")
	_, body, err := o.s.Take(o.Context(), o.Clerk, key(1), 1)
	o.must(err)
	for what, change := range map[string]func(dir string){
		"its bytes are not those that were issued": func(dir string) {
			o.must(os.WriteFile(filepath.Join(dir, "documents/correction-2022-0001.docx"), []byte("another"), 0o644))
		},
		"missing":     func(dir string) { o.must(os.Remove(filepath.Join(dir, "documents/correction-2022-0001.docx"))) },
		"given twice": func(dir string) { o.register(dir, func(rows []any) []any { return append(rows, rows[0]) }) },
		"the text has another number": func(dir string) {
			o.register(dir, func(rows []any) []any {
				rows[0].(map[string]any)["number"] = "元氏人社责改字〔2022〕第9号"
				return rows
			})
		},
	} {
		dir := o.unpacked(body)
		change(dir)
		if out, code := o.list(dir); code != 7 || !strings.Contains(out, what) {
			o.Errorf("%s: %d\n%s", what, code, out)
		}
	}
	// The office's own copy.
	path := filepath.Join(o.dir, "documents", authority, p.DOCX)
	o.must(os.WriteFile(path, []byte("another"), 0o600))
	if gaps := strings.Join(o.whole(1).Gaps, "\n"); !strings.Contains(gaps, "《"+p.Title()+"》的文件：服务器上的文件与保存时的指纹不符") {
		o.Errorf("a changed document is not missed:\n%s", gaps)
	}
}

func (o *office) register(dir string, change func([]any) []any) {
	o.Helper()
	path := filepath.Join(dir, "documents/register.json")
	raw, err := os.ReadFile(path)
	o.must(err)
	var x map[string][]any
	o.must(json.Unmarshal(raw, &x))
	x["documents"] = change(x["documents"])
	raw, err = json.Marshal(x)
	o.must(err)
	o.must(os.WriteFile(path, raw, 0o644))
}

// list writes the manifests of what a folder holds now, and runs the verifier.
func (o *office) list(dir string) (string, int) {
	o.Helper()
	for _, name := range []string{"manifest-sm3.txt", "manifest-sha256.txt"} {
		o.must(os.Remove(filepath.Join(dir, name)))
	}
	o.must(os.WriteFile(filepath.Join(dir, "manifest-sm3.txt"), nil, 0o644))
	out, err := run(dir, "sh", "-c", `find . -type f ! -name manifest-sha256.txt -printf '%P\n' | xargs sha256sum > manifest-sha256.txt`)
	if err != nil {
		o.Fatalf("%v\n%s", err, out)
	}
	return o.python(dir)
}
