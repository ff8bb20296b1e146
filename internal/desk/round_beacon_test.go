package desk

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/beacon"
	"suiji/internal/page/pagetest"
	"suiji/internal/plan"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/randomness"
)

// A round of quicknet as it was published on 15 September 2023.
const (
	beaconRound     = 657413
	beaconSignature = "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"
)

func beaconFile(value string) string {
	return fmt.Sprintf(`{"round":%d,"randomness":%q,"signature":%q}`, beaconRound, value, beaconSignature)
}

// A beacon is sealed by the page's form, and got out of a file or from the
// network.
func TestBeaconPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { beaconPages(t, db, byFile) })
	t.Run("network", func(t *testing.T) { beaconPages(t, storetest.SQLite(t), byNetwork) })
}

func beaconPages(t *testing.T, db *store.DB, way func(f *fixture, path string)) {
	f := newDesk(t, db)
	f.Firms(200)
	id := f.Freeze(f.PublishYear(2023, func(p *plan.Plan) {
		p.Windows = []plan.Window{{No: 1, StartsOn: calendar.MustParse("2023-09-01"), EndsOn: calendar.MustParse("2023-10-31")}}
		p.ArchiveOn = calendar.MustParse("2023-12-31")
	}), 1, "2023-09-15")
	path, out := "/w/rounds/"+id, randomness.Quicknet.Time(beaconRound)
	f.At(out.Add(-5 * time.Minute))
	seal := func(minutes string, status int, location string) pagetest.Case {
		return pagetest.Case{Name: "seal " + minutes, As: "operator", Method: "POST", Path: path + "/seal", Status: status, Location: location,
			Form: form("beacon", minutes, "how", "当众掷 50 次骰子", "key", "seal"+minutes)}
	}
	f.run(t, []pagetest.Case{
		seal("1", 422, ""), seal("-5", 422, ""), seal("五", 422, ""), seal("10080", 422, ""), seal("5", 303, path),
		{Name: "waiting", As: "operator", Method: "GET", Path: path, Status: 200, Want: pagetest.Want{".notice.doing": "还没有公布", "input[type=file]": 0}},
		{Name: "roll", As: "operator", Method: "POST", Path: path + "/roll", Form: form("source", "public", "value", roundtest.Dice, "key", "roll"), Status: 303, Location: path},
	})
	f.At(out)
	way(f, path)
	f.run(t, []pagetest.Case{
		{Name: "entered", As: "operator", Method: "GET", Path: path, Status: 200, Want: pagetest.Want{"button.primary": "抽取", "input[type=file]": 0}},
		{Name: "a second time", As: "operator", Method: "POST", Path: path + "/beacon", Form: form("source", "drand", "key", "again"), Status: 409},
		{Name: "draw", As: "operator", Method: "POST", Path: path + "/draw", Form: form("key", "draw"), Status: 303, Location: path},
		{Name: "verifiable", As: "operator", Method: "GET", Path: path, Status: 200, Want: pagetest.Want{".notice.ok": "不由本局掌握"}},
	})
}

// send uploads a beacon's file as the form does.
func (f *fixture) send(path, role, key, content string) *httptest.ResponseRecorder {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	m.WriteField("source", "drand")
	m.WriteField("key", key)
	part, err := m.CreateFormFile("file", "round.json")
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	f.Must(err)
	f.Must(m.Close())
	r := httptest.NewRequest("POST", path+"/beacon", &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, f.as(r, role))
	return w
}

func byFile(f *fixture, path string) {
	for _, tt := range []struct {
		role, key, content, says string
		status                   int
	}{
		{"operator", "k1", beaconFile(strings.Repeat("0", 64)), "randomness 与签名不符", 422},
		{"operator", "k2", strings.Replace(beaconFile(""), "657413", "657414", 1), "签名核验不过", 422},
		{"operator", "k3", `{"round":1000,"signature":"b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"}`, "只认这一轮", 422},
		{"operator", "k4", "", "这不是 drand 的一轮", 422},
		{"clerk", "k5", beaconFile(""), "", 403},
		{"operator", "k6", beaconFile("fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587"), "", 303},
	} {
		if w := f.send(path, tt.role, tt.key, tt.content); w.Code != tt.status || !strings.Contains(w.Body.String(), tt.says) {
			f.Must(fmt.Errorf("%s as %s: status %d, want %d and %q: %s", tt.content, tt.role, w.Code, tt.status, tt.says, w.Body))
		}
	}
}

func byNetwork(f *fixture, path string) {
	up := false
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !up || r.URL.Path != beacon.Path(randomness.Quicknet, beaconRound) {
			http.Error(w, "not yet", http.StatusTooEarly)
			return
		}
		fmt.Fprint(w, beaconFile(""))
	}))
	defer s.Close()
	client, err := beacon.New([]string{s.URL}, s.Client().Transport)
	f.Must(err)
	f.Desk.Beacon = client
	post := func(status int, key string) {
		r := httptest.NewRequest("POST", path+"/beacon", strings.NewReader("source=drand&fetch=1&key="+key))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, f.as(r, "operator"))
		if w.Code != status {
			f.Must(fmt.Errorf("fetch: status %d, want %d: %s", w.Code, status, w.Body))
		}
	}
	post(409, "late") // it waits, and the operator tries again
	up = true
	post(303, "there")
}
