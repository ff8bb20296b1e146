// Package openbook decides what everybody may know of a round at any moment:
// all that was sealed, and the drawn names only as far as the way of
// disclosure lets them. It only reads; what it reads is package round's.
package openbook

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"suiji/calendar"
	"suiji/draw"
	"suiji/internal/errs"
	"suiji/internal/round"
	"suiji/internal/store"
)

// Book reads rounds for the public.
type Book struct{ rounds *round.Service }

// Of returns the book of all rounds.
func Of(rounds *round.Service) Book { return Book{rounds} }

// Round is what everybody may know of a round at this moment: all that was
// sealed, and the drawn names only as far as the way of disclosure that was
// sealed with it lets them (docs/spec/draw.md, "When the drawn names must stay
// secret"). It holds no account, no evidence, no officer and no telephone
// number, and before the disclosure no secret, no value and no salt.
type Round struct {
	ID          string        `json:"id"`
	Authority   string        `json:"authority"`
	Title       string        `json:"title"`
	PlanID      string        `json:"plan_id"`
	Plan        string        `json:"plan"`
	PlanNumber  string        `json:"plan_number"`
	Task        string        `json:"task"`
	WindowNo    int           `json:"window_no"`
	From        string        `json:"window_from"`
	To          string        `json:"window_to"`
	Attempt     int           `json:"attempt"`
	Previous    string        `json:"previous,omitempty"` // the abandoned round that this one follows
	Next        string        `json:"next,omitempty"`     // the round that follows this abandoned one
	State       round.State   `json:"state"`
	Disclosure  string        `json:"disclosure"`
	DiscloseBy  calendar.Date `json:"disclose_by"`
	Open        bool          `json:"open"`           // every drawn name is public
	Late        bool          `json:"late"`           // the sealed date has passed and they are not
	Relaxed     bool          `json:"relaxed_duties"` // the authority has relaxed the separation of duties
	OneHand     bool          `json:"one_hand"`       // drawn and confirmed by the same person
	SealedAt    time.Time     `json:"sealed_at"`
	DrawnAt     time.Time     `json:"drawn_at,omitzero"`
	ConfirmDue  calendar.Date `json:"confirm_due"`
	ConfirmedAt time.Time     `json:"confirmed_at,omitzero"`
	MatchedAt   time.Time     `json:"matched_at,omitzero"`
	ClosedAt    time.Time     `json:"closed_at,omitzero"`
	Reason      string        `json:"reason,omitempty"` // why the round was abandoned

	Strata        []Stratum       `json:"strata"`
	Tickets       []Tickets       `json:"tickets"`
	Halves        []Draw          `json:"halves"`
	Drawn         int             `json:"drawn"`     // firms drawn, the removed among them
	Confirmed     int             `json:"confirmed"` // 0: not confirmed yet
	Removals      []round.Counted `json:"removals"`
	Promoted      int             `json:"promoted"` // reserves that took a removed firm's place
	Substitutions []round.Counted `json:"substitutions"`
	Firms         []Firm          `json:"firms"` // as far as they may be named
}

// Stratum is one stratum and what it gives.
type Stratum struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Size    int    `json:"size"` // firms in the sealed list
	Draw    int    `json:"draw"`
	Reserve int    `json:"reserve"`
}

// Tickets is a rule that gives firms with a tag more tickets than one.
type Tickets struct {
	Tag     string `json:"tag"`
	Tickets int    `json:"tickets"`
}

// Verdict says in whose hands a seed lay.
type Verdict string

// The verdicts.
const (
	VerdictOpen   Verdict = "publicly-verifiable" // a source lay out of the bureau's hands
	VerdictBureau Verdict = "bureau-alone"        // 本随机数只由本局产生
	VerdictLater  Verdict = "not-known-yet"       // it depends on a roll to come
)

// Draw is one draw of the round, from its seal on.
type Draw struct {
	Half     string          `json:"half"`
	State    string          `json:"state"` // sealed, drawn, abandoned
	Hash     string          `json:"hash"`
	Digest   string          `json:"manifest_digest"`
	SealedAt time.Time       `json:"sealed_at"`
	DrawnAt  time.Time       `json:"drawn_at,omitzero"`
	Lists    []List          `json:"lists"`
	Slots    []Slot          `json:"slots,omitempty"`    // who inspects, in a draw of officers
	Out      []round.Counted `json:"kept_out,omitempty"` // officers who are not in the pool, by reason
	Sources  []Source        `json:"sources"`
	Verdict  Verdict         `json:"verdict"`
	Seed     string          `json:"seed,omitempty"`   // once it may be known
	Bundle   string          `json:"bundle,omitempty"` // SHA-256 of the disclosed bundle

	open bool
}

// Title names a half for people.
func (h Draw) Title() string {
	if h.Half == round.Targets {
		return "检查对象的抽取"
	}
	return "检查人员的抽取和匹配"
}

// Slot is a department that inspects, with how many officers it sends to each
// of its firms.
type Slot struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Size  int    `json:"size"`
}

// List is a sealed list's fingerprint.
type List struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
	Root  string `json:"root"`
}

// Source is one source of a seed.
type Source struct {
	Name       string `json:"name"`
	Kind       string `json:"kind"`
	By         string `json:"by,omitempty"`
	Chain      string `json:"chain,omitempty"` // of a beacon
	Round      int    `json:"round,omitempty"` // of a beacon
	Title      string `json:"title"`           // the witness's role, or how it is rolled
	Commitment string `json:"commitment,omitempty"`
	Given      bool   `json:"given"`           // rolled or revealed
	Value      string `json:"value,omitempty"` // once it may be known
}

// Firm is one drawn firm whose name is public.
type Firm struct {
	TargetID string          `json:"target_id"`
	Name     string          `json:"name"`
	Code     string          `json:"code"`
	Stratum  string          `json:"stratum"`
	Rank     int             `json:"rank"`
	State    round.FirmState `json:"state"`
	Reason   string          `json:"reason,omitempty"` // code, if it was removed
	Salt     string          `json:"salt,omitempty"`   // of its digest in the ledger
}

// Round returns what everybody may know of a round. A rehearsal, and a round
// whose list was never sealed, is nobody's business: NotFound. published holds
// the targets whose results are public already: under digest-first these lines
// of the draw are public, too.
func (b Book) Round(ctx context.Context, authority, id string, published []string) (Round, error) {
	r, err := b.rounds.Round(ctx, authority, id)
	if err != nil {
		return Round{}, err
	}
	draws, err := b.sealedDraws(ctx, r)
	if err != nil {
		return Round{}, err
	}
	p, err := b.publicHead(ctx, r, draws)
	if err != nil {
		return p, err
	}
	for _, d := range draws {
		h, err := b.publicHalf(ctx, r, d)
		if err != nil {
			return p, err
		}
		p.Halves = append(p.Halves, h)
	}
	p.Open = p.Halves[0].open
	p.Late = r.State != round.Abandoned && !p.Open && !r.DiscloseBy.Zero() && calendar.In(b.rounds.Now()).After(r.DiscloseBy)
	shown := make(map[string]bool, len(published))
	for _, id := range published {
		shown[id] = true
	}
	return p, b.publicOutcome(ctx, r, &p, shown)
}

// sealedDraws returns the halves that were sealed; NotFound if there is none
// that the public may know of.
func (b Book) sealedDraws(ctx context.Context, r round.Round) ([]round.Draw, error) {
	all, err := b.rounds.Draws(ctx, r.Authority, r.ID)
	if err != nil {
		return nil, err
	}
	var sealed []round.Draw
	for _, d := range all {
		if d.Digest != "" {
			sealed = append(sealed, d)
		}
	}
	if r.Rehearsal || len(sealed) == 0 {
		return nil, errs.E(errs.NotFound, "没有这个抽取轮次，或者它还没有封存")
	}
	return sealed, nil
}

// open reports whether everything of a draw may be known.
func open(r round.Round, d round.Draw) bool {
	return d.State == "drawn" && (d.Bundle != "" || r.Disclosure == string(draw.AtOnce))
}

// sealedFacts are the further members of a manifest that the page shows, as
// they stood at the seal.
type sealedFacts struct {
	Title string `json:"title"`
	Plan  struct {
		Number string `json:"number"`
		Title  string `json:"title"`
	} `json:"plan"`
	Task struct {
		Name string `json:"name"`
	} `json:"task"`
	Window struct {
		From string `json:"starts_on"`
		To   string `json:"ends_on"`
	} `json:"window"`
	Relaxed bool      `json:"relaxed_duties"`
	Tickets []Tickets `json:"tickets"`
}

func (b Book) publicHead(ctx context.Context, r round.Round, draws []round.Draw) (Round, error) {
	var f sealedFacts
	if err := json.Unmarshal([]byte(draws[0].Manifest), &f); err != nil {
		return Round{}, fmt.Errorf("manifest of %s: %w", r.ID, err)
	}
	p := Round{
		ID: r.ID, Authority: r.Authority, Title: f.Title, PlanID: r.PlanID, Plan: f.Plan.Title, PlanNumber: f.Plan.Number, Task: f.Task.Name,
		WindowNo: r.WindowNo, From: f.Window.From, To: f.Window.To, Attempt: r.Attempt, Previous: r.Previous, State: r.State,
		Disclosure: r.Disclosure, DiscloseBy: r.DiscloseBy,
		Relaxed: f.Relaxed, OneHand: r.ListAdmin != "" && r.ListAdmin == r.Operator,
		SealedAt: draws[0].SealedAt, DrawnAt: r.DrawnAt, ConfirmDue: r.ConfirmDue, ConfirmedAt: r.ConfirmedAt,
		MatchedAt: r.MatchedAt, ClosedAt: r.ClosedAt, Tickets: f.Tickets, Firms: []Firm{},
	}
	if r.State == round.Abandoned {
		p.Reason = r.Reason
	}
	quotas, err := b.rounds.Quotas(ctx, r.Authority, r.ID)
	if err != nil {
		return p, err
	}
	for _, q := range quotas {
		p.Strata = append(p.Strata, Stratum{q.Name, q.Title, q.Size, q.Draw, q.Reserve})
	}
	next, err := store.All(ctx, b.rounds.DB, store.Value[string], `
		SELECT round_id
		FROM round
		WHERE authority_id = $1 AND previous = $2
		ORDER BY round_id`, r.Authority, r.ID)
	if len(next) > 0 {
		p.Next = next[0]
	}
	return p, err
}

func (b Book) publicHalf(ctx context.Context, r round.Round, d round.Draw) (Draw, error) {
	h := Draw{Half: d.Half, State: d.State, Digest: d.Digest, SealedAt: d.SealedAt, DrawnAt: d.DrawnAt, Bundle: d.Bundle, open: open(r, d)}
	m, err := draw.ParseManifest([]byte(d.Manifest))
	if err != nil {
		return h, fmt.Errorf("manifest of %s.%s: %w", r.ID, d.Half, err)
	}
	h.Hash = string(m.Hash)
	titles, _ := m.Extra["slots_titles"].(map[string]any)
	for _, x := range m.Slots {
		title, _ := titles[x.Name].(string)
		h.Slots = append(h.Slots, Slot{x.Name, title, x.Size})
	}
	lists, err := b.rounds.Lists(ctx, r.Authority, r.ID, d.Half)
	if err != nil {
		return h, err
	}
	for _, l := range lists {
		h.Lists = append(h.Lists, List(l))
	}
	if h.Out, err = b.rounds.KeptOut(ctx, r, d.Half); err != nil {
		return h, err
	}
	sources, err := b.rounds.Sources(ctx, r.Authority, r.ID, d.Half)
	if err != nil {
		return h, err
	}
	values := map[string]string{}
	offices, _ := m.Extra[round.OfficesMember].(map[string]any) // rounds of before have none
	for _, x := range sources {
		values[x.Name] = x.Value
		p := publicSource(r, x, h.open)
		if who, ok := offices[x.Name].(string); ok {
			p.Title = who // as it was sealed
		}
		h.Sources = append(h.Sources, p)
	}
	h.Verdict = verdict(m, values, d.State)
	if h.open {
		seed, err := draw.DeriveSeed(m, values)
		if err != nil {
			return h, fmt.Errorf("seed of %s.%s: %w", r.ID, d.Half, err)
		}
		h.Seed = seed.String()
	}
	return h, nil
}

// publicSource shows a value once the draw is open; a roll of a round that
// hides nothing at once, as the ledger does.
func publicSource(r round.Round, x round.Source, open bool) Source {
	p := Source{Name: x.Name, Kind: string(x.Kind), By: x.By, Chain: x.Chain, Round: x.Beacon, Title: x.Title(), Commitment: x.Commitment, Given: x.Value != ""}
	if open || x.Kind == draw.Public && r.Disclosure == string(draw.AtOnce) {
		p.Value = x.Value
	}
	return p
}

func verdict(m draw.Manifest, values map[string]string, state string) Verdict {
	switch {
	case m.Verifiable(values):
		return VerdictOpen
	case state == "drawn":
		return VerdictBureau
	}
	for _, x := range m.Seed {
		if x.Kind == draw.Public && values[x.Name] == "" {
			return VerdictLater
		}
	}
	return VerdictBureau
}
