package inspection

import (
	"bytes"
	"fmt"
	"image/png"
	"strings"
	"testing"

	"suiji/calendar"
)

// used adds up what stands on a sheet.
func used(f Form, s Sheet) float64 {
	h := 0.0
	if s.Head {
		h += headHeight(f, nil)
	}
	if len(s.Points) > 0 {
		h += headRow
	}
	for _, p := range s.Points {
		if p.Item != "" {
			h += float64(linesOf(p.Item, 170))*lineHeight + rowExtra
			continue
		}
		h += pointHeight(p)
	}
	if len(s.Findings) > 0 {
		h += headRow
	}
	for _, x := range s.Findings {
		h += max(penRow, float64(max(linesOf(x.Fact, factWidth), linesOf(x.Measure, measureWidth)))*lineHeight+rowExtra)
	}
	for _, x := range s.Texts {
		h += max(penText, float64(linesOf(x.Text, labelWidth))*lineHeight+rowExtra)
	}
	if s.Results {
		h += resultsRoom
	}
	if s.Sign {
		h += signRoom
	}
	return h
}

func manyPoints(n int, text string) Form {
	f := Form{State: Issued, Firm: Firm{Name: strings.Repeat("长", 80), Address: "某地"}, Team: make([]Officer, 2)}
	for i := range n {
		f.Points = append(f.Points, Point{ItemID: fmt.Sprint("I", i/7), Item: fmt.Sprint("事项", i/7), No: i%7 + 1, Text: text, Basis: "《劳动合同法》第十条"})
	}
	return f
}

func TestPages(t *testing.T) {
	full := manyPoints(20, "是否与职工订立书面劳动合同")
	full.State = Confirmed
	full.Points[3].Answer, full.Points[3].Note = No, strings.Repeat("事实很长。", 400)
	full.Summary, full.Evidence, full.Refusal = strings.Repeat("一段情况\n", 100), strings.Repeat("a1 ", 600), "拒签"
	full.Attempts = []Attempt{{calendar.MustParse("2022-06-11"), "上门"}}
	for i := range 9 {
		full.Findings = append(full.Findings, Finding{No: i + 1, Fact: strings.Repeat("事实", 300), Measure: strings.Repeat("措施", 200)})
	}
	for _, c := range []struct {
		name string
		form Form
	}{
		{"no points", manyPoints(0, "")},
		{"one", manyPoints(1, "是否订立书面劳动合同")},
		{"twenty", manyPoints(20, "是否与职工订立书面劳动合同，是否将合同文本交给职工，试用期是否合法")},
		{"a hundred", manyPoints(100, "是否扣押证件")},
		{"entered, with long texts", full},
	} {
		t.Run(c.name, func(t *testing.T) {
			sheets := Pages(c.form)
			var text, note, summary strings.Builder
			var nos []string
			results, signs := 0, 0
			for i, s := range sheets {
				if s.No != i+1 || s.Of != len(sheets) {
					t.Errorf("sheet %d says %d of %d, want of %d", i+1, s.No, s.Of, len(sheets))
				}
				if h := used(c.form, s); h > sheetRoom+0.01 {
					t.Errorf("sheet %d needs %.1f mm, has %.1f", i+1, h, sheetRoom)
				}
				for _, p := range s.Points {
					text.WriteString(p.Text)
					note.WriteString(p.Note)
					if p.No != "" {
						nos = append(nos, p.No)
					}
				}
				for _, x := range s.Texts {
					if strings.HasPrefix(x.Label, "检查情况") {
						summary.WriteString(x.Text + "\n")
					}
				}
				if s.Results {
					results++
				}
				if s.Sign {
					signs++
				}
			}
			if len(nos) != len(c.form.Points) || results != 1 || signs != 1 || !sheets[0].Head {
				t.Errorf("%d points, %d results, %d signatures, want %d, 1, 1", len(nos), results, signs, len(c.form.Points))
			}
			var want, wantNote string
			for _, p := range c.form.Points {
				want, wantNote = want+p.Text, wantNote+p.Note
			}
			if text.String() != want || strings.ReplaceAll(note.String(), "\n", "") != wantNote {
				t.Error("the printed texts of the points are not those of the form")
			}
			if got := strings.ReplaceAll(summary.String(), "\n", ""); got != strings.ReplaceAll(c.form.Summary, "\n", "") {
				t.Errorf("printed summary has %d bytes, want %d", len(got), len(c.form.Summary))
			}
		})
	}
}

func TestQR(t *testing.T) {
	if got, want := CodeURL("https://a.example/", "ABCD2345"), "https://a.example/c/ABCD2345"; got != want {
		t.Errorf("CodeURL() = %s, want %s", got, want)
	}
	b, err := QR("https://a.example", "ABCD2345")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(b)); err != nil {
		t.Errorf("QR() is no PNG: %v", err)
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"short", "是否订立", "是否订立"},
		{"a line and one more", "一二三四五六七八九十", "一二三四五六七八九|十"},
		{"a closing mark does not begin a line", "《劳动保障监察条例》第十条", "《劳动保障监察条|例》第十条"},
		{"an opening mark does not end one", "依据劳动保障监察《条例》", "依据劳动保障监察|《条例》"},
		{"nothing but marks", "。。。。。。。。。。", "。。。。。。。。。|。"},
		{"paragraphs", "一\r\n二", "一|二"},
		{"half width counts two thirds", "ABCDEFGHIJKLMNOP", "ABCDEFGHIJKLMN|OP"},
	} {
		if got := strings.Join(wrap(c.text, 38), "|"); got != c.want {
			t.Errorf("%s: wrap(%q) = %q, want %q", c.name, c.text, got, c.want)
		}
	}
}
