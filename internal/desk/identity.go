package desk

import (
	"net/http"
	"strconv"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/scribe"
)

func (s *Server) adminRoutes(mux *http.ServeMux) {
	admin := func(path, name string, act access.Action, show page.Show, do page.Act) {
		mux.Handle("GET "+path, s.set.Get(name, counter.Inside(act, show)))
		if do != nil {
			mux.Handle("POST "+path, s.set.Post(name, counter.Inside(act, show), counter.Keyed(counter.Inside(act, do))))
		}
	}
	admin("/w/notices", "notices", access.CalendarEdit, s.notices, s.enterNotice)
	admin("/w/settings", "settings", access.SettingEdit, s.settings, s.describe)
	mux.Handle("POST /w/settings/signing", s.set.Post("settings", counter.Inside(access.SettingEdit, s.settings), counter.Keyed(counter.Inside(access.SettingEdit, s.signLedger))))
}

type settingsPage struct {
	page.Base
	Authority identity.Authority
	Verifier  string // under which the ledger's checkpoints verify
	Duty      string // strict, relaxed
	Duties    []page.Option
	Hashes    []page.Option
	SM2       scribe.SM2
	Signing   string // ed25519, sm2
	Signings  []page.Option
}

func (s *Server) settings(r *http.Request) (page.Page, error) {
	auth, err := s.Identity.Authority(r.Context(), actor(r).Authority)
	if err != nil {
		return nil, err
	}
	p := &settingsPage{Base: page.Base{Title: "单位设置"}, Authority: auth, Duty: "strict"}
	if auth.RelaxedDuties {
		p.Duty = "relaxed"
	}
	p.Duties = []page.Option{{Value: "strict", Label: "由三人分别担任"},
		{Value: "relaxed", Label: "人员不足，可由同一人担任", Hint: "每个轮次的公示页都会写明"}}
	p.Hashes = []page.Option{{Value: string(canon.SHA256), Label: "SHA-256（国际通用）"},
		{Value: string(canon.SM3), Label: "SM3（国家密码标准 GB/T 32905）", Hint: "要求使用国密算法的单位选此项"}}
	p.Signings = []page.Option{{Value: "ed25519", Label: "只用 Ed25519"},
		{Value: "sm2", Label: "另加 SM2 签名（国家密码标准 GB/T 32918）", Hint: "每个检查点多一行；不认识它的核验程序会跳过"}}
	if p.SM2, err = s.Scribe.SM2(r.Context(), auth.ID); err != nil {
		return nil, err
	}
	if p.Signing = "ed25519"; p.SM2.Signs {
		p.Signing = "sm2"
	}
	p.Verifier, err = s.Scribe.VerifierKey(r.Context(), auth.ID)
	return p, err
}

// signLedger says with which keys the checkpoints to come are signed.
func (s *Server) signLedger(r *http.Request) (string, error) {
	how := r.PostFormValue("signing")
	if how != "ed25519" && how != "sm2" {
		return "", errs.At("signing", "请选择检查点的签名算法，设置没有改动")
	}
	return "/w/settings", s.Scribe.UseSM2(r.Context(), actor(r), how == "sm2")
}

func (s *Server) describe(r *http.Request) (string, error) {
	value := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	return "/w/settings", s.Identity.Describe(r.Context(), actor(r), identity.Authority{
		Name: value("name"), ShortName: value("short"), AreaCode: value("area_code"), AreaName: value("area_name"), Phone: value("phone"),
		RelaxedDuties: value("duties") == "relaxed", DrawHash: canon.Hash(value("draw_hash")),
		Foot: identity.Foot{Operator: value("operator"), Address: value("address"), SiteCode: value("site_code"), ICP: value("icp"), Police: value("police")},
	})
}

type noticesPage struct {
	page.Base
	Years []int
	Year  int
	Days  []calendar.Day
}

func (s *Server) notices(r *http.Request) (page.Page, error) {
	cal, err := s.Reference.Calendar(r.Context())
	if err != nil {
		return nil, err
	}
	years := cal.Years()
	year, err := strconv.Atoi(r.FormValue("year"))
	if err != nil {
		year = years[len(years)-1]
	}
	return &noticesPage{Base: page.Base{Title: "放假通知"}, Years: years[max(0, len(years)-6):], Year: year, Days: cal.Notice(year)}, nil
}

// enterNotice reads one day a line: 2027-01-01 休 元旦.
func (s *Server) enterNotice(r *http.Request) (string, error) {
	year, err := strconv.Atoi(strings.TrimSpace(r.PostFormValue("year")))
	if err != nil {
		return "", errs.At("year", "请填写年份，如 2027")
	}
	var days []calendar.Day
	for i, line := range strings.Split(r.PostFormValue("days"), "\n") {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		bad := errs.At("days", "第 "+strconv.Itoa(i+1)+" 行应写成“2027-01-01 休 元旦”或“2027-02-14 班 春节”，没有保存任何内容")
		if len(f) != 3 || (f[1] != "休" && f[1] != "班") {
			return "", bad
		}
		d, err := calendar.Parse(f[0])
		if err != nil {
			return "", bad
		}
		days = append(days, calendar.Day{Date: d, Work: f[1] == "班", Name: f[2]})
	}
	return "/w/notices?year=" + strconv.Itoa(year), s.Reference.EnterNotice(r.Context(), actor(r), year, days)
}
