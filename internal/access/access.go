// Package access says yes or no: which role may carry out which action. It is
// pure; the scope (own authority, own unit, own case) is checked where the object is.
package access

import "slices"

// Role is what a person is at the bureau (domain.md §4.2).
type Role string

// The roles. List administrator, operator and reviewer of one round are three
// people; system, security and audit administrators (三员) are three others, and
// never do the office's work.
const (
	Clerk     Role = "clerk"      // 经办人: registers, plan, results at the desk
	Leader    Role = "leader"     // 局领导: approves
	ListAdmin Role = "list-admin" // 名录管理员: compares and confirms (1.21)
	Operator  Role = "operator"   // 抽取操作员: seals, rolls, draws
	Reviewer  Role = "reviewer"   // 结果审核员: confirms conclusions, publishes
	Inspector Role = "inspector"  // 检查人员
	Auditor   Role = "auditor"    // 审计员: reads everything, judges answers to questions of supervision, changes nothing
	Admin     Role = "admin"      // 系统管理员: accounts, calendar, settings
	Security  Role = "security"   // 安全保密管理员: who may do what, and whose account is in use
)

// Witness is who takes part in one ceremony with an invitation (见证人). No
// account has this role: package ceremony gives it to whoever holds the token.
const Witness Role = "witness"

// Roles lists every role with its Chinese name, in the order of the work.
var Roles = []struct {
	Role Role
	Name string
}{
	{Clerk, "经办人"}, {Leader, "局领导"}, {ListAdmin, "名录管理员"}, {Operator, "抽取操作员"},
	{Reviewer, "结果审核员"}, {Inspector, "检查人员"}, {Auditor, "审计员"}, {Admin, "系统管理员"}, {Security, "安全保密管理员"},
}

// Name returns the Chinese name of r.
func (r Role) Name() string {
	if r == Witness {
		return "见证人"
	}
	for _, x := range Roles {
		if x.Role == r {
			return x.Name
		}
	}
	return string(r)
}

// OfAccounts returns the roles that accounts may have.
func OfAccounts() []Role {
	all := make([]Role, len(Roles))
	for i, x := range Roles {
		all[i] = x.Role
	}
	return all
}

// Named returns roles as an operator names them: all, none, or one by one. What
// is no role is among them, for whoever takes them to refuse.
func Named(names []string) (roles []Role) {
	if slices.Equal(names, []string{"all"}) {
		return OfAccounts()
	}
	for _, x := range names {
		if x != "none" {
			roles = append(roles, Role(x))
		}
	}
	return roles
}

// OfAccount reports whether an account may have the role.
func (r Role) OfAccount() bool {
	for _, x := range Roles {
		if x.Role == r {
			return true
		}
	}
	return false
}

// Action is one kind of act of the office.
type Action string

// The actions, in the order of the year.
const (
	SignIn          Action = "account.signin"
	OwnAccount      Action = "account.own"
	SecondEdit      Action = "account.second"
	SecondRemove    Action = "account.second.remove"
	PasskeyEdit     Action = "account.passkey"
	FederationEdit  Action = "account.federation"
	FederationSet   Action = "account.federation.set"
	AccountRead     Action = "account.read"
	AccountEdit     Action = "account.edit"
	AccountBatch    Action = "account.batch"
	UnitEdit        Action = "account.unit"
	RolesAsk        Action = "account.roles"
	RolesDecide     Action = "account.roles.decide"
	AccountEnable   Action = "account.enable"
	AccountReset    Action = "account.reset"
	RulesEdit       Action = "account.rules"
	SigninEnd       Action = "account.signin.end"
	SigninsEnd      Action = "account.signins.end"
	SettingEdit     Action = "setting.edit"
	TokenGrant      Action = "token.grant"
	TokenCollect    Action = "token.collect"
	CalendarEdit    Action = "calendar.edit"
	RegisterImport  Action = "register.import"
	RegisterEdit    Action = "register.edit"
	FilterSave      Action = "filter.save"
	CreditEdit      Action = "credit.edit"
	CreditReview    Action = "credit.review"
	CreditDecide    Action = "credit.decide"
	CapEdit         Action = "caps.edit"
	PlanEdit        Action = "plan.edit"
	PlanApprove     Action = "plan.approve"
	PlanPublish     Action = "plan.publish"
	RoundFreeze     Action = "round.freeze"
	RoundSeal       Action = "round.seal"
	RoundRoll       Action = "round.roll"
	RoundReveal     Action = "round.reveal"
	RoundDraw       Action = "round.draw"
	RoundAbandon    Action = "round.abandon"
	WitnessInvite   Action = "ceremony.invite"
	WitnessJoin     Action = "ceremony.join"
	WitnessCommit   Action = "ceremony.commit"
	WitnessRefuse   Action = "ceremony.refuse"
	RoundVoid       Action = "ceremony.void"
	DrawnLook       Action = "round.look"
	TargetConfirm   Action = "round.confirm"
	TargetRemove    Action = "round.remove"
	RemovalApprove  Action = "round.remove.approve"
	RecusalDeclare  Action = "staffing.recuse"
	ProofKeep       Action = "proof.keep"
	ProofLook       Action = "proof.look"
	OfficerReplace  Action = "round.substitute"
	ReplaceApprove  Action = "round.substitute.approve"
	ScheduleEdit    Action = "schedule.edit"
	ScheduleApprove Action = "schedule.approve"
	UrgentDeclare   Action = "schedule.urgent"
	FormIssue       Action = "inspection.issue"
	ResultEnter     Action = "inspection.enter"
	VisitRecord     Action = "visit.record"
	DocumentEdit    Action = "documents.edit"
	DocumentIssue   Action = "documents.issue"
	DocumentVoid    Action = "documents.void"
	DocumentSet     Action = "documents.set"
	RatingRead      Action = "feedback.read"
	ComplaintAnswer Action = "feedback.answer"
	ConclusionCheck Action = "inspection.confirm"
	FormReturn      Action = "inspection.return"
	FormReopen      Action = "inspection.reopen"
	FindingClose    Action = "inspection.finding"
	RectifyEdit     Action = "casework.rectify"
	CaseEdit        Action = "casework.case"
	CaseLengthen    Action = "casework.case.lengthen"
	PenaltyCheck    Action = "casework.penalty.check"
	PenaltyRevoke   Action = "casework.penalty.revoke"
	HandoverEdit    Action = "casework.handover"
	PoliceDecide    Action = "casework.police.decide"
	LeadNote        Action = "casework.note"
	ResultPublish   Action = "disclosure.publish"
	ResultCorrect   Action = "disclosure.correct"
	ResultWithdraw  Action = "disclosure.withdraw"
	ResultExempt    Action = "disclosure.exempt"
	ObjectionEnter  Action = "disclosure.object"
	ObjectionAnswer Action = "disclosure.answer"
	PenaltyPublish  Action = "disclosure.penalty"
	RepairEnter     Action = "disclosure.repair"
	RepairDecide    Action = "disclosure.repair.decide"
	RoundClose      Action = "disclosure.close"
	RoundDisclose   Action = "disclosure.disclose"
	ExchangeEdit    Action = "exchange.edit"
	ExchangeSend    Action = "exchange.send"
	ExchangeReceive Action = "exchange.receive"
	SuperviseRead   Action = "supervise.read"
	SuperviseAnswer Action = "supervise.answer"
	SuperviseJudge  Action = "supervise.judge"
	SuperviseRule   Action = "supervise.rule"
	ReportEdit      Action = "report.edit"
	ReportApprove   Action = "report.approve"
	ReportSend      Action = "report.send"
	ReportAsk       Action = "report.ask"
	NoticeRead      Action = "notice.read"
	NoticeAddress   Action = "notice.address"
	NoticeReplay    Action = "notice.replay"
	ArchiveRead     Action = "archive.read"
	ArchiveSeal     Action = "archive.seal"
	ArchiveTake     Action = "archive.take"
	ArchiveAccept   Action = "archive.accept"
	ArchiveSet      Action = "archive.set"
	DeskRead        Action = "desk.read"
	FormRead        Action = "inspection.read"
	AuditRead       Action = "audit.read"
	LedgerRead      Action = "ledger.read"
	LedgerCheck     Action = "ledger.check"
	AlarmRaise      Action = "alarm.raise"
	SettingState    Action = "setting.state"
)

// everybody is each role that an account may have.
var everybody = []Role{Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector, Auditor, Admin, Security}

// may is the whole policy.
var may = map[Action][]Role{
	SignIn:          everybody,
	OwnAccount:      everybody,
	SecondEdit:      everybody,
	SecondRemove:    {Admin, Security},
	PasskeyEdit:     everybody,
	FederationEdit:  everybody,
	FederationSet:   {Admin, Security},
	AccountRead:     {Admin, Security},
	AccountEdit:     {Admin},
	AccountBatch:    {Admin},
	UnitEdit:        {Admin, Security},
	RolesAsk:        {Admin, Security},
	RolesDecide:     {Admin, Security},
	AccountEnable:   {Admin, Security},
	AccountReset:    {Admin, Security},
	RulesEdit:       {Admin, Security},
	SigninEnd:       everybody,
	SigninsEnd:      {Admin, Security},
	SettingEdit:     {Admin},
	TokenGrant:      {Admin},
	TokenCollect:    everybody,
	CalendarEdit:    {Admin},
	RegisterImport:  {Clerk, ListAdmin},
	RegisterEdit:    {Clerk, ListAdmin},
	FilterSave:      {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector},
	CreditEdit:      {Clerk, ListAdmin},
	CreditReview:    {Reviewer},
	CreditDecide:    {Leader},
	CapEdit:         {Clerk},
	PlanEdit:        {Clerk},
	PlanApprove:     {Leader},
	PlanPublish:     {Clerk, Leader},
	RoundFreeze:     {Operator},
	RoundSeal:       {Operator},
	RoundRoll:       {Operator},
	RoundReveal:     {Operator, Witness},
	RoundDraw:       {Operator},
	RoundAbandon:    {Leader},
	WitnessInvite:   {Operator},
	WitnessJoin:     {Witness},
	WitnessCommit:   {Witness},
	WitnessRefuse:   {Witness},
	RoundVoid:       {Operator, Leader},
	DrawnLook:       {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector, Auditor},
	TargetConfirm:   {ListAdmin},
	TargetRemove:    {ListAdmin},
	RemovalApprove:  {Leader},
	RecusalDeclare:  {Clerk, ListAdmin, Inspector},
	ProofKeep:       {Clerk, ListAdmin},
	ProofLook:       {Clerk, Leader, ListAdmin, Auditor},
	OfficerReplace:  {Clerk, ListAdmin},
	ReplaceApprove:  {Leader},
	ScheduleEdit:    {Clerk, ListAdmin},
	ScheduleApprove: {Leader},
	UrgentDeclare:   {Clerk, Inspector},
	FormIssue:       {Clerk, ListAdmin},
	ResultEnter:     {Clerk, Inspector},
	VisitRecord:     {Inspector},
	DocumentEdit:    {Clerk, Inspector},
	DocumentIssue:   {Clerk, Leader},
	DocumentVoid:    {Clerk, Leader},
	DocumentSet:     {Clerk},
	RatingRead:      {Auditor},
	ComplaintAnswer: {Leader},
	ConclusionCheck: {Reviewer},
	FormReturn:      {Reviewer},
	FormReopen:      {Reviewer},
	FindingClose:    {Clerk, Inspector, Reviewer},
	RectifyEdit:     {Clerk, Inspector, Reviewer},
	CaseEdit:        {Clerk, Inspector, Reviewer},
	CaseLengthen:    {Leader},
	PenaltyCheck:    {Reviewer, Leader},
	PenaltyRevoke:   {Leader},
	HandoverEdit:    {Clerk, Inspector, Reviewer},
	PoliceDecide:    {Leader},
	LeadNote:        {Clerk, ListAdmin, Reviewer},
	ResultPublish:   {Reviewer},
	ResultCorrect:   {Reviewer},
	ResultWithdraw:  {Reviewer},
	ResultExempt:    {Leader},
	ObjectionEnter:  {Clerk},
	ObjectionAnswer: {Leader, Reviewer},
	PenaltyPublish:  {Reviewer},
	RepairEnter:     {Clerk},
	RepairDecide:    {Leader, Reviewer},
	RoundClose:      {Reviewer},
	RoundDisclose:   {Operator, Reviewer},
	ExchangeEdit:    {Clerk, ListAdmin},
	ExchangeSend:    {Clerk, Reviewer},
	ExchangeReceive: {Clerk, Reviewer},
	SuperviseRead:   {Clerk, Leader, ListAdmin, Reviewer, Auditor},
	SuperviseAnswer: {Clerk, ListAdmin, Inspector},
	SuperviseJudge:  {Leader, Auditor},
	SuperviseRule:   {Leader, Admin},
	ReportEdit:      {Clerk},
	ReportApprove:   {Leader},
	ReportSend:      {Clerk},
	ReportAsk:       {Clerk, Reviewer},
	NoticeRead:      everybody,
	NoticeAddress:   everybody,
	NoticeReplay:    {Admin},
	ArchiveRead:     {Clerk, Leader, Reviewer, Auditor},
	ArchiveSeal:     {Clerk},
	ArchiveTake:     {Clerk, Leader, Reviewer, Auditor},
	ArchiveAccept:   {Clerk, Leader, Reviewer},
	ArchiveSet:      {Leader},
	DeskRead:        {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector, Auditor},
	FormRead:        {Clerk, Leader, ListAdmin, Operator, Reviewer, Inspector, Auditor},
	AuditRead:       {Auditor},
	LedgerRead:      {Auditor, Admin},
	LedgerCheck:     {Auditor, Admin},
	AlarmRaise:      nil, // the program alone
	SettingState:    nil, // the program alone
}

// ofUnit is what somebody of a unit does: what concerns one form at a time, and
// one's own account. All else is the whole authority's: registers, plan, draws,
// schedules, what is counted and reported. A new action is, too, until it
// stands here.
var ofUnit = []Action{
	SignIn, OwnAccount, SecondEdit, PasskeyEdit, FederationEdit, SigninEnd, TokenCollect, NoticeRead, NoticeAddress, FormRead, DrawnLook,
	ResultEnter, VisitRecord, UrgentDeclare, RecusalDeclare, ConclusionCheck, FormReturn, FormReopen,
	DocumentEdit, DocumentIssue, DocumentVoid,
	FindingClose, RectifyEdit, CaseEdit, CaseLengthen, PenaltyCheck, PenaltyRevoke, HandoverEdit, PoliceDecide, LeadNote,
	ResultPublish, ResultCorrect, ResultWithdraw, ResultExempt,
}

// OfUnit reports whether somebody of a unit may do act, as far as their roles
// let them and the form is the unit's.
func OfUnit(act Action) bool { return slices.Contains(ofUnit, act) }

// Whole reports whether a role is about the whole authority: nobody of a unit
// has it.
func Whole(r Role) bool { return !slices.Contains([]Role{Clerk, Leader, Reviewer, Inspector}, r) }

// Actor is who acts, for which authority, in which roles.
type Actor struct {
	Authority string // e.g. 130132-rs
	ID        string // account id; "system" for the program itself
	Name      string // as colleagues know it
	Roles     []Role
	Units     []string // names of the unit that a belongs to and those below it; empty: a sees the whole authority
	Passkey   bool     // a has a passkey to show it with
	Stale     string   // why this person must show again who he is before a grave act; empty: need not
}

// Has reports whether a holds the role r.
func (a Actor) Has(r Role) bool { return slices.Contains(a.Roles, r) }

// Allow reports whether a may carry out act; whether a form is there for
// somebody of a unit, package inspection says. The program itself may do
// anything: what it does is fixed in code.
func Allow(a Actor, act Action) bool {
	if a.ID == SystemID {
		return true
	}
	if len(a.Units) > 0 && !OfUnit(act) {
		return false
	}
	return a.ID != "" && slices.ContainsFunc(may[act], a.Has)
}

// grave are the acts before which somebody at a screen shows again who he is,
// if he has not within five minutes (ASVS 7.5.3): what seals and draws, what
// publishes and withdraws, what signs for the office, and what opens accounts to
// others.
var grave = []Action{
	RoundSeal, RoundDraw, RoundAbandon, RoundVoid,
	PlanApprove, PlanPublish, ScheduleApprove, RemovalApprove, ReplaceApprove, CreditDecide,
	ResultPublish, ResultCorrect, ResultWithdraw, ResultExempt,
	SettingEdit, RulesEdit, SecondEdit, SecondRemove, PasskeyEdit, FederationEdit, FederationSet, AccountEdit, AccountEnable, AccountReset, RolesAsk, RolesDecide, UnitEdit,
}

// Grave reports whether act wants a fresh proof of who acts.
func Grave(act Action) bool { return slices.Contains(grave, act) }

// SystemID is the actor id of the program itself.
const SystemID = "system"

// System is the program acting for an authority: the operator's command line
// and the sequencer.
func System(authority string) Actor {
	return Actor{Authority: authority, ID: SystemID, Name: "系统"}
}

// Actions lists every action that the policy knows, for the permission test.
func Actions() []Action {
	var all []Action
	for a := range may {
		all = append(all, a)
	}
	slices.Sort(all)
	return all
}

// Exclusive reports whether two roles must not meet in one person: list
// administrator, operator and reviewer are three people, and administrators
// and auditors are three others, out of the office's work (三员分立).
func Exclusive(a, b Role) bool {
	if a == b {
		return false
	}
	if Relaxable(a, b) {
		return true
	}
	apart := []Role{Admin, Security, Auditor}
	return slices.Contains(apart, a) || slices.Contains(apart, b)
}

// Relaxable reports whether a small authority may let two exclusive roles meet:
// those of a round, whose page then says so; never the administrators'.
func Relaxable(a, b Role) bool {
	duties := []Role{ListAdmin, Operator, Reviewer}
	return slices.Contains(duties, a) && slices.Contains(duties, b)
}
