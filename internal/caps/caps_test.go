package caps_test

import (
	"strings"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/caps"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

const bureau = "130132-rs"

var clerk = access.Actor{Authority: bureau, ID: "a-clerk", Name: "王芳", Roles: []access.Role{access.Clerk}}

// places are caps that three places have published, and one more.
var places = []struct {
	name   string
	rules  []caps.Rule
	exempt []string
	visits []caps.Visit
	tags   []string
	full   bool
}{
	{"health: two by each level", health, nil, visits(caps.Authority, "2022-01-10", "2022-02-10"), nil, true},
	{"health: one by each level is not full", health, nil, visits(caps.Level, "2022-01-10"), nil, false},
	{"health: four by all levels", health, nil, append(visits(caps.Level, "2022-01-10"), visits(caps.All, "2022-02-01", "2022-02-02", "2022-03-01")...), nil, true},
	{"health: a complaint does not count", health, []string{"投诉举报"}, reason("投诉举报", visits(caps.Authority, "2022-01-10", "2022-02-10")), nil, false},
	{"health: last year does not count", health, nil, visits(caps.Authority, "2021-11-10", "2021-12-31"), nil, false},
	{"ecology: two", ecology, nil, visits(caps.Authority, "2022-01-10", "2022-02-10"), nil, true},
	{"ecology: not for red codes", ecology, nil, visits(caps.Authority, "2022-01-10", "2022-02-10"), []string{"红码"}, false},
	{"mines: A at two", mines, nil, visits(caps.Authority, "2022-01-10", "2022-02-10"), []string{"A级"}, true},
	{"mines: B may have four", mines, nil, visits(caps.Authority, "2022-01-10", "2022-02-10"), []string{"B级"}, false},
	{"no penalty last year: none this year", []caps.Rule{{Title: "无事不扰", Source: "某文", Who: caps.All, Tag: "A级", Years: 1}}, nil, nil, []string{"A级"}, true},
	{"once in three years", []caps.Rule{{Title: "三年一次", Source: "某文", Who: caps.Authority, Years: 3, Most: 1}}, nil, visits(caps.Authority, "2020-01-01"), nil, true},
	{"once in three years, four years ago", []caps.Rule{{Title: "三年一次", Source: "某文", Who: caps.Authority, Years: 3, Most: 1}}, nil, visits(caps.Authority, "2019-12-31"), nil, false},
	{"another item", []caps.Rule{{Title: "一项一次", Source: "某文", Who: caps.Authority, Item: "RS01", Years: 1, Most: 1}}, nil, visits(caps.Authority, "2022-01-10"), nil, false},
}

var (
	health  = []caps.Rule{{Title: "本级", Source: "某市卫健委", Who: caps.Level, Years: 1, Most: 2}, {Title: "市县合计", Source: "某市卫健委", Who: caps.All, Years: 1, Most: 4}}
	ecology = []caps.Rule{{Title: "生态环境", Source: "安康", Who: caps.Authority, Except: "红码", Years: 1, Most: 2}}
	mines   = []caps.Rule{{Title: "A", Source: "河南煤矿", Who: caps.Authority, Tag: "A级", Years: 1, Most: 2}, {Title: "B", Source: "河南煤矿", Who: caps.Authority, Tag: "B级", Years: 1, Most: 4}}
)

func visits(who caps.Who, days ...string) []caps.Visit {
	var out []caps.Visit
	for _, d := range days {
		out = append(out, caps.Visit{Target: "F1", Day: calendar.MustParse(d), Body: "某机关" + string(who), Who: who, Items: []string{"RS02", "RS03"}})
	}
	return out
}

func reason(why string, list []caps.Visit) []caps.Visit {
	for i := range list {
		list[i].Reason = why
	}
	return list
}

func TestCapsOfSeveralPlaces(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := caps.New(db, audit.New(db, func() time.Time { return time.Date(2022, 6, 1, 0, 0, 0, 0, time.UTC) }))
		for _, tt := range places {
			must(t, db.InTx(t.Context(), func(tx *store.DB) error {
				_, err := tx.Exec(t.Context(), `DELETE FROM caps_visit`)
				return err
			}))
			must(t, s.Set(t.Context(), clerk, tt.rules, tt.exempt))
			must(t, s.Enter(t.Context(), clerk, tt.visits))
			must(t, s.Enter(t.Context(), clerk, tt.visits)) // again: nothing changes
			c, err := s.Counter(t.Context(), nil, bureau, calendar.MustParse("2022-06-01"), []string{"RS01"})
			must(t, err)
			if _, full := c.Full("F1", tt.tags, 2022); full != tt.full {
				t.Errorf("%s: Full = %v, want %v", tt.name, full, tt.full)
			}
			left := 1
			standing, err := s.Standing(t.Context(), bureau, "F1", tt.tags, 2022)
			must(t, err)
			for _, x := range standing {
				left = min(left, x.Left)
			}
			if ofItem := tt.rules[0].Item != ""; !ofItem && (left == 0) != tt.full {
				t.Errorf("%s: Standing = %+v, want it full: %v", tt.name, standing, tt.full)
			}
			if r, full := c.Full("F2", nil, 2022); full {
				t.Errorf("%s: a firm without visits is full by %s", tt.name, r)
			}
		}
	})
}

func TestSetRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := caps.New(db, audit.New(db, func() time.Time { return time.Date(2022, 6, 1, 0, 0, 0, 0, time.UTC) }))
		must(t, s.Set(t.Context(), clerk, health, nil))
		err := s.Set(t.Context(), clerk, []caps.Rule{health[0], {Title: "x", Who: "anyone"}}, nil)
		if errs.KindOf(err) != errs.Invalid || !strings.Contains(err.Error(), "第 2 行：请填写规定上限的文件") {
			t.Errorf("Set of half a rule = %v", err)
		}
		if err := s.Set(t.Context(), access.Actor{Authority: bureau, ID: "x", Roles: []access.Role{access.Leader}}, nil, nil); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("Set by a leader = %v, want Forbidden", err)
		}
		list, err := s.Rules(t.Context(), bureau)
		must(t, err)
		if len(list) != 2 || list[1].String() != "市县合计：每户每年，各级合计不超过 4 次（某市卫健委）" {
			t.Errorf("Rules = %v, want both as they were", list)
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
