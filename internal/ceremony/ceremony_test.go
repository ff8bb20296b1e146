package ceremony_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/ceremony"
	"suiji/internal/errs"
	"suiji/internal/openbook"
	"suiji/internal/plan"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/randomness"
)

// hall is an office with a frozen round and the service of ceremonies.
type hall struct {
	*roundtest.Office
	*ceremony.Service
	t  *testing.T
	id string
}

func newHall(t *testing.T, db *store.DB, disclosure draw.Disclosure, rehearsal bool) *hall {
	t.Helper()
	o := roundtest.New(t, db)
	o.Firms(200)
	p := o.Publish(func(p *plan.Plan) { p.Disclosure = string(disclosure) })
	o.On("2022-06-06")
	id, err := o.Round.Freeze(t.Context(), operator, round.NewRound{PlanID: p, TaskNo: 1, WindowNo: 1, Rehearsal: rehearsal})
	o.Must(err)
	return &hall{o, ceremony.New(ceremony.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now,
		Identity: o.Identity, Register: o.Register, Round: o.Round}), t, id}
}

var operator, leader = roundtest.As(access.Operator), roundtest.As(access.Leader)

// phone is a witness's telephone.
type phone struct{ address, name, secret string }

// joined invites a witness and lets the telephone join.
func (h *hall) joined(who string) *phone {
	h.t.Helper()
	invitation, err := h.Invite(h.t.Context(), operator, h.id, who)
	h.Must(err)
	p := &phone{}
	p.address, err = h.Join(h.t.Context(), invitation, strings.Repeat("0123456789", 3)+invitation[len(invitation)-6:])
	h.Must(err)
	w, joined, err := h.Find(h.t.Context(), p.address)
	h.Must(err)
	if !joined || w.Who != who {
		h.t.Fatalf("Find(%s) = %s, %v, want %s, joined", p.address, w.Who, joined, who)
	}
	p.name = w.Name()
	p.secret, err = randomness.NewSecret(strings.NewReader(strings.Repeat(who+p.name, 9)))
	h.Must(err)
	return p
}

func (h *hall) snapshot() ceremony.Snapshot {
	h.t.Helper()
	v, err := h.Snapshot(h.t.Context(), roundtest.Authority, h.id)
	h.Must(err)
	return v
}

func (p *phone) commitment() string { return randomness.Commit(canon.SHA256, p.name, p.secret) }

// refusedWith fails unless err is of a kind and says the words.
func refusedWith(t *testing.T, what string, err error, kind errs.Kind, words string) {
	t.Helper()
	if errs.KindOf(err) != kind || !strings.Contains(err.Error(), words) {
		t.Errorf("%s: %v, want kind %v with %q", what, err, kind, words)
	}
}

func TestCeremony(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h, ctx := newHall(t, db, draw.DigestFirst, false), t.Context()
		before := h.snapshot()
		if before.Step != ceremony.Gathering || before.Fingerprint == "" || before.Manifest != "" {
			t.Errorf("frozen: step %d, fingerprint %q, manifest %q", before.Step, before.Fingerprint, before.Manifest)
		}
		p1, p2 := h.joined("县纪委监委派驻代表"), h.joined("企业代表")
		refusedWith(t, "seal too early", h.Seal(ctx, operator, h.id, roundtest.Public), errs.Conflict, "还没有封存随机数")
		refusedWith(t, "commit to another list", h.Commit(ctx, p1.address, p1.commitment(), strings.Repeat("0", 64)), errs.Conflict, "重新核对指纹")
		for range 2 {
			h.Must(h.Commit(ctx, p1.address, p1.commitment(), before.Fingerprint))
		}
		refusedWith(t, "another commitment", h.Commit(ctx, p1.address, p2.commitment(), before.Fingerprint), errs.Conflict, "不能更换")
		refusedWith(t, "withdraw after the commitment", h.Withdraw(ctx, operator, h.id, 1), errs.Conflict, "已经封存了随机数")
		h.Must(h.Commit(ctx, p2.address, p2.commitment(), before.Fingerprint))
		if v := h.snapshot(); v.Step != ceremony.Sealing {
			t.Errorf("all have committed: step %d, want %d", v.Step, ceremony.Sealing)
		}
		h.Must(h.Seal(ctx, operator, h.id, roundtest.Public))

		sealed := h.snapshot()
		if sealed.Fingerprint != before.Fingerprint || sealed.Step != ceremony.Rolling {
			t.Errorf("sealed: fingerprint %s, step %d, want %s as before and %d", sealed.Fingerprint, sealed.Step, before.Fingerprint, ceremony.Rolling)
		}
		refusedWith(t, "commit after the seal", h.Commit(ctx, p1.address, p2.commitment(), before.Fingerprint), errs.Conflict, "")
		_, err := h.Reissue(ctx, operator, h.id, 1)
		refusedWith(t, "reissue after the seal", err, errs.Conflict, "已经封存")
		_, err = h.Invite(ctx, operator, h.id, "市局代表")
		refusedWith(t, "invite after the seal", err, errs.Conflict, "已经封存")
		refusedWith(t, "reveal before the rolls", h.Reveal(ctx, p1.address, p1.secret), errs.Conflict, "还没有全部录入")

		h.Must(h.Round.Roll(ctx, operator, h.id, "public", roundtest.Dice))
		refusedWith(t, "reveal another secret", h.Reveal(ctx, p1.address, p2.secret), errs.Invalid, "不一致")
		for range 2 {
			h.Must(h.Reveal(ctx, p1.address, p1.secret))
		}
		h.Must(h.Refuse(ctx, p2.address))
		if v := h.snapshot(); len(v.Refused()) != 1 || v.Step != ceremony.Revealing {
			t.Errorf("refused: %v, step %d", v.Refused(), v.Step)
		}
		h.Must(h.Reveal(ctx, p2.address, p2.secret)) // thought better of it
		refusedWith(t, "void when nothing is missing", h.Void(ctx, leader, h.id), errs.Conflict, "没有见证人欠着")
		h.Must(h.Round.Draw(ctx, operator, h.id))

		drawn := h.snapshot()
		if drawn.Step != ceremony.Finished || len(drawn.Rows) != drawn.Draw || drawn.Named || drawn.Rows[0].Name != "" {
			t.Errorf("drawn: step %d, %d rows of %d, named %v: %+v", drawn.Step, len(drawn.Rows), drawn.Draw, drawn.Named, drawn.Rows[0])
		}
		st, err := h.Standing(ctx, p1.address)
		h.Must(err)
		if want := canon.SHA256.Hex([]byte(p1.secret)); st.Recorded != want || st.Values != nil {
			t.Errorf("recorded %q, values %v, want %s and none before the disclosure", st.Recorded, st.Values, want)
		}
		m, err := draw.ParseManifest([]byte(st.Manifest))
		h.Must(err)
		if got, err := ceremony.Fingerprint(m); err != nil || got != before.Fingerprint {
			t.Errorf("the sealed manifest's fingerprint is %s, %v, want %s", got, err, before.Fingerprint)
		}
	})
}

// An invitation is good for one telephone; the operator can take it back or
// give a new one until the seal.
func TestInvitation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h, ctx := newHall(t, db, draw.DigestFirst, false), t.Context()
		invitation, err := h.Invite(ctx, operator, h.id, "  县纪委监委  派驻代表 ")
		h.Must(err)
		_, err = h.Invite(ctx, operator, h.id, "县纪委监委 派驻代表")
		refusedWith(t, "the same office twice", err, errs.Invalid, "已经邀请过")
		_, err = h.Invite(ctx, roundtest.As(access.Clerk), h.id, "别人")
		refusedWith(t, "a clerk invites", err, errs.Forbidden, "")

		mine, other := strings.Repeat("a", 40), strings.Repeat("b", 40)
		for range 2 {
			if got, err := h.Join(ctx, invitation, mine); err != nil || got != roundtest.Authority+"."+mine {
				t.Fatalf("Join = %s, %v", got, err)
			}
		}
		_, err = h.Join(ctx, invitation, other)
		refusedWith(t, "another telephone", err, errs.Conflict, "另一部手机")
		_, err = h.Join(ctx, invitation, "short")
		refusedWith(t, "a weak token", err, errs.Invalid, "")
		refusedWith(t, "commit with the invitation", h.Commit(ctx, invitation, strings.Repeat("0", 64), ""), errs.Conflict, "另一部手机")
		for _, bad := range []string{"", "x", "130132-rs." + strings.Repeat("A", 26), "other." + mine, "130132-rs." + strings.Repeat("9", 900)} {
			if _, _, err := h.Find(ctx, bad); errs.KindOf(err) != errs.NotFound {
				t.Errorf("Find(%.40q) = %v, want NotFound", bad, err)
			}
		}

		fp := h.snapshot().Fingerprint
		h.Must(h.Commit(ctx, "130132-rs."+mine, strings.Repeat("1", 64), fp))
		again, err := h.Reissue(ctx, operator, h.id, 1)
		h.Must(err)
		if _, _, err := h.Find(ctx, "130132-rs."+mine); errs.KindOf(err) != errs.NotFound {
			t.Errorf("the lost telephone still opens: %v", err)
		}
		if w, joined, err := h.Find(ctx, again); err != nil || joined || w.Commitment != "" {
			t.Errorf("invited anew: %+v, %v, %v", w, joined, err)
		}
		h.Must(h.Withdraw(ctx, operator, h.id, 1))
		_, err = h.Join(ctx, again, mine)
		refusedWith(t, "join after it was taken back", err, errs.Conflict, "失效")
		h.Must(h.Seal(ctx, operator, h.id, roundtest.Public)) // nobody is waited for

		var kept string
		kept, err = store.One(ctx, db, store.Value[string], `SELECT string_agg(invitation || phone || seen || commitment, ' ') FROM ceremony_witness`)
		h.Must(err)
		for _, token := range []string{invitation, again, mine} {
			if strings.Contains(kept, strings.TrimPrefix(token, "130132-rs.")) {
				t.Error("a token is kept in the database")
			}
		}
	})
}

// Who commits and does not reveal ends the draw, by role, for all to see.
func TestRefusal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h, ctx := newHall(t, db, draw.DigestFirst, false), t.Context()
		p1, p2 := h.joined("县纪委监委派驻代表"), h.joined("企业代表")
		fp := h.snapshot().Fingerprint
		h.Must(h.Commit(ctx, p1.address, p1.commitment(), fp))
		h.Must(h.Commit(ctx, p2.address, p2.commitment(), fp))
		refusedWith(t, "refuse before the seal", h.Refuse(ctx, p1.address), errs.Conflict, "没有等待")
		h.Must(h.Seal(ctx, operator, h.id, roundtest.Public))
		refusedWith(t, "void before the rolls", h.Void(ctx, leader, h.id), errs.Conflict, "不能按此规则作废")
		h.Must(h.Round.Roll(ctx, operator, h.id, "public", roundtest.Dice))
		h.Must(h.Reveal(ctx, p1.address, p1.secret))
		refusedWith(t, "refuse after revealing", h.Refuse(ctx, p1.address), errs.Conflict, "已经公开")
		refusedWith(t, "the operator voids on his own", h.Void(ctx, operator, h.id), errs.Conflict, "局领导")
		h.Must(h.Refuse(ctx, p2.address))
		h.Must(h.Void(ctx, operator, h.id))

		v := h.snapshot()
		if v.State != "abandoned" || !strings.Contains(v.Reason, "企业代表未公开随机数") || strings.Contains(v.Reason, "纪委") {
			t.Errorf("abandoned: %s, %q", v.State, v.Reason)
		}
		if got, want := h.Entries(h.id+".targets"), "round.sealed round.rolled round.revealed round.abandoned"; got != want {
			t.Errorf("ledger: %s, want %s", got, want)
		}
		p, err := openbook.Of(h.Round).Round(ctx, roundtest.Authority, h.id, nil)
		if err != nil || !strings.Contains(p.Reason, "企业代表") {
			t.Errorf("the public page says %q, %v", p.Reason, err)
		}
		refusedWith(t, "reveal after the end", h.Reveal(ctx, p2.address, p2.secret), errs.Conflict, "")
	})
}

// A rehearsal never becomes real: it leaves nothing in the ledger, nothing in
// public, and no act turns it into a round.
func TestRehearsal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h, ctx := newHall(t, db, draw.AtOnce, true), t.Context()
		p := h.joined("县纪委监委派驻代表")
		h.Must(h.Commit(ctx, p.address, p.commitment(), h.snapshot().Fingerprint))
		h.Must(h.Seal(ctx, operator, h.id, roundtest.Public))
		h.Must(h.Round.Roll(ctx, operator, h.id, "public", roundtest.Dice))
		h.Must(h.Reveal(ctx, p.address, p.secret))
		h.Must(h.Round.Draw(ctx, operator, h.id))
		st, err := h.Standing(ctx, p.address)
		h.Must(err)
		if !st.Snapshot.Rehearsal || st.Recorded != canon.SHA256.Hex([]byte(p.secret)) {
			t.Errorf("rehearsal %v, recorded %q", st.Snapshot.Rehearsal, st.Recorded)
		}
		if got := h.Entries(h.id + ".targets"); got != "" {
			t.Errorf("a rehearsal is in the ledger: %s", got)
		}
		if _, err := openbook.Of(h.Round).Round(ctx, roundtest.Authority, h.id, nil); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a rehearsal is public: %v", err)
		}
		refusedWith(t, "disclose a rehearsal", h.Round.Disclose(ctx, operator, h.id), errs.Conflict, "演练不公开")
		if !strings.Contains(st.Manifest, `"rehearsal":true`) {
			t.Error("the sealed manifest does not say that it is a rehearsal")
		}
	})
}

// Before the disclosure nothing that a ceremony shows names a drawn firm, or
// lets one be found: no identifier, no name, no seed, no value is in it, and
// no fingerprint fits a lot under a key that can be made of what is public.
func TestNothingNamesAFirm(t *testing.T) {
	for _, way := range []draw.Disclosure{draw.DigestFirst, draw.AfterCheck} {
		t.Run(string(way), func(t *testing.T) {
			h, ctx := newHall(t, storetest.SQLite(t), way, false), t.Context()
			p := h.joined("县纪委监委派驻代表")
			h.Must(h.Commit(ctx, p.address, p.commitment(), h.snapshot().Fingerprint))
			h.Must(h.Seal(ctx, operator, h.id, roundtest.Public))
			h.Must(h.Round.Roll(ctx, operator, h.id, "public", roundtest.Dice))
			h.Must(h.Reveal(ctx, p.address, p.secret))
			h.Must(h.Round.Draw(ctx, operator, h.id))
			v := h.snapshot()
			if v.Open != (way == draw.DigestFirst) {
				t.Errorf("the stage is open: %v", v.Open)
			}
			shown, err := json.Marshal(v)
			h.Must(err)
			draws, err := h.Round.Draws(ctx, roundtest.Authority, h.id)
			h.Must(err)
			var res draw.TargetsResult
			h.Must(json.Unmarshal([]byte(draws[0].Result), &res))
			values, err := draws[0].Values()
			h.Must(err)
			secret := append([]string{res.Seed}, res.Strata[0].Drawn...)
			for _, x := range values {
				secret = append(secret, x)
			}
			for _, id := range res.Strata[0].Drawn {
				f, err := h.Register.Target(ctx, roundtest.Authority, id)
				h.Must(err)
				secret = append(secret, f.Name)
			}
			for _, x := range secret {
				if strings.Contains(string(shown), x) {
					t.Errorf("the stage shows %q", x)
				}
			}
			attack(t, v, draws[0].Manifest, res.Strata[0].Drawn, p.secret)
		})
	}
}

// attack is everything that the public and the witness together can try: the
// seed under each guess at the bureau's secret that is at hand, and each
// public digest as the key. Every firm's identifier is known.
func attack(t *testing.T, v ceremony.Snapshot, manifest string, drawn []string, witness string) {
	t.Helper()
	m, err := draw.ParseManifest([]byte(manifest))
	if err != nil {
		t.Fatal(err)
	}
	guesses := []string{v.Fingerprint, v.Manifest, witness, strings.Repeat("0", 64)}
	for _, l := range v.Lists {
		guesses = append(guesses, l.Root)
	}
	for _, s := range m.Seed {
		if s.Commitment != "" {
			guesses = append(guesses, s.Commitment)
		}
	}
	seeds := []draw.Seed{}
	for _, g := range guesses {
		if s, err := draw.ParseSeed(m.Hash, g); err == nil {
			seeds = append(seeds, s)
		}
		_, err := draw.DeriveSeed(m, map[string]string{"bureau": g, "public": roundtest.Dice, "witness-1": witness})
		if err == nil {
			t.Fatalf("%s opens the bureau's commitment", g)
		}
	}
	shown := map[string]bool{}
	for _, r := range v.Rows {
		shown[r.Lot] = true
	}
	for _, s := range seeds {
		for _, id := range drawn {
			lot := s.Lot("target", id, "1")
			if x := canon.SHA256.Hex(lot[:])[:16]; shown[x] {
				t.Errorf("the lot of %s under a public key is shown", id)
			}
			if shown[hexOf(lot[:8])] {
				t.Errorf("the lot of %s under a public key is shown", id)
			}
		}
	}
	if len(seeds) < 5 || len(shown) != len(v.Rows) {
		t.Errorf("%d keys were tried, %d different lots are shown for %d rows", len(seeds), len(shown), len(v.Rows))
	}
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, x := range b {
		s.WriteByte(digits[x>>4])
		s.WriteByte(digits[x&15])
	}
	return s.String()
}

// Once everything is public, every row's fingerprint is the firm's own.
func TestRowsFitTheSeed(t *testing.T) {
	h, ctx := newHall(t, storetest.SQLite(t), draw.AtOnce, false), t.Context()
	h.Must(h.Seal(ctx, operator, h.id, roundtest.Public))
	h.Must(h.Round.Roll(ctx, operator, h.id, "public", roundtest.Dice))
	h.Must(h.Round.Draw(ctx, operator, h.id))
	v := h.snapshot()
	draws, err := h.Round.Draws(ctx, roundtest.Authority, h.id)
	h.Must(err)
	var res draw.TargetsResult
	h.Must(json.Unmarshal([]byte(draws[0].Result), &res))
	seed, err := draw.ParseSeed(canon.SHA256, res.Seed)
	h.Must(err)
	last := ""
	for i, id := range res.Strata[0].Drawn {
		f, err := h.Register.Target(ctx, roundtest.Authority, id)
		h.Must(err)
		fits := false
		for _, ticket := range []string{"1", "2", "3"} {
			lot := seed.Lot("target", id, ticket)
			fits = fits || hexOf(lot[:8]) == v.Rows[i].Lot
		}
		if !fits || v.Rows[i].Name != f.Name || v.Rows[i].No != i+1 || v.Rows[i].Lot <= last {
			t.Errorf("row %d is %+v after %s, want %s with a lot of its own", i+1, v.Rows[i], last, f.Name)
		}
		last = v.Rows[i].Lot
	}
	if x := v.WithoutNames(); x.Named || x.Rows[0].Name != "" || v.Rows[0].Name == "" {
		t.Errorf("without names: %+v, the snapshot itself: %+v", x.Rows[0], v.Rows[0])
	}
	if v.DrawnAt.Before(v.SealedAt) || v.DrawnAt.After(v.SealedAt.Add(time.Hour)) {
		t.Errorf("drawn at %v, sealed at %v", v.DrawnAt, v.SealedAt)
	}
}

// TestOfficesAreSealed: which office each witness speaks for stands in the
// manifest, and changes nothing of what wall and telephones compare.
func TestOfficesAreSealed(t *testing.T) {
	h, ctx := newHall(t, storetest.SQLite(t), draw.DigestFirst, false), t.Context()
	before := h.snapshot().Fingerprint
	for _, who := range []string{"县纪委监委派驻代表", "企业代表"} {
		p := h.joined(who)
		h.Must(h.Commit(ctx, p.address, p.commitment(), before))
	}
	h.Must(h.Seal(ctx, operator, h.id, roundtest.Public))
	draws, err := h.Round.Draws(ctx, roundtest.Authority, h.id)
	h.Must(err)
	m, err := draw.ParseManifest([]byte(draws[0].Manifest))
	h.Must(err)
	want := map[string]any{"witness-1": "县纪委监委派驻代表", "witness-2": "企业代表"}
	if d := cmp.Diff(want, m.Extra["witnesses"]); d != "" {
		t.Errorf("witnesses as sealed, want -, got +:\n%s", d)
	}
	if got := h.snapshot().Fingerprint; got != before {
		t.Errorf("the fingerprint became %s, want %s", got, before)
	}
}
