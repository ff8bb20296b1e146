package planning

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"suiji/internal/access"
	"suiji/internal/caps"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/page"
)

func (s *Server) capRoutes(m counter.Routes) {
	m.Get("/w/caps", "caps", s.caps)
	m.Post("/w/caps", "caps", s.caps, s.setCaps)
	m.Post("/w/caps/visits", "caps", s.caps, s.enterVisits, access.CapEdit)
}

type capsPage struct {
	page.Base
	Edit       bool
	Rows       [][]planCell
	Sentences  []string
	Exemptions string
}

func (s *Server) caps(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	p := &capsPage{Base: page.Base{Title: "频次上限", Trail: planTrail}, Edit: access.Allow(a, access.CapEdit)}
	list, err := s.Caps.Rules(ctx, a.Authority)
	if err != nil {
		return nil, err
	}
	reasons, err := s.Caps.Exemptions(ctx, a.Authority)
	if err != nil {
		return nil, err
	}
	p.Exemptions = strings.Join(reasons, "\n")
	facts, err := s.Plan.Facts(ctx, a.Authority)
	if err != nil {
		return nil, err
	}
	var named []string
	for _, x := range list {
		p.Sentences = append(p.Sentences, x.String())
		named = append(named, x.Tag, x.Except)
	}
	tags, err := s.planTags(r, named...)
	if err != nil {
		return nil, err
	}
	for i := range len(list) + planBlankRows {
		var x caps.Rule
		if i < len(list) {
			x = list[i]
		}
		p.Rows = append(p.Rows, capCells(r, i+1, x, planItems(facts), tags))
	}
	return p, nil
}

// capCells are the inputs of one cap.
func capCells(r *http.Request, no int, x caps.Rule, items, tags []page.Option) []planCell {
	var who []page.Option
	for _, n := range caps.Names {
		who = append(who, page.Option{Value: string(n.Who), Label: n.Name})
	}
	years, most := "", ""
	if x.Title != "" {
		years, most = strconv.Itoa(x.Years), strconv.Itoa(x.Most)
	}
	var cells []planCell
	for _, c := range []struct {
		field, column, value string
		options              []page.Option
	}{
		{"title", "名称", x.Title, nil}, {"source", "文件", x.Source, nil}, {"who", "计入", string(x.Who), who}, {"item", "事项", x.Item, items},
		{"tag", "适用标签", x.Tag, tags}, {"except", "除外标签", x.Except, tags}, {"years", "几年内", years, nil}, {"most", "最多几次", most, nil},
	} {
		name := fmt.Sprintf("rule-%d-%s", no, c.field)
		cell := planCell{Name: name, Label: fmt.Sprintf("第 %d 条上限的%s", no, c.column), Column: c.column, Value: planTyped(r, name, c.value), Type: "text"}
		if c.options != nil {
			cell.Options = planChoose(c.options, cell.Value)
		}
		cells = append(cells, cell)
	}
	return cells
}

func (s *Server) setCaps(r *http.Request) (string, error) {
	f := &planForm{r: r}
	var list []caps.Rule
	for n := 1; f.has(fmt.Sprintf("rule-%d-title", n)); n++ {
		at := fmt.Sprintf("rule-%d-", n)
		x := caps.Rule{Title: f.text(at + "title"), Source: f.text(at + "source"), Who: caps.Who(f.text(at + "who")),
			Item: f.text(at + "item"), Tag: f.text(at + "tag"), Except: f.text(at + "except")}
		if x.Title == "" && x.Source == "" {
			continue
		}
		x.Years, x.Most = f.number(at+"years", 1, 10), f.number(at+"most", 0, 365)
		list = append(list, x)
	}
	if err := errs.All(f.problems); err != nil {
		return "", err
	}
	return "/w/caps", s.Caps.Set(r.Context(), actor(r), list, strings.Split(r.PostFormValue("exemptions"), "\n"))
}

func (s *Server) enterVisits(r *http.Request) (string, error) {
	visits, err := caps.ParseVisits(r.PostFormValue("visits"), s.today(), func(id string) bool {
		_, err := s.Register.Target(r.Context(), actor(r).Authority, id)
		return err == nil
	})
	if err != nil {
		return "", err
	}
	return "/w/caps", s.Caps.Enter(r.Context(), actor(r), visits)
}
