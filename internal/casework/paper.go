package casework

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/keep"
	"suiji/internal/schedule"
	"suiji/internal/store"
)

// Proof is what a firm sends to show that it has put a finding right.
type Proof struct {
	Said string // in its own words
	Name string // of the file; empty: no file
	Body []byte
}

// Duty is a rectification as its firm sees it.
type Duty struct {
	No          int
	Fact        string
	Measure     string
	Due         calendar.Date
	SubmittedOn calendar.Date
	Said        string
	Failed      string // what the last re-check missed
	Done        bool
	Takes       bool // more can be sent
	Papers      []schedule.Paper
}

// Duties lists what a form's firm has to put right, and what it has sent. A
// conclusion that was never confirmed shows none.
func (s *Service) Duties(ctx context.Context, f inspection.Form) ([]Duty, error) {
	var all []Duty
	for _, x := range f.Findings {
		if !x.Confirmed {
			continue
		}
		ref := strconv.Itoa(x.No)
		ms, err := readMatters(ctx, s.DB, f.Authority, f.ID, ref)
		if err != nil {
			return nil, err
		}
		d := Duty{No: x.No, Fact: x.Fact, Measure: x.Measure, Due: x.DueOn, Takes: x.Open() && ordered(x) && len(ms) == 0}
		found := d.Takes
		for _, m := range ms {
			r := m.Rectification
			if r == nil {
				continue
			}
			found = true
			d.Measure, d.Due, d.SubmittedOn, d.Said = r.Measure, r.Due, r.SubmittedOn, r.Said
			d.Done, d.Takes, d.Failed = m.Ending == Rectified, m.Ending == "", ""
			if n := len(r.Rechecks); n > 0 && !r.Rechecks[n-1].Pass {
				d.Failed = r.Rechecks[n-1].Note
			}
		}
		if !found {
			continue
		}
		if d.Papers, err = readPapers(ctx, s.DB, f.Authority, f.ID, ref); err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// Submit keeps what a firm sends about one finding, also after the last day:
// late is better than never, and the timeline says so. The same file again
// changes nothing. It is no act of the office. Errors: Invalid for what is no
// PDF, JPG or PNG, or for nothing at all; Conflict if nothing is to be put
// right there, or too much was sent.
func (s *Service) Submit(ctx context.Context, f inspection.Form, no int, p Proof) error {
	var r reader
	p.Said = r.need("said", "改正的情况", p.Said, longText)
	if err := r.err(); err != nil {
		return err
	}
	kind, digest := keep.Kind(""), ""
	if p.Name != "" || len(p.Body) > 0 {
		var err error
		if kind, err = keep.Judge(p.Body, schedule.MaxPaper, keep.Papers); err != nil {
			return errs.AtBecause("paper", err.Error()+"。没有保存", err)
		}
		sum := sha256.Sum256(p.Body)
		digest = hex.EncodeToString(sum[:])
		if err := s.takes(ctx, f, no, digest); err != nil {
			return err // before anything reaches the disk
		}
		path, err := s.path(f.Authority, digest)
		if err != nil {
			return err
		}
		if err := keep.Put(path, p.Body); err != nil {
			return err
		}
	}
	firm := access.Actor{Authority: f.Authority, Name: "企业"}
	k := Key{Form: f.ID, Ref: strconv.Itoa(no)}
	return s.Door.Keep(ctx, func(tx *store.DB) error {
		w, err := s.work(ctx, tx, firm, k)
		if err != nil {
			return err
		}
		m, err := w.rectification(Ordered, Submitted, Failed)
		if err != nil {
			return errs.E(errs.Conflict, "这个问题现在不用提交改正材料，没有保存。请拨打通知书上的电话")
		}
		return w.submitted(m, p, kind, digest)
	})
}

// takes refuses one file too many, and what nobody asked for.
func (s *Service) takes(ctx context.Context, f inspection.Form, no int, digest string) error {
	duties, err := s.Duties(ctx, f)
	if err != nil {
		return err
	}
	for _, d := range duties {
		if d.No != no || !d.Takes {
			continue
		}
		for _, p := range d.Papers {
			if p.Digest == digest {
				return nil
			}
		}
		if len(d.Papers) >= schedule.MostPapers {
			return errs.E(errs.Conflict, fmt.Sprintf("每个问题最多提交 %d 个文件，这个文件没有保存。请把几页合成一个 PDF", schedule.MostPapers))
		}
		return nil
	}
	return errs.E(errs.Conflict, "这个问题现在不用提交改正材料，没有保存。请拨打通知书上的电话")
}

// submitted enters what the firm sent; the same again changes nothing.
func (w *work) submitted(m *Matter, p Proof, kind keep.Kind, digest string) error {
	papers, err := readPapers(w.ctx, w.tx, w.form.Authority, w.form.ID, w.ref)
	if err != nil {
		return err
	}
	fresh := digest != ""
	for _, x := range papers {
		fresh = fresh && x.Digest != digest
	}
	x := m.Rectification
	if !fresh && m.State == Submitted && x.Said == p.Said {
		return nil
	}
	if fresh {
		_, err := w.tx.Exec(w.ctx, `
			INSERT INTO casework_paper (authority_id, form_id, ref, digest, name, kind, size, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (authority_id, form_id, ref, digest) DO NOTHING`,
			w.form.Authority, w.form.ID, w.ref, digest, keep.Name(p.Name), string(kind), int64(len(p.Body)), w.s.Now().UnixMilli())
		if err != nil {
			return err
		}
	}
	text := p.Said
	if fresh {
		text += "（附件 " + keep.Name(p.Name) + "，指纹 " + digest[:16] + "）"
	}
	if w.today.After(x.Due) {
		text += fmt.Sprintf("（晚于期限 %s）", x.Due)
	}
	if m.State != Submitted {
		x.SubmittedOn = w.today
	}
	x.Said, m.State = p.Said, Submitted
	if err := w.save(m); err != nil {
		return err
	}
	return w.step(m, "企业提交改正材料", text, w.today)
}

func (s *Service) path(authority, digest string) (string, error) {
	if !filepath.IsLocal(authority) || !filepath.IsLocal(digest) {
		return "", errs.E(errs.NotFound, "没有这个文件")
	}
	return filepath.Join(s.Dir, "casework", authority, digest), nil
}

// Paper returns a file that a firm sent, and its bytes. Errors: NotFound;
// Conflict if the file on the disk is not the one that was sent.
func (s *Service) Paper(ctx context.Context, authority, form, ref, digest string) (p schedule.Paper, body []byte, err error) {
	all, err := readPapers(ctx, s.DB, authority, form, ref)
	if err != nil {
		return p, nil, err
	}
	for _, p = range all {
		if p.Digest != digest {
			continue
		}
		path, err := s.path(authority, digest)
		if err != nil {
			return p, nil, err
		}
		body, err = keep.Get(path, digest)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, keep.ErrChanged) {
			return p, nil, errs.E(errs.Conflict, "服务器上的文件与提交时的指纹不符或者已丢失，不予显示。请联系系统管理员从备份恢复")
		}
		return p, body, err
	}
	return schedule.Paper{}, nil, errs.E(errs.NotFound, "没有这个文件")
}
