package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A load asks for paths over kept-alive connections of its own, so cheaply
// that the server gets most of the machine.
type load struct {
	address string // host:port
	pid     int    // of the server
	path    func(i int) string
	gzip    bool
	lines   int // connections; 0: as many as usual
	from    int // the number of the first request: what was asked before may be kept
}

// measured is what a load came to.
type measured struct {
	asked   int
	seconds float64
	late    []time.Duration // from the intended arrival to the last byte, sorted
	cpu     time.Duration   // of the server
	bytes   int64
	wrong   int // not 200
	again   int // of these: told to come again later

	fine, turned []time.Duration // of late: those that were answered, and told to come again
}

func (o measured) rate() float64 { return float64(o.asked) / o.seconds }

func (o measured) ms(part float64) float64 { return ms(o.late, part) }

// ms is what a part of sorted times does not exceed, in milliseconds; 0 of none.
func ms(sorted []time.Duration, part float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[int(part*float64(len(sorted)-1))].Microseconds()) / 1000
}

// lines are how many connections a load has.
const lines = 64

// open sends requests at a fixed rate: each is due at its own moment, whether
// the ones before it have been answered or not, and its time counts from that
// moment. With rate 0 each connection asks again as soon as it is answered,
// which says how many the server can answer at all.
func (l load) open(b *testing.B, rate float64, lasting time.Duration) measured {
	b.Helper()
	n := l.lines
	if n == 0 {
		n = lines
	}
	var next, bytes atomic.Int64
	of := make([]measured, n) // one for each connection
	before, begun := cpuOf(b, l.pid), time.Now()
	var wg sync.WaitGroup
	for w := range n {
		wg.Go(func() {
			c, err := net.Dial("tcp", l.address)
			if err != nil {
				b.Error(err)
				return
			}
			defer c.Close()
			r := bufio.NewReaderSize(c, 16<<10)
			var request []byte
			for {
				i := next.Add(1) - 1
				due := time.Now()
				if rate > 0 {
					due = begun.Add(time.Duration(float64(i) / rate * float64(time.Second)))
				}
				if due.Sub(begun) >= lasting || time.Since(begun) > 3*lasting { // hopeless: what was answered by then shows it
					return
				}
				time.Sleep(time.Until(due))
				request = l.request(request[:0], l.from+int(i))
				n, status, err := ask(c, r, request)
				if err != nil {
					b.Error(err)
					return
				}
				bytes.Add(int64(n))
				of[w].heard(status, time.Since(due))
			}
		})
	}
	wg.Wait()
	o := measured{seconds: time.Since(begun).Seconds(), cpu: cpuOf(b, l.pid) - before, bytes: bytes.Load()}
	for _, x := range of {
		o.wrong, o.again = o.wrong+x.wrong, o.again+x.again
		o.fine, o.turned = append(o.fine, x.fine...), append(o.turned, x.turned...)
		o.late = append(o.late, x.late...)
	}
	for _, times := range [][]time.Duration{o.late, o.fine, o.turned} {
		slices.Sort(times)
	}
	o.asked = len(o.late)
	return o
}

// heard notes one answer.
func (o *measured) heard(status int, took time.Duration) {
	o.late = append(o.late, took)
	switch status {
	case http.StatusOK:
		o.fine = append(o.fine, took)
		return
	case http.StatusServiceUnavailable:
		o.again++
		o.turned = append(o.turned, took)
	}
	o.wrong++
}

func (l load) request(buf []byte, i int) []byte {
	buf = append(append(append(buf, "GET "...), l.path(i)...), " HTTP/1.1\r\nHost: x\r\n"...)
	if l.gzip {
		buf = append(buf, "Accept-Encoding: gzip\r\n"...)
	}
	return append(buf, "\r\n"...)
}

// ask sends one request and reads the answer, whose length stands in its head.
func ask(c net.Conn, r *bufio.Reader, request []byte) (n, status int, err error) {
	if _, err := c.Write(request); err != nil {
		return 0, 0, err
	}
	length := -1
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return 0, 0, err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			break
		}
		if first {
			status, _ = strconv.Atoi(string(line[9:12]))
		} else if len(line) > 16 && bytes.EqualFold(line[:15], []byte("Content-Length:")) {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(line[15:])))
		}
	}
	if length < 0 {
		return 0, 0, fmt.Errorf("an answer without a length to %s", request)
	}
	n, err = r.Discard(length)
	return n, status, err
}

// cpuOf is how much of the processors a process has used.
func cpuOf(b *testing.B, pid int) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// memoryOf is how much memory a process holds, and has held at most, in MB.
func memoryOf(b *testing.B, pid int) (now, most float64) {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		switch f[0] {
		case "VmRSS:":
			kb, _ := strconv.ParseFloat(f[1], 64)
			now = kb / 1024
		case "VmHWM:":
			kb, _ := strconv.ParseFloat(f[1], 64)
			most = kb / 1024
		}
	}
	return now, most
}

// resetMost forgets how much memory a process has held.
func resetMost(pid int) {
	os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0) // where the kernel lets us
}

// bareMain serves bytes that are there already, as many as its argument says:
// what HTTP alone takes on this machine.
func bareMain() {
	n, _ := strconv.Atoi(os.Args[1])
	body := bytes.Repeat([]byte("x"), n)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("http://" + l.Addr().String())
	panic(http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(n))
		w.Write(body)
	})))
}

func loadAverage() string {
	text, _ := os.ReadFile("/proc/loadavg")
	return strings.Join(strings.Fields(string(text))[:1], " ") + fmt.Sprintf(" on %d cores", runtime.NumCPU())
}
