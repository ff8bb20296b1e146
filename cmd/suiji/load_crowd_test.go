package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"suiji/internal/audit"
	"suiji/internal/identity"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
)

// crowdFirms is how many firms the crowds' installation has: the portal's.
func crowdFirms() int {
	if n, err := strconv.Atoi(os.Getenv("SUIJI_BENCH_FIRMS")); err == nil {
		return n
	}
	return 1_000_000
}

// BenchmarkCrowd sends “suiji serve” on a million firms and results what it may
// meet on one day: the peak of the national site, a draw that 10,000 people look
// at, a thousand connections, five times as many visitors as it can answer. A
// clerk works all the time, which also makes what is kept of public pages untrue.
func BenchmarkCrowd(b *testing.B) {
	firms := crowdFirms()
	dir := filledDir(b, firms)
	cookie := clerkOf(b, dir)
	s := startBench(b, "suiji", "serve", "--listen", "127.0.0.1:0", "--data", dir)
	s.rest(b)
	b.Run("idle", func(b *testing.B) {
		now, _ := memoryOf(b, s.pid())
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(now, "MB")
		if now > 100 {
			b.Errorf("%.0f MB at rest, want at most 100", now)
		}
	})
	c := crowd{s: s, cookie: cookie, firms: firms, sheet: regexp.MustCompile(`/static/base\.[0-9a-f]+\.css`).FindString(s.get(b, "/"))}
	b.Run("national peak", c.peak)
	b.Run("draw page", c.drawPage)
	b.Run("1,000 connections", c.connections)
	b.Run("five times too many", c.overload)
}

type crowd struct {
	s             *benched
	cookie, sheet string
	firms         int
}

func (c crowd) load(lines int, path func(i int) string) load {
	return load{address: strings.TrimPrefix(c.s.address, "http://"), pid: c.s.pid(), path: path, lines: lines}
}

// query is what visitors ask: a firm as data, the newest results, a part of a name.
func (c crowd) query(i int) string {
	r := rand.New(rand.NewPCG(uint64(i), 7))
	switch n := r.IntN(c.firms); i % 20 {
	case 0, 1, 2, 3, 4, 5:
		return "/results"
	case 6:
		name := []rune(millionName(n))
		return "/search?q=" + url.QueryEscape(string(name[3:min(len(name), 7)]))
	default:
		return "/firms/" + millionCode(n) + ".json"
	}
}

// peak is ten times the national site's mean, and four files with each query.
func (c crowd) peak(b *testing.B) {
	const queries, files, lasting = 2000, 8000, 10 * time.Second
	q, f := c.load(lines, c.query), c.load(lines, func(int) string { return c.sheet })
	q.open(b, queries/4, 2*time.Second) // warm
	resetMost(c.s.pid())
	var asked, files2 measured
	var wg sync.WaitGroup
	cpu := cpuOf(b, c.s.pid())
	wg.Go(func() { asked = q.open(b, queries, lasting) })
	wg.Go(func() { files2 = f.open(b, files, lasting) })
	wg.Wait()
	used := (cpuOf(b, c.s.pid()) - cpu).Seconds() / max(asked.seconds, files2.seconds) / float64(runtime.NumCPU()) * 100
	_, most := memoryOf(b, c.s.pid())
	b.Logf("load %s: %.0f queries/s answered, p50 %.1f ms, p99 %.1f ms; %.0f files/s, p99 %.1f ms; %d + %d not 200; the server used %.0f %% of the processors; at most %.0f MB",
		loadAverage(), asked.rate(), asked.ms(0.5), asked.ms(0.99), files2.rate(), files2.ms(0.99), asked.wrong, files2.wrong, used, most)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(asked.rate(), "queries/s")
	b.ReportMetric(files2.rate(), "files/s")
	b.ReportMetric(max(asked.ms(0.99), files2.ms(0.99)), "p99-ms")
	b.ReportMetric(used, "cpu-%")
	b.ReportMetric(most, "peak-MB")
}

// visit opens a page as a browser does that has never been here: a connection of
// its own, the page, its style sheet.
func (c crowd) visit(path string) error {
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(c.s.address, "http://"), 10*time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	r := bufio.NewReader(conn)
	for _, p := range []string{path, c.sheet} {
		if _, status, err := ask(conn, r, []byte("GET "+p+" HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil || status != http.StatusOK {
			return fmt.Errorf("%s: %d %w", p, status, err)
		}
	}
	return nil
}

// drawPage is opened by 10,000 people within a minute, while the office writes.
func (c crowd) drawPage(b *testing.B) {
	const visitors, within = 10_000, time.Minute
	id, _ := millionRound(0)
	stop := c.work(b)
	resetMost(c.s.pid())
	var wrong atomic.Int64
	times := make([]time.Duration, visitors)
	begun := time.Now()
	var wg sync.WaitGroup
	for i := range visitors {
		due := begun.Add(time.Duration(rand.Int64N(int64(within))))
		wg.Go(func() {
			time.Sleep(time.Until(due))
			if err := c.visit("/rounds/" + id); err != nil {
				wrong.Add(1)
			}
			times[i] = time.Since(due)
		})
	}
	wg.Wait()
	office := stop()
	slices.Sort(times)
	o := measured{late: times}
	_, most := memoryOf(b, c.s.pid())
	b.Logf("load %s: %d visitors in %.0f s, p50 %.1f ms, p99 %.1f ms, last %.0f ms, %d errors; %s; at most %.0f MB",
		loadAverage(), visitors, time.Since(begun).Seconds(), o.ms(0.5), o.ms(0.99), o.ms(1), wrong.Load(), office, most)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(o.ms(0.99), "p99-ms")
	b.ReportMetric(float64(wrong.Load()), "errors")
	b.ReportMetric(most, "peak-MB")
	if wrong.Load() > 0 || o.ms(0.99) > 500 {
		b.Errorf("%d errors, p99 %.0f ms, want none and 500", wrong.Load(), o.ms(0.99))
	}
}

// connections keeps a thousand open, each asking once in a second.
func (c crowd) connections(b *testing.B) {
	resetMost(c.s.pid())
	l := c.load(1000, c.query)
	o := l.open(b, 1000, 5*time.Second)
	_, most := memoryOf(b, c.s.pid())
	b.Logf("load %s: %.0f answered/s, p99 %.0f ms, %d not 200; at most %.0f MB", loadAverage(), o.rate(), o.ms(0.99), o.wrong, most)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(o.ms(0.99), "p99-ms")
	b.ReportMetric(most, "peak-MB")
	if most > 400 || o.wrong > 0 {
		b.Errorf("%.0f MB, %d answers wrong, want at most 400 and none", most, o.wrong)
	}
}

// overload sends five times as many as can be answered: what is still answered,
// how quickly the others are told, what becomes of the office, and how long it
// takes until all is as before. The server and who asks it have half of the
// processors each, for both figures, since visitors bring their own, and the
// office is at work for both.
func (c crowd) overload(b *testing.B) {
	apart(b, c.s.pid())
	afters := make([]string, 1<<12)
	for i := range afters {
		n := rand.New(rand.NewPCG(uint64(i), 5)).IntN(c.firms)
		afters[i] = "/results?after=" + url.QueryEscape(fmt.Sprintf("%d/%s", millionPosted(n).UnixMilli(), millionForm(n)))
	}
	page := func(i int) string { return afters[i%len(afters)] }
	few := c.load(lines, page)
	few.open(b, 0, 2*time.Second) // warm
	stop := c.work(b)
	most := few.open(b, 0, 5*time.Second)
	usual := stop()
	resetMost(c.s.pid())
	stop = c.work(b)
	own, flood := cpuOf(b, os.Getpid()), c.load(4096, page)
	o := flood.open(b, 5*most.rate(), 15*time.Second)
	own = cpuOf(b, os.Getpid()) - own
	office := stop()
	_, peak := memoryOf(b, c.s.pid())
	after := time.Now()
	calm := measured{}
	for calm = few.open(b, most.rate()/4, time.Second); (calm.wrong > 0 || calm.ms(0.99) > 500) && time.Since(after) < 30*time.Second; {
		calm = few.open(b, most.rate()/4, time.Second)
	}
	good := float64(o.asked-o.wrong) / o.seconds
	b.Logf("load %s: at most %.0f/s can be answered; of %.0f/s sent for %.0f s %.0f/s were answered (%.0f %%), p99 %.0f ms, %.0f/s told to come again, p99 %.0f ms, %d otherwise wrong; processors: the server %.2f (%.2f for the most), who asked %.2f; %s (with the most that can be answered %s); as before %.1f s after the end; at most %.0f MB",
		loadAverage(), most.rate(), float64(o.asked)/o.seconds, o.seconds, good, 100*good/most.rate(), ms(o.fine, 0.99), float64(o.again)/o.seconds, ms(o.turned, 0.99), o.wrong-o.again,
		o.cpu.Seconds()/o.seconds, most.cpu.Seconds()/most.seconds, own.Seconds()/o.seconds, office, usual, time.Since(after).Seconds(), peak)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(good, "answered/s")
	b.ReportMetric(most.rate(), "bare-answered/s")
	b.ReportMetric(100*good/most.rate(), "goodput-%")
	b.ReportMetric(ms(o.turned, 0.99), "refused-p99-ms")
	b.ReportMetric(office.ms(0.99), "office-p99-ms")
	b.ReportMetric(time.Since(after).Seconds(), "recovered-s")
	b.ReportMetric(peak, "peak-MB")
	if o.wrong > o.again || office.wrong > 0 || peak > 1000 || time.Since(after) > 10*time.Second || good < 0.8*most.rate() {
		b.Errorf("%d answers are neither 200 nor 503, %d of the office's wrong, %.0f MB, %.0f %% answered", o.wrong-o.again, office.wrong, peak, 100*good/most.rate())
	}
}

// apart gives another process one half of the processors and this one the rest,
// until the benchmark ends.
func apart(b *testing.B, pid int) {
	b.Helper()
	n := runtime.NumCPU()
	on := func(pid int, from, to int) {
		if out, err := exec.Command("taskset", "-a", "-c", "-p", fmt.Sprintf("%d-%d", from, to), strconv.Itoa(pid)).CombinedOutput(); err != nil {
			b.Skipf("taskset: %v %s", err, out)
		}
	}
	if n < 2 {
		b.Skip("one processor")
	}
	on(pid, 0, n/2-1)
	on(os.Getpid(), n/2, n-1)
	b.Cleanup(func() { on(pid, 0, n-1); on(os.Getpid(), 0, n-1) })
	time.Sleep(2 * time.Second) // the runtimes notice
}

// String tells of the office's work.
func (o measured) String() string {
	return fmt.Sprintf("the office's %d pages p50 %.0f ms, p99 %.0f ms, %d not 200", o.asked, o.ms(0.5), o.ms(0.99), o.wrong)
}

// work has a clerk open pages of the desk, five in a second (each also writes
// that the session is in use), until the returned function is called.
func (c crowd) work(b *testing.B) (stop func() measured) {
	done := make(chan struct{})
	var o measured
	var wg sync.WaitGroup
	wg.Go(func() {
		client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{}}
		defer client.CloseIdleConnections()
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			case due := <-tick.C:
				status, err := c.open(client, []string{"/w", "/w/targets", "/w/plans"}[i%3])
				if err != nil || status != http.StatusOK {
					o.wrong++
					b.Logf("the clerk: %d %v", status, err)
				}
				o.late = append(o.late, time.Since(due))
			}
		}
	})
	return func() measured {
		close(done)
		wg.Wait()
		slices.Sort(o.late)
		o.asked = len(o.late)
		return o
	}
}

func (c crowd) open(client *http.Client, path string) (int, error) {
	r, err := http.NewRequest("GET", c.s.address+path, nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Cookie", c.cookie)
	resp, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// clerkOf signs the demo's clerk in.
func clerkOf(b *testing.B, dir string) string {
	b.Helper()
	db, err := store.Open(b.Context(), filepath.Join(dir, "suiji.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	s := identity.New(db, audit.New(db, time.Now), time.Now)
	return signedIn(b, s, s.Sessions(false), demoAuthority, "clerk")
}

// BenchmarkStart10M starts “suiji serve” on a register of 10,000,000 firms until it
// says that it is ready.
func BenchmarkStart10M(b *testing.B) {
	n := 10_000_000
	if s := os.Getenv("SUIJI_BENCH_LARGE"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	dir := roundtest.Large(b, n)
	begun := time.Now()
	s := startBench(b, "suiji", "serve", "--listen", "127.0.0.1:0", "--data", dir)
	s.get(b, "/readyz")
	took := time.Since(begun)
	now, _ := memoryOf(b, s.pid())
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(took.Seconds(), "s")
	b.ReportMetric(now, "MB")
	if took > 2*time.Second {
		b.Errorf("ready after %.1f s, want 2", took.Seconds())
	}
}

// BenchmarkSoak has visitors and a clerk at “suiji serve” for SUIJI_SOAK (two
// minutes if it is not set), and holds that nothing grows: the memory in use,
// goroutines, open files, the file that SQLite writes ahead.
func BenchmarkSoak(b *testing.B) {
	lasting, err := time.ParseDuration(os.Getenv("SUIJI_SOAK"))
	if err != nil {
		lasting = 2 * time.Minute
	}
	firms := crowdFirms()
	dir := filledDir(b, firms)
	counters := freeAddress(b)
	b.Setenv("SUIJI_METRICS", counters)
	c := crowd{cookie: clerkOf(b, dir), firms: firms}
	c.s = startBench(b, "suiji", "serve", "--listen", "127.0.0.1:0", "--data", dir)
	c.s.rest(b)
	stop := c.work(b)
	var visitors measured
	var wg sync.WaitGroup
	wg.Go(func() { visitors = c.load(lines, c.query).open(b, 200, lasting) })
	watched := []growth{{what: "heap", unit: "MB"}, {what: "memory", unit: "MB"}, {what: "goroutines"}, {what: "files"}, {what: "wal", unit: "MB"}}
	for begun, beat := time.Now(), lasting/60; time.Since(begun) < lasting; time.Sleep(beat) {
		at := time.Since(begun)
		if at < lasting/4 { // it is still filling its caches
			continue
		}
		said := scraped(b, counters)
		now, _ := memoryOf(b, c.s.pid())
		fds, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", c.s.pid()))
		wal, _ := os.Stat(filepath.Join(dir, "suiji.db-wal"))
		for i, v := range []float64{said["go_memstats_heap_inuse_bytes"] / 1e6, now, said["go_goroutines"], float64(len(fds)), sizeOf(wal) / 1e6} {
			watched[i].add(at, v)
		}
	}
	wg.Wait()
	office := stop()
	b.Logf("load %s: %v; %d answers, p99 %.0f ms, %d not 200; %s", loadAverage(), lasting, visitors.asked, visitors.ms(0.99), visitors.wrong, office)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(lasting.Minutes(), "min")
	for _, g := range watched {
		b.Logf("%s", g)
		b.ReportMetric(g.percent(), g.what+"-%/min")
		// A slope that is within the noise of its points is none.
		if g.percent() > 1 && g.slope() > 2*g.doubt() {
			b.Errorf("grows: %s", g)
		}
	}
	if visitors.wrong+office.wrong > 0 {
		b.Errorf("%d + %d answers were not 200", visitors.wrong, office.wrong)
	}
}
