package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
	"testing"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/disclosure"
	"suiji/internal/opendata"
	"suiji/internal/page/pagetest"
	"suiji/internal/plan"
	"suiji/internal/round/roundtest"
)

// A record under objection bears its mark wherever it stands; a penalty whose
// term is over keeps its address and says why.
func TestWhatFollowsAPublication(t *testing.T) {
	s := filled(t, plan.AtOnce)
	pagetest.Run(t, s, nil, []pagetest.Case{
		{Name: "marked", Path: "/results/" + s.forms[3].ID, Want: pagetest.Want{".notice.warn": "异议正在办理", "main": "收到异议"}},
		{Name: "answered", Path: "/results/" + s.forms[4].ID, Want: pagetest.Want{".notice.warn": 0, "main": "与现场记录一致，维持"}},
		{Name: "marked in the list", Path: "/results", Want: pagetest.Want{"td .tag.warn": "异议办理中"}},
		{Name: "on the list of changes", Path: "/corrections", Want: pagetest.Want{"table": 2}},
		{Name: "penalties", Path: "/penalties", Want: pagetest.Want{"table": 2, "tbody tr": 2, "main": "届满"}},
		{Name: "found", Path: "/penalties?q=〔2022〕1号", Want: pagetest.Want{"tbody tr": 1}},
		{Name: "not found", Path: "/penalties?q=〔2022〕2号", Want: pagetest.Want{".empty": "没有符合条件"}},
		{Name: "public", Path: "/penalties/" + s.penalties[0], Want: pagetest.Want{"h1": "的行政处罚", "main": "拖欠工资，***认可，电话 ***", ".receipt": 1}},
		{Name: "over", Path: "/penalties/" + s.penalties[1], Status: http.StatusGone, Want: pagetest.Want{".notice.bad": "2022-09-27 届满", ".receipt": 2}},
		{Name: "a record never public", Path: "/penalties/130132-rs.x-p1/record.json", Status: http.StatusNotFound},
		{Name: "never", Path: "/penalties/130132-rs.x-p1", Status: http.StatusNotFound},
		{Name: "the firm's", Path: "/firms/" + s.forms[0].Firm.TargetID, Want: pagetest.Want{"table": 2}},
		{Name: "whose only result was taken back", Path: "/firms/" + s.forms[2].Firm.TargetID, Want: pagetest.Want{"h1": "企业 " + s.forms[2].Firm.TargetID, ".notice": "现无公示结果",
			"tbody tr": 1, "th a[href=/results/" + s.forms[2].ID + "]": 1, "td": "检查对象名称有误", "main": pagetest.Want{"a[href=/c]": 0}}},
		{Name: "its firm has none now", Path: "/firms/" + s.forms[1].Firm.TargetID, Want: pagetest.Want{"table": 1}},
	})
}

// The record of what is gone answers as its page does, so that a program can
// read since when and why; and the record of a penalty has the digest that its
// page shows.
func TestRecordsThatAreGone(t *testing.T) {
	s := filled(t, plan.AtOnce)
	for path, want := range map[string]map[string]any{
		"/results/" + s.forms[2].ID:    {"status": 410.0, "state": "withdrawn", "reason": "检查对象名称有误，核实后重新公示", "since": "2022-06-28T02:00:00Z"},
		"/penalties/" + s.penalties[1]: {"status": 410.0, "state": "ended", "reason": "公示期到 2022-09-27 届满", "since": "2022-10-22T02:00:00Z"},
	} {
		for _, ask := range []string{path, path + ".json"} {
			if got := s.get(ask).Code; got != http.StatusGone {
				t.Errorf("%s answers %d, want 410", ask, got)
			}
		}
		w, got := s.get(path+"/record.json"), map[string]any{}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusGone || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Fatalf("%s/record.json = %d %v %s, %v", path, w.Code, w.Header(), w.Body, err)
		}
		for name, x := range want {
			if got[name] != x {
				t.Errorf("%s/record.json: %s = %v, want %v", path, name, got[name], x)
			}
		}
		if history := s.get(got["history"].(string)); history.Code != http.StatusGone || !strings.Contains(history.Body.String(), got["digest"].(string)) {
			t.Errorf("%s leads to %v = %d", path, got["history"], history.Code)
		}
	}
	all, err := s.Disclosure.PenaltyVersions(t.Context(), roundtest.Authority, s.penalties[0])
	s.Must(err)
	salt, err := hex.DecodeString(all[0].Salt)
	s.Must(err)
	sum := sha256.Sum256(append(salt, s.get("/penalties/"+s.penalties[0]+"/record.json").Body.Bytes()...))
	if got := hex.EncodeToString(sum[:]); got != all[0].Digest {
		t.Errorf("the penalty's record hashes to %s, the ledger has %s", got, all[0].Digest)
	}

	// The minute after the last day, before the nightly run.
	s.On("2022-12-28")
	w := s.get("/penalties/" + s.penalties[0] + "/record.json")
	if w.Code != http.StatusGone || !strings.Contains(w.Body.String(), `"since":"2022-12-27T16:00:00Z","state":"ended"`) {
		t.Errorf("after its term: %d %s", w.Code, w.Body)
	}
}

// Whoever was told of a penalty is told under the same id that it is gone, and
// why: its term over (from that midnight on), taken back, its decision fallen.
func TestFeedOfPenaltiesThatAreGone(t *testing.T) {
	s := filled(t, plan.AtOnce)
	ctx, reviewer := t.Context(), roundtest.As(access.Reviewer)
	decision := func(number string) disclosure.Decision {
		return disclosure.Decision{Number: number, FormID: s.forms[0].ID, DecidedOn: calendar.MustParse("2022-10-21"), Fact: "拖欠工资", Basis: "《劳动保障监察条例》第二十六条",
			Kinds: "罚款", Class: "general", From: calendar.MustParse("2022-10-22"), Until: calendar.MustParse("2023-04-21")}
	}
	post := func(number string) string {
		id, err := s.Disclosure.PublishPenalty(ctx, reviewer, decision(number))
		s.Must(err)
		return id
	}
	back, fallen := post("元人社罚〔2022〕8号"), post("元人社罚〔2022〕9号")
	tells := func(id, title, part string) {
		t.Helper()
		var f opendata.Feed
		s.Must(xml.Unmarshal(s.get("/feeds/penalties.atom").Body.Bytes(), &f))
		n := 0
		for i, e := range f.Entries {
			if i > 0 && e.Updated > f.Entries[i-1].Updated {
				t.Errorf("entry %d of %s stands behind an older one", i, e.Updated)
			}
			if e.ID != "https://example.test/penalties/"+id {
				continue
			}
			if n++; e.Title != title || !strings.Contains(e.Summary, part) {
				t.Errorf("of %s the feed tells %q, %q; want %q, %q", id, e.Title, e.Summary, title, part)
			}
			if title == penaltyGone && strings.Contains(e.Title+e.Summary, s.forms[0].Firm.Name) {
				t.Errorf("the feed names the firm of a penalty that is gone: %+v", e)
			}
		}
		if n != 1 {
			t.Errorf("the feed tells %d times of %s, want once", n, id)
		}
	}
	tells(back, s.forms[0].Firm.Name, "〔2022〕8号：罚款")
	tells(s.penalties[1], penaltyGone, "公示期到 2022-09-27 届满")
	s.On("2022-10-24")
	s.Must(s.Disclosure.WithdrawPenalty(ctx, reviewer, back, "文号有误"))
	s.Must(s.Disclosure.RevokePenalty(ctx, roundtest.Authority, "元人社罚〔2022〕9号"))
	tells(back, penaltyGone, "原因：文号有误")
	tells(fallen, penaltyGone, "变更或者撤销")
	s.On("2022-10-25")
	post("元人社罚〔2022〕8号")
	tells(back, s.forms[0].Firm.Name, "〔2022〕8号：罚款")
	if text := s.get("/penalties/" + back).Body.String(); !strings.Contains(text, "曾于 2022-10-24 撤回，原因：文号有误") || !strings.Contains(text, "2022-10-22 至 2023-04-21") {
		t.Errorf("published again, the page does not say so, or has another term: %s", text)
	}
	s.On("2022-12-28") // the nightly run was not
	tells(s.penalties[0], penaltyGone, "公示期到 2022-12-27 届满")
}
