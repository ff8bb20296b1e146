package portal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"suiji/internal/disclosure"
	"suiji/internal/page"
)

type penaltiesPage struct {
	sheet
	Query  string
	Public []disclosure.PenaltyVersion
	Ended  []disclosure.PenaltyVersion // newest first, without content
	contested
}

// JSON is the list's twin.
func (p *penaltiesPage) JSON() any {
	public := penaltiesJSON(p.Public)
	for i, v := range p.Public {
		public[i].(map[string]any)["contested"] = p.Marked(v.ID)
	}
	return map[string]any{"penalties": public, "ended": penaltiesJSON(p.Ended)}
}

func penaltiesJSON(all []disclosure.PenaltyVersion) []any {
	out := []any{}
	for _, v := range all {
		m := map[string]any{"penalty": v.ID, "version": v.Version, "state": string(v.State), "current": v.Current, "from": v.From.String(), "until": v.Until.String(),
			"posted_at": stamp(v.PostedAt), "reason": v.Reason, "digest": v.Digest}
		if v.Public {
			m["record"], m["salt"] = json.RawMessage(v.JSON), v.Salt
		}
		out = append(out, m)
	}
	return out
}

func (s *Server) penalties(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "行政处罚信息")
	if err != nil {
		return nil, err
	}
	p := &penaltiesPage{sheet: sh, Query: r.URL.Query().Get("q")}
	if p.contested, err = s.contested(r.Context(), sh.Of.ID); err != nil {
		return nil, err
	}
	if p.Public, err = s.Disclosure.Penalties(r.Context(), sh.Of.ID, "", p.Query); err != nil || p.Query != "" {
		return p, err
	}
	all, err := s.Disclosure.PostedPenalties(r.Context(), sh.Of.ID)
	for _, v := range all {
		if !v.Current {
			p.Ended = append(p.Ended, v)
		}
	}
	return p, err
}

type penaltyPage struct {
	sheet
	ID         string
	Shown      disclosure.PenaltyVersion // what is public
	Gone       disclosure.PenaltyVersion // the newest version, if nothing is public
	Back       disclosure.PenaltyVersion // the withdrawal after which it was published anew
	Versions   []disclosure.PenaltyVersion
	Objections []disclosure.Objection
	Entries    []entryLine
}

// Contested is the objection under way.
func (p *penaltyPage) Contested() *disclosure.Objection { return running(p.Objections) }

// JSON is the record with its history.
func (p *penaltyPage) JSON() any {
	return map[string]any{"penalty": p.ID, "versions": penaltiesJSON(p.Versions), "objections": objectionsJSON(p.Objections), "ledger": entriesJSON(p.Entries)}
}

func (s *Server) penalty(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "", page.Link{Word: "行政处罚信息", Href: "/penalties"})
	if err != nil {
		return nil, err
	}
	p := &penaltyPage{sheet: sh, ID: r.PathValue("id")}
	if p.Versions, err = s.Disclosure.PenaltyVersions(r.Context(), sh.Of.ID, p.ID); err != nil {
		return nil, err
	}
	if p.Objections, err = s.Disclosure.ObjectionsTo(r.Context(), sh.Of.ID, p.ID); err != nil {
		return nil, err
	}
	if p.Entries, err = s.entries(r.Context(), sh.Of.ID, p.ID); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(p.Versions, func(v disclosure.PenaltyVersion) bool { return v.Current })
	if i < 0 {
		p.Gone, p.Status, p.Title = p.Versions[len(p.Versions)-1], http.StatusGone, "处罚信息 "+p.ID+" 已停止公示"
		return p, nil
	}
	if p.Shown = p.Versions[i]; i > 0 {
		p.Back = p.Versions[i-1]
	}
	p.Title = p.Shown.Record.Firm.Name + "的行政处罚 " + p.Shown.Number
	return p, nil
}

const penaltyGone = "这条处罚信息已停止公示"

// ended says how the newest version of a penalty stands, since when and why: one
// whose term is over is so from that midnight, whether the nightly run was or not.
func ended(v disclosure.PenaltyVersion, now time.Time) (state disclosure.PenaltyState, since time.Time, reason string) {
	if over := v.Until.AddDays(1).Start(); v.State == disclosure.PenaltyPublished && !now.Before(over) {
		return disclosure.PenaltyEnded, over, fmt.Sprintf("公示期到 %s 届满", v.Until)
	}
	return v.State, v.PostedAt, v.Reason
}

// penaltyRecord is the public record's bytes, whose salted digest is in the
// ledger.
func (s *Server) penaltyRecord(r *http.Request) (*page.File, error) {
	a, _, err := s.pick(r)
	if err != nil {
		return nil, err
	}
	id := r.PathValue("id")
	versions, err := s.Disclosure.PenaltyVersions(r.Context(), a.ID, id)
	if err != nil {
		return nil, err
	}
	v := versions[len(versions)-1]
	if state, since, reason := ended(v, s.Now()); state != disclosure.PenaltyPublished {
		return page.Gone("/penalties/"+id, penaltyGone, string(state), reason, v.Digest, since)
	}
	return &page.File{Name: id + ".json", Type: "application/json", Body: []byte(v.JSON)}, nil
}
