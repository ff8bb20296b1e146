package page

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Before puts a threshold before a listener, on which Early's readers are turned
// away before net/http reads their requests, which takes it three times as long
// as the answer. The connections are in the clear, Early has been called, and now
// is the machine's clock.
func (c *Crowds) Before(now func() time.Time) func(net.Listener) net.Listener {
	return func(l net.Listener) net.Listener { return threshold{l, c, now} }
}

type threshold struct {
	net.Listener
	crowds *Crowds
	now    func() time.Time
}

// Accept implements net.Listener.
func (t threshold) Accept() (net.Conn, error) {
	conn, err := t.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if c, ok := conn.(tcp); ok {
		return &visitor{tcp: c, threshold: t}, nil
	}
	return conn, nil
}

// tcp is what net/http looks for in a connection (*net.TCPConn).
type tcp interface {
	net.Conn
	io.ReaderFrom // the kernel copies files
	CloseWrite() error
}

// A visitor is a connection on which one head of a request comes after another.
// What is read is handed on as it came. Only where all before it were heads
// without bodies is the beginning of the next one known, and that net/http waits
// for it; a head that comes there in one piece may be answered here instead.
type visitor struct {
	tcp
	threshold threshold
	part      []byte // of a head, handed on
	blind     bool   // something else came: no beginning is known any more
}

// headEnd ends a head; longestHead is how much of one is looked at.
var headEnd = []byte("\r\n\r\n")

const longestHead = 4 << 10

// lingers is how long whoever was turned away may wait before he asks again.
const lingers = 2 * time.Minute

// Read implements net.Conn.
func (v *visitor) Read(p []byte) (int, error) {
	for {
		n, err := v.tcp.Read(p)
		if n == 0 || v.blind {
			return n, err
		}
		head, begun := p[:n], len(v.part) > 0
		if begun {
			head = append(v.part, head...)
		}
		switch end := bytes.Index(head, headEnd); {
		case end < 0 && len(head) < longestHead:
			v.part = append(v.part[:0], head...)
			return n, err
		case end+len(headEnd) != len(head) || !bodyless(head):
			v.blind, v.part = true, nil
			return n, err
		}
		v.part = v.part[:0]
		if begun || err != nil {
			return n, err
		}
		answer := v.threshold.crowds.refusal(head)
		if answer == nil {
			return n, nil
		}
		if _, err := v.Write(answer); err != nil {
			return 0, err
		}
		// net/http has set how long it waits for a head, or a first one.
		if err := v.SetReadDeadline(v.threshold.now().Add(lingers)); err != nil {
			return 0, err
		}
	}
}

// bodyless reports whether a head has no body behind it and leaves the
// connection as it is (RFC 9112). What another reader might take otherwise, such
// as a line that ends in LF alone, does not count as one.
func bodyless(head []byte) bool {
	for line := range bytes.Lines(head) {
		if !bytes.HasSuffix(line, headEnd[:2]) {
			return false
		}
		switch line[0] | 0x20 {
		case 'c':
			if begins(line, "content-length") || begins(line, "connection") && !bytes.EqualFold(line, []byte("connection: keep-alive\r\n")) {
				return false
			}
		case 't', 'u', 'e':
			if begins(line, "transfer-encoding") || begins(line, "upgrade") || begins(line, "expect") {
				return false
			}
		}
	}
	return true
}

// begins reports whether a line begins with a header's name, given in small
// letters.
func begins(line []byte, name string) bool {
	return len(line) >= len(name) && bytes.EqualFold(line[:len(name)], []byte(name))
}

// refusal is what a reader is told who is too many, or nil.
func (c *Crowds) refusal(head []byte) []byte {
	if !c.readers.full() {
		return nil
	}
	line, _, _ := bytes.Cut(head, headEnd[:2])
	method, rest, _ := bytes.Cut(line, []byte(" "))
	target, version, _ := bytes.Cut(rest, []byte(" "))
	u, err := url.ParseRequestURI(string(target))
	if err != nil || string(version) != "HTTP/1.1" {
		return nil
	}
	r := &http.Request{Method: string(method), URL: u}
	if u.IsAbs() || !c.tooMany(r) {
		return nil
	}
	c.readers.turned.Add(1)
	a := againOf(r)
	if r.Method == http.MethodHead {
		return a.raw[:len(a.raw)-len(a.body)]
	}
	return a.raw
}

// raw is an answer as it goes over the connection.
func raw(status int, head http.Header, body string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	head.Write(&b) // a buffer takes everything
	b.WriteString("\r\n" + body)
	return b.Bytes()
}
