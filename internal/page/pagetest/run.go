package pagetest

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// Case is one request and what is wanted of its answer. Method is GET or, with
// a Form, POST; Status is 200 or, with a Location, 303; As is who asks.
type Case struct {
	Name     string
	As       string
	Method   string
	Path     string
	Form     url.Values
	Status   int
	Location string // must be the beginning of the answer's
	Want     Want
}

// As makes a request one of a signed-in person.
type As func(r *http.Request, who string) *http.Request

// Run sends the requests one after the other, so that a table can tell a
// story. as may be nil.
func Run(t *testing.T, h http.Handler, as As, cases []Case) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) { c.run(t, h, as) })
	}
}

func (c Case) run(t *testing.T, h http.Handler, as As) {
	t.Helper()
	r := c.request()
	if as != nil {
		r = as(r, c.As)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	want := c.status()
	if w.Code != want {
		t.Fatalf("%s %s = %d, want %d\n%s", r.Method, c.Path, w.Code, want, w.Body)
	}
	if got := w.Header().Get("Location"); !strings.HasPrefix(got, c.Location) || got != "" && c.Location == "" {
		t.Errorf("%s %s leads to %q, want %q", r.Method, c.Path, got, c.Location)
	}
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") && want != http.StatusSeeOther {
		c.Want.Check(t, w.Body.String())
		for _, p := range Manners(w.Body.String()) {
			t.Errorf("%s %s: %s", r.Method, c.Path, p)
		}
	}
}

func (c Case) request() *http.Request {
	method := c.Method
	if method == "" && c.Form != nil {
		method = http.MethodPost
	}
	if method == "" {
		method = http.MethodGet
	}
	r := httptest.NewRequest(method, c.Path, strings.NewReader(c.Form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

func (c Case) status() int {
	switch {
	case c.Status != 0:
		return c.Status
	case c.Location != "":
		return http.StatusSeeOther
	}
	return http.StatusOK
}

// Form makes a form of names and values, one after the other. A name may come
// again.
func Form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// Upload is a POST of a form with a file in one of its inputs; a file without a
// name is not sent.
func Upload(path string, fields url.Values, input, name, content string) *http.Request {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for field, values := range fields {
		for _, v := range values {
			must(m.WriteField(field, v))
		}
	}
	if name != "" {
		part, err := m.CreateFormFile(input, name)
		must(err)
		_, err = io.WriteString(part, content)
		must(err)
	}
	must(m.Close())
	r := httptest.NewRequest(http.MethodPost, path, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return r
}

// must stops at what cannot happen: writing into memory.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
