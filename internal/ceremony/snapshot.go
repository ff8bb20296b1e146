package ceremony

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"suiji/calendar"
	"suiji/draw"
	"suiji/internal/errs"
	"suiji/internal/plan"
	"suiji/internal/round"
	"suiji/randomness"
)

// Snapshot is what wall, telephones and live stream may show of a ceremony at
// one moment. It holds no secret, no value before the disclosure, and a drawn
// name only where the round hides none or has been disclosed.
type Snapshot struct {
	Authority   string        `json:"authority"`
	Unit        string        `json:"unit"`
	Round       string        `json:"round"`
	Half        string        `json:"half"`
	Title       string        `json:"title"`
	Rehearsal   bool          `json:"rehearsal"`
	Attempt     int           `json:"attempt"`
	Previous    string        `json:"previous,omitempty"`
	Disclosure  string        `json:"disclosure"`
	DiscloseBy  calendar.Date `json:"disclose_by"`
	Hash        string        `json:"hash"`
	State       string        `json:"state"` // frozen, sealed, drawn, abandoned
	Step        int           `json:"step"`  // of Steps, from 1; one more than there are: all done
	Steps       []Step        `json:"steps"`
	Line        string        `json:"line"` // what is going on, in one sentence
	Reason      string        `json:"reason,omitempty"`
	Rule        string        `json:"rule"`
	Fingerprint string        `json:"fingerprint"`     // of lists and rules; empty if nothing was sealed before it broke off
	Manifest    string        `json:"manifest_digest"` // empty until sealed
	SealedAt    time.Time     `json:"sealed_at,omitzero"`
	DrawnAt     time.Time     `json:"drawn_at,omitzero"`
	Lists       []List        `json:"lists"`
	Strata      []Stratum     `json:"strata"`
	Pool        int           `json:"pool"` // that can be drawn: firms, or officers
	Excluded    int           `json:"excluded"`
	Draw        int           `json:"draw"`
	Reserve     int           `json:"reserve"`
	Sources     []Source      `json:"sources"`
	Named       bool          `json:"named"` // drawn names may be shown
	Open        bool          `json:"open"`  // to everybody; else to the people of the office, signed in
	Rows        []Row         `json:"rows"`
}

// Step is one of the five steps of a ceremony.
type Step struct {
	Name string `json:"name"`
	Done bool   `json:"done"`
	Now  bool   `json:"now"`
}

// List is a frozen list's fingerprint.
type List struct {
	Title string `json:"title"`
	Count int    `json:"count"`
	Root  string `json:"root"`
}

// Stratum is a stratum and its quota.
type Stratum struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Size    int    `json:"size"`
	Draw    int    `json:"draw"`
	Reserve int    `json:"reserve"`
}

// The five steps, and what comes after them.
const (
	Gathering = iota + 1 // the list is frozen; witnesses join and commit
	Sealing
	Rolling
	Revealing
	Drawing
	Finished
)

var stepNames = [...]string{"核对名单", "封存", "当众产生", "见证公开", "抽取"}

// Snapshot returns the ceremony of the half that a round is at.
func (s *Service) Snapshot(ctx context.Context, authority, id string) (Snapshot, error) {
	r, err := s.Round.Round(ctx, authority, id)
	if err != nil {
		return Snapshot{}, err
	}
	draws, err := s.Round.Draws(ctx, authority, id)
	if err != nil {
		return Snapshot{}, err
	}
	if len(draws) == 0 {
		return Snapshot{}, errs.E(errs.NotFound, "没有这个抽取轮次")
	}
	d := draws[len(draws)-1]
	auth, err := s.Identity.Authority(ctx, authority)
	if err != nil {
		return Snapshot{}, err
	}
	v := Snapshot{Authority: authority, Unit: auth.Name, Round: id, Half: d.Half, Rehearsal: r.Rehearsal, Attempt: r.Attempt, Previous: r.Previous,
		Disclosure: r.Disclosure, DiscloseBy: r.DiscloseBy, State: d.State, Rule: Rule, SealedAt: d.SealedAt, DrawnAt: d.DrawnAt,
		Open:  !r.Rehearsal && (r.Disclosure != string(draw.AfterCheck) || d.Bundle != ""),
		Named: d.State == "drawn" && (r.Disclosure == string(draw.AtOnce) || d.Bundle != ""), Rows: []Row{}}
	if d.State == "abandoned" {
		v.Reason = r.Reason
	}
	if err := s.rules(ctx, r, d, &v); err != nil {
		return v, err
	}
	if err := s.sources(ctx, d, &v); err != nil {
		return v, err
	}
	if v.Rows, err = s.outcome(ctx, r, d, v.Named); err != nil {
		return v, err
	}
	v.tell()
	return v, nil
}

// rules puts in what is, or will be, sealed.
func (s *Service) rules(ctx context.Context, r round.Round, d round.Draw, v *Snapshot) error {
	m, err := s.manifestOf(ctx, r, d)
	if err != nil {
		return err
	}
	if m.Scheme != "" {
		if v.Fingerprint, err = Fingerprint(m); err != nil {
			return err
		}
		v.Hash = string(m.Hash)
		v.Title, _ = m.Extra["title"].(string) // a manifest of ours always has one
	}
	v.Manifest = d.Digest
	lists, err := s.Round.Lists(ctx, r.Authority, r.ID, d.Half)
	if err != nil {
		return err
	}
	main := "targets"
	if d.Half != round.Targets {
		main = "officers"
	}
	for _, l := range lists {
		x := List{l.Title(), l.Count, l.Root}
		switch l.Name {
		case main:
			v.Pool = l.Count
			v.Lists = append([]List{x}, v.Lists...)
			continue
		case "excluded":
			v.Excluded = l.Count
		}
		v.Lists = append(v.Lists, x)
	}
	if d.Half != round.Targets {
		v.Draw = m.Targets.Count
		return nil
	}
	quotas, err := s.Round.Quotas(ctx, r.Authority, r.ID)
	for _, q := range quotas {
		v.Strata = append(v.Strata, Stratum{q.Name, q.Title, q.Size, q.Draw, q.Reserve})
		v.Draw, v.Reserve = v.Draw+q.Draw, v.Reserve+q.Reserve
	}
	return err
}

// manifestOf returns the sealed manifest, or the one that would be sealed; the
// zero Manifest if the draw broke off before the seal.
func (s *Service) manifestOf(ctx context.Context, r round.Round, d round.Draw) (draw.Manifest, error) {
	if d.Manifest != "" {
		return draw.ParseManifest([]byte(d.Manifest))
	}
	if d.State == "abandoned" {
		return draw.Manifest{}, nil
	}
	_, m, err := s.Round.Draft(ctx, s.DB, r.Authority, r.ID)
	return m, err
}

// Source is one source of the seed as the room sees it.
type Source struct {
	Name       string `json:"name"`
	Role       string `json:"role"`
	Title      string `json:"title"`
	Commitment string `json:"commitment,omitempty"`
	Tone       string `json:"tone"` // ok, doing, bad, or empty
	Word       string `json:"word"` // how far it has come

	given, witness, committed, refused bool
}

// sources tells how far each has come; before the seal the witnesses, too.
func (s *Service) sources(ctx context.Context, d round.Draw, v *Snapshot) error {
	invited, err := s.Witnesses(ctx, v.Authority, v.Round, d.Half)
	if err != nil {
		return err
	}
	sealed, err := s.Round.Sources(ctx, v.Authority, v.Round, d.Half)
	if err != nil {
		return err
	}
	refused := map[string]bool{}
	for _, w := range invited {
		refused[w.Name()] = !w.RefusedAt.IsZero()
		if len(sealed) == 0 {
			v.Sources = append(v.Sources, waiting(w))
		}
	}
	for _, x := range sealed {
		v.Sources = append(v.Sources, told(x, refused[x.Name], d.State))
	}
	return nil
}

// waiting is a witness before the seal.
func waiting(w Witness) Source {
	x := Source{Name: w.Name(), Role: "见证人", Title: w.Who, Commitment: w.Commitment, witness: true, committed: w.Commitment != "", Word: "等待加入"}
	switch {
	case x.committed:
		x.Tone, x.Word = "ok", "已封存随机数"
	case !w.JoinedAt.IsZero():
		x.Tone, x.Word = "doing", "已加入，核对中"
	}
	return x
}

// told is a sealed source.
func told(x round.Source, refused bool, state string) Source {
	v := Source{Name: x.Name, Role: x.Role(), Title: x.Way(), Commitment: x.Commitment,
		given: x.Value != "", witness: x.By == draw.ByWitness, committed: true, refused: refused && x.Value == ""}
	switch {
	case v.refused:
		v.Tone, v.Word = "bad", "拒绝公开"
	case x.By == draw.ByBureau && state == "drawn", v.given && x.Kind != draw.Public:
		v.Tone, v.Word = "ok", "已公开"
	case v.given:
		v.Tone, v.Word = "ok", fmt.Sprintf("已录入，约 %d 比特", randomness.Entropy(x.Value))
	case x.By == draw.ByBureau:
		v.Word = "抽取时公开"
	case state == "abandoned":
		v.Word = "没有公开"
	case v.witness:
		v.Tone, v.Word = "doing", "待公开"
	default:
		v.Tone, v.Word = "doing", "待产生"
	}
	if x.By == draw.ByBureau {
		v.Title = "本局（系统产生）"
	}
	v.given = v.given || x.By == draw.ByBureau
	return v
}

// Missing names the witnesses that hold up the next step.
func (v Snapshot) Missing() []string {
	var who []string
	for _, x := range v.Sources {
		if x.witness && (!x.committed || v.State == "sealed" && !x.given) {
			who = append(who, x.Title)
		}
	}
	return who
}

// Refused names the witnesses who said that they will not reveal.
func (v Snapshot) Refused() []string {
	var who []string
	for _, x := range v.Sources {
		if x.refused {
			who = append(who, x.Title)
		}
	}
	return who
}

// Witnessed reports whether a witness takes part.
func (v Snapshot) Witnessed() bool {
	for _, x := range v.Sources {
		if x.witness {
			return true
		}
	}
	return false
}

// tell works out the step and the sentence that go with it.
func (v *Snapshot) tell() {
	v.Step = v.step()
	for i, name := range stepNames {
		v.Steps = append(v.Steps, Step{Name: name, Done: i+1 < v.Step, Now: i+1 == v.Step && v.State != "abandoned"})
	}
	v.Line = v.line()
}

func (v Snapshot) step() int {
	switch {
	case v.State == "drawn":
		return Finished
	case v.State != "sealed" && v.Manifest == "":
		if v.Witnessed() && len(v.Missing()) == 0 {
			return Sealing
		}
		return Gathering
	}
	for _, x := range v.Sources {
		if !x.given && !x.witness {
			return Rolling
		}
	}
	if len(v.Missing()) > 0 || len(v.Refused()) > 0 {
		return Revealing
	}
	return Drawing
}

func (v Snapshot) line() string {
	switch {
	case v.State == "abandoned":
		return "本次抽取已作废：" + v.Reason
	case v.Step == Finished:
		return "结果已由公式唯一确定，以下仅为逐行展示"
	case len(v.Refused()) > 0:
		return v.Refused()[0] + "表示不公开随机数。按事先公布的规则，本次抽取将作废"
	}
	switch v.Step {
	case Gathering:
		return "名单已冻结，请核对指纹。现在还没有任何随机数，也没有结果"
	case Sealing:
		return "见证人的随机数都已封存，等待封存名单。现在还没有结果"
	case Rolling:
		return "名单和规则已封存，不能再改。正在当众产生随机数，现在还没有结果"
	case Revealing:
		return "请见证人公开各自的随机数。现在还没有结果"
	}
	return "各方随机数已齐，等待计算，现在还没有结果。结果由公式唯一确定"
}

// Version names what the snapshot shows: it changes when anything of it does.
func (v Snapshot) Version() (string, error) {
	raw, err := json.Marshal(v)
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8]), err
}

// DisclosureName returns the way of disclosure in Chinese.
func (v Snapshot) DisclosureName() string { return plan.DisclosureName(v.Disclosure) }

// DrawName says what is drawn.
func (v Snapshot) DrawName() string {
	if v.Half == round.Targets {
		return "抽取检查对象"
	}
	return "抽取并匹配检查人员"
}
