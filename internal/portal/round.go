package portal

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/openbook"
	"suiji/internal/page"
	"suiji/internal/plan"
	"suiji/internal/replay"
	"suiji/internal/round"
)

type roundsPage struct {
	sheet
	Rounds []roundLine
}

// JSON is the list's twin.
func (p *roundsPage) JSON() any { return map[string]any{"rounds": roundsJSON(p.Rounds)} }

func (s *Server) rounds(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "抽取记录")
	if err != nil {
		return nil, err
	}
	all, err := openbook.Of(s.Round).Rounds(r.Context(), sh.Of.ID)
	return &roundsPage{sheet: sh, Rounds: lines(all)}, err
}

type roundPage struct {
	sheet
	Round      openbook.Round
	Tag        page.Tag
	Steps      []page.Step
	Disclosure string
	Listed     int // firms of the sealed lists, drawn from or kept out
	Pool       int // firms that could be drawn
	Draw       int
	Reserve    int
	Refused    []string // witnesses who will not reveal
	Stage      string   // address of the stage while the draw goes on in public
	Excluded   []round.Counted
	Whole      bool // some strata are drawn whole
	Halves     []halfPart
	Firms      []firmLine
	Nearby     *nearby // nil: not disclosed
	Expected   string  // neighbours to be expected; empty: every firm is drawn

	GoneFirms, GoneOfficers int // withdrawn from the registers between plan and seal

	Standing replay.Standing
	Rate     disclosure.Rate
	Entries  []entryLine
}

// halfPart is one draw of the round as the page shows it.
type halfPart struct {
	openbook.Draw
	Tag   page.Tag
	Lists []listLine
	File  string // address of the bundle; empty until it is disclosed
	Seal  string // address of the manifest
}

type listLine struct {
	Name  string
	Count int
	Root  string
}

// firmLine is a drawn firm whose name is public.
type firmLine struct {
	openbook.Firm
	Tag     page.Tag
	Reason  string
	Results []publicResult // those that are public
}

// publicResult is a form whose result is public, with its department if several
// inspect.
type publicResult struct{ Form, Department string }

// JSON is the record's twin.
func (p *roundPage) JSON() any {
	return map[string]any{"round": p.Round, "changes": p.Standing, "excluded": p.Excluded, "neighbours_expected": p.Expected,
		"withdrawn_since_plan": map[string]any{"targets": p.GoneFirms, "officers": p.GoneOfficers}, "ledger": entriesJSON(p.Entries),
		"rate": map[string]any{"due": p.Rate.Due, "published": p.Rate.Published, "exempt": p.Rate.Exempt}}
}

func (s *Server) round(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "", page.Link{Word: "抽取记录", Href: "/rounds"})
	if err != nil {
		return nil, err
	}
	ctx, p := r.Context(), &roundPage{sheet: sh}
	if p.Rate, err = s.Disclosure.Rate(ctx, sh.Of.ID, r.PathValue("id")); err != nil {
		return nil, err
	}
	results := map[string][]publicResult{}
	var published []string
	for _, row := range p.Rate.Rows {
		if row.Public {
			id := row.Form.Firm.TargetID
			results[id] = append(results[id], publicResult{row.Form.ID, row.Form.Department})
			published = append(published, id)
		}
	}
	if p.Round, err = openbook.Of(s.Round).Round(ctx, sh.Of.ID, r.PathValue("id"), published); err != nil {
		return nil, err
	}
	if p.Excluded, err = s.excludedOf(ctx, p.Round); err != nil {
		return nil, err
	}
	p.Title, p.Tag, p.Steps = fmt.Sprintf("%s 第 %d 批次抽取记录（%s）", p.Round.PlanNumber, p.Round.WindowNo, p.Round.ID), stateTag(p.Round), steps(p.Round)
	p.Disclosure = plan.DisclosureName(p.Round.Disclosure)
	p.count()
	p.Expected = p.expected()
	if err := s.leftRegister(ctx, p); err != nil {
		return nil, err
	}
	for _, h := range p.Round.Halves {
		p.Halves = append(p.Halves, part(p.Round, h))
	}
	for _, f := range p.Round.Firms {
		p.Firms = append(p.Firms, firmLine{f, firmTag(f), round.ReasonName(f.Reason), results[f.TargetID]})
	}
	if p.Nearby, err = s.nearby(ctx, sh.Of.ID, p.Round.ID); err != nil {
		return nil, err
	}
	if p.Standing, err = replay.New(s.Round).Standing(ctx, sh.Of.ID, p.Round.ID); err != nil {
		return nil, err
	}
	p.Entries, err = s.entries(ctx, sh.Of.ID, subjects(p.Round)...)
	p.nameStrata()
	if err != nil {
		return nil, err
	}
	now, err := s.Ceremony.Snapshot(ctx, sh.Of.ID, p.Round.ID)
	if p.Refused = now.Refused(); now.Open && (now.State == "sealed" || now.State == "frozen") {
		p.Stage = "/stage/" + p.Round.ID
	}
	return p, err
}

// nameStrata says the strata of the ledger's entries by their titles.
func (p *roundPage) nameStrata() {
	for _, e := range p.Entries {
		for i, d := range e.Data {
			for _, st := range p.Round.Strata {
				if d.Name == words["stratum"] && d.Text == st.Name {
					e.Data[i].Text = st.Title
				}
			}
		}
	}
}

func (s *Server) excludedOf(ctx context.Context, p openbook.Round) ([]round.Counted, error) {
	if known, ok := s.excluded.Load(p.ID); ok {
		return known.([]round.Counted), nil
	}
	counts, err := openbook.Of(s.Round).Excluded(ctx, p.Authority, p.ID)
	if err == nil {
		s.excluded.Store(p.ID, counts)
	}
	return counts, err
}

func (p *roundPage) count() {
	for _, st := range p.Round.Strata {
		p.Pool, p.Draw, p.Reserve = p.Pool+st.Size, p.Draw+st.Draw, p.Reserve+st.Reserve
		p.Whole = p.Whole || st.Draw == st.Size && st.Size > 0
	}
	p.Listed = p.Pool
	for _, x := range p.Excluded {
		p.Listed += x.Count
	}
}

// subjects are what the ledger calls the round and its draws.
func subjects(p openbook.Round) []string {
	list := []string{p.ID}
	for _, h := range p.Halves {
		list = append(list, p.ID+"."+h.Half)
	}
	return list
}

// steps shows how far the round has come.
func steps(p openbook.Round) []page.Step {
	if p.State == round.Abandoned {
		return nil
	}
	drawn, confirmed, matched, closed := !p.DrawnAt.IsZero(), !p.ConfirmedAt.IsZero(), !p.MatchedAt.IsZero(), !p.ClosedAt.IsZero()
	list := []page.Step{
		{Name: "封存名单和规则", Note: minute(p.SealedAt), Done: true},
		{Name: "抽取检查对象", Note: minute(p.DrawnAt), Done: drawn},
		{Name: "比对确认", Note: minute(p.ConfirmedAt), Done: confirmed},
		{Name: "匹配检查人员", Note: minute(p.MatchedAt), Done: matched},
		{Name: "检查和公示", Done: closed},
		{Name: "办结", Note: minute(p.ClosedAt), Done: closed},
	}
	if drawn && !confirmed {
		list[2].Note = "限 " + p.ConfirmDue.String() + " 前"
	}
	for i := range list {
		if !list[i].Done {
			list[i].Now = true
			break
		}
	}
	return list
}

// listNames names the lists in Chinese.
var listNames = map[string]string{"targets": "参加抽取的对象", "excluded": "不参加抽取的对象", "officers": "参加抽取的人员", "recusals": "回避关系"}

var halfTags = map[string]page.Tag{
	"sealed": {Tone: page.Doing, Word: "已封存，待抽取"}, "drawn": {Tone: page.OK, Word: "已抽取"}, "abandoned": {Tone: page.Bad, Word: "已作废"},
}

func part(p openbook.Round, h openbook.Draw) halfPart {
	x := halfPart{Draw: h, Tag: halfTags[h.State], Seal: fmt.Sprintf("/rounds/%s/%s/manifest.json", p.ID, h.Half)}
	if h.Bundle != "" {
		x.File = fmt.Sprintf("/rounds/%s/%s.zip", p.ID, h.Half)
	}
	for _, l := range h.Lists {
		name := listNames[l.Name]
		if h.Half != round.Targets && l.Name == "targets" {
			name = "确认后的对象"
		}
		line := listLine{name, l.Count, l.Root}
		if l.Name == "targets" {
			x.Lists = append([]listLine{line}, x.Lists...)
			continue
		}
		x.Lists = append(x.Lists, line)
	}
	return x
}

func firmTag(f openbook.Firm) page.Tag {
	switch f.State {
	case round.FirmRemoved:
		return page.Tag{Tone: page.Warn, Word: f.State.Name()}
	case round.FirmReserve:
		return page.Tag{Word: f.State.Name()}
	}
	return page.Tag{Tone: page.OK, Word: f.State.Name()}
}

// bundle is what an observer downloads to check a draw.
func (s *Server) bundle(r *http.Request) (*page.File, error) {
	a, _, err := s.pick(r)
	if err != nil {
		return nil, err
	}
	id := r.PathValue("id")
	half, ok := strings.CutSuffix(r.PathValue("file"), ".zip")
	p, err := openbook.Of(s.Round).Round(r.Context(), a.ID, id, nil)
	if err != nil {
		return nil, err
	}
	for _, h := range p.Halves {
		if ok && h.Half == half && h.Bundle != "" {
			write := func(w io.Writer) error { return s.Round.Bundle(r.Context(), a.ID, id, half, w) }
			return &page.File{Name: id + "." + half + ".zip", Type: "application/zip", Write: write}, nil
		}
	}
	return nil, errs.E(errs.NotFound, "没有这个核验包，或者它还没有公开")
}

// manifest is what was sealed, byte by byte.
func (s *Server) manifest(r *http.Request) (*page.File, error) {
	a, _, err := s.pick(r)
	if err != nil {
		return nil, err
	}
	id, half := r.PathValue("id"), r.PathValue("half")
	raw, err := openbook.Of(s.Round).Manifest(r.Context(), a.ID, id, half)
	return &page.File{Name: id + "." + half + ".manifest.json", Type: "application/json", Body: raw}, err
}
