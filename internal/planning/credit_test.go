package planning

import (
	"testing"

	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

var creditPages = map[string]page.Page{
	"credit": &creditPage{}, "credit-scheme": &schemePage{}, "credit-import": &gradeImportPage{}, "credit-facts": &factsPage{},
	"credit-proposals": &proposalsPage{}, "credit-proposal": &proposalPage{}, "credit-policy": &policyPage{},
}

func TestCreditPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newDesk(t, db)
		f.Firms(200)
		post := func(name, as, at string, status int, location string, pairs ...string) pagetest.Case {
			return pagetest.Case{Name: name, As: as, Method: "POST", Path: at, Form: form(append(pairs, "key", name)...), Status: status, Location: location}
		}
		see := func(name, as, at string, want pagetest.Want) pagetest.Case {
			return pagetest.Case{Name: name, As: as, Method: "GET", Path: at, Status: 200, Want: want}
		}
		f.run(t, []pagetest.Case{
			see("nothing yet", "clerk", "/w/credit", pagetest.Want{"h1": "信用等级", "input[name=preset]": 3}),
			post("a preset", "clerk", "/w/credit/schemes", 303, "/w/credit/schemes/integrity", "preset", "integrity"),
			post("once", "clerk", "/w/credit/schemes", 409, "", "preset", "integrity"),
			post("not the leader", "leader", "/w/credit/schemes", 403, "", "preset", "market-risk"),
			post("another without grades", "clerk", "/w/credit/schemes", 422, "", "name", "消防", "id", "fire", "issuer", "消防", "prefix", "消防"),
			see("criteria", "clerk", "/w/credit/schemes/integrity", pagetest.Want{"tbody th": "A", "input[name=year]": 1}),
			post("a year that runs", "clerk", "/w/credit/schemes/integrity/propose", 422, "", "year", "2022"),
			post("proposals", "clerk", "/w/credit/schemes/integrity/propose", 303, "/w/credit/proposals", "year", "2021"),
			see("to be reviewed", "reviewer", "/w/credit/proposals?state=proposed&all=1", pagetest.Want{"input[type=checkbox]": 20, "button[value=confirm]": 1}),
			post("none chosen", "reviewer", "/w/credit/proposals/review", 422, "", "verdict", "confirm"),
			post("a rule without kinds", "clerk", "/w/credit/rules", 422, "", "tag", "投诉举报多", "months", "12", "least", "2"),
			post("a rule", "clerk", "/w/credit/rules", 303, "/w/credit", "tag", "投诉举报多", "months", "12", "least", "1", "kinds", "complaint"),
			post("an unknown firm", "clerk", "/w/credit/facts", 422, "", "target", "1", "kind", "complaint", "happened_on", "2022-01-04", "source", "1号"),
			post("a policy without strata", "clerk", "/w/credit/policies/p1", 422, "", "revision", "0", "name", "差异化"),
			post("a policy", "clerk", "/w/credit/policies/p1", 303, "/w/credit/policies/p1", "revision", "0", "name", "差异化",
				"stratum-1-title", "其余", "stratum-1-name", "rest", "stratum-1-ratio", "5%", "stratum-1-tag", "", "stratum-1-reserve", "3"),
			see("what it would do", "clerk", "/w/credit/policies/p1", pagetest.Want{"h1": "差异化", "td[data-label=抽取]": "10"}),
			post("a number of firms", "clerk", "/w/credit/policies/p1", 303, "/w/credit/policies/p1", "revision", "1", "name", "差异化",
				"stratum-1-title", "其余", "stratum-1-name", "rest", "stratum-1-ratio", "17户", "stratum-1-tag", "", "stratum-1-reserve", "3"),
			see("so many", "clerk", "/w/credit/policies/p1", pagetest.Want{"td[data-label=抽取]": "17", "input[value=17户]": 1}),
			post("an old revision", "clerk", "/w/credit/policies/p1", 409, "", "revision", "9", "name", "差异化",
				"stratum-1-title", "其余", "stratum-1-name", "rest", "stratum-1-ratio", "5%", "stratum-1-tag", ""),
		})
	})
}
