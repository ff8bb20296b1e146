package api

import (
	"fmt"
	"net/http"
	"strconv"
)

// Limits are how many requests a minute are answered: from one address without
// a token, and with one token.
type Limits struct{ Address, Token int }

// within answers 429 to whoever asks too often, and tells everybody how much is
// left (draft-ietf-httpapi-ratelimit-headers).
func (s *Server) within(w http.ResponseWriter, who string, perMinute int) error {
	left, wait, ok := s.limiter.Take(who, perMinute, s.Now())
	h := w.Header()
	h.Set("RateLimit-Limit", strconv.Itoa(perMinute))
	h.Set("RateLimit-Remaining", strconv.Itoa(left))
	h.Set("RateLimit-Reset", strconv.Itoa(max(wait, (perMinute-left)*60/perMinute)))
	if ok {
		return nil
	}
	h.Set("Retry-After", strconv.Itoa(wait))
	return an{tooMany, fmt.Sprintf("每分钟最多 %d 次，这一次没有办理。请 %d 秒以后再发；要取全部数据请用开放数据的文件", perMinute, wait)}
}
