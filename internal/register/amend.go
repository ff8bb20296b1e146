package register

import (
	"context"
	"fmt"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/wording"
)

// Amendment is what a person changes in one record by hand.
type Amendment struct {
	Base      int64             // the version of the record that was on the screen
	Values    map[string]string // by the names of facets; those that are missing stay
	Effective string            // YYYY-MM-DD, not after today; empty: today
	Source    string            // where it is known from: never empty
}

// Amend changes one record. Errors: Invalid at an input; NotFound; Conflict if
// the record was changed since it was on the screen, or is withdrawn: nothing
// is overwritten.
func (s *Service) Amend(ctx context.Context, a access.Actor, list List, id string, m Amendment) error {
	var err error
	switch list {
	case Officers:
		err = amend(ctx, s, OfficerBook, a, id, m)
	case Items:
		err = amend(ctx, s, ItemBook, a, id, m)
	default:
		err = amend(ctx, s, TargetBook, a, id, m)
	}
	if err != nil {
		return fmt.Errorf("amend %s/%s: %w", list, id, err)
	}
	return nil
}

func amend[T Record[T]](ctx context.Context, s *Service, b Book[T], a access.Actor, id string, m Amendment) error {
	source, _ := wording.Clean(m.Source, false)
	if source == "" {
		return errs.At("because", "请填写依据，如 企业来函、登记机关通报的文号")
	}
	from, err := s.Effective(m.Effective)
	if err != nil {
		return err
	}
	return s.door.Do(ctx, a, access.RegisterEdit, string(b.List)+"/"+id, func(tx *store.DB) error {
		version, err := s.Turn(ctx, tx, a.Authority, b.List)
		if err != nil {
			return err
		}
		before, err := b.amendable(ctx, s, tx, a.Authority, id, m.Base, from)
		if err != nil {
			return err
		}
		after, err := b.amended(before, m.Values)
		if err != nil {
			return err
		}
		saver, err := b.Save(ctx, tx, a.Authority, Moment{version, from})
		if err != nil {
			return err
		}
		if err := saver.Add(after, &before); err != nil {
			return err
		}
		if err := saver.Close(); err != nil {
			return err
		}
		return s.Conclude(ctx, tx, a, Version{List: b.List, Number: version, Changed: 1, Effective: from, Source: source})
	})
}

// Effective reads the day from which a change holds; nothing typed is today.
// Errors: Invalid at "effective" for no day, and for one that is to come.
func (s *Service) Effective(typed string) (calendar.Date, error) {
	if typed = strings.TrimSpace(typed); typed == "" {
		return s.today(), nil
	}
	d, err := calendar.Parse(typed)
	if err != nil {
		return d, errs.At("effective", "生效日期应是存在的日期，如 2022-06-01")
	}
	if d.After(s.today()) {
		return d, errs.At("effective", "生效日期不能晚于今天。到那一天再修改")
	}
	return d, nil
}

// amendable returns the record if it still is what was on the screen.
func (b Book[T]) amendable(ctx context.Context, s *Service, tx *store.DB, authority, id string, base int64, from calendar.Date) (T, error) {
	rec, err := one(ctx, b.load, tx, authority, id, "名录里没有这条记录")
	if err != nil {
		return rec, err
	}
	version, since := rec.state()
	switch {
	case version != base:
		return rec, s.changedBy(ctx, tx, authority, b.List, version)
	case !rec.InForce():
		return rec, errs.E(errs.Conflict, "这条记录已移出名录，没有改动。需要时请重新导入")
	case from.Before(since):
		return rec, errs.At("effective", fmt.Sprintf("这条记录现在的内容自 %s 起生效，生效日期不能早于这一天", since))
	}
	return rec, nil
}

// changedBy says who was first.
func (s *Service) changedBy(ctx context.Context, tx *store.DB, authority string, list List, version int64) error {
	v, err := store.One(ctx, tx, scanVersion, `
		SELECT `+versionCols+`
		FROM register_version
		WHERE authority_id = $1 AND list = $2 AND version = $3`, authority, string(list), version)
	if err != nil {
		return err
	}
	return errs.E(errs.Conflict, fmt.Sprintf("%s%s改过这条记录，您的修改没有保存。下面把两边并排列出，核对后再保存", v.By, ago(s.now().Sub(v.At))))
}

// ago says how long ago something was.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "刚刚"
	case d < time.Hour:
		return fmt.Sprintf(" %d 分钟前", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf(" %d 小时前", int(d.Hours()))
	}
	return fmt.Sprintf(" %d 天前", int(d.Hours()/24))
}

// amended returns the record as the values say it. All that is wrong is said
// at once.
func (b Book[T]) amended(before T, values map[string]string) (T, error) {
	after := before
	var wrong []errs.Problem
	for _, f := range b.facets {
		typed, ok := values[f.Name]
		if !ok {
			continue
		}
		if err := f.set(&after, typed); err != nil {
			wrong = append(wrong, errs.Problems(err)...)
		}
	}
	if len(wrong) > 0 {
		return after, errs.All(wrong)
	}
	if len(differences(b.facets, before, after)) == 0 {
		return after, errs.E(errs.Conflict, "没有改动任何一项，名录保持原样")
	}
	return after, nil
}
