package archive_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"suiji/calendar"
	"suiji/internal/archive"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/inspection/inspectiontest"
)

// Files that lack nothing are sealed in one go; those that lack something stay.
// A batch is handed over under one receipt: all of it, or nothing, and once.
func TestBatch(t *testing.T) {
	each(t, func(o *office) {
		ctx := o.Context()
		o.visited()
		for no := 2; no <= 3; no++ {
			o.Conclude(o.T, no, inspectiontest.Entry(o.Form(o.T, no), "2022-06-20"))
		}
		_, _, err := o.s.SealComplete(ctx, o.Leader, inspectiontest.Round, 10)
		o.refused(err, errs.Forbidden, "没有此项权限")
		o.batch(0, 3)
		o.Exec(o.T, `DELETE FROM schedule_line`) // no arrangement: nothing has to be told before
		if gaps := o.whole(1).Gaps; len(gaps) != 0 {
			o.Fatalf("the first lacks %q", gaps)
		}
		o.batch(1, 2)
		o.batch(0, 2)
		o.seal(2, "纸质材料另存")
		tallies, err := archive.Tallies(ctx, o.DB, authority)
		o.must(err)
		sum := archive.Sum(tallies)
		if len(sum) != 1 || sum[0].Kept() != 2 || sum[0].Open != 1 || sum[0].Gaps != 1 || sum[0].In(archive.Ten) != 2 || sum[0].Bytes == 0 || sum[0].Percent() == 100 {
			o.Errorf("the year's tally is %+v", sum)
		}
		o.handed()
	})
}

func (o *office) batch(sealed, lacking int) {
	o.Helper()
	a, b, err := o.s.SealComplete(o.Context(), o.Clerk, inspectiontest.Round, 10)
	o.must(err)
	if a != sealed || b != lacking {
		o.Errorf("sealed %d, %d lack something, want %d, %d", a, b, sealed, lacking)
	}
}

// handed takes the first two packages and records that they were handed over.
func (o *office) handed() {
	o.Helper()
	ctx := o.Context()
	var list, all bytes.Buffer
	o.must(o.s.HandList(ctx, o.Leader, inspectiontest.Round, &list))
	waiting, _, err := o.s.Waiting(ctx, authority, "")
	o.must(err)
	for _, v := range waiting {
		if !strings.Contains(unzipped(o, list.Bytes(), "word/document.xml"), v.Digest) {
			o.Errorf("the list lacks %s", v.Number)
		}
	}
	write, err := o.s.TakeAll(ctx, o.Leader, "")
	o.must(err)
	o.must(write(&all))
	if got := canon.SHA256.Hex([]byte(unzipped(o, all.Bytes(), "2022-D10-0001-1.zip"))); got != waiting[0].Digest {
		o.Errorf("the first package in the file is %s, want %s", got, waiting[0].Digest)
	}
	x := archive.Accession{Receiver: "县档案馆 韩梅", Number: "移交〔2022〕5号", On: calendar.MustParse("2022-06-20")}
	one, two := archive.VolumeKey{Key: key(1), No: 1}, archive.VolumeKey{Key: key(2), No: 1}
	_, err = o.s.AcceptAll(ctx, o.Leader, []archive.VolumeKey{one, {Key: key(3), No: 1}}, x, nil)
	o.refused(err, errs.NotFound, "没有这一卷")
	if o.whole(1).State() != archive.Sealed {
		o.Error("half of a batch was recorded")
	}
	_, err = o.s.AcceptAll(ctx, o.Clerk, []archive.VolumeKey{one, two}, x, nil)
	o.refused(err, errs.Conflict, "由另一人登记")
	for _, want := range []int{2, 0} {
		n, err := o.s.AcceptAll(ctx, o.Leader, []archive.VolumeKey{one, two}, x, picture(o))
		o.must(err)
		if n != want {
			o.Errorf("AcceptAll recorded %d, want %d", n, want)
		}
	}
	if o.whole(1).State() != archive.Accepted || o.whole(2).State() != archive.Accepted {
		o.Error("the batch is not handed over")
	}
	_, err = o.s.TakeAll(ctx, o.Leader, "")
	o.refused(err, errs.NotFound, "没有封存以后待移交")
}

func unzipped(o *office, body []byte, name string) string {
	o.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	o.must(err)
	f, err := z.Open(name)
	o.must(err)
	var b bytes.Buffer
	_, err = b.ReadFrom(f)
	o.must(err)
	return b.String()
}
