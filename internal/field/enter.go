package field

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/visit"
)

func itoa(i int) string { return strconv.Itoa(i) }

// sheetOf is the form as it stands.
func sheetOf(f inspection.Form) visit.Sheet {
	e := f.Entry()
	sh := visit.Sheet{Revision: e.Revision, Started: e.StartedOn.String(), Ended: e.EndedOn.String(), Person: e.FirmPerson, Refused: e.Refusal,
		Summary: e.Summary, Evidence: e.Evidence}
	if reason, witness, ok := strings.Cut(e.Refusal, "；见证人："); ok {
		sh.Refused, sh.Witness = reason, witness
	}
	for _, m := range e.Methods {
		sh.Methods = append(sh.Methods, string(m))
	}
	for _, c := range e.Codes {
		sh.Codes = append(sh.Codes, string(c))
	}
	for _, a := range e.Answers {
		sh.Answers = append(sh.Answers, visit.Answered{Item: a.ItemID, No: a.No, Answer: string(a.Answer), Note: a.Note})
	}
	for _, t := range e.Attempts {
		sh.Attempts = append(sh.Attempts, visit.Try{On: t.On.String(), How: t.How})
	}
	for _, x := range e.Findings {
		sh.Findings = append(sh.Findings, visit.Found{No: x.No, Fact: x.Fact, Measure: x.Measure, Due: x.DueOn.String()})
	}
	return sh
}

// readSheet reads the posted form. Its rules are visit's and inspection's.
func readSheet(r *http.Request, f inspection.Form) visit.Sheet {
	v := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	sh := visit.Sheet{Started: v(inspection.FieldStarted), Ended: v(inspection.FieldEnded), Person: v(inspection.FieldPerson),
		Refused: v(inspection.FieldRefusal), Witness: v(visit.FieldWitness), Summary: v(inspection.FieldSummary), Evidence: v(inspection.FieldEvidence),
		Methods: r.PostForm[inspection.FieldMethods], Codes: r.PostForm[inspection.FieldCodes]}
	sh.Revision, _ = strconv.ParseInt(v("revision"), 10, 64) // 0 is nobody's revision
	if n, err := strconv.ParseInt(v("compared"), 10, 64); err == nil {
		sh.Revision = n // the inspector has seen what the office holds, and means it
	}
	for i, p := range f.Points {
		sh.Answers = append(sh.Answers, visit.Answered{Item: p.ItemID, No: p.No, Answer: v(inspection.FieldAnswer(i + 1)), Note: v(inspection.FieldNote(i + 1))})
	}
	for i := 1; r.PostForm.Has(inspection.FieldAttempt(i)); i++ {
		if t := (visit.Try{On: v(inspection.FieldAttempt(i)), How: v("how-" + itoa(i))}); t != (visit.Try{}) {
			sh.Attempts = append(sh.Attempts, t)
		}
	}
	for i := 1; r.PostForm.Has(inspection.FieldFact(i)); i++ {
		x := visit.Found{Fact: v(inspection.FieldFact(i)), Measure: v(inspection.FieldMeasure(i)), Due: v(inspection.FieldFindingDue(i)),
			Spot: r.PostForm.Has("spot-" + itoa(i)), Note: v("spotnote-" + itoa(i))}
		empty := x == visit.Found{}
		x.No, _ = strconv.Atoi(v("no-" + itoa(i))) // empty in a new one
		if !empty {
			sh.Findings = append(sh.Findings, x)
		}
	}
	return sh
}

// enter takes the plain form: one record, whose id is the form's key.
func (s *Server) enter(r *http.Request) (string, error) {
	f, err := s.Visit.Own(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return "", err
	}
	return "/m/tasks/" + f.ID, s.send(r, visit.Result, readSheet(r, f))
}

// arrive takes the plain form of an arrival.
func (s *Server) arrive(r *http.Request) (string, error) {
	place := visit.Place{Reason: r.PostFormValue("reason"), Late: strings.TrimSpace(r.PostFormValue("late"))}
	return "/m/tasks/" + r.PathValue("id"), s.send(r, visit.Arrival, place)
}

// send hands one record in that the server itself made from a form.
func (s *Server) send(r *http.Request, kind visit.Kind, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	answers, err := s.Visit.Sync(r.Context(), actor(r), []visit.Record{{
		ID: r.PostFormValue("key"), Form: r.PathValue("id"), Kind: kind, At: s.Now().UnixMilli(), Body: string(raw)}})
	if err != nil {
		return err
	}
	switch a := answers[0]; a.State {
	case visit.Refused:
		var ps []errs.Problem
		for _, p := range a.Problems {
			ps = append(ps, errs.Problem(p))
		}
		return errs.All(ps)
	case visit.Stale:
		return errs.E(errs.Conflict, "您打开这一页以后，"+a.Office.By+"改过这张表。您填的内容还在下面，请与单位的版本对照，再提交一次")
	case visit.Later:
		return errs.E(errs.Unknown, "数据库没有确认已经保存。请再提交一次：系统不会重复办理")
	}
	return nil // kept; or the same form sent twice
}

// photoFile reads the file out of a form.
func photoFile(r *http.Request) ([]byte, error) {
	file, head, err := r.FormFile("photo")
	if err != nil {
		return nil, errs.At("photo", "请选择一张照片")
	}
	body := make([]byte, head.Size)
	if _, err := io.ReadFull(file, body); err != nil {
		return nil, errs.Because(errs.Invalid, "照片没有完整收到，没有保存", err)
	}
	return body, nil
}

// upload reads a photograph, with what the script says of it.
func upload(r *http.Request, form string) (u visit.Upload, err error) {
	body, err := photoFile(r)
	if err != nil {
		return u, err
	}
	at, _ := strconv.ParseInt(r.PostFormValue("at"), 10, 64) // 0: the phone did not say
	return visit.Upload{Form: form, Use: r.PostFormValue("use"), Digest: r.PostFormValue("digest"), Original: r.PostFormValue("original"), At: at, Body: body}, nil
}

// addPhoto takes a photograph from the plain form.
func (s *Server) addPhoto(r *http.Request) (string, error) {
	u, err := upload(r, r.PathValue("id"))
	if err != nil {
		return "", err
	}
	_, err = s.Visit.Photograph(r.Context(), actor(r), u)
	return "/m/tasks/" + u.Form + "#photos", err
}

func (s *Server) picture(r *http.Request) (*page.File, error) {
	f, err := s.Visit.Own(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	body, err := s.Visit.Picture(r.Context(), f.Authority, f.ID, r.PathValue("digest"))
	return &page.File{Name: r.PathValue("digest")[:min(8, len(r.PathValue("digest")))] + ".jpg", Type: "image/jpeg", Inline: true, Body: body}, err
}
