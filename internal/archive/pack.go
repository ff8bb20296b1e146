package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/canon"
)

// Names in a package; all are ASCII, so that any program unpacks them
// (docs/spec/archive.md).
const (
	manifestName = "manifest-sha256.txt"
	sm3Name      = "manifest-sm3.txt"
	contentsName = "index.html"
)

// item is one file of a package.
type item struct {
	Path  string
	Title string
	By    string // 责任者
	Day   string
	No    string // 文件编号
	Body  []byte
	once  bool // left out of a supplementary volume if an earlier one has the path
}

// packer gathers the files of one volume.
type packer struct {
	s     *Service
	w     *Whole
	v     Volume
	items []item
}

func (k *packer) add(path, title, by, day, no string, body []byte) {
	k.items = append(k.items, item{Path: path, Title: title, By: by, Day: day, No: no, Body: body})
}

// paper adds a sheet as HTML, as text and, if the fonts suffice, as PDF.
func (k *packer) paper(path string, s sheet, by, day, no string) {
	if len(s.Parts) == 0 {
		return
	}
	if body, err := s.pdf(k.s.Fonts); err == nil { // the report names what fonts are missing
		k.add(path+".pdf", s.Title, by, day, no, body)
	}
	k.add(path+".html", s.Title, by, day, no, s.html())
	k.add(path+".txt", s.Title, by, day, no, s.text())
}

// fill gathers what a file consists of.
func (k *packer) fill(ctx context.Context) error {
	w := k.w
	office := w.Office.Name
	if err := k.documents(); err != nil {
		return err
	}
	for i, p := range w.Parts {
		at := "documents/" + strconv.Itoa(i+1)
		k.paper(at+"-form", w.formSheet(p), office, p.Form.EndedOn.String(), p.Form.ID)
		k.paper(at+"-spot", w.spotSheet(p), office, p.Form.EndedOn.String(), p.Form.ID)
		for j, x := range p.Visit.Signatures {
			to := fmt.Sprintf("evidence/%d-signature-%d", i+1, j+1)
			day := calendar.In(time.UnixMilli(x.At)).String()
			if j == 0 || x.Digest != p.Visit.Signatures[j-1].Digest {
				k.add(to+".txt", "所签的文本", x.Name, day, p.Form.ID, []byte(x.Text))
			}
			k.add(to+".svg", "签字："+x.Name+"（"+roleName(x.Role)+"）", x.Name, day, p.Form.ID, []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 200" width="600" height="200"><path d="`+x.Path()+`" fill="none" stroke="#000" stroke-width="4"/></svg>`+"\n"))
		}
	}
	for _, x := range w.Sources {
		if x.Wrong == "" {
			k.add(x.path(), x.Title, x.By, x.Day.String(), "", x.Body)
		}
	}
	k.paper("followup/timeline", w.followSheet(), office, "", "")
	if err := errors.Join(k.casework(), k.ledger(ctx)); err != nil {
		return err
	}
	k.add("case.json", "案卷数据", office, "", "", w.Case)
	if len(k.s.Verifier) > 0 {
		k.items = append(k.items, item{Path: "verify/suiji_verify.py", Title: "核验程序（Python 3.9 以上，不需要网络）", Body: k.s.Verifier, once: true})
	}
	return nil
}

// published is one line of public/records.json: what the verifier checks.
type published struct {
	Form    string `json:"form"`
	Version int    `json:"version"`
	State   string `json:"state"`
	Record  string `json:"record"` // path; empty: withdrawn
	Salt    string `json:"salt"`
	Digest  string `json:"digest"`
	Receipt string `json:"receipt"` // path; empty: not yet in the tree
}

// ledger adds the public record with its receipts, and those of the draw.
func (k *packer) ledger(ctx context.Context) error {
	w, office := k.w, k.w.Office.Name
	k.paper("public/record", w.publicSheet(), office, "", "")
	at := map[string]string{}
	for i, p := range append([]Part{{Entries: w.Drawn}}, w.Parts...) {
		for _, e := range p.Entries {
			if e.Position < 0 {
				continue
			}
			text, err := k.s.Scribe.Receipt(ctx, w.Office.ID, e.Position)
			if err != nil {
				return fmt.Errorf("receipt %d: %w", e.Position, err)
			}
			path := fmt.Sprintf("ledger/%d.tlog-proof", e.Position)
			k.items = append(k.items, item{Path: path, Title: "台账回执：" + string(e.Entry.Type), By: office, Day: calendar.In(e.Entry.At).String(), No: strconv.FormatInt(e.Position, 10), Body: []byte(text)})
			if digest, ok := e.Entry.Data["digest"].(string); ok && i > 0 {
				at[p.Form.ID+" "+digest+" "+string(e.Entry.Type)] = path
			}
		}
	}
	records := []published{}
	for _, p := range w.Parts {
		for _, v := range p.Versions {
			x := published{Form: p.Form.ID, Version: v.Version, State: string(v.State), Salt: v.Salt, Digest: v.Digest, Receipt: at[p.Form.ID+" "+v.Digest+" result."+string(v.State)]}
			if v.Public {
				x.Record = fmt.Sprintf("public/%s-v%d.json", p.Form.ID, v.Version)
				k.add(x.Record, "公示记录（公开台账指纹所指的原文）", office, calendar.In(v.PostedAt).String(), p.Form.ID, []byte(v.JSON))
			}
			records = append(records, x)
		}
	}
	body, err := json.MarshalIndent(map[string]any{"hash": w.Office.Hash, "records": records}, "", "  ")
	if err != nil {
		return err
	}
	k.add("public/records.json", "公示记录与回执对照", office, "", "", append(body, '\n'))
	if len(at) == 0 {
		return nil
	}
	key, err := k.s.Scribe.VerifierKey(ctx, w.Office.ID)
	if err != nil {
		return err
	}
	k.items = append(k.items, item{Path: "ledger/key.txt", Title: "公开台账的验证密钥", By: office, Body: []byte(key + "\n")})
	return nil
}

// later keeps what earlier volumes do not have in the same words.
func (k *packer) later(before []Volume) {
	had, paths := map[string]bool{}, map[string]bool{}
	for _, v := range before {
		for _, line := range strings.Split(v.Manifest, "\n") {
			had[line] = true
			if _, path, ok := strings.Cut(line, "  "); ok {
				paths[path] = true
			}
		}
	}
	var left []item
	for _, x := range k.items {
		proves := strings.HasPrefix(x.Path, "public/") || strings.HasPrefix(x.Path, "ledger/") // each volume is verified by itself
		if proves || !had[line(canon.SHA256, x)] && !(x.once && paths[x.Path]) {
			left = append(left, x)
		}
	}
	k.items = left
}

func line(h canon.Hash, x item) string { return h.Hex(x.Body) + "  " + x.Path }

// meta is the description of the volume in the words of DA/T 46 and DA/T 85.
func (k *packer) meta(pages int) [][2]string {
	w, v := k.w, k.v
	first, last := calendar.Date{}, calendar.Date{}
	var forms []string
	for _, p := range w.Parts {
		forms = append(forms, p.Form.ID)
		if first.Zero() || p.Form.StartedOn.Before(first) {
			first = p.Form.StartedOn
		}
		if p.Form.EndedOn.After(last) {
			last = p.Form.EndedOn
		}
	}
	f := w.Parts[0].Form
	about := ""
	if v.No > 1 {
		about = w.Volumes[0].Number
	}
	return [][2]string{
		{"档号", v.Number}, {"全宗号", w.Setting.fonds(w.Office.ID)}, {"立档单位名称", w.Office.Name}, {"门类", "专业档案（行政检查）"}, {"聚合层次", "案卷"}, {"年度", strconv.Itoa(w.Year)},
		{"卷别", v.Title()}, {"首卷档号", about}, {"题名", fmt.Sprintf("%s关于对%s开展“%s”行政检查的案卷", w.Office.Name, w.Firm, f.Task.Name)}, {"责任者", w.Office.Name},
		{"相对人", w.Firm}, {"相对人证照号码", w.FirmCode}, {"文件编号", strings.Join(forms, "、")}, {"抽取轮次", w.Round}, {"计划", f.Task.Plan + space(f.Task.Number)},
		{"日期", first.String() + "/" + last.String()}, {"保管期限", v.Period.Name()}, {"保管期限的依据", v.Because}, {"密级", "无（含个人信息，不公开）"}, {"开放状态", "控制"},
		{"页数", strconv.Itoa(pages)}, {"件数", strconv.Itoa(len(k.items))}, {"语种", "zh-CN"}, {"稿本", "原始电子文件及由其生成的文书"}, {"形成系统", "suiji 随机"},
		{"数字摘要算法", "SHA-256、SM3"}, {"立卷人", v.SealedName}, {"立卷时间", clockText(v.SealedAt)}, {"缺少的材料", strings.Join(v.Gaps, "；")}, {"封存说明", v.Reason},
	}
}

// describe adds contents, description, report and a word for the reader.
func (k *packer) describe() error {
	day := calendar.In(k.v.SealedAt)
	k.paper("report", k.w.reportSheet(k.v.Number, k.v.Reason, day), k.v.SealedName, day.String(), k.v.Number)
	list := sheetPart{Head: "卷内目录", Cols: []string{"序号", "题名", "责任者", "日期", "文件编号", "页数", "文件"}, Links: true}
	total := 0
	for i, x := range k.items {
		n, pages := pagesOf(x.Path, x.Body), ""
		if n > 0 {
			pages = strconv.Itoa(n)
		}
		total += n
		list.Rows = append(list.Rows, []string{strconv.Itoa(i + 1), x.Title, x.By, x.Day, x.No, pages, x.Path})
	}
	meta := k.meta(total)
	about := sheetPart{Head: "案卷"}
	for _, m := range meta {
		if m[1] != "" {
			about.Rows = append(about.Rows, []string{m[0], m[1]})
		}
	}
	index := sheet{Title: "行政检查案卷 " + k.v.Number, Note: "核对文件：在本目录运行 sha256sum -c manifest-sha256.txt，或者 python3 verify/suiji_verify.py archive .（补充卷用首卷里的程序）。", Parts: []sheetPart{about, list}}
	k.add(contentsName, "卷内目录", "", "", "", index.html())
	rows := append([][]string{list.Cols}, list.Rows...)
	body, err := csvOf(rows)
	if err != nil {
		return err
	}
	k.add("contents.csv", "卷内目录", "", "", "", body)
	return k.described(meta)
}

func (k *packer) described(meta [][2]string) error {
	rows, fields := [][]string{{"元数据项", "值"}}, map[string]string{}
	var x bytes.Buffer
	x.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<案卷>\n")
	for _, m := range meta {
		rows, fields[m[0]] = append(rows, []string{m[0], m[1]}), m[1]
		x.WriteString("  <" + m[0] + ">")
		if err := xml.EscapeText(&x, []byte(m[1])); err != nil {
			return err
		}
		x.WriteString("</" + m[0] + ">\n")
	}
	x.WriteString("</案卷>\n")
	body, err := csvOf(rows)
	if err != nil {
		return err
	}
	k.add("metadata.csv", "元数据", "", "", "", body)
	k.add("metadata.xml", "元数据", "", "", "", x.Bytes())
	if body, err = json.MarshalIndent(fields, "", "  "); err != nil {
		return err
	}
	k.add("metadata.json", "元数据", "", "", "", append(body, '\n'))
	return nil
}

// csvOf writes rows for a spreadsheet: with a mark of its encoding, and no cell
// that it would work out as a formula.
func csvOf(rows [][]string) ([]byte, error) {
	b := bytes.NewBufferString("\uFEFF")
	c := csv.NewWriter(b)
	c.UseCRLF = true
	for _, r := range rows {
		safe := make([]string, len(r))
		for i, x := range r {
			if safe[i] = x; x != "" && strings.ContainsRune("=+-@\t\r", rune(x[0])) {
				safe[i] = "'" + x
			}
		}
		if err := c.Write(safe); err != nil {
			return nil, err
		}
	}
	c.Flush()
	return b.Bytes(), c.Error()
}

// manifests list the digests of all files: the SM3 ones first, which the
// SHA-256 ones cover.
func (k *packer) manifests() (sha string) {
	var sm3, sha256 strings.Builder
	for _, x := range k.items {
		sm3.WriteString(line(canon.SM3, x) + "\n")
	}
	k.add(sm3Name, "", "", "", "", []byte(sm3.String()))
	for _, x := range k.items {
		sha256.WriteString(line(canon.SHA256, x) + "\n")
	}
	k.add(manifestName, "", "", "", "", []byte(sha256.String()))
	return sha256.String()
}

// zip writes the files: stored as they are, in their order, with one time, so
// that the same files are the same bytes, whatever the program's version.
func (k *packer) zip() ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, x := range k.items {
		f, err := z.CreateHeader(&zip.FileHeader{Name: x.Path, Method: zip.Store, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(x.Body); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}
