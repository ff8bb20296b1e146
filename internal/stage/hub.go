package stage

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"suiji/internal/ceremony"
	"suiji/internal/errs"
	"suiji/internal/page"
)

// How the hub goes about it.
const (
	every       = 500 * time.Millisecond // a beat
	quietBeats  = 30                     // after so many a sign of life is sent
	longBeats   = 1200                   // after so many a listener connects anew
	mostStreams = 4000                   // further ones ask every three seconds
)

// hub shares one view of each ceremony among all who look on. Nobody is sent
// anything by it: each request waits for the next beat and looks.
type hub struct {
	ceremony *ceremony.Service

	mu      sync.Mutex
	beats   int           // 0: nobody beats; every look is fresh
	wake    chan struct{} // closed at the next beat
	done    chan struct{} // closed when there are no more
	rooms   map[string]*room
	streams int
}

// room is one ceremony as it was read last.
type room struct {
	mu   sync.Mutex
	beat int
	view view
}

// view is a snapshot and its name among the versions.
type view struct {
	ceremony.Snapshot
	version string
}

func newHub(c *ceremony.Service) *hub {
	return &hub{ceremony: c, wake: make(chan struct{}), done: make(chan struct{}), rooms: map[string]*room{}}
}

// Beat lets everybody who looks on see what is new, twice a second, until ctx
// ends; then it lets them go. Run it once.
func (s *Server) Beat(ctx context.Context) {
	h, tick := s.hub, time.NewTicker(every)
	defer tick.Stop()
	defer close(h.done)
	for {
		h.mu.Lock()
		h.beats++
		close(h.wake)
		h.wake = make(chan struct{})
		h.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// next returns the beat's number and the channel that is closed at the next.
func (h *hub) next() (int, chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.beats, h.wake
}

// turn lets the next look be fresh: something was done here.
func (h *hub) turn() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.beats > 0 {
		h.beats++
	}
}

// view returns a ceremony as it is at this beat. The first who asks reads it,
// the others wait for that.
func (h *hub) view(ctx context.Context, authority, id string) (view, error) {
	h.mu.Lock()
	beat, x := h.beats, h.rooms[id]
	if x == nil {
		x = &room{beat: -1}
		h.rooms[id] = x
	}
	h.mu.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	if beat > 0 && x.beat >= beat {
		return x.view, nil
	}
	v, err := h.read(ctx, authority, id)
	if err != nil {
		h.forget(id, x)
		return v, err
	}
	x.view, x.beat = v, beat
	return v, nil
}

// forget keeps no room for what does not exist.
func (h *hub) forget(id string, x *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[id] == x {
		delete(h.rooms, id)
	}
}

func (h *hub) read(ctx context.Context, authority, id string) (view, error) {
	snap, err := h.ceremony.Snapshot(ctx, authority, id)
	if err != nil {
		return view{}, err
	}
	version, err := snap.Version()
	return view{snap, version}, err
}

// shown is the snapshot with names if they may be shown and are wanted.
func (v view) shown(r *http.Request) ceremony.Snapshot {
	if !v.Named || r.URL.Query().Get("names") == "off" {
		return v.WithoutNames()
	}
	return v.Snapshot
}

func printed(v ceremony.Snapshot) ([]byte, error) { return json.MarshalIndent(v, "", " ") }

// version answers those who ask every three seconds.
func (s *Server) version(look func(*http.Request) (view, error)) page.Send {
	return func(r *http.Request) (*page.File, error) {
		v, err := look(r)
		return &page.File{Name: "version.txt", Type: "text/plain; charset=utf-8", Inline: true, Body: []byte(v.version)}, err
	}
}

// enter lets one more listen; false when there are too many.
func (h *hub) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.streams >= mostStreams {
		return false
	}
	h.streams++
	return true
}

func (h *hub) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.streams--
}

// events sends the version at once and whenever it changes (server-sent
// events). Between two beats it holds nothing but its connection.
func (s *Server) events(look func(*http.Request) (view, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page.SetPattern(r.Context(), r.Pattern)
		if _, err := look(r); err != nil {
			http.Error(w, "no such ceremony", statusOf(err))
			return
		}
		if !s.hub.enter() {
			w.Header().Set("Retry-After", "3")
			http.Error(w, "too many listeners: ask for the version instead", http.StatusServiceUnavailable)
			return
		}
		defer s.hub.leave()
		head := w.Header()
		head.Set("Content-Type", "text/event-stream; charset=utf-8")
		head.Set("Cache-Control", "no-store")
		head.Set("X-Accel-Buffering", "no")
		if _, err := fmt.Fprint(w, "retry: 2000\n\n"); err == nil {
			s.listen(w, r, look)
		}
	})
}

// listen is one listener's turn, to its end.
func (s *Server) listen(w http.ResponseWriter, r *http.Request, look func(*http.Request) (view, error)) {
	out := http.NewResponseController(w)
	last, quiet := "", 0
	for range longBeats {
		_, wake := s.hub.next()
		v, err := look(r)
		if err != nil {
			return
		}
		said := ""
		if v.version != last {
			said = "data: " + v.version + "\n\n"
		} else if quiet++; quiet >= quietBeats {
			said = ": still here\n\n"
		}
		if said != "" {
			last, quiet = v.version, 0
			if _, err := fmt.Fprint(w, said); err != nil || out.Flush() != nil {
				return
			}
		}
		select {
		case <-wake:
		case <-s.hub.done:
			return
		case <-r.Context().Done():
			return
		}
	}
}

func statusOf(err error) int {
	if errs.KindOf(err) == errs.NotFound {
		return http.StatusNotFound
	}
	return http.StatusServiceUnavailable
}
