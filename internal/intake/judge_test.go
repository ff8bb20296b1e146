package intake

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"suiji/internal/canon"
	"suiji/internal/register"
)

func TestParseDate(t *testing.T) {
	tests := []struct{ in, want string }{
		{"2026-12-31", "2026-12-31"}, {"2026/12/31", "2026-12-31"}, {"2026.12.31", "2026-12-31"}, {"2026年12月31日", "2026-12-31"},
		{"2026 年 2 月 3 日", "2026-02-03"}, {"２０２６－１２－３１", "2026-12-31"}, {"20261231", "2026-12-31"}, {"2026-1-2", "2026-01-02"},
		{"2026-12-31 00:00:00", "2026-12-31"}, {"2026-12-31T08:00", "2026-12-31"}, {"46387", "2026-12-31"}, {"46387.0", "2026-12-31"},
		{"2026-02-29", ""}, {"2026-13-01", ""}, {"12-31", ""}, {"长期", ""}, {"", ""}, {"46387.5", ""}, {"2026年12月", ""}, {"99999", ""}, {"31/12/2026", ""},
	}
	for _, tt := range tests {
		d, ok := parseDate(tt.in)
		if got := d.String(); got != tt.want || ok != (tt.want != "") {
			t.Errorf("parseDate(%q) = %q, %v, want %q", tt.in, got, ok, tt.want)
		}
	}
}

// FuzzJudge holds that no row, whatever it holds, gets past the judge with an
// identifier that a draw cannot carry, without a name, or with text that is
// not text.
func FuzzJudge(f *testing.F) {
	f.Add("甲厂", "91130132108010841G", "有限责任公司", "2001-02-03", "标签、二")
	f.Add("合计", "9.1E+17", "\xff\xfe", "45000", "无")
	f.Add("\u202e甲\x00厂", "企独字第1号", "100(万元)", "长期", "A级\n\n")
	f.Add("姓名", "N-ABCDEFGHIJKLMNOP", "", "99999999", ",,,")
	heads := map[register.List]*header{
		register.Targets:  known(register.Targets, []string{"企业名称", "信用代码", "类型", "成立日期", "标签"}),
		register.Officers: known(register.Officers, []string{"姓名", "执法证号", "单位", "有效期至", "执法领域"}),
		register.Items:    known(register.Items, []string{"抽查事项", "检查依据", "事项编码", "发布日期", "检查内容"}),
	}
	f.Fuzz(func(t *testing.T, a, b, c, e, g string) {
		row := func(l register.List) *reading {
			return &reading{head: heads[l], today: date("2022-03-01"), exact: true, line: 2, cells: []string{a, b, c, e, g}}
		}
		r := row(register.Targets)
		x := r.target()
		hold(t, r, x.Fresh())
		r = row(register.Officers)
		o := r.officer()
		hold(t, r, o.Fresh())
		if !r.rejected() && o.CertUntil.Zero() {
			t.Errorf("accepted %+v without a date", o)
		}
		r = row(register.Items)
		i := r.item()
		hold(t, r, i.Fresh())
	})
}

func hold[T register.Record[T]](t *testing.T, r *reading, x T) {
	t.Helper()
	for _, i := range r.issues {
		if i.Sentence == "" || i.Rule == "" || !utf8.ValidString(i.Value+i.Sentence) {
			t.Errorf("issue %+v", i)
		}
	}
	if r.rejected() {
		return
	}
	if !canon.IsIdentifier(x.Key()) || x.Label() == "" || x.Label() != strings.TrimSpace(x.Label()) {
		t.Errorf("accepted %+v", x)
	}
	whole := x.Whole(nil)
	if !utf8.Valid(whole) || bytes.ContainsRune(whole, 0) {
		t.Errorf("accepted text that a database refuses: %q", whole)
	}
	if err := canon.IsCanonical(x.Canonical(nil)); err != nil {
		t.Errorf("canonical record: %v", err)
	}
	if again := x.Onto(x); !bytes.Equal(again.Whole(nil), whole) {
		t.Errorf("a record on itself becomes %s, was %s", again.Whole(nil), whole)
	}
}
