package desk

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/register"
	"suiji/internal/round"
)

// firmRow is a drawn firm with its record in the register.
type firmRow struct {
	round.Firm
	Target  register.Target
	Stratum string // title
	Tag     page.Tag
	Removal *round.Removal
}

type roundFirmsPage struct {
	page.Base
	Round     round.Round
	Firms     []firmRow // drawn, removed, promoted
	Reserves  int       // left
	Waiting   int       // removals that wait for a second person
	ListAdmin bool
	Overdue   bool
}

func (s *Server) firmRows(r *http.Request, x round.Round) ([]firmRow, error) {
	ctx := r.Context()
	firms, err := s.Round.Firms(ctx, x.Authority, x.ID)
	if err != nil {
		return nil, err
	}
	quotas, err := s.Round.Quotas(ctx, x.Authority, x.ID)
	if err != nil {
		return nil, err
	}
	titles := map[string]string{}
	for _, q := range quotas {
		titles[q.Name] = q.Title
	}
	removals, err := s.Round.Removals(ctx, x.Authority, x.ID)
	if err != nil {
		return nil, err
	}
	byFirm := map[string]*round.Removal{}
	for i := range removals {
		byFirm[removals[i].TargetID] = &removals[i]
	}
	rows := make([]firmRow, 0, len(firms))
	for _, f := range firms {
		t, err := s.Register.Target(ctx, x.Authority, f.TargetID)
		if err != nil {
			return nil, err
		}
		rows = append(rows, firmRow{f, t, titles[f.Stratum], firmTag(f.State), byFirm[f.TargetID]})
	}
	return rows, nil
}

func firmTag(s round.FirmState) page.Tag {
	tones := map[round.FirmState]page.Tone{
		round.FirmDrawn: page.Doing, round.FirmRemoving: page.Warn, round.FirmRemoved: page.Bad,
		round.FirmPromoted: page.Doing, round.FirmConfirmed: page.OK,
	}
	return page.Tag{Tone: tones[s], Word: s.Name()}
}

func (s *Server) roundFirms(r *http.Request) (page.Page, error) {
	a := actor(r)
	x, err := s.Round.Round(r.Context(), a.Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	rows, err := s.firmRows(r, x)
	if err != nil {
		return nil, err
	}
	p := &roundFirmsPage{
		Base:  page.Base{Title: "比对确认 " + x.ID, Trail: roundTrail(x)},
		Round: x, ListAdmin: access.Allow(a, access.TargetConfirm) && x.State == round.Drawn,
		Overdue: x.State == round.Drawn && s.today().After(x.ConfirmDue),
	}
	for _, f := range rows {
		switch f.State {
		case round.FirmReserve:
			p.Reserves++
			continue
		case round.FirmRemoving:
			p.Waiting++
		}
		p.Firms = append(p.Firms, f)
	}
	return p, nil
}

func roundTrail(x round.Round) []page.Link {
	return []page.Link{{Word: "抽取", Href: "/w/rounds"}, {Word: "轮次 " + x.ID, Href: "/w/rounds/" + x.ID}}
}

type roundFirmPage struct {
	page.Base
	Looks   bool // may see the papers that show why
	Round   round.Round
	Firm    firmRow
	Reasons []page.Option
	Why     string // reason of the removal
	Left    int    // reserves of the stratum
	May     bool   // propose a removal
	Decide  bool
}

func (s *Server) roundFirm(r *http.Request) (page.Page, error) {
	a := actor(r)
	x, err := s.Round.Round(r.Context(), a.Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	rows, err := s.firmRows(r, x)
	if err != nil {
		return nil, err
	}
	left := map[string]int{}
	for _, f := range rows {
		if f.State == round.FirmReserve {
			left[f.Firm.Stratum]++
		}
	}
	for _, f := range rows {
		if f.TargetID != r.PathValue("target") {
			continue
		}
		p := &roundFirmPage{Looks: access.Allow(a, access.ProofLook), Base: page.Base{Title: f.Target.Name, Trail: append(roundTrail(x), page.Link{Word: "比对确认", Href: "/w/rounds/" + x.ID + "/firms"})},
			Round: x, Firm: f, Left: left[f.Firm.Stratum]}
		if f.Removal != nil {
			p.Why = round.ReasonName(f.Removal.Reason)
		}
		p.May = access.Allow(a, access.TargetRemove) && x.State == round.Drawn && (f.State == round.FirmDrawn || f.State == round.FirmPromoted)
		p.Decide = access.Allow(a, access.RemovalApprove) && f.State == round.FirmRemoving
		for _, o := range round.RemovalReasons {
			p.Reasons = append(p.Reasons, page.Option{Value: o.Code, Label: o.Name})
		}
		return p, nil
	}
	return nil, errs.E(errs.NotFound, "本轮次没有抽中这一户")
}

func (s *Server) removeFirm(r *http.Request) (string, error) {
	file, err := counter.KeepProof(r, s.Proof)
	if err != nil {
		return "", err
	}
	return roundPath(r) + "/firms", s.Round.Remove(r.Context(), actor(r), r.PathValue("id"), r.PathValue("target"), r.PostFormValue("reason"), r.PostFormValue("evidence"), file)
}

func (s *Server) decideRemoval(r *http.Request) (string, error) {
	return roundPath(r) + "/firms", s.Round.DecideRemoval(r.Context(), actor(r), r.PathValue("id"), r.PathValue("target"), r.PostFormValue("decision") == "approve")
}

func (s *Server) confirmFirms(r *http.Request) (string, error) {
	return roundPath(r), s.Round.Confirm(r.Context(), actor(r), r.PathValue("id"))
}

// memberRow is a drawn officer with their record in the register.
type memberRow struct {
	round.Member
	Officer    register.Officer
	Tag        page.Tag
	Department string // whose people they are, if several inspect
}

// teamRow is one firm with its team and its reserves.
type teamRow struct {
	Target   register.Target
	Members  []memberRow // of the team, those replaced among them
	Reserves []memberRow
	Waiting  *round.Substitution
}

type roundTeamsPage struct {
	page.Base
	Round round.Round
	Teams []teamRow
}

func (s *Server) teamRows(r *http.Request, x round.Round) ([]teamRow, error) {
	ctx := r.Context()
	members, err := s.Round.Members(ctx, x.Authority, x.ID)
	if err != nil {
		return nil, err
	}
	subs, err := s.Round.Substitutions(ctx, x.Authority, x.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.Plan.Plan(ctx, x.Authority, x.PlanID)
	if err != nil {
		return nil, err
	}
	departments := map[string]string{}
	for _, t := range p.Tasks {
		for _, d := range t.Slots {
			if t.No == x.TaskNo {
				departments[d.Name] = d.Title
			}
		}
	}
	officers := map[string]register.Officer{}
	var rows []teamRow
	for _, m := range members {
		if n := len(rows); n == 0 || rows[n-1].Target.ID != m.TargetID {
			t, err := s.Register.Target(ctx, x.Authority, m.TargetID)
			if err != nil {
				return nil, err
			}
			rows = append(rows, teamRow{Target: t, Waiting: waiting(subs, m.TargetID)})
		}
		o, ok := officers[m.OfficerID]
		if !ok {
			if o, err = s.Register.Officer(ctx, x.Authority, m.OfficerID); err != nil {
				return nil, err
			}
			officers[m.OfficerID] = o
		}
		row, last := memberRow{m, o, memberTag(m), departments[m.Slot]}, &rows[len(rows)-1]
		if m.State == round.InReserve || m.State == round.Passed {
			last.Reserves = append(last.Reserves, row)
		} else {
			last.Members = append(last.Members, row)
		}
	}
	return rows, nil
}

func memberTag(m round.Member) page.Tag {
	tones := map[round.MemberState]page.Tone{round.InTeam: page.OK, round.Replaced: page.Bad, round.Passed: page.Warn}
	t := page.Tag{Tone: tones[m.State], Word: m.State.Name()}
	if m.ByHand {
		t.Tone, t.Word = page.Warn, "非随机指派，"+t.Word
	}
	return t
}

func waiting(subs []round.Substitution, target string) *round.Substitution {
	for i := range subs {
		if subs[i].TargetID == target && subs[i].DecidedBy == "" {
			return &subs[i]
		}
	}
	return nil
}

func (s *Server) roundTeams(r *http.Request) (page.Page, error) {
	x, err := s.Round.Round(r.Context(), actor(r).Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	rows, err := s.teamRows(r, x)
	return &roundTeamsPage{Base: page.Base{Title: "检查组 " + x.ID, Trail: roundTrail(x)}, Round: x, Teams: rows}, err
}

type roundTeamPage struct {
	page.Base
	Looks   bool // may see the papers that show why
	Round   round.Round
	Team    teamRow
	Absent  []page.Option // officers of the team
	Reasons []page.Option
	May     bool
	Decide  bool
	Left    int                // reserves who were not asked yet
	Hand    []page.Option      // who may be assigned by hand
	Chosen  register.Officer   // proposed by hand, if somebody waits for it
	Past    []substitutionLine // decided
}

// substitutionLine is a decided substitution in words.
type substitutionLine struct {
	round.Substitution
	Left, Came, Why string
}

func (s *Server) roundTeam(r *http.Request) (page.Page, error) {
	a := actor(r)
	x, err := s.Round.Round(r.Context(), a.Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	rows, err := s.teamRows(r, x)
	if err != nil {
		return nil, err
	}
	for _, t := range rows {
		if t.Target.ID != r.PathValue("target") {
			continue
		}
		p := &roundTeamPage{Looks: access.Allow(a, access.ProofLook), Base: page.Base{Title: t.Target.Name, Trail: append(roundTrail(x), page.Link{Word: "检查组", Href: "/w/rounds/" + x.ID + "/teams"})},
			Round: x, Team: t}
		p.May = access.Allow(a, access.OfficerReplace) && x.State == round.Matched && t.Waiting == nil
		p.Decide = access.Allow(a, access.ReplaceApprove) && t.Waiting != nil
		for _, m := range t.Members {
			if m.State == round.InTeam {
				p.Absent = append(p.Absent, page.Option{Value: m.OfficerID, Label: m.Officer.Name, Hint: strings.TrimSpace(m.Officer.CertNo + " " + m.Department)})
			}
		}
		for _, o := range round.AbsenceReasons {
			p.Reasons = append(p.Reasons, page.Option{Value: o.Code, Label: o.Name})
		}
		for _, m := range t.Reserves {
			if m.State == round.InReserve {
				p.Left++
			}
		}
		return p, s.byHand(r, p)
	}
	return nil, errs.E(errs.NotFound, "本轮次没有这一户的检查组")
}

// byHand adds what concerns those who were not drawn for the firm, and the
// substitutions so far.
func (s *Server) byHand(r *http.Request, p *roundTeamPage) error {
	ctx, authority := r.Context(), p.Round.Authority
	names := map[string]string{}
	for _, m := range append(slices.Clone(p.Team.Members), p.Team.Reserves...) {
		names[m.OfficerID] = m.Officer.Name
	}
	if p.May {
		err := s.Register.EachOfficer(ctx, s.Round.DB, authority, func(o register.Officer) error {
			if _, drawn := names[o.ID]; !drawn && o.Valid(s.today()) {
				p.Hand = append(p.Hand, page.Option{Value: o.ID, Label: o.Name, Hint: o.CertNo + "　" + o.Unit})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if w := p.Team.Waiting; w != nil && w.ByHand != "" {
		var err error
		if p.Chosen, err = s.Register.Officer(ctx, authority, w.ByHand); err != nil {
			return err
		}
	}
	all, err := s.Round.Substitutions(ctx, authority, p.Round.ID)
	for _, m := range all {
		if m.TargetID == p.Team.Target.ID && m.DecidedBy != "" {
			p.Past = append(p.Past, substitutionLine{m, names[m.OfficerID], names[m.Substitute], round.AbsenceName(m.Reason)})
		}
	}
	return err
}

// substitute reads who cannot come and, for each reserve, why not if so.
func (s *Server) substitute(r *http.Request) (string, error) {
	file, err := counter.KeepProof(r, s.Proof)
	if err != nil {
		return "", err
	}
	b := round.Absence{TargetID: r.PathValue("target"), OfficerID: r.PostFormValue("officer"), Proof: file, ByHand: r.PostFormValue("by-hand"),
		Reason: r.PostFormValue("reason"), Evidence: r.PostFormValue("evidence"), Reserves: map[string]string{}}
	for i := range 9 {
		n := strconv.Itoa(i)
		if reason := r.PostFormValue("reserve-reason-" + n); reason != "" {
			b.Reserves[r.PostFormValue("reserve-"+n)] = reason
		}
	}
	return roundPath(r) + "/teams/" + b.TargetID, s.Round.Substitute(r.Context(), actor(r), r.PathValue("id"), b)
}

func (s *Server) decideSubstitution(r *http.Request) (string, error) {
	no, err := strconv.Atoi(r.PostFormValue("no"))
	if err != nil {
		return "", errs.E(errs.NotFound, "没有这项替换")
	}
	return roundPath(r) + "/teams/" + r.PathValue("target"), s.Round.DecideSubstitution(r.Context(), actor(r), r.PathValue("id"), no, r.PostFormValue("decision") == "approve")
}
