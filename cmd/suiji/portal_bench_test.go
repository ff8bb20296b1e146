package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"suiji/internal/inspection"
)

// BenchmarkPortal1M asks “suiji serve” for the pages and the JSON of a million
// firms with a published result each, over HTTP on the same machine. Every
// measure is taken twice: as many requests as 64 connections get answered
// (req/s, and how much of the processors one takes), and at a fixed rate, each
// request counted from the moment it was due (p50, p99). The bare handler
// answers as many bytes as a firm's JSON, through net/http alone.
func BenchmarkPortal1M(b *testing.B) {
	firms, lasting := 1_000_000, 3*time.Second
	if s := os.Getenv("SUIJI_BENCH_FIRMS"); s != "" {
		firms, _ = strconv.Atoi(s)
	}
	if s := os.Getenv("SUIJI_BENCH_SECONDS"); s != "" {
		n, _ := strconv.Atoi(s)
		lasting = time.Duration(n) * time.Second
	}
	s := startBench(b, "suiji", "serve", "--listen", "127.0.0.1:0", "--data", filledDir(b, firms))
	s.rest(b)
	r := rand.New(rand.NewPCG(1, 2))
	codes, afters, words := make([]string, 1<<16), make([]string, 1<<12), make([]string, 1<<12)
	for i := range codes {
		codes[i] = millionCode(r.IntN(firms))
	}
	for i := range afters {
		n := r.IntN(firms)
		afters[i] = fmt.Sprintf("%d/%s", millionPosted(n).UnixMilli(), millionForm(n))
	}
	for i := range words {
		n := r.IntN(firms)
		if name, code := []rune(millionName(n)), millionCode(n); i%3 == 0 {
			words[i] = code[18-5-r.IntN(4):]
		} else {
			at := 3 + r.IntN(len(name)-6)
			words[i] = string(name[at : at+2+r.IntN(4)])
		}
		words[i] = url.QueryEscape(words[i])
	}
	firm := s.get(b, "/firms/"+codes[0]+".json")
	sheet := regexp.MustCompile(`/static/base\.[0-9a-f]+\.css`).FindString(s.get(b, "/"))
	bare := startBench(b, "bare", strconv.Itoa(len(firm)))
	bareRate := 0.0
	for _, x := range []struct {
		name string
		of   *benched
		goal float64 // requests a second, and the rate of arrivals; 0: half of what it can
		gzip bool
		path func(i int) string
	}{
		{"bare handler", bare, 0, false, func(int) string { return "/" }},
		{"static file", s, 15_000, false, func(int) string { return sheet }},
		{"static file, gzip", s, 15_000, true, func(int) string { return sheet }},
		{"firm as JSON", s, 8_000, false, func(i int) string { return "/firms/" + codes[i%len(codes)] + ".json" }},
		{"page of 20 results", s, 2_500, false, func(i int) string { return "/results?after=" + url.QueryEscape(afters[i%len(afters)]) }},
		{"newest 20 results", s, 2_500, false, func(int) string { return "/results" }},
		{"results by year, round, code", s, 0, false, func(i int) string { return narrowedPath(i, firms) }},
		{"search", s, 300, false, func(i int) string { return "/search?q=" + words[i%len(words)] }},
		{"results by name", s, 300, false, func(i int) string { return "/results?q=" + words[i%len(words)] }},
		{"firm as page", s, 0, false, func(i int) string { return "/firms/" + codes[i%len(codes)] }},
		{"front page", s, 0, false, func(int) string { return "/" }},
		{"feed", s, 0, false, func(int) string { return "/feeds/results.atom" }},
	} {
		b.Run(x.name, func(b *testing.B) {
			l := load{address: strings.TrimPrefix(x.of.address, "http://"), pid: x.of.pid(), path: x.path, gzip: x.gzip}
			l.from += l.open(b, 0, lasting/3).asked // warm
			most := l.open(b, 0, lasting)
			l.from += most.asked
			if bareRate == 0 {
				bareRate = most.rate()
			}
			rate := x.goal
			if rate == 0 {
				rate = most.rate() / 2
			}
			o := l.open(b, rate, lasting)
			now, peak := memoryOf(b, l.pid)
			b.Logf("load %s: %d bytes an answer; %.0f arrivals/s: %.0f answered/s, p50 %.1f ms, p99 %.1f ms; %d + %d not 200; %.0f MB, at most %.0f",
				loadAverage(), most.bytes/int64(max(1, most.asked)), rate, o.rate(), o.ms(0.5), o.ms(0.99), most.wrong, o.wrong, now, peak)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(most.rate(), "req/s")
			b.ReportMetric(bareRate, "bare-req/s")
			b.ReportMetric(float64(most.cpu.Microseconds())/float64(most.asked), "cpu-us/req")
			b.ReportMetric(o.rate(), "open-req/s")
			b.ReportMetric(o.ms(0.99), "p99-ms")
			b.ReportMetric(now, "MB")
			if most.wrong+o.wrong > 0 {
				b.Errorf("%d answers were not 200", most.wrong+o.wrong)
			}
		})
	}
	for _, name := range []string{"results.csv", "results.jsonl", "results.xlsx", "all.sqlite"} {
		b.Run("export "+name, func(b *testing.B) { s.export(b, "/data/"+name) })
	}
}

// narrowedPath asks for a page of results by what the lists offer.
func narrowedPath(i, firms int) string {
	r := rand.New(rand.NewPCG(uint64(i), 9))
	id, year := millionRound(r.IntN(firms))
	v := url.Values{}
	if i%2 == 0 {
		v.Set("code", string(inspection.Codes[r.IntN(len(inspection.Codes))].Code))
	}
	switch i % 3 {
	case 0:
		v.Set("round", id)
	case 1:
		v.Set("year", strconv.Itoa(year))
	}
	return "/results?" + v.Encode()
}

// benched is a server in a process of its own.
type benched struct {
	address string
	cmd     *exec.Cmd
}

func (s *benched) pid() int { return s.cmd.Process.Pid }

// startBench starts a program of this test binary's, which prints its address.
func startBench(b *testing.B, name string, args ...string) *benched {
	b.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		b.Fatal(err)
	}
	log, err := os.Create(filepath.Join(b.TempDir(), name+".log"))
	if err != nil {
		b.Fatal(err)
	}
	s := &benched{cmd: exec.Command(path, args...)}
	s.cmd.Stderr = log
	s.cmd.Env = append(os.Environ(), "SUIJI_RATE=0") // all visitors come from one address
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		s.cmd.Process.Kill() // it only read
		s.cmd.Wait()
		log.Close()
	})
	line, _ := bufio.NewReader(out).ReadString('\n')
	if s.address = strings.TrimSpace(line); !strings.HasPrefix(s.address, "http://") {
		text, _ := os.ReadFile(log.Name())
		b.Fatalf("%s printed %q; it said:\n%s", name, line, text)
	}
	return s
}

// rest waits until the server has done what it does at its start.
func (s *benched) rest(b *testing.B) {
	begun, still := time.Now(), 0
	for still < 3 && time.Since(begun) < time.Minute {
		before := cpuOf(b, s.pid())
		time.Sleep(time.Second)
		if still++; cpuOf(b, s.pid())-before > 50*time.Millisecond {
			still = 0
		}
	}
	now, peak := memoryOf(b, s.pid())
	b.Logf("at rest %.0f s after its start, %.1f s of processor; %.0f MB, at most %.0f", time.Since(begun).Seconds(), cpuOf(b, s.pid()).Seconds(), now, peak)
}

func (s *benched) get(b *testing.B, path string) string {
	b.Helper()
	r, err := http.Get(s.address + path)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		b.Fatalf("GET %s: %d %v", path, r.StatusCode, err)
	}
	return string(body)
}

// export takes a dataset away as a file.
func (s *benched) export(b *testing.B, path string) {
	resetMost(s.pid())
	before, _ := memoryOf(b, s.pid())
	begun, cpu := time.Now(), cpuOf(b, s.pid())
	r, err := http.Get(s.address + path)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Body.Close()
	first := time.Since(begun)
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		b.Fatalf("GET %s: %d %v", path, r.StatusCode, err)
	}
	_, peak := memoryOf(b, s.pid())
	b.Logf("load %s: %s: %.0f MB in %.1f s, of which %.1f s before the first byte; %.1f s of processor; memory %.0f MB before, at most %.0f",
		loadAverage(), path, float64(n)/1e6, time.Since(begun).Seconds(), first.Seconds(), (cpuOf(b, s.pid()) - cpu).Seconds(), before, peak)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(time.Since(begun).Seconds(), "s")
	b.ReportMetric(peak, "MB")
}
