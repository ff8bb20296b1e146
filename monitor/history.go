package monitor

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"suiji/internal/canon"
	"suiji/ledger"
)

// draw is what the entries have said of one draw so far: one half of a round.
type draw struct {
	manifest  string    // digest
	sealedAt  int64     // position
	chosen    time.Time // of the seal or, if later, the last roll
	rolled    map[string]bool
	revealed  map[string]bool
	drawnAt   int64 // -1: not drawn
	abandoned bool
	disclosed string          // digest of the bundle
	gone      map[string]bool // stratum and rank of firms taken out
	came      map[string]bool // … of reserves that came up
	vacant    string          // stratum and rank of the removal that waits for its reserve
}

// record is what the entries have said of one public result so far.
type record struct {
	version int64
	current string // digest; empty: nothing is public
}

// history reads the entries in their order.
type history struct {
	draws    map[string]*draw
	purposes map[string][]string // the seals made for one purpose, in their order
	records  map[string]*record
	versions map[string]int64 // of registers, of settings, of the audit log
	once     map[string]bool  // type and subject of what may stand only once
	last     time.Time
}

// rules say, for each type, what must have gone before. An unknown type is
// passed over.
var rules = map[ledger.Type]func(h *history, at int64, e ledger.Entry) error{
	ledger.RegisterVersioned:  (*history).versioned,
	ledger.PlanPublished:      (*history).onlyOnce,
	ledger.RoundSealed:        (*history).sealed,
	ledger.RoundRolled:        (*history).rolled,
	ledger.RoundRevealed:      (*history).revealed,
	ledger.RoundDrawn:         (*history).drawn,
	ledger.RoundAbandoned:     (*history).abandoned,
	ledger.RoundDisclosed:     (*history).disclosed,
	ledger.TargetRemoved:      (*history).removed,
	ledger.TargetPromoted:     (*history).promoted,
	ledger.OfficerSubstituted: (*history).substituted,
	ledger.OfficerAssigned:    (*history).assigned,
	ledger.ResultPublished:    (*history).result,
	ledger.ResultCorrected:    (*history).result,
	ledger.ResultWithdrawn:    (*history).result,
	ledger.RateStated:         (*history).rated,
	ledger.SettingsStated:     (*history).settings,
	ledger.AuditHead:          (*history).head,
}

// history holds the entries to the order in which they can have come about,
// and then the manifests and bundles at hand to the entries.
func (r *Report) history(files fs.FS, t *tree) error {
	h := &history{draws: map[string]*draw{}, purposes: map[string][]string{}, records: map[string]*record{},
		versions: map[string]int64{}, once: map[string]bool{}}
	for i, body := range t.bodies {
		e, err := ledger.ParseEntry(body)
		if err != nil {
			return found(int64(i), "", "这条记录不合格式", err.Error())
		}
		if err := h.read(int64(i), e); err != nil {
			return err
		}
		if strings.HasPrefix(string(e.Type), "result.") {
			r.Results++
		}
	}
	for _, d := range h.draws {
		r.Seals++
		switch {
		case d.drawnAt >= 0:
			r.Draws++
		case d.abandoned:
			r.Abandoned++
		default:
			r.Open++
		}
	}
	return r.documents(files, h, t)
}

func (h *history) read(at int64, e ledger.Entry) error {
	if e.At.Before(h.last) {
		return wrong(at, e, "时间早于前一条记录", "its time is before that of the entry before it")
	}
	h.last = e.At
	if rule := rules[e.Type]; rule != nil {
		return rule(h, at, e)
	}
	return nil
}

func wrong(at int64, e ledger.Entry, zh, en string) error {
	f := found(at, "", string(e.Type)+" "+zh, string(e.Type)+": "+en)
	f.Subject = e.Subject
	return f
}

func (h *history) onlyOnce(at int64, e ledger.Entry) error {
	k := string(e.Type) + " " + e.Subject
	if h.once[k] {
		return wrong(at, e, "只应有一条，这是第二条", "there may be one only, this is the second")
	}
	h.once[k] = true
	return nil
}

// number reads a whole number of an entry's data; -1 if it is none.
func number(e ledger.Entry, name string) int64 {
	n, ok := e.Data[name].(int64)
	if !ok {
		return -1
	}
	return n
}

func text(e ledger.Entry, name string) string {
	s, _ := e.Data[name].(string)
	return s
}

func (h *history) versioned(at int64, e ledger.Entry) error {
	v := number(e, "version")
	if want := h.versions[e.Subject] + 1; v != want {
		return wrong(at, e, fmt.Sprintf("名录版本应为 %d，却是 %d", want, v), fmt.Sprintf("the list's version must be %d, it is %d", want, v))
	}
	h.versions[e.Subject] = v
	return nil
}

// settings are numbered 1, 2, 3, … in each part.
func (h *history) settings(at int64, e ledger.Entry) error {
	part, _ := e.Data["part"].(string)
	key, no := e.Subject+" "+part, number(e, "no")
	if want := h.versions[key] + 1; no != want {
		return wrong(at, e, fmt.Sprintf("设置应为第 %d 次登记，却是第 %d 次", want, no), fmt.Sprintf("the settings must be number %d, they are %d", want, no))
	}
	h.versions[key] = no
	return nil
}

// head is that of an audit log, which only grows.
func (h *history) head(at int64, e ledger.Entry) error {
	no := number(e, "no")
	if before := h.versions[e.Subject]; no <= before {
		return wrong(at, e, fmt.Sprintf("审计日志已经到过第 %d 条，这里却是第 %d 条", before, no), fmt.Sprintf("the audit log had entry %d before, here it ends with %d", before, no))
	}
	h.versions[e.Subject] = no
	return nil
}

// laterAttempt is what the id of a round carries from its second attempt on,
// and a match that follows one that broke off.
var laterAttempt = regexp.MustCompile(`-a[0-9]+(\.targets)$|(\.match)-[0-9]+$`)

// purpose returns what a draw is for: all attempts at it have it in common.
func purpose(subject string) string { return laterAttempt.ReplaceAllString(subject, "$1$2") }

func (h *history) sealed(at int64, e ledger.Entry) error {
	if h.draws[e.Subject] != nil {
		return wrong(at, e, "这次抽取已经封存过", "this draw was sealed before")
	}
	if !canon.IsHex32(text(e, "manifest")) {
		return wrong(at, e, "没有清单的指纹", "it has no manifest's digest")
	}
	p := purpose(e.Subject)
	for _, before := range h.purposes[p] {
		if d := h.draws[before]; !d.abandoned {
			return wrong(at, e, "同一用途的前一次抽取 "+before+" 没有作废", "the draw "+before+" for the same purpose was not abandoned")
		}
	}
	if firms, ok := strings.CutSuffix(p, ".match"); ok {
		if d := h.draws[firms+".targets"]; d == nil || d.drawnAt < 0 {
			return wrong(at, e, "对象还没有抽取，不能封存人员的匹配", "its firms were not drawn before")
		}
	}
	h.purposes[p] = append(h.purposes[p], e.Subject)
	h.draws[e.Subject] = &draw{manifest: text(e, "manifest"), sealedAt: at, chosen: e.At, drawnAt: -1, rolled: map[string]bool{}, revealed: map[string]bool{},
		gone: map[string]bool{}, came: map[string]bool{}}
	return nil
}

// running returns a draw that is sealed and not over.
func (h *history) running(at int64, e ledger.Entry) (*draw, error) {
	d := h.draws[e.Subject]
	switch {
	case d == nil:
		return nil, wrong(at, e, "在封存之前", "it comes before the seal")
	case d.drawnAt >= 0:
		return nil, wrong(at, e, "在抽取之后", "it comes after the draw")
	case d.abandoned:
		return nil, wrong(at, e, "在作废之后", "it comes after the draw was abandoned")
	}
	return d, nil
}

func (h *history) rolled(at int64, e ledger.Entry) error {
	d, err := h.running(at, e)
	if err != nil {
		return err
	}
	source := text(e, "source")
	if source == "" || d.rolled[source] {
		return wrong(at, e, "同一个公开随机数录入了两次", "a public number was entered twice")
	}
	if len(d.revealed) > 0 {
		return wrong(at, e, "在公开秘密值之后才摇号", "it was rolled after a secret was revealed")
	}
	d.rolled[source], d.chosen = true, e.At
	return nil
}

func (h *history) revealed(at int64, e ledger.Entry) error {
	d, err := h.running(at, e)
	if err != nil {
		return err
	}
	source := text(e, "source")
	if source == "" || d.revealed[source] || d.rolled[source] {
		return wrong(at, e, "同一个秘密值公开了两次", "a secret was revealed twice")
	}
	d.revealed[source] = true
	return nil
}

func (h *history) drawn(at int64, e ledger.Entry) error {
	d, err := h.running(at, e)
	if err != nil {
		return err
	}
	if len(d.revealed)+len(d.rolled) == 0 {
		return wrong(at, e, "抽取之前没有任何随机数", "no number was rolled or revealed before it")
	}
	for _, name := range []string{"seed", "reveal", "result"} {
		if !canon.IsHex32(text(e, name)) {
			return wrong(at, e, "缺少指纹 "+name, "it lacks the digest of "+name)
		}
	}
	d.drawnAt = at
	return nil
}

func (h *history) abandoned(at int64, e ledger.Entry) error {
	d, err := h.running(at, e)
	if err == nil {
		d.abandoned = true
	}
	return err
}

// over returns a draw that was carried out.
func (h *history) over(at int64, e ledger.Entry, subject string) (*draw, error) {
	d := h.draws[subject]
	if d == nil || d.drawnAt < 0 {
		return nil, wrong(at, e, "在抽取之前", "it comes before the draw")
	}
	return d, nil
}

func (h *history) disclosed(at int64, e ledger.Entry) error {
	d, err := h.over(at, e, e.Subject)
	if err != nil {
		return err
	}
	if d.disclosed != "" || !canon.IsHex32(text(e, "bundle")) {
		return wrong(at, e, "核验包公开了两次，或没有指纹", "its bundle was disclosed before, or has no digest")
	}
	d.disclosed = text(e, "bundle")
	return nil
}

func place(e ledger.Entry, rank string) string {
	return fmt.Sprintf("%s %d", text(e, "stratum"), number(e, rank))
}

func (h *history) removed(at int64, e ledger.Entry) error {
	d, err := h.over(at, e, e.Subject)
	if err != nil {
		return err
	}
	p := place(e, "rank")
	if d.gone[p] {
		return wrong(at, e, "这一位已经剔除过", "this rank was removed before")
	}
	d.gone[p], d.vacant = true, p
	return nil
}

func (h *history) promoted(at int64, e ledger.Entry) error {
	d, err := h.over(at, e, e.Subject)
	if err != nil {
		return err
	}
	p := place(e, "rank")
	if d.vacant == "" || place(e, "instead_of") != d.vacant {
		return wrong(at, e, "没有与它相应的剔除", "no removal stands before it")
	}
	if d.came[p] || d.gone[p] {
		return wrong(at, e, "这一位候补已经递补或剔除过", "this reserve came up or was removed before")
	}
	d.came[p], d.vacant = true, ""
	return nil
}

func (h *history) substituted(at int64, e ledger.Entry) error {
	_, err := h.over(at, e, e.Subject)
	return err
}

// assigned holds that an assignment by hand says of itself that it is none of
// the draw's.
func (h *history) assigned(at int64, e ledger.Entry) error {
	if random, ok := e.Data["random"].(bool); !ok || random {
		return wrong(at, e, "指派没有标明“非随机”", "an assignment by hand does not say that it is not random")
	}
	return h.substituted(at, e)
}

// matched reports whether a round's officers were drawn.
func (h *history) matched(round string) bool {
	for _, s := range h.purposes[purpose(round+".match")] {
		if h.draws[s].drawnAt >= 0 {
			return true
		}
	}
	return false
}

func (h *history) result(at int64, e ledger.Entry) error {
	cut := strings.LastIndexByte(e.Subject, '.')
	if cut < 0 || !h.matched(e.Subject[:cut]) {
		return wrong(at, e, "检查结果在其轮次抽取之前", "the result comes before its round was drawn")
	}
	r := h.records[e.Subject]
	if r == nil {
		r = &record{}
		h.records[e.Subject] = r
	}
	if v := number(e, "version"); v != r.version+1 {
		return wrong(at, e, fmt.Sprintf("公示版本应为 %d，却是 %d", r.version+1, v), fmt.Sprintf("the version must be %d, it is %d", r.version+1, v))
	}
	r.version++
	first := e.Type == ledger.ResultPublished
	if first != (r.current == "") || !first && text(e, "concerns") != r.current {
		return wrong(at, e, "与目前公示的版本接不上", "it does not follow from what was public then")
	}
	if r.current = text(e, "digest"); e.Type == ledger.ResultWithdrawn {
		r.current = ""
	}
	return nil
}

func (h *history) rated(at int64, e ledger.Entry) error {
	if !h.matched(e.Subject) {
		return wrong(at, e, "公示率在其轮次抽取之前", "the rate comes before its round was drawn")
	}
	return h.onlyOnce(at, e)
}
