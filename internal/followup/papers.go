package followup

import (
	"net/http"
	"slices"
	"strings"

	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/documents"
	"suiji/internal/inspection"
	"suiji/internal/page"
)

// paperRow is a document made for an end, with its state as a tag.
type paperRow struct {
	documents.Paper
	Tag page.Tag
}

// papers reads the documents that were made for an end, and those that can be.
func (s *Server) papers(r *http.Request, p *endPage) error {
	ctx, a, w := r.Context(), actor(r), p.Whole
	all, err := s.Documents.Papers(ctx, a.Authority, documents.Filter{FormID: w.FormID, Ref: w.Ref})
	if err != nil {
		return err
	}
	for _, x := range all {
		tone := map[documents.State]page.Tone{documents.Draft: page.Doing, documents.Issued: page.OK, documents.Void: page.Bad}[x.State]
		p.Docs = append(p.Docs, paperRow{x, page.Tag{Tone: tone, Word: x.State.Name()}})
	}
	if access.Allow(a, access.DocumentEdit) && s.Documents.MayDraft(ctx, a, w.FormID, w.Ref) == nil {
		p.Kinds = documents.For(w)
	}
	if slices.ContainsFunc(p.Docs, func(d paperRow) bool { return d.Kind == documents.Transfer && d.State == documents.Issued }) { // served from its own page
		p.Kinds = slices.DeleteFunc(p.Kinds, func(k documents.Kind) bool { return k.About })
	}
	return nil
}

// taken says which input of an act is filled with which field of an issued
// document, so that nobody types again what the document says.
var taken = map[string]struct {
	kind   documents.KindID
	number string // the input that takes the document's number
	fields map[string]string
}{
	"order":                     {documents.Correction, "", map[string]string{"measure": "改正要求", "due": "改正期限"}},
	"settle":                    {documents.NoPenalty, "", map[string]string{"note": "不予处罚理由"}},
	"case":                      {documents.Filing, "number", map[string]string{"cause": "案由", "unit": "承办机构", "handlers": "承办人"}},
	"police":                    {documents.Transfer, "", map[string]string{"charge": "案由", "text": "移送理由"}},
	"deliver":                   {documents.Transfer, "number", map[string]string{"to": "接收机关", "materials": "材料清单"}},
	"tell":                      {documents.Transfer, "number", map[string]string{"to": "接收机关", "materials": "材料清单"}},
	string(casework.Unit):       {documents.Transfer, "number", map[string]string{"to": "接收机关", "matter": "移送理由", "materials": "材料清单"}},
	string(casework.Department): {documents.Transfer, "number", map[string]string{"to": "接收机关", "matter": "移送理由", "materials": "材料清单"}},
}

// fill fills an act's inputs with what the latest issued document of its kind
// says.
func (x *act) fill(docs []paperRow) {
	from, ok := taken[x.Name]
	i := slices.IndexFunc(docs, func(d paperRow) bool { return d.Kind == from.kind && d.State == documents.Issued })
	if !ok || i < 0 {
		return
	}
	d := docs[i].Paper
	for j, in := range x.Inputs {
		text := d.Fields[from.fields[in.Name]]
		switch {
		case in.Name == from.number && from.number != "":
			text = d.Number
		case in.Name == "materials":
			text = firstColumn(text)
		case in.Name == "handlers":
			text = strings.ReplaceAll(text, "、", "\n")
		case in.Name == "note" && text != "":
			text = d.Kind.Name() + " " + d.Number + "：" + text
		case in.Name == "outcome":
			x.Inputs[j].Chosen = []string{string(inspection.NoPenalty)}
		}
		if text != "" {
			x.Inputs[j].Given = text
		}
	}
	x.From = d.Title()
}

// firstColumn are the names of a list whose columns are set apart.
func firstColumn(text string) string {
	var all []string
	for _, l := range strings.Split(text, "\n") {
		name, _, _ := strings.Cut(strings.ReplaceAll(l, "｜", "|"), "|")
		all = append(all, strings.TrimSpace(name))
	}
	return strings.Join(all, "\n")
}
