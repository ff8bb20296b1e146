package desk

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/ceremony"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/plan"
	"suiji/internal/round"
)

func (s *Server) roundRoutes(mux *http.ServeMux) {
	s.get(mux, "/w/rounds", "rounds", s.rounds)
	s.post(mux, "/w/rounds", "rounds", s.rounds, s.freeze)
	s.get(mux, "/w/rounds/{id}", "round", s.round)
	s.post(mux, "/w/rounds/{id}/seal", "round", s.round, meant(s.seal))
	s.post(mux, "/w/rounds/{id}/roll", "round", s.round, meant(s.roll))
	s.post(mux, "/w/rounds/{id}/beacon", "round", s.round, meant(s.beacon))
	s.post(mux, "/w/rounds/{id}/reveal", "round", s.round, meant(s.reveal))
	s.post(mux, "/w/rounds/{id}/draw", "round", s.round, meant(s.draw))
	s.post(mux, "/w/rounds/{id}/freeze-match", "round", s.round, s.freezeMatch)
	s.post(mux, "/w/rounds/{id}/abandon", "round", s.round, meant(s.abandon))
	s.post(mux, "/w/rounds/{id}/disclose", "round", s.round, s.discloseRound)

	s.consoleRoutes(mux)

	s.get(mux, "/w/rounds/{id}/firms", "round-firms", s.roundFirms)
	s.get(mux, "/w/rounds/{id}/firms/{target}", "round-firm", s.roundFirm)
	s.post(mux, "/w/rounds/{id}/firms/{target}", "round-firm", s.roundFirm, s.removeFirm, access.TargetRemove)
	s.post(mux, "/w/rounds/{id}/firms/{target}/decide", "round-firm", s.roundFirm, s.decideRemoval)
	s.post(mux, "/w/rounds/{id}/confirm", "round-firms", s.roundFirms, s.confirmFirms)

	s.file(mux, "/w/proofs/{digest}", s.proof)

	s.get(mux, "/w/rounds/{id}/teams", "round-teams", s.roundTeams)
	s.get(mux, "/w/rounds/{id}/teams/{target}", "round-team", s.roundTeam)
	s.post(mux, "/w/rounds/{id}/teams/{target}", "round-team", s.roundTeam, s.substitute, access.OfficerReplace)
	s.post(mux, "/w/rounds/{id}/teams/{target}/decide", "round-team", s.roundTeam, s.decideSubstitution, access.ReplaceApprove)
}

// meant has an act done for the half of the round that its form was made for,
// and for no other: it may come late.
func meant(act page.Act) page.Act {
	return func(r *http.Request) (string, error) {
		return act(r.WithContext(round.Meant(r.Context(), r.PostFormValue("half"))))
	}
}

// windowRow is one window of a published plan's task that can be drawn.
type windowRow struct {
	Plan   plan.Plan
	Task   plan.Task
	Window plan.Window
	Value  string // plan|task|window
	Open   bool   // today lies in the window
}

type roundRow struct {
	round.Round
	State page.Tag
}

type roundsPage struct {
	page.Base
	May     bool
	Windows []windowRow
	Rounds  []roundRow
}

func (s *Server) rounds(r *http.Request) (page.Page, error) {
	a := actor(r)
	all, err := s.Round.Rounds(r.Context(), a.Authority)
	if err != nil {
		return nil, err
	}
	p := &roundsPage{Base: page.Base{Title: "抽取"}, May: access.Allow(a, access.RoundFreeze)}
	roots, err := s.Plan.Roots(r.Context(), a.Authority)
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for _, x := range all {
		p.Rounds = append(p.Rounds, roundRow{x, roundTag(x)})
		if !x.Rehearsal && x.State != round.Abandoned {
			taken[windowValue(roots[x.PlanID], x.TaskNo, x.WindowNo)] = true
		}
	}
	plans, err := s.Plan.Published(r.Context(), a.Authority)
	if err != nil {
		return nil, err
	}
	today := s.today()
	for _, pl := range plans {
		for _, t := range pl.Tasks {
			for _, w := range pl.Windows {
				v := windowValue(pl.ID, t.No, w.No)
				if !taken[windowValue(pl.Root, t.No, w.No)] {
					p.Windows = append(p.Windows, windowRow{pl, t, w, v, !today.Before(w.StartsOn) && !today.After(w.EndsOn)})
				}
			}
		}
	}
	return p, nil
}

func windowValue(planID string, task, window int) string {
	return fmt.Sprintf("%s|%d|%d", planID, task, window)
}

func roundTag(r round.Round) page.Tag {
	tone := page.Doing
	switch r.State {
	case round.Abandoned:
		tone = page.Bad
	case round.Closed:
		tone = page.OK
	case round.Frozen, round.MatchFrozen:
		tone = page.Mute
	}
	return page.Tag{Tone: tone, Word: r.State.Name()}
}

func (s *Server) freeze(r *http.Request) (string, error) {
	f := strings.Split(r.PostFormValue("window"), "|")
	if len(f) != 3 {
		return "", errs.At("window", "请选择要抽取的批次")
	}
	task, err1 := strconv.Atoi(f[1])
	window, err2 := strconv.Atoi(f[2])
	if err1 != nil || err2 != nil {
		return "", errs.At("window", "请选择要抽取的批次")
	}
	id, err := s.Round.Freeze(r.Context(), actor(r), round.NewRound{
		PlanID: f[0], TaskNo: task, WindowNo: window, Rehearsal: r.PostFormValue("rehearsal") != "",
	})
	if id == "" {
		return "/w/rounds", err // sent twice: the list shows what the first one made
	}
	return "/w/rounds/" + id, err
}

// half is one half of a round as its page shows it.
type half struct {
	round.Draw
	Name       string
	Lists      []round.List
	Sources    []round.Source
	Verifiable bool
	Ready      bool // every number but the bureau's own is there
}

type roundPage struct {
	page.Base
	Round     round.Round
	Tag       page.Tag
	Steps     []page.Step
	Plan      plan.Plan
	Quotas    []round.Quota
	Excluded  []count
	Halves    []half
	Now       half // the half that the round is at
	Beacon    *awaited
	Minutes   string // proposed wait for a beacon
	Sealing   bool   // the next step is to seal
	Rolling   bool   // numbers are being rolled and revealed
	Witnesses []int
	Invited   []ceremony.Witness // to the half that the round is at
	Operator  bool
	Leader    bool
	Overdue   bool
}

// count is how many firms share a reason.
type count struct {
	Name string
	N    int
}

// round shows where a round stands and offers the one step that comes next.
func (s *Server) round(r *http.Request) (page.Page, error) {
	ctx, a, id := r.Context(), actor(r), r.PathValue("id")
	x, err := s.Round.Round(ctx, a.Authority, id)
	if err != nil {
		return nil, err
	}
	p := &roundPage{
		Base:  page.Base{Title: "轮次 " + id, Trail: []page.Link{{Word: "抽取", Href: "/w/rounds"}}},
		Round: x, Tag: roundTag(x), Witnesses: []int{1, 2},
		Operator: access.Allow(a, access.RoundDraw), Leader: access.Allow(a, access.RoundAbandon),
		Sealing: x.State == round.Frozen || x.State == round.MatchFrozen,
		Rolling: x.State == round.Sealed || x.State == round.MatchSealed,
		Overdue: x.State == round.Drawn && s.today().After(x.ConfirmDue),
	}
	p.Steps = roundSteps(x)
	if p.Plan, err = s.Plan.Plan(ctx, a.Authority, x.PlanID); err != nil {
		return nil, err
	}
	if p.Quotas, err = s.Round.Quotas(ctx, a.Authority, id); err != nil {
		return nil, err
	}
	counts, err := s.Round.Exclusions(ctx, a.Authority, id)
	if err != nil {
		return nil, err
	}
	for _, c := range counts {
		p.Excluded = append(p.Excluded, count{c.Name, c.Count})
	}
	p.Halves, err = s.halves(r, x)
	if err != nil || len(p.Halves) == 0 {
		return p, err
	}
	if s.Beacon.On() {
		p.Minutes = "5"
	}
	p.Now = p.Halves[len(p.Halves)-1]
	p.Beacon = s.awaited(p.Now)
	p.Invited, err = s.Ceremony.Witnesses(ctx, a.Authority, id, p.Now.Half)
	return p, err
}

func (s *Server) halves(r *http.Request, x round.Round) ([]half, error) {
	ctx := r.Context()
	draws, err := s.Round.Draws(ctx, x.Authority, x.ID)
	if err != nil {
		return nil, err
	}
	var all []half
	for _, d := range draws {
		h := half{Draw: d, Name: "抽取检查对象", Ready: true}
		if d.Half != round.Targets {
			h.Name = "抽取并匹配检查人员"
		}
		if h.Lists, err = s.Round.Lists(ctx, x.Authority, x.ID, d.Half); err != nil {
			return nil, err
		}
		if h.Sources, err = s.Round.Sources(ctx, x.Authority, x.ID, d.Half); err != nil {
			return nil, err
		}
		values := map[string]string{}
		for _, src := range h.Sources {
			values[src.Name] = src.Value
			h.Ready = h.Ready && (src.Value != "" || src.By == draw.ByBureau)
		}
		if d.Manifest != "" {
			m, err := draw.ParseManifest([]byte(d.Manifest))
			if err != nil {
				return nil, err
			}
			h.Verifiable = m.Verifiable(values)
		}
		all = append(all, h)
	}
	return all, nil
}

var roundStages = []struct {
	name   string
	states []round.State
}{
	{"冻结名录", []round.State{round.Frozen}},
	{"封存并抽取对象", []round.State{round.Sealed}},
	{"比对确认", []round.State{round.Drawn}},
	{"抽取检查人员", []round.State{round.Confirmed, round.MatchFrozen, round.MatchSealed}},
	{"检查与公示", []round.State{round.Matched}},
	{"办结", []round.State{round.Closed}},
}

func roundSteps(x round.Round) []page.Step {
	at := len(roundStages)
	for i, st := range roundStages {
		for _, state := range st.states {
			if state == x.State {
				at = i
			}
		}
	}
	var steps []page.Step
	for i, st := range roundStages {
		steps = append(steps, page.Step{Name: st.name, Done: i < at || x.State == round.Closed, Now: i == at && x.State != round.Closed})
	}
	if x.State == round.Abandoned {
		return nil
	}
	return steps
}

// roundPath is where an act leads on to: the page of the round, or the console
// that it came from.
func roundPath(r *http.Request) string {
	path := "/w/rounds/" + r.PathValue("id")
	if strings.HasPrefix(r.URL.Path, path+"/console/") {
		path += "/console"
	}
	return path
}

// seal seals with what was typed and with the commitments of the witnesses who
// were invited.
func (s *Server) seal(r *http.Request) (string, error) {
	sources, err := s.sealSources(r)
	if err != nil {
		return "", err
	}
	return roundPath(r), s.Ceremony.Seal(r.Context(), actor(r), r.PathValue("id"), sources)
}

// sealSources reads the sources: a description of the public roll, the beacon,
// and up to two witnesses with their commitments.
func (s *Server) sealSources(r *http.Request) ([]round.Source, error) {
	var sources []round.Source
	if how := strings.TrimSpace(r.PostFormValue("how")); how != "" {
		sources = append(sources, round.Source{Name: "public", Kind: draw.Public, How: how})
	}
	beacons, err := s.sealedBeacon(r)
	if err != nil {
		return nil, err
	}
	sources = append(sources, beacons...)
	for _, i := range []string{"1", "2"} {
		who, commitment := strings.TrimSpace(r.PostFormValue("who-"+i)), strings.TrimSpace(r.PostFormValue("commitment-"+i))
		if who == "" && commitment == "" {
			continue
		}
		sources = append(sources, round.Source{Name: "witness-" + i, Kind: draw.Committed, By: draw.ByWitness, Who: who, Commitment: strings.ToLower(commitment)})
	}
	return sources, nil
}

func (s *Server) roll(r *http.Request) (string, error) {
	return roundPath(r), s.Round.Roll(r.Context(), actor(r), r.PathValue("id"), r.PostFormValue("source"), r.PostFormValue("value"))
}

func (s *Server) reveal(r *http.Request) (string, error) {
	return roundPath(r), s.Round.Reveal(r.Context(), actor(r), r.PathValue("id"), r.PostFormValue("source"), r.PostFormValue("secret"))
}

func (s *Server) draw(r *http.Request) (string, error) {
	return roundPath(r), s.Round.Draw(r.Context(), actor(r), r.PathValue("id"))
}

func (s *Server) freezeMatch(r *http.Request) (string, error) {
	return roundPath(r), s.Round.FreezeMatch(r.Context(), actor(r), r.PathValue("id"))
}

func (s *Server) abandon(r *http.Request) (string, error) {
	return roundPath(r), s.Round.Abandon(r.Context(), actor(r), r.PathValue("id"), r.PostFormValue("reason"))
}

func (s *Server) discloseRound(r *http.Request) (string, error) {
	return roundPath(r), s.Round.Disclose(r.Context(), actor(r), r.PathValue("id"))
}
