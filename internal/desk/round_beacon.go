package desk

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/beacon"
	"suiji/internal/errs"
	"suiji/internal/round"
	"suiji/randomness"
)

// awaited is the beacon that a sealed half waits for.
type awaited struct {
	round.Source
	IsOut bool   // by our clock
	Path  string // where it stands on drand's servers
	Fetch bool   // the program may ask the network for it
}

// awaited returns the beacon of the half that has no value yet; nil if there
// is none.
func (s *Server) awaited(h half) *awaited {
	for _, x := range h.Sources {
		if x.Kind == draw.Drand && x.Value == "" {
			return &awaited{Source: x, IsOut: !s.Now().Before(x.Out()), Path: beacon.Path(randomness.Quicknet, x.Beacon), Fetch: s.Beacon.On()}
		}
	}
	return nil
}

// sealedBeacon reads how long after the seal the beacon's round comes out, in
// minutes; none if that is left empty.
func (s *Server) sealedBeacon(r *http.Request) ([]round.Source, error) {
	text := strings.TrimSpace(r.PostFormValue("beacon"))
	if text == "" {
		return nil, nil
	}
	minutes, err := strconv.Atoi(text)
	if err != nil || minutes < 2 || minutes > int(round.BeaconLimit/time.Minute)-1 {
		return nil, errs.At("beacon", "公共信标等待的时间应为 2 到 10079 的整数，以分钟计；不用信标请留空")
	}
	return []round.Source{s.Round.BeaconSource(time.Duration(minutes) * time.Minute)}, nil
}

// beacon enters the round that the half waits for, from the network or out of
// a file.
func (s *Server) beacon(r *http.Request) (string, error) {
	ctx, a, id, name := r.Context(), actor(r), r.PathValue("id"), r.PostFormValue("source")
	x, err := s.Round.Round(ctx, a.Authority, id)
	if err != nil {
		return "", err
	}
	halves, err := s.halves(r, x)
	if err != nil {
		return "", err
	}
	var got beacon.Round
	// Who may not enter it, or comes second, is told so by the act itself.
	if w := s.awaited(halves[len(halves)-1]); w != nil && w.Name == name && access.Allow(a, access.RoundRoll) {
		if got, err = s.obtain(r, *w); err != nil {
			return "", err
		}
	}
	return roundPath(r), s.Round.Beacon(ctx, a, id, name, got.Round, got.Signature)
}

// obtain gets the beacon's round as the form asks.
func (s *Server) obtain(r *http.Request, w awaited) (beacon.Round, error) {
	chain, err := randomness.ChainOf(w.Chain)
	if err != nil {
		return beacon.Round{}, err
	}
	if r.PostFormValue("fetch") != "" {
		return s.Beacon.Fetch(r.Context(), chain, w.Beacon)
	}
	f, _, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return beacon.Round{}, errs.At("file", "请选择这一轮的文件")
	}
	if err != nil {
		return beacon.Round{}, errs.Because(errs.Invalid, "文件没有完整收到，没有录入任何内容。请再上传一次", err)
	}
	got, err := beacon.Read(f, chain)
	return got, errors.Join(err, f.Close())
}
