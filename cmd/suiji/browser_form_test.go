package main

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"suiji/internal/page/pagetest"
)

// form is a form of a page with what is filled in.
type form struct {
	action, method, enctype string
	controls                []*control
}

// control is an input, one box of a choice, a select, an area of text, or the
// button that was pressed.
type control struct {
	name, value string
	kind        string   // an <input>'s type, area, select or button
	label       string   // of a box: of this one
	group       string   // of a box: of all with its name
	options     []option // of a select
	on          bool     // of a box
}

type option struct{ value, label string }

func (c *control) box() bool { return c.kind == "checkbox" || c.kind == "radio" }

// sent reports whether a browser sends the control.
func (c *control) sent() bool { return c.name != "" && (!c.box() || c.on) }

// readForm reads the form that holds a button.
func readForm(doc, button *html.Node) (*form, error) {
	node := up(button, "form")
	if node == nil {
		return nil, fmt.Errorf("the button %q stands in no form", visible(button))
	}
	f := &form{action: attr(node, "action"), method: strings.ToLower(attr(node, "method")), enctype: attr(node, "enctype")}
	if has(button, "formaction") {
		f.action = attr(button, "formaction")
	}
	labels := map[string]string{}
	for _, l := range pagetest.Select(doc, "label[for]") {
		labels[attr(l, "for")] = labelText(l)
	}
	for _, n := range pagetest.Select(node, "input, select, textarea") {
		if !has(n, "disabled") {
			f.controls = append(f.controls, readControl(n, labels))
		}
	}
	if attr(button, "name") != "" {
		f.controls = append(f.controls, &control{name: attr(button, "name"), value: attr(button, "value"), kind: "button"})
	}
	return f, nil
}

func up(n *html.Node, tag string) *html.Node {
	for n = n.Parent; n != nil; n = n.Parent {
		if n.Data == tag {
			return n
		}
	}
	return nil
}

// labelText is a label without what is said beside it.
func labelText(l *html.Node) string {
	return strings.TrimSpace(strings.TrimSuffix(visible(l), "（选填）"))
}

func readControl(n *html.Node, labels map[string]string) *control {
	c := &control{name: attr(n, "name"), value: attr(n, "value"), kind: attr(n, "type"), label: labels[attr(n, "id")], on: has(n, "checked")}
	switch {
	case n.Data == "textarea":
		c.kind, c.value = "area", strings.TrimPrefix(rawText(n), "\n")
	case n.Data == "select":
		c.kind = "select"
		c.readOptions(n)
	case c.box():
		if c.value == "" && !has(n, "value") {
			c.value = "on"
		}
		if l := up(n, "label"); l != nil {
			c.label = boxText(l)
		}
		if set := up(n, "fieldset"); set != nil {
			for _, legend := range pagetest.Select(set, "legend") {
				c.group = labelText(legend)
				break
			}
		}
	case c.kind == "file":
		c.value = ""
	}
	return c
}

// boxText is what stands beside a box, without its hint.
func boxText(l *html.Node) string {
	for _, small := range pagetest.Select(l, "small") {
		return strings.TrimSpace(strings.TrimSuffix(visible(l), visible(small)))
	}
	return visible(l)
}

func rawText(n *html.Node) string {
	var s strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			s.WriteString(d.Data)
		}
	}
	return s.String()
}

// readOptions takes the chosen option, or the first, as a browser does.
func (c *control) readOptions(n *html.Node) {
	chosen := -1
	for i, o := range pagetest.Select(n, "option") {
		x := option{attr(o, "value"), visible(o)}
		if !has(o, "value") {
			x.value = x.label
		}
		c.options = append(c.options, x)
		if has(o, "selected") {
			chosen = i
		}
	}
	c.value = ""
	if chosen = max(chosen, 0); chosen < len(c.options) {
		c.value = c.options[chosen].value
	}
}

// fill fills fields in: name=value. Several values of a group of boxes are
// several fields; they replace those that were checked. answer-*=value fills
// in every field whose name begins so.
func (f *form) fill(fields []string, files func(string) string) error {
	cleared := map[string]bool{}
	for _, x := range fields {
		name, value, ok := strings.Cut(x, "=")
		if !ok {
			return fmt.Errorf("%q is not name=value", x)
		}
		if prefix, ok := strings.CutSuffix(name, "*"); ok {
			if err := f.fillAll(prefix, value, files); err != nil {
				return err
			}
			continue
		}
		found := f.named(name)
		if len(found) == 0 {
			return fmt.Errorf("the form has no field %q, only %s", name, f.names())
		}
		if len(found) > 1 && !found[0].box() {
			return fmt.Errorf("the form has %d fields %q", len(found), name)
		}
		if found[0].box() && !cleared[name] {
			cleared[name] = true
			for _, c := range found {
				c.on = false
			}
		}
		if err := set(found, value, files); err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
	}
	return nil
}

func (f *form) fillAll(prefix, value string, files func(string) string) error {
	var names []string
	for _, c := range f.controls {
		if strings.HasPrefix(c.name, prefix) && !slices.Contains(names, c.name) {
			names = append(names, c.name)
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("the form has no field %s*, only %s", prefix, f.names())
	}
	for _, name := range names {
		if err := f.fill([]string{name + "=" + value}, files); err != nil {
			return err
		}
	}
	return nil
}

// named finds the controls with a name, or else with a label.
func (f *form) named(name string) []*control {
	for _, is := range []func(c *control) bool{
		func(c *control) bool { return c.name == name },
		func(c *control) bool { return c.box() && c.group == name || !c.box() && c.label == name },
		func(c *control) bool { return c.box() && c.label == name },
	} {
		var found []*control
		for _, c := range f.controls {
			if is(c) && c.kind != "button" {
				found = append(found, c)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

func (f *form) names() string {
	var names []string
	for _, c := range f.controls {
		names = append(names, c.name+"/"+c.label+c.group)
	}
	return strings.Join(slices.Compact(names), ", ")
}

func set(found []*control, value string, files func(string) string) error {
	c := found[0]
	path, isFile := strings.CutPrefix(value, "@")
	switch {
	case c.box():
		for _, c := range found {
			if c.value == value || like(value, c.label) || value == "*" {
				c.on = true
				if value != "*" {
					return nil
				}
			}
		}
		if value == "" || value == "*" {
			return nil // none, or all
		}
		return fmt.Errorf("no choice %q", value)
	case c.kind == "select":
		for _, o := range c.options {
			if o.value == value || like(value, o.label) {
				c.value = o.value
				return nil
			}
		}
		return fmt.Errorf("no choice %q", value)
	case c.kind == "file":
		if !isFile {
			return fmt.Errorf("a file is given as @path")
		}
		c.value = files(path)
		_, err := os.Stat(c.value)
		return err
	case isFile:
		text, err := os.ReadFile(files(path))
		c.value = strings.TrimSuffix(string(text), "\n")
		return err
	}
	c.value = value
	return nil
}

// values is what a browser sends, line ends as it sends them.
func (f *form) values() url.Values {
	v := url.Values{}
	for _, c := range f.controls {
		if c.sent() {
			v.Add(c.name, c.value)
		}
	}
	return v
}
