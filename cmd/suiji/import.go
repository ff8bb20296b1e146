package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/intake"
	"suiji/internal/register"
)

// report is what an import prints with --json.
type report struct {
	List      string `json:"list"`
	File      string `json:"file"`
	DryRun    bool   `json:"dry_run"`
	Total     int    `json:"total"`
	Accepted  int    `json:"accepted"`
	Warned    int    `json:"warned"`
	Rejected  int    `json:"rejected"`
	Added     int    `json:"added"`
	Changed   int    `json:"changed"`
	Unchanged int    `json:"unchanged"`
	Version   int    `json:"version"` // of the register; 0: nothing was changed
	Rows      []row  `json:"rows"`
}

type row struct {
	Row      int    `json:"row"`
	Column   string `json:"column"`
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Value    string `json:"value"`
	Sentence string `json:"sentence"`
}

func (p program) importCmd() *cobra.Command {
	var dryRun, asJSON bool
	var authority, effective string
	cmd := &cobra.Command{
		Use:   "import targets|officers|items FILE",
		Short: "导入名录：检查对象、执法人员、抽查事项 / import a register from CSV or XLSX",
		Long: "The file is checked first; then the rows that can be written are written in one transaction.\n" +
			"Exit code 3: some rows were rejected. With --dry-run nothing is written.",
		Example:   "  suiji import targets 企业名录.xlsx --data data\n  suiji import officers 执法人员.csv --dry-run --json",
		Args:      cobra.ExactArgs(2),
		ValidArgs: []string{"targets", "officers", "items"},
	}
	pl := p.placeFlags(cmd.Flags())
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "只检查，不写入 / check only")
	cmd.Flags().BoolVar(&asJSON, "json", false, "输出 JSON / print JSON")
	cmd.Flags().StringVar(&authority, "authority", "", "单位标识，有多个单位时必填 / authority id")
	cmd.Flags().StringVar(&effective, "effective", "", "变动自哪一天起生效，如 2022-06-01；默认今天 / day from which the changes hold")
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		list := register.List(args[0])
		if list != register.Targets && list != register.Officers && list != register.Items {
			return errs.E(errs.Invalid, "只能导入 targets（检查对象）、officers（执法人员）或 items（抽查事项）")
		}
		app, err := p.open(cmd.Context(), pl)
		if err != nil {
			return err
		}
		defer app.close() // what was written is committed; nothing to say of a close
		rep, err := p.runImport(cmd, app, authority, list, args[1], effective, dryRun)
		if err != nil {
			return err
		}
		if err := p.printReport(rep, asJSON); err != nil {
			return err
		}
		if rep.Rejected > 0 {
			return exit(exitPartly)
		}
		return nil
	}
	return cmd
}

func (p program) runImport(cmd *cobra.Command, app *app, authority string, list register.List, file, effective string, dryRun bool) (report, error) {
	ctx := cmd.Context()
	f, err := os.Open(file)
	if err != nil {
		return report{}, errs.Because(errs.NotFound, "打不开文件 "+file+"，没有导入任何内容", err)
	}
	defer f.Close() // only read
	auth, err := app.authority(ctx, authority)
	if err != nil {
		return report{}, err
	}
	by := access.System(auth.ID)
	imp, err := app.intake.Check(ctx, by, list, filepath.Base(file), f)
	if err != nil {
		return report{}, err
	}
	issues, _, err := app.intake.Issues(ctx, auth.ID, imp.ID, intake.IssueFilter{})
	if err != nil {
		return report{}, err
	}
	if dryRun {
		err = app.intake.Drop(ctx, by, imp.ID)
	} else if imp.Accepted > 0 {
		imp, err = p.writeImport(ctx, app, by, imp, effective)
	}
	if err != nil {
		return report{}, err
	}
	if err := app.scribe.Sequence(ctx, auth.ID); err != nil {
		return report{}, err
	}
	rep := report{List: string(list), File: filepath.Base(file), DryRun: dryRun, Total: imp.Total, Accepted: imp.Accepted, Warned: imp.Warned,
		Rejected: imp.Rejected, Added: imp.Added, Changed: imp.Changed, Unchanged: imp.Unchanged, Version: int(imp.Version), Rows: []row{}}
	for _, i := range issues {
		rep.Rows = append(rep.Rows, row{Row: i.Line, Column: i.Column, Rule: i.Rule, Severity: string(i.Severity), Value: i.Value, Sentence: i.Sentence})
	}
	return rep, nil
}

// writeImport writes a checked import; one that is refused is given up, for
// nobody would come back for it.
func (p program) writeImport(ctx context.Context, app *app, by access.Actor, imp intake.Import, effective string) (intake.Import, error) {
	if err := app.intake.Begin(ctx, by, imp.ID, effective); err != nil {
		return imp, errors.Join(err, app.intake.Drop(ctx, by, imp.ID))
	}
	return app.intake.Import(ctx, by.Authority, imp.ID)
}

func (p program) printReport(rep report, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(p.stdout)
		e.SetEscapeHTML(false)
		return e.Encode(rep)
	}
	for _, r := range rep.Rows {
		word := "提醒"
		if r.Severity == "reject" {
			word = "拒绝"
		}
		fmt.Fprintf(p.stdout, "第 %d 行\t%s\t%s\t%s\t%s\n", r.Row, r.Column, word, r.Rule, r.Sentence)
	}
	fmt.Fprintf(p.stdout, "共 %d 行：可导入 %d（其中提醒 %d），拒绝 %d\n", rep.Total, rep.Accepted, rep.Warned, rep.Rejected)
	_, err := fmt.Fprintf(p.stdout, "新增 %d，变更 %d，未变 %d\n", rep.Added, rep.Changed, rep.Unchanged)
	return err
}
