package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"maps"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/round/roundtest"
	"suiji/internal/sample"
	"suiji/internal/store"
	"suiji/internal/visit"
)

// The evening of a large office: so many phones come back into the net within
// a minute, each with the results of so many firms.
const (
	phones      = 1000
	firmsEach   = 20
	photosEach  = 5
	eveningDay  = "2022-06-20"
	eveningTime = eveningDay + "T17:00"
)

// BenchmarkEvening has 1,000 phones send 20 results each to “suiji serve”
// within a minute, as their script does; then the same with five photographs
// each before. Every twentieth does not hear the answer and sends all of it again.
// Nothing may be lost or be there twice.
func BenchmarkEvening(b *testing.B) {
	kept := eveningDir(b)
	for _, x := range []struct {
		name   string
		photos int
		most   time.Duration // from the first phone to the last answer
		late   float64       // ms, the 99th of a hundred answers
		memory float64       // MB
	}{
		{"results", 0, 65 * time.Second, 2000, 400},
		{"results and photographs", photosEach, 90 * time.Second, 0, 400},
	} {
		b.Run(x.name, func(b *testing.B) {
			dir := b.TempDir()
			if out, err := exec.Command("cp", "-r", kept+"/.", dir).CombinedOutput(); err != nil {
				b.Fatalf("%v: %s", err, out)
			}
			clock := filepath.Join(b.TempDir(), "clock")
			if err := setClock(clock, eveningTime); err != nil {
				b.Fatal(err)
			}
			b.Setenv(envClock, clock)
			e := readEvening(b, dir)
			e.photos = x.photos
			s := startBench(b, "suiji", "serve", "--listen", "127.0.0.1:0", "--data", dir)
			s.rest(b)
			e.address = s.address
			resetMost(s.pid())
			cpu, begun := cpuOf(b, s.pid()), time.Now()
			e.come(b, time.Minute)
			took := time.Since(begun)
			_, peak := memoryOf(b, s.pid())
			slices.Sort(e.syncs)
			slices.Sort(e.sends)
			lost, twice := e.missing(b, dir)
			b.Logf("load %s: %d phones, %d parcels of results, p50 %.0f ms, p99 %.0f ms, last %.0f ms; %d photographs, p50 %.0f ms, p99 %.0f ms; %d asked again; %.1f s in all, %.1f s of processor; at most %.0f MB",
				loadAverage(), len(e.phones), len(e.syncs), ms(e.syncs, 0.5), ms(e.syncs, 0.99), ms(e.syncs, 1), len(e.sends), ms(e.sends, 0.5), ms(e.sends, 0.99), e.again, took.Seconds(), (cpuOf(b, s.pid()) - cpu).Seconds(), peak)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(took.Seconds(), "s")
			b.ReportMetric(ms(e.syncs, 0.99), "p99-ms")
			b.ReportMetric(peak, "peak-MB")
			b.ReportMetric(float64(lost), "lost")
			b.ReportMetric(float64(twice), "twice")
			if lost+twice+e.wrong > 0 || took > x.most || peak > x.memory || x.late > 0 && ms(e.syncs, 0.99) > x.late {
				b.Errorf("%d lost, %d twice, %d answers wrong (%s); want none, %v in all, p99 %.0f ms, %.0f MB", lost, twice, e.wrong, e.said, x.most, x.late, x.memory)
			}
		})
	}
}

// eveningDir is a directory with an office of 1,000 inspectors and 20,000 firms
// that were drawn, dealt, approved for one day, and arrived at. It is made once
// for a schema, and kept for the next run.
func eveningDir(b *testing.B) string {
	b.Helper()
	schema, err := filepath.Glob("../../internal/store/migrations/*.sql")
	if err != nil || len(schema) == 0 {
		b.Fatal("no migrations", err)
	}
	dir := filepath.Join(os.TempDir(), "suiji-bench", fmt.Sprintf("evening-%d", len(schema)))
	if _, err := os.Stat(filepath.Join(dir, "filled")); err == nil {
		return dir
	}
	begun, ctx := time.Now(), b.Context()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	must(os.RemoveAll(dir))
	must(os.MkdirAll(dir, 0o750))
	db, err := store.Open(ctx, filepath.Join(dir, "suiji.db"))
	must(err)
	defer db.Close()
	o := roundtest.NewAt(b, db, dir)
	o.Import(register.Officers, func(w io.Writer) error { return sample.Officers(w, phones, "2024-12-31") })
	o.Firms(phones * firmsEach * 11 / 10) // some of them are closed
	id := o.Publish(func(p *plan.Plan) {
		p.Windows = p.Windows[:1]
		p.Tasks[0].Strata = []plan.Stratum{{Name: "all", Title: "全部用人单位", Ratio: 10_000}}
		p.Tasks[0].Tickets = nil
	})
	r := o.Matched(id, 1, "2022-06-06")
	o.On("2022-06-10")
	o.ApprovedOn(r, eveningDay)
	x := eveningOffice(o)
	must(x.inspection.Issue(ctx, roundtest.As(access.Clerk), r))
	must(o.Door.Keep(ctx, func(tx *store.DB) error {
		for _, text := range []string{
			`INSERT INTO identity_account (authority_id, account_id, username, name, password, officer_id, active, created_at, changed_at)
			SELECT authority_id, officer_id, officer_id, name, '', officer_id, TRUE, 0, 1655600000000 FROM register_officer`,
			`INSERT INTO identity_role (authority_id, account_id, role) SELECT authority_id, officer_id, 'inspector' FROM register_officer`,
			`DELETE FROM identity_rules`, // the phones have no second factor
			`INSERT INTO schedule_pledge (authority_id, round_id, officer_id, digest, at) SELECT authority_id, '` + r + `', officer_id, '', 0 FROM register_officer`,
		} {
			if _, err := tx.Exec(ctx, text); err != nil {
				return fmt.Errorf("%s: %w", text, err)
			}
		}
		return nil
	}))
	o.At(eveningMoment(b).Add(-2 * time.Hour))
	for account, forms := range dealt(b, db) {
		var records []visit.Record
		for _, f := range forms {
			records = append(records, visit.Record{ID: recordOf("arrival", f), Form: f, Kind: visit.Arrival, At: o.Now().UnixMilli(), Body: `{"reason":"` + visit.Reasons[0] + `"}`})
		}
		answers, err := x.visit.Sync(ctx, access.Actor{Authority: roundtest.Authority, ID: account, Name: account, Roles: []access.Role{access.Inspector}}, records)
		must(err)
		for _, a := range answers {
			if a.State != visit.Kept {
				b.Fatalf("arrival %+v", a)
			}
		}
	}
	must(os.WriteFile(filepath.Join(dir, "filled"), nil, 0o600))
	b.Logf("the evening of %d inspectors made ready in %.0f s", phones, time.Since(begun).Seconds())
	return dir
}

func eveningMoment(b *testing.B) time.Time {
	b.Helper()
	t, err := parseTime(eveningTime)
	if err != nil {
		b.Fatal(err)
	}
	return t
}

type inspecting struct {
	inspection *inspection.Service
	visit      *visit.Service
}

func eveningOffice(o *roundtest.Office) inspecting {
	i := inspection.New(inspection.Config{DB: o.DB, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule})
	return inspecting{i, visit.New(visit.Config{DB: o.DB, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: i, Dir: o.Dir})}
}

// dealt says of each officer which forms he fills in: of a team, whoever has
// fewer so far.
func dealt(b *testing.B, db *store.DB) map[string][]string {
	b.Helper()
	teams, err := store.All(b.Context(), db, func(row store.Scanner) (t [2]string, err error) {
		err = row.Scan(&t[0], &t[1])
		return t, err
	}, `
		SELECT f.form_id, string_agg(m.officer_id, ' ' ORDER BY m.officer_id)
		FROM inspection_form f
		JOIN round_officer m ON m.authority_id = f.authority_id AND m.round_id = f.round_id AND m.target_id = f.target_id
		WHERE m.state = 'team'
		GROUP BY f.form_id
		ORDER BY f.form_id`)
	if err != nil || len(teams) == 0 {
		b.Fatalf("%d forms: %v", len(teams), err)
	}
	of := map[string][]string{}
	for _, t := range teams {
		who := slices.MinFunc(strings.Fields(t[1]), func(x, y string) int { return len(of[x]) - len(of[y]) })
		if len(of[who]) < firmsEach {
			of[who] = append(of[who], t[0])
		}
	}
	return of
}

func recordOf(kind, form string) string { return kind + "-" + strings.ReplaceAll(form, ".", "-") }

// evening is what the phones carry, and what they heard.
type evening struct {
	address string
	photos  int
	phones  []*carried
	picture []byte

	mu           sync.Mutex
	syncs, sends []time.Duration
	again, wrong int
	said         string
}

type carried struct {
	cookie  string
	forms   []string
	records []visit.Record
}

// readEvening signs all phones in, and fills their forms in.
func readEvening(b *testing.B, dir string) *evening {
	b.Helper()
	db, err := store.Open(b.Context(), filepath.Join(dir, "suiji.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	o := roundtest.Reopen(b, db, dir)
	o.At(eveningMoment(b).Add(-5 * time.Minute))
	x, e := eveningOffice(o), &evening{picture: madePicture(b)}
	sessions := o.Identity.Sessions(false)
	of := dealt(b, db)
	for _, account := range slices.Sorted(maps.Keys(of)) {
		p := &carried{cookie: signedIn(b, o.Identity, sessions, roundtest.Authority, account), forms: of[account]}
		for _, id := range p.forms {
			f, err := x.inspection.Form(b.Context(), roundtest.Authority, id)
			if err != nil {
				b.Fatal(err)
			}
			p.records = append(p.records, visit.Record{ID: recordOf("result", id), Form: id, Kind: visit.Result, At: o.Now().UnixMilli(), Body: filledIn(b, f, o.Now())})
		}
		e.phones = append(e.phones, p)
	}
	return e
}

// signedIn is the cookie of a session that the program itself began.
func signedIn(b *testing.B, s *identity.Service, sessions *identity.Sessions, authority, account string) string {
	b.Helper()
	acc, err := s.Account(b.Context(), authority, account)
	if err != nil {
		b.Fatal(err)
	}
	w := httptest.NewRecorder()
	sessions.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { err = sessions.SignIn(r.Context(), acc) })).
		ServeHTTP(w, httptest.NewRequest("POST", "/w/login", nil))
	if err != nil || len(w.Result().Cookies()) == 0 {
		b.Fatalf("sign-in of %s: %v", account, err)
	}
	c := w.Result().Cookies()[0]
	return c.Name + "=" + c.Value
}

// filledIn is a form without problems, as the phone sends it.
func filledIn(b *testing.B, f inspection.Form, now time.Time) string {
	sheet := visit.Sheet{Revision: f.Revision, Methods: []string{string(inspection.OnSite)}, Started: eveningDay, Ended: eveningDay, Person: "孙签字",
		Summary: "现场查看劳动合同、考勤和工资支付记录，与五名职工谈话", Codes: []string{string(inspection.R1)}, Opened: now.Add(-time.Hour).UnixMilli()}
	for _, p := range f.Points {
		sheet.Answers = append(sheet.Answers, visit.Answered{Item: p.ItemID, No: p.No, Answer: string(inspection.Yes)})
	}
	body, err := json.Marshal(sheet)
	if err != nil {
		b.Fatal(err)
	}
	return string(body)
}

// madePicture is a photograph of the size that the script makes, without much
// to leave out.
func madePicture(b *testing.B) []byte {
	m, r := image.NewRGBA(image.Rect(0, 0, 1600, 1200)), rand.New(rand.NewPCG(3, 4))
	for y := range 1200 {
		for x := range 1600 {
			k := uint8(r.IntN(24))
			m.SetRGBA(x, y, color.RGBA{uint8(x/8) + k, uint8(y/6) + k, uint8((x+y)/16) + k, 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 80}); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// numbered is the picture as another file: a comment (JPEG's marker FE) stands
// after its first two bytes.
func (e *evening) numbered(n int) []byte {
	mark := binary.BigEndian.AppendUint64([]byte{0xff, 0xfe, 0, 10}, uint64(n))
	return slices.Concat(e.picture[:2], mark, e.picture[2:])
}

// come lets every phone come at its own moment.
func (e *evening) come(b *testing.B, within time.Duration) {
	b.Helper()
	begun := time.Now()
	var wg sync.WaitGroup
	for i, p := range e.phones {
		wg.Go(func() {
			time.Sleep(time.Until(begun.Add(time.Duration(i) * within / time.Duration(len(e.phones)))))
			client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for n := range e.photos {
				e.send(client, p, i, n)
			}
			for range 1 + btoi(i%20 == 7) {
				e.sync(client, p)
			}
		})
	}
	wg.Wait()
	e.again = len(e.phones)/20 + btoi(len(e.phones)%20 > 7)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sync sends a phone's results.
func (e *evening) sync(client *http.Client, p *carried) {
	body, _ := json.Marshal(map[string]any{"records": p.records, "sent": []string{}}) // it is made of texts
	raw, took, err := e.post(client, p, "/m/sync", "application/json", body)
	kept := 0
	var out struct{ Answers []visit.Answer }
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	for _, a := range out.Answers {
		if a.State == visit.Kept {
			kept++
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.syncs = append(e.syncs, took)
	if err != nil || kept != len(p.records) {
		e.wrong++
		e.said = fmt.Sprintf("%v %.300s", err, raw)
	}
}

// send sends the n-th photograph of the i-th phone, for one of its forms.
func (e *evening) send(client *http.Client, p *carried, i, n int) {
	file := e.numbered(i*e.photos + n)
	sum := sha256.Sum256(file)
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for name, value := range map[string]string{"form": p.forms[n%len(p.forms)], "use": "other", "digest": hex.EncodeToString(sum[:]),
		"size": fmt.Sprint(len(file)), "offset": "0", "at": fmt.Sprint(p.records[0].At)} {
		m.WriteField(name, value)
	}
	w, _ := m.CreateFormFile("photo", "photo.jpg") // into memory
	w.Write(file)
	m.Close()
	raw, took, err := e.post(client, p, "/m/photos", m.FormDataContentType(), body.Bytes())
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sends = append(e.sends, took)
	if want := fmt.Sprintf(`{"have":%d}`, len(file)); err != nil || string(raw) != want {
		e.wrong++
		e.said = fmt.Sprintf("%v %.300s, want %s", err, raw, want)
	}
}

func (e *evening) post(client *http.Client, p *carried, path, kind string, body []byte) ([]byte, time.Duration, error) {
	begun := time.Now()
	r, err := http.NewRequestWithContext(context.Background(), "POST", e.address+path, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	r.Header.Set("Cookie", p.cookie)
	r.Header.Set("Content-Type", kind)
	resp, err := client.Do(r)
	if err != nil {
		return nil, time.Since(begun), err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %d", path, resp.StatusCode)
	}
	return raw, time.Since(begun), err
}

// missing counts what is not there, and what is there twice: forms without
// their result, results entered more than once, photographs.
func (e *evening) missing(b *testing.B, dir string) (lost, twice int) {
	b.Helper()
	db, err := store.Open(b.Context(), filepath.Join(dir, "suiji.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	count := func(query string) int {
		n, err := store.One(b.Context(), db, store.Value[int], query)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	results, pictures := 0, 0
	for _, p := range e.phones {
		results, pictures = results+len(p.records), pictures+e.photos
	}
	there := count(`SELECT count(*) FROM inspection_form WHERE state = 'entered'`)
	records := count(`SELECT count(*) FROM visit_record WHERE kind = 'result' AND state = 'kept'`)
	more := count(`SELECT count(*) FROM inspection_form WHERE state = 'entered' AND revision > 2`) + count(`SELECT count(*) FROM visit_clash`)
	have := count(`SELECT count(*) FROM visit_photo`)
	files, err := filepath.Glob(filepath.Join(dir, "photos", "*", "*.jpg"))
	if err != nil {
		b.Fatal(err)
	}
	lost = max(0, results-min(there, records)) + max(0, pictures-min(have, len(files)))
	return lost, more + max(0, max(there, records)-results) + max(0, have-pictures)
}
