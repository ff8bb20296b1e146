package portal

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/opendata"
	"suiji/internal/plan"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
)

// A firm's page, its twin and its feed keep their address: what was taken back is
// told with its reason and without what it said, what was published again is not;
// what the law exempts afterwards is not even told of, and the end of a penalty's
// term takes the firm's name with it.
func TestFirmWithoutPublicRecords(t *testing.T) {
	eachTwice(t, func(t *testing.T, one, _ *store.DB) {
		s := filledOn(t, one, plan.AtOnce)
		ctx, reviewer := t.Context(), roundtest.As(access.Reviewer)
		var told struct {
			Name, Code                    string
			Results, Withdrawn, Penalties []struct{ Form, Reason string }
		}
		asks := func(i, status int, parts ...string) (page, feed string) {
			t.Helper()
			firm := s.forms[i].Firm
			for _, path := range []string{"/firms/" + firm.TargetID, "/firms/" + strings.ToLower(firm.Code), "/firms/" + firm.TargetID + ".json", "/firms/" + firm.TargetID + "/feed.atom"} {
				w := s.get(path)
				if w.Code != status {
					t.Errorf("%s answers %d, want %d", path, w.Code, status)
				}
				switch {
				case strings.HasSuffix(path, ".json") && status != http.StatusNotFound:
					told.Results, told.Withdrawn, told.Penalties = nil, nil, nil
					s.Must(json.Unmarshal(w.Body.Bytes(), &told))
				case strings.HasSuffix(path, ".atom"):
					feed = w.Body.String()
				default:
					page = w.Body.String()
				}
			}
			for _, part := range parts {
				if !strings.Contains(page, part) {
					t.Errorf("the page of firm %d lacks %q: %s", i, part, page)
				}
			}
			return page, feed
		}

		// Its only result was taken back.
		firm, form := s.forms[2].Firm, s.forms[2].ID
		page, feed := asks(2, http.StatusOK, "现无公示结果", "检查对象名称有误", "/results/"+form)
		if strings.Contains(page+feed, firm.Name) {
			t.Error("the page or the feed names the firm of a result that was taken back")
		}
		if len(told.Withdrawn) != 1 || told.Withdrawn[0].Form != form || told.Withdrawn[0].Reason == "" || told.Name+told.Code != "" || len(told.Results) != 0 {
			t.Errorf("the twin tells %+v", told)
		}
		var f opendata.Feed
		s.Must(xml.Unmarshal([]byte(feed), &f))
		if len(f.Entries) != 1 || f.Entries[0].ID != "https://example.test/results/"+form || f.Entries[0].Title != "检查结果已撤回" || !strings.Contains(f.Entries[0].Summary, "检查对象名称有误") {
			t.Errorf("the feed tells %+v", f.Entries)
		}

		// Published again, it is a result as before.
		s.Must(s.Disclosure.Publish(ctx, reviewer, []string{form}))
		if page, feed = asks(2, http.StatusOK, firm.Name); strings.Contains(page+feed, "已撤回") {
			t.Error("published again, the result is told of as taken back")
		}

		// Exempt by law, it is not told of.
		s.Must(s.Disclosure.Withdraw(ctx, reviewer, form, "依法不应公开"))
		s.Must(s.Disclosure.Exempt(ctx, roundtest.As(access.Leader), form, "涉及未成年人，依法免予公示"))
		if page, feed = asks(2, http.StatusGone, "已经停止公示"); strings.Contains(page+feed, form) || strings.Contains(page+feed, firm.Name) {
			t.Error("the firm's page or feed tells of a result that is exempt")
		}

		// Without its result, a firm is still that of its penalty, until the term ends.
		s.Must(s.Disclosure.Withdraw(ctx, reviewer, s.forms[0].ID, "结果有误"))
		asks(0, http.StatusOK, s.forms[0].Firm.Name, "正在公示的行政处罚", "/results/"+s.forms[0].ID)
		s.Must(s.Disclosure.Exempt(ctx, roundtest.As(access.Leader), s.forms[0].ID, "涉及未成年人，依法免予公示"))
		asks(0, http.StatusOK, s.forms[0].Firm.Name, "现无公示结果", "正在公示的行政处罚")
		s.On("2022-12-28")
		for range 2 { // before the nightly run, and after it
			if page, _ = asks(0, http.StatusGone); strings.Contains(page, s.forms[0].Firm.Name) || strings.Contains(page, "处罚决定") {
				t.Errorf("after the term the firm's page says %s", page)
			}
			s.Must(s.Disclosure.EndTerms(ctx, roundtest.Authority))
		}

		// Nothing of it was ever public.
		asks(6, http.StatusNotFound)
	})
}
