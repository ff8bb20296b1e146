package exchange

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Value is something that a receiver asks for and somebody entered.
type Value struct {
	Subject string // office, item/…, penalty/…, dict/…
	Name    string // the fact, or our word
	Value   string
}

// values are by subject and name.
type values map[string]map[string]string

// into lays what was entered about a subject over the facts.
func (v values) into(facts map[string][]string, subject string) {
	for name, value := range v[subject] {
		facts[name] = []string{value}
	}
}

func readValues(ctx context.Context, db *store.DB, authority, target string) (values, error) {
	all := values{}
	err := store.Each(ctx, db, func(row store.Scanner) (v Value, err error) {
		err = row.Scan(&v.Subject, &v.Name, &v.Value)
		return v, err
	}, func(v Value) error {
		if all[v.Subject] == nil {
			all[v.Subject] = map[string]string{}
		}
		all[v.Subject][v.Name] = v.Value
		return nil
	}, `
		SELECT subject, name, value
		FROM exchange_value
		WHERE authority_id = $1 AND target = $2`, authority, target)
	return all, err
}

// word returns the receiver's code for one of our words; empty if there is
// none.
func (v values) word(d Dict, ours string) string {
	if own := v["dict/"+d.ID][ours]; own != "" {
		return own
	}
	for _, w := range d.Words {
		if w.Ours == ours {
			return w.Theirs
		}
	}
	return ""
}

// Question is one thing to be entered.
type Question struct {
	Subject string
	Name    string
	Key     string // what the form's input is called
	Label   string
	Hint    string
	Need    bool
	Value   string // as entered, or as known
	Choices []Word // a choice of the receiver's dictionary
	Missing bool   // needed, and not there
}

// Asked is what is asked about one subject.
type Asked struct {
	Title     string
	About     string
	Subject   string
	Anchor    string // where it is on the page of codes
	Questions []Question
	Missing   int
}

// Questions lists what a receiver asks for that no register has: of the
// office, of every item that was inspected, of every penalty, and the codes
// that stand for our words.
func (s *Service) Questions(ctx context.Context, authority string, t Receiver) ([]Asked, error) {
	v, err := readValues(ctx, s.DB, authority, t.ID)
	if err != nil {
		return nil, err
	}
	records, err := s.gather(ctx, s.DB, authority, t, among{})
	if err != nil {
		return nil, err
	}
	items, err := readItems(ctx, s.DB, authority, among{})
	if err != nil {
		return nil, err
	}
	all := []Asked{t.asked(v, OfOffice, "office", "本单位", nil)}
	seen := map[string]bool{}
	for _, r := range records {
		switch {
		case r.part == "penalty":
			all = append(all, t.asked(v, OfPenalty, "penalty/"+r.id, r.id+" "+r.label, r.facts))
		case r.item != "" && !seen[r.item]:
			seen[r.item] = true
			all = append(all, t.asked(v, OfItem, "item/"+r.item, nameOf(items, r.item), r.facts))
		}
	}
	used := t.used(records)
	for _, d := range t.Dicts {
		all = append(all, t.words(v, d, used))
	}
	all = slices.DeleteFunc(all, func(a Asked) bool { return len(a.Questions) == 0 })
	slices.SortStableFunc(all, func(a, b Asked) int { return cmp.Compare(min(b.Missing, 1), min(a.Missing, 1)) })
	return all, nil
}

func nameOf(items map[string][]item, id string) string {
	for _, of := range items {
		for _, i := range of {
			if i.id == id {
				return i.name
			}
		}
	}
	return id
}

// keyOf names an input; subjects and names have signs that no address bears.
func keyOf(subject, name string) string { return "v" + sum([]byte(subject + "|" + name))[:12] }

func anchor(subject string) string { return "s" + sum([]byte(subject))[:12] }

// asked are the questions of one kind about a subject; facts are what is known
// without an answer.
func (t Receiver) asked(v values, ask Ask, subject, title string, facts map[string][]string) Asked {
	a := Asked{Title: title, Subject: subject, Anchor: anchor(subject)}
	for _, p := range t.Parts {
		for _, f := range p.Fields {
			if !f.asks(ask) || slices.ContainsFunc(a.Questions, func(q Question) bool { return q.Name == f.From }) {
				continue
			}
			q := Question{Subject: subject, Name: f.From, Key: keyOf(subject, f.From), Label: f.Name, Hint: f.RuleName(), Need: f.Need, Value: v[subject][f.From]}
			if f.Dict != "" {
				q.Choices = t.Dict(f.Dict).Words
			}
			switch {
			case f.Vary && ask == OfItem:
				q.Need, q.Hint = false, "和本单位填写的不同的才填"
			case q.Value == "" && len(facts[f.From]) > 0:
				q.Value = facts[f.From][0]
			case f.From == "check.form":
				q.Value = cmp.Or(q.Value, "日常检查")
			}
			if q.Missing = q.Need && q.Value == ""; q.Missing {
				a.Missing++
			}
			a.Questions = append(a.Questions, q)
		}
	}
	return a
}

// used are our words that a record needs the receiver's code for, each behind
// its dictionary.
func (t Receiver) used(records []record) map[string]bool {
	used := map[string]bool{}
	for _, r := range records {
		for _, f := range t.Part(r.part).Fields {
			for _, word := range r.facts[f.From] {
				if f.Dict != "" && f.Need {
					used[f.Dict+"|"+word] = true
				}
			}
		}
	}
	return used
}

// words are the codes of a dictionary, as questions.
func (t Receiver) words(v values, d Dict, used map[string]bool) Asked {
	a := Asked{Title: "字典：" + d.Name, About: d.Source, Subject: "dict/" + d.ID, Anchor: anchor("dict/" + d.ID)}
	for _, w := range d.Words {
		q := Question{Subject: a.Subject, Name: w.Ours, Key: keyOf(a.Subject, w.Ours), Label: w.Name, Need: used[d.ID+"|"+w.Ours], Value: v.word(d, w.Ours)}
		if q.Missing = q.Need && q.Value == ""; q.Missing {
			a.Missing++
		}
		a.Questions = append(a.Questions, q)
	}
	return a
}

// longestCode is the longest that a receiver's code is, in characters.
const longestCode = 40

// Set enters values. An empty one takes back what was entered.
func (s *Service) Set(ctx context.Context, a access.Actor, target string, list []Value) error {
	t, err := Of(target)
	if err != nil {
		return err
	}
	var ps []errs.Problem
	for i := range list {
		v := &list[i]
		v.Value = strings.TrimSpace(v.Value)
		if bad := t.refuses(*v, s); bad != "" {
			ps = append(ps, errs.Problem{Field: keyOf(v.Subject, v.Name), Sentence: bad + "。没有保存"})
		}
	}
	if len(ps) > 0 {
		return errs.All(ps)
	}
	return s.Door.Do(ctx, a, access.ExchangeEdit, target, func(tx *store.DB) error {
		for _, v := range list {
			if err := s.put(ctx, tx, a, target, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// refuses says why a value cannot be entered; empty: it can.
func (t Receiver) refuses(v Value, s *Service) string {
	if v.Value == "" {
		return ""
	}
	if strings.ContainsFunc(v.Value, func(r rune) bool { return r < ' ' }) {
		return "不能有换行或控制字符"
	}
	if id, ok := strings.CutPrefix(v.Subject, "dict/"); ok {
		switch d := t.Dict(id); {
		case !slices.ContainsFunc(d.Words, func(w Word) bool { return w.Ours == v.Name }):
			return "字典里没有“" + v.Name + "”"
		case utf8.RuneCountInString(v.Value) > longestCode:
			return "代码不超过 " + numeral(longestCode) + "字"
		}
		return ""
	}
	kind, _, _ := strings.Cut(v.Subject, "/")
	known := false
	for _, p := range t.Parts {
		for _, f := range p.Fields {
			if f.From != v.Name || !f.asks(Ask(kind)) {
				continue
			}
			known = true
			if d := t.Dict(f.Dict); f.Dict != "" && !slices.ContainsFunc(d.Words, func(w Word) bool { return w.Ours == v.Value }) {
				return "“" + f.Name + "”请从列出的里面选"
			}
			if bad := f.Check([]string{v.Value}, s.today()); bad != "" {
				return bad
			}
		}
	}
	if !known {
		return "这个报送对象没有要求填写“" + v.Name + "”"
	}
	return ""
}

func (s *Service) put(ctx context.Context, tx *store.DB, a access.Actor, target string, v Value) error {
	if v.Value == "" {
		_, err := tx.Exec(ctx, `
			DELETE FROM exchange_value
			WHERE authority_id = $1 AND target = $2 AND subject = $3 AND name = $4`, a.Authority, target, v.Subject, v.Name)
		return err
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO exchange_value (authority_id, target, subject, name, value, changed_by, changed_name, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (authority_id, target, subject, name) DO UPDATE
		SET value = excluded.value, changed_by = excluded.changed_by, changed_name = excluded.changed_name, changed_at = excluded.changed_at`,
		a.Authority, target, v.Subject, v.Name, v.Value, a.ID, a.Name, s.Now().UnixMilli())
	return err
}
