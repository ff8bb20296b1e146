package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/errs"
	"suiji/internal/store"
)

func (d *Doctor) ofLedger() []check {
	return []check{
		{"台账核对", d.ledgers, "不要删除检查点文件；按 docs/operations.md“Restore”一节办理"},
		{"台账签发", d.signing, "按上面说的办；见 docs/operations.md“Restore”一节"},
		{"记录与台账", d.records, "运行 suiji ledger check 看全部不符之处；停止办理，按 docs/operations.md“Restore”一节从备份取回"},
		{"审计日志", d.log, "停止办理，保留数据库和数据目录；从备份查明改动以前的内容，向上级报告"},
		{"等待入账的记录", d.waiting, "服务没有运行，或者台账停止签发；看服务的日志"},
		{"外部见证方", d.witnesses, "按上面说的办；见 docs/operations.md“Witnesses”一节"},
		{"签名密钥", d.keys, "从备份取回 keys 目录；丢了的密钥不能另造"},
		{"时钟", d.clock, "校准服务器时钟（NTP）；时钟倒退时台账会等待"},
		{"放假通知", d.notices, "系统管理员在“放假通知”录入国务院办公厅的通知；没有通知的年份不能计算工作日期限"},
	}
}

// log goes through each authority's chain of audit entries.
func (d *Doctor) log(ctx context.Context) (string, bool) {
	all, err := d.Identity.Authorities(ctx)
	if err != nil {
		return err.Error(), false
	}
	linked, waiting := int64(0), int64(0)
	for _, x := range all {
		c, err := d.Audit.Check(ctx, x.ID)
		if err != nil {
			return err.Error(), false
		}
		if c.Broken != "" {
			return x.ID + " " + c.Broken, false
		}
		linked, waiting = linked+c.Linked, waiting+c.Waiting
	}
	return fmt.Sprintf("%d 条逐条相连，另有 %d 条待连", linked, waiting), true
}

// signing tells whether a witness's proof has stopped a ledger.
func (d *Doctor) signing(ctx context.Context) (string, bool) {
	all, err := d.Identity.Authorities(ctx)
	if err != nil {
		return err.Error(), false
	}
	for _, x := range all {
		if why := d.Scribe.Stopped(x.ID); why != "" {
			return why, false
		}
	}
	return "没有停止", true
}

// ledgers works every authority's tree out anew.
func (d *Doctor) ledgers(ctx context.Context) (string, bool) {
	n, err := d.CheckLedgers(ctx)
	return said(err, fmt.Sprintf("%d 条记录与签名的检查点一致", n))
}

// CheckLedgers works every authority's tree out anew and returns the number of
// entries.
func (d *Doctor) CheckLedgers(ctx context.Context) (int64, error) {
	all, err := d.Identity.Authorities(ctx)
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, x := range all {
		n, err := d.Scribe.Check(ctx, x.ID)
		if errs.KindOf(err) == errs.NotFound && err != nil {
			continue // nothing was ever signed
		}
		if err != nil {
			return sum, err
		}
		sum += n
	}
	return sum, nil
}

// records holds the database to the ledger.
func (d *Doctor) records(ctx context.Context) (string, bool) {
	all, err := d.Identity.Authorities(ctx)
	if err != nil {
		return err.Error(), false
	}
	records, entries := 0, 0
	for _, x := range all {
		r, err := d.Reckon.Check(ctx, x.ID)
		if err != nil {
			return err.Error(), false
		}
		if !r.OK() {
			return fmt.Sprintf("%s 有 %d 处不符，第一处：%s", x.ID, len(r.Findings), r.Findings[0]), false
		}
		entries += r.Entries
		for _, n := range r.Records {
			records += n
		}
	}
	return fmt.Sprintf("%d 份记录与台账 %d 条一致", records, entries), true
}

func (d *Doctor) waiting(ctx context.Context) (string, bool) {
	ids, err := d.Scribe.Waiting(ctx)
	if err != nil || len(ids) == 0 {
		return said(err, "没有")
	}
	return "单位 " + strings.Join(ids, "、") + " 有记录等待入账", false
}

// witnesses tells which of the ledger's outside witnesses do not cosign, and
// what to do about each.
func (d *Doctor) witnesses(ctx context.Context) (string, bool) {
	all, err := d.Identity.Authorities(ctx)
	if err != nil {
		return err.Error(), false
	}
	var bad []string
	for _, x := range all {
		v, err := d.Scribe.Standing(ctx, x.ID)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err.Error(), false
		}
		for _, w := range v.Witnesses {
			if t := w.Trouble; t.Code != "" {
				bad = append(bad, fmt.Sprintf("%s 自 %s 起没有为 %s 联署：%s。%s", w.Name, calendar.Clock(t.Since).Format("2006-01-02 15:04"), x.ID, t.Sentence(), t.Cure(x.ID)))
			}
		}
	}
	if len(bad) > 0 {
		return strings.Join(bad, "；"), false
	}
	if n := len(d.Scribe.Witnesses()); n > 0 {
		return fmt.Sprintf("%d 个，都在联署", n), true
	}
	return "没有配置", true
}

func (d *Doctor) keys(context.Context) (string, bool) {
	files, err := filepath.Glob(filepath.Join(d.Dir, "keys", "*"))
	if err != nil {
		return err.Error(), false
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			return err.Error(), false
		}
		if info.Mode().Perm()&0o077 != 0 {
			return fmt.Sprintf("%s 别的用户能读（%s）", filepath.Base(f), info.Mode().Perm()), false
		}
	}
	return fmt.Sprintf("%d 个，只有本用户能读", len(files)), true
}

// clock compares the clock with the newest thing that was done.
func (d *Doctor) clock(ctx context.Context) (string, bool) {
	newest, err := store.One(ctx, d.DB, store.Value[int64], `SELECT coalesce(max(at), 0) FROM audit_entry`)
	if err != nil {
		return err.Error(), false
	}
	now := d.Now()
	if ahead := time.UnixMilli(newest).Sub(now); ahead > time.Second {
		return fmt.Sprintf("现在是 %s，比最近一次操作早 %s", calendar.Clock(now).Format("2006-01-02 15:04:05"), ahead.Round(time.Second)), false
	}
	return calendar.Clock(now).Format("2006-01-02 15:04:05"), true
}

func (d *Doctor) notices(ctx context.Context) (string, bool) {
	cal, err := d.Reference.Calendar(ctx)
	if err != nil {
		return err.Error(), false
	}
	today := calendar.In(d.Now())
	years := []int{today.Year()}
	if today.Month() == time.December {
		years = append(years, today.Year()+1)
	}
	for _, y := range years {
		if !slices.Contains(cal.Years(), y) {
			return fmt.Sprintf("没有 %d 年的通知", y), false
		}
	}
	return fmt.Sprintf("到 %d 年", cal.Years()[len(cal.Years())-1]), true
}
