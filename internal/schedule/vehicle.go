package schedule

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/wording"
)

// Vehicle is one that inspections go out with.
type Vehicle struct {
	Plate  string
	Seats  int // the driver's among them
	Note   string
	Active bool
}

// plates are province, letter and five or six letters or digits (GA 36-2018);
// I and O are not among them.
var plate = regexp.MustCompile(`^\p{Han}[A-HJ-NP-Z][A-HJ-NP-Z0-9]{5,6}$|^\p{Han}[A-HJ-NP-Z][A-HJ-NP-Z0-9]{4}\p{Han}$`)

// Vehicles returns the vehicles of an office, by plate.
func (s *Service) Vehicles(ctx context.Context, authority string) ([]Vehicle, error) {
	return vehicles(ctx, s.DB, authority)
}

func vehicles(ctx context.Context, db *store.DB, authority string) ([]Vehicle, error) {
	return store.All(ctx, db, func(row store.Scanner) (v Vehicle, err error) {
		return v, row.Scan(&v.Plate, &v.Seats, &v.Note, &v.Active)
	}, `
		SELECT plate, seats, note, active
		FROM schedule_vehicle
		WHERE authority_id = $1
		ORDER BY plate`, authority)
}

// SetVehicle enters a vehicle, or changes the one with this plate. One that is
// put out of use keeps the days it has; new days go to others. Errors: Invalid
// at an input.
func (s *Service) SetVehicle(ctx context.Context, a access.Actor, v Vehicle) error {
	v.Plate = strings.ToUpper(strings.NewReplacer(" ", "", "·", "", "-", "").Replace(v.Plate))
	v.Note, _ = wording.Clean(v.Note, false)
	var ps []errs.Problem
	add := func(bad bool, field, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: field, Sentence: sentence})
		}
	}
	add(!plate.MatchString(v.Plate), "plate", "车牌应写成 冀A12345 的样子")
	add(v.Seats < 2 || v.Seats > 60, "seats", "座位（含驾驶员）应为 2 到 60")
	add(len([]rune(v.Note)) > 50, "note", "说明最多 50 字")
	if err := errs.All(ps); err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.ScheduleEdit, "vehicles/"+v.Plate, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO schedule_vehicle (authority_id, plate, seats, note, active)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (authority_id, plate) DO UPDATE
			SET seats = excluded.seats, note = excluded.note, active = excluded.active`, a.Authority, v.Plate, v.Seats, v.Note, v.Active)
		return err
	})
}

// SetPlaces enters where firms are, one a line: credit code, latitude,
// longitude. Errors: Invalid with the line concerned; then nothing is entered.
func (s *Service) SetPlaces(ctx context.Context, a access.Actor, text string) (n int, err error) {
	type place struct {
		target string
		Point
	}
	var all []place
	var ps []errs.Problem
	for i, line := range strings.Split(text, "\n") {
		words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" ,，\t\r", r) })
		if len(words) == 0 {
			continue
		}
		bad := func(sentence string) {
			ps = append(ps, errs.Problem{Field: "places", Sentence: fmt.Sprintf("第 %d 行：%s", i+1, sentence)})
		}
		if len(words) != 3 {
			bad("应有代码、纬度、经度三项")
			continue
		}
		lat, err1 := strconv.ParseFloat(words[1], 64)
		lon, err2 := strconv.ParseFloat(words[2], 64)
		if err1 != nil || err2 != nil || math.Abs(lat) > 90 || math.Abs(lon) > 180 || math.IsNaN(lat) || math.IsNaN(lon) {
			bad("纬度、经度应是度数，如 37.763 114.525")
			continue
		}
		t, err := s.Register.TargetWith(ctx, a.Authority, words[0])
		if errs.KindOf(err) == errs.NotFound {
			bad("名录里没有“" + words[0] + "”")
			continue
		}
		if err != nil {
			return 0, err
		}
		all = append(all, place{t.ID, Point{lat, lon}})
	}
	if len(all) == 0 && len(ps) == 0 {
		return 0, errs.At("places", "没有填写坐标")
	}
	if err := errs.All(ps); err != nil {
		return 0, err
	}
	return len(all), s.Door.Do(ctx, a, access.ScheduleEdit, "places", func(tx *store.DB) error {
		for _, p := range all {
			if err := s.PlaceTx(ctx, tx, a.Authority, p.target, p.Point, "手工录入"); err != nil {
				return err
			}
		}
		return nil
	})
}

// PlaceTx remembers where a firm is, in the transaction of whoever learned it.
func (s *Service) PlaceTx(ctx context.Context, tx *store.DB, authority, target string, at Point, source string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO schedule_place (authority_id, target_id, lat, lon, source, at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (authority_id, target_id) DO UPDATE
		SET lat = excluded.lat, lon = excluded.lon, source = excluded.source, at = excluded.at`, authority, target, at.Lat, at.Lon, source, s.Now().UnixMilli())
	return err
}
