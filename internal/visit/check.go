package visit

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/store"
)

func stringReader(s string) io.Reader { return strings.NewReader(s) }

// degrees reports whether a text is an angle of at most limit degrees.
func degrees(text string, limit float64) bool {
	x, err := strconv.ParseFloat(text, 64)
	return err == nil && x >= -limit && x <= limit
}

// Inputs of the sheet that a form at the desk does not have.
const (
	FieldWitness = "witness"
	FieldPhotos  = "photos"
	FieldSign    = "sign"
	FieldArrive  = "arrive"
)

// proof returns what has to be proved on the spot and is not: the arrival, a
// photograph of each attempt, evidence for what does not comply, before and
// after of what was mended, a witness of the refusal.
func (s *Service) proof(ctx context.Context, tx *store.DB, f inspection.Form, sh Sheet) (ps []errs.Problem, err error) {
	add := func(bad bool, field, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: field, Sentence: sentence})
		}
	}
	arrived, err := store.One(ctx, tx, store.Value[int], `
		SELECT count(*)
		FROM visit_record
		WHERE authority_id = $1 AND form_id = $2 AND kind = 'arrival'`, f.Authority, f.ID)
	if err != nil {
		return nil, err
	}
	photos, err := photos(ctx, tx, f)
	if err != nil {
		return nil, err
	}
	shown := func(use string) bool { return slices.ContainsFunc(photos, func(p Photo) bool { return p.Use == use }) }
	add(arrived == 0 && slices.Contains(sh.Methods, string(inspection.OnSite)), FieldArrive, "实地检查请先登记到达")
	if slices.Contains(sh.Codes, string(inspection.R4)) {
		for i := 1; i <= 2; i++ {
			add(!shown(UseAttempt(i)), inspection.FieldAttempt(i), fmt.Sprintf("第 %d 次联系没有现场照片；两次联系都有照片证明，才能认定无法联系", i))
		}
		add(shown(UseAttempt(1)) && shown(UseAttempt(2)) && !twice(photos), inspection.FieldAttempt(2),
			fmt.Sprintf("两次联系的照片应当是不同时间拍的两张，相隔不少于 %.0f 分钟", apart.Minutes()))
	}
	for i, p := range f.Points {
		for _, a := range sh.Answers {
			here := a.Item == p.ItemID && a.No == p.No && a.Answer == string(inspection.No)
			add(here && strings.TrimSpace(sh.Evidence) == "" && !shown(UsePoint(i+1)), inspection.FieldNote(i+1),
				fmt.Sprintf("第 %d 个检查要点不符合，请拍照，或在“证据”里写明证据", i+1))
		}
	}
	for i, x := range sh.Findings {
		add(x.Spot && (!shown(UseBefore(i+1)) || !shown(UseAfter(i+1))), inspection.FieldOutcome(i+1),
			fmt.Sprintf("第 %d 个问题当场改正，请拍下改正前和改正后的照片", i+1))
		add(x.Spot && shown(UseBefore(i+1)) && shown(UseAfter(i+1)) && !mended(photos, i+1), inspection.FieldOutcome(i+1),
			fmt.Sprintf("第 %d 个问题改正前和改正后是同一张照片，请另拍改正后的", i+1))
	}
	add(strings.TrimSpace(sh.Refused) != "" && strings.TrimSpace(sh.Witness) == "", FieldWitness, "拒绝签字的，请写明见证人")
	add(sh.Rest > 0 && sh.Opened <= 0, FieldSign, "用“其余全部符合”以前，请先打开检查要点看一遍")
	return ps, nil
}

// apart is how long after the first attempt to reach a firm the second begins:
// who waits at a locked door has tried once.
const apart = 30 * time.Minute

// mended reports whether the pictures of a problem before and after are not
// the same.
func mended(photos []Photo, i int) bool {
	for _, x := range photos {
		for _, y := range photos {
			if x.Use == UseBefore(i) && y.Use == UseAfter(i) && !x.same(y) {
				return true
			}
		}
	}
	return false
}

// twice reports whether two different photographs prove two attempts at
// different times.
func twice(photos []Photo) bool {
	for _, x := range photos {
		for _, y := range photos {
			if x.Use == UseAttempt(1) && y.Use == UseAttempt(2) && !x.same(y) && x.TakenAt().Sub(y.TakenAt()).Abs() >= apart {
				return true
			}
		}
	}
	return false
}

// signed holds the signatures to the text that was entered: two inspectors of
// the team, and the firm unless it refuses.
func (sh Sheet) signed(text string, team []inspection.Officer) error {
	if sh.Text != text {
		return errs.At(FieldSign, "签字以后内容有改动，签字已经作废。请宣读改动后的内容，重新签字")
	}
	var ps []errs.Problem
	add := func(bad bool, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: FieldSign, Sentence: sentence})
		}
	}
	by := map[string]Signature{}
	for _, x := range sh.Signatures {
		_, twice := by[x.Role]
		add(twice, "同一栏签了两次字")
		by[x.Role] = x
		add(len(x.Strokes) < 10, "有的签名是空白的")
		of := slices.ContainsFunc(team, func(o inspection.Officer) bool { return o.ID == x.Officer && o.Name == x.Name })
		add(x.Role != ByFirm && !of, "签字的“"+x.Name+"”不在本次检查组里")
	}
	one, two := by[Inspector1], by[Inspector2]
	add(one.Officer == "" || two.Officer == "", "请两名检查人员都签字")
	add(one.Officer != "" && one.Officer == two.Officer, "两名检查人员的签字不能是同一个人的")
	_, firm := by[ByFirm]
	add(!firm && sh.Refused == "" && sh.Person != "", "请被检查单位签字；拒绝签字的，写明情况和见证人")
	return errs.All(ps)
}
