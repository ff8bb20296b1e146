package page

import (
	"fmt"
	"html/template"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Field is one input with all that belongs to it, as the part "field" shows it.
type Field struct {
	Name, ID, Label, Value string
	Kind                   string // an <input>'s type; or area, select, radio, check
	Hint, Error            string
	Suffix                 string // unit behind the input: %, 家, 人
	Width                  string // s, m, l; empty is the form's width
	Max                    string // greatest number of characters
	Accept, Auto, Mode     string // as in HTML: accept, autocomplete, inputmode
	None                   string // the choice of nothing, in a select
	Rows                   int    // of an area
	Required               bool
	Options                []Option
}

// An Option is one of the values of a choice.
type Option struct {
	Value, Label, Hint string
	Chosen             bool
}

// Options makes the options of a choice from a list.
func Options[T any](list []T, option func(T) (value, label string)) []Option {
	var out []Option
	for _, item := range list {
		v, l := option(item)
		out = append(out, Option{Value: v, Label: l})
	}
	return out
}

// Choices are a select's options, written here: a list may offer hundreds, and a
// template takes microseconds for each.
func (f Field) Choices() template.HTML {
	var b strings.Builder
	for _, o := range f.Options {
		b.WriteString(`<option value="` + template.HTMLEscapeString(o.Value) + `"`)
		if o.Chosen {
			b.WriteString(" selected")
		}
		b.WriteString(">" + template.HTMLEscapeString(o.Label) + "</option>")
	}
	return template.HTML(b.String())
}

// Choice reports whether the field is a group of several inputs.
func (f Field) Choice() bool { return f.Kind == "radio" || f.Kind == "check" }

// Box is the HTML type of the inputs of a group.
func (f Field) Box() string {
	if f.Kind == "check" {
		return "checkbox"
	}
	return f.Kind
}

// Described lists the ids of hint and error, for aria-describedby.
func (f Field) Described() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.ID+"-error")
	}
	return strings.Join(ids, " ")
}

// FieldID is the id of the input called name: where the error summary leads.
func FieldID(name string) string { return "f-" + name }

// input describes one input: its name, label, value, and settings like
// "required", "type=date", "hint=…" (see set).
func input(p Page, name, label string, given any, settings ...string) (Field, error) {
	f := Field{
		Name: name, ID: FieldID(name), Label: label,
		Value: value(p, name, given), Kind: "text", Error: p.base().Failed(name),
	}
	return f, f.apply(settings)
}

// choose describes a choice among options. given is a value, or a slice of
// values if several may be chosen ("check").
func choose(p Page, name, label string, given any, options []Option, settings ...string) (Field, error) {
	f, err := input(p, name, label, "", append([]string{"select"}, settings...)...)
	if err != nil {
		return f, err
	}
	chosen, sent := p.base().Typed[name]
	if p.base().Typed == nil || f.Kind == "select" && !sent { // boxes that are not ticked are not sent
		chosen = plains(given)
	}
	for _, o := range options {
		o.Chosen = slices.Contains(chosen, o.Value)
		f.Options = append(f.Options, o)
	}
	if f.None == "" && f.Kind == "select" && !slices.ContainsFunc(f.Options, isChosen) {
		f.None = "请选择"
	}
	return f, nil
}

func isChosen(o Option) bool { return o.Chosen }

func plains(given any) []string {
	rv := reflect.ValueOf(given)
	if rv.IsValid() && rv.Kind() == reflect.Slice {
		var out []string
		for i := range rv.Len() {
			out = append(out, plain(rv.Index(i).Interface()))
		}
		return out
	}
	return []string{plain(given)}
}

// apply reads settings: a word alone, or name=text.
func (f *Field) apply(settings []string) error {
	texts := map[string]*string{
		"type": &f.Kind, "hint": &f.Hint, "suffix": &f.Suffix, "width": &f.Width, "max": &f.Max,
		"accept": &f.Accept, "auto": &f.Auto, "mode": &f.Mode, "none": &f.None,
	}
	for _, s := range settings {
		name, text, _ := strings.Cut(s, "=")
		switch name {
		case "required":
			f.Required = true
		case "select", "radio", "check":
			f.Kind = name
		case "rows":
			n, err := strconv.Atoi(text)
			if err != nil {
				return fmt.Errorf("field %s: rows: %w", f.Name, err)
			}
			f.Kind, f.Rows = "area", n
		default:
			to, ok := texts[name]
			if !ok {
				return fmt.Errorf("field %s: no setting %q", f.Name, name)
			}
			*to = text
		}
	}
	return nil
}
