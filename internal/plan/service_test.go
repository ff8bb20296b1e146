package plan_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/canon"
	"suiji/internal/caps"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/intake"
	"suiji/internal/plan"
	"suiji/internal/reference"
	"suiji/internal/register"
	"suiji/internal/sample"
	"suiji/internal/scribe"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

const bureau = "130132-rs"

var (
	clerk  = access.Actor{Authority: bureau, ID: "a-clerk", Name: "王芳", Roles: []access.Role{access.Clerk}}
	second = access.Actor{Authority: bureau, ID: "a-second", Name: "李敏", Roles: []access.Role{access.Clerk}}
	leader = access.Actor{Authority: bureau, ID: "a-leader", Name: "赵局长", Roles: []access.Role{access.Leader}}
	both   = access.Actor{Authority: bureau, ID: "a-clerk", Name: "王芳", Roles: []access.Role{access.Clerk, access.Leader}}
)

// office is a bureau with its registers in January 2022.
type office struct {
	*plan.Service
	t   *testing.T
	ctx context.Context
	now time.Time
}

func each(t *testing.T, body func(t *testing.T, o *office)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { body(t, newOffice(t, db)) })
}

func newOffice(t *testing.T, db *store.DB) *office {
	t.Helper()
	o := &office{t: t, ctx: t.Context(), now: time.Date(2022, 1, 10, 1, 0, 0, 0, time.UTC)}
	now := func() time.Time { return o.now }
	door, dir := audit.New(db, now), t.TempDir()
	c := plan.Config{DB: db, Door: door, Now: now, Scribe: scribe.New(scribe.Config{DB: db, Door: door, Now: now, Dir: dir}),
		Identity: identity.New(db, door, now), Reference: reference.New(db, door), Caps: caps.New(db, door)}
	c.Register = register.New(register.Config{DB: db, Door: door, Scribe: c.Scribe, Now: now})
	o.Service = plan.New(c)
	if err := c.Identity.Found(o.ctx, identity.Authority{ID: bureau, Name: "元氏县人力资源和社会保障局", Hash: canon.SHA256}); err != nil {
		t.Fatal(err)
	}
	o.enter(register.Items, func(w io.Writer) error { return sample.Items(w, "2021-12-31") })
	o.enter(register.Officers, func(w io.Writer) error { return sample.Officers(w, 8, "2024-12-31") })
	o.enter(register.Targets, func(w io.Writer) error { return sample.Targets(w, 698, 1) })
	return o
}

// enter imports a list of the register.
func (o *office) enter(list register.List, write func(io.Writer) error) {
	o.t.Helper()
	content, err := sample.File(write)
	o.must(err)
	files := intake.New(intake.Config{DB: o.DB, Door: o.Door, Register: o.Register, Now: o.Now, Dir: o.t.TempDir()})
	i, err := files.Check(o.ctx, clerk, list, "list.csv", bytes.NewReader(content))
	o.must(err)
	_, err = files.Write(o.ctx, clerk, i.ID)
	o.must(err)
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// items returns the ids of the item list's items.
func (o *office) items() []plan.Item {
	o.t.Helper()
	list, _, _, err := o.Register.Items(o.ctx, bureau, register.ItemFilter{})
	o.must(err)
	var items []plan.Item
	for _, i := range list {
		items = append(items, plan.Item{ID: i.ID})
	}
	return items
}

// drafted is the plan of 2022, saved without a defect.
func (o *office) drafted() plan.Plan {
	o.t.Helper()
	o.must(o.Draft(o.ctx, clerk, "P2022", 2022))
	p := mended()
	p.Revision = 1
	p.Tasks[0].Items = o.items()[:1]
	notices, err := o.Save(o.ctx, clerk, p)
	o.must(err)
	if len(notices) != 0 {
		o.t.Errorf("Save of a plan in good order has notices %q, want none", notices)
	}
	return o.plan()
}

func (o *office) plan() plan.Plan {
	o.t.Helper()
	p, err := o.Plan(o.ctx, bureau, "P2022")
	o.must(err)
	return p
}

func (o *office) digest() string {
	o.t.Helper()
	d, err := o.Digest(o.ctx, o.plan())
	o.must(err)
	return d
}

func TestDraftIsFilledWithTheRules(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.must(o.Draft(o.ctx, clerk, "P2022", 2022))
		p := o.plan()
		if p.BaseCount != 698 || p.BaseVersion != 1 || p.BaseOn != day("2022-01-10") || p.Ratio != 500 || p.Rounding != plan.Up {
			t.Errorf("base = %d firms of version %d on %s, ratio %s %s, want 698 of 1 on 2022-01-10, 5%% up", p.BaseCount, p.BaseVersion, p.BaseOn, p.Ratio, p.Rounding)
		}
		if p.Officers != 2 || p.ConfirmDays != 2 || p.PublishDays != 20 || p.TaskDays != 20 || p.Disclosure != plan.DigestFirst || p.DraftedBy != clerk.ID {
			t.Errorf("Draft = %+v, want the deadlines and disclosure of the decisions", p)
		}
		if p.Number != "" || len(p.Tasks) != 0 || len(p.Windows) != 0 || p.Body != "" {
			t.Errorf("Draft states %q, %d tasks, %d windows, a text of %d: want none of what only the office can say", p.Number, len(p.Tasks), len(p.Windows), len(p.Body))
		}
		defects, err := o.Defects(o.ctx, p)
		o.must(err)
		if diff := cmp.Diff(codes(defects), []string{"archive", "bases", "document", "table", "windows"}); diff != "" {
			t.Errorf("defects of a fresh draft (-got +want):\n%s", diff)
		}
	})
}

func TestSaveKeepsEverything(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		got, want := o.drafted(), mended()
		want.Revision, want.SavedBy, want.SavedAt, want.DraftedBy = 2, clerk.Name, o.now, clerk.ID
		want.Tasks[0].Items, want.Root, want.Version = got.Tasks[0].Items, "P2022", 1
		if diff := cmp.Diff(got, want, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("Plan after Save (-got +want):\n%s", diff)
		}
		if it := got.Tasks[0].Items[0]; !strings.HasPrefix(it.Name, "对用人单位遵守劳动保障法律法规") || !strings.Contains(it.Basis, "劳动保障监察条例") {
			t.Errorf("item = %+v, want name and basis as the list has them", it)
		}
	})
}

// The plan as the document has it can be entered, and submitting it names each
// defect that refuses.
func TestSeedIsEnteredAndRefused(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.must(o.Draft(o.ctx, clerk, "P2022", 2022))
		p := entered()
		p.Revision = 1
		notices, err := o.Save(o.ctx, clerk, p)
		o.must(err)
		if len(notices) != 2 || !strings.Contains(notices[0], "元人社〔2022〕3号") {
			t.Errorf("Save says %q, want a notice of each number put right", notices)
		}
		err = o.Submit(o.ctx, clerk, "P2022", 2)
		if errs.KindOf(err) != errs.Invalid || len(errs.Problems(err)) != 7 {
			t.Errorf("Submit = %v, want the 7 refusing defects", err)
		}
		for _, want := range []string{"2021-12-20", "计划表是空的", "没有写明抽查基数", "注销、迁出", "回避"} {
			if !strings.Contains(errs.Sentence(err), want) {
				t.Errorf("Submit does not say %q: %v", want, err)
			}
		}
		if o.plan().State != plan.Draft {
			t.Error("a refused plan has left the draft")
		}
	})
}

func TestFromDraftToLedger(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p := o.drafted()
		o.must(o.Submit(o.ctx, clerk, p.ID, p.Revision))
		if _, err := o.Save(o.ctx, clerk, p); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Save of a submitted plan = %v, want Conflict", err)
		}
		if err := o.Publish(o.ctx, clerk, p.ID); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Publish before approval = %v, want Conflict", err)
		}
		o.must(o.Approve(o.ctx, leader, p.ID, o.digest(), "同意"))
		if all, err := o.Published(o.ctx, bureau); err != nil || len(all) != 0 {
			t.Errorf("Published before publication = %d plans, %v, want none", len(all), err)
		}
		o.must(o.Publish(o.ctx, clerk, p.ID))
		got := o.plan()
		if got.State != plan.Published || got.Serial != 1 || got.Digest != got.ApprovedDigest || got.ApprovedBy != leader.ID || got.Opinion != "同意" {
			t.Errorf("published plan = %+v, want the first of its year with the approved digest", got.Trail)
		}
		entries, err := o.Scribe.Entries(o.ctx, bureau, p.ID)
		o.must(err)
		if len(entries) != 1 || entries[0].Entry.Type != "plan.published" || entries[0].Entry.Data["digest"] != got.Digest {
			t.Errorf("ledger = %+v, want one plan.published with digest %s", entries, got.Digest)
		}
		if all, err := o.Published(o.ctx, bureau); err != nil || len(all) != 1 {
			t.Errorf("Published = %d plans, %v, want 1", len(all), err)
		}
		if err := o.Close(o.ctx, clerk, p.ID); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Close before the last window is over = %v, want Conflict", err)
		}
		o.now = time.Date(2022, 12, 21, 1, 0, 0, 0, time.UTC)
		o.must(o.Close(o.ctx, clerk, p.ID))
	})
}

func TestApprove(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p := o.drafted()
		o.must(o.Submit(o.ctx, clerk, p.ID, p.Revision))
		tests := []struct {
			name   string
			who    access.Actor
			digest string
			want   errs.Kind
		}{
			{"a clerk", second, o.digest(), errs.Forbidden},
			{"the drafter, also a leader", both, o.digest(), errs.Forbidden},
			{"another content", leader, strings.Repeat("0", 64), errs.Conflict},
			{"no content", leader, "", errs.Conflict},
			{"a leader of another authority", access.Actor{Authority: "130131-rs", ID: "x", Roles: []access.Role{access.Leader}}, o.digest(), errs.NotFound},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				if err := o.Approve(o.ctx, tt.who, p.ID, tt.digest, ""); errs.KindOf(err) != tt.want || err == nil {
					t.Errorf("Approve = %v, want kind %v", err, tt.want)
				}
			})
		}
		if o.plan().State != plan.Submitted {
			t.Errorf("plan is %s, want submitted", o.plan().State)
		}
	})
}

func TestReturn(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p := o.drafted()
		o.must(o.Submit(o.ctx, clerk, p.ID, p.Revision))
		if err := o.Return(o.ctx, leader, p.ID, "不行不行"); errs.KindOf(err) != errs.Invalid {
			t.Errorf("Return with four characters = %v, want Invalid", err)
		}
		o.must(o.Approve(o.ctx, leader, p.ID, o.digest(), "同意"))
		o.must(o.Return(o.ctx, leader, p.ID, "批次时间与检查冲突"))
		got := o.plan()
		if got.State != plan.Draft || got.ApprovedDigest != "" || got.ApprovedBy != "" || got.Reason != "批次时间与检查冲突" {
			t.Errorf("returned plan = %s %+v, want a draft that nobody has approved, with the reason", got.State, got.Trail)
		}
		_, err := o.Save(o.ctx, clerk, got)
		o.must(err)
	})
}

func TestSecondClerk(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p := o.drafted()
		theirs, mine := p, p
		theirs.Officers = 3
		_, err := o.Save(o.ctx, second, theirs)
		o.must(err)
		mine.ConfirmDays = 3
		_, err = o.Save(o.ctx, clerk, mine)
		if errs.KindOf(err) != errs.Conflict {
			t.Fatalf("Save from an old revision = %v, want Conflict", err)
		}
		for _, want := range []string{"李敏于 2022-01-10 09:00 改过这份计划", "检查组人数：现已存为“3”，您填的是“2”", "比对确认期限：现已存为“2”，您填的是“3”"} {
			if !strings.Contains(errs.Sentence(err), want) {
				t.Errorf("Save does not say %q: %v", want, err)
			}
		}
		if got := o.plan(); got.Officers != 3 || got.ConfirmDays != 2 {
			t.Errorf("after a conflict the plan has %d officers, %d days, want the first clerk's 3 and 2", got.Officers, got.ConfirmDays)
		}
		if err := o.Submit(o.ctx, clerk, p.ID, p.Revision); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Submit of what has changed since = %v, want Conflict", err)
		}
	})
}

func TestItemsAfterApproval(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p := o.drafted()
		o.must(o.Submit(o.ctx, clerk, p.ID, p.Revision))
		o.must(o.Approve(o.ctx, leader, p.ID, o.digest(), ""))
		o.must(o.Register.WithdrawItem(o.ctx, clerk, p.Tasks[0].Items[0].ID, "不再检查"))
		err := o.Publish(o.ctx, clerk, p.ID)
		if errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Sentence(err), "已停用") {
			t.Errorf("Publish with a withdrawn item = %v, want it refused", err)
		}
		if entries, err := o.Scribe.Entries(o.ctx, bureau, p.ID); err != nil || len(entries) != 0 {
			t.Errorf("ledger has %d entries of a refused plan, %v, want none", len(entries), err)
		}
	})
}

func TestUnpublishedItem(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p := o.drafted()
		o.enter(register.Items, func(w io.Writer) error {
			_, err := io.WriteString(w, "抽查事项,检查依据,检查内容,公布日期\n对劳务派遣的检查,,派遣许可,\n")
			return err
		})
		for _, i := range o.items() {
			p.Tasks[0].Items = append(p.Tasks[0].Items[:0:0], i)
			if _, err := o.Save(o.ctx, clerk, p); err != nil {
				t.Fatal(err)
			}
			p = o.plan()
			if p.Tasks[0].Items[0].Name == "对劳务派遣的检查" {
				break
			}
		}
		err := o.Submit(o.ctx, clerk, p.ID, p.Revision)
		if errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Sentence(err), "尚未公布") || !strings.Contains(errs.Sentence(err), "没有法律依据") {
			t.Errorf("Submit with an unpublished item without basis = %v, want both said", err)
		}
	})
}

func TestBaseFollowsTheRegister(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p := o.drafted()
		o.now = o.now.Add(48 * time.Hour)
		o.enter(register.Targets, func(w io.Writer) error { return sample.Targets(w, 720, 1) })
		defects, err := o.Defects(o.ctx, p)
		o.must(err)
		if diff := cmp.Diff(codes(defects), []string{"base-old"}); diff != "" {
			t.Errorf("defects after an import (-got +want):\n%s", diff)
		}
		p.Tasks[0].Strata = []plan.Stratum{{Name: "hi", Title: "投诉多", Tag: "投诉举报多", Ratio: 2000}, {Name: "rest", Title: "其余", Ratio: 500}}
		_, err = o.Save(o.ctx, clerk, p)
		o.must(err)
		p = o.plan()
		st := p.Tasks[0].Strata
		if p.BaseVersion != 2 || p.BaseCount != 720 || p.BaseOn != day("2022-01-12") || st[0].Size < 30 || st[0].Size+st[1].Size != 720 {
			t.Errorf("base = %d of version %d on %s, strata of %d and %d, want 720 of 2 on 2022-01-12 in two strata", p.BaseCount, p.BaseVersion, p.BaseOn, st[0].Size, st[1].Size)
		}
	})
}

func TestSaveRefusesWhatTheTablesCannotHold(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		base := o.drafted()
		tests := []struct {
			name   string
			change func(p *plan.Plan)
			field  string
		}{
			{"unit", func(p *plan.Plan) { p.PublishUnit = "weeks" }, "publish_unit"},
			{"disclosure", func(p *plan.Plan) { p.Disclosure = "never" }, "disclosure"},
			{"rounding", func(p *plan.Plan) { p.Rounding = "down" }, "rounding"},
			{"unknown item", func(p *plan.Plan) { p.Tasks[0].Items = []plan.Item{{ID: "none"}} }, "task-1-items"},
			{"item twice", func(p *plan.Plan) { p.Tasks[0].Items = append(p.Tasks[0].Items, p.Tasks[0].Items[0]) }, "task-1-items"},
			{"stratum twice", func(p *plan.Plan) { p.Tasks[0].Strata = append(p.Tasks[0].Strata, p.Tasks[0].Strata[0]) }, "task-1-strata"},
			{"ticket twice", func(p *plan.Plan) { p.Tasks[0].Tickets = append(p.Tasks[0].Tickets, p.Tasks[0].Tickets[0]) }, "task-1-tickets"},
			{"endless text", func(p *plan.Plan) { p.Body = strings.Repeat("长", 100001) }, "body"},
			{"gap in the windows", func(p *plan.Plan) { p.Windows[1].No = 3 }, "windows"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				p := base
				p.Windows = append([]plan.Window(nil), base.Windows...)
				p.Tasks = []plan.Task{base.Tasks[0]}
				tt.change(&p)
				_, err := o.Save(o.ctx, clerk, p)
				ps := errs.Problems(err)
				if errs.KindOf(err) != errs.Invalid || len(ps) != 1 || ps[0].Field != tt.field {
					t.Errorf("Save = %v at %v, want Invalid at %s", err, ps, tt.field)
				}
			})
		}
		if got := o.plan(); got.Revision != base.Revision {
			t.Errorf("revision = %d after refusals, want %d", got.Revision, base.Revision)
		}
	})
}

func TestClerkOnly(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		if err := o.Draft(o.ctx, leader, "P2022", 2022); errs.KindOf(err) != errs.Forbidden || err == nil {
			t.Errorf("Draft by a leader = %v, want Forbidden", err)
		}
		p := o.drafted()
		if _, err := o.Save(o.ctx, leader, p); errs.KindOf(err) != errs.Forbidden || err == nil {
			t.Errorf("Save by a leader = %v, want Forbidden", err)
		}
		if err := o.Draft(o.ctx, clerk, "P2022", 2022); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Draft under a used id = %v, want Conflict", err)
		}
		for _, bad := range []string{"", "计划", "a b", strings.Repeat("x", 41)} {
			if err := o.Draft(o.ctx, clerk, bad, 2022); errs.KindOf(err) != errs.Invalid {
				t.Errorf("Draft(%q) = %v, want Invalid", bad, err)
			}
		}
	})
}
