package register_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/intake"
	"suiji/internal/register"
	"suiji/internal/sample"
	"suiji/internal/store"
)

// firms enters n firms.
func (d *desk) firms(n int) {
	d.t.Helper()
	var b bytes.Buffer
	if err := sample.Targets(&b, n, 7); err != nil {
		d.t.Fatal(err)
	}
	d.write(d.check(register.Targets, "made.csv", b.Bytes()))
}

func TestSearch(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.enter(register.Targets, "a.csv", "企业名称,信用代码,类型,状态,标签\n元氏县１４８超市,91130132108010841G,个体工商户,存续,投诉举报多\n"+
			"ABC（石家庄）公司,91130132MA01CYF422,有限公司,注销,\n百_分%厂,企独苏苏办字第0037,集体,存续,投诉举报多、劳务派遣\n")
		tests := []struct {
			name   string
			filter register.TargetFilter
			want   string
		}{
			{"all", register.TargetFilter{}, "元氏县１４８超市 百_分%厂 ABC（石家庄）公司"},
			{"half width finds full width", register.TargetFilter{Query: "148超"}, "元氏县１４８超市"},
			{"case and blanks", register.TargetFilter{Query: "a b c (石"}, "ABC（石家庄）公司"},
			{"whole code, lower case", register.TargetFilter{Query: "91130132ma01cyf422"}, "ABC（石家庄）公司"},
			{"tail of a code", register.TargetFilter{Query: "f422"}, "ABC（石家庄）公司"},
			{"beginning of a code", register.TargetFilter{Query: "911301321"}, "元氏县１４８超市"},
			{"an old number", register.TargetFilter{Query: "第0037"}, "百_分%厂"},
			{"signs of LIKE are signs", register.TargetFilter{Query: "_分%"}, "百_分%厂"},
			{"nothing", register.TargetFilter{Query: "%%%"}, ""},
			{"kind", register.TargetFilter{Kind: "个体工商户"}, "元氏县１４８超市"},
			{"state", register.TargetFilter{State: "注销"}, "ABC（石家庄）公司"},
			{"tag", register.TargetFilter{Tag: "投诉举报多"}, "元氏县１４８超市 百_分%厂"},
			{"tag and word", register.TargetFilter{Tag: "投诉举报多", Query: "厂"}, "百_分%厂"},
			{"withdrawn", register.TargetFilter{Withdrawn: true}, ""},
		}
		for _, tt := range tests {
			found, _, total, err := d.Targets(t.Context(), authority, tt.filter)
			var names []string
			for _, f := range found {
				names = append(names, f.Name)
			}
			slices.Sort(names)
			want := strings.Fields(tt.want)
			slices.Sort(want)
			if err != nil || !slices.Equal(names, want) || total != len(want) {
				t.Errorf("%s: %q of %d, %v, want %q", tt.name, names, total, err, want)
			}
		}
		if _, _, total, err := d.Targets(t.Context(), "130133-rs", register.TargetFilter{}); err != nil || total != 0 {
			t.Errorf("another authority sees %d, %v, want 0", total, err)
		}
	})
}

// Pages by key and pages by number show every firm once, in one order.
func TestPages(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.firms(25)
		var all, keyed, numbered []string
		if err := d.EachTarget(t.Context(), nil, authority, register.Scope{}, func(f register.Target) error {
			all = append(all, f.ID)
			return nil
		}); err != nil || !slices.IsSorted(all) || len(all) != 25 {
			t.Fatalf("EachTarget: %d ids, sorted %v, %v", len(all), slices.IsSorted(all), err)
		}
		after := ""
		for {
			found, next, total, err := d.Targets(t.Context(), authority, register.TargetFilter{After: after, Limit: 10})
			if err != nil || total != 25 {
				t.Fatalf("Targets: total %d, %v", total, err)
			}
			for _, f := range found {
				keyed = append(keyed, f.ID)
			}
			if after = next; next == "" {
				break
			}
		}
		for skip := 0; skip < 30; skip += 10 {
			found, _, _, err := d.Targets(t.Context(), authority, register.TargetFilter{Skip: skip, Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				numbered = append(numbered, f.ID)
			}
		}
		if !slices.Equal(all, keyed) || !slices.Equal(all, numbered) {
			t.Errorf("pages differ:\n all %q\n by key %q\n by number %q", all, keyed, numbered)
		}
	})
}

// register.Items stand as their file has them, whichever page they are on; what a later
// file adds stands behind, what it changes stays where it is.
func TestItemOrder(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.enter(register.Items, "i.csv", "抽查事项,依据\n丙,法\n甲,法\n乙,法\n")
		d.enter(register.Items, "j.csv", "抽查事项,依据\n丁,法\n乙,新法\n戊,法\n")
		var got []string
		after := ""
		for {
			found, next, total, err := d.Items(t.Context(), authority, register.ItemFilter{After: after, Limit: 2})
			if err != nil || total != 5 {
				t.Fatalf("Items: total %d, %v", total, err)
			}
			for _, i := range found {
				got = append(got, i.Name)
			}
			if after = next; next == "" {
				break
			}
		}
		if s := strings.Join(got, ""); s != "丙甲乙丁戊" {
			t.Errorf("items %s, want 丙甲乙丁戊", s)
		}
	})
}

func TestScope(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.enter(register.Targets, "a.csv", "企业名称,信用代码,区划代码,地区,类型,标签\n甲厂,91130132108010841G,130132,元氏县,企业,劳务派遣\n"+
			"乙厂,91130132MA01CYF422,130132101,槐阳镇,企业,\n丙厂,130133000001234,130133,赵县,个体,劳务派遣\n")
		tests := []struct {
			scope register.Scope
			want  int
		}{
			{register.Scope{}, 3}, {register.Scope{Area: "130132"}, 2}, {register.Scope{Area: "130100"}, 3}, {register.Scope{Area: "130000"}, 3}, {register.Scope{Area: "130132101"}, 1},
			{register.Scope{Area: "赵县"}, 1}, {register.Scope{Kind: "企业"}, 2}, {register.Scope{Tag: "劳务派遣"}, 2}, {register.Scope{Tag: "劳务派遣", Area: "130132"}, 1}, {register.Scope{Area: "110000"}, 0},
		}
		for _, tt := range tests {
			n, each := 0, 0
			err := d.EachTarget(t.Context(), nil, authority, tt.scope, func(register.Target) error { each++; return nil })
			if err == nil {
				n, err = d.Count(t.Context(), authority, tt.scope)
			}
			if err != nil || n != tt.want || each != tt.want {
				t.Errorf("scope %+v: Count %d, EachTarget %d, %v, want %d", tt.scope, n, each, err, tt.want)
			}
		}
	})
}

// The root of a version is what anybody works out from the records.
func TestVersionRoot(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.firms(300)
		d.enter(register.Officers, "o.csv", "姓名,执法证号,有效期至,领域\n王强,A1,2030-01-01,\n李静,冀第2号,2030-01-01,\n")
		d.enter(register.Items, "i.csv", "抽查事项,检查依据,检查内容\n合同,法,一；二\n")
		if err := d.Withdraw(t.Context(), clerk, "91130132MA0000007X", "不存在的"); errs.KindOf(err) != errs.NotFound {
			t.Errorf("Withdraw of nobody = %v, want NotFound", err)
		}
		some, _, _, err := d.Targets(t.Context(), authority, register.TargetFilter{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Withdraw(t.Context(), clerk, some[0].ID, "已注销"); err != nil {
			t.Fatal(err)
		}
		for _, l := range register.Lists {
			root, n := d.rootByHand(l)
			v := d.version(l)
			if v.Root != root || v.Count != n {
				t.Errorf("%s: version %+v, by hand %d records, root %s", l, v, n, root)
			}
			body, err := store.One(t.Context(), d.db, store.Value[string], `
				SELECT body
				FROM ledger_entry
				WHERE authority_id = $1 AND subject = $2
				ORDER BY made DESC
				LIMIT 1`, authority, authority+".register."+string(l))
			want := fmt.Sprintf(`"data":{"count":%d,"list":"%s","root":"%s","version":%d}`, v.Count, l, v.Root, v.Number)
			if err != nil || !strings.Contains(body, want) || !strings.Contains(body, `"type":"register.versioned"`) {
				t.Errorf("ledger entry %s, %v, want %s", body, err, want)
			}
		}
		if v := d.version(register.Targets); v.Number != 2 || v.Count != 299 || v.Withdrawn != 1 {
			t.Errorf("version = %+v, want 2 with 299 firms", v)
		}
	})
}

// rootByHand makes a list's root from its records, by the general encoder.
func (d *desk) rootByHand(l register.List) (string, int) {
	d.t.Helper()
	root := canon.NewRoot(canon.SHA256)
	add := func(id string, record []byte) error {
		var v map[string]any
		if err := json.Unmarshal(record, &v); err != nil {
			return err
		}
		general, err := canon.JSON(v)
		root.Add([]byte(id + "\t" + canon.SHA256.Hex(general)))
		return err
	}
	var err error
	switch l {
	case register.Targets:
		err = d.EachTarget(d.t.Context(), nil, authority, register.Scope{}, func(x register.Target) error { return add(x.ID, x.Canonical(nil)) })
	case register.Officers:
		err = d.EachOfficer(d.t.Context(), nil, authority, func(x register.Officer) error { return add(x.ID, x.Canonical(nil)) })
	case register.Items:
		var items []register.Item
		items, _, _, err = d.Items(d.t.Context(), authority, register.ItemFilter{})
		for _, x := range items {
			err = errors.Join(err, add(x.ID, x.Canonical(nil)))
		}
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return hex.EncodeToString(root.Sum()), root.Count()
}

func TestWithdrawAndReturn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		const file = "企业名称,信用代码\n甲厂,91130132108010841G\n乙厂,91130132108010083D\n"
		d.enter(register.Targets, "a.csv", file)
		before := d.version(register.Targets)
		for reason, want := range map[string]errs.Kind{"": errs.Invalid, " \u200b ": errs.Invalid, strings.Repeat("因", 201): errs.Invalid} {
			if err := d.Withdraw(ctx, clerk, "91130132108010841G", reason); errs.KindOf(err) != want {
				t.Errorf("Withdraw for %q = %v, want kind %v", reason, err, want)
			}
		}
		if err := d.Withdraw(ctx, clerk, "91130132108010841G", "已注销"); err != nil {
			t.Fatal(err)
		}
		if err := d.Withdraw(ctx, clerk, "91130132108010841G", "已注销"); errs.KindOf(err) != errs.Conflict {
			t.Errorf("second Withdraw = %v, want Conflict", err)
		}
		firm, err := d.Target(ctx, authority, "91130132108010841G")
		if err != nil || firm.Active || firm.Operating() || firm.Reason != "已注销" || firm.Version != 2 {
			t.Errorf("firm = %+v, %v, want it withdrawn by version 2", firm, err)
		}
		// An import that leaves a firm out does not bring it back or take it away.
		d.enter(register.Targets, "b.csv", "企业名称,信用代码\n乙厂,91130132108010083D\n")
		if v := d.version(register.Targets); v.Number != 2 || v.Count != 1 {
			t.Errorf("version = %+v, want still 2 with one firm", v)
		}
		i := d.check(register.Targets, "a.csv", []byte(file))
		if got, n, err := d.Issues(ctx, authority, i.ID, intake.IssueFilter{}); err != nil || n != 1 || got[0].Line != 2 || got[0].Rule != "withdrawn" || i.Changed != 1 {
			t.Errorf("issues %+v of %+v, %v, want a warning that it comes back", got, i, err)
		}
		d.write(i)
		if v := d.version(register.Targets); v.Number != 3 || v.Root != before.Root {
			t.Errorf("version = %+v, want 3 with the root of %+v", v, before)
		}
		versions, err := d.Versions(ctx, authority, register.Targets, 2)
		if err != nil || len(versions) != 2 || versions[0].Changed != 1 || versions[1].Withdrawn != 1 || versions[0].By != "李敏" {
			t.Errorf("Versions = %+v, %v", versions, err)
		}
	})
}
