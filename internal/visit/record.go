package visit

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"suiji/internal/inspection"
	"suiji/internal/schedule"
)

// Kind is what a record tells.
type Kind string

// The kinds of record.
const (
	Arrival Kind = "arrival" // 到达
	Result  Kind = "result"  // 检查结果
	Yield   Kind = "yield"   // 采用单位的版本
)

// Record is one thing that a phone has to tell, exactly once.
type Record struct {
	ID   string `json:"id"`
	Form string `json:"form"`
	Kind Kind   `json:"kind"`
	At   int64  `json:"at"`   // by the phone's clock, UTC milliseconds
	Body string `json:"body"` // JSON: Place, Sheet or Chosen
}

// digest is over all but the id.
func (r Record) digest() string {
	sum := sha256.Sum256([]byte(r.Form + "\n" + string(r.Kind) + "\n" + strconv.FormatInt(r.At, 10) + "\n" + r.Body))
	return hex.EncodeToString(sum[:])
}

// Place is the body of an arrival: coordinates, or why there are none.
type Place struct {
	Lat      string `json:"lat"` // degrees, WGS 84; empty: none
	Lon      string `json:"lon"`
	Accuracy int    `json:"accuracy"` // metres
	Reason   string `json:"reason"`   // one of Reasons
	Late     string `json:"late"`     // why it is entered afterwards
}

// Reasons are why there are no coordinates.
var Reasons = []string{"手机没有定位功能", "没有允许定位", "定位失败（室内、无信号）", "用电脑或他人手机登记"}

// Sheet is the body of a result: the form as it was filled in on the spot.
type Sheet struct {
	Revision   int64       `json:"revision"` // of the form that it was made from
	Methods    []string    `json:"methods"`
	Started    string      `json:"started"`
	Ended      string      `json:"ended"`
	Person     string      `json:"person"`
	Refused    string      `json:"refused"` // why the firm does not sign
	Witness    string      `json:"witness"` // who saw it
	Summary    string      `json:"summary"`
	Evidence   string      `json:"evidence"`
	Attempts   []Try       `json:"attempts"`
	Answers    []Answered  `json:"answers"`
	Codes      []string    `json:"codes"`
	Findings   []Found     `json:"findings"`
	Opened     int64       `json:"opened"` // when the list of points was opened
	Rest       int         `json:"rest"`   // how many points were answered by “其余全部符合”
	Text       string      `json:"text"`   // what was signed; empty: nothing was signed on the phone
	Signatures []Signature `json:"signatures"`
	Instead    string      `json:"instead"` // the stale record whose place it takes
}

// Try is one attempt to reach the firm.
type Try struct {
	On  string `json:"on"`
	How string `json:"how"`
}

// Answered is the answer to one check point.
type Answered struct {
	Item   string `json:"item"`
	No     int    `json:"no"`
	Answer string `json:"answer"`
	Note   string `json:"note"`
}

// Found is one problem; Spot means that it was mended on the spot.
type Found struct {
	No      int    `json:"no"`
	Fact    string `json:"fact"`
	Measure string `json:"measure"`
	Due     string `json:"due"`
	Spot    bool   `json:"spot"`
	Note    string `json:"note"`
}

// Chosen is the body of a yield: the office's version holds.
type Chosen struct {
	Instead  string `json:"instead"`  // the stale record
	Revision int64  `json:"revision"` // of the office's version that was seen
}

// Answer is what a phone is told of a record.
type Answer struct {
	ID       string    `json:"id"`
	State    string    `json:"state"`    // kept, stale, clash, refused, later
	Received int64     `json:"received"` // when it was kept first
	Problems []Problem `json:"problems,omitempty"`
	Office   *Version  `json:"office,omitempty"` // stale: the form as it stands; clash: what is kept under this id
}

// The states of an answer.
const (
	Kept    = "kept"    // done, now or before
	Stale   = "stale"   // the office has changed the form: choose
	Clash   = "clash"   // another content is kept under this id
	Refused = "refused" // a rule is broken: mend it, and send it under another id
	Later   = "later"   // nobody knows yet: send it again as it is
)

// Problem is a broken rule, at an input of the form.
type Problem struct {
	Field    string `json:"field"`
	Sentence string `json:"sentence"`
}

// Version is what the office holds.
type Version struct {
	Revision int64  `json:"revision"`
	State    string `json:"state"` // of the form, in Chinese
	By       string `json:"by"`
	At       int64  `json:"at"`
	Text     string `json:"text"` // the form, or the record, in words
}

// Signature is a name and how it was drawn.
type Signature struct {
	Role    string `json:"role"` // inspector-1, inspector-2, firm
	Officer string `json:"officer"`
	Name    string `json:"name"`
	Strokes string `json:"strokes"` // JSON: [[x,y,x,y,…],…] in a box of 600 × 200
	At      int64  `json:"at"`
}

// The roles of signatures.
const (
	Inspector1 = "inspector-1"
	Inspector2 = "inspector-2"
	ByFirm     = "firm"
)

// UsePoint, UseAttempt, UseBefore and UseAfter name what a photograph shows,
// by the number of the point, attempt or problem, from 1.
func UsePoint(i int) string { return fmt.Sprintf("point-%d", i) }

// UseAttempt is the proof of the i-th attempt to reach the firm.
func UseAttempt(i int) string { return fmt.Sprintf("attempt-%d", i) }

// UseBefore shows the i-th problem.
func UseBefore(i int) string { return fmt.Sprintf("before-%d", i) }

// UseAfter shows the i-th problem mended.
func UseAfter(i int) string { return fmt.Sprintf("after-%d", i) }

// UseOther is any other photograph.
const UseOther = "other"

// UseName says in Chinese what a photograph shows.
func (p Photo) UseName() string {
	kind, no, _ := strings.Cut(p.Use, "-")
	switch kind {
	case "point":
		return "要点 " + no
	case "attempt":
		return "第 " + no + " 次联系"
	case "before":
		return "问题 " + no + " 改正前"
	case "after":
		return "问题 " + no + " 改正后"
	}
	return "其他"
}

// sorted makes tasks of forms, in the order of the way.
func sorted(forms []inspection.Form, arrived []string, planned map[string]schedule.Visit) []Task {
	var tasks []Task
	for _, f := range forms {
		t := Task{f, Waiting, planned[f.ID]}
		switch {
		case f.State == inspection.Entered || f.State == inspection.Confirmed:
			t.Progress = Done
		case f.State == inspection.Returned || slices.Contains(arrived, f.ID):
			t.Progress = Begun
		}
		tasks = append(tasks, t)
	}
	order := []Progress{Begun, Waiting, Done}
	slices.SortStableFunc(tasks, func(x, y Task) int {
		return cmp.Or(cmp.Compare(slices.Index(order, x.Progress), slices.Index(order, y.Progress)),
			byDay(x.Planned, y.Planned), cmp.Compare(x.Firm.AreaName, y.Firm.AreaName), cmp.Compare(x.Firm.Place(), y.Firm.Place()), cmp.Compare(x.ID, y.ID))
	})
	return tasks
}

// byDay puts what has no day last; "am" stands before "pm" also as a word.
func byDay(x, y schedule.Visit) int {
	if x.Placed() != y.Placed() {
		if x.Placed() {
			return -1
		}
		return 1
	}
	return cmp.Or(x.Day.Compare(y.Day), cmp.Compare(x.Half, y.Half), cmp.Compare(x.Stop, y.Stop))
}
