package tidings

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/intake"
	"suiji/internal/register"
	"suiji/internal/scribe"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

const authority = "130132-rs"

var (
	clerk  = access.Actor{Authority: authority, ID: "clerk", Name: "李敏", Roles: []access.Role{access.Clerk}}
	leader = access.Actor{Authority: authority, ID: "leader", Name: "周建国", Roles: []access.Role{access.Leader}}
	day    = calendar.MustParse("2022-02-28")
)

// bureau is an office with three firms in its register.
type bureau struct {
	*Service
	t   *testing.T
	now time.Time
}

const firms = "企业名称,统一社会信用代码,登记状态,行政区划代码\n元氏甲公司,91130132MA08AAAA1T,存续,130132\n元氏乙公司,91370100264207472H,存续,130132\n元氏丙公司,11370100004188784H,存续,130132\n"

func newBureau(t *testing.T, db *store.DB) *bureau {
	t.Helper()
	b := &bureau{t: t, now: time.Date(2022, 3, 1, 4, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return b.now }
	door, dir := audit.New(db, clock), t.TempDir()
	s := scribe.New(scribe.Config{DB: db, Door: door, Now: clock, Dir: dir})
	r := register.New(register.Config{DB: db, Door: door, Scribe: s, Now: clock})
	in := intake.New(intake.Config{DB: db, Door: door, Register: r, Now: clock, Dir: dir})
	b.Service = New(Config{DB: db, Door: door, Now: clock, Register: r})
	i, err := in.Check(t.Context(), clerk, register.Targets, "名录.csv", strings.NewReader(firms))
	b.must(err)
	_, err = in.Write(t.Context(), clerk, i.ID)
	b.must(err)
	return b
}

func (b *bureau) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bureau) check(text string, on calendar.Date) (File, error) {
	return b.Check(b.t.Context(), clerk, "状态.csv", on, strings.NewReader(text))
}

func (b *bureau) refused(err error, kind errs.Kind, part string) {
	b.t.Helper()
	if errs.KindOf(err) != kind || !strings.Contains(errs.Sentence(err), part) {
		b.t.Errorf("got %v, want %v with %q", err, kind, part)
	}
}

func (b *bureau) state(code string) string {
	b.t.Helper()
	f, err := b.Register.TargetWith(b.t.Context(), authority, code)
	b.must(err)
	return f.State
}

const head4 = "统一社会信用代码,企业名称,经营状态\n"

// A file as a registration authority sends it, in GB 18030: what it says of firms
// that the register has is written once; a firm that it lacks stays outside.
func TestStates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBureau(t, db)
		text, err := simplifiedchinese.GB18030.NewEncoder().String("县市场监管局 2022年2月\n" + head4 +
			"91130132MA08AAAA1T,元氏甲公司,注销\n91370100264207472H,元氏乙公司,在营（开业）企业\n11370100004188784H,元氏丙公司,飞走了\n" +
			"91990101MA0000HG6F,不在名录的公司,存续\n12345,坏号码,注销\n91130132ma08aaaa1t,元氏甲公司,吊销未注销\n")
		b.must(err)
		f, err := b.check(text, day)
		b.must(err)
		if f.Total != 6 || f.Changed != 1 || f.Same != 1 || f.Left() != 4 {
			t.Fatalf("%+v", f)
		}
		change, left, err := b.Rows(t.Context(), authority, f.ID)
		b.must(err)
		if len(change) != 1 || change[0].Was != "存续" || change[0].State != "注销" || change[0].Line != 3 {
			t.Errorf("changes: %+v", change)
		}
		for i, want := range []string{"“飞走了”不在分类里", "名录里没有这一户", "不是有效的统一社会信用代码", "与第 3 行是同一户"} {
			if !strings.Contains(left[i].Problem, want) {
				t.Errorf("line %d: %q, want %q", left[i].Line, left[i].Problem, want)
			}
		}
		if b.state("91130132MA08AAAA1T") != "存续" {
			t.Error("checked is not written")
		}
		_, err = b.check(text, day)
		b.refused(err, errs.Conflict, "已经上传过（状态.csv，李敏，待写入）")
		b.refused(b.Write(t.Context(), leader, f.ID), errs.Forbidden, "")
		b.must(b.Write(t.Context(), clerk, f.ID))
		b.must(b.Write(t.Context(), clerk, f.ID))
		v, err := b.Register.Version(t.Context(), authority, register.Targets)
		b.must(err)
		if v.Number != 2 || v.Changed != 1 || v.Added != 0 || v.Count != 3 || v.Source != "登记状态：状态.csv" {
			t.Errorf("the register's version is %+v", v)
		}
		if got := b.state("91130132MA08AAAA1T") + b.state("91370100264207472H") + b.state("11370100004188784H"); got != "注销存续存续" {
			t.Errorf("states are %s", got)
		}
		_, err = b.check(text, day)
		b.refused(err, errs.Conflict, "已写入")
		b.refused(b.Drop(t.Context(), clerk, f.ID), errs.Conflict, "不能放弃")
		_, err = b.check(head4+"91370100264207472H,,停业\n", day.AddDays(-1))
		b.refused(err, errs.Conflict, "已经写入过 2022-02-28 的登记状态")
	})
}

// What has changed between the look and the writing is not overwritten, and
// what was dropped is not written.
func TestStatesMeanwhile(t *testing.T) {
	b := newBureau(t, storetest.SQLite(t))
	first, err := b.check(head4+"91370100264207472H,,停业\n", day)
	b.must(err)
	second, err := b.check(head4+"91370100264207472H,,注销\n91130132MA08AAAA1T,,歇业\n", day)
	b.must(err)
	b.must(b.Write(t.Context(), clerk, first.ID))
	b.refused(b.Write(t.Context(), clerk, second.ID), errs.Conflict, "在检查以后有了改动")
	if b.state("91370100264207472H") != "停业" || b.state("91130132MA08AAAA1T") != "存续" {
		t.Error("half of a refused file was written")
	}
	b.must(b.Drop(t.Context(), clerk, second.ID))
	b.must(b.Drop(t.Context(), clerk, second.ID))
	b.refused(b.Write(t.Context(), clerk, second.ID), errs.Conflict, "已放弃")
	same, err := b.check(head4+"91370100264207472H,,停业\n", day.AddDays(1))
	b.must(err)
	b.refused(b.Write(t.Context(), clerk, same.ID), errs.Conflict, "没有一户")
}

// A wrong file is refused with what is wrong, and nothing of it is kept.
func TestWrongFiles(t *testing.T) {
	b := newBureau(t, storetest.SQLite(t))
	for _, x := range []struct {
		text, want string
		on         calendar.Date
	}{
		{"甲,乙\n1,2\n", "没有找到“统一社会信用代码”和“登记状态”", day},
		{head4, "表头下面没有数据", day},
		{"", "文件是空的", day},
		{"\x89PNG\r\n\x1a\n0000", "图片", day},
		{head4 + "91370100264207472H,,停业\n", "不能晚于今天（2022-03-01）", day.AddDays(2)},
		{head4 + "91370100264207472H,,停业\n", "请填写数据日期", calendar.Date{}},
	} {
		_, err := b.check(x.text, x.on)
		b.refused(err, errs.Invalid, x.want)
		b.refused(err, errs.Invalid, "没有保存")
	}
	if all, err := b.Files(t.Context(), authority, 9); err != nil || len(all) != 0 {
		t.Errorf("%d files are kept, %v", len(all), err)
	}
}
