package office

import (
	"bytes"
	"io"
	"unicode/utf16"
)

// sample is how much of a file is looked at to tell what it is.
const sample = 64 << 10

// foreign are files that are not tables, by how they begin.
var foreign = []struct{ magic, name string }{
	{"%PDF", " PDF 文档"},
	{"Rar!", " RAR 压缩包"},
	{"7z\xBC\xAF\x27\x1C", " 7z 压缩包"},
	{"\x1F\x8B", " gzip 压缩包"},
	{"\x89PNG", "图片"},
	{"\xFF\xD8\xFF", "图片"},
	{"GIF8", "图片"},
	{"{\\rtf", " RTF 文档"},
	{"SQLite format 3\x00", "数据库文件"},
}

// sniff tells workbooks from text by content, and refuses the rest.
func sniff(r io.ReaderAt, size int64) (Format, error) {
	head, err := readHead(r, size)
	if err != nil {
		return "", err
	}
	for _, f := range foreign {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return "", refuse("这不是表格文件（实际是%s）；请上传 .xlsx 或 .csv 文件", f.name)
		}
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06")) {
		return XLSX, nil
	}
	if bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")) {
		return "", refuseCompound(r, size)
	}
	return CSV, refuseMarkup(head)
}

// readHead returns the beginning of the file.
func readHead(r io.ReaderAt, size int64) ([]byte, error) {
	head := make([]byte, min(size, sample))
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), head); err != nil {
		return nil, err
	}
	return head, nil
}

// refuseCompound says which of the files of the old container (OLE, MS-CFB)
// this is, by the names of its streams.
func refuseCompound(r io.ReaderAt, size int64) error {
	for _, k := range []struct{ stream, sentence string }{
		{"EncryptedPackage", "工作簿设有打开密码，无法读取；请在 WPS 或 Excel 中取消密码，另存后再上传"},
		{"Workbook", "这是旧版 .xls 工作簿；请在 WPS 或 Excel 中另存为 .xlsx 后再上传"},
		{"Book", "这是旧版 .xls 工作簿；请在 WPS 或 Excel 中另存为 .xlsx 后再上传"},
		{"WordDocument", "这不是表格文件（实际是 Word 文档）；请上传 .xlsx 或 .csv 文件"},
	} {
		found, err := contains(io.NewSectionReader(r, 0, size), utf16le(k.stream))
		if err != nil {
			return err
		}
		if found {
			return refuse("%s", k.sentence)
		}
	}
	return refuse("这不是可以读取的表格文件；请上传 .xlsx 或 .csv 文件")
}

// utf16le returns the bytes of s as the old container writes names.
func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

// contains reports whether the bytes occur in a stream.
func contains(r io.Reader, what []byte) (bool, error) {
	buf := make([]byte, 0, sample)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if bytes.Contains(buf, what) {
			return true, nil
		}
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		keep := min(len(buf), len(what)-1)
		buf = append(buf[:0], buf[len(buf)-keep:]...)
	}
}

// refuseMarkup refuses what many systems export under the name .xls: a web
// page, the XML of Excel 2003, or JSON.
func refuseMarkup(head []byte) error {
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte(bomUTF8)), " \t\r\n"))
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<meta", "<table", "<style", "<div"} {
		if bytes.HasPrefix(text, []byte(tag)) {
			return refuse("这个文件实际是网页，不是工作簿；请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传")
		}
	}
	if compact := bytes.Join(bytes.Fields(text[:min(len(text), 200)]), nil); bytes.HasPrefix(compact, []byte(`[{"`)) || bytes.HasPrefix(compact, []byte(`{"`)) {
		return refuse("这不是表格文件（实际是 JSON 数据）；请上传 .xlsx 或 .csv 文件")
	}
	if bytes.HasPrefix(text, []byte("<?xml")) {
		return refuse("这个文件实际是 XML，不是工作簿；请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传")
	}
	return nil
}
