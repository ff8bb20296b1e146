package gazette_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"suiji/calendar"
	"suiji/internal/errs"
	"suiji/internal/gazette"
	"suiji/internal/office"
	"suiji/internal/papers"
	"suiji/internal/plan"
)

// issued is a plan with two tasks, one of them in three strata.
func issued() plan.Plan {
	return plan.Plan{
		Authority: "130132-rs", ID: "P2022", Year: 2022, State: plan.Published, Serial: 1,
		Title:  "元氏县人力资源和社会保障局2022年度“双随机、一公开”随机抽查工作计划",
		Number: "元人社〔2022〕3号", Issuer: "元氏县人力资源和社会保障局", IssuedOn: calendar.MustParse("2022-01-17"), Addressees: "局属各科室、监察大队",
		Body:        "为认真贯彻落实国务院和省市县政府关于“双随机、一公开”监管工作部署要求，制定本工作计划。\n一、工作目标\n按照有关要求，坚持“简政放权、依法监管”的原则。\n（一）依法规范实施检查。各实施抽查科室要依据清单确定检查项目。\n（二）抽查时间",
		BaseVersion: 1, BaseCount: 698, BaseOn: calendar.MustParse("2022-01-10"), Ratio: 500, Rounding: plan.Up, FloorSize: 5,
		Windows: []plan.Window{
			{No: 1, StartsOn: calendar.MustParse("2022-06-01"), EndsOn: calendar.MustParse("2022-07-31")},
			{No: 2, StartsOn: calendar.MustParse("2022-10-01"), EndsOn: calendar.MustParse("2022-11-30")},
		},
		Tasks: []plan.Task{
			{No: 1, Name: "用人单位遵守劳动保障法律法规情况检查", Method: "实地检查、书面检查", Lead: "元氏县人力资源和社会保障局", Units: "监察大队", Level: "县抽县查",
				Items: []plan.Item{{ID: "RS01", Name: "用人单位遵守劳动保障法律、法规情况的监督检查", Basis: "《劳动保障监察条例》第十一条"}},
				Strata: []plan.Stratum{
					{Name: "D", Title: "信用风险D", Tag: "信用风险D", Ratio: 3000, Size: 20}, {Name: "C", Title: "信用风险C", Tag: "信用风险C", Ratio: 1000, Size: 80},
					{Name: "all", Title: "其余", Ratio: 400, Size: 598}},
				Tickets: []plan.Ticket{{Tag: "投诉举报多", Tickets: 3}}},
			{No: 2, Name: "劳务派遣单位检查", Directed: true, Scope: plan.Scope{Tag: "劳务派遣"}, Items: []plan.Item{{ID: "RS02", Name: "劳务派遣经营", Basis: "《劳动合同法》第五十七条"}},
				Strata: []plan.Stratum{{Name: "all", Title: "全部", Ratio: 10000, Size: 3}}},
		},
	}
}

func document(t *testing.T, b []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func file(t *testing.T, p plan.Plan, form gazette.Form) []byte {
	t.Helper()
	_, _, body, err := gazette.Publisher{Fonts: papers.FindFonts("")}.File(p, form)
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("SUIJI_TEST_PAPERS"); dir != "" { // to look at
		os.WriteFile(dir+"/"+string(form), body, 0o644)
	}
	return body
}

var tag = regexp.MustCompile(`<[^>]*>`)

func TestNotice(t *testing.T) {
	t.Parallel()
	body := document(t, file(t, issued(), gazette.DOCX))
	text := tag.ReplaceAllString(strings.ReplaceAll(body, "</w:p>", "\n"), "")
	for _, want := range []string{
		"元氏县人力资源和社会保障局文件\n", "元人社〔2022〕3号\n", "关于印发《元氏县人力资源和社会保障局2022年度“双随机、一公开”随机抽查工作计划》的通知\n",
		"局属各科室、监察大队：\n", "2022年1月17日\n", "（一）依法规范实施检查。各实施抽查科室要依据清单确定检查项目。\n",
		"附件：元氏县人力资源和社会保障局2022年度随机抽查工作计划表\n", "劳务派遣单位检查\n", "本表合计 41 户", "“投诉举报多”每户 3 签", "2022年1月17日印发",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the notice lacks %q:\n%s", want, text)
		}
	}
	overlay := document(t, file(t, issued(), gazette.Overlay))
	if strings.Contains(overlay, "FF0000") || strings.Contains(overlay, "局文件") || !strings.Contains(overlay, "元人社〔2022〕3号") {
		t.Error("the notice for printed paper has a red head, or no number")
	}
	draft := issued()
	draft.State = plan.Draft
	if _, err := gazette.Notice(draft, gazette.RedHead); err != nil {
		t.Errorf("Notice of a draft = %v", err)
	}
	if papers.FindFonts("").Missing() == "" {
		if b := file(t, issued(), gazette.PDF); !bytes.HasPrefix(b, []byte("%PDF-")) {
			t.Error("the PDF is none")
		}
	}
}

// The table and the notice name the departments of a joint task.
func TestJointTask(t *testing.T) {
	t.Parallel()
	p := issued()
	p.Tasks[0].Slots = []plan.Slot{{Name: "rs", Title: "县人社局", Size: 2}, {Name: "sj", Title: "县市场监管局", Size: 2}, {Name: "county", Title: "甲县", Size: 2, Area: "130132"}}
	const want = "县人社局（牵头）、县市场监管局（配合）、甲县（属地检查）"
	if text := tag.ReplaceAllString(document(t, file(t, p, gazette.DOCX)), ""); !strings.Contains(text, want) {
		t.Errorf("the notice lacks %q", want)
	}
	if b := file(t, p, gazette.TableCSV); !strings.Contains(string(b), want) {
		t.Errorf("the table lacks %q", want)
	}
}

// TestNoTableNoNotice holds that no form of a plan can lack its table (1.17).
func TestNoTableNoNotice(t *testing.T) {
	t.Parallel()
	bare, hollow := issued(), issued()
	bare.Tasks, hollow.Tasks[1].Strata = nil, nil
	for _, p := range []plan.Plan{bare, hollow} {
		for _, form := range []gazette.Form{gazette.DOCX, gazette.Overlay, gazette.PDF, gazette.TableXLSX, gazette.TableCSV} {
			_, _, body, err := gazette.Publisher{Fonts: papers.FindFonts("")}.File(p, form)
			if errs.KindOf(err) != errs.Conflict || len(body) > 0 || !strings.Contains(err.Error(), "计划表是空的") {
				t.Errorf("File(%s) of a plan without table = %d bytes, %v; want a Conflict", form, len(body), err)
			}
		}
	}
	if _, _, _, err := (gazette.Publisher{}).File(issued(), "notice.exe"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("File(notice.exe) = %v, want NotFound", err)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	for _, form := range []gazette.Form{gazette.TableXLSX, gazette.TableCSV} {
		b := file(t, issued(), form)
		open, err := office.Open(string(form), bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		var rows [][]string
		for r, err := range open.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, r.Cells)
		}
		if len(rows) != 5 {
			t.Fatalf("%s has %d rows, want a head and 4", form, len(rows))
		}
		for i, want := range map[int]string{2: "用人单位遵守劳动保障法律法规情况检查", 8: "20", 9: "30%", 10: "6", 12: "3+3", 18: "“投诉举报多”每户 3 签"} {
			if rows[1][i] != want {
				t.Errorf("%s: %s = %q, want %q", form, rows[0][i], rows[1][i], want)
			}
		}
		if rows[4][9] != "全部" || rows[4][3] != "定向" {
			t.Errorf("%s: last row = %q", form, rows[4])
		}
	}
}
