package portal

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/xuri/excelize/v2"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/disclosure"
	"suiji/internal/opendata"
	"suiji/internal/page/pagetest"
	"suiji/internal/plan"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
)

// Every dataset can be had in every form, and the forms say the same.
func TestOpenData(t *testing.T) {
	s := filled(t, plan.AtOnce)
	base := filepath.Join(t.TempDir(), "all.sqlite")
	if err := os.WriteFile(base, s.get("/data/all.sqlite").Body.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	counts := sqliteCounts(t, base)
	pack := s.packaged(t)
	for _, d := range opendata.Datasets {
		t.Run(d.ID, func(t *testing.T) {
			rows := csvRows(t, s, d)
			if len(rows) == 0 && d.ID != "corrections" {
				t.Error("no rows: the test shows nothing")
			}
			lines := jsonRows(t, s, d)
			f, err := excelize.OpenReader(s.get("/data/" + d.ID + ".xlsx").Body)
			if err != nil {
				t.Fatal(err)
			}
			cells, err := f.GetRows(f.GetSheetName(0))
			if err != nil {
				t.Fatal(err)
			}
			if len(lines) != len(rows) || len(cells) != len(rows)+1 || counts[d.ID] != len(rows) {
				t.Errorf("CSV has %d rows, JSON Lines %d, Excel %d, SQLite %d", len(rows), len(lines), len(cells)-1, counts[d.ID])
			}
			for i, line := range lines {
				if got, want := line[d.Fields[0].Name], rows[i][0]; got != want {
					t.Errorf("row %d begins with %v in JSON Lines, %q in CSV", i+1, got, want)
				}
			}
			if got := strings.Join(pack[d.ID], ","); got != strings.Join(names(d), ",") {
				t.Errorf("datapackage.json has the fields %s", got)
			}
			pagetest.Run(t, s, nil, []pagetest.Case{
				{Name: "page", Path: "/data/" + d.ID, Want: pagetest.Want{"h1": d.Title, "a.button": 3, "table.list tbody tr": len(d.Fields)}}})
		})
	}
}

func names(d opendata.Dataset) (all []string) {
	for _, f := range d.Fields {
		all = append(all, f.Name)
	}
	return all
}

func csvRows(t *testing.T, s *site, d opendata.Dataset) [][]string {
	t.Helper()
	w := s.get("/data/" + d.ID + ".csv")
	if w.Code != http.StatusOK || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Fatalf("status %d, headers %v", w.Code, w.Header())
	}
	body, ok := bytes.CutPrefix(w.Body.Bytes(), []byte("\ufeff"))
	all, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if !ok || err != nil || strings.Join(all[0], ",") != strings.Join(names(d), ",") {
		t.Fatalf("mark %v, %v, header %v", ok, err, all)
	}
	return all[1:]
}

func jsonRows(t *testing.T, s *site, d opendata.Dataset) (all []map[string]any) {
	t.Helper()
	lines := bufio.NewScanner(s.get("/data/" + d.ID + ".jsonl").Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row map[string]any
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		all = append(all, row)
	}
	return all
}

func sqliteCounts(t *testing.T, path string) map[string]int {
	t.Helper()
	db, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	n := map[string]int{}
	for _, d := range opendata.Datasets {
		if n[d.ID], err = store.One(t.Context(), db, store.Value[int], `SELECT count(*) FROM `+d.ID); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// packaged are the fields that datapackage.json states, by dataset.
func (s *site) packaged(t *testing.T) map[string][]string {
	t.Helper()
	var p struct {
		Resources []struct {
			Name, Path string
			Schema     struct{ Fields []struct{ Name, Type string } }
		}
	}
	if err := json.Unmarshal(s.get("/data/datapackage.json").Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, r := range p.Resources {
		if w := s.get(strings.TrimPrefix(r.Path, "https://example.test")); w.Code != http.StatusOK {
			t.Errorf("%s: status %d", r.Path, w.Code)
		}
		for _, f := range r.Schema.Fields {
			all[r.Name] = append(all[r.Name], f.Name)
		}
	}
	return all
}

// Who has a dataset already is not sent it again, until a cell of it changes.
func TestDatasetsAreNotSentTwice(t *testing.T) {
	s := filled(t, plan.AtOnce)
	ask := func(path, mark string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("If-None-Match", mark)
		s.ServeHTTP(w, r)
		return w
	}
	for _, path := range []string{"/data/results.csv", "/data/results.xlsx", "/data/results.jsonl"} {
		mark := s.get(path).Header().Get("ETag")
		if w := ask(path, mark); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
			t.Errorf("%s again: %d, %d bytes, want 304 and none", path, w.Code, w.Body.Len())
		}
		s.Must(s.Disclosure.Withdraw(t.Context(), roundtest.As(access.Reviewer), s.withdrawable(t), "对象有误"))
		if w := ask(path, mark); w.Code != http.StatusOK || w.Header().Get("ETag") == mark {
			t.Errorf("%s after a change: %d, mark %s", path, w.Code, mark)
		}
	}
}

// withdrawable is a form with a public result.
func (s *site) withdrawable(t *testing.T) string {
	t.Helper()
	found, err := s.Disclosure.Results(t.Context(), roundtest.Authority, disclosure.Query{Limit: 1})
	s.Must(err)
	return found.Results[0].FormID
}

func TestDataThatIsNotThere(t *testing.T) {
	s := filled(t, plan.AtOnce)
	for _, path := range []string{"/data/nothing", "/data/nothing.csv", "/data/items.pdf", "/data/.csv", "/feeds/nothing.atom", "/firms/91990101MA00000000/feed.atom"} {
		if w := s.get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, w.Code)
		}
	}
}

func TestFeeds(t *testing.T) {
	s := filled(t, plan.AtOnce)
	firm := csvRows(t, s, must(opendata.Find("results")))[0][4]
	for _, path := range []string{"/feeds/plans.atom", "/feeds/rounds.atom", "/feeds/results.atom", "/feeds/penalties.atom", "/firms/" + firm + "/feed.atom"} {
		var f opendata.Feed
		if err := xml.Unmarshal(s.get(path).Body.Bytes(), &f); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if len(f.Entries) == 0 || f.ID != "https://example.test"+path || f.Updated <= "2022" {
			t.Errorf("%s: %d entries, id %s, updated %s", path, len(f.Entries), f.ID, f.Updated)
		}
		for _, e := range f.Entries {
			want := http.StatusOK
			if e.Title == "检查结果已撤回" || e.Title == penaltyGone {
				want = http.StatusGone
			}
			if w := s.get(strings.TrimPrefix(e.Link.Href, "https://example.test")); w.Code != want || e.Title == "" {
				t.Errorf("%s: “%s” leads to %s: status %d", path, e.Title, e.Link.Href, w.Code)
			}
		}
	}
}

// Whoever was told of a result is told that it was taken back, at the same
// address, and that it was published again.
func TestResultTakenBackAndPublishedAgain(t *testing.T) {
	s := filled(t, plan.AtOnce)
	form, reviewer := s.withdrawable(t), roundtest.As(access.Reviewer)
	told := func() (entries []opendata.FeedEntry) {
		var f opendata.Feed
		s.Must(xml.Unmarshal(s.get("/feeds/results.atom").Body.Bytes(), &f))
		for _, e := range f.Entries {
			if e.ID == "https://example.test/results/"+form {
				entries = append(entries, e)
			}
		}
		return entries
	}
	before := told()
	s.Must(s.Disclosure.Withdraw(t.Context(), reviewer, form, "对象有误"))
	gone := told()
	if len(before) != 1 || len(gone) != 1 || gone[0].Title != "检查结果已撤回" || !strings.Contains(gone[0].Summary, "原因：对象有误") {
		t.Errorf("of the withdrawal the feed tells %+v, before it %+v", gone, before)
	}
	if w := s.get("/results/" + form); w.Code != http.StatusGone || strings.Contains(w.Body.String(), "有异议的，可以") {
		t.Errorf("the withdrawn page: status %d; it must not offer an objection to what is gone", w.Code)
	}
	page := func() string { return strings.Join(strings.Fields(s.get("/results/"+form).Body.String()), " ") }
	s.On("2022-11-03") // long after its deadline, which it had met
	s.Must(s.Disclosure.Publish(t.Context(), reviewer, []string{form}))
	all, err := s.Disclosure.Result(t.Context(), roundtest.Authority, form)
	s.Must(err)
	first, now := all[0], all[len(all)-1]
	if now.DueOn != first.DueOn || now.DueOn.Zero() || !calendar.In(now.PostedAt).After(now.DueOn) {
		t.Errorf("published again on %s, due %s; want the first deadline %s", now.PostedAt, now.DueOn, first.DueOn)
	}
	for _, want := range []string{
		"<dt>公示时间</dt><dd>" + calendar.In(first.PostedAt).String() + " 10:00<span class=\"mute date\">（期限 " + first.DueOn.String() + "）</span></dd>",
		"<dt>现在的内容</dt><dd>2022-11-03 10:00 重新公示</dd>", "<span>重新公示 （现在有效）</span>",
	} {
		if !strings.Contains(page(), want) {
			t.Errorf("published again, the page lacks %s: %s", want, page())
		}
	}
	row, err := s.Disclosure.Rate(t.Context(), roundtest.Authority, first.RoundID)
	s.Must(err)
	for _, x := range row.Rows {
		if x.Form.ID == form && x.State != disclosure.OnTime {
			t.Errorf("published again, the rate counts it as %s", x.State)
		}
	}
	if again := told(); len(again) != 1 || again[0].Title != before[0].Title {
		t.Errorf("published again the feed tells %+v, want the firm once", again)
	}
	if w := s.get("/results/" + form); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "撤回，原因：对象有误。以下是撤回以后重新公示的内容") {
		t.Errorf("published again: status %d: %s", w.Code, w.Body)
	}
	if n := strings.Count(s.get("/data/results.csv").Body.String(), form+","); n != 1 {
		t.Errorf("the open data have the result %d times, want once", n)
	}
	if text := s.get("/data/corrections.csv").Body.String(); !strings.Contains(text, form+",") || !strings.Contains(text, ",withdrawn,对象有误,") {
		t.Errorf("the open data no longer say that it was withdrawn: %s", text)
	}
}

func must(d opendata.Dataset, ok bool) opendata.Dataset {
	if !ok {
		panic("no such dataset")
	}
	return d
}

// A long file is made once: who comes later gets the same bytes, in parts if he
// asks for them, until they are no longer true. Nothing of it has a name on the
// disk, and asking how long it is makes nothing.
func TestLongFilesAreMadeOnce(t *testing.T) {
	s := filled(t, plan.AtOnce)
	ask := func(method, path string, head ...string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest(method, path, nil)
		for i := 0; i < len(head); i += 2 {
			r.Header.Set(head[i], head[i+1])
		}
		s.ServeHTTP(w, r)
		return w
	}
	for _, path := range []string{"/data/results.csv", "/data/results.xlsx", "/data/all.sqlite"} {
		if w := ask(http.MethodHead, path); w.Code != http.StatusOK || w.Body.Len() > 0 || w.Header().Get("ETag") == "" {
			t.Errorf("%s: head %d of %d bytes, tag %s", path, w.Code, w.Body.Len(), w.Header().Get("ETag"))
		}
		s.get(path)
		whole := ask(http.MethodGet, path)
		tag, all := whole.Header().Get("ETag"), whole.Body.Bytes()
		if whole.Header().Get("Accept-Ranges") != "bytes" || strings.HasPrefix(tag, "W/") || whole.Header().Get("Content-Length") != strconv.Itoa(len(all)) {
			t.Fatalf("%s again: headers %v", path, whole.Header())
		}
		rest := ask(http.MethodGet, path, "Range", "bytes=100-", "If-Range", tag)
		if rest.Code != http.StatusPartialContent || !bytes.Equal(rest.Body.Bytes(), all[100:]) {
			t.Errorf("%s from its hundredth byte: %d, %d bytes of %d", path, rest.Code, rest.Body.Len(), len(all))
		}
		if w := ask(http.MethodGet, path, "If-None-Match", tag); w.Code != http.StatusNotModified {
			t.Errorf("%s for whoever has it: %d, want 304", path, w.Code)
		}
		s.Must(s.Disclosure.Withdraw(t.Context(), roundtest.As(access.Reviewer), s.withdrawable(t), "对象有误"))
		if w := ask(http.MethodGet, path, "Range", "bytes=100-", "If-Range", tag); w.Code != http.StatusOK || bytes.Equal(w.Body.Bytes(), all) {
			t.Errorf("%s after a withdrawal: %d, and the same bytes: %v", path, w.Code, bytes.Equal(w.Body.Bytes(), all))
		}
	}
}

// Two who come at the same time get the same file.
func TestTwoAtOnce(t *testing.T) {
	s := filled(t, plan.AtOnce)
	var wg sync.WaitGroup
	got := make([]*httptest.ResponseRecorder, 4)
	for i := range got {
		wg.Go(func() {
			got[i] = httptest.NewRecorder()
			s.ServeHTTP(got[i], httptest.NewRequest(http.MethodGet, "/data/all.sqlite", nil))
		})
	}
	wg.Wait()
	for _, w := range got[1:] {
		if w.Code != http.StatusOK || w.Header().Get("ETag") != got[0].Header().Get("ETag") || !bytes.Equal(w.Body.Bytes(), got[0].Body.Bytes()) {
			t.Errorf("status %d, tag %s and %s: made twice", w.Code, w.Header().Get("ETag"), got[0].Header().Get("ETag"))
		}
	}
}
