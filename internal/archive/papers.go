package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"suiji/internal/canon"
	"suiji/internal/casework"
	"suiji/internal/documents"
	"suiji/internal/errs"
)

// Issued is one document of an inspection (执法文书) with its files, held to the
// digests that were entered when it was issued. A draft has none.
type Issued struct {
	documents.Paper
	Files []IssuedFile
}

// IssuedFile is a document in one form.
type IssuedFile struct {
	Form   documents.Form
	Digest string
	Body   []byte
	Wrong  string // why it is not here; empty: it is
}

// path is where the file lies in a package: by its number, which it keeps.
func (x Issued) path(f documents.Form) string {
	return fmt.Sprintf("documents/%s-%d-%04d.%s", x.Kind, x.Year, x.No, f)
}

// papers reads the documents of a form, those with a number in the order of
// their issue.
func (s *Service) papers(ctx context.Context, authority, formID string) (all []Issued, err error) {
	list, err := s.Documents.Papers(ctx, authority, documents.Filter{FormID: formID})
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		x := Issued{Paper: p}
		for _, f := range []documents.Form{documents.DOCX, documents.PDF} {
			if p.State == documents.Draft {
				continue
			}
			now, body, err := s.Documents.File(ctx, authority, p.ID, f)
			x.DOCX, x.PDF = now.DOCX, now.PDF
			digest := map[documents.Form]string{documents.DOCX: now.DOCX, documents.PDF: now.PDF}[f]
			switch kind := errs.KindOf(err); {
			case err == nil:
				x.Files = append(x.Files, IssuedFile{Form: f, Digest: digest, Body: body})
			case kind == errs.NotFound && f == documents.PDF: // the DOCX is the document
			case kind == errs.NotFound, kind == errs.Conflict, kind == errs.Invalid:
				x.Files = append(x.Files, IssuedFile{Form: f, Digest: digest, Wrong: errs.Sentence(err)})
			default:
				return nil, err
			}
		}
		all = append(all, x)
	}
	slices.SortStableFunc(all, func(a, b Issued) int { return a.IssuedAt.Compare(b.IssuedAt) })
	return all, nil
}

// issued reports whether a document of a kind stands, or the one that serves
// another.
func (p Part) issued(kind documents.KindID, about string) bool {
	return slices.ContainsFunc(p.Papers, func(x Issued) bool {
		return x.State == documents.Issued && x.Kind == kind && (about == "" || x.About == about)
	})
}

// attachedTo names the document that a file was attached to.
func (p Part) attachedTo(f documents.Attachment) string {
	for _, x := range p.Papers {
		if x.ID == f.DocumentID {
			return "（" + x.Title() + "）"
		}
	}
	return ""
}

// unwritten are the documents that the file lacks: drafts that were left,
// those that what was done asks for, receipts of service.
func (p Part) unwritten() (all []string) {
	add := func(missing bool, what string) {
		if missing && !slices.Contains(all, what) {
			all = append(all, what)
		}
	}
	for _, x := range p.Papers {
		add(x.State == documents.Draft, "《"+x.Kind.Name()+"》的签发（草稿没有签发，也没有删除）")
		for _, f := range x.Files {
			add(f.Wrong != "", "《"+x.Title()+"》的文件："+f.Wrong)
		}
		serves := x.Kind == documents.Correction || x.Kind == documents.Result
		add(serves && x.State == documents.Issued && !p.issued(documents.Receipt, x.ID), "《"+x.Title()+"》的送达回证")
	}
	for _, e := range p.Ends {
		for _, m := range e.Matters {
			switch m.Kind {
			case casework.Rectify:
				add(!p.issued(documents.Correction, ""), "《"+documents.Correction.Name()+"》")
			case casework.Case:
				add(!p.issued(documents.Filing, ""), "《"+documents.Filing.Name()+"》")
			case casework.Department, casework.Police:
				add(!p.issued(documents.Transfer, ""), "《"+documents.Transfer.Name()+"》")
			}
		}
	}
	return all
}

// undone are the records that an open end lacks.
func undone(e casework.Whole) (all []string) {
	add := func(missing bool, what string) {
		if missing {
			all = append(all, what)
		}
	}
	add(!e.Closed, "后续处置的结果："+e.Words())
	for _, m := range e.Matters {
		what := "（" + e.FormID + " " + e.Ref + "）"
		if r := m.Rectification; r != nil {
			add(len(r.Rechecks) == 0 && m.Ending != casework.Escalated, "责令改正后的复查记录"+what)
		}
		if h := m.Handover; h != nil {
			add(h.Receipt == nil && h.Returned == nil, "接收单位“"+h.To+"”的签收"+what)
		}
		if x := m.Police; x != nil && x.To != "" {
			add(x.Receipt == nil, "公安机关的签收"+what)
		}
	}
	for _, x := range e.Penalties {
		add(x.State == "drafted", "复核过的处罚决定 "+x.Number)
	}
	return all
}

// paperRow is one line of documents/register.json, which the verifier reads.
type paperRow struct {
	Form    string            `json:"form"`
	Kind    string            `json:"kind"`
	Name    string            `json:"name"`
	Number  string            `json:"number"`
	State   string            `json:"state"`
	Issued  string            `json:"issued_at"`
	By      string            `json:"issued_by"`
	Void    string            `json:"void"`
	About   string            `json:"about"` // number of the document that is served
	Files   map[string]string `json:"files"` // path → SHA-256 as it was entered at the issue
	Content documents.Content `json:"content"`
}

// documents adds what was issued, with the register of numbers.
func (k *packer) documents() error {
	rows, list := []paperRow{}, sheetPart{Head: "已编号的文书", Cols: []string{"文号", "文书", "签发", "状态", "文件的指纹 SHA-256"}, Widths: []float64{4, 3, 3, 3, 6}}
	for _, p := range k.w.Parts {
		numbers := map[string]string{}
		for _, x := range p.Papers {
			numbers[x.ID] = x.Number
		}
		for _, x := range p.Papers {
			if x.State == documents.Draft {
				continue
			}
			r := paperRow{Form: p.Form.ID, Kind: string(x.Kind), Name: x.Kind.Name(), Number: x.Number, State: string(x.State), Issued: clockText(x.IssuedAt), By: x.IssuedName,
				About: numbers[x.About], Files: map[string]string{}, Content: x.Content}
			stands := x.State.Name()
			if x.State == documents.Void {
				r.Void = x.VoidReason + "（" + x.VoidName + " " + clockText(x.VoidAt) + "）"
				stands += "：" + r.Void
			}
			var prints []string
			for _, f := range x.Files {
				if f.Wrong == "" {
					k.add(x.path(f.Form), x.Title(), k.w.Office.Name, x.IssuedOn().String(), x.Number, f.Body)
				}
				r.Files[x.path(f.Form)] = f.Digest
				prints = append(prints, strings.ToUpper(string(f.Form))+" "+f.Digest)
			}
			rows = append(rows, r)
			list.Rows = append(list.Rows, []string{x.Number, x.Kind.Name(), x.IssuedName + " " + clockText(x.IssuedAt), stands, strings.Join(prints, "\n")})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	s := sheet{Title: "文书登记 " + k.w.Firm}
	s.add(list)
	k.paper("documents/register", s, k.w.Office.Name, "", "")
	return k.json("documents/register.json", "文书登记和签发时的文字", map[string]any{"documents": rows})
}

// endRow is one end of followup/casework.json.
type endRow struct {
	Form      string        `json:"form"`
	Ref       string        `json:"ref"`
	What      string        `json:"what"`
	Stands    string        `json:"stands"`
	Closed    bool          `json:"closed"`
	Matters   []matterRow   `json:"matters"`
	Steps     []stepRow     `json:"steps"`
	Penalties []penaltyRow  `json:"penalties"`
	Papers    []evidenceRow `json:"papers"`
}

type matterRow struct {
	No     int           `json:"no"`
	Kind   string        `json:"kind"`
	Name   string        `json:"name"`
	State  string        `json:"state"`
	Ending string        `json:"ending"`
	Person string        `json:"person"`
	Opened string        `json:"opened_on"`
	Ended  string        `json:"ended_on"`
	File   casework.File `json:"file"`
}

type stepRow struct {
	Matter int    `json:"matter"`
	Day    string `json:"day"`
	Act    string `json:"act"`
	Text   string `json:"text"`
	By     string `json:"by"`
	At     string `json:"at"`
}

type penaltyRow struct {
	Number  string `json:"number"`
	State   string `json:"state"`
	Decided string `json:"decided_on"`
	Fact    string `json:"fact"`
	Basis   string `json:"basis"`
	Kinds   string `json:"kinds"`
	Fen     int64  `json:"amount_fen"`
	Class   string `json:"class"`
	Begins  string `json:"public_from"`
	Ends    string `json:"public_until"`
	Drafted string `json:"drafted_by"`
	Checked string `json:"checked_by"`
	Revoked string `json:"revoked"`
}

// evidenceRow names an original by the path that it has in the package.
type evidenceRow struct {
	Name   string `json:"name"`
	File   string `json:"file"` // empty: it was not there
	SHA256 string `json:"sha256"`
}

// casework adds what followed as data: every matter with what its file says.
func (k *packer) casework() error {
	rows := []endRow{}
	for _, p := range k.w.Parts {
		for _, e := range p.Ends {
			rows = append(rows, k.end(e))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	k.paper("followup/matters", k.w.matterSheet(), k.w.Office.Name, "", "")
	return k.json("followup/casework.json", "后续处置数据", map[string]any{"ends": rows})
}

func (k *packer) end(e casework.Whole) endRow {
	r := endRow{Form: e.FormID, Ref: e.Ref, What: e.What, Stands: e.Stands(), Closed: e.Closed, Matters: []matterRow{}, Steps: []stepRow{}, Penalties: []penaltyRow{}, Papers: []evidenceRow{}}
	for _, m := range e.Matters {
		r.Matters = append(r.Matters, matterRow{m.No, string(m.Kind), m.Kind.Name(), m.State.Name(), m.Ending.Name(), m.PersonName, m.OpenedOn.String(), m.EndedOn.String(), m.File})
	}
	for _, x := range e.Steps {
		r.Steps = append(r.Steps, stepRow{x.No, x.Day.String(), x.Act, x.Text, x.ByName, clockText(x.At)})
	}
	for _, x := range e.Penalties {
		r.Penalties = append(r.Penalties, penaltyRow{x.Number, x.State, x.DecidedOn.String(), x.Fact, x.Basis, x.Kinds, x.Amount, x.Class.Name(), x.BeginsOn.String(), x.EndsOn.String(),
			x.DraftedName, strings.TrimSpace(x.CheckedName + " " + clockText(x.CheckedAt)), strings.TrimSpace(x.RevokedOn.String() + " " + x.RevokedName + " " + x.Reason)})
	}
	for _, x := range e.Papers {
		file := ""
		if i := slices.IndexFunc(k.w.Sources, func(y Source) bool { return y.Digest == x.Digest && y.Wrong == "" }); i >= 0 {
			file = k.w.Sources[i].path()
		}
		r.Papers = append(r.Papers, evidenceRow{x.Name, file, x.Digest})
	}
	return r
}

// path is where an original lies in a package.
func (x Source) path() string { return "evidence/" + x.Digest[:16] + "." + x.Ext }

func (k *packer) json(path, title string, v any) error {
	body, err := json.MarshalIndent(v, "", "  ")
	k.add(path, title, k.w.Office.Name, "", "", append(body, '\n'))
	return err
}

// filed are the documents and matters as they make one state of the file
// differ from another.
func (p Part) papersFiled() (papers, matters []string) {
	for _, x := range p.Papers {
		if x.State != documents.Draft {
			papers = append(papers, x.Number+" "+string(x.State)+" "+x.DOCX+" "+x.PDF)
		}
	}
	for _, f := range p.Attached {
		papers = append(papers, "attached "+f.Digest)
	}
	for _, e := range p.Ends {
		for _, m := range e.Matters {
			raw, err := json.Marshal(m.File)
			if err != nil {
				panic("BUG: a matter's file cannot be written: " + err.Error())
			}
			matters = append(matters, fmt.Sprintf("%s %d %s %s %s %s", e.Ref, m.No, m.Kind, m.State, m.Ending, canon.SHA256.Hex(raw)))
		}
	}
	return papers, matters
}
