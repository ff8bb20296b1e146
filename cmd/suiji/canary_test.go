package main

import (
	"bytes"
	"encoding/csv"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"suiji/internal/sample"
)

// people are all names, numbers and addresses that the demo knows: of firms,
// officers and accounts, out of the files that it was made of.
func people(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, write := range []func(io.Writer) error{
		func(w io.Writer) error { return sample.Targets(w, demoFirms, 2046) },
		func(w io.Writer) error { return sample.Officers(w, demoOfficers, "2024-12-31") },
	} {
		file, err := sample.File(write)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf")))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range rows[0] {
			for _, words := range []string{"名称", "姓名", "代码", "号", "电话", "地址", "代表人", "联系人"} {
				if !strings.Contains(name, words) {
					continue
				}
				for _, row := range rows[1:] {
					if len(row[i]) >= 6 {
						all[row[i]] = true
					}
				}
			}
		}
	}
	for _, a := range demoAccounts {
		all[a.name] = true
	}
	if len(all) < 2*demoFirms {
		t.Fatalf("only %d names and numbers are known", len(all))
	}
	return all
}

var (
	mobile   = regexp.MustCompile(`\b1[3-9][0-9]{9}\b`)
	idNumber = regexp.MustCompile(`\b[1-9][0-9]{16}[0-9Xx]\b`)
)

// standsIn reports whether text holds a canary. One of digits alone is not
// looked for within a longer number or a random hexadecimal one: those hold any
// few digits by chance.
func standsIn(text, canary string) bool {
	if strings.Trim(canary, "0123456789") != "" {
		return strings.Contains(text, canary)
	}
	for from := 0; ; {
		i := strings.Index(text[from:], canary)
		if i < 0 {
			return false
		}
		at, end := from+i, from+i+len(canary)
		if !strings.ContainsAny(text[max(0, at-1):at], ofNumber) && !strings.ContainsAny(text[end:min(len(text), end+1)], ofNumber) {
			return true
		}
		from = at + 1
	}
}

// ofNumber are the characters of numbers, hexadecimal ones too.
const ofNumber = "0123456789abcdef."

// noCanary holds a log or the metrics to what they may hold: none of the names
// and numbers that were on the pages, none of the tokens of the sessions, no
// number that looks like a person's.
func noCanary(t *testing.T, what, text string, canaries map[string]bool) {
	t.Helper()
	if len(text) < 1000 {
		t.Errorf("%s has %d bytes only", what, len(text))
	}
	for c := range canaries {
		if standsIn(text, c) {
			t.Errorf("%s holds %q", what, c)
		}
	}
	for _, like := range []*regexp.Regexp{mobile, idNumber} {
		if found := like.FindString(text); found != "" {
			t.Errorf("%s holds %q", what, found)
		}
	}
}

// betray does what makes a careless log talk: names and numbers in addresses,
// headers and forms, right and wrong ones. It returns what it said.
func betray(t *testing.T, b *browser) []string {
	t.Helper()
	const name, phone, id, key = "金丝雀某某", "13800138000", "11010519491231002X", "canary-token-0123456789abcdef"
	q := url.Values{"q": {name}, "phone": {phone}, "id": {id}, "token": {key}}.Encode()
	for _, path := range []string{"/?" + q, "/targets?" + q, "/w?" + q, "/c/" + key, "/witness/" + key, "/stage/" + url.PathEscape(name), "/" + phone, "/m/" + id} {
		if err := b.open(path); err != nil {
			t.Fatal(err)
		}
		if b.status >= http.StatusInternalServerError {
			t.Errorf("%s: status %d", path, b.status)
		}
	}
	for _, path := range []string{"/w/login", "/c/" + key, "/w/targets", "/witness/" + key} {
		if err := b.do("POST", path, "application/x-www-form-urlencoded", strings.NewReader(q+"&username="+url.QueryEscape(name)+"&password="+key)); err != nil {
			t.Fatal(err)
		}
		if b.status >= http.StatusInternalServerError {
			t.Errorf("POST %s: status %d", path, b.status)
		}
	}
	return []string{name, phone, id, key, url.QueryEscape(name)}
}

// metricsOf fetches a server's metrics from the address that it logged.
func metricsOf(t *testing.T, s *server) string {
	t.Helper()
	at := regexp.MustCompile(`"msg":"metrics","address":"([^"]+)"`).FindStringSubmatch(s.log.String())
	if at == nil {
		t.Fatalf("no metrics in %s", s.log)
	}
	res, err := http.Get("http://" + at[1] + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %v", res.StatusCode, err)
	}
	for _, want := range []string{"suiji_request_seconds_count{route=", "suiji_ledger_lag_seconds{", `suiji_job_age_seconds{job="reminders"}`, "suiji_database_connections{", "suiji_act_seconds_count{"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the metrics have no %s", want)
		}
	}
	return string(text)
}
