package documents

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/papers"
	"suiji/internal/reference"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/internal/visit"
)

const bureau = inspectiontest.Authority

// newService is the documents of a bureau whose second form is concluded with a
// problem and whose first waits.
func newService(t testing.TB, db *store.DB, before ...string) (*inspectiontest.Office, *Service) {
	t.Helper()
	o := inspectiontest.New(t, db)
	o.Exec(t, before...)
	o.Issue(t)
	dir := t.TempDir()
	v := visit.New(visit.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: o.Inspection, Dir: dir})
	s := New(Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: o.Inspection, Visit: v, Fonts: papers.FindFonts(""),
		Casework: casework.New(casework.Config{DB: db, Door: o.Door, Now: o.Now, Reference: reference.New(db, o.Door), Inspection: o.Inspection, Dir: dir}), Dir: dir, BaseURL: "https://suiji.example"})
	f := o.Form(t, 1)
	o.Conclude(t, 1, inspectiontest.WithProblem(inspectiontest.Entry(f, "2022-06-20"), "2022-07-05"))
	return o, s
}

var first = inspection.Serial(inspectiontest.Round, 1)

// filled are texts for every field that nothing else fills.
func filled(p Paper) map[string]string {
	m := map[string]string{}
	for _, f := range p.Kind.Kind().Fields {
		if m[f.Name] = p.Fields[f.Name]; m[f.Name] == "" && !f.Optional {
			m[f.Name] = "填写的" + f.Name
			if len(f.Columns) > 0 {
				m[f.Name] = "劳动合同复印件|2022年|20 份|企业提供\n工资表|5 月|1 册"
			}
			if f.Date {
				m[f.Name] = "2022-07-05"
			}
		}
	}
	return m
}

// issue makes a document from the beginning to its issue.
func issue(t testing.TB, s *Service, a access.Actor, n NewPaper) Paper {
	t.Helper()
	ctx := context.Background()
	id, err := s.Begin(ctx, a, n)
	must(t, err)
	p, err := s.Paper(ctx, bureau, id)
	must(t, err)
	must(t, s.Save(ctx, a, id, p.Revision, filled(p), p.Template))
	must(t, s.Issue(ctx, a, id, seen(t, s, id)))
	p, err = s.Paper(ctx, bureau, id)
	must(t, err)
	return p
}

func seen(t testing.TB, s *Service, id string) string {
	t.Helper()
	p, err := s.Paper(context.Background(), bureau, id)
	must(t, err)
	c, err := s.Preview(context.Background(), bureau, p)
	must(t, err)
	return c.Digest()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v %v", err, errs.Problems(err))
	}
}

func wantErr(t testing.TB, err error, kind errs.Kind, sentence string) {
	t.Helper()
	said := errs.Sentence(err)
	for _, p := range errs.Problems(err) {
		said += "\n" + p.Sentence
	}
	if err == nil || errs.KindOf(err) != kind || !strings.Contains(said, sentence) {
		t.Errorf("error %v %q, want kind %d with “%s”", err, said, kind, sentence)
	}
}

// Every kind is issued, says what the system knows, and gives the same bytes
// whenever it is asked for.
func TestEveryKind(t *testing.T) {
	o, s := newService(t, storetest.SQLite(t))
	ctx := t.Context()
	served := ""
	for _, k := range Kinds {
		n := NewPaper{Kind: k.ID, FormID: first}
		if k.About {
			n.About = served
		}
		p := issue(t, s, o.Clerk, n)
		served = p.ID
		if want := "元氏人社" + k.Word + "字〔2022〕第1号"; p.Number != want {
			t.Errorf("%s: number %s, want %s", k.Name, p.Number, want)
		}
		_, docx, err := s.File(ctx, bureau, p.ID, DOCX)
		must(t, err)
		if _, again, err := s.File(ctx, bureau, p.ID, DOCX); err != nil || !bytes.Equal(docx, again) {
			t.Errorf("%s: another file the second time (%v)", k.Name, err)
		}
		text := said(t, s, p)
		for _, want := range []string{p.Number, "元氏县恒泰商贸有限公司", "元氏县人力资源和社会保障局"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", k.Name, want)
			}
		}
		for _, f := range k.Fields {
			if want := p.Content.Text(f.Name); len(f.Columns) == 0 && !strings.Contains(text, strings.Split(want, "\n")[0]) {
				t.Errorf("%s does not say its field %s: %q", k.Name, f.Name, want)
			}
		}
		if dir := os.Getenv("SUIJI_LOOK"); dir != "" {
			must(t, os.WriteFile(filepath.Join(dir, string(k.ID)+".docx"), docx, 0o600))
			if _, pdf, err := s.File(ctx, bureau, p.ID, PDF); err == nil {
				must(t, os.WriteFile(filepath.Join(dir, string(k.ID)+".pdf"), pdf, 0o600))
			}
		}
	}
}

// said is all text of a document as it is laid out.
func said(t testing.TB, s *Service, p Paper) string {
	t.Helper()
	d, err := s.Document(p, p.Content)
	must(t, err)
	var b strings.Builder
	var walk func(blocks []papers.Block)
	walk = func(blocks []papers.Block) {
		for _, x := range blocks {
			switch x := x.(type) {
			case papers.Paragraph:
				b.WriteString(x.Text + "\n")
			case papers.Table:
				for _, r := range x.Rows {
					for _, c := range r.Cells {
						b.WriteString(c.Text + "\n")
						walk(c.Blocks)
					}
				}
			}
		}
	}
	for _, sec := range d.Sections {
		walk(sec.Head)
		walk(sec.Blocks)
	}
	return b.String()
}

// What is missing is named and blocks the issue; no number is lost by it.
func TestMissing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, s := newService(t, db)
		ctx := t.Context()
		second := inspection.Serial(inspectiontest.Round, 2) // nothing is entered
		id, err := s.Begin(ctx, o.Clerk, NewPaper{Kind: Result, FormID: second})
		must(t, err)
		err = s.Issue(ctx, o.Clerk, id, seen(t, s, id))
		wantErr(t, err, errs.Invalid, "缺“检查结果”：检查结果还没有录入")
		wantErr(t, err, errs.Invalid, "缺“处理意见”")
		again, err := s.Begin(ctx, o.Clerk, NewPaper{Kind: Result, FormID: second})
		if err != nil || again != id {
			t.Errorf("Begin = %s, %v, want the draft that waits", again, err)
		}
		must(t, s.Drop(ctx, o.Clerk, id))
		wantErr(t, s.Drop(ctx, o.Clerk, id), errs.NotFound, "没有这份文书")
		if _, err = s.Paper(ctx, bureau, id); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a dropped draft is there: %v", err)
		}
		if p := issue(t, s, o.Clerk, NewPaper{Kind: Result, FormID: first}); p.No != 1 {
			t.Errorf("number %d, want 1", p.No)
		}
		_, err = s.Begin(ctx, o.Clerk, NewPaper{Kind: Receipt, FormID: first})
		wantErr(t, err, errs.Invalid, "从所送达的文书页上")
		wantErr(t, s.Issue(ctx, o.Clerk, again, "x"), errs.NotFound, "")
	})
}

// A draft is issued as it was looked at, once, by whoever may; what changes
// afterwards is shown and changes nothing.
func TestIssueAndAfter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, s := newService(t, db)
		ctx := t.Context()
		id, err := s.Begin(ctx, o.Clerk, NewPaper{Kind: Correction, FormID: first})
		must(t, err)
		p, err := s.Paper(ctx, bureau, id)
		must(t, err)
		if p.Fields["违法事实"] != "两名职工没有书面劳动合同" || p.Fields["改正期限"] != "2022-07-05" {
			t.Errorf("a draft begins with %v", p.Fields)
		}
		looked := seen(t, s, id)
		fields := filled(p)
		fields["改正要求"] = "十五日内补签"
		must(t, s.Save(ctx, o.Clerk, id, p.Revision, fields, ""))
		wantErr(t, s.Save(ctx, o.Clerk, id, p.Revision, fields, ""), errs.Conflict, "您的改动没有保存")
		wantErr(t, s.Issue(ctx, o.Clerk, id, looked), errs.Conflict, "请再看一遍")
		wantErr(t, s.Issue(ctx, o.Reviewer, id, seen(t, s, id)), errs.Forbidden, "没有此项权限")
		must(t, s.Issue(ctx, o.Clerk, id, seen(t, s, id)))
		must(t, s.Issue(ctx, o.Clerk, id, "whatever"))
		wantErr(t, s.Issue(ctx, o.Reviewer, id, "whatever"), errs.Forbidden, "没有此项权限")
		wantErr(t, s.Save(ctx, o.Clerk, id, 2, fields, ""), errs.Conflict, "已经签发")
		wantErr(t, s.Drop(ctx, o.Clerk, id), errs.Conflict, "已经签发")
		_, before, err := s.File(ctx, bureau, id, DOCX)
		must(t, err)

		o.Exec(t, "UPDATE register_target SET name = '元氏县恒泰新商贸有限公司' WHERE target_id = 'T1'")
		p, err = s.Paper(ctx, bureau, id)
		must(t, err)
		now, err := s.Preview(ctx, bureau, p)
		must(t, err)
		if got := p.Content.Changes(now); len(got) != 1 || got[0] != (Change{"企业名称", "元氏县恒泰商贸有限公司", "元氏县恒泰新商贸有限公司"}) {
			t.Errorf("Changes = %v, want the firm's name", got)
		}
		if _, after, err := s.File(ctx, bureau, id, DOCX); err != nil || !bytes.Equal(before, after) {
			t.Errorf("the issued document is another (%v)", err)
		}
		next := issue(t, s, o.Clerk, NewPaper{Kind: Correction, FormID: first, Replaces: id})
		old, err := s.Paper(ctx, bureau, id)
		must(t, err)
		if old.State != Void || old.No != 1 || next.No != 2 || !strings.Contains(old.VoidReason, next.Number) || next.Fields["改正要求"] != "十五日内补签" {
			t.Errorf("replaced: %s %d %q, by %d", old.State, old.No, old.VoidReason, next.No)
		}
		_, err = s.Begin(ctx, o.Clerk, NewPaper{Kind: Correction, FormID: first, Replaces: id})
		wantErr(t, err, errs.Conflict, "已经作废")
		wantErr(t, s.Void(ctx, o.Clerk, next.ID, "错"), errs.Invalid, "作废原因")
		must(t, s.Void(ctx, o.Leader, next.ID, "当事人名称写错"))
		must(t, s.Void(ctx, o.Leader, next.ID, "当事人名称写错了"))
		if p := issue(t, s, o.Clerk, NewPaper{Kind: Correction, FormID: first}); p.No != 3 {
			t.Errorf("a number after two void ones: %d, want 3", p.No)
		}

		path, err := s.path(bureau, p.DOCX)
		must(t, err)
		must(t, os.WriteFile(path, []byte("x"), 0o600))
		_, _, err = s.File(ctx, bureau, id, DOCX)
		wantErr(t, err, errs.Conflict, "指纹不符")
	})
}

// Many issue at once: no gap, no number twice, on both engines.
func TestNumbersUnderLoad(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, s := newService(t, db)
		s.Fonts = nil
		ctx, bureau := context.Background(), bureau
		const hands, each = 8, 5
		var drafts []string
		for i := range hands * each { // a draft for each: receipts of different documents
			n := NewPaper{Kind: Receipt, FormID: first, About: fmt.Sprint("D", i)}
			o.Exec(t, fmt.Sprintf(`
				INSERT INTO documents_paper (authority_id, document_id, kind, form_id, about, replaces, state, fields, template, revision, made_name, made_at, changed_name,
					changed_at, year, no, number, content, issued_by, issued_name, issued_at, docx, pdf, void_reason, void_name, void_at)
				VALUES ('%s', '%s', 'notice', '%s', '', '', 'issued', '{}', '', 1, '', 0, '', 0, 2021, %d, 'N%d', '', '', '', 0, 'x', '', '', '', 0)`, bureau, n.About, first, i+1, i+1))
			id, err := s.Begin(ctx, o.Clerk, n)
			must(t, err)
			drafts = append(drafts, id)
		}
		var wg sync.WaitGroup
		for h := range hands {
			wg.Go(func() {
				for i := range each {
					id := drafts[h*each+i]
					p, err := s.Paper(ctx, bureau, id)
					if err != nil {
						t.Error(err)
						return
					}
					c, err := s.Preview(ctx, bureau, p)
					if err != nil {
						t.Error(err)
						return
					}
					for range 20 { // a person would press again
						if err = s.Issue(ctx, o.Clerk, id, c.Digest()); !store.Raced(err) {
							break
						}
					}
					if err != nil {
						t.Errorf("issue: %v", err)
					}
				}
			})
		}
		wg.Wait()
		all, err := s.Papers(ctx, bureau, Filter{Kind: Receipt, Year: 2022})
		must(t, err)
		var got, want []int
		for i, p := range all {
			got, want = append(got, p.No), append(want, len(all)-i)
		}
		if len(all) != hands*each || !slices.Equal(got, want) {
			t.Errorf("numbers %v, want 1 to %d without a gap", got, hands*each)
		}
	})
}

func TestPatterns(t *testing.T) {
	o, s := newService(t, storetest.SQLite(t))
	ctx := t.Context()
	must(t, s.SetPattern(ctx, o.Clerk, Notice, "元人社检通字【{年}】第 {号} 号"))
	wantErr(t, s.SetPattern(ctx, o.Clerk, Result, "元人社检通字〔{年}〕第{号}号"), errs.Invalid, "行政检查通知书”已经用这个样式")
	for _, bad := range []string{"元人社", "元人社〔{年}〕第3号", "{号}〔{年}〕", "元人社1〔{年}〕{号}号"} {
		wantErr(t, s.SetPattern(ctx, o.Clerk, Result, bad), errs.Invalid, "编号样式")
	}
	wantErr(t, s.SetPattern(ctx, o.Reviewer, Result, ""), errs.Forbidden, "")
	if p := issue(t, s, o.Clerk, NewPaper{Kind: Notice, FormID: first}); p.Number != "元人社检通字〔2022〕第1号" {
		t.Errorf("number %s", p.Number)
	}
	all, err := s.Series(ctx, bureau, 2022)
	must(t, err)
	if x := all[1]; x.Last != 1 || !x.Own || x.Example() != "元人社检通字〔2022〕第2号" {
		t.Errorf("series %+v", x)
	}
}

func TestAttachments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, s := newService(t, db)
		ctx := t.Context()
		p := issue(t, s, o.Clerk, NewPaper{Kind: Notice, FormID: first})
		pdf := []byte("%PDF-1.4\n%%EOF\n")
		must(t, s.Attach(ctx, o.Clerk, first, "", `C:\合同.pdf`, pdf))
		must(t, s.Attach(ctx, o.Clerk, first, "", "again.pdf", pdf))
		must(t, s.Attach(ctx, o.Clerk, first, p.ID, "of the notice.pdf", pdf))
		wantErr(t, s.Attach(ctx, o.Clerk, first, "", "a.pdf", []byte("MZ")), errs.Invalid, "只收 PDF、JPG、PNG、DOCX、XLSX")
		wantErr(t, s.Attach(ctx, o.Clerk, first, "none", "a.pdf", pdf), errs.NotFound, "")
		wantErr(t, s.Attach(ctx, o.Reviewer, first, "", "a.pdf", []byte("%PDF-2 %%EOF")), errs.Forbidden, "")
		all, err := s.Attachments(ctx, bureau, first)
		must(t, err)
		if len(all) != 2 || all[0].Name != "合同.pdf" || all[0].KeptName != o.Clerk.Name || all[0].Kind != "pdf" {
			t.Errorf("attachments %+v", all)
		}
		_, body, err := s.Attachment(ctx, bureau, first, all[0].Digest)
		if err != nil || !bytes.Equal(body, pdf) {
			t.Errorf("%q, %v", body, err)
		}
		_, _, err = s.Attachment(ctx, bureau, inspection.Serial(inspectiontest.Round, 2), all[0].Digest)
		wantErr(t, err, errs.NotFound, "没有这个附件")
	})
}
