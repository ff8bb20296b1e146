package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/backup"
	"suiji/internal/errs"
	"suiji/internal/papers"
	"suiji/internal/register"
	"suiji/internal/store"
)

// shanghaiTime is the office's time.
var shanghaiTime = time.FixedZone("CST", 8*60*60)

// finding is what one check found.
type finding struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Found string `json:"found"`
	Cure  string `json:"cure,omitempty"` // what to do; only if it is not well
}

// doctor looks at one installation.
type doctor struct {
	p     program
	app   *app
	place *place
	ctx   context.Context
}

func (p program) doctorCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "doctor",
		Short:   "检查安装是否健康，并给出办法 / what is well with an installation, what is not, and what to do",
		Long:    "Looks at files, database, ledger, clock, people and backups. Exit 0 if all is well, 1 if something is not. It changes nothing.",
		Example: "  suiji doctor --data data",
		Args:    cobra.NoArgs,
	}
	asJSON := cmd.Flags().Bool("json", false, "输出 JSON / as JSON")
	pl := p.placeFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		app, err := p.open(cmd.Context(), pl)
		if err != nil {
			return err
		}
		defer app.close() // nothing was written
		d := doctor{p: p, app: app, place: pl, ctx: cmd.Context()}
		all := d.examine()
		if *asJSON {
			e := json.NewEncoder(p.stdout)
			e.SetIndent("", " ")
			err = e.Encode(all)
		} else {
			err = d.print(all)
		}
		if err == nil && slices.ContainsFunc(all, func(f finding) bool { return !f.OK }) {
			err = exit(exitFailed)
		}
		return err
	}
	return cmd
}

func (d doctor) print(all []finding) error {
	for _, f := range all {
		mark := "正常"
		if !f.OK {
			mark = "注意"
		}
		fmt.Fprintf(d.p.stdout, "%s  %s：%s\n", mark, f.Check, f.Found)
		if f.Cure != "" {
			fmt.Fprintf(d.p.stdout, "      → %s\n", f.Cure)
		}
	}
	return nil
}

// check is one question: what it looks at, what it finds, and what to do if
// that is not well.
type check struct {
	name string
	look func() (found string, ok bool)
	cure string
}

// examine asks every question.
func (d doctor) examine() []finding {
	var all []finding
	for _, c := range slices.Concat(d.ofFiles(), d.ofDatabase(), d.ofLedger(), d.ofPeople()) {
		f := finding{Check: c.name}
		if f.Found, f.OK = c.look(); !f.OK {
			f.Cure = c.cure
		}
		all = append(all, f)
	}
	return all
}

func (d doctor) ofFiles() []check {
	return []check{
		{"数据目录的权限", d.permissions, "只让运行本程序的用户能进：chmod 750 数据目录，密钥文件 chmod 600"},
		{"数据目录可写", d.writable, "检查磁盘是否只读，或者数据目录属于哪个用户"},
		{"磁盘剩余空间", d.space, "清理磁盘或者扩容；不到 1 GB 时导入大文件会失败（已有数据不受影响）"},
		{"运行用户", func() (string, bool) {
			if os.Getuid() == 0 {
				return "root", false
			}
			return fmt.Sprintf("uid %d", os.Getuid()), true
		}, "换一个没有管理员权限的用户运行"},
		{"对外网址", d.address, "设置 SUIJI_BASE_URL 为 https:// 开头的网址，并在前面放一台提供 HTTPS 的服务器；没有 HTTPS，手机不能离线检查，口令会以明文传输"},
		{"中文字体", func() (string, bool) {
			if s := papers.FindFonts(d.p.env("SUIJI_FONTS")).Missing(); s != "" {
				return s, false
			}
			return "已找到", true
		}, "安装一种中文 TrueType 字体（Debian：fonts-droid-fallback）；没有字体时 PDF 不能生成，打印页面和 DOCX 不受影响"},
		{"最近的备份", d.lastBackup, "运行 suiji backup create，每天一次，并把文件存到另一台机器"},
		{"半途而废的文件", d.halfWritten, "没有程序在写时可以删除"},
	}
}

func (d doctor) permissions() (string, bool) {
	for _, path := range []string{d.place.dir, filepath.Join(d.place.dir, "keys")} {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err.Error(), false
		}
		if info.Mode().Perm()&0o007 != 0 {
			return fmt.Sprintf("%s 对所有用户开放（%s）", path, info.Mode().Perm()), false
		}
	}
	return "其他用户不能读", true
}

func (d doctor) writable() (string, bool) {
	f, err := os.CreateTemp(d.place.dir, "doctor-*.part")
	if err != nil {
		return err.Error(), false
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return err.Error(), false
	}
	return "可写", true
}

func (d doctor) space() (string, bool) {
	free, err := freeSpace(d.place.dir)
	if err != nil {
		return "无法得知：" + err.Error(), false
	}
	return fmt.Sprintf("%.1f GB", float64(free)/1e9), free > 1e9
}

func (d doctor) address() (string, bool) {
	base := d.p.env("SUIJI_BASE_URL")
	u, err := url.Parse(base)
	if base == "" {
		return "没有设置", false
	}
	return base, err == nil && u.Scheme == "https" && u.Host != ""
}

// fresh is how old the last backup may be.
const fresh = 36 * time.Hour

func (d doctor) lastBackup() (string, bool) {
	files, err := filepath.Glob(filepath.Join(d.place.dir, "backups", "*.zip"))
	if err != nil || len(files) == 0 {
		return "backups 目录里没有备份", false
	}
	slices.Sort(files)
	m, err := backup.Verify(files[len(files)-1])
	if err != nil {
		return err.Error(), false
	}
	age := d.p.now().Sub(m.MadeAt)
	return fmt.Sprintf("%s，%d 小时前", filepath.Base(files[len(files)-1]), int(age.Hours())), age < fresh
}

func (d doctor) halfWritten() (string, bool) {
	var left []string
	err := filepath.WalkDir(d.place.dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(path, ".part") {
			left = append(left, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		return err.Error(), false
	}
	if len(left) > 0 {
		return strings.Join(left, "、"), false
	}
	return "没有", true
}

func (d doctor) ofDatabase() []check {
	return []check{
		{"数据库", func() (string, bool) { return string(d.app.db.Engine()), true }, ""},
		{"数据库文件完整", func() (string, bool) { return said(d.app.db.Sound(d.ctx), "完整") }, "停止服务，用最近的备份恢复：suiji backup restore"},
		{"数据量", d.rows, ""},
		{"检索索引", func() (string, bool) { return said(d.app.index(d.ctx), "与名录一致") }, "重新启动服务，会重建索引"},
	}
}

func said(err error, well string) (string, bool) {
	if err != nil {
		return err.Error(), false
	}
	return well, true
}

func (d doctor) rows() (string, bool) {
	all, err := d.app.db.Tally(d.ctx)
	if err != nil {
		return err.Error(), false
	}
	var n int64
	for _, t := range all {
		n += t.Rows
	}
	return fmt.Sprintf("%d 张表 %d 行", len(all), n), true
}

func (d doctor) ofLedger() []check {
	return []check{
		{"台账核对", func() (string, bool) {
			n, err := d.app.checkLedgers(d.ctx)
			return said(err, fmt.Sprintf("%d 条记录与签名的检查点一致", n))
		}, "不要删除检查点文件；按 docs/operations.md“Restore”一节办理"},
		{"台账签发", d.signing, "按上面说的办；见 docs/operations.md“Restore”一节"},
		{"记录与台账", d.records, "运行 suiji ledger check 看全部不符之处；停止办理，按 docs/operations.md“Restore”一节从备份取回"},
		{"等待入账的记录", d.waiting, "服务没有运行，或者台账停止签发；看服务的日志"},
		{"外部见证方", d.witnesses, "按上面说的办；见 docs/operations.md“Witnesses”一节"},
		{"签名密钥", d.keys, "从备份取回 keys 目录；丢了的密钥不能另造"},
		{"时钟", d.clock, "校准服务器时钟（NTP）；时钟倒退时台账会等待"},
		{"放假通知", d.notices, "系统管理员在“放假通知”录入国务院办公厅的通知；没有通知的年份不能计算工作日期限"},
	}
}

// signing tells whether a witness's proof has stopped a ledger.
func (d doctor) signing() (string, bool) {
	all, err := d.app.identity.Authorities(d.ctx)
	if err != nil {
		return err.Error(), false
	}
	for _, x := range all {
		if why := d.app.scribe.Stopped(x.ID); why != "" {
			return why, false
		}
	}
	return "没有停止", true
}

// records holds the database to the ledger.
func (d doctor) records() (string, bool) {
	reports, err := d.app.reckonAll(d.ctx)
	if err != nil {
		return err.Error(), false
	}
	records, entries := 0, 0
	for _, r := range reports {
		if !r.OK() {
			return fmt.Sprintf("%s 有 %d 处不符，第一处：%s", r.Authority, len(r.Findings), r.Findings[0]), false
		}
		entries += r.Entries
		for _, n := range r.Records {
			records += n
		}
	}
	return fmt.Sprintf("%d 份记录与台账 %d 条一致", records, entries), true
}

func (d doctor) waiting() (string, bool) {
	ids, err := d.app.scribe.Waiting(d.ctx)
	if err != nil || len(ids) == 0 {
		return said(err, "没有")
	}
	return "单位 " + strings.Join(ids, "、") + " 有记录等待入账", false
}

// witnesses tells which of the ledger's outside witnesses do not cosign, and
// what to do about each.
func (d doctor) witnesses() (string, bool) {
	all, err := d.app.identity.Authorities(d.ctx)
	if err != nil {
		return err.Error(), false
	}
	var bad []string
	for _, x := range all {
		v, err := d.app.scribe.Standing(d.ctx, x.ID)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err.Error(), false
		}
		for _, w := range v.Witnesses {
			if t := w.Trouble; t.Code != "" {
				bad = append(bad, fmt.Sprintf("%s 自 %s 起没有为 %s 联署：%s。%s", w.Name, t.Since.In(shanghaiTime).Format("2006-01-02 15:04"), x.ID, t.Sentence(), t.Cure(x.ID)))
			}
		}
	}
	if len(bad) > 0 {
		return strings.Join(bad, "；"), false
	}
	if n := len(d.app.scribe.Witnesses()); n > 0 {
		return fmt.Sprintf("%d 个，都在联署", n), true
	}
	return "没有配置", true
}

func (d doctor) keys() (string, bool) {
	files, err := filepath.Glob(filepath.Join(d.place.dir, "keys", "*"))
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
func (d doctor) clock() (string, bool) {
	newest, err := store.One(d.ctx, d.app.db, store.Value[int64], `SELECT coalesce(max(at), 0) FROM audit_entry`)
	if err != nil {
		return err.Error(), false
	}
	now := d.p.now()
	if ahead := time.UnixMilli(newest).Sub(now); ahead > time.Second {
		return fmt.Sprintf("现在是 %s，比最近一次操作早 %s", now.In(shanghaiTime).Format("2006-01-02 15:04:05"), ahead.Round(time.Second)), false
	}
	return now.In(shanghaiTime).Format("2006-01-02 15:04:05"), true
}

func (d doctor) notices() (string, bool) {
	cal, err := d.app.reference.Calendar(d.ctx)
	if err != nil {
		return err.Error(), false
	}
	today := calendar.In(d.p.now())
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

func (d doctor) ofPeople() []check {
	return []check{
		{"单位", d.authorities, "系统管理员在“单位设置”填写单位名称、区划和电话"},
		{"各角色都有人", d.roles, "系统管理员在“账号”里给缺的角色开账号；名录管理员、抽取操作员、结果审核员应是三个人"},
		{"职责互斥", d.duties, "人手够时在“单位设置”恢复职责互斥"},
		{"执法证有效", d.certificates, "更新执法检查人员名录库；到期的人员不会被抽到"},
	}
}

func (d doctor) authorities() (string, bool) {
	all, err := d.app.identity.Authorities(d.ctx)
	if err != nil || len(all) == 0 {
		return said(err, "还没有单位")
	}
	var names []string
	ok := true
	for _, x := range all {
		names = append(names, x.Name)
		ok = ok && !strings.HasPrefix(x.Name, "（") && x.Phone != ""
	}
	return strings.Join(names, "、"), ok
}

func (d doctor) roles() (string, bool) {
	all, err := d.app.identity.Authorities(d.ctx)
	if err != nil {
		return err.Error(), false
	}
	var missing []string
	for _, x := range all {
		accounts, err := d.app.identity.Accounts(d.ctx, x.ID)
		if err != nil {
			return err.Error(), false
		}
		has := map[access.Role]bool{}
		for _, a := range accounts {
			for _, r := range a.Roles {
				has[r] = has[r] || a.Active
			}
		}
		for _, r := range []access.Role{access.Clerk, access.Leader, access.ListAdmin, access.Operator, access.Reviewer, access.Auditor, access.Admin} {
			if !has[r] {
				missing = append(missing, x.ID+" 缺"+r.Name())
			}
		}
	}
	if len(missing) > 0 {
		return strings.Join(missing, "；"), false
	}
	return "齐全", true
}

func (d doctor) duties() (string, bool) {
	all, err := d.app.identity.Authorities(d.ctx)
	if err != nil {
		return err.Error(), false
	}
	for _, x := range all {
		if x.RelaxedDuties {
			return x.Name + " 已放宽，每个轮次的公示页都会写明", false
		}
	}
	return "三人分担", true
}

func (d doctor) certificates() (string, bool) {
	all, err := d.app.identity.Authorities(d.ctx)
	if err != nil {
		return err.Error(), false
	}
	expired, total, today := 0, 0, calendar.In(d.p.now())
	for _, x := range all {
		err := d.app.register.EachOfficer(d.ctx, nil, x.ID, func(o register.Officer) error {
			total++
			if !o.Valid(today) {
				expired++
			}
			return nil
		})
		if err != nil {
			return err.Error(), false
		}
	}
	return fmt.Sprintf("%d 人，其中已到期 %d 人", total, expired), expired == 0
}
