package federation

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"suiji/internal/errs"
)

// Probe asks the provider for its own description, as an administrator wants
// to know it: whether it answers, calls itself what the setting calls it, and
// how far its clock is from ours. ahead is positive where the provider's is
// ahead, to the second.
func (s *Service) Probe(ctx context.Context) (ahead time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(s.settings.Issuer, "/")+"/.well-known/openid-configuration", nil)
	if err != nil {
		return 0, err
	}
	res, err := client(s.settings.Hosts).Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	var is struct {
		Issuer string `json:"issuer"`
	}
	if res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", req.URL, res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(&is); err != nil {
		return 0, fmt.Errorf("%s: %w", req.URL, err)
	}
	if is.Issuer != s.settings.Issuer {
		return 0, errs.E(errs.Invalid, "它自称 "+is.Issuer+"，设置的是 "+s.settings.Issuer)
	}
	theirs, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return 0, nil // it does not tell
	}
	return theirs.Sub(s.now().Truncate(time.Second)), nil
}
