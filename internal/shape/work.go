package shape

// Opinion is what the second hand says when it agrees.
type Opinion struct {
	Opinion string `json:"opinion,omitempty" maxLength:"500" doc:"意见，如 同意"`
}

// Grounds say why something is sent back, taken out or kept from the public.
type Grounds struct {
	Reason string `json:"reason" maxLength:"500" doc:"原因，写成一段"`
}

// PlanSignature approves a plan as it was read.
type PlanSignature struct {
	Digest  string `json:"digest" maxLength:"64" doc:"读取时的 signing_digest：批准的就是这些内容"`
	Opinion string `json:"opinion,omitempty" maxLength:"500" doc:"意见，如 同意"`
}

// ArchiveLine is a file of the archive in a list.
type ArchiveLine struct {
	Round      string          `json:"round" doc:"轮次"`
	Target     string          `json:"target" doc:"对象标识"`
	Firm       string          `json:"firm" doc:"企业名称"`
	Code       string          `json:"code" doc:"统一社会信用代码或注册号；没有则为空"`
	Year       int             `json:"year" doc:"年度"`
	State      string          `json:"state" enum:"running,open,fresh,sealed,accepted" doc:"running 检查未办结，open 待立卷，fresh 封存后有新材料，sealed 已封存、待移交，accepted 已移交"`
	StateLabel string          `json:"state_label" doc:"状态的中文名称"`
	Due        string          `json:"due,omitempty" format:"date" doc:"计划规定的归档期限；没有规定的没有"`
	Late       bool            `json:"late" doc:"已过归档期限"`
	Volumes    []ArchiveVolume `json:"volumes" doc:"封存的各卷，按先后"`
}

// ArchiveVolume is one sealed package.
type ArchiveVolume struct {
	FileOnDisk
	No         int      `json:"no" doc:"第几卷，从 1 起"`
	Number     string   `json:"number" doc:"档号"`
	Title      string   `json:"title" doc:"题名"`
	Period     string   `json:"period" enum:"Y,D30,D10" doc:"保管期限：Y 永久，D30 30 年，D10 10 年"`
	SM3        string   `json:"sm3" doc:"案卷包的 SM3（十六进制）"`
	Size       int64    `json:"size" doc:"大小（字节）"`
	Files      int      `json:"files" doc:"包里的文件（个）"`
	Gaps       []string `json:"gaps" doc:"封存时缺少的材料"`
	Reason     string   `json:"reason,omitempty" doc:"缺少材料仍然封存、另定期限的理由"`
	SealedBy   string   `json:"sealed_by" doc:"封存的人（姓名）"`
	SealedAt   string   `json:"sealed_at" format:"date-time" doc:"封存的时刻"`
	Receiver   string   `json:"receiver,omitempty" doc:"接收单位；没有移交的没有"`
	AcceptedOn string   `json:"accepted_on,omitempty" format:"date" doc:"移交日期"`
}

// ArchiveFile is a file with what it lacks.
type ArchiveFile struct {
	ArchiveLine
	Facts  string         `json:"facts" doc:"要归档的全部内容的指纹；封存时放进 facts，内容变动了就不封存"`
	Period string         `json:"proposed_period" enum:"Y,D30,D10" doc:"建议的保管期限"`
	Gaps   []string       `json:"gaps" doc:"现在缺少的材料，逐项"`
	Checks []ArchiveCheck `json:"checks" doc:"四性检测"`
}

// ArchiveCheck is one of the four properties of an electronic file (DA/T 70).
type ArchiveCheck struct {
	Property string `json:"property" doc:"真实性、完整性、可用性、安全性"`
	Name     string `json:"name" doc:"检测项目"`
	OK       bool   `json:"ok" doc:"是否通过"`
	Says     string `json:"says" doc:"结果"`
}

// Sealing has a file sealed.
type Sealing struct {
	Facts  string `json:"facts,omitempty" maxLength:"64" doc:"读取时的 facts；不填则封存现有的内容"`
	Period string `json:"period,omitempty" enum:"Y,D30,D10" doc:"保管期限；不填为建议的"`
	Reason string `json:"reason,omitempty" maxLength:"500" doc:"缺少材料仍然封存、另定期限的理由"`
}

// HandedToArchive records who took a volume over.
type HandedToArchive struct {
	Receiver string `json:"receiver" maxLength:"100" doc:"接收单位"`
	Number   string `json:"number" maxLength:"100" doc:"交接文据的编号"`
	On       string `json:"on" format:"date" doc:"移交日期"`
}

// ExchangeBatch is what was handed to a receiver at once.
type ExchangeBatch struct {
	FileOnDisk
	Serial   int    `json:"serial" doc:"第几批，从 1 起"`
	Number   string `json:"number" doc:"批次号"`
	Lines    int    `json:"lines" doc:"记录（条）"`
	Accepted int    `json:"accepted" doc:"对方已接收（条）"`
	Returned int    `json:"returned" doc:"对方已退回（条）"`
	MadeBy   string `json:"made_by" doc:"制作的人（姓名）"`
	MadeAt   string `json:"made_at" format:"date-time" doc:"制作的时刻"`
}

// ExchangeLine is a record that goes, or went, to a receiver.
type ExchangeLine struct {
	Part   string   `json:"part" doc:"报送的表"`
	Record string   `json:"record" doc:"哪一条：检查表编号或者处罚信息的公示编号"`
	Name   string   `json:"name" doc:"在对方那里的编号"`
	Op     string   `json:"op" enum:"i,u,d" doc:"i 新增，u 修改，d 删除"`
	Digest string   `json:"digest" doc:"内容的指纹（十六进制）"`
	No     int      `json:"no,omitempty" doc:"批次里的序号；还没有报送的没有"`
	Answer string   `json:"answer,omitempty" enum:"accepted,returned" doc:"accepted 已接收，returned 已退回；还没有回执的没有"`
	Reason string   `json:"reason,omitempty" doc:"退回的原因，或者现在不能报送的原因"`
	Wrong  []string `json:"wrong,omitempty" doc:"对方不会接收的地方，逐项；没有则没有这一项"`
	Held   bool     `json:"held" doc:"true：这一批不报送，原因见 reason、wrong"`
}

// ExchangeOutlook is what a batch would be, if it were made now.
type ExchangeOutlook struct {
	Target  string         `json:"target" doc:"报送对象"`
	Name    string         `json:"name" doc:"报送对象的名称"`
	Number  string         `json:"number" doc:"将有的批次号"`
	Digest  string         `json:"digest" doc:"内容的指纹；制作时放进 digest，内容变动了就不制作"`
	Nothing string         `json:"nothing,omitempty" doc:"没有可报送的时，为什么"`
	Lines   []ExchangeLine `json:"lines" doc:"要报送的，和这一批不报送的"`
}

// BatchOrder has a batch made.
type BatchOrder struct {
	Digest string `json:"digest" maxLength:"64" doc:"读取时的 digest"`
	Again  bool   `json:"again,omitempty" doc:"true：退回以后没有改过的也再报送一次"`
}

// ExchangeReceipt is a file of answers that was taken in.
type ExchangeReceipt struct {
	Digest   string `json:"digest" doc:"回执文件的 SHA-256（十六进制）"`
	Name     string `json:"name" doc:"文件名"`
	Accepted int    `json:"accepted" doc:"这份回执新接收的（条）"`
	Returned int    `json:"returned" doc:"这份回执新退回的（条）"`
	ByName   string `json:"taken_by" doc:"谁导入的（姓名）"`
	At       string `json:"taken_at" format:"date-time" doc:"导入的时刻"`
}

// SupervisionLine is an odd pattern that is asked about.
type SupervisionLine struct {
	ID         string   `json:"id" doc:"问题编号"`
	Rule       string   `json:"rule" doc:"按哪条规则发现"`
	RuleLabel  string   `json:"rule_label" doc:"规则的名称"`
	What       string   `json:"what" doc:"看到了什么；这是问题，不是结论"`
	State      string   `json:"state" enum:"open,answered,accepted,closed" doc:"open 待答复，answered 待审阅，accepted 已接受，closed 已终止"`
	StateLabel string   `json:"state_label" doc:"状态的中文名称"`
	AskedAt    string   `json:"asked_at" format:"date-time" doc:"提出的时刻"`
	Due        string   `json:"due,omitempty" format:"date" doc:"答复的最后一天；算不出的、不用答复的没有"`
	How        string   `json:"how,omitempty" doc:"这一天怎么来的"`
	Asked      []string `json:"asked" doc:"问的是谁（姓名）"`
	Role       string   `json:"role,omitempty" doc:"也问哪个角色"`
	Why        string   `json:"why,omitempty" doc:"终止的原因"`
}

// SupervisionQuestion is a question with what is behind it and what was said.
type SupervisionQuestion struct {
	SupervisionLine
	Rows  []SupervisionRow  `json:"rows" doc:"所依据的事实"`
	Words []SupervisionWord `json:"words" doc:"答复和审阅，按先后"`
}

// SupervisionRow is one fact behind a question.
type SupervisionRow struct {
	Day    string `json:"day,omitempty" format:"date" doc:"哪一天"`
	Round  string `json:"round,omitempty" doc:"轮次；别的单位的没有"`
	Form   string `json:"form,omitempty" doc:"检查表编号"`
	Target string `json:"target,omitempty" doc:"对象标识"`
	Firm   string `json:"firm,omitempty" doc:"企业名称"`
	Words  string `json:"words" doc:"内容"`
}

// SupervisionWord is one thing that was said.
type SupervisionWord struct {
	No   int    `json:"no" doc:"第几次"`
	Kind string `json:"kind" enum:"answer,accept,reopen,closed,again" doc:"answer 答复，accept 接受，reopen 再问，closed、again 由程序终止、再次提出"`
	Text string `json:"text" doc:"内容"`
	By   string `json:"by" doc:"谁（姓名）"`
	At   string `json:"at" format:"date-time" doc:"时刻"`
}

// SupervisionAnswer answers a question.
type SupervisionAnswer struct {
	Answer string `json:"answer" maxLength:"2000" doc:"情况说明，不少于十个字"`
}

// SupervisionRuling accepts an answer, or asks again.
type SupervisionRuling struct {
	No       int    `json:"no" minimum:"1" doc:"所看的答复是第几次（words 里的 no）"`
	Accepted bool   `json:"accepted" doc:"true：接受；false：再问"`
	Opinion  string `json:"opinion,omitempty" maxLength:"2000" doc:"意见；再问的必须写明还要说明什么"`
}
