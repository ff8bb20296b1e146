package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/jpeg"
	"net/url"
	"slices"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/documents"
	"suiji/internal/federation/federationtest"
	"suiji/internal/inspection"
	"suiji/internal/papers"
	"suiji/internal/roster"
	"suiji/internal/schedule"
	"suiji/internal/store"
	"suiji/internal/visit"
)

// kept are names of things that the demo leaves, each by what finds it.
var kept = map[string]string{
	"penalty":   `SELECT min(penalty_id) FROM disclosure_penalty WHERE authority_id = $1 AND current AND state = 'published'`,
	"number":    `SELECT min(number) FROM casework_penalty WHERE authority_id = $1 AND state = 'checked'`,
	"objection": `SELECT min(objection_id) FROM disclosure_objection WHERE authority_id = $1 AND state = 'open'`,
	"ticket":    `SELECT min(ticket) FROM feedback_complaint WHERE authority_id = $1`,
	"volume_of": `SELECT min(target_id) FROM archive_accession WHERE authority_id = $1`,
	"proposal":  `SELECT min(proposal_id) FROM credit_proposal WHERE authority_id = $1`,
	"issued":    `SELECT min(document_id) FROM documents_paper WHERE authority_id = $1 AND state = 'issued'`,
	"serial":    `SELECT CAST(min(serial) AS TEXT) FROM exchange_batch WHERE authority_id = $1 AND target = 'provincial'`,
	"asked":     `SELECT CAST(max(no) AS TEXT) FROM report_question WHERE authority_id = $1`,
	"sent":      `SELECT CAST(min(no) AS TEXT) FROM report_question WHERE authority_id = $1`,
	"week":      `SELECT CAST(max(no) AS TEXT) FROM report_upward WHERE authority_id = $1`,
	"month":     `SELECT CAST(min(no) AS TEXT) FROM report_upward WHERE authority_id = $1`,
}

// provider lets the office sign in elsewhere too.
func (w *permitted) provider() {
	at := federationtest.New(w.t, w.p.now)
	to, err := url.Parse(at.URL)
	w.must(err)
	set := map[string]string{"SUIJI_OIDC_ISSUER": at.URL, "SUIJI_OIDC_CLIENT": federationtest.Client, "SUIJI_OIDC_SECRET": federationtest.Secret, "SUIJI_OUTGOING": to.Hostname()}
	w.p.getenv = func(name string) string { return set[name] }
}

// entered makes what the demo's year has not.
func (w *permitted) entered(app *app, d *demo) {
	w.t.Helper()
	ctx, clerk := w.t.Context(), d.as(access.Clerk)
	pdf := onePage("a paper")
	sum := sha256.Sum256(pdf)
	w.names["attached"] = hex.EncodeToString(sum[:])
	w.must(app.documents.Attach(ctx, clerk, w.names["form"], "", "附件.pdf", pdf))
	var err error
	w.names["paper_of"], err = app.documents.Begin(ctx, clerk, documents.NewPaper{Kind: documents.Record, FormID: w.names["form"]})
	w.must(err)
	form, err := app.inspection.Form(ctx, demoAuthority, w.names["form"])
	w.must(err)
	w.names["shown"], err = app.visit.IdentityCode(ctx, form, w.names["officer"], true)
	w.must(err)
	var picture bytes.Buffer
	w.must(jpeg.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 40, 30)), nil))
	w.names["photo"], err = app.visit.Photograph(ctx, d.as(access.Inspector), visit.Upload{Form: w.names["form"], Use: "other", Body: picture.Bytes()})
	w.must(err)
	w.inWriting(app, d, pdf)

	w.must(app.roster.AddTraining(ctx, clerk, w.names["officer"], roster.NewTraining{Kind: "培训", Course: "行政执法培训", Day: "2026-03-01", Hours: "8", Passed: true}))
	trainings, err := app.roster.Trainings(ctx, demoAuthority, w.names["officer"])
	w.must(err)
	w.names["training"] = trainings[0].ID
	states := fmt.Sprintf("统一社会信用代码,登记状态\n%s,注销\n", w.names["firm"])
	file, err := app.tidings.Check(ctx, clerk, "状态.csv", calendar.MustParse("2026-06-30"), strings.NewReader(states))
	w.must(err)
	w.names["file"] = file.ID
	w.names["witness"], err = app.ceremony.Invite(ctx, d.as(access.Operator), w.names["rehearsal"], "县纪委监委派驻代表")
	w.must(err)

	var own bytes.Buffer
	w.must(papers.WriteDOCX(&own, papers.Document{Sections: []papers.Section{{Blocks: []papers.Block{papers.Paragraph{Text: "{{文号}} {{企业名称}}"}}}}}))
	w.must(app.documents.AddTemplate(ctx, clerk, documents.Notice, "通知书.docx", own.Bytes()))
	templates, err := app.documents.Templates(ctx, demoAuthority)
	w.must(err)
	w.names["template"] = templates[0].Digest
}

// inWriting has a firm looked at in writing, which hands a paper in; the
// inspector's firm has handed in the same.
func (w *permitted) inWriting(app *app, d *demo, pdf []byte) {
	w.t.Helper()
	ctx, s, round, clerk := w.t.Context(), app.schedule, w.names["round"], d.as(access.Clerk)
	x, err := s.Schedule(ctx, demoAuthority, round)
	w.must(err)
	i := slices.IndexFunc(x.Visits, func(v schedule.Visit) bool {
		return v.TargetID != w.names["target"] && v.Begun.Zero()
	})
	if i < 0 {
		w.t.Fatal("no other firm waits for its visit")
	}
	v := x.Visits[i]
	w.must(s.Move(ctx, clerk, round, schedule.Move{TargetID: v.TargetID, Revision: v.Revision, Mode: schedule.Written, Day: calendar.MustParse("2026-07-10")}))
	w.must(s.Submit(ctx, clerk, round))
	x, err = s.Schedule(ctx, demoAuthority, round)
	w.must(err)
	w.must(s.Approve(ctx, d.as(access.Leader), round, x.Pending().Digest, "同意，按安排实施。"))
	w.must(s.Send(ctx, demoAuthority, round, v.TargetID, "材料.pdf", pdf))
	forms, err := app.inspection.Forms(ctx, demoAuthority, inspection.Filter{RoundID: round})
	w.must(err)
	i = slices.IndexFunc(forms, func(f inspection.Form) bool { return f.Firm.TargetID == v.TargetID })
	w.names["written"], w.names["written_code"] = v.TargetID, forms[i].Code
	w.must(app.door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO schedule_paper (authority_id, round_id, target_id, digest, name, kind, size, at)
			SELECT authority_id, round_id, $4, digest, name, kind, size, at
			FROM schedule_paper
			WHERE authority_id = $1 AND round_id = $2 AND target_id = $3`, demoAuthority, round, v.TargetID, w.names["target"])
		return err
	}))
}

// handed finds a finding to which its firm has handed in a paper.
func (w *permitted) handed(app *app, names map[string]string) {
	w.t.Helper()
	x, err := store.One(w.t.Context(), app.db, func(row store.Scanner) (x [2]string, err error) {
		err = row.Scan(&x[0], &x[1])
		return x, err
	}, `SELECT ref, digest FROM casework_paper WHERE authority_id = $1 AND form_id = $2 ORDER BY ref LIMIT 1`, demoAuthority, names["found_form"])
	w.must(err)
	names["ref"], names["handed"] = x[0], x[1]
}
