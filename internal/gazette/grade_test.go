package gazette_test

import (
	"bytes"
	"strings"
	"testing"

	"suiji/calendar"
	"suiji/internal/errs"
	"suiji/internal/gazette"
	"suiji/internal/papers"
)

// What a firm is told of its grade: what, by which rule, on which evidence, and
// how and until when it may object.
func TestGradeNotice(t *testing.T) {
	t.Parallel()
	n := gazette.GradeNotice{Office: "元氏县人力资源和社会保障局", Phone: "0311-00000000", Firm: "元氏县恒泰商贸有限公司", Code: "91130132MA0ABCDE6T", Year: 2021, Old: "A", Grade: "B",
		Rule: "因违法行为被查处，但不属于 C 级情形", ObjectDays: 15,
		Evidence: []gazette.GradeEvidence{{On: calendar.MustParse("2021-05-06"), Kind: "违法行为被查处", Source: "元人社监罚字〔2021〕第 12 号", Text: "未按时足额支付劳动报酬"}}}
	text := func(n gazette.GradeNotice) string {
		media, body, err := gazette.Publisher{Fonts: papers.FindFonts("")}.GradeFile(n, gazette.DOCX)
		if err != nil || !strings.Contains(media, "wordprocessingml") {
			t.Fatalf("GradeFile = %s, %v", media, err)
		}
		return tag.ReplaceAllString(strings.ReplaceAll(document(t, body), "</w:p>", "\n"), "")
	}
	got := text(n)
	for _, want := range []string{"元氏县恒泰商贸有限公司：", "91130132MA0ABCDE6T", "2021 年度", "B 级（原为 A 级）", "因违法行为被查处，但不属于 C 级情形的，评为 B 级",
		"1. 2021年5月6日，违法行为被查处：元人社监罚字〔2021〕第 12 号，未按时足额支付劳动报酬。", "有权对上述等级、规则和事实提出异议", "自收到本告知书之日起 15 个工作日内", "0311-00000000", "送达回证"} {
		if !strings.Contains(got, want) {
			t.Errorf("the notice lacks %q:\n%s", want, got)
		}
	}
	n.Told, n.Until, n.Evidence = calendar.MustParse("2022-03-01"), calendar.MustParse("2022-03-22"), nil
	got = text(n)
	for _, want := range []string{"即 2022年3月22日前，含当日", "2022年3月1日", "2021 年度没有因违法行为被查处的记录"} {
		if !strings.Contains(got, want) {
			t.Errorf("the notice that was handed over lacks %q", want)
		}
	}
	if _, _, err := (gazette.Publisher{}).GradeFile(n, gazette.TableCSV); errs.KindOf(err) != errs.NotFound {
		t.Errorf("GradeFile(table.csv) = %v, want NotFound", err)
	}
	if fonts := papers.FindFonts(""); fonts.Missing() == "" {
		if _, b, err := (gazette.Publisher{Fonts: fonts}).GradeFile(n, gazette.PDF); err != nil || !bytes.HasPrefix(b, []byte("%PDF-")) {
			t.Errorf("the PDF is none: %v", err)
		}
	}
}
