package shape

import "suiji/internal/plan"

// TargetRecord is a firm of the register as the office has it. Contact and
// telephone stay inside.
type TargetRecord struct {
	ID          string   `json:"id" doc:"对象标识，通常是统一社会信用代码"`
	Code        string   `json:"code" doc:"号码，已规范"`
	CodeKind    string   `json:"code_kind" doc:"号码的种类：uscc 统一社会信用代码，registration 注册号，other 其他"`
	Name        string   `json:"name" doc:"名称"`
	Kind        string   `json:"kind" doc:"对象类型；不知道则为空"`
	State       string   `json:"state" doc:"登记状态，如 存续、注销"`
	Established string   `json:"established,omitempty" format:"date" doc:"成立日期"`
	AreaCode    string   `json:"area_code" doc:"所在地的行政区划代码；没有则为空"`
	AreaName    string   `json:"area_name" doc:"所在地区；没有则为空"`
	Address     string   `json:"address" doc:"注册地址"`
	WorkAddress string   `json:"work_address" doc:"实际经营地址；没有则为空"`
	Industry    string   `json:"industry" doc:"行业；没有则为空"`
	Business    string   `json:"scope" doc:"经营范围；没有则为空"`
	Source      string   `json:"source" doc:"数据来源；没有则为空"`
	Tags        []string `json:"tags" doc:"标签"`
	Numbers     []string `json:"numbers" doc:"其他号码，每个写作“种类 号码”"`
	Places      []string `json:"places" doc:"用工地"`
	Active      bool     `json:"active" doc:"在名录里；false 是已移出"`
	Reason      string   `json:"reason,omitempty" doc:"移出的原因"`
	Version     int64    `json:"version" doc:"最近改动它的名录版本，也是 ETag"`
	Since       string   `json:"since,omitempty" format:"date" doc:"从这一天起是这样；没有则一直如此"`
}

// OfficerRecord is an officer of the register. The telephone stays inside.
type OfficerRecord struct {
	ID        string   `json:"id" doc:"人员编号，通常是执法证号"`
	Name      string   `json:"name" doc:"姓名"`
	Unit      string   `json:"unit" doc:"单位、科室"`
	Post      string   `json:"post" doc:"职务；没有则为空"`
	CertKind  string   `json:"cert_kind" doc:"证件类型；没有写明则为空"`
	CertNo    string   `json:"cert_no" doc:"执法证号"`
	CertUntil string   `json:"cert_until,omitempty" format:"date" doc:"有效期的最后一天"`
	Fields    []string `json:"fields" doc:"执法领域"`
	Active    bool     `json:"active" doc:"在名录里；false 是已移出"`
	Reason    string   `json:"reason,omitempty" doc:"移出的原因"`
	Version   int64    `json:"version" doc:"最近改动它的名录版本，也是 ETag"`
	Since     string   `json:"since,omitempty" format:"date" doc:"从这一天起是这样；没有则一直如此"`
}

// ItemRecord is an item of the list as the office has it.
type ItemRecord struct {
	ID          string  `json:"id" doc:"事项编号"`
	Code        string  `json:"code" doc:"监管事项目录编码；没有则为空"`
	Category    string  `json:"category" doc:"抽查类别"`
	Name        string  `json:"name" doc:"抽查事项"`
	Sub         string  `json:"sub" doc:"抽查子项；没有则为空"`
	Subject     string  `json:"subject" doc:"检查对象"`
	Level       string  `json:"level" doc:"general 一般，key 重点"`
	Method      string  `json:"method" doc:"检查方式"`
	Ratio       string  `json:"ratio" doc:"抽查比例，原文"`
	Frequency   string  `json:"frequency" doc:"抽查频次，原文"`
	Body        string  `json:"body" doc:"检查主体"`
	Basis       string  `json:"basis" doc:"检查依据，原文；为空则不能使用"`
	PublishedOn string  `json:"published_on,omitempty" format:"date" doc:"公布日期；没有公布则不能使用"`
	Points      []Point `json:"points" doc:"检查要点，按次序"`
	Active      bool    `json:"active" doc:"在清单里；false 是已移出"`
	Reason      string  `json:"reason,omitempty" doc:"移出的原因"`
	Version     int64   `json:"version" doc:"最近改动它的清单版本，也是 ETag"`
	Since       string  `json:"since,omitempty" format:"date" doc:"从这一天起是这样；没有则一直如此"`
}

// Amendment changes one record of a register.
type Amendment struct {
	Values    map[string]string `json:"values" minProperties:"1" doc:"要改的项目和新的内容，名称与读取时的相同；没有写的不变。多个词用换行隔开"`
	Source    string            `json:"source" minLength:"1" maxLength:"500" doc:"依据，如企业来函、登记机关通报的文号"`
	Effective string            `json:"effective,omitempty" format:"date" doc:"从哪一天起生效，不晚于今天；不填为今天"`
}

// Rows are rows to be added to a register, or to replace what it has.
type Rows struct {
	List      string              `json:"list" enum:"targets,officers,items" doc:"名录：targets 检查对象，officers 执法人员，items 抽查事项"`
	Rows      []map[string]string `json:"rows" minItems:"1" maxItems:"2000" doc:"各行；名称是导入模板的列名（如 企业名称、统一社会信用代码），没有写的不变"`
	Effective string              `json:"effective,omitempty" format:"date" doc:"从哪一天起生效，不晚于今天；不填为今天"`
}

// Import is a file, or rows, on the way into a register.
type Import struct {
	ID        string        `json:"id" doc:"导入编号"`
	List      string        `json:"list" doc:"名录：targets、officers、items"`
	FileName  string        `json:"file_name" doc:"文件名"`
	Digest    string        `json:"digest" doc:"文件的 SHA-256（十六进制）"`
	State     string        `json:"state" doc:"reading 正在读取，matching 须由人指明各列，checked 已核对，writing 正在写入，written 已写入，undone 已撤销，dropped 已放弃，refused 不能导入"`
	Sentence  string        `json:"sentence,omitempty" doc:"不能导入的原因，或者途中发生了什么"`
	Total     int           `json:"total" doc:"有内容的行（行）"`
	Accepted  int           `json:"accepted" doc:"可以写入（行）"`
	Warned    int           `json:"warned" doc:"其中应当看一看的（行）"`
	Rejected  int           `json:"rejected" doc:"不能写入（行）"`
	Added     int           `json:"added" doc:"新增（条）"`
	Changed   int           `json:"changed" doc:"改动（条）"`
	Unchanged int           `json:"unchanged" doc:"没有变化（条）"`
	Version   int64         `json:"version,omitempty" doc:"写入以后的名录版本；没有写入或者没有变化则没有"`
	Issues    []ImportIssue `json:"issues" doc:"逐行的问题，最多 200 个"`
}

// ImportIssue is one thing that is wrong with a row.
type ImportIssue struct {
	Line     int    `json:"line" doc:"文件的第几行，从 1 起；表头是第 1 行"`
	Column   string `json:"column,omitempty" doc:"列名；整行的问题没有"`
	Severity string `json:"severity" enum:"warn,reject" doc:"warn 可以写入，应当看一看；reject 不能写入"`
	Value    string `json:"value,omitempty" doc:"这一格的内容，过长的截短"`
	Sentence string `json:"sentence" doc:"哪里不对、怎么改"`
}

// OfficePlan is a plan as the office has it.
type OfficePlan struct {
	PlanLine
	Signing string      `json:"signing_digest" doc:"现有内容的指纹；批准时放进 digest"`
	Record  plan.Public `json:"record" doc:"内容；没有公布的是草稿"`
}

// OfficeRound is a round as the office has it.
type OfficeRound struct {
	ID         string      `json:"id" doc:"轮次"`
	Plan       string      `json:"plan" doc:"计划编号"`
	Task       int         `json:"task" doc:"任务序号"`
	Window     int         `json:"window" doc:"批次，从 1 起"`
	Rehearsal  bool        `json:"rehearsal" doc:"演练，永远不算数"`
	Attempt    int         `json:"attempt" doc:"第几次抽取，作废后加一"`
	State      string      `json:"state" doc:"状态：frozen、sealed、drawn、confirmed、match-frozen、match-sealed、matched、closed、abandoned"`
	StateLabel string      `json:"state_label" doc:"状态的中文名称"`
	DrawnAt    string      `json:"drawn_at,omitempty" format:"date-time" doc:"抽取时刻"`
	ConfirmDue string      `json:"confirm_due,omitempty" format:"date" doc:"比对确认的最后一天"`
	Firms      []DrawnFirm `json:"firms,omitempty" doc:"抽中的和候补的对象，按层和次序；列表里没有这一项。名单公开以前每次读取都记入审计日志"`
	Team       []TeamPlace `json:"team,omitempty" doc:"各户的检查人员；列表里没有这一项"`
}

// DrawnFirm is a drawn firm as the office has it.
type DrawnFirm struct {
	Target  string `json:"target" doc:"对象标识"`
	Stratum string `json:"stratum" doc:"层"`
	Rank    int    `json:"rank" doc:"抽取的次序，从 1 起"`
	State   string `json:"state" doc:"drawn 抽中，reserve 候补，removing 待剔除，removed 已剔除，promoted 递补，confirmed 已确认"`
}

// TeamPlace is an officer's place in a firm's team.
type TeamPlace struct {
	Target  string `json:"target" doc:"对象标识"`
	Officer string `json:"officer" doc:"人员编号"`
	Place   int    `json:"place" doc:"次序，检查组在前，其后是候补"`
	State   string `json:"state" doc:"状态"`
	ByHand  bool   `json:"by_hand" doc:"由人指派，不是抽取的"`
}

// FormLine is a record form in a list.
type FormLine struct {
	ID         string   `json:"id" doc:"检查表编号"`
	Round      string   `json:"round" doc:"轮次"`
	State      string   `json:"state" enum:"issued,entered,returned,confirmed" doc:"issued 待检查，entered 待审核，returned 已退回，confirmed 已审核"`
	StateLabel string   `json:"state_label" doc:"状态的中文名称"`
	Target     string   `json:"target" doc:"对象标识"`
	Firm       string   `json:"firm" doc:"被检查单位"`
	Department string   `json:"department,omitempty" doc:"联合抽查时的检查部门"`
	Codes      []string `json:"codes" doc:"结果代码"`
	EndedOn    string   `json:"ended_on,omitempty" format:"date" doc:"检查结束的日期"`
	Revision   int64    `json:"revision" doc:"改过几次，也是 ETag"`
}

// OfficeForm is a record form as the office has it.
type OfficeForm struct {
	FormLine
	Entry  Entered     `json:"entry" doc:"录入的内容；还没有录入的只有待答的检查要点"`
	Points []FormPoint `json:"points" doc:"检查要点，按次序"`
	Team   []Member    `json:"team" doc:"检查组"`
}

// FormPoint is a check point of a form.
type FormPoint struct {
	Item  string `json:"item" doc:"事项编号"`
	No    int    `json:"no" doc:"要点的序号，从 1 起"`
	Text  string `json:"text" doc:"检查要点"`
	Basis string `json:"basis" doc:"依据；没有则为空"`
}

// Member is a member of a form's team.
type Member struct {
	Name        string `json:"name" doc:"姓名"`
	Unit        string `json:"unit" doc:"单位、科室"`
	Certificate string `json:"certificate" doc:"执法证号"`
	ByHand      bool   `json:"by_hand" doc:"由人指派，不是抽取的"`
}

// Entered is what was found at one firm.
type Entered struct {
	Methods  []string  `json:"methods" doc:"检查方式：M1 实地检查，M2 书面检查，M3 行政部门检查结果或专业意见，M4 检验检测，M5 网络监测，M6 委托专业机构辅助"`
	Started  string    `json:"started,omitempty" format:"date" doc:"检查开始的日期"`
	Ended    string    `json:"ended,omitempty" format:"date" doc:"检查结束的日期"`
	Person   string    `json:"person,omitempty" maxLength:"100" doc:"企业签字的人；不公开"`
	Refusal  string    `json:"refusal,omitempty" maxLength:"1000" doc:"没有签字的原因和见证人"`
	Summary  string    `json:"summary,omitempty" maxLength:"5000" doc:"检查情况；不公开"`
	Evidence string    `json:"evidence,omitempty" maxLength:"5000" doc:"证据目录；不公开"`
	Attempts []Attempt `json:"attempts,omitempty" doc:"联系企业的经过，R4 须有"`
	Answers  []Answer  `json:"answers" doc:"各检查要点的回答"`
	Codes    []string  `json:"codes" doc:"结果代码：R1 至 R8、R9a 至 R9e"`
	Findings []Finding `json:"findings,omitempty" doc:"发现的问题"`
}

// Attempt is one try to reach a firm.
type Attempt struct {
	On  string `json:"on" format:"date" doc:"日期"`
	How string `json:"how" maxLength:"500" doc:"方式和结果"`
}

// Answer is the answer to a check point.
type Answer struct {
	Item   string `json:"item" doc:"事项编号"`
	No     int    `json:"no" doc:"要点的序号，从 1 起"`
	Answer string `json:"answer" enum:"yes,no,na,skip" doc:"yes 符合，no 不符合，na 不适用，skip 未检查"`
	Note   string `json:"note,omitempty" maxLength:"1000" doc:"说明"`
}

// Finding is one problem that was found.
type Finding struct {
	No        int    `json:"no,omitempty" minimum:"0" doc:"问题的序号；新的不填"`
	Fact      string `json:"fact" maxLength:"2000" doc:"事实；不公开"`
	Measure   string `json:"measure" maxLength:"2000" doc:"要求企业做什么；公开"`
	Due       string `json:"due,omitempty" format:"date" doc:"改正的最后一天；没有期限不填"`
	Outcome   string `json:"outcome,omitempty" doc:"处置结果：on-the-spot、rectified、no-penalty、case-filed、to-unit、to-department、to-police、unfounded；还没有不填"`
	OutcomeOn string `json:"outcome_on,omitempty" format:"date" doc:"处置日期"`
	Note      string `json:"note,omitempty" maxLength:"1000" doc:"处置的说明"`
}

// VisitRecords are what was recorded on the spot, each exactly once.
type VisitRecords struct {
	Records []VisitRecord `json:"records" minItems:"1" maxItems:"100" doc:"各条记录；每一条各自接受或者退回"`
}

// VisitRecord is one thing that was recorded on the spot.
type VisitRecord struct {
	ID   string `json:"id" pattern:"^[0-9A-Za-z-]{10,64}$" doc:"记录编号，由发送方定，10 至 64 个字母、数字、连字符；同一编号只记一次"`
	Form string `json:"form" maxLength:"100" doc:"检查表编号"`
	Kind string `json:"kind" enum:"arrival,result" doc:"arrival 到达，result 检查结果"`
	At   string `json:"at" format:"date-time" doc:"现场的时刻"`
	Body string `json:"body" maxLength:"500000" doc:"JSON 文本，与手机上传的相同：到达为 lat、lon（度，WGS 84，字符串）、accuracy（米）、reason、late；结果为整张检查表"`
}

// VisitAnswers say what became of each record.
type VisitAnswers struct {
	Answers []VisitAnswer `json:"answers" doc:"各条记录的回答，次序相同"`
}

// VisitAnswer says what became of a record.
type VisitAnswer struct {
	ID       string        `json:"id" doc:"记录编号"`
	State    string        `json:"state" enum:"kept,stale,clash,refused,later" doc:"kept 已记，stale 检查表已由单位改动，clash 同一编号已有不同内容，refused 不符合规则，later 再发一次"`
	Problems []ProblemSpot `json:"problems,omitempty" doc:"退回的原因"`
}

// Publication asks for results to be made public, all or none.
type Publication struct {
	Forms []string `json:"forms" minItems:"1" maxItems:"500" doc:"检查表编号，最多 500 张；有一张不能公示则全部不公示"`
}

// Published are results that were made public.
type Published struct {
	Results []Result `json:"results" doc:"公示的结果"`
}

// PreviewLine is what the public would read of a form.
type PreviewLine struct {
	Form   string   `json:"form" doc:"检查表编号"`
	Record *Record  `json:"record" doc:"公众将看到的记录"`
	Masked []string `json:"masked" doc:"遮去的个人信息的种类"`
}

// DueLine is one thing that is due.
type DueLine struct {
	Key      string   `json:"key" doc:"这件事的标识，办完以前不变"`
	Kind     string   `json:"kind" doc:"种类"`
	Label    string   `json:"kind_label" doc:"种类的中文名称"`
	What     string   `json:"what" doc:"要办什么；不写企业名称"`
	Round    string   `json:"round,omitempty" doc:"轮次"`
	Due      string   `json:"due,omitempty" format:"date" doc:"最后一天；算不出来的没有"`
	Group    string   `json:"group" enum:"overdue,today,3,7,later,unknown" doc:"overdue 已超期，today 今天，3 三天内，7 七天内，later 以后，unknown 日期未定"`
	How      string   `json:"how" doc:"这一天怎么来的"`
	Roles    []string `json:"roles" doc:"由哪些角色办"`
	Officers []string `json:"officers" doc:"由哪些检查人员办（姓名）"`
}
