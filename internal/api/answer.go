package api

import (
	"path"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"suiji/calendar"
)

// named gives a schema its name: that of the type, with the room in front if it
// is another's.
func named(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := huma.DefaultSchemaNamer(t, hint)
	if from := path.Base(t.PkgPath()); t.Name() != "" && from != "api" && from != "shape" {
		return string(from[0]-32) + from[1:] + name
	}
	return name
}

// instant is an instant by RFC 3339; empty for none.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return calendar.Clock(t).Format(time.RFC3339)
}

// some is a list that JSON writes as a list also when it is empty.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Page is one page of a list.
type Page[T any] struct {
	Items      []T    `json:"items" doc:"这一页的内容"`
	NextCursor string `json:"next_cursor,omitempty" doc:"下一页的 cursor；没有这一项就是最后一页"`
	Total      *int   `json:"total,omitempty" doc:"全部条数（条）；只在 count=exact 时有"`
}

// listed answers with a page and its address of the next one (RFC 8288).
type listed[T any] struct {
	Link string `header:"Link" doc:"有下一页时，rel=next 的地址"`
	Body Page[T]
}

// body answers with one thing.
type body[T any] struct{ Body T }
