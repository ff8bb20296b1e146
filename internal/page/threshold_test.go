package page

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// crowdedServer serves Early over connections with a threshold, in front of a
// handler that says what it was asked and what came with it.
func crowdedServer(t *testing.T, c *Crowds) (address string) {
	t.Helper()
	h := c.Early(func(r *http.Request) bool { return r.URL.Path != "/w" })(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Said", strings.Join(strings.Fields(r.Method+" "+r.URL.Path+" "+string(body)), " ")) // a header has one line
	}))
	srv := httptest.NewUnstartedServer(h)
	srv.Listener = c.Before(time.Now)(srv.Listener)
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

// caller is a connection that sends bytes as they are given.
type caller struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
}

func call(t *testing.T, address string) *caller {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	return &caller{t, conn, bufio.NewReader(conn)}
}

func (c *caller) send(pieces ...string) {
	c.t.Helper()
	for i, p := range pieces {
		if i > 0 {
			time.Sleep(20 * time.Millisecond) // else they may come as one
		}
		if _, err := c.conn.Write([]byte(p)); err != nil {
			c.t.Fatal(err)
		}
	}
}

// hear returns the next answer, whose body has been read.
func (c *caller) hear(method string) (*http.Response, string) {
	c.t.Helper()
	resp, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		c.t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp, string(body)
}

// crowdsFor has room for so many readers.
func crowdsFor(readers int) *Crowds {
	return &Crowds{readers: NewCrowd(readers, 0, time.Second), takers: NewCrowd(1, 1, time.Second)}
}

// Who is too many hears on the connection what he would hear from Early, and
// the connection stays his; everything else reaches the handler as it was sent.
func TestThreshold(t *testing.T) {
	address := crowdedServer(t, crowdsFor(0))
	const host = " HTTP/1.1\r\nHost: x\r\n\r\n"
	post := "POST /feedback HTTP/1.1\r\nHost: x\r\nContent-Length: 24\r\n\r\n"
	for _, tt := range []struct {
		name   string
		pieces []string
		want   []string // of each answer: 503, or what the handler was asked
	}{
		{"a reader, twice", []string{"GET /results" + host, "GET /" + host}, []string{"503", "503"}},
		{"a reader without a body", []string{"HEAD /results" + host}, []string{"503"}},
		{"with a browser's headers", []string{"GET /a HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nAccept: */*\r\n\r\n"}, []string{"503"}},
		{"the office", []string{"GET /w" + host, "GET /w" + host}, []string{"GET /w", "GET /w"}},
		{"a whole file", []string{"GET /data/results.csv" + host}, []string{"GET /data/results.csv"}},
		{"somebody's work", []string{post, "GET / HTTP/1.1\r\nHost\r\n\r\n"}, []string{"POST /feedback GET / HTTP/1.1 Host"}},
		{"in pieces", []string{"GET /w HTT", "P/1.1\r\nHost: x\r", "\n\r\n", "GET /results" + host}, []string{"GET /w", "503"}},
		{"two at once", []string{"GET /w" + host + "GET /w" + host, "GET /w" + host}, []string{"GET /w", "GET /w", "GET /w"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := call(t, address)
			c.send(tt.pieces...)
			for i, want := range tt.want {
				method, _, _ := strings.Cut(tt.pieces[0], " ")
				resp, body := c.hear(method)
				if want != "503" {
					if got := resp.Header.Get("Said"); got != want {
						t.Errorf("answer %d: the handler was asked %q, want %q", i, got, want)
					}
					continue
				}
				r := httptest.NewRequest(method, "/results", nil)
				w := httptest.NewRecorder()
				comeAgain(w, r)
				wantBody := w.Body.String()
				if method == http.MethodHead {
					wantBody = ""
				}
				if resp.StatusCode != 503 || body != wantBody || !maps.EqualFunc(resp.Header, w.Header(), slices.Equal) {
					t.Errorf("answer %d: %d %v %q, want what comeAgain says: %v %q", i, resp.StatusCode, resp.Header, body, w.Header(), wantBody)
				}
			}
		})
	}
}

// Whoever is turned away again and again is not hung up on when the time is over
// in which a first request has to come.
func TestThresholdLingers(t *testing.T) {
	c := crowdsFor(0)
	srv := httptest.NewUnstartedServer(c.Early(func(*http.Request) bool { return true })(http.NotFoundHandler()))
	srv.Config.ReadHeaderTimeout = 50 * time.Millisecond
	srv.Listener = c.Before(time.Now)(srv.Listener)
	srv.Start()
	t.Cleanup(srv.Close)
	v := call(t, srv.Listener.Addr().String())
	for range 4 {
		v.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if resp, _ := v.hear("GET"); resp.StatusCode != 503 {
			t.Errorf("%d, want 503", resp.StatusCode)
		}
		time.Sleep(40 * time.Millisecond)
	}
}

// Whoever was turned away has his place when there is one, on the same
// connection.
func TestThresholdLetsIn(t *testing.T) {
	c := crowdsFor(1)
	v := call(t, crowdedServer(t, c))
	c.readers.here.Add(1)
	v.send("GET /api/v1/results HTTP/1.1\r\nHost: x\r\n\r\n")
	if resp, _ := v.hear("GET"); resp.StatusCode != 503 || resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("a crowd: %d %s, want 503 as JSON", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	c.readers.here.Add(-1)
	v.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if resp, _ := v.hear("GET"); resp.StatusCode != 200 {
		t.Errorf("no crowd: %d, want 200", resp.StatusCode)
	}
	if c.Turned() != 1 {
		t.Errorf("%d were counted, want 1", c.Turned())
	}
}

// Those who come while one is answered stand where they are seen, also on one
// processor that answers each without a pause.
func TestCrowdSeesWhoCame(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	c := NewCrowd(1, 0, time.Second)
	h := c.Through(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() { h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)) })
	}
	wg.Wait()
	if c.turned.Load() < 50 {
		t.Errorf("%d of 100 who came at once were turned away, want nearly all", c.turned.Load())
	}
}

// pieces is a connection from which a stream comes in pieces.
type pieces struct {
	tcp
	stream []byte
	cuts   []byte // how long the pieces are, in turn
	at     int    // of the stream, read
	told   []int  // where it was when something was answered
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.at == len(p.stream) {
		return 0, io.EOF
	}
	n := len(p.stream)
	if len(p.cuts) > 0 {
		n, p.cuts = int(p.cuts[0])+1, p.cuts[1:]
	}
	n = copy(b[:min(n, len(b))], p.stream[p.at:])
	p.at += n
	return n, nil
}

func (p *pieces) SetReadDeadline(time.Time) error { return nil }

func (p *pieces) Write(b []byte) (int, error) {
	p.told = append(p.told, p.at)
	return len(b), nil
}

// Whatever a stream holds and however it comes: what is answered at the
// threshold is a request where net/http finds one too, and nothing of the rest
// is lost.
func FuzzThreshold(f *testing.F) {
	const get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	for _, pieces := range [][]string{
		{get, get}, {get + get, get}, {get[:1], get[1:], get}, {"GET /", " HTTP/1.1\r\n\r\n", get},
		{"POST / HTTP/1.1\r\nContent-Length: 27\r\n\r\n", get, get},
		{"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1b\r\n", get, "\r\n0\r\n\r\n", get},
		{"GET / HTTP/1.1\r\nHost: x\n\n" + get, get}, // a line that ends in LF alone ends one too
		{"GET / HTTP/1.1\nContent-Length: 27\n\n", get, get},
		{"GET / HTTP/1.1\r\nHost: x\r\n Content-Length: 27\r\n\r\n", get}, // no header of its own
	} {
		var cuts []byte
		for _, p := range pieces {
			cuts = append(cuts, byte(len(p)-1))
		}
		f.Add([]byte(strings.Join(pieces, "")), cuts)
	}
	c := crowdsFor(0)
	c.Early(func(*http.Request) bool { return true })
	f.Fuzz(func(t *testing.T, stream, cuts []byte) {
		requests := map[int]int{} // the ends of heads that net/http finds, and where they begin
		from := bytes.NewReader(stream)
		for r, at := bufio.NewReader(from), 0; ; {
			q, err := http.ReadRequest(r)
			if err != nil {
				break
			}
			end := len(stream) - from.Len() - r.Buffered()
			requests[end] = at
			if _, err := io.Copy(io.Discard, q.Body); err != nil {
				break
			}
			at = len(stream) - from.Len() - r.Buffered()
			if at > end {
				delete(requests, end) // it has a body
			}
		}
		last := slices.Max(append(slices.Collect(maps.Keys(requests)), 0))
		conn := &pieces{stream: stream, cuts: cuts}
		v := &visitor{tcp: conn, threshold: threshold{crowds: c, now: time.Now}}
		handed, err := io.ReadAll(v)
		if err != nil {
			t.Fatal(err)
		}
		rest, from2 := []byte(nil), 0
		for _, end := range conn.told {
			begin, ok := requests[end]
			if end > last { // after what net/http refuses it reads nothing
				begin = bytes.LastIndex(stream[:end-len(headEnd)], headEnd) + len(headEnd)
				if begin < len(headEnd) {
					begin = 0
				}
			} else if !ok {
				t.Fatalf("answered at %d of %q, where no request without a body ends: %v", end, stream, requests)
			}
			rest, from2 = append(rest, stream[from2:begin]...), end
		}
		if rest = append(rest, stream[from2:]...); !bytes.Equal(rest, handed) {
			t.Fatalf("of %q in pieces of %v, answered at %v, %q was handed on, want %q", stream, cuts, conn.told, handed, rest)
		}
	})
}
