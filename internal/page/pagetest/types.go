package pagetest

import (
	"reflect"
	"text/template/parse"
)

// command returns the type of one command of a pipeline; final is what the
// command before it hands on, nil for the first.
func (c *checker) command(dot typ, cmd *parse.CommandNode, final *typ) typ {
	args := arguments{c, dot, cmd.Args[1:], final}
	switch n := cmd.Args[0].(type) {
	case *parse.FieldNode:
		return c.fields(n, dot, n.Ident, args)
	case *parse.ChainNode:
		return c.fields(n, c.operand(dot, n.Node), n.Field, args)
	case *parse.VariableNode:
		return c.fields(n, c.variable(n), n.Ident[1:], args)
	case *parse.IdentifierNode:
		return c.function(n, n.Ident, args)
	default:
		if args.count() > 0 {
			c.errorf(n, "%s takes no arguments", n)
		}
		return c.operand(dot, n)
	}
}

// operand returns the type of an argument.
func (c *checker) operand(dot typ, node parse.Node) typ {
	none := arguments{c, dot, nil, nil}
	switch n := node.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return c.fields(n, dot, n.Ident, none)
	case *parse.VariableNode:
		return c.fields(n, c.variable(n), n.Ident[1:], none)
	case *parse.ChainNode:
		return c.fields(n, c.operand(dot, n.Node), n.Field, none)
	case *parse.PipeNode:
		return c.pipe(dot, n)
	case *parse.IdentifierNode:
		return c.function(n, n.Ident, none)
	case *parse.StringNode:
		return aString
	case *parse.BoolNode:
		return aBool
	case *parse.NumberNode:
		if n.IsInt {
			return anInt
		}
		return aFloat
	}
	return unknown
}

// fields follows a chain of names; only the last may take arguments.
func (c *checker) fields(n parse.Node, t typ, names []string, args arguments) typ {
	if len(names) == 0 && args.count() > 0 {
		c.errorf(n, "%s takes no arguments", n)
	}
	for i, name := range names {
		mine := arguments{c, args.dot, nil, nil}
		if i == len(names)-1 {
			mine = args
		}
		next, ok := c.field(n, t, name, mine)
		if !ok {
			return unknown
		}
		t = next
	}
	return t
}

// field returns the type of a method, field or entry called name.
func (c *checker) field(n parse.Node, t typ, name string, args arguments) (typ, bool) {
	if t.Type == nil {
		c.errorf(n, "cannot tell whether %s has .%s", t, name)
		return unknown, false
	}
	if m, ok := method(t, name); ok {
		return c.call(n, name, m, args), true
	}
	if t.is(reflect.Pointer) {
		t = typ{t.Elem(), true}
	}
	if args.count() > 0 {
		c.errorf(n, "%s has no method %s", t, name)
		return unknown, false
	}
	if t.is(reflect.Struct) {
		if f, ok := t.FieldByName(name); ok && f.IsExported() {
			return typ{f.Type, t.addr}, true
		}
	}
	if t.is(reflect.Map) && t.Key().Kind() == reflect.String {
		return typ{t.Elem(), false}, true
	}
	c.errorf(n, "%s has no field or method %s", t, name)
	return unknown, false
}

// method returns the type of a method's value, without its receiver.
func method(t typ, name string) (reflect.Type, bool) {
	in := t.Type
	if t.addr && in.Kind() != reflect.Interface && in.Kind() != reflect.Pointer {
		in = reflect.PointerTo(in)
	}
	m, ok := in.MethodByName(name)
	if !ok {
		return nil, false
	}
	if in.Kind() == reflect.Interface {
		return m.Type, true
	}
	return reflect.Zero(in).Method(m.Index).Type(), true
}

// arguments are what a function gets: its words, then what is handed on.
type arguments struct {
	c     *checker
	dot   typ
	nodes []parse.Node
	final *typ
}

func (a arguments) count() int {
	if a.final != nil {
		return len(a.nodes) + 1
	}
	return len(a.nodes)
}

// types returns the type of each argument.
func (a arguments) types() []typ {
	var out []typ
	for _, n := range a.nodes {
		out = append(out, a.c.operand(a.dot, n))
	}
	if a.final != nil {
		out = append(out, *a.final)
	}
	return out
}

// constant reports whether argument i is a literal, which takes on the type
// that is wanted.
func (a arguments) constant(i int) bool {
	if i >= len(a.nodes) {
		return false
	}
	switch a.nodes[i].(type) {
	case *parse.StringNode, *parse.NumberNode, *parse.BoolNode, *parse.NilNode:
		return true
	}
	return false
}

// call checks a call and returns the type of its result.
func (c *checker) call(n parse.Node, name string, f reflect.Type, args arguments) typ {
	got := args.types()
	least := f.NumIn()
	if f.IsVariadic() {
		least--
	}
	if len(got) < least || len(got) > least && !f.IsVariadic() {
		c.errorf(n, "%s has %d arguments, wants %d", name, len(got), least)
		return unknown
	}
	for i, t := range got {
		want := f.In(min(i, f.NumIn()-1))
		if f.IsVariadic() && i >= least {
			want = want.Elem()
		}
		if !fits(t, want, args.constant(i)) {
			c.errorf(n, "%s: argument %d is %s, want %s", name, i+1, t, want)
		}
	}
	if f.NumOut() == 0 {
		c.errorf(n, "%s returns nothing", name)
		return unknown
	}
	if out := f.Out(0); out.Kind() != reflect.Interface || out.NumMethod() > 0 {
		return typ{out, false}
	}
	return unknown
}

// fits reports whether a value of type t can be passed as want.
func fits(t typ, want reflect.Type, constant bool) bool {
	if t.open() || t.AssignableTo(want) {
		return true
	}
	if constant {
		return basic(t) == basic(typ{want, false}) || basic(t) == 'i' && basic(typ{want, false}) == 'f'
	}
	if t.is(reflect.Pointer) && t.Elem().AssignableTo(want) {
		return true
	}
	return t.addr && reflect.PointerTo(t.Type).AssignableTo(want)
}

// basic sorts the kinds that can be compared with each other; 0 for others.
func basic(t typ) byte {
	switch {
	case t.Type == nil:
		return 0
	case t.Kind() == reflect.String:
		return 's'
	case t.Kind() == reflect.Bool:
		return 'b'
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uintptr:
		return 'i'
	case t.is(reflect.Float32, reflect.Float64):
		return 'f'
	}
	return 0
}

// function returns the type of a call of a function: ours, or one of the
// template language.
func (c *checker) function(n parse.Node, name string, args arguments) typ {
	if f, ok := c.funcs[name]; ok {
		return c.call(n, name, f, args)
	}
	got := args.types()
	switch name {
	case "and", "or":
		return same(got)
	case "not":
		return aBool
	case "eq", "ne", "lt", "le", "gt", "ge":
		c.comparable(n, got)
		return aBool
	case "len":
		if len(got) == 1 && !got[0].open() && !got[0].is(reflect.String, reflect.Slice, reflect.Array, reflect.Map, reflect.Chan) {
			c.errorf(n, "len of %s", got[0])
		}
		return anInt
	case "index":
		return c.index(n, got)
	case "slice":
		return got[0]
	case "print", "printf", "println", "html", "js", "urlquery":
		return aString
	}
	c.errorf(n, "no function %s", name)
	return unknown
}

// same returns the type that all have, if there is one.
func same(types []typ) typ {
	for _, t := range types {
		if t.Type != types[0].Type {
			return unknown
		}
	}
	return types[0]
}

func (c *checker) comparable(n parse.Node, types []typ) {
	if len(types) < 2 {
		c.errorf(n, "nothing to compare with")
		return
	}
	for _, t := range types[1:] {
		if !t.open() && !types[0].open() && basic(t) != basic(types[0]) {
			c.errorf(n, "%s is compared with %s", types[0], t)
		}
	}
}

func (c *checker) index(n parse.Node, types []typ) typ {
	t := types[0]
	for _, key := range types[1:] {
		switch {
		case t.is(reflect.Map) && fits(key, t.Key(), false):
			t = typ{t.Elem(), false}
		case t.is(reflect.Slice, reflect.Array) && basic(key) == 'i':
			t = typ{t.Elem(), true}
		default:
			c.errorf(n, "%s has no index of %s", t, key)
			return unknown
		}
	}
	return t
}
