package field

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"suiji/internal/access"
	"suiji/internal/identity"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/store"
	"suiji/internal/visit"
)

// handset is a phone that speaks HTTP: its records and its photograph, and
// what it knows to be kept.
type handset struct {
	id     string
	to     string
	http   *http.Client
	box    []visit.Record
	kept   map[string]visit.Answer
	photo  []byte
	digest string
	use    string
	have   int64
	sent   bool
}

func (h *handset) done() bool { return h.sent && len(h.kept) == len(h.box) }

// post sends and reads the answer; false: the line was cut.
func (h *handset) post(path, kind string, body []byte, out any) bool {
	r, err := http.NewRequest("POST", h.to+path, bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Phone", h.id)
	resp, err := h.http.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return false
	}
	if resp.StatusCode != 200 {
		panic(fmt.Sprintf("%s: %d %s", path, resp.StatusCode, raw)) // the office itself must not fail
	}
	if err := json.Unmarshal(raw, out); err != nil {
		panic(err)
	}
	return true
}

func (h *handset) push(rnd *rand.Rand) {
	if !h.sent && rnd.IntN(2) == 0 {
		h.pushPhoto(rnd)
		return
	}
	in := parcel{Records: []visit.Record{}}
	for _, r := range h.box {
		if _, ok := h.kept[r.ID]; !ok {
			in.Records = append(in.Records, r)
		}
	}
	rnd.Shuffle(len(in.Records), func(i, j int) { in.Records[i], in.Records[j] = in.Records[j], in.Records[i] })
	body, err := json.Marshal(in)
	if err != nil {
		panic(err)
	}
	var out receipt
	if len(in.Records) == 0 || !h.post("/m/sync", "application/json", body, &out) {
		return
	}
	for _, a := range out.Answers {
		if a.State == visit.Kept || a.State == visit.Stale {
			h.kept[a.ID] = a
		}
	}
}

// pushPhoto sends the next piece, or one that it has sent before.
func (h *handset) pushPhoto(rnd *rand.Rand) {
	const piece = 600
	size := int64(len(h.photo))
	at := h.have
	if rnd.IntN(5) == 0 {
		at = 0 // it was killed and has forgotten how far it was
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range map[string]string{"form": h.box[0].Form, "use": h.use, "digest": h.digest, "original": "", "at": "1655690400000",
		"size": strconv.FormatInt(size, 10), "offset": strconv.FormatInt(at, 10)} {
		if err := w.WriteField(name, value); err != nil {
			panic(err)
		}
	}
	part, err := w.CreateFormFile("photo", "photo.jpg")
	if err != nil {
		panic(err)
	}
	part.Write(h.photo[at:min(at+piece, size)])
	w.Close()
	var out struct {
		Have int64 `json:"have"`
	}
	if h.post("/m/photos", w.FormDataContentType(), b.Bytes(), &out) {
		h.have, h.sent = out.Have%size, out.Have == size
	}
}

// fifty gives each of n people of O1's and O2's teams a phone with arrivals, a
// result, and a photograph.
func (x *street) fifty(n int, to string) (all []*handset) {
	f := x.Form(x.t, 1)
	for i := range n {
		id := fmt.Sprintf("p%d", i)
		x.Exec(x.t, fmt.Sprintf(`INSERT INTO identity_account (authority_id, account_id, username, name, password, officer_id, active, created_at)
			VALUES ('%s', '%s', '%s', '%s', '', '%s', TRUE, 0)`, inspectiontest.Authority, id, id, id, []string{"O1", "O2"}[i%2]))
		h := &handset{id: id, to: to, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, kept: map[string]visit.Answer{}, use: visit.UseOther}
		record := func(kind visit.Kind, body any) {
			raw, err := json.Marshal(body)
			if err != nil {
				x.t.Fatal(err)
			}
			h.box = append(h.box, visit.Record{ID: fmt.Sprintf("p-%010d-%d", i, len(h.box)), Form: f.ID, Kind: kind, At: x.Now().UnixMilli(), Body: string(raw)})
		}
		record(visit.Arrival, visit.Place{Reason: visit.Reasons[0]})
		record(visit.Arrival, visit.Place{Lat: "37.75", Lon: "114.52", Accuracy: 9})
		sheet := sheetOf(f)
		sheet.Started, sheet.Ended, sheet.Methods, sheet.Codes, sheet.Person, sheet.Summary = "2022-06-20", "2022-06-20", []string{"M1"}, []string{"R1"}, "孙签字", id
		for k := range sheet.Answers {
			sheet.Answers[k].Answer = "yes"
		}
		record(visit.Result, sheet)
		m := image.NewRGBA(image.Rect(0, 0, 64, 48))
		for k := range 300 {
			m.Set(k%64, k*7%48, color.RGBA{byte(i * k), byte(k * 5), byte(i * 5), 255})
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, m, nil); err != nil {
			x.t.Fatal(err)
		}
		h.photo = b.Bytes()
		sum := sha256.Sum256(h.photo)
		h.digest = hex.EncodeToString(sum[:])
		all = append(all, h)
	}
	return all
}

// Fifty phones speak HTTP to the office over a line that drops, doubles, breaks
// off and reorders: nothing is lost and nothing is there twice. The seed is printed.
func TestFiftyPhonesOverABadLine(t *testing.T) {
	seed, n := rand.Uint64(), 50
	if testing.Short() {
		n = 10
	}
	t.Logf("seed %d", seed)
	x := newStreet(t)
	x.Exec(t, `UPDATE register_officer SET cert_until = '2025-12-31'`)
	rnd := rand.New(rand.NewPCG(seed, 3))
	office := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := inspectiontest.Actor(r.Header.Get("Phone"), r.Header.Get("Phone"), access.Inspector)
		x.h.ServeHTTP(w, r.WithContext(identity.WithActor(r.Context(), who)))
	})
	line := &pagetest.Line{Office: page.Chain(office, page.Numbered, page.Limited(1<<20, 1<<26), page.Guarded), Dice: rnd, Did: map[string]int{}}
	all := x.fifty(n, line.Serve(t))
	x.Exec(t, fmt.Sprintf(`INSERT INTO visit_record (authority_id, record_id, form_id, kind, body, digest, device_at, received_at, account_id, account_name, state, answer)
		VALUES ('%s', 'first-arrival', '%s', 'arrival', '{}', '', 0, 0, '', '', 'kept', '{}')`, inspectiontest.Authority, all[0].box[0].Form)) // so that a result may come before its own phone's arrival
	for turn := 0; slices.ContainsFunc(all, func(h *handset) bool { return !h.done() }); turn++ {
		if turn > 400*n {
			t.Fatalf("after %d turns some phones are not done", turn)
		}
		all[rnd.IntN(n)].push(rnd)
	}
	line.Arrive()
	for _, what := range []string{"request dropped", "answer dropped", "doubled", "late", "broken off"} {
		if t.Logf("%s: %d", what, line.Did[what]); line.Did[what] == 0 {
			t.Errorf("the line never did: %s", what)
		}
	}
	x.tally(all)
}

func (x *street) tally(all []*handset) {
	x.t.Helper()
	f := x.Form(x.t, 1)
	v, err := x.s.Visit.Visit(x.t.Context(), f)
	if err != nil {
		x.t.Fatal(err)
	}
	arrivals, photos, kept := map[string]int{}, map[string]int{}, 0
	for _, a := range v.Arrivals {
		arrivals[a.ID]++
	}
	for _, p := range v.Photos {
		photos[p.Digest]++
	}
	for _, h := range all {
		for _, r := range h.box[:2] {
			if arrivals[r.ID] != 1 {
				x.t.Errorf("%s: its arrival is there %d times", h.id, arrivals[r.ID])
			}
		}
		if h.kept[h.box[2].ID].State == visit.Kept {
			if kept++; f.Summary != h.id {
				x.t.Errorf("the form is %s's, and %s was told that its result is kept", f.Summary, h.id)
			}
		}
		body, err := os.ReadFile(filepath.Join(x.s.Visit.Dir, "photos", inspectiontest.Authority, h.digest))
		if photos[h.digest] != 1 || err != nil || !bytes.Equal(body, h.photo) {
			x.t.Errorf("%s: its photograph is there %d times, %v", h.id, photos[h.digest], err)
		}
	}
	if kept != 1 || len(v.Stale) != len(all)-1 || f.Revision != 2 || len(v.Arrivals) != 1+2*len(all) || len(v.Photos) != len(all) {
		x.t.Errorf("%d results taken, %d beside, revision %d, %d arrivals, %d photographs; of %d phones each once", kept, len(v.Stale), f.Revision, len(v.Arrivals), len(v.Photos), len(all))
	}
	clashes, err := store.One(x.t.Context(), x.DB, store.Value[int], `SELECT count(*) FROM visit_clash`)
	if err != nil || clashes != 0 {
		x.t.Errorf("%d records clash, %v", clashes, err)
	}
}
