package faults

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// spoilable are the calls that can fail while the office works.
const spoilable = "open,openat,close,read,pread64,write,pwrite64,ftruncate,fsync,fdatasync,rename,renameat,unlink,unlinkat,mkdirat,linkat,newfstatat,fstat"

// spoil is one call that fails once: the n-th of its name in the thread that
// works, and from there on if it lasts.
type spoil struct {
	name  string
	n     int
	what  string // EIO, ENOSPC
	lasts bool
}

// String is how strace is told.
func (s spoil) String() string {
	when := fmt.Sprint(s.n)
	if s.lasts {
		when += "+"
	}
	return fmt.Sprintf("%s:error=%s:when=%s", s.name, s.what, when)
}

// aCall is a line of strace: thread and name.
var aCall = regexp.MustCompile(`^(\d+) +(\w+)\(`)

// points lists the calls of a quiet day on the office's own files, by name:
// which of that name they are in the thread that works.
func points(t *testing.T, dir string) map[string][]int {
	t.Helper()
	log := filepath.Join(t.TempDir(), "calls")
	c := order{dir: copyOf(t, dir), under: []string{"strace", "-f", "-qq", "-y", "-s", "0", "-e", "trace=" + spoilable, "-e", "signal=none", "-o", log}}
	if h := c.run(t); !h.ended || len(h.ok) != len(day) {
		t.Fatalf("a quiet day under strace: %v\n%s", h.no, h.out)
	}
	f, err := os.Open(log)
	must(t, err)
	defer f.Close()
	count := map[string]int{} // thread and name
	ours := map[string]map[string][]int{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		m := aCall.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		thread, name := m[1], m[2]
		count[thread+" "+name]++
		// -s 0 hides paths: a file of ours is known by its descriptor, or is opened by what follows.
		if strings.Contains(lines.Text(), c.dir) || strings.Contains(lines.Text(), `""...`) && name != "read" && name != "write" && name != "pread64" && name != "pwrite64" {
			if ours[thread] == nil {
				ours[thread] = map[string][]int{}
			}
			ours[thread][name] = append(ours[thread][name], count[thread+" "+name])
		}
	}
	var most map[string][]int
	for _, x := range ours {
		if len(x["pwrite64"]) > len(most["pwrite64"]) {
			most = x
		}
	}
	if len(most["pwrite64"]) < 100 || len(most["fsync"]) < 20 || len(most["renameat"]) < 4 {
		t.Fatalf("the day has only these calls in one thread: %v", most)
	}
	return most
}

// spoils draws n of all the ways in which a call can fail; the rarer calls
// (whatever is no read and no write) are all among them if n allows.
func spoils(at map[string][]int, n int, dice *rand.Rand) []spoil {
	var rare, rest []spoil
	for name, all := range at {
		for _, i := range all {
			for _, what := range []string{"EIO", "ENOSPC"} {
				s := spoil{name, i, what, false}
				if strings.HasPrefix(name, "p") || strings.Contains(name, "stat") {
					s.lasts = dice.IntN(8) == 0
					rest = append(rest, s)
				} else {
					rare = append(rare, s)
				}
			}
		}
	}
	order := func(a, b spoil) int { return strings.Compare(a.String(), b.String()) }
	slices.SortFunc(rare, order) // a map has no order, and the seed must say which
	slices.SortFunc(rest, order)
	dice.Shuffle(len(rare), func(i, j int) { rare[i], rare[j] = rare[j], rare[i] })
	dice.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	k := min(len(rare), max(n/2, n-len(rest)))
	return append(rare[:k:k], rest[:min(len(rest), n-k)]...)
}

// Each call fails once: what is answered well is there, what is answered badly
// is not (or nobody can say), the same act asked for again is done, once.
func TestFailingCalls(t *testing.T) {
	traced(t)
	dir, want := before(t)
	seed := rand.Uint64()
	all := spoils(points(t, dir), many(30, 450), rand.New(rand.NewPCG(seed, 3)))
	var mu sync.Mutex
	var wg sync.WaitGroup
	injected, refused, acked, wrong := 0, 0, 0, 0
	turn := make(chan struct{}, runtime.NumCPU())
	for _, s := range all {
		turn <- struct{}{}
		wg.Go(func() {
			defer func() { <-turn }()
			hits, h, err := s.try(t, dir, want)
			mu.Lock()
			defer mu.Unlock()
			injected, refused, acked = injected+hits, refused+len(h.no), acked+len(h.ok)
			if err != nil {
				wrong++
				t.Errorf("%s: %v; it was answered %q", s, err, h.no)
			}
		})
	}
	wg.Wait()
	if injected < len(all)*3/4 {
		t.Errorf("%d of %d calls failed: the list of calls is not that of the day", injected, len(all))
	}
	figure(t, "a call fails with EIO or ENOSPC", "%d runs, %d calls failed, %d acts refused, %d acknowledged, %d wrong, seed %d", len(all), injected, refused, acked, wrong, seed)
}

// try runs a day in which a call fails, and returns how many did.
func (s spoil) try(t *testing.T, dir string, want map[string]string) (hits int, h heard, err error) {
	log := filepath.Join(t.TempDir(), "injected")
	c := order{dir: copyOf(t, dir), under: []string{"strace", "-f", "-qq", "-s", "0", "-e", "trace=" + s.name, "-e", "inject=" + s.String(), "-e", "signal=none", "-o", log}}
	h = c.run(t)
	raw, err := os.ReadFile(log)
	if err != nil {
		return 0, h, err
	}
	hits = min(1, strings.Count(string(raw), "(INJECTED)")) // one that lasts is one
	if !h.ended && !s.lasts && !slices.ContainsFunc(h.no, opening) {
		return hits, h, fmt.Errorf("the day did not come to its end: %s", h.out)
	}
	return hits, h, whole(t, c.dir, "", h, want)
}

// opening reports whether an office did not open: whoever starts it again
// finds all as it was.
func opening(no string) bool { return strings.HasPrefix(no, "closed") }
