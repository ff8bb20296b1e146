package plan

import (
	"suiji/internal/canon"
)

// Public is the record of a plan as everybody may read it: what the leader
// approves, what the digest in the ledger is of, what the public page shows.
// It names no accounts. Ratios are in basis points, dates as 2022-06-14.
type Public struct {
	Kind        string         `json:"kind"` // suiji/plan/1
	Authority   string         `json:"authority"`
	ID          string         `json:"id"`
	Year        int            `json:"year"`
	Title       string         `json:"title"`
	Number      string         `json:"number"`
	Issuer      string         `json:"issuer"`
	IssuedOn    string         `json:"issued_on"`
	Addressees  string         `json:"addressees"`
	Leader      string         `json:"leader"`
	Contact     string         `json:"contact"`
	Bases       []PublicBasis  `json:"bases"`
	Body        string         `json:"body"`
	Base        PublicBase     `json:"base"`
	Ratio       int            `json:"ratio"`
	Rounding    string         `json:"rounding"`
	Floor       int            `json:"floor"` // firms that the ratio asks for
	FloorSize   int            `json:"floor_size"`
	Windows     []PublicWindow `json:"windows"`
	Tasks       []PublicTask   `json:"tasks"`
	Officers    int            `json:"officers"`
	Field       string         `json:"field"`
	ConfirmDays int            `json:"confirm_workdays"`
	PublishDays int            `json:"publish_days"`
	PublishUnit string         `json:"publish_unit"`
	TaskDays    int            `json:"task_workdays"`
	ArchiveOn   string         `json:"archive_on"`
	Disclosure  string         `json:"disclosure"`
	Rules       PublicRules    `json:"rules"`
	Caps        []string       `json:"caps,omitempty"`   // frequency caps in force when the base was counted
	Amends      *PublicAmends  `json:"amends,omitempty"` // only in a version that amends another
}

type (
	// PublicBasis is a document that the plan rests on.
	PublicBasis struct {
		Number string `json:"number"`
		Title  string `json:"title"`
		Issuer string `json:"issuer"`
	}
	// PublicBase is the base of the ratio.
	PublicBase struct {
		Version int64  `json:"version"`
		Count   int    `json:"count"`
		On      string `json:"on"`
	}
	// PublicWindow is a round of the year, with how many firms it draws.
	PublicWindow struct {
		No       int    `json:"no"`
		StartsOn string `json:"starts_on"`
		EndsOn   string `json:"ends_on"`
		Draws    int    `json:"draws"`
	}
	// PublicTask is a line of the plan's table.
	PublicTask struct {
		No        int             `json:"no"`
		Name      string          `json:"name"`
		Directed  bool            `json:"directed"`
		ScopeKind string          `json:"scope_kind"`
		ScopeTag  string          `json:"scope_tag"`
		ScopeArea string          `json:"scope_area"`
		Items     []PublicItem    `json:"items"`
		Method    string          `json:"method"`
		Lead      string          `json:"lead"`
		Units     string          `json:"units"`
		Level     string          `json:"level"`
		Note      string          `json:"note"`
		Slots     []PublicSlot    `json:"slots,omitempty"` // who inspects, the leading department first
		Strata    []PublicStratum `json:"strata"`
		Tickets   []PublicTicket  `json:"tickets"`
	}
	// PublicSlot is a department that inspects.
	PublicSlot struct {
		Name  string `json:"name"`
		Title string `json:"title"`
		Units string `json:"units,omitempty"`
		Field string `json:"field,omitempty"`
		Size  int    `json:"size"` // officers for each firm
		Tag   string `json:"tag,omitempty"`
		Area  string `json:"area,omitempty"`
		Firms []int  `json:"firms"` // of each stratum, those that it inspects
	}
	// PublicItem is an inspection item as it stood.
	PublicItem struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Basis string `json:"basis"`
		Slot  string `json:"slot,omitempty"` // whose it is; left out: every department's
	}
	// PublicStratum is a stratum with its arithmetic.
	PublicStratum struct {
		Name    string `json:"name"`
		Title   string `json:"title"`
		Tag     string `json:"tag"`
		Area    string `json:"area,omitempty"`
		Ratio   int    `json:"ratio"`
		Number  int    `json:"number"` // firms for the year; 0: the ratio holds
		Size    int    `json:"size"`
		Need    int    `json:"need"`
		Draws   []int  `json:"draws"` // in each window
		Reserve int    `json:"reserve"`
		Capped  int    `json:"capped,omitempty"` // at a frequency cap when the base was counted
	}
	// PublicTicket is a rule of tickets.
	PublicTicket struct {
		Tag     string `json:"tag"`
		Tickets int    `json:"tickets"`
	}
	// PublicAmends says which plan this is a version of, and why there is one.
	PublicAmends struct {
		Root    string `json:"root"`
		Version int    `json:"version"`
		Before  string `json:"before"`
		Reason  string `json:"reason"`
	}
	// PublicRules are the rules for what does not go to plan.
	PublicRules struct {
		Vanished string `json:"vanished"`
		Again    string `json:"again"`
		Recusal  string `json:"recusal"`
	}
)

// Department names the department of the task with a slot's name, or nothing.
func (t PublicTask) Department(slot string) string {
	for _, s := range t.Slots {
		if s.Name == slot {
			return s.Title
		}
	}
	return ""
}

// Public returns the public record of p.
func (p Plan) Public() Public {
	sum := Calculate(p)
	r := Public{
		Kind: "suiji/plan/1", Authority: p.Authority, ID: p.ID, Year: p.Year,
		Title: p.Title, Number: p.Number, Issuer: p.Issuer, IssuedOn: p.IssuedOn.String(),
		Addressees: p.Addressees, Leader: p.Leader, Contact: p.Contact, Body: p.Body,
		Base:  PublicBase{p.BaseVersion, p.BaseCount, p.BaseOn.String()},
		Ratio: int(p.Ratio), Rounding: p.Rounding, Floor: sum.Floor, FloorSize: p.FloorSize,
		Officers: p.Officers, Field: p.Field,
		ConfirmDays: p.ConfirmDays, PublishDays: p.PublishDays, PublishUnit: string(p.PublishUnit),
		Caps: p.CapLines(), TaskDays: p.TaskDays, ArchiveOn: p.ArchiveOn.String(), Disclosure: p.Disclosure,
		Rules: PublicRules{p.RuleVanished, p.RuleAgain, p.RuleRecusal},
		Bases: make([]PublicBasis, 0), Windows: make([]PublicWindow, 0), Tasks: make([]PublicTask, 0),
	}
	if p.Amends != "" {
		r.Amends = &PublicAmends{p.Root, p.Version, p.Amends, p.AmendReason}
	}
	for _, b := range p.Bases {
		r.Bases = append(r.Bases, PublicBasis(b))
	}
	for i, w := range p.Windows {
		r.Windows = append(r.Windows, PublicWindow{w.No, w.StartsOn.String(), w.EndsOn.String(), sum.Windows[i]})
	}
	for i, t := range p.Tasks {
		r.Tasks = append(r.Tasks, publicTask(t, sum.Tasks[i]))
	}
	return r
}

func publicTask(t Task, sum TaskSum) PublicTask {
	r := PublicTask{
		No: t.No, Name: t.Name, Directed: t.Directed,
		ScopeKind: t.Scope.Kind, ScopeTag: t.Scope.Tag, ScopeArea: t.Scope.Area,
		Method: t.Method, Lead: t.Lead, Units: t.Units, Level: t.Level, Note: t.Note,
		Items: make([]PublicItem, 0), Strata: make([]PublicStratum, 0), Tickets: make([]PublicTicket, 0),
	}
	for _, s := range t.Slots {
		r.Slots = append(r.Slots, PublicSlot{s.Name, s.Title, s.Units, s.Field, s.Size, s.Tag, s.Area, append([]int{}, s.Firms...)})
	}
	for _, i := range t.Items {
		r.Items = append(r.Items, PublicItem(i))
	}
	for i, s := range t.Strata {
		x := sum.Strata[i]
		r.Strata = append(r.Strata, PublicStratum{s.Name, s.Title, s.Tag, s.Area, int(s.Ratio), s.Number, x.Size, x.Need, x.Windows, s.Reserve, s.Capped})
	}
	for _, k := range t.Tickets {
		r.Tickets = append(r.Tickets, PublicTicket(k))
	}
	return r
}

// DigestWith returns the digest of the public record's canonical JSON, in hex.
func (p Plan) DigestWith(h canon.Hash) (string, error) {
	b, err := canon.JSON(p.Public())
	if err != nil {
		return "", err
	}
	return h.Hex(b), nil
}
