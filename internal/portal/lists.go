package portal

import (
	"net/http"
	"slices"

	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/register"
)

type officersPage struct {
	sheet
	Officers []officer
	Version  register.Version
}

type officer struct {
	disclosure.PublicOfficer
	Lapsed bool // the certificate has run out
}

// JSON is the list's twin.
func (p *officersPage) JSON() any {
	list := []any{}
	for _, o := range p.Officers {
		list = append(list, map[string]any{"name": o.Name, "unit": o.Unit, "post": o.Post, "certificate_kind": o.Kind,
			"certificate": o.Cert, "valid_until": o.Until, "fields": append([]string{}, o.Field...)})
	}
	return map[string]any{"version": p.Version.Number, "count": p.Version.Count, "root": p.Version.Root, "officers": list}
}

func (s *Server) officers(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "执法检查人员名录")
	if err != nil {
		return nil, err
	}
	p := &officersPage{sheet: sh}
	list, err := s.Disclosure.Officers(r.Context(), sh.Of.ID)
	if err != nil {
		return nil, err
	}
	today := s.today().String()
	for _, o := range list {
		p.Officers = append(p.Officers, officer{o, o.Until < today})
	}
	p.Version, err = s.Register.Version(r.Context(), sh.Of.ID, register.Officers)
	return p, err
}

type itemsPage struct {
	sheet
	Items   []disclosure.PublicItem
	Version register.Version
}

// JSON is the list's twin.
func (p *itemsPage) JSON() any {
	list := []any{}
	for _, i := range p.Items {
		list = append(list, itemJSON(i))
	}
	return map[string]any{"version": p.Version.Number, "count": p.Version.Count, "root": p.Version.Root, "items": list}
}

func itemJSON(i disclosure.PublicItem) any {
	points := []any{}
	for _, x := range i.Points {
		points = append(points, map[string]any{"text": x.Text, "basis": x.Basis})
	}
	return map[string]any{"id": i.ID, "category": i.Category, "name": i.Name, "sub": i.Sub, "subject": i.Subject, "level": i.Level, "method": i.Method,
		"ratio": i.Ratio, "frequency": i.Frequency, "body": i.Body, "basis": i.Basis, "published_on": i.PublishedOn, "points": points}
}

func (s *Server) items(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "随机抽查事项清单")
	if err != nil {
		return nil, err
	}
	p := &itemsPage{sheet: sh}
	if p.Items, err = s.Disclosure.Items(r.Context(), sh.Of.ID); err != nil {
		return nil, err
	}
	p.Version, err = s.Register.Version(r.Context(), sh.Of.ID, register.Items)
	return p, err
}

// Level names an item's weight.
func (p *itemsPage) Level(level string) string { return register.Level(level).Name() }

type itemPage struct {
	sheet
	Item  disclosure.PublicItem
	Level string
}

// JSON is the item's twin.
func (p *itemPage) JSON() any { return itemJSON(p.Item) }

func (s *Server) item(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "", page.Link{Word: "抽查事项清单", Href: "/items"})
	if err != nil {
		return nil, err
	}
	all, err := s.Disclosure.Items(r.Context(), sh.Of.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(x disclosure.PublicItem) bool { return x.ID == r.PathValue("id") })
	if i < 0 {
		return nil, errs.E(errs.NotFound, "清单里没有这个事项，或者它没有公布")
	}
	p := &itemPage{sheet: sh, Item: all[i], Level: register.Level(all[i].Level).Name()}
	p.Title = all[i].Name
	return p, nil
}
