package portal

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"suiji/internal/page"
	"suiji/internal/plan"
	"suiji/internal/round/roundtest"
)

// TestCheckInTheBrowser checks both halves of a disclosed round as a visitor
// does, under the content security policy of the server.
func TestCheckInTheBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("needs Chromium")
	}
	s := filled(t, plan.AtOnce)
	s.Must(s.Round.DiscloseDue(t.Context(), roundtest.Authority))
	mux := http.NewServeMux()
	mux.Handle("GET "+page.Prefix, page.Static(s.server.Set()))
	mux.Handle("/", s)
	web := httptest.NewServer(page.Chain(mux, page.Numbered, page.Guarded))
	defer web.Close()

	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.NoSandbox)
	limit, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // a page that does nothing must not hold up the rest
	defer cancel()
	ctx, cancel := chromedp.NewExecAllocator(limit, options...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	for _, half := range []string{"targets", "match"} {
		err := chromedp.Do(ctx, chromedp.Navigate(web.URL+"/rounds/"+s.done+"/verify?half="+half), chromedp.WaitEnabled("#v-start"),
			chromedp.Click("#v-start"), chromedp.WaitVisible("#v-verdict.ok"))
		if err != nil {
			t.Errorf("check of %s: %v", half, err)
		}
	}
}
