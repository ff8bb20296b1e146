package access

import (
	"slices"
	"testing"
)

// table says who may do what: a new action without a row fails.
var table = map[Action][]Role{
	SignIn:     {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector, Auditor, Admin, Security},
	OwnAccount: {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector, Auditor, Admin, Security},
	SecondEdit: {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector, Auditor, Admin, Security}, SecondRemove: {Admin, Security},
	FederationEdit: {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector, Auditor, Admin, Security}, FederationSet: {Admin, Security},
	PasskeyEdit: {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector, Auditor, Admin, Security},
	SigninEnd:   {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector, Auditor, Admin, Security}, SigninsEnd: {Admin, Security},
	AccountEnable: {Admin, Security}, AccountReset: {Admin, Security}, RulesEdit: {Admin, Security},
	AccountRead: {Admin, Security}, AccountBatch: {Admin}, UnitEdit: {Admin, Security}, RolesAsk: {Admin, Security}, RolesDecide: {Admin, Security},
	AccountEdit: {Admin}, SettingEdit: {Admin}, TokenGrant: {Admin}, TokenCollect: {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector, Auditor, Admin, Security}, CalendarEdit: {Admin},
	RegisterImport: {Clerk, ListAdmin}, RegisterEdit: {Clerk, ListAdmin}, FilterSave: {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector},
	CreditEdit: {Clerk, ListAdmin}, CreditReview: {Reviewer}, CreditDecide: {Leader},
	CapEdit: {Clerk}, PlanEdit: {Clerk}, PlanApprove: {Leader}, PlanPublish: {Clerk, Leader},
	RoundFreeze: {Operator}, RoundSeal: {Operator}, RoundRoll: {Operator}, RoundReveal: {Operator, Witness}, RoundDraw: {Operator},
	RoundAbandon: {Leader}, TargetConfirm: {ListAdmin}, TargetRemove: {ListAdmin}, RemovalApprove: {Leader},
	WitnessInvite: {Operator}, WitnessJoin: {Witness}, WitnessCommit: {Witness}, WitnessRefuse: {Witness}, RoundVoid: {Operator, Leader},
	DrawnLook:      {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector, Auditor},
	RecusalDeclare: {Clerk, ListAdmin, Inspector}, ProofKeep: {Clerk, ListAdmin}, ProofLook: {Clerk, Leader, ListAdmin, Auditor},
	OfficerReplace: {Clerk, ListAdmin}, ReplaceApprove: {Leader},
	ScheduleEdit: {Clerk, ListAdmin}, ScheduleApprove: {Leader}, UrgentDeclare: {Clerk, Inspector},
	FormIssue: {Clerk, ListAdmin}, ResultEnter: {Clerk, Inspector}, VisitRecord: {Inspector}, RatingRead: {Auditor}, ComplaintAnswer: {Leader}, ConclusionCheck: {Reviewer}, FormReturn: {Reviewer}, FormReopen: {Reviewer},
	DocumentEdit: {Clerk, Inspector}, DocumentIssue: {Clerk, Leader}, DocumentVoid: {Clerk, Leader}, DocumentSet: {Clerk},
	FindingClose: {Clerk, Inspector, Reviewer}, ResultPublish: {Reviewer}, ResultCorrect: {Reviewer}, ResultWithdraw: {Reviewer},
	ResultExempt: {Leader}, ObjectionEnter: {Clerk}, ObjectionAnswer: {Leader, Reviewer}, PenaltyPublish: {Reviewer}, RepairEnter: {Clerk}, RepairDecide: {Leader, Reviewer}, RoundClose: {Reviewer}, RoundDisclose: {Operator, Reviewer},
	ExchangeEdit: {Clerk, ListAdmin}, ExchangeSend: {Clerk, Reviewer}, ExchangeReceive: {Clerk, Reviewer},
	SuperviseRead: {Clerk, Leader, ListAdmin, Reviewer, Auditor}, SuperviseAnswer: {Clerk, ListAdmin, Inspector}, SuperviseJudge: {Leader, Auditor}, SuperviseRule: {Leader, Admin},
	RectifyEdit: {Clerk, Inspector, Reviewer}, CaseEdit: {Clerk, Inspector, Reviewer}, CaseLengthen: {Leader}, PenaltyCheck: {Reviewer, Leader}, PenaltyRevoke: {Leader},
	HandoverEdit: {Clerk, Inspector, Reviewer}, PoliceDecide: {Leader}, LeadNote: {Clerk, ListAdmin, Reviewer},
	ReportEdit: {Clerk}, ReportApprove: {Leader}, ReportSend: {Clerk}, ReportAsk: {Clerk, Reviewer},
	ArchiveRead: {Clerk, Leader, Reviewer, Auditor}, ArchiveSeal: {Clerk}, ArchiveTake: {Clerk, Leader, Reviewer, Auditor}, ArchiveAccept: {Clerk, Leader, Reviewer}, ArchiveSet: {Leader},
	NoticeRead:    {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector, Auditor, Admin, Security},
	NoticeAddress: {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector, Auditor, Admin, Security}, NoticeReplay: {Admin},
	DeskRead: {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector, Auditor}, FormRead: {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector, Auditor}, AuditRead: {Auditor}, LedgerRead: {Auditor, Admin}, LedgerCheck: {Auditor, Admin}, AlarmRaise: {}, SettingState: {},
}

func TestAllow(t *testing.T) {
	for _, act := range Actions() {
		want, ok := table[act]
		if !ok {
			t.Errorf("%s has no row in the permission table", act)
		}
		roles := []Role{Witness}
		for _, r := range Roles {
			roles = append(roles, r.Role)
		}
		for _, r := range roles {
			a := Actor{Authority: "x", ID: "p", Roles: []Role{r}}
			if got, want := Allow(a, act), slices.Contains(want, r); got != want {
				t.Errorf("Allow(%s, %s) = %v, want %v", r, act, got, want)
			}
		}
		if Allow(Actor{Roles: []Role{Admin, Clerk, Leader}}, act) {
			t.Errorf("nobody may %s", act)
		}
		if !Allow(System("x"), act) {
			t.Errorf("the program may not %s", act)
		}
	}
}

func TestExclusive(t *testing.T) {
	tests := []struct {
		a, b Role
		want bool
	}{
		{ListAdmin, Operator, true}, {Operator, Reviewer, true}, {ListAdmin, Reviewer, true},
		{Admin, Auditor, true}, {Admin, Clerk, true}, {Security, Admin, true}, {Security, Auditor, true}, {Leader, Security, true}, {Auditor, Leader, true},
		{Clerk, Inspector, false}, {Clerk, ListAdmin, false}, {Leader, Leader, false},
	}
	for _, tt := range tests {
		if got := Exclusive(tt.a, tt.b); got != tt.want {
			t.Errorf("Exclusive(%s, %s) = %v, want %v", tt.a, tt.b, got, tt.want)
		}
		if got := Exclusive(tt.b, tt.a); got != tt.want {
			t.Errorf("Exclusive(%s, %s) = %v, want %v", tt.b, tt.a, got, tt.want)
		}
	}
}

// Whoever audits changes nothing of the office's work: these only read, some with a note of who looked, say
// where his own mail goes, and whether an answer to a question of supervision will do.
func TestAuditorOnlyReads(t *testing.T) {
	reading := []Action{SignIn, OwnAccount, SecondEdit, PasskeyEdit, FederationEdit, SigninEnd, AuditRead, DeskRead, FormRead, NoticeRead, NoticeAddress, TokenCollect, RatingRead, DrawnLook, ProofLook, SuperviseRead, SuperviseJudge, LedgerRead, LedgerCheck, ArchiveRead, ArchiveTake}
	auditor := Actor{Authority: "x", ID: "p", Roles: []Role{Auditor}}
	for _, act := range Actions() {
		if Allow(auditor, act) && !slices.Contains(reading, act) {
			t.Errorf("the auditor may %s", act)
		}
	}
}

// The log's reader sees every act under a name of its own.
func TestNames(t *testing.T) {
	seen := map[string]Action{}
	for _, act := range Actions() {
		if n := act.Name(); n == "" || seen[n] != "" {
			t.Errorf("%s is called %q, like %q", act, n, seen[n])
		}
		seen[act.Name()] = act
	}
}

func BenchmarkAllow(b *testing.B) {
	a := Actor{Authority: "x", ID: "p", Roles: []Role{Clerk, Inspector}}
	for b.Loop() {
		Allow(a, ResultEnter)
	}
}
