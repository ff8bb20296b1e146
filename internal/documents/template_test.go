package documents

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"suiji/internal/errs"
	"suiji/internal/papers"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// ownDOCX is an office's template as its program writes it, with these lines
// and a table of officers.
func ownDOCX(t testing.TB, lines ...string) []byte {
	t.Helper()
	sec := papers.Form()
	for _, l := range lines {
		sec.Blocks = append(sec.Blocks, papers.Paragraph{Text: l})
	}
	sec.Blocks = append(sec.Blocks, papers.Table{Widths: []float64{1, 1, 2}, Rows: []papers.Row{papers.HeadCells("序号", "姓名", "证号"), papers.Cells("{{人员.序号}}", "{{人员.姓名}}", "{{人员.执法证号}}")}})
	var b bytes.Buffer
	must(t, papers.WriteDOCX(&b, papers.Document{Sections: []papers.Section{sec}}))
	return b.Bytes()
}

// The office's own template is judged when it comes in, and makes its documents
// from then on.
func TestTemplates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, s := newService(t, db)
		ctx := t.Context()
		own := ownDOCX(t, "{{机关名称}}", "{{文号}}", "{{企业名称}}：经批准，定于{{计划检查时间}}对你单位检查。联系人：{{联系人}}", "{{核对说明}}")
		wantErr(t, s.AddTemplate(ctx, o.Clerk, Notice, "a.docx", []byte("%PDF-1 %%EOF")), errs.Invalid, "只收 DOCX")
		wantErr(t, s.AddTemplate(ctx, o.Clerk, Notice, "a.docx", ownDOCX(t, "{{文号}}{{企业名}}{{人员.姓}}{{企业名称}}{{毫不相干的一长串东西}}")), errs.Invalid, "{{企业名}} 系统不认识，是不是 {{企业名称}}？")
		wantErr(t, s.AddTemplate(ctx, o.Clerk, Notice, "a.docx", ownDOCX(t, "{{企业名称}}")), errs.Invalid, "没有占位符 {{文号}}")
		wantErr(t, s.AddTemplate(ctx, o.Reviewer, Notice, "a.docx", own), errs.Forbidden, "")
		must(t, s.AddTemplate(ctx, o.Clerk, Notice, "通知书.docx", own))
		must(t, s.AddTemplate(ctx, o.Clerk, Notice, "通知书.docx", own))
		all, err := s.Templates(ctx, bureau)
		must(t, err)
		if len(all) != 1 || !all[0].Active || len(all[0].Slots) != 9 {
			t.Fatalf("templates %+v", all)
		}
		p := issue(t, s, o.Clerk, NewPaper{Kind: Notice, FormID: first})
		_, docx, err := s.File(ctx, bureau, p.ID, DOCX)
		must(t, err)
		if dir := os.Getenv("SUIJI_LOOK"); dir != "" {
			must(t, os.WriteFile(filepath.Join(dir, "own.docx"), docx, 0o600))
		}
		text := inside(t, docx)
		for _, want := range []string{p.Number, "元氏县恒泰商贸有限公司：经批准", "高建军", "何丽", "03132201002", "https://suiji.example/c/" + p.Content.Values["检查码"]} {
			if !strings.Contains(text, want) {
				t.Errorf("the document does not say %q", want)
			}
		}
		if strings.Contains(text, "{{") {
			t.Errorf("placeholders are left: %s", text)
		}
		if _, _, err := s.File(ctx, bureau, p.ID, PDF); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a PDF of the office's own template: %v", err)
		}
		must(t, s.OfferTemplate(ctx, o.Clerk, Notice, ""))
		must(t, s.Void(ctx, o.Clerk, p.ID, "版式不用了"))
		if p = issue(t, s, o.Clerk, NewPaper{Kind: Notice, FormID: first}); p.Template != "" || p.No != 2 {
			t.Errorf("made with %q after the template was withdrawn", p.Template)
		}
		wantErr(t, s.OfferTemplate(ctx, o.Clerk, Notice, "none"), errs.NotFound, "没有这个模板")
		path, err := s.path(bureau, all[0].Digest)
		must(t, err)
		must(t, s.OfferTemplate(ctx, o.Clerk, Notice, all[0].Digest))
		must(t, s.Void(ctx, o.Clerk, p.ID, "改用本单位模板"))
		must(t, os.Remove(path))
		id, err := s.Begin(ctx, o.Clerk, NewPaper{Kind: Notice, FormID: first})
		must(t, err)
		wantErr(t, s.Issue(ctx, o.Clerk, id, seen(t, s, id)), errs.Conflict, "已不在服务器上")
		if p, err := s.Paper(ctx, bureau, id); err != nil || p.No != 0 {
			t.Errorf("a number for what could not be made: %d, %v", p.No, err)
		}
	})
}

func inside(t testing.TB, docx []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	must(t, err)
	f, err := z.Open("word/document.xml")
	must(t, err)
	var b bytes.Buffer
	_, err = b.ReadFrom(f)
	must(t, err)
	return b.String()
}
