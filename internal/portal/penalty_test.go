package portal

import (
	"net/http"
	"testing"

	"suiji/internal/page/pagetest"
	"suiji/internal/plan"
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
		{Name: "never", Path: "/penalties/130132-rs.x-p1", Status: http.StatusNotFound},
		{Name: "the firm's", Path: "/firms/" + s.forms[0].Firm.TargetID, Want: pagetest.Want{"table": 2}},
		{Name: "its firm has none now", Path: "/firms/" + s.forms[1].Firm.TargetID, Want: pagetest.Want{"table": 1}},
	})
}
