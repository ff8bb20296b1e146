package main

import (
	"bufio"
	"fmt"
	"io/fs"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// growth is something that was looked at again and again.
type growth struct {
	what, unit string
	at, value  []float64 // minutes
}

func (g *growth) add(at time.Duration, value float64) {
	g.at, g.value = append(g.at, at.Minutes()), append(g.value, value)
}

func mean(of []float64) (sum float64) {
	for _, v := range of {
		sum += v / float64(len(of))
	}
	return sum
}

// slope is that of the straight line which lies closest, a minute.
func (g growth) slope() float64 {
	x, y, above, below := mean(g.at), mean(g.value), 0.0, 0.0
	for i := range g.at {
		above += (g.at[i] - x) * (g.value[i] - y)
		below += (g.at[i] - x) * (g.at[i] - x)
	}
	return above / max(below, 1e-9)
}

// doubt is the standard error of the slope.
func (g growth) doubt() float64 {
	x, y, k, off, below := mean(g.at), mean(g.value), g.slope(), 0.0, 0.0
	for i := range g.at {
		d := g.value[i] - y - k*(g.at[i]-x)
		off += d * d
		below += (g.at[i] - x) * (g.at[i] - x)
	}
	return math.Sqrt(off / max(float64(len(g.at)-2), 1) / max(below, 1e-9))
}

// percent is the slope as a part of the mean.
func (g growth) percent() float64 { return 100 * g.slope() / max(mean(g.value), 1e-9) }

// String tells it with its ends.
func (g growth) String() string {
	if len(g.value) == 0 {
		return g.what + ": never looked at"
	}
	return fmt.Sprintf("%s: %.1f %s at first, %.1f at last; the fitted line rises %.2f ± %.2f a minute (%.2f %%)",
		g.what, g.value[0], g.unit, g.value[len(g.value)-1], g.slope(), g.doubt(), g.percent())
}

// TestGrowth holds that the soak sees what grows, and what only swings.
func TestGrowth(t *testing.T) {
	grows, swings := growth{what: "leak"}, growth{what: "saw"}
	for i := range 60 {
		grows.add(time.Duration(i)*time.Second, 100+0.05*float64(i)+float64(i%3))
		swings.add(time.Duration(i)*time.Second, 100+float64(i%5)*8)
	}
	if k, d := grows.slope(), grows.doubt(); math.Abs(k-3) > 0.5 || k < 2*d || grows.percent() < 1 {
		t.Errorf("a leak of 3 a minute: slope %.2f ± %.2f, %.2f %%", k, d, grows.percent())
	}
	if k, d := swings.slope(), swings.doubt(); k > 2*d {
		t.Errorf("a saw: slope %.2f ± %.2f, want within its doubt", k, d)
	}
}

// scraped are the counters that have no label.
func scraped(b *testing.B, address string) map[string]float64 {
	b.Helper()
	r, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		b.Fatal(err)
	}
	defer r.Body.Close()
	said := map[string]float64{}
	for lines := bufio.NewScanner(r.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			said[name] = v
		}
	}
	return said
}

func sizeOf(f fs.FileInfo) float64 {
	if f == nil {
		return 0
	}
	return float64(f.Size())
}

// freeAddress is one that nobody listened on a moment ago.
func freeAddress(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
