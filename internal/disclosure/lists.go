package disclosure

import (
	"context"
	"strings"

	"suiji/internal/store"
)

// PublicOfficer is a line of the public list of officers (行政执法人员公示,
// 国办发〔2018〕118号): no telephone.
type PublicOfficer struct {
	Name  string
	Unit  string
	Post  string
	Kind  string // of the certificate
	Cert  string
	Until string // last day of validity
	Field []string
}

// Officers returns the list of officers in service, by unit and name.
func (s *Service) Officers(ctx context.Context, authority string) ([]PublicOfficer, error) {
	return store.All(ctx, s.DB, func(row store.Scanner) (o PublicOfficer, err error) {
		var fields string
		err = row.Scan(&o.Name, &o.Unit, &o.Post, &o.Kind, &o.Cert, &o.Until, &fields)
		if fields != "" {
			o.Field = strings.Split(fields, "\n")
		}
		return o, err
	}, `
		SELECT name, unit, post, cert_kind, cert_no, cert_until, fields
		FROM register_officer
		WHERE authority_id = $1 AND active
		ORDER BY unit, name, officer_id`, authority)
}

// PublicItem is a line of the public list of items (随机抽查事项清单).
type PublicItem struct {
	ID          string
	Category    string
	Name        string
	Sub         string
	Subject     string // 检查对象
	Level       string // general, key
	Method      string
	Ratio       string
	Frequency   string
	Body        string // 检查主体
	Basis       string
	PublishedOn string
	Points      []PublicPoint
}

// PublicPoint is a check point of a public item.
type PublicPoint struct{ Text, Basis string }

// Items returns the published list of items with their points.
func (s *Service) Items(ctx context.Context, authority string) ([]PublicItem, error) {
	items, err := store.All(ctx, s.DB, func(row store.Scanner) (i PublicItem, err error) {
		err = row.Scan(&i.ID, &i.Category, &i.Name, &i.Sub, &i.Subject, &i.Level, &i.Method, &i.Ratio, &i.Frequency, &i.Body, &i.Basis, &i.PublishedOn)
		return i, err
	}, `
		SELECT item_id, category, name, sub, subject, level, method, ratio, frequency, body, basis, published_on
		FROM register_item
		WHERE authority_id = $1 AND active AND published_on <> ''
		ORDER BY category, name, sub, item_id`, authority)
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(items))
	for i, x := range items {
		at[x.ID] = i
	}
	err = store.Each(ctx, s.DB, func(row store.Scanner) (p [3]string, err error) {
		err = row.Scan(&p[0], &p[1], &p[2])
		return p, err
	}, func(p [3]string) error {
		if i, ok := at[p[0]]; ok {
			items[i].Points = append(items[i].Points, PublicPoint{p[1], p[2]})
		}
		return nil
	}, `
		SELECT item_id, text, basis
		FROM register_item_point
		WHERE authority_id = $1
		ORDER BY item_id, no`, authority)
	return items, err
}
