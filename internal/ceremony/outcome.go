package ceremony

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"suiji/draw"
	"suiji/internal/canon"
	"suiji/internal/round"
)

// Row is one drawn row. Its fingerprint is the beginning of the lot that it
// was drawn by: nobody can find the firm by it without the seed, and once the
// round is disclosed everybody can work it out.
type Row struct {
	No    int    `json:"no"`             // in drawn order, from 1, through all strata
	Group string `json:"group"`          // the stratum; of a match, how many officers
	Lot   string `json:"lot"`            // 16 hexadecimal digits
	Name  string `json:"name,omitempty"` // once it may be known
	Team  string `json:"team,omitempty"` // of a match: the officers' names, once they may be known
	id    string // never leaves this package
	slots int
}

// outcome returns the drawn rows of a half, with names if they may be shown.
func (s *Service) outcome(ctx context.Context, r round.Round, d round.Draw, named bool) ([]Row, error) {
	if d.State != "drawn" {
		return []Row{}, nil
	}
	key := r.ID + "." + d.Half + strconv.FormatBool(named)
	if known, ok := s.rows.Load(key); ok {
		return known.([]Row), nil
	}
	rows, err := s.work(ctx, r, d, named)
	if err == nil {
		s.rows.Store(key, rows)
	}
	return rows, err
}

func (s *Service) work(ctx context.Context, r round.Round, d round.Draw, named bool) ([]Row, error) {
	m, err := draw.ParseManifest([]byte(d.Manifest))
	if err != nil {
		return nil, fmt.Errorf("manifest of %s.%s: %w", r.ID, d.Half, err)
	}
	if d.Half == round.Targets {
		return s.firms(ctx, r, d, m, named)
	}
	return s.teams(ctx, r, d, m, named)
}

func (s *Service) firms(ctx context.Context, r round.Round, d round.Draw, m draw.Manifest, named bool) ([]Row, error) {
	var res draw.TargetsResult
	seed, err := readResult(d, m.Hash, &res)
	if err != nil {
		return nil, err
	}
	quotas, err := s.Round.Quotas(ctx, r.Authority, r.ID)
	if err != nil {
		return nil, err
	}
	titles := map[string]string{}
	for _, q := range quotas {
		titles[q.Name] = q.Title
	}
	var rows []Row
	drawn := map[string]int{}
	for _, st := range res.Strata {
		for _, id := range st.Drawn {
			drawn[id] = len(rows)
			rows = append(rows, Row{No: len(rows) + 1, Group: titles[st.Name], id: id})
		}
	}
	lines := bufio.NewScanner(s.Round.OpenList(ctx, r.Authority, r.ID, d.Half, "targets"))
	for lines.Scan() {
		f := strings.Split(lines.Text(), "\t")
		i, ok := drawn[f[0]]
		if !ok || len(f) != 3 {
			continue
		}
		tickets, err := strconv.Atoi(f[2])
		if err != nil {
			return nil, fmt.Errorf("list of %s: %w", r.ID, err)
		}
		rows[i].Lot = smallest(seed, f[0], tickets)
	}
	if err := lines.Err(); err != nil || !named {
		return rows, err
	}
	return rows, s.name(ctx, r.Authority, rows)
}

// smallest is the beginning of a firm's value: the smallest of its lots.
func smallest(seed draw.Seed, id string, tickets int) string {
	least := ""
	for j := range tickets {
		lot := seed.Lot("target", id, strconv.Itoa(j+1))
		if x := hex.EncodeToString(lot[:8]); least == "" || x < least {
			least = x
		}
	}
	return least
}

func (s *Service) teams(ctx context.Context, r round.Round, d round.Draw, m draw.Manifest, named bool) ([]Row, error) {
	var res draw.MatchResult
	seed, err := readResult(d, m.Hash, &res)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for i, f := range res.Matches {
		lot := seed.Lot("order", f.Target)
		row := Row{No: i + 1, Lot: hex.EncodeToString(lot[:8]), id: f.Target}
		var names []string
		reserves := 0
		for _, t := range f.Teams {
			row.slots, reserves = row.slots+len(t.Officers), reserves+len(t.Reserves)
			for _, id := range t.Officers {
				if !named {
					continue
				}
				o, err := s.Register.Officer(ctx, r.Authority, id)
				if err != nil {
					return nil, err
				}
				names = append(names, o.Name)
			}
		}
		row.Group, row.Team = fmt.Sprintf("检查人员 %d 名，候补 %d 名", row.slots, reserves), strings.Join(names, "、")
		rows = append(rows, row)
	}
	if !named {
		return rows, nil
	}
	return rows, s.name(ctx, r.Authority, rows)
}

// readResult reads a result and its seed.
func readResult(d round.Draw, h canon.Hash, into any) (draw.Seed, error) {
	var head struct {
		Seed string `json:"seed"`
	}
	if err := json.Unmarshal([]byte(d.Result), &head); err != nil {
		return draw.Seed{}, fmt.Errorf("result of %s: %w", d.Half, err)
	}
	if err := json.Unmarshal([]byte(d.Result), into); err != nil {
		return draw.Seed{}, fmt.Errorf("result of %s: %w", d.Half, err)
	}
	return draw.ParseSeed(h, head.Seed)
}

func (s *Service) name(ctx context.Context, authority string, rows []Row) error {
	for i := range rows {
		t, err := s.Register.Target(ctx, authority, rows[i].id)
		if err != nil {
			return err
		}
		rows[i].Name = t.Name
	}
	return nil
}

// WithoutNames returns the snapshot as it stands on a wall that shows no
// names.
func (v Snapshot) WithoutNames() Snapshot {
	rows := make([]Row, len(v.Rows))
	for i, x := range v.Rows {
		x.Name, x.Team = "", ""
		rows[i] = x
	}
	v.Rows, v.Named = rows, false
	return v
}
