// Package pagetest holds what tests of pages share: the type check of
// templates against their structs, checks of HTML by CSS selectors, tables of
// requests, and a bad line to send them over.
package pagetest

import (
	"fmt"
	"html/template"
	"reflect"
	"testing"
	"text/template/parse"

	"suiji/internal/page"
)

// Check tells where a template of set asks its struct for something that is
// not there. pages lists each template's struct, by the page's name; every
// template must have one and every struct a template.
func Check(t *testing.T, set *page.Set, pages map[string]page.Page) {
	t.Helper()
	names := map[string]bool{}
	for _, name := range set.Names() {
		names[name] = true
		p, ok := pages[name]
		switch {
		case ok:
			for _, problem := range Problems(set.Raw(name), p) {
				t.Errorf("page %s: %s", name, problem)
			}
			if hidden := hides(p); hidden != "" {
				t.Errorf("page %s: its field %s hides Base.%[2]s, which forms and layout read", name, hidden)
			}
		case name != "fault" && name != "prove": // page's own, checked there
			t.Errorf("page %s: its struct is not listed", name)
		}
	}
	for name := range pages {
		if !names[name] {
			t.Errorf("page %s: no template", name)
		}
	}
}

// hides returns the field of a page's struct that stands in the place of one
// that every page has, or of the method that makes each form's key.
func hides(p page.Page) string {
	own, base := reflect.TypeOf(p).Elem(), reflect.TypeFor[*page.Base]()
	for i := range own.NumField() {
		f := own.Field(i)
		if _, method := base.MethodByName(f.Name); f.IsExported() && !f.Anonymous && method {
			return f.Name
		}
		if _, field := base.Elem().FieldByName(f.Name); f.IsExported() && !f.Anonymous && field {
			return f.Name
		}
	}
	return ""
}

// Problems type-checks one template, executed with data.
func Problems(tmpl *template.Template, data any) []string {
	c := &checker{trees: map[string]*parse.Tree{}, funcs: map[string]reflect.Type{}, seen: map[string]bool{}}
	for _, t := range tmpl.Templates() {
		if t.Tree != nil {
			c.trees[t.Name()] = t.Tree
		}
	}
	for name, f := range page.Funcs() {
		c.funcs[name] = reflect.TypeOf(f)
	}
	c.template(tmpl.Name(), typ{reflect.TypeOf(data), true})
	return c.problems
}

// typ is the static type of a value. A nil Type is not known before the
// template runs. addr tells whether methods on the pointer can be called.
type typ struct {
	reflect.Type
	addr bool
}

var (
	unknown = typ{}
	aString = typ{reflect.TypeFor[string](), false}
	aBool   = typ{reflect.TypeFor[bool](), false}
	anInt   = typ{reflect.TypeFor[int](), false}
	aFloat  = typ{reflect.TypeFor[float64](), false}
)

func (t typ) String() string {
	if t.Type == nil {
		return "a type not known"
	}
	return t.Type.String()
}

// is reports whether t is known and of one of the kinds.
func (t typ) is(kinds ...reflect.Kind) bool {
	if t.Type == nil {
		return false
	}
	for _, k := range kinds {
		if t.Kind() == k {
			return true
		}
	}
	return false
}

// open reports whether t's real type shows only when the template runs.
func (t typ) open() bool { return t.Type == nil || t.Kind() == reflect.Interface }

type checker struct {
	trees    map[string]*parse.Tree
	funcs    map[string]reflect.Type
	seen     map[string]bool
	tree     *parse.Tree
	vars     []variable
	problems []string
}

type variable struct {
	name string
	typ  typ
}

func (c *checker) errorf(n parse.Node, format string, args ...any) {
	where, what := c.tree.ErrorContext(n)
	c.problems = append(c.problems, fmt.Sprintf("%s: %s: %s", where, what, fmt.Sprintf(format, args...)))
}

// template checks the template called name with dot; once for each type.
func (c *checker) template(name string, dot typ) {
	key := fmt.Sprint(name, dot, dot.addr)
	if c.seen[key] {
		return
	}
	c.seen[key] = true
	tree, vars := c.tree, c.vars
	c.tree, c.vars = c.trees[name], []variable{{"$", dot}}
	c.walk(dot, c.tree.Root)
	c.tree, c.vars = tree, vars
}

func (c *checker) walk(dot typ, node parse.Node) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, child := range n.Nodes {
				c.walk(dot, child)
			}
		}
	case *parse.ActionNode:
		c.printed(n, c.pipe(dot, n.Pipe))
	case *parse.IfNode:
		defer c.scope()()
		c.truth(n, c.pipe(dot, n.Pipe))
		c.branches(dot, dot, &n.BranchNode)
	case *parse.WithNode:
		defer c.scope()()
		within := c.pipe(dot, n.Pipe)
		c.truth(n, within)
		c.branches(within, dot, &n.BranchNode)
	case *parse.RangeNode:
		c.ranged(dot, n)
	case *parse.TemplateNode:
		arg := unknown
		if n.Pipe != nil {
			arg = c.pipe(dot, n.Pipe)
		}
		if c.trees[n.Name] == nil {
			c.errorf(n, "no template %q", n.Name)
			return
		}
		c.template(n.Name, arg)
	}
}

// scope returns the function that forgets the variables declared since.
func (c *checker) scope() func() {
	mark := len(c.vars)
	return func() { c.vars = c.vars[:mark] }
}

func (c *checker) branches(within, dot typ, n *parse.BranchNode) {
	end := c.scope()
	c.walk(within, n.List)
	end()
	if n.ElseList != nil {
		defer c.scope()()
		c.walk(dot, n.ElseList)
	}
}

// truth tells of a condition that cannot be false.
func (c *checker) truth(n parse.Node, t typ) {
	if t.is(reflect.Struct) {
		c.errorf(n, "a struct (%s) is always true", t)
	}
}

func (c *checker) printed(n parse.Node, t typ) {
	if t.is(reflect.Func, reflect.Chan) {
		c.errorf(n, "%s cannot be printed", t)
	}
}

func (c *checker) ranged(dot typ, n *parse.RangeNode) {
	defer c.scope()()
	key, elem := c.parts(n, c.commands(dot, n.Pipe))
	decl := n.Pipe.Decl
	if len(decl) == 2 {
		c.vars = append(c.vars, variable{decl[0].Ident[0], key})
		decl = decl[1:]
	}
	if len(decl) == 1 {
		c.vars = append(c.vars, variable{decl[0].Ident[0], elem})
	}
	c.branches(elem, dot, &n.BranchNode)
}

// parts returns the types of index and element of what is ranged over.
func (c *checker) parts(n parse.Node, t typ) (key, elem typ) {
	if t.is(reflect.Pointer) && t.Elem().Kind() == reflect.Array {
		t = typ{t.Elem(), true}
	}
	switch {
	case t.is(reflect.Slice):
		return anInt, typ{t.Elem(), true}
	case t.is(reflect.Array):
		return anInt, typ{t.Elem(), t.addr}
	case t.is(reflect.Map):
		return typ{t.Key(), false}, typ{t.Elem(), false}
	case t.is(reflect.Chan):
		return anInt, typ{t.Elem(), false}
	case t.is(reflect.Int):
		return anInt, anInt
	case t.is(reflect.Func) && t.CanSeq():
		return unknown, typ{t.In(0).In(0), false}
	case t.is(reflect.Func) && t.CanSeq2():
		return typ{t.In(0).In(0), false}, typ{t.In(0).In(1), false}
	}
	c.errorf(n, "range over %s", t)
	return unknown, unknown
}

// pipe returns the type of a pipeline and declares or checks its variables.
func (c *checker) pipe(dot typ, p *parse.PipeNode) typ {
	t := c.commands(dot, p)
	for _, v := range p.Decl {
		if !p.IsAssign {
			c.vars = append(c.vars, variable{v.Ident[0], t})
			continue
		}
		if old := c.variable(v); old.Type != nil && t.Type != old.Type {
			c.errorf(p, "%s is a %s and becomes a %s", v.Ident[0], old, t)
		}
	}
	return t
}

func (c *checker) commands(dot typ, p *parse.PipeNode) typ {
	var final *typ
	t := unknown
	for _, cmd := range p.Cmds {
		t = c.command(dot, cmd, final)
		last := t
		final = &last
	}
	return t
}

func (c *checker) variable(n *parse.VariableNode) typ {
	for i := len(c.vars) - 1; i >= 0; i-- {
		if c.vars[i].name == n.Ident[0] {
			return c.vars[i].typ
		}
	}
	return unknown
}
