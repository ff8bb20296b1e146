// Package metrics counts what the program does, for Prometheus to fetch: the
// requests by route, the acts and how long they take, the work that is done by
// itself, the ledgers and the database. A label is a route's pattern, an act's
// name, a status, a job or an authority's id: no person, no firm, no address.
package metrics

import (
	"context"
	"database/sql"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Ledger is how one authority's ledger stands.
type Ledger struct {
	Authority string
	Size      int64     // entries that were signed
	Waiting   int64     // entries without a position
	Oldest    time.Time // when the first of them was made; zero: none waits
	Stopped   bool      // nothing is signed
}

// Config says what is asked when somebody fetches.
type Config struct {
	Now     func() time.Time
	Version string                                      // of the program
	Ledgers func(ctx context.Context) ([]Ledger, error) // nil: none
	Pools   func() map[string]sql.DBStats               // the database's connections by handle; nil: none
	Disk    func() (free uint64, err error)             // bytes free for data; nil: not asked
	Turned  func() int64                                // readers told to come again; nil: not asked
}

// Metrics counts. The zero value and nil count nothing.
type Metrics struct {
	cfg      Config
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	acts     *prometheus.HistogramVec
	events   *prometheus.CounterVec
	mu       sync.Mutex
	jobs     map[string]job
	lately   []time.Time // when the last events were, at most Burst
}

// job is what is known of work that is done by itself.
type job struct {
	ran, well time.Time // last end, last end without an error
	failures  int
}

// New makes the counters.
func New(c Config) *Metrics {
	m := &Metrics{cfg: c, registry: prometheus.NewRegistry(), jobs: map[string]job{}}
	m.requests = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "suiji_request_seconds", Help: "Requests by route and status.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}}, []string{"route", "status"})
	m.acts = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "suiji_act_seconds", Help: "Acts of the office (import, seal, draw …) by name and outcome.",
		Buckets: []float64{.01, .05, .1, .5, 1, 5, 15, 60, 300, 1800}}, []string{"act", "outcome"})
	m.events = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "suiji_security_events_total", Help: "Requests that a rule of input refused, by event."}, []string{"event"})
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "suiji_build_info", Help: "The program; always 1."}, []string{"version", "go", "system"})
	build.WithLabelValues(c.Version, runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH).Set(1)
	m.registry.MustRegister(m.requests, m.acts, m.events, build, state{m},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler answers a fetch. What cannot be had is left out and counted by
// promhttp_metric_handler_errors_total.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, Registry: m.registry, Timeout: 10 * time.Second, MaxRequestsInFlight: 2})
}

// Request counts a request. route is the pattern, never the path.
func (m *Metrics) Request(route string, status int, took time.Duration) {
	if m == nil {
		return
	}
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}

// Act counts an act of the office; outcome is ok, refused, failed…
func (m *Metrics) Act(act, outcome string, took time.Duration) {
	if m == nil {
		return
	}
	m.acts.WithLabelValues(act, outcome).Observe(took.Seconds())
}

// So many events within so long are a burst.
const (
	Burst       = 300
	BurstWithin = 10 * time.Minute
)

// Event counts a request that a rule of input refused.
func (m *Metrics) Event(name string) {
	if m == nil {
		return
	}
	m.events.WithLabelValues(name).Inc()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.lately) == Burst {
		m.lately = m.lately[1:]
	}
	m.lately = append(m.lately, m.cfg.Now())
}

// Bursting reports whether there were as many events as make a burst just now.
func (m *Metrics) Bursting() bool {
	if m == nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.lately) == Burst && m.cfg.Now().Sub(m.lately[0]) <= BurstWithin
}

// Ran notes that a job has come to its end, and how.
func (m *Metrics) Ran(name string, err error) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	j := m.jobs[name]
	j.ran = m.cfg.Now()
	if err == nil {
		j.well = j.ran
	} else {
		j.failures++
	}
	m.jobs[name] = j
}

// state asks for what stands at the moment of a fetch.
type state struct{ m *Metrics }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("suiji_"+name, help, labels, nil)
}

var (
	jobRan      = desc("job_last_run_timestamp_seconds", "When a job last came to its end.", "job")
	jobAge      = desc("job_age_seconds", "Since when a job has not come to its end without an error.", "job")
	jobFailures = desc("job_failures_total", "How often a job ended in an error.", "job")
	size        = desc("ledger_entries", "Entries with a position.", "authority")
	waiting     = desc("ledger_waiting_entries", "Entries that wait for a position.", "authority")
	lag         = desc("ledger_lag_seconds", "Since when the first of them waits; 0: none does.", "authority")
	stopped     = desc("ledger_stopped", "1 while nothing is signed.", "authority")
	conns       = desc("database_connections", "Connections of a handle, by state.", "handle", "state")
	connsMax    = desc("database_connections_max", "How many a handle may have.", "handle")
	connWaits   = desc("database_waits_total", "How often a connection had to be waited for.", "handle")
	connWaited  = desc("database_waited_seconds_total", "How long, together.", "handle")
	disk        = desc("disk_free_bytes", "Free bytes where the data lies.")
	turned      = desc("readers_turned_away_total", "Readers that were told to come again, because more came than can be answered.")
)

// Describe names what is collected.
func (s state) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jobRan, jobAge, jobFailures, size, waiting, lag, stopped, conns, connsMax, connWaits, connWaited, disk, turned} {
		ch <- d
	}
}

// Collect asks.
func (s state) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	now := s.m.cfg.Now()
	s.m.mu.Lock()
	for name, j := range s.m.jobs {
		gauge(jobRan, float64(j.ran.UnixMilli())/1e3, name)
		if !j.well.IsZero() {
			gauge(jobAge, now.Sub(j.well).Seconds(), name)
		}
		count(jobFailures, float64(j.failures), name)
	}
	s.m.mu.Unlock()
	if s.m.cfg.Pools != nil {
		for name, p := range s.m.cfg.Pools() {
			gauge(conns, float64(p.InUse), name, "in use")
			gauge(conns, float64(p.Idle), name, "idle")
			gauge(connsMax, float64(p.MaxOpenConnections), name)
			count(connWaits, float64(p.WaitCount), name)
			count(connWaited, p.WaitDuration.Seconds(), name)
		}
	}
	if s.m.cfg.Disk != nil {
		if free, err := s.m.cfg.Disk(); err != nil {
			ch <- prometheus.NewInvalidMetric(disk, err)
		} else {
			gauge(disk, float64(free))
		}
	}
	if s.m.cfg.Turned != nil {
		count(turned, float64(s.m.cfg.Turned()))
	}
	s.ledgers(ch, now, gauge)
}

// ledgers tells how each stands, within the time that a fetch may take.
func (s state) ledgers(ch chan<- prometheus.Metric, now time.Time, gauge func(d *prometheus.Desc, v float64, labels ...string)) {
	if s.m.cfg.Ledgers == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	all, err := s.m.cfg.Ledgers(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(size, err)
		return
	}
	for _, l := range all {
		gauge(size, float64(l.Size), l.Authority)
		gauge(waiting, float64(l.Waiting), l.Authority)
		late, still := 0.0, 0.0
		if !l.Oldest.IsZero() {
			late = max(0, now.Sub(l.Oldest).Seconds())
		}
		if l.Stopped {
			still = 1
		}
		gauge(lag, late, l.Authority)
		gauge(stopped, still, l.Authority)
	}
}
