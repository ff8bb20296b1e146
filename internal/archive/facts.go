package archive

import (
	"context"
	"slices"
	"strconv"

	"suiji/calendar"
	"suiji/internal/canon"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/documents"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/round"
	"suiji/internal/schedule"
	"suiji/internal/scribe"
	"suiji/internal/visit"
	"suiji/ledger"
)

// Whole is a file with all that belongs to it, and what is missing.
type Whole struct {
	File
	Office   identity.Authority
	Parts    []Part // one for each department
	Told     []schedule.Told
	Papers   []schedule.Paper // of a written review
	Unproved bool             // the arrangement asks for no notice
	Drawn    []scribe.Recorded
	Sources  []Source // originals on the disk, read and held to their digests
	Gaps     []string // what is missing, by name
	Checks   []Check  // four properties (四性)
	Facts    string   // SHA-256 of what is to be filed
	Case     []byte   // the same as canonical JSON
	Proposed Period
	Because  string
	Setting  Setting
}

// Part is what one department did.
type Part struct {
	Form       inspection.Form
	Visit      visit.Visit
	Ends       []casework.Whole
	Papers     []Issued
	Attached   []documents.Attachment // files kept with it or with its documents
	Row        disclosure.Row
	Versions   []disclosure.Version
	Objections []disclosure.Objection
	Entries    []scribe.Recorded
}

// Source is one original: a file that somebody sent.
type Source struct {
	Title  string
	By     string
	Day    calendar.Date
	Digest string // SHA-256 as it was recorded
	Ext    string
	Body   []byte
	Wrong  string // why it is not here; empty: it is
}

// Whole reads one file. Errors: NotFound.
func (s *Service) Whole(ctx context.Context, authority string, k Key) (w Whole, err error) {
	if w.File, err = s.File(ctx, authority, k); err != nil {
		return w, err
	}
	if w.Office, err = s.Identity.Authority(ctx, authority); err != nil {
		return w, err
	}
	if w.Setting, err = s.Setting(ctx, authority); err != nil {
		return w, err
	}
	forms, err := s.Inspection.Forms(ctx, authority, inspection.Filter{RoundID: k.Round, TargetID: k.Target})
	if err != nil {
		return w, err
	}
	for _, f := range forms {
		p, err := s.part(ctx, authority, f.ID)
		if err != nil {
			return w, err
		}
		w.Parts = append(w.Parts, p)
	}
	if err := s.before(ctx, authority, k, &w); err != nil {
		return w, err
	}
	s.sources(ctx, authority, &w)
	w.Gaps = w.gaps()
	w.Checks = w.properties(s.Fonts.Missing())
	w.Proposed, w.Because = w.propose()
	return w, w.seal()
}

// before reads what came before the visit: the draw, the notice, the papers of
// a written review.
func (s *Service) before(ctx context.Context, authority string, k Key, w *Whole) (err error) {
	plans := s.Inspection.Schedule
	x, v, err := plans.Of(ctx, authority, k.Round, k.Target)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	w.Unproved = !x.Tellable(v) || x.Unannounced && v.Mode != schedule.Written
	if w.Told, err = plans.Told(ctx, authority, k.Round, k.Target); err != nil {
		return err
	}
	if w.Papers, err = plans.Papers(ctx, authority, k.Round, k.Target); err != nil {
		return err
	}
	w.Drawn, err = s.drawn(ctx, authority, k.Round)
	return err
}

// drawn are the entries of the seals and outcomes by which firm and officers
// were drawn.
func (s *Service) drawn(ctx context.Context, authority, roundID string) (all []scribe.Recorded, err error) {
	for _, half := range []string{round.Targets, round.Match, round.Match + "-2", round.Match + "-3"} {
		some, err := s.Scribe.Entries(ctx, authority, roundID+"."+half)
		if err != nil {
			return nil, err
		}
		for _, e := range some {
			if e.Entry.Type == ledger.RoundSealed || e.Entry.Type == ledger.RoundDrawn {
				all = append(all, e)
			}
		}
	}
	return all, nil
}

func (s *Service) part(ctx context.Context, authority, formID string) (p Part, err error) {
	if p.Form, err = s.Inspection.Form(ctx, authority, formID); err != nil {
		return p, err
	}
	if p.Visit, err = s.Visit.Visit(ctx, p.Form); err != nil {
		return p, err
	}
	for _, ref := range refs(p.Form) {
		e, err := s.Casework.Whole(ctx, authority, formID, ref)
		if errs.KindOf(err) == errs.NotFound {
			continue // the code asks for nothing once the round is closed
		}
		if err != nil {
			return p, err
		}
		p.Ends = append(p.Ends, e)
	}
	if p.Attached, err = s.Documents.Attachments(ctx, authority, formID); err != nil {
		return p, err
	}
	if p.Papers, err = s.papers(ctx, authority, formID); err != nil {
		return p, err
	}
	if p.Row, err = s.Disclosure.Row(ctx, p.Form); err != nil {
		return p, err
	}
	p.Versions, err = s.Disclosure.Result(ctx, authority, formID)
	if errs.KindOf(err) == errs.NotFound {
		err = nil
	}
	if err != nil {
		return p, err
	}
	if p.Objections, err = s.Disclosure.ObjectionsTo(ctx, authority, formID); err != nil {
		return p, err
	}
	p.Entries, err = s.Scribe.Entries(ctx, authority, formID)
	return p, err
}

// refs are the possible open ends of a form.
func refs(f inspection.Form) (all []string) {
	for _, x := range f.Findings {
		all = append(all, strconv.Itoa(x.No))
	}
	for _, c := range f.Codes {
		if _, ok := casework.Asks(c); ok || c == inspection.R8 {
			all = append(all, string(c))
		}
	}
	return all
}

// sources reads every original and holds it to the digest that was recorded
// when it came.
func (s *Service) sources(ctx context.Context, authority string, w *Whole) {
	add := func(x Source, body []byte, err error) {
		if i := slices.IndexFunc(w.Sources, func(y Source) bool { return y.Digest == x.Digest }); i >= 0 {
			return // one photograph may show two things
		}
		x.Body = body
		switch {
		case err != nil:
			x.Wrong = errs.Sentence(err)
		case canon.SHA256.Hex(body) != x.Digest:
			x.Wrong, x.Body = "服务器上的文件与收到时的指纹不符", nil
		}
		w.Sources = append(w.Sources, x)
	}
	for _, p := range w.Papers {
		_, body, err := s.Inspection.Schedule.Paper(ctx, authority, w.Round, w.Target, p.Digest)
		add(Source{Title: "书面检查材料：" + p.Name, By: "企业", Day: calendar.In(p.At), Digest: p.Digest, Ext: string(p.Kind)}, body, err)
	}
	for _, part := range w.Parts {
		for _, f := range part.Attached {
			_, body, err := s.Documents.Attachment(ctx, authority, f.FormID, f.Digest)
			add(Source{Title: "附件：" + f.Name + part.attachedTo(f), By: f.KeptName, Day: calendar.In(f.KeptAt), Digest: f.Digest, Ext: string(f.Kind)}, body, err)
		}
		for _, p := range part.Visit.Photos {
			for _, digest := range []string{p.Original, p.Digest} {
				if digest == "" || digest == p.Original && !p.Whole {
					continue
				}
				title := "现场照片：" + p.UseName()
				if digest == p.Original {
					title += "（相机原图）"
				}
				body, err := s.Visit.Kept(authority, digest)
				add(Source{Title: title, By: p.Account, Day: calendar.In(p.TakenAt()), Digest: digest, Ext: pictureExt(body)}, body, err)
			}
		}
		for _, e := range part.Ends {
			for _, p := range e.Papers {
				_, body, err := s.Casework.Paper(ctx, authority, e.FormID, e.Ref, p.Digest)
				add(Source{Title: "改正材料：" + p.Name, By: "企业", Day: calendar.In(p.At), Digest: p.Digest, Ext: string(p.Kind)}, body, err)
			}
		}
	}
}

// pictureExt names a picture by its content.
func pictureExt(body []byte) string {
	if len(body) > 4 && string(body[1:4]) == "PNG" {
		return "png"
	}
	return "jpg"
}

// filed is what is filed, as data: whatever changes in it makes another volume.
// The firm's name and address are the register's to change, and not in it.
type filed struct {
	V      int        `json:"v"`
	Round  string     `json:"round"`
	Target string     `json:"target"`
	Told   []string   `json:"told"`
	Papers []string   `json:"papers"`
	Forms  []filedDoc `json:"forms"`
}

type filedDoc struct {
	Form       string   `json:"form"`
	Department string   `json:"department"`
	State      string   `json:"state"`
	Revision   int64    `json:"revision"`
	Started    string   `json:"started"`
	Ended      string   `json:"ended"`
	Results    []string `json:"results"`
	Findings   []string `json:"findings"`
	Arrivals   []string `json:"arrivals"`
	Photos     []string `json:"photos"`
	Signed     []string `json:"signed"`
	Followups  []string `json:"followups"`
	Penalties  []string `json:"penalties"`
	Versions   []string `json:"versions"`
	Objections []string `json:"objections"`
	Entries    []string `json:"entries"`
	Exempt     string   `json:"exempt"`
	Documents  []string `json:"documents,omitempty"` // what earlier programs did not file stays away if there is none
	Matters    []string `json:"matters,omitempty"`
}

// seal works out the digest of what is filed.
func (w *Whole) seal() error {
	x := filed{V: 1, Round: w.Round, Target: w.Target, Told: []string{}, Papers: []string{}, Forms: []filedDoc{}}
	for _, t := range w.Told {
		x.Told = append(x.Told, t.Day.String()+" "+t.Name()+" "+t.Receipt+" "+t.By)
	}
	for _, p := range w.Papers {
		x.Papers = append(x.Papers, p.Digest)
	}
	for _, p := range w.Parts {
		x.Forms = append(x.Forms, p.filed())
	}
	var err error
	if w.Case, err = canon.JSON(x); err != nil {
		return err
	}
	w.Facts = canon.SHA256.Hex(w.Case)
	return nil
}

func (p Part) filed() filedDoc {
	f := p.Form
	d := filedDoc{Form: f.ID, Department: f.Department, State: string(f.State), Revision: f.Revision, Started: f.StartedOn.String(), Ended: f.EndedOn.String(), Exempt: p.Row.Reason}
	for _, c := range f.Codes {
		d.Results = append(d.Results, string(c))
	}
	for _, x := range f.Findings {
		d.Findings = append(d.Findings, strconv.Itoa(x.No)+" "+string(x.Outcome)+" "+x.OutcomeOn.String()+" "+x.Note)
	}
	for _, a := range p.Visit.Arrivals {
		d.Arrivals = append(d.Arrivals, a.ID)
	}
	for _, x := range p.Visit.Photos {
		d.Photos = append(d.Photos, x.Use+" "+x.Digest+" "+x.Original)
	}
	for _, x := range p.Visit.Signatures {
		d.Signed = append(d.Signed, x.Role+" "+x.RecordID+" "+x.Digest)
	}
	for _, e := range p.Ends {
		d.Followups = append(d.Followups, e.Ref+" "+strconv.Itoa(len(e.Steps)))
		for _, x := range e.Penalties {
			d.Penalties = append(d.Penalties, x.Number+" "+x.State)
		}
	}
	for _, v := range p.Versions {
		d.Versions = append(d.Versions, strconv.Itoa(v.Version)+" "+string(v.State)+" "+v.Digest)
	}
	for _, o := range p.Objections {
		d.Objections = append(d.Objections, o.ID+" "+string(o.State))
	}
	for _, e := range p.Entries {
		d.Entries = append(d.Entries, string(e.Entry.Type)+" "+strconv.FormatInt(e.Position, 10))
	}
	d.Documents, d.Matters = p.papersFiled()
	for _, l := range []*[]string{&d.Results, &d.Findings, &d.Arrivals, &d.Photos, &d.Signed, &d.Followups, &d.Penalties, &d.Versions, &d.Objections, &d.Entries} {
		if *l == nil {
			*l = []string{} // canonical JSON has no null
		}
	}
	return d
}
