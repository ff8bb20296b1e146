package shape

// FollowupLine is an open end of an inspection in a list: a problem without its
// outcome, or a result code that asks for something.
type FollowupLine struct {
	Form       string `json:"form" doc:"检查表编号"`
	Ref        string `json:"ref" doc:"问题的序号，或者结果代码"`
	Round      string `json:"round" doc:"轮次"`
	Target     string `json:"target" doc:"对象标识"`
	Firm       string `json:"firm" doc:"企业名称"`
	Code       string `json:"code" doc:"统一社会信用代码或注册号；没有则为空"`
	Kind       string `json:"kind" enum:"undecided,rectify,case,unit,department,police,told,settled,final" doc:"undecided 待定处置，rectify 限期改正，case 立案查处，unit 移交办案机构，department 移送其他部门，police 移送公安机关，told 线索和名录，settled 直接了结，final 最终结果更正"`
	State      string `json:"state,omitempty" doc:"正在办理的：ordered 待企业改正，submitted 待复查，failed 复查不合格，filed 调查中，deciding 处罚决定待复核，sent 待签收，received 待反馈，back 已退回，reported 待局领导决定，approved 待送公安机关；其余没有"`
	StateLabel string `json:"state_label" doc:"办到哪里"`
	What       string `json:"what" doc:"发现的事实，或者结果代码要办的事；不公开"`
	Since      string `json:"since,omitempty" format:"date" doc:"从哪一天起"`
	Person     string `json:"person" doc:"负责的人（姓名）；还没有则为空"`
	With       string `json:"with" doc:"现在在谁手里；还没有则为空"`
	Next       string `json:"next,omitempty" doc:"下一步；了结的没有"`
	Due        string `json:"due,omitempty" format:"date" doc:"下一步的最后一天；没有规定的、算不出的没有"`
	DueAt      string `json:"due_at,omitempty" format:"date-time" doc:"按小时计的期限的最后一刻"`
	How        string `json:"how,omitempty" doc:"这一天怎么来的，或者为什么没有"`
	Late       bool   `json:"late" doc:"已过期限"`
	Closed     bool   `json:"closed" doc:"已了结"`
	Holds      bool   `json:"holds" doc:"不了结，轮次不能办结"`
}

// Followup is an end with all that was done about it.
type Followup struct {
	FollowupLine
	Matters   []Matter     `json:"matters" doc:"各次处置，按先后"`
	Steps     []MatterStep `json:"steps" doc:"经过，按先后"`
	Decisions []Decision   `json:"decisions" doc:"处罚决定"`
}

// Matter is one thing that is done about an end.
type Matter struct {
	No            int            `json:"no" doc:"第几次处置，从 1 起"`
	Kind          string         `json:"kind" doc:"种类，同上"`
	KindLabel     string         `json:"kind_label" doc:"种类的中文名称"`
	State         string         `json:"state,omitempty" doc:"办到哪里，同上；直接了结的没有"`
	Ending        string         `json:"ending,omitempty" doc:"怎样了结：rectified 已改正，escalated 转入另一种处置，penalty 行政处罚，order 责令改正或行政处理决定，withdrawn 撤销立案，transferred 移送，feedback 已反馈，done 已办理，not-needed 不需要办理，at-once 直接了结；正在办理的没有"`
	EndingLabel   string         `json:"ending_label,omitempty" doc:"怎样了结，中文名称"`
	Person        string         `json:"person" doc:"负责的人（姓名）；没有则为空"`
	OpenedOn      string         `json:"opened_on,omitempty" format:"date" doc:"开始的日期"`
	EndedOn       string         `json:"ended_on,omitempty" format:"date" doc:"了结的日期"`
	Rectification *Rectification `json:"rectification,omitempty" doc:"限期改正的"`
	Case          *CaseFile      `json:"case,omitempty" doc:"立案查处的"`
	Handover      *HandedOver    `json:"handover,omitempty" doc:"移交、移送的"`
}

// Rectification is an order to put something right, as it stands.
type Rectification struct {
	Measure     string `json:"measure" doc:"改正要求"`
	Due         string `json:"due,omitempty" format:"date" doc:"现在的期限"`
	First       string `json:"first_due,omitempty" format:"date" doc:"最初的期限"`
	SubmittedOn string `json:"submitted_on,omitempty" format:"date" doc:"企业提交材料的日期"`
	Rechecks    int    `json:"rechecks" doc:"复查（次）"`
}

// CaseFile is a case as it stands.
type CaseFile struct {
	CaseFiling
	HeardOn        string `json:"heard_on,omitempty" format:"date" doc:"听取陈述、申辩的日期"`
	Longer         bool   `json:"extended" doc:"已批准延长 30 个工作日"`
	DecidedOn      string `json:"decided_on,omitempty" format:"date" doc:"不处罚结案的，决定日期"`
	DecisionNumber string `json:"decision_number,omitempty" doc:"不处罚结案的，文书号"`
}

// HandedOver is a file that somebody else has.
type HandedOver struct {
	To         string `json:"to" doc:"接收单位；还没有送出的为空"`
	Number     string `json:"number" doc:"移送文书号；还没有送出的为空"`
	On         string `json:"on,omitempty" format:"date" doc:"送出的日期"`
	ReceivedOn string `json:"received_on,omitempty" format:"date" doc:"签收的日期"`
	FeedbackBy string `json:"feedback_by,omitempty" format:"date" doc:"约定反馈的日期"`
	AnsweredOn string `json:"answered_on,omitempty" format:"date" doc:"反馈、答复、退回的日期"`
	Answer     string `json:"answer,omitempty" doc:"反馈、答复、退回的内容"`
}

// MatterStep is one line of an end's timeline.
type MatterStep struct {
	No   int    `json:"no" doc:"属于第几次处置"`
	Act  string `json:"act" doc:"办了什么"`
	Text string `json:"text" doc:"内容；没有则为空"`
	Day  string `json:"day,omitempty" format:"date" doc:"发生的日期"`
	By   string `json:"by" doc:"谁办的（姓名）；企业的写明是企业"`
	At   string `json:"at" format:"date-time" doc:"录入的时刻"`
}

// Decision is a penalty's decision as the office has it.
type Decision struct {
	Penalised
	Form       string `json:"form" doc:"检查表编号"`
	Ref        string `json:"ref" doc:"问题的序号"`
	Target     string `json:"target" doc:"对象标识"`
	Firm       string `json:"firm" doc:"企业名称"`
	Code       string `json:"code" doc:"统一社会信用代码或注册号；没有则为空"`
	State      string `json:"state" enum:"drafted,checked,revoked" doc:"drafted 待复核，checked 已生效，revoked 已撤销"`
	StateLabel string `json:"state_label" doc:"状态的中文名称"`
	From       string `json:"public_from,omitempty" format:"date" doc:"公示期第一天；没有生效的、不公示的没有"`
	Until      string `json:"public_until,omitempty" format:"date" doc:"公示期最后一天"`
	RevokedOn  string `json:"revoked_on,omitempty" format:"date" doc:"撤销日期"`
	Reason     string `json:"reason,omitempty" doc:"撤销的理由"`
}

// Penalised is a penalty's decision as it is entered.
type Penalised struct {
	Number string `json:"number" maxLength:"200" doc:"决定书文号，在本单位只用一次"`
	On     string `json:"decided_on" format:"date" doc:"决定日期"`
	Fact   string `json:"fact" maxLength:"2000" doc:"违法事实"`
	Basis  string `json:"basis" maxLength:"2000" doc:"处罚依据"`
	Kinds  string `json:"kinds" maxLength:"200" doc:"处罚种类，如 警告、罚款"`
	Amount int64  `json:"amount" minimum:"0" doc:"金额（分）；没有为 0"`
	Class  string `json:"class" enum:"light,general,serious" doc:"失信行为类别：light 轻微，general 一般，serious 严重"`
	Months int    `json:"public_months" minimum:"0" maximum:"36" doc:"公示几个月（月）：轻微 0 至 3，一般 3 至 12，严重 12 至 36；0 是不公示"`
}

// RectifyOrder orders a firm to put a problem right.
type RectifyOrder struct {
	Measure string `json:"measure" maxLength:"2000" doc:"改正要求"`
	Due     string `json:"due" format:"date" doc:"改正期限，不早于今天"`
}

// Recheck is a look at whether it was put right.
type Recheck struct {
	On   string `json:"on" format:"date" doc:"复查日期"`
	Pass bool   `json:"pass" doc:"true：合格"`
	Note string `json:"note" maxLength:"2000" doc:"复查情况"`
}

// HandOver hands a file to a unit or another department.
type HandOver struct {
	Kind      string   `json:"kind" enum:"unit,department" doc:"unit 移交办案机构，department 移送其他部门"`
	To        string   `json:"to" maxLength:"200" doc:"接收单位"`
	Matter    string   `json:"matter" maxLength:"2000" doc:"事由"`
	Number    string   `json:"number" maxLength:"200" doc:"移送文书号"`
	On        string   `json:"on" format:"date" doc:"送出日期"`
	How       string   `json:"how" maxLength:"200" doc:"送达方式"`
	Materials []string `json:"materials" minItems:"1" maxItems:"100" doc:"材料清单，一件一项"`
}

// HandOverReceipt is the receiver's signature.
type HandOverReceipt struct {
	On         string `json:"on" format:"date" doc:"签收日期"`
	Who        string `json:"who" maxLength:"200" doc:"签收人"`
	Number     string `json:"number,omitempty" maxLength:"200" doc:"回执编号"`
	FeedbackBy string `json:"feedback_by,omitempty" format:"date" doc:"约定反馈的日期；没有约定的不填"`
}

// HandOverAnswer is what the receiver wrote back.
type HandOverAnswer struct {
	On     string `json:"on" format:"date" doc:"日期"`
	Number string `json:"number,omitempty" maxLength:"200" doc:"文书号"`
	Text   string `json:"text" maxLength:"2000" doc:"退回的理由，或者反馈的处理情况"`
}

// CaseFiling files a case.
type CaseFiling struct {
	Number      string   `json:"number" maxLength:"200" doc:"立案号，在本单位只用一次"`
	Cause       string   `json:"cause" maxLength:"200" doc:"案由"`
	Filed       string   `json:"filed_on" format:"date" doc:"立案日期，60 个工作日从这一天起算"`
	Discovered  string   `json:"discovered_on,omitempty" format:"date" doc:"发现之日；不填为检查开始之日"`
	BreachEnded string   `json:"breach_ended_on,omitempty" format:"date" doc:"违法行为终了之日；仍在继续的不填"`
	Unit        string   `json:"unit" maxLength:"200" doc:"承办机构"`
	Handlers    []string `json:"handlers" minItems:"2" maxItems:"20" doc:"承办人（姓名），不少于两人"`
}

// CaseHearing is what the employer said before the decision.
type CaseHearing struct {
	On   string `json:"on" format:"date" doc:"听取日期"`
	How  string `json:"how" maxLength:"200" doc:"方式和对方"`
	Said string `json:"said" maxLength:"2000" doc:"陈述、申辩的内容；放弃的写明放弃"`
}

// CaseConclusion ends a case without a penalty.
type CaseConclusion struct {
	Ending string `json:"ending" enum:"order,withdrawn" doc:"order 责令改正或行政处理决定，withdrawn 撤销立案"`
	Number string `json:"number" maxLength:"200" doc:"文书号"`
	On     string `json:"on" format:"date" doc:"决定日期"`
	Text   string `json:"text" maxLength:"2000" doc:"决定的内容和履行期限，或者撤销立案的理由"`
}

// Verdict is the second hand's word.
type Verdict struct {
	Approved bool   `json:"approved" doc:"true：通过；false：退回"`
	Opinion  string `json:"opinion,omitempty" maxLength:"2000" doc:"意见；退回的必须写明原因"`
}

// Revocation takes a decision back.
type Revocation struct {
	Reason string `json:"reason" maxLength:"2000" doc:"撤销的理由；随公示记录公开"`
}

// Reminded says that the firm was reminded.
type Reminded struct {
	On  string `json:"on" format:"date" doc:"提醒日期"`
	How string `json:"how" maxLength:"200" doc:"方式和对方，如 电话，人事负责人孙某"`
}

// Settled ends a problem at once.
type Settled struct {
	Outcome string `json:"outcome" enum:"on-the-spot,no-penalty,unfounded" doc:"on-the-spot 当场改正，no-penalty 不予处罚，unfounded 经查不属实"`
	On      string `json:"on" format:"date" doc:"处理日期"`
	Note    string `json:"note" maxLength:"2000" doc:"改正情况；不予处罚的依据和理由；核查情况和依据"`
}

// LeadNote is what was done about a result code.
type LeadNote struct {
	Done      bool     `json:"done" doc:"true：已办理；false：不需要办理"`
	On        string   `json:"on" format:"date" doc:"办理日期"`
	To        string   `json:"to,omitempty" maxLength:"200" doc:"告知的部门；改名录的不填"`
	Number    string   `json:"number,omitempty" maxLength:"200" doc:"文书号"`
	Materials []string `json:"materials,omitempty" maxItems:"100" doc:"材料清单，一件一项"`
	Receipt   string   `json:"receipt,omitempty" maxLength:"200" doc:"签收人或者回执"`
	Text      string   `json:"text,omitempty" maxLength:"2000" doc:"情况；不需要办理的写明理由"`
}

// Assigned names who is responsible.
type Assigned struct {
	Account string `json:"account" maxLength:"100" doc:"账号的标识"`
}

// CrimeReport puts a suspected crime before the head of the office.
type CrimeReport struct {
	Charge   string   `json:"charge" maxLength:"200" doc:"涉嫌的罪名"`
	Officers []string `json:"officers" minItems:"2" maxItems:"20" doc:"核实情况的行政执法人员（姓名），不少于两人"`
	Text     string   `json:"text" maxLength:"2000" doc:"核实的情况和移送的理由"`
	On       string   `json:"on" format:"date" doc:"报告日期，决定期限从这一天起算"`
}

// CrimeDelivery is the handing over to the police.
type CrimeDelivery struct {
	To        string   `json:"to" maxLength:"200" doc:"接收的公安机关"`
	Number    string   `json:"number" maxLength:"200" doc:"移送书文号"`
	At        string   `json:"at" format:"date-time" doc:"送达的时间"`
	Enclosed  []string `json:"enclosed" maxItems:"10" doc:"随案移送的材料：涉嫌犯罪案件移送书、涉嫌犯罪案件情况的调查报告、涉案物品清单，缺一不可"`
	Materials []string `json:"materials,omitempty" maxItems:"100" doc:"其他材料，一件一项"`
	Copied    string   `json:"copied" maxLength:"200" doc:"抄送的人民检察院"`
}

// CrimeAnswer is what the police wrote back.
type CrimeAnswer struct {
	Filed  bool   `json:"filed" doc:"true：公安机关立案，事项了结；false：不立案或者退回，须另行处置"`
	On     string `json:"on" format:"date" doc:"日期"`
	Number string `json:"number,omitempty" maxLength:"200" doc:"文书号"`
	Text   string `json:"text" maxLength:"2000" doc:"答复的内容"`
}
