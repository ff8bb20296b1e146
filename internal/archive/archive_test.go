package archive_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/archive"
	"suiji/internal/canon"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/documents"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/papers"
	"suiji/internal/reference"
	"suiji/internal/round"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/internal/visit"
)

const (
	authority = inspectiontest.Authority
	verifier  = "../../verify/suiji_verify.py"
)

// fonts are read once: it takes a while.
var fonts = papers.FindFonts("")

// office is one with two inspectors' phones, whose forms are issued.
type office struct {
	*inspectiontest.Office
	*testing.T
	s        *archive.Service
	visit    *visit.Service
	casework *casework.Service
	public   *disclosure.Service
	papers   *documents.Service
	one      access.Actor
	dir      string
	n        int
}

func each(t *testing.T, body func(o *office)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		body(newOffice(t, db))
	})
}

func newOffice(t *testing.T, db *store.DB) *office {
	t.Helper()
	o := &office{Office: inspectiontest.New(t, db), T: t, dir: t.TempDir()}
	ref := reference.New(db, o.Door)
	o.visit = visit.New(visit.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: o.Inspection, Dir: o.dir})
	o.casework = casework.New(casework.Config{DB: db, Door: o.Door, Now: o.Now, Reference: ref, Inspection: o.Inspection, Dir: o.dir})
	o.public = disclosure.New(disclosure.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity, Reference: ref, Inspection: o.Inspection,
		Round: round.New(round.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now})})
	o.papers = documents.New(documents.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: o.Inspection, Visit: o.visit, Fonts: fonts, Dir: o.dir})
	program, err := os.ReadFile(verifier)
	o.must(err)
	o.s = archive.New(archive.Config{DB: db, Door: o.Door, Now: o.Now, Scribe: o.Scribe, Identity: o.Identity, Inspection: o.Inspection, Visit: o.visit,
		Casework: o.casework, Disclosure: o.public, Documents: o.papers, Fonts: fonts, Verifier: program, Dir: o.dir})
	o.Exec(t, `UPDATE register_officer SET cert_until = '2025-12-31'`)
	o.Issue(t)
	o.must(o.Identity.AddAccount(context.Background(), access.System(authority), identity.Account{ID: "one", Username: "one", Name: "高建军", OfficerID: "O1", Roles: []access.Role{access.Inspector}}, "a-long-password-1"))
	o.one = inspectiontest.Actor("one", "高建军", access.Inspector)
	return o
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *office) refused(err error, kind errs.Kind, part string) {
	o.Helper()
	if errs.KindOf(err) != kind || !strings.Contains(errs.Sentence(err), part) {
		o.Errorf("error = %v (kind %d), want kind %d with %q", err, errs.KindOf(err), kind, part)
	}
}

func key(no int) archive.Key {
	return archive.Key{Round: inspectiontest.Round, Target: inspectiontest.Firms[no-1]}
}

func (o *office) send(kind visit.Kind, no int, body any) {
	o.Helper()
	raw, err := json.Marshal(body)
	o.must(err)
	o.n++
	answers, err := o.visit.Sync(o.Context(), o.one, []visit.Record{{ID: fmt.Sprintf("phone-record-%04d", o.n), Form: inspection.Serial(inspectiontest.Round, no), Kind: kind, At: o.Now().UnixMilli(), Body: string(raw)}})
	o.must(err)
	if answers[0].State != visit.Kept {
		o.Fatalf("%s: %+v", kind, answers[0])
	}
}

func picture(o *office) []byte {
	var b bytes.Buffer
	o.must(jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 40, 30)), nil))
	return b.Bytes()
}

// visited has the first firm inspected by phone, its conclusion confirmed and
// published, and the ledger sequenced.
func (o *office) visited() {
	o.Helper()
	ctx := o.Context()
	o.send(visit.Arrival, 1, visit.Place{Lat: "37.75", Lon: "114.52", Accuracy: 12})
	_, err := o.visit.Photograph(ctx, o.one, visit.Upload{Form: o.Form(o.T, 1).ID, Use: "point-1", At: o.Now().UnixMilli(), Body: picture(o)})
	o.must(err)
	e := inspectiontest.Entry(o.Form(o.T, 1), "2022-06-20")
	f := o.Form(o.T, 1)
	sh := visit.Sheet{Revision: f.Revision, Methods: []string{"M1"}, Started: "2022-06-20", Ended: "2022-06-20", Person: "孙签字", Codes: []string{"R1"}, Opened: o.Now().UnixMilli()}
	for _, a := range e.Answers {
		sh.Answers = append(sh.Answers, visit.Answered{Item: a.ItemID, No: a.No, Answer: string(inspection.Yes)})
	}
	strokes := "[[10,10,40,60,80,20]]"
	sh.Signatures = []visit.Signature{{Role: visit.Inspector1, Officer: "O1", Name: "高建军", Strokes: strokes, At: 1}, {Role: visit.Inspector2, Officer: "O2", Name: "何丽", Strokes: strokes, At: 2}, {Role: visit.ByFirm, Name: "孙签字", Strokes: strokes, At: 3}}
	filled := f
	entry := e
	filled.Methods, filled.StartedOn, filled.EndedOn, filled.FirmPerson, filled.Codes = entry.Methods, entry.StartedOn, entry.EndedOn, "孙签字", []inspection.Code{inspection.R1}
	for i := range filled.Points {
		filled.Points[i].Answer = inspection.Yes
	}
	sh.Text = visit.Text(filled)
	o.send(visit.Result, 1, sh)
	f = o.Form(o.T, 1)
	o.must(o.Inspection.Confirm(ctx, o.Reviewer, f.ID, f.Revision, "同意"))
	o.must(o.public.Publish(ctx, o.Reviewer, []string{f.ID}))
	o.must(o.Scribe.Sequence(ctx, authority))
}

func (o *office) whole(no int) archive.Whole {
	o.Helper()
	w, err := o.s.Whole(o.Context(), authority, key(no))
	o.must(err)
	return w
}

func (o *office) seal(no int, reason string) archive.Volume {
	o.Helper()
	v, fresh, err := o.s.Seal(o.Context(), o.Clerk, key(no), archive.Sealing{Facts: o.whole(no).Facts, Reason: reason})
	o.must(err)
	if !fresh {
		o.Fatalf("Seal(%d) found nothing new", no)
	}
	return v
}

// unpacked writes a package into an empty folder.
func (o *office) unpacked(body []byte) string {
	o.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	o.must(err)
	dir := o.TempDir()
	for _, f := range z.File {
		r, err := f.Open()
		o.must(err)
		b, err := io.ReadAll(r)
		o.must(err)
		to := filepath.Join(dir, filepath.FromSlash(f.Name))
		o.must(os.MkdirAll(filepath.Dir(to), 0o755))
		o.must(os.WriteFile(to, b, 0o644))
	}
	return dir
}

func run(dir, name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	return string(out), err
}

// python runs the verifier that lies in the package itself.
func (o *office) python(dir string, args ...string) (string, int) {
	o.Helper()
	program, err := filepath.Abs(verifier)
	o.must(err)
	out, err := run(dir, "python3", append([]string{"-B", program, "archive", "."}, args...)...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return out, exit.ExitCode()
	case err != nil:
		o.Skipf("no Python: %v", err)
	}
	return out, 0
}

// One inspection is one package that is read and checked without the program.
func TestPackage(t *testing.T) {
	each(t, func(o *office) {
		o.visited()
		w := o.whole(1)
		if got, want := strings.Join(w.Gaps, "；"), "检查通知书的送达记录"; got != want {
			o.Fatalf("Gaps = %q, want %q", got, want)
		}
		_, _, err := o.s.Seal(o.Context(), o.Clerk, key(1), archive.Sealing{})
		o.refused(err, errs.Invalid, "还缺 1 项材料")
		_, _, err = o.s.Seal(o.Context(), o.Clerk, key(1), archive.Sealing{Facts: "older", Reason: "通知书的回执在纸质卷"})
		o.refused(err, errs.Conflict, "有变化")
		_, _, err = o.s.Seal(o.Context(), o.Reviewer, key(1), archive.Sealing{Reason: "通知书的回执在纸质卷"})
		o.refused(err, errs.Forbidden, "没有此项权限")
		v := o.seal(1, "通知书的回执在纸质卷")
		if got, want := v.Number, authority+"-ZY·XZJC·2022-D10-0001"; got != want || v.Period != archive.Ten {
			o.Errorf("Number, Period = %s, %s, want %s, D10", got, v.Period, want)
		}
		_, body, err := o.s.Take(o.Context(), o.Reviewer, key(1), 1)
		o.must(err)
		_, _, err = o.s.Take(o.Context(), inspectiontest.Actor("x", "检查员", access.Inspector), key(1), 1)
		o.refused(err, errs.Forbidden, "没有此项权限")
		dir := o.unpacked(body)
		for _, name := range []string{"index.html", "contents.csv", "metadata.json", "metadata.xml", "metadata.csv", "report.html", "report.txt", "case.json", "documents/1-form.html", "documents/1-form.txt",
			"documents/1-spot.html", "evidence/1-signature-1.txt", "evidence/1-signature-3.svg", "public/record.html", "public/records.json", "ledger/key.txt", "verify/suiji_verify.py", "manifest-sm3.txt"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				o.Errorf("the package lacks %s", name)
			}
		}
		manifest, err := os.ReadFile(filepath.Join(dir, "manifest-sha256.txt"))
		o.must(err)
		if got := canon.SHA256.Hex(manifest); got != v.SHA256 || v.SM3 != canon.SM3.Hex(manifest) {
			o.Errorf("the manifest's digest is %s, the database has %s", got, v.SHA256)
		}
		if out, err := run(dir, "sha256sum", "--strict", "--quiet", "-c", "manifest-sha256.txt"); err != nil {
			o.Errorf("sha256sum -c: %v\n%s", err, out)
		}
		if out, code := o.python(dir); code != 0 || !strings.Contains(out, "1 份回执") || !strings.Contains(out, "1 版公示记录") {
			o.Errorf("the verifier says %d:\n%s", code, out)
		}
		vkey, err := o.Scribe.VerifierKey(o.Context(), authority)
		o.must(err)
		if out, code := o.python(dir, "--key", vkey); code != 0 {
			o.Errorf("under the published key: %d\n%s", code, out)
		}
		text, err := os.ReadFile(filepath.Join(dir, "documents/1-form.txt"))
		o.must(err)
		if !strings.Contains(string(text), "未发现问题") || !strings.Contains(string(text), "同意") {
			o.Errorf("the form reads\n%s", text)
		}
	})
}

// Any changed byte is named, as is a file that is missing or too much.
func TestCorrupted(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	o.visited()
	o.seal(1, "通知书的回执在纸质卷")
	_, body, err := o.s.Take(o.Context(), o.Clerk, key(1), 1)
	o.must(err)
	dir := o.unpacked(body)
	var names []string
	o.must(filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	}))
	for i, path := range names {
		if testing.Short() && i%6 != 0 {
			continue
		}
		was, err := os.ReadFile(path)
		o.must(err)
		name, err := filepath.Rel(dir, path)
		o.must(err)
		if strings.HasPrefix(name, "manifest-sha256") {
			continue // below
		}
		now := bytes.Clone(was)
		now[len(now)/2] ^= 1
		o.must(os.WriteFile(path, now, 0o644))
		if out, code := o.python(dir); code != 7 || !strings.Contains(out, filepath.ToSlash(name)+":") {
			o.Errorf("a changed byte in %s: %d\n%s", name, code, out)
		}
		o.must(os.WriteFile(path, was, 0o644))
	}
	one := filepath.Join(dir, "documents/1-form.html")
	was, err := os.ReadFile(one)
	o.must(err)
	o.must(os.Remove(one))
	if out, code := o.python(dir); code != 7 || !strings.Contains(out, "documents/1-form.html: missing") {
		o.Errorf("a missing file: %d\n%s", code, out)
	}
	o.must(os.WriteFile(one, was, 0o644))
	o.must(os.WriteFile(filepath.Join(dir, "more.txt"), nil, 0o644))
	if out, code := o.python(dir); code != 7 || !strings.Contains(out, "more.txt") {
		o.Errorf("a file too much: %d\n%s", code, out)
	}
	o.must(os.Remove(filepath.Join(dir, "more.txt")))
	if out, code := o.python(dir, "--key", "suiji/other+00000000+AA"); code == 0 {
		o.Errorf("under another key: %d\n%s", code, out)
	}
	// The office's own copy.
	v := o.whole(1).Volumes[0]
	path := filepath.Join(o.dir, "archive", authority, v.Digest)
	body[len(body)/2] ^= 1
	o.must(os.WriteFile(path, body, 0o600))
	_, _, err = o.s.Take(o.Context(), o.Clerk, key(1), 1)
	o.refused(err, errs.Conflict, "已被改动")
}

// What has not changed is sealed once; what came later makes another volume.
func TestOnce(t *testing.T) {
	each(t, func(o *office) {
		o.visited()
		one := o.seal(1, "通知书的回执在纸质卷")
		_, first, err := o.s.Take(o.Context(), o.Clerk, key(1), 1)
		o.must(err)
		o.On("2022-06-25")
		again, fresh, err := o.s.Seal(o.Context(), o.Clerk, key(1), archive.Sealing{})
		o.must(err)
		if fresh || again.Digest != one.Digest {
			o.Errorf("Seal again = %v, %s, want nothing new and %s", fresh, again.Digest, one.Digest)
		}
		if got := o.whole(1).State(); got != archive.Sealed {
			o.Errorf("State = %s", got)
		}
		o.must(o.public.Withdraw(o.Context(), o.Reviewer, o.Form(o.T, 1).ID, "公示的企业名称有误"))
		if got := o.whole(1).State(); got != archive.Fresh {
			o.Errorf("State after a withdrawal = %s", got)
		}
		_, _, err = o.s.Seal(o.Context(), o.Clerk, key(1), archive.Sealing{})
		o.refused(err, errs.Invalid, "还缺 2 项") // the receipt of the withdrawal is not there yet
		o.must(o.Scribe.Sequence(o.Context(), authority))
		two := o.seal(1, "通知书的回执在纸质卷")
		if two.No != 2 || two.Number != one.Number+"-B1" {
			o.Errorf("the second volume is %d, %s", two.No, two.Number)
		}
		_, body, err := o.s.Take(o.Context(), o.Clerk, key(1), 2)
		o.must(err)
		dir := o.unpacked(body)
		meta, err := os.ReadFile(filepath.Join(dir, "metadata.json"))
		o.must(err)
		if !strings.Contains(string(meta), `"首卷档号": "`+one.Number+`"`) {
			o.Errorf("the supplement names no first volume:\n%s", meta)
		}
		if _, err := os.Stat(filepath.Join(dir, "documents/1-form.html")); !errors.Is(err, os.ErrNotExist) {
			o.Error("the supplement repeats the form")
		}
		if out, code := o.python(dir); code == 0 && !strings.Contains(out, "2 版公示记录") || code != 0 {
			o.Errorf("the supplement: %d\n%s", code, out)
		}
		_, still, err := o.s.Take(o.Context(), o.Clerk, key(1), 1)
		o.must(err)
		if !bytes.Equal(first, still) {
			o.Error("the first volume has changed")
		}
	})
}

// Two people who seal at the same moment make one package; several files get
// numbers without a gap.
func TestAtOnce(t *testing.T) {
	each(t, func(o *office) {
		o.visited()
		o.Conclude(o.T, 2, inspectiontest.Entry(o.Form(o.T, 2), "2022-06-20"))
		o.Conclude(o.T, 3, inspectiontest.Entry(o.Form(o.T, 3), "2022-06-20"))
		var wg sync.WaitGroup
		var mu sync.Mutex
		made := 0
		for i := range 6 {
			wg.Go(func() {
				_, fresh, err := o.s.Seal(o.Context(), o.Clerk, key(i%3+1), archive.Sealing{Reason: "纸质材料另存"})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					o.Error(err)
				}
				if fresh {
					made++
				}
			})
		}
		wg.Wait()
		all, err := o.s.Files(o.Context(), authority, archive.Filter{State: archive.Sealed})
		o.must(err)
		var seqs []int
		for _, f := range all {
			for _, v := range f.Volumes {
				seqs = append(seqs, v.Seq)
			}
		}
		slices.Sort(seqs)
		if made != 3 || !slices.Equal(seqs, []int{1, 2, 3}) {
			o.Errorf("%d packages were made, numbers %v, want 3, 1 2 3", made, seqs)
		}
	})
}

func TestAccept(t *testing.T) {
	each(t, func(o *office) {
		o.visited()
		o.seal(1, "通知书的回执在纸质卷")
		x := archive.Accession{Receiver: "县档案馆 韩梅", Number: "移交〔2022〕1号", On: calendar.MustParse("2022-06-20")}
		ctx := o.Context()
		o.refused(o.s.Accept(ctx, o.Leader, key(1), 1, archive.Accession{}, nil), errs.Invalid, "请填写接收的单位")
		o.refused(o.s.Accept(ctx, o.Leader, key(1), 1, x, []byte("no paper")), errs.Invalid, "没有登记")
		o.refused(o.s.Accept(ctx, o.Leader, key(1), 2, x, nil), errs.NotFound, "没有这一卷")
		o.refused(o.s.Accept(ctx, o.Clerk, key(1), 1, x, nil), errs.Conflict, "由另一人登记")
		o.must(o.s.Accept(ctx, o.Leader, key(1), 1, x, picture(o)))
		o.must(o.s.Accept(ctx, o.Reviewer, key(1), 1, x, nil)) // the same again
		x.Number = "移交〔2022〕2号"
		o.refused(o.s.Accept(ctx, o.Reviewer, key(1), 1, x, nil), errs.Conflict, "已由 周局长 登记")
		w := o.whole(1)
		if a := w.Volumes[0].Accession; w.State() != archive.Accepted || a == nil || a.Number != "移交〔2022〕1号" || a.ByID != o.Leader.ID {
			o.Errorf("State, Accession = %s, %+v", w.State(), a)
		}
		_, body, err := o.s.Receipt(ctx, o.Clerk, key(1), 1)
		o.must(err)
		if !bytes.Equal(body, picture(o)) {
			o.Error("the receipt is another one")
		}
	})
}

// How long a file is kept is proposed by what happened; the office sets it.
func TestPeriod(t *testing.T) {
	each(t, func(o *office) {
		o.Conclude(o.T, 1, inspectiontest.WithProblem(inspectiontest.Entry(o.Form(o.T, 1), "2022-06-20"), "2022-06-30"))
		o.Conclude(o.T, 2, inspectiontest.Entry(o.Form(o.T, 2), "2022-06-20"))
		if a, b := o.whole(1).Proposed, o.whole(2).Proposed; a != archive.Thirty || b != archive.Ten {
			o.Errorf("Proposed = %s, %s, want D30, D10", a, b)
		}
		set := archive.Setting{Fonds: "0123", Periods: map[archive.Occasion]archive.Period{"police": archive.Forever, "case": archive.Forever, "problem": archive.Ten, "none": archive.Ten}}
		o.refused(o.s.Set(o.Context(), o.Clerk, set), errs.Forbidden, "没有此项权限")
		o.refused(o.s.Set(o.Context(), o.Leader, archive.Setting{Fonds: "全宗"}), errs.Invalid, "全宗号是字母")
		o.must(o.s.Set(o.Context(), o.Leader, set))
		_, _, err := o.s.Seal(o.Context(), o.Clerk, key(2), archive.Sealing{Period: "D5", Reason: "另存"})
		o.refused(err, errs.Invalid, "请选择保管期限")
		v := o.seal(1, "改正没有办结，先行归档")
		if !strings.HasPrefix(v.Number, "0123-ZY·XZJC·2022-D10-") || !slices.ContainsFunc(v.Gaps, func(g string) bool { return strings.Contains(g, "后续处置的结果：问题 1") }) {
			o.Errorf("Number, Gaps = %s, %q", v.Number, v.Gaps)
		}
	})
}
