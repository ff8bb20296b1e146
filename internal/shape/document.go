package shape

import "suiji/internal/documents"

// DocumentLine is a paper of enforcement in a list.
type DocumentLine struct {
	ID         string       `json:"id" doc:"文书标识"`
	Kind       string       `json:"kind" enum:"approval,notice,record,inquiry,survey,sampling,result,correction,no-penalty,filing,transfer,service" doc:"文书的种类"`
	KindLabel  string       `json:"kind_label" doc:"种类的中文名称，如 现场检查笔录"`
	Number     string       `json:"number,omitempty" doc:"文号；草稿没有"`
	State      string       `json:"state" enum:"draft,issued,void" doc:"draft 草稿，issued 已签发，void 已作废"`
	StateLabel string       `json:"state_label" doc:"状态的中文名称"`
	Form       string       `json:"form" doc:"检查表编号"`
	Ref        string       `json:"ref,omitempty" doc:"为哪一项后续处置：问题的序号，或者结果代码；为整个检查的没有"`
	Round      string       `json:"round" doc:"轮次"`
	Target     string       `json:"target" doc:"对象标识"`
	Firm       string       `json:"firm" doc:"企业名称"`
	About      string       `json:"about,omitempty" doc:"送达回证：所送文书的标识"`
	Replaces   string       `json:"replaces,omitempty" doc:"代替的是哪一份文书"`
	IssuedOn   string       `json:"issued_on,omitempty" format:"date" doc:"签发日期；草稿没有"`
	IssuedBy   string       `json:"issued_by,omitempty" doc:"签发的人（姓名）"`
	VoidReason string       `json:"void_reason,omitempty" doc:"作废的原因"`
	Files      []FileOnDisk `json:"files" doc:"可以下载的文件；草稿没有"`
}

// FileOnDisk is a file that is kept, and where it is read.
type FileOnDisk struct {
	Type   string `json:"type" doc:"媒体类型"`
	URL    string `json:"url" format:"uri-reference" doc:"下载地址"`
	SHA256 string `json:"sha256,omitempty" doc:"文件的 SHA-256（十六进制）；第一次下载时才制作的没有"`
}

// Document is a paper of enforcement with what it says.
type Document struct {
	DocumentLine
	Fields  map[string]string `json:"fields" doc:"经办人填写的内容，按名称"`
	Content documents.Content `json:"content" doc:"签发时写定的全部内容；草稿为空"`
}

// AttachedFile is a file that somebody kept with an inspection.
type AttachedFile struct {
	FileOnDisk
	Name     string `json:"name" doc:"文件名"`
	Document string `json:"document,omitempty" doc:"属于哪一份文书；属于整个检查的没有"`
	Size     int64  `json:"size" doc:"大小（字节）"`
	KeptBy   string `json:"kept_by" doc:"谁上传的（姓名）"`
	KeptAt   string `json:"kept_at" format:"date-time" doc:"上传的时刻"`
}
