package schedule

import (
	"cmp"
	"math"
	"regexp"
	"slices"
)

// Point is a place on the earth, in degrees (WGS 84).
type Point struct{ Lat, Lon float64 }

// Far is the distance of two points in kilometres.
func Far(a, b Point) float64 {
	const r, rad = 6371, math.Pi / 180
	x := math.Sin((b.Lat - a.Lat) * rad / 2)
	y := math.Sin((b.Lon - a.Lon) * rad / 2)
	return 2 * r * math.Asin(math.Min(1, math.Sqrt(x*x+math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*y*y)))
}

var (
	town    = regexp.MustCompile(`[\p{Han}]{1,6}?(?:镇|乡|街道|开发区|园区)`)
	village = regexp.MustCompile(`[\p{Han}]{1,8}?(?:村|社区|路|街)`)
	above   = regexp.MustCompile(`^.*?(?:省|市|县|区)`)
)

// Locality is the town and the village or street that an address names; what
// it does not name is empty.
func Locality(address string) (townName, villageName string) {
	rest := address
	for m := above.FindString(rest); m != "" && town.MatchString(rest[len(m):]); m = above.FindString(rest) {
		rest = rest[len(m):]
	}
	if at := town.FindStringIndex(rest); at != nil {
		townName, rest = rest[at[0]:at[1]], rest[at[1]:]
	}
	return townName, village.FindString(rest)
}

// route puts firms into the order of a way: the nearest next, as far as it is
// known where they are, beginning in the north; the others stand with their
// town, by village and address.
func route(list []Visit) []Visit {
	var known, rest []Visit
	for _, v := range list {
		if v.Point != nil {
			known = append(known, v)
		} else {
			rest = append(rest, v)
		}
	}
	slices.SortStableFunc(known, func(a, b Visit) int {
		return cmp.Or(cmp.Compare(b.Point.Lat, a.Point.Lat), cmp.Compare(a.Point.Lon, b.Point.Lon), cmp.Compare(a.TargetID, b.TargetID))
	})
	for i := 1; i < len(known); i++ {
		next := i
		for j := i + 1; j < len(known); j++ {
			if Far(*known[i-1].Point, *known[j].Point) < Far(*known[i-1].Point, *known[next].Point) {
				next = j
			}
		}
		v := known[next]
		known = slices.Insert(slices.Delete(known, next, next+1), i, v)
	}
	slices.SortStableFunc(rest, func(a, b Visit) int {
		ta, va := Locality(a.Address)
		tb, vb := Locality(b.Address)
		return cmp.Or(cmp.Compare(a.Area, b.Area), cmp.Compare(ta, tb), cmp.Compare(va, vb), cmp.Compare(a.Address, b.Address), cmp.Compare(a.TargetID, b.TargetID))
	})
	for _, v := range rest {
		t, _ := Locality(v.Address)
		at := len(known)
		for i, k := range known {
			if kt, _ := Locality(k.Address); kt == t && k.Area == v.Area {
				at = i + 1
			}
		}
		known = slices.Insert(known, at, v)
	}
	return known
}
