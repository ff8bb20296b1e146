package documents

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/store/storetest"
)

// A name and an address longer than any of the registers that we know, which
// have 32 and 76 characters.
var (
	longName    = "石家庄市元氏县" + strings.Repeat("示例劳务派遣人力资源管理", 3) + "咨询有限公司元氏分公司"
	longAddress = "河北省石家庄市元氏县槐阳镇" + strings.Repeat("人民路与常山路交叉口西北角", 6) + "88号A座B1-08（一照多址）"
)

// All forms of a round are one PDF, each with its own pages, number and code.
func TestPrintForms(t *testing.T) {
	o, s := newService(t, storetest.SQLite(t))
	if s.Fonts.Missing() != "" {
		t.Skip("no Chinese font on this machine")
	}
	o.Exec(t, fmt.Sprintf("UPDATE register_target SET name = '%s', address = '%s', work_address = '%[2]s' WHERE target_id = 'T2'", longName, longAddress))
	var b bytes.Buffer
	must(t, s.PrintForms(t.Context(), bureau, inspectiontest.Round, &b))
	if !bytes.HasPrefix(b.Bytes(), []byte("%PDF-")) || !bytes.HasSuffix(b.Bytes(), []byte("%%EOF\n")) {
		t.Fatal("no whole PDF")
	}
	if dir := os.Getenv("SUIJI_LOOK"); dir != "" {
		must(t, os.WriteFile(filepath.Join(dir, "forms.pdf"), b.Bytes(), 0o600))
	}
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("no pdftotext to read it with")
	}
	cmd := exec.Command(tool, "-layout", "-", "-")
	cmd.Stdin = &b
	text, err := cmd.Output()
	must(t, err)
	flat := strings.Join(strings.Fields(string(text)), "")
	for no := range 3 {
		f := o.Form(t, no+1)
		for _, want := range []string{"编号" + f.ID, f.Code, "第1页共2页"} {
			if !strings.Contains(flat, want) {
				t.Errorf("form %d does not say %q", no+1, want)
			}
		}
	}
	if n := strings.Count(flat, "□符合"); n == 0 || !strings.Contains(flat, "☑不符合") {
		t.Errorf("%d boxes to tick, and the ticked one is there: %v", n, strings.Contains(flat, "☑不符合"))
	}
	wantErr(t, s.PrintForms(t.Context(), bureau, "none", io.Discard), errs.NotFound, "还没有检查表")
	s.Fonts = nil
	wantErr(t, s.PrintForms(t.Context(), bureau, inspectiontest.Round, io.Discard), errs.Invalid, "中文字体")
}

// firstPage is a writer that knows when its first page was whole.
type firstPage struct {
	begun time.Time
	page  time.Duration
	bytes int64
}

func (w *firstPage) Write(p []byte) (int, error) {
	w.bytes += int64(len(p))
	if w.page == 0 && bytes.Contains(p, []byte("/Type/Page/Parent")) {
		w.page = time.Since(w.begun)
	}
	return len(p), nil
}

// BenchmarkPrintForms500 prints the forms of 500 firms with 24 check points
// each, two or three pages for each firm. The bare measure is reading the forms
// without laying anything out.
func BenchmarkPrintForms500(b *testing.B) {
	o, s := newService(b, storetest.SQLite(b))
	if s.Fonts.Missing() != "" {
		b.Skip("no Chinese font on this machine")
	}
	many(b, o, 500)
	var peak, total float64
	bare := time.Now()
	forms, err := s.Inspection.Forms(b.Context(), bureau, inspection.Filter{RoundID: inspectiontest.Round})
	must(b, err)
	for _, f := range forms {
		_, err := s.Inspection.Form(b.Context(), bureau, f.ID)
		must(b, err)
	}
	read := time.Since(bare).Seconds()
	var w firstPage
	for b.Loop() {
		w = firstPage{begun: time.Now()}
		must(b, s.PrintForms(b.Context(), bureau, inspectiontest.Round, &w))
		total = time.Since(w.begun).Seconds()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, float64(m.HeapInuse)/(1<<20))
	}
	b.ReportMetric(w.page.Seconds()*1000, "ms-first-page")
	b.ReportMetric(total, "s-500-forms")
	b.ReportMetric(read, "bare-s-500-forms")
	b.ReportMetric(peak, "MiB-heap")
	b.ReportMetric(float64(w.bytes)/(1<<20), "MiB-PDF")
}

// many gives the round n firms with 24 check points.
func many(t testing.TB, o *inspectiontest.Office, n int) {
	t.Helper()
	var points, firms, drawn, teams, forms []string
	for i := range 24 {
		points = append(points, fmt.Sprintf("('%s', '%s', 'I1', %d, '用人单位遵守劳动合同规定', '是否在用工之日起一个月内与职工订立书面劳动合同，并把文本交给职工本人', '《中华人民共和国劳动合同法》第十条、第十六条、第八十一条', '')",
			bureau, inspectiontest.Round, 100+i))
	}
	for i := range n {
		id := fmt.Sprintf("X%04d", i)
		firms = append(firms, fmt.Sprintf("('%s', '%s', 'C%017d', 'other', '%s%d', '企业', '存续', '', '130132', '元氏县', '%s', '', '', '', '', '', '', '', '', TRUE, '', 1)", bureau, id, i, longName, i, longAddress))
		drawn = append(drawn, fmt.Sprintf("('%s', '%s', '%s', 'rest', %d, 'confirmed')", bureau, inspectiontest.Round, id, 100+i))
		for k, officer := range []string{"O1", "O2"} {
			teams = append(teams, fmt.Sprintf("('%s', '%s', '%s', 'main', '%s', %d, 'team')", bureau, inspectiontest.Round, id, officer, k+1))
		}
		forms = append(forms, fmt.Sprintf("('%s', '%s.%04d', '%[2]s', '%[4]s', %[3]d, 'CODE%04[3]d', 'issued', '', '', '', '', '', '', '', '', '', 0, '', '', 0, '', '', 0, 1, 'main')", bureau, inspectiontest.Round, 1000+i, id))
	}
	o.Exec(t, "INSERT INTO inspection_point (authority_id, round_id, item_id, no, item, text, basis, slot) VALUES "+strings.Join(points, ","),
		`INSERT INTO register_target (authority_id, target_id, code, code_kind, name, kind, state, established, area_code, area_name, address,
			work_address, industry, scope, contact, phone, source, tags, digest, active, reason, version) VALUES `+strings.Join(firms, ","),
		"INSERT INTO round_target (authority_id, round_id, target_id, stratum, rank, state) VALUES "+strings.Join(drawn, ","),
		"INSERT INTO round_officer (authority_id, round_id, target_id, slot, officer_id, place, state) VALUES "+strings.Join(teams, ","),
		`INSERT INTO inspection_form (authority_id, form_id, round_id, target_id, no, code, state, started_on, ended_on,
			firm_person, refusal, summary, evidence, team, entered_by, entered_name, entered_at,
			confirmed_by, confirmed_name, confirmed_at, opinion, changed_name, changed_at, revision, slot) VALUES `+strings.Join(forms, ","))
}
