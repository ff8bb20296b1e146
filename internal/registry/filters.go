package registry

import (
	"net/http"
	"net/url"

	"suiji/internal/access"
	"suiji/internal/filter"
	"suiji/internal/page"
	"suiji/internal/register"
)

// orders are the ways to sort the lists.
var orders = map[register.List][]page.Option{
	register.Targets:  {order(register.ByName, "名称"), order(register.ByCode, "号码"), order(register.ByChange, "最近变动")},
	register.Officers: {order(register.ByName, "姓名"), order(register.ByUnit, "单位、科室"), order(register.ByUntil, "有效期先到"), order(register.ByChange, "最近变动")},
	register.Items:    {order(register.ByName, "名称"), order(register.ByCategory, "抽查类别"), order(register.ByPublished, "最近公布"), order(register.ByChange, "最近变动")},
}

func order(o register.Order, label string) page.Option {
	return page.Option{Value: string(o), Label: label}
}

// filters are the saved ones of a list's page, and what could be saved.
type filters struct {
	Saved []savedFilter
	At    string // where the form goes: the page with its conditions
	Now   string // the conditions; empty: none
	May   bool
}

type savedFilter struct {
	filter.Saved
	Href    string
	Mine    bool
	Current bool
}

// conditions are what an address chooses, without the page of it.
func conditions(r *http.Request) string {
	q := url.Values{}
	for name, values := range r.URL.Query() {
		if name != "page" && name != "per" && values[0] != "" {
			q.Set(name, values[0])
		}
	}
	return q.Encode()
}

func (s *Server) filters(r *http.Request, list register.List) (f filters, err error) {
	a := actor(r)
	f = filters{Now: conditions(r), May: access.Allow(a, access.FilterSave)}
	f.At = (&url.URL{Path: listPaths[list], RawQuery: f.Now}).String()
	saved, err := s.Filter.Of(r.Context(), a, string(list))
	for _, x := range saved {
		f.Saved = append(f.Saved, savedFilter{Saved: x, Href: listPaths[list] + "?" + x.Query, Mine: x.Owner == a.ID, Current: x.Query == f.Now})
	}
	return f, err
}

// Own are the person's own filters.
func (f filters) Own() (own []savedFilter) {
	for _, x := range f.Saved {
		if x.Mine {
			own = append(own, x)
		}
	}
	return own
}

// keepFilter saves the conditions of a page, or removes what is named.
func (s *Server) keepFilter(list register.List) page.Act {
	return func(r *http.Request) (string, error) {
		now := conditions(r)
		at := (&url.URL{Path: listPaths[list], RawQuery: now}).String()
		if name := r.PostFormValue("remove"); name != "" {
			return at, s.Filter.Remove(r.Context(), actor(r), string(list), name)
		}
		return at, s.Filter.Save(r.Context(), actor(r), filter.Saved{List: string(list), Name: r.PostFormValue("name"), Query: now, Shared: r.PostFormValue("shared") == "true"})
	}
}
