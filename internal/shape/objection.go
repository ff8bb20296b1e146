package shape

// Objection is an objection to a public record as the office has it. How to
// reach whoever objects stays inside.
type Objection struct {
	ID         string `json:"id" doc:"异议编号"`
	Kind       string `json:"kind" enum:"result,penalty" doc:"对哪一类公示：result 检查结果，penalty 行政处罚信息"`
	Record     string `json:"record" doc:"对哪一条：检查表编号，或者处罚信息的公示编号"`
	Version    int    `json:"version" doc:"提出时公示的是第几版"`
	Firm       string `json:"firm" doc:"企业名称"`
	Paper      bool   `json:"paper" doc:"书面提出，由本单位登记；false 是企业凭检查码提出"`
	Words      string `json:"words" doc:"哪些内容不对、为什么；不公开"`
	ReceivedOn string `json:"received_on" format:"date" doc:"收到日期，答复期限从这一天起算"`
	State      string `json:"state" enum:"open,mending,kept,corrected,withdrawn" doc:"open 办理中，mending 成立、待更正或者撤回，kept 不成立，corrected 成立、已更正，withdrawn 成立、已撤回"`
	StateLabel string `json:"state_label" doc:"状态的中文名称"`
	Due        string `json:"due,omitempty" format:"date" doc:"下一步的最后一天：答复，或者更正；办结的、当年放假安排没有公布的没有这一项"`
	How        string `json:"how,omitempty" doc:"这一天怎么来的"`
	Overdue    bool   `json:"overdue" doc:"已过最后一天"`
	Answer     string `json:"answer,omitempty" doc:"答复；公开"`
	AnsweredBy string `json:"answered_by,omitempty" doc:"答复的人（姓名）"`
	AnsweredAt string `json:"answered_at,omitempty" format:"date-time" doc:"答复的时刻"`
	SettledAt  string `json:"settled_at,omitempty" format:"date-time" doc:"成立的，更正或者撤回的时刻"`
}

// PaperObjection is an objection that came on paper.
type PaperObjection struct {
	Record     string `json:"record" minLength:"1" maxLength:"100" doc:"对哪一条公示：检查表编号，或者处罚信息的公示编号"`
	Words      string `json:"words" minLength:"1" maxLength:"1000" doc:"哪些内容不对、为什么"`
	Contact    string `json:"contact,omitempty" maxLength:"100" doc:"怎样联系提出的人；只供本单位在页面上看"`
	ReceivedOn string `json:"received_on" format:"date" doc:"收到日期，不晚于今天，不早于首次公示"`
}

// ObjectionRuling answers an objection.
type ObjectionRuling struct {
	Upheld bool   `json:"upheld" doc:"true：成立，在 10 个工作日内更正或者撤回；false：不成立，维持公示的内容"`
	Answer string `json:"answer" minLength:"1" maxLength:"500" doc:"答复，写成一段；随记录永久公开"`
}

// Repair is a firm's application for the earlier end of a penalty's publication.
type Repair struct {
	ID         string `json:"id" doc:"申请编号"`
	Penalty    string `json:"penalty" doc:"处罚信息的公示编号"`
	AppliedOn  string `json:"applied_on" format:"date" doc:"申请日期，决定期限从这一天起算"`
	Words      string `json:"words" doc:"企业怎样纠正了违法行为、履行了义务；不公开"`
	State      string `json:"state" enum:"open,granted,refused" doc:"open 待决定，granted 同意修复、停止公示，refused 不予修复"`
	StateLabel string `json:"state_label" doc:"状态的中文名称"`
	Due        string `json:"due,omitempty" format:"date" doc:"决定的最后一天；决定过的、当年放假安排没有公布的没有这一项"`
	How        string `json:"how,omitempty" doc:"这一天怎么来的"`
	Answer     string `json:"answer,omitempty" doc:"决定的理由；同意的随记录公开"`
	DecidedBy  string `json:"decided_by,omitempty" doc:"决定的人（姓名）"`
	DecidedAt  string `json:"decided_at,omitempty" format:"date-time" doc:"决定的时刻"`
}

// RepairApplication is an application as it is entered.
type RepairApplication struct {
	Penalty   string `json:"penalty" minLength:"1" maxLength:"120" doc:"处罚信息的公示编号"`
	AppliedOn string `json:"applied_on" format:"date" doc:"申请日期，不晚于今天，不早于这一类别的最短公示期满"`
	Words     string `json:"words" maxLength:"1000" doc:"企业怎样纠正了违法行为、履行了义务"`
}

// RepairRuling decides an application.
type RepairRuling struct {
	Granted bool   `json:"granted" doc:"true：同意修复，立即停止公示；false：不予修复，继续公示"`
	Answer  string `json:"answer" maxLength:"500" doc:"决定的理由，写成一段；同意的随记录永久公开"`
}

// Because says why something public is changed.
type Because struct {
	Reason string `json:"reason" maxLength:"500" doc:"原因，写成一段；随记录永久公开"`
}

// Extended moves the last day of a rectification.
type Extended struct {
	Due    string `json:"due" format:"date" doc:"新的期限，晚于原来的期限，不早于今天"`
	Reason string `json:"reason" maxLength:"2000" doc:"延期的理由"`
}

// Longer asks for more time for a case.
type Longer struct {
	Reason string `json:"reason" maxLength:"2000" doc:"情况复杂、需要延长的理由"`
}
