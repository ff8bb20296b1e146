package intake

import (
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"suiji/internal/office/officetest"
	"suiji/internal/register"
)

const damaged = "无法读取：工作簿已损坏或没有传完整；请重新导出，或用 WPS、Excel 打开后另存为 .xlsx 再上传。没有导入任何数据"

// Files that are torn, crafted or locked.
var brokenFiles = []beast{
	{name: "nothing in it.csv", want: "无法读取：文件是空的；请确认选对了文件。没有导入任何数据", make: text("")},
	{name: "zip bomb.xlsx", want: "无法读取：工作簿展开后过大（上限 1024 MB），不予读取；请只保留要导入的工作表，或另存为“CSV UTF-8”后再上传。没有导入任何数据", make: func(t *testing.T) []byte {
		row := "<row><c t=\"inlineStr\"><is><t>" + strings.Repeat(" ", 1<<16) + "</t></is></c></row>"
		return part(officetest.Sheet1, officetest.SheetXML(strings.Repeat(row, 1<<14)))(t)
	}},
	{name: "bomb beside the sheets.xlsx", want: "无法读取：工作簿展开后过大（上限 1024 MB），不予读取；请只保留要导入的工作表，或另存为“CSV UTF-8”后再上传。没有导入任何数据", make: func(t *testing.T) []byte {
		return part("xl/media/image1.png", strings.Repeat("\x00", 160<<20))(t)
	}},
	{name: "sheet larger than it says.xlsx", want: damaged, make: func(t *testing.T) []byte { return officetest.Lying(t, 1<<20) }},
	{name: "a zip in a zip.xlsx", want: "无法读取：这不是工作簿（实际是压缩包）；请解压后上传其中的 .xlsx 或 .csv 文件。没有导入任何数据", make: func(t *testing.T) []byte {
		return officetest.Archive(t, "名录.xlsx", string(zooBook(nil)(t)))
	}},
	{name: "two parts of one name.xlsx", want: damaged, make: func(t *testing.T) []byte {
		var parts []string
		for _, p := range officetest.Parts(t, zooBook(nil)(t)) {
			parts = append(parts, p[:]...)
		}
		return officetest.Archive(t, append(parts, officetest.Sheet1, officetest.SheetXML(""))...)
	}},
	{name: "a part outside.xlsx", want: "2 行，可导入 2，提醒 0，不导入 0", make: part("../../etc/passwd", "root")},
	{name: "row 2147483647.xlsx", want: damaged, make: sheet(`<row r="2147483647"><c r="A2147483647"><v>1</v></c></row>`)},
	{name: "row -1.xlsx", want: damaged, make: sheet(`<row r="-1"><c r="A1"><v>1</v></c></row>`)},
	{name: "column beyond the last.xlsx", want: damaged, make: sheet(`<row r="1"><c r="ZZZZZ1"><v>1</v></c></row>`)},
	{name: "rows out of order.xlsx", want: damaged, make: sheet(`<row r="9"><c r="A9"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>`)},
	{name: "text that is not there.xlsx", want: damaged, make: sheet(`<row r="1"><c r="A1" t="s"><v>4294967296</v></c></row>`)},
	{name: "text number below zero.xlsx", want: damaged, make: sheet(`<row r="1"><c r="A1" t="s"><v>-1</v></c></row>`)},
	{name: "entities.xlsx", want: damaged, make: part(officetest.Sheet1, `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>`+officetest.SheetXML(`<row r="1"><c r="A1" t="inlineStr"><is><t>&a;</t></is></c></row>`))},
	{name: "look that is not there.xlsx", want: "1 行，可导入 1，提醒 0，不导入 0", make: sheet(`<row r="1"><c r="A1" s="99999" t="inlineStr"><is><t>企业名称</t></is></c><c r="B1" t="inlineStr"><is><t>信用代码</t></is></c></row><row r="2"><c r="A2" s="99999" t="inlineStr"><is><t>元氏县机电设备总公司</t></is></c><c r="B2" s="-5" t="inlineStr"><is><t>91130132108010841G</t></is></c></row>`)},
	{name: "no sheet.xlsx", want: damaged, make: func(t *testing.T) []byte {
		return officetest.Archive(t, "[Content_Types].xml", "<a/>", "xl/workbook.xml", "<workbook/>")
	}},
	{name: "half of it.xlsx", want: damaged, make: head(zooBook(nil), func(n int) int { return n / 2 })},
	{name: "without its end.xlsx", want: damaged, make: head(zooBook(nil), func(n int) int { return n - 10 })},
	{name: "password.xlsx", want: "无法读取：工作簿设有打开密码，无法读取；请在 WPS 或 Excel 中取消密码，另存后再上传。没有导入任何数据", make: func(t *testing.T) []byte {
		return officetest.Book(t, cells("A1", "企业名称"), excelize.Options{Password: "秘密"})
	}},
}

// Files that are something else.
var foreignFiles = []beast{
	{name: "old workbook.xls", want: "无法读取：这是旧版 .xls 工作簿；请在 WPS 或 Excel 中另存为 .xlsx 后再上传。没有导入任何数据", make: func(*testing.T) []byte { return officetest.Compound("Workbook") }},
	{name: "old workbook renamed.xlsx", want: "无法读取：这是旧版 .xls 工作簿；请在 WPS 或 Excel 中另存为 .xlsx 后再上传。没有导入任何数据", make: func(*testing.T) []byte { return officetest.Compound("Workbook") }},
	{name: "web page.xls", want: "无法读取：这个文件实际是网页，不是工作簿；请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传。没有导入任何数据", make: text("<html><table><tr><td>企业名称</td></tr></table></html>")},
	{name: "2003.xls", want: "无法读取：这个文件实际是 XML，不是工作簿；请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传。没有导入任何数据", make: text(`<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>`)},
	{name: "json.csv", want: "无法读取：这不是表格文件（实际是 JSON 数据）；请上传 .xlsx 或 .csv 文件。没有导入任何数据", make: text(`[{"企业名称":"元氏县机电设备总公司","统一社会信用代码":"91130132108010841G"}]`)},
	{name: "document.pdf", want: "无法读取：这不是表格文件（实际是 PDF 文档）；请上传 .xlsx 或 .csv 文件。没有导入任何数据", make: text("%PDF-1.7\n1 0 obj\n")},
	{name: "picture.xlsx", want: "无法读取：这不是表格文件（实际是图片）；请上传 .xlsx 或 .csv 文件。没有导入任何数据", make: text("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")},
	{name: "letter.docx", want: "无法读取：这不是表格文件（实际是 Word 文档）；请上传 .xlsx 或 .csv 文件。没有导入任何数据", make: func(t *testing.T) []byte {
		return officetest.Archive(t, "[Content_Types].xml", "<a/>", "word/document.xml", "<a/>")
	}},
	{name: "table.ods", want: "无法读取：这是 OpenDocument 文件；请在 WPS 或 LibreOffice 中另存为 .xlsx 后再上传。没有导入任何数据", make: func(t *testing.T) []byte {
		return officetest.Archive(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<a/>")
	}},
	{name: "binary.xlsb", want: "无法读取：这是 .xlsb 二进制工作簿；请在 Excel 中另存为 .xlsx 后再上传。没有导入任何数据", make: func(t *testing.T) []byte {
		return officetest.Archive(t, "[Content_Types].xml", "<a/>", "xl/workbook.bin", "x")
	}},
	{name: "packed.rar", want: "无法读取：这不是表格文件（实际是 RAR 压缩包）；请上传 .xlsx 或 .csv 文件。没有导入任何数据", make: text("Rar!\x1a\x07\x00")},
	{name: "this program.csv", want: "无法读取：文件里有大量空字符，可能是没有标记的 UTF-16 文本，或者不是文本；请在 WPS 或 Excel 中另存为 .xlsx 后再上传。没有导入任何数据", make: func(t *testing.T) []byte {
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(exe)
		if err != nil {
			t.Fatal(err)
		}
		return b[:1<<20]
	}},
	{name: "officers for targets.csv", want: "无法读取：前 20 行里没有找到检查对象名录的表头：缺少“企业名称”“统一社会信用代码”。这份文件像是执法检查人员名录，请从对应的名录导入。没有导入任何数据", make: text("姓名,执法证号,有效期至\n王强,冀A0001,2030-01-01\n")},
	{name: "targets for items.csv", list: register.Items, want: "无法读取：前 20 行里没有找到随机抽查事项清单的表头：缺少“抽查事项”“检查依据”。这份文件像是检查对象名录，请从对应的名录导入。没有导入任何数据", make: text(zooHead + zooFirst)},
}

// Text that came through many hands.
var strangeText = []beast{
	{name: "quote never closed.csv", want: "无法读取：第 2 行有一个引号没有闭合，其后的内容无法分行；请在 WPS 或 Excel 中核对该行，另存为 .xlsx 后再上传。没有导入任何数据", make: text(zooHead + "\"" + zooFirst + zooOther)},
	{name: "cut off in the last row.csv", want: `2 行，可导入 1，提醒 0，不导入 1
第 3 行  不导入：这一行有 2 列，表头有 4 列，内容可能错位；请对照表头改正`, make: text(zooHead + zooFirst + "元氏县物资总公司,9113013210801")},
	{name: "two encodings.csv", want: "无法读取：文字编码前后不一致：第 3 行与其他行不同，可能损坏或是从别处粘贴的；请在 WPS 或 Excel 中打开核对该行，另存为 .xlsx 后再上传。没有导入任何数据", make: text(zooHead + zooFirst + gb(zooOther))},
	{name: "GB18030.csv", want: "1 行，可导入 1，提醒 0，不导入 0", make: text(gb(zooHead + zooFirst))},
	{name: "GB18030 with bad bytes.csv", want: "无法读取：第 3 行有既不是 UTF-8 也不是 GB18030 的字节，无法识别文字；请在 WPS 或 Excel 中另存为 .xlsx 后再上传。没有导入任何数据", make: text(gb(zooHead+zooFirst) + "\xff\xff" + gb(zooOther))},
	{name: "GB18030 cut in a character.csv", want: `2 行，可导入 1，提醒 0，不导入 1
第 3 行  不导入：这一行有 1 列，表头有 4 列，内容可能错位；请对照表头改正`, make: text(gb(zooHead + zooFirst + "元氏县物资总公司,91130132108010083D,槐阳镇")[:len(gb(zooHead+zooFirst))+8])},
	{name: "UTF-16.txt", want: "1 行，可导入 1，提醒 0，不导入 0", make: text(utf16be(strings.ReplaceAll(zooHead+zooFirst, ",", "\t")))},
	{name: "UTF-16 of odd length.txt", want: "无法读取：UTF-16 文本的长度不对，文件可能没有传完整；请重新导出后再上传。没有导入任何数据", make: text(utf16be(zooHead+zooFirst) + "x")},
	{name: "UTF-16 without a mark.txt", want: "无法读取：文件里有大量空字符，可能是没有标记的 UTF-16 文本，或者不是文本；请在 WPS 或 Excel 中另存为 .xlsx 后再上传。没有导入任何数据", make: text(utf16be(zooHead + zooFirst)[2:])},
	{name: "two marks.csv", want: "1 行，可导入 1，提醒 0，不导入 0", make: text("\uFEFF\uFEFF" + zooHead + zooFirst)},
	{name: "NULs.csv", want: `1 行，可导入 1，提醒 1，不导入 0
第 2 行 注册地址 提醒：含有看不见的控制字符，导入时去掉`, make: text(zooHead + strings.Replace(zooFirst, "蟠龙路", "蟠龙\x00路", 1))},
	{name: "only NULs.csv", want: "无法读取：文件里有大量空字符，可能是没有标记的 UTF-16 文本，或者不是文本；请在 WPS 或 Excel 中另存为 .xlsx 后再上传。没有导入任何数据", make: text(strings.Repeat("\x00", 5000))},
	{name: "lone returns.csv", want: "1 行，可导入 1，提醒 0，不导入 0", make: text(strings.ReplaceAll(zooHead+zooFirst, "\n", "\r"))},
	{name: "semicolons.csv", want: "1 行，可导入 1，提醒 0，不导入 0", make: text(strings.ReplaceAll(zooHead+zooFirst, ",", ";"))},
	{name: "full-width commas.csv", want: "无法读取：文件只有一列，列与列之间没有用逗号、制表符或分号隔开；请在 WPS 或 Excel 中按列排好，另存为 .xlsx 后再上传。没有导入任何数据", make: text(strings.ReplaceAll(zooHead+zooFirst, ",", "，"))},
	{name: "sep line.csv", want: `1 行，可导入 1，提醒 0，不导入 0
※ 表头在第 2 行，它上面的内容没有导入`, make: text("sep=,\n" + zooHead + zooFirst)},
}

// Tables with another shape.
var strangeTables = []beast{
	{name: "40 columns of nothing.csv", want: "无法读取：表格里没有内容。没有导入任何数据", make: text(strings.Repeat(",", 40) + "\n" + strings.Repeat(",", 40) + "\n")},
	{name: "300 columns.csv", want: "无法读取：第 1 行有 304 列，超过 200 列的上限；请删去多余的列后再上传。没有导入任何数据", make: text(strings.TrimSpace(zooHead) + strings.Repeat(",x", 300) + "\n" + zooFirst)},
	{name: "no header.csv", want: "待对应列：前 20 行里没有找到检查对象名录的表头：缺少“企业名称”“统一社会信用代码”。请下载模板对照列名。没有导入任何数据", make: text(zooFirst + zooOther)},
	{name: "header twice.csv", want: `3 行，可导入 2，提醒 0，不导入 1
第 3 行 企业名称 不导入：这一行是重复的表头，不是数据`, make: text(zooHead + zooFirst + zooHead + zooOther)},
	{name: "header in row 12.csv", want: `1 行，可导入 1，提醒 0，不导入 0
※ 表头在第 12 行，它上面的内容没有导入`, make: text(strings.Repeat("说明,,,\n", 11) + zooHead + zooFirst)},
	{name: "title above.xlsx", want: "2 行，可导入 2，提醒 0，不导入 0", make: zooBook(func(f *excelize.File) error { return f.InsertRows("Sheet1", 1, 3) })},
	{name: "merged headers.xlsx", want: `2 行，可导入 2，提醒 0，不导入 0
※ 表头在第 2 行，它上面的内容没有导入`, make: zooBook(func(f *excelize.File) error {
		if err := f.InsertRows("Sheet1", 1, 1); err != nil {
			return err
		}
		if err := cells("A1", "主体", "C1", "登记")(f); err != nil {
			return err
		}
		if err := f.MergeCell("Sheet1", "A1", "B1"); err != nil {
			return err
		}
		return f.MergeCell("Sheet1", "C1", "D1")
	})},
	{name: "only a header.xlsx", want: "无法读取：文件里只有表头，没有数据行。没有导入任何数据", make: sheet(inline(1, "企业名称", "信用代码"))},
	{name: "empty sheet.xlsx", want: "无法读取：工作表“Sheet1”里没有内容（隐藏的工作表不读取）。没有导入任何数据", make: sheet("")},
	{name: "a hidden sheet first.xlsx", want: "无法读取：工作表“名录”里没有内容（隐藏的工作表不读取）。没有导入任何数据", make: zooBook(func(f *excelize.File) error {
		if _, err := f.NewSheet("名录"); err != nil {
			return err
		}
		f.SetActiveSheet(1)
		return f.SetSheetVisible("Sheet1", false)
	})},
	{name: "two sheets.xlsx", want: `2 行，可导入 2，提醒 0，不导入 0
※ 只读取了工作表“Sheet1”；另有 1 个没有读取：去年`, make: zooBook(func(f *excelize.File) error { _, err := f.NewSheet("去年"); return err })},
	{name: "blank rows between.csv", want: "2 行，可导入 2，提醒 0，不导入 0", make: text(zooHead + "\n,,,\n" + zooFirst + "\n\n" + zooOther)},
	{name: "shifted.csv", want: `1 行，可导入 0，提醒 0，不导入 1
第 2 行 企业类型 不导入：“76(万元人民币)”不是对象类型，这一行的内容可能错位；请对照表头改正
第 2 行 注册资本 不导入：“有限责任公司”不是注册资本，这一行的内容可能错位；请对照表头改正
第 2 行 企业类型 提醒：对象类型“76(万元人民币)”不在分类里，按信用代码的类别登记`, make: text("企业名称,统一社会信用代码,企业类型,注册资本\n元氏县机电设备总公司,91130132108010841G,76(万元人民币),有限责任公司\n")},
	{name: "a cell too many.csv", want: `2 行，可导入 1，提醒 0，不导入 1
第 2 行  不导入：这一行有 5 列，表头有 4 列，内容可能错位；请对照表头改正`, make: text(zooHead + strings.Replace(zooFirst, "蟠龙路", "蟠龙路,", 1) + zooOther)},
	{name: "totals below.csv", want: `3 行，可导入 1，提醒 0，不导入 2
第 3 行 企业名称 不导入：“合计：1 户”像是表格的合计或说明，不是名称
第 4 行 企业名称 不导入：“填表人：王强”像是表格的合计或说明，不是名称`, make: text(zooHead + zooFirst + "合计：1 户,,,\n填表人：王强,,,\n")},
	{name: "no code column.csv", want: "待对应列：前 20 行里没有找到检查对象名录的表头：缺少“统一社会信用代码”。请下载模板对照列名。没有导入任何数据", make: text("企业名称,注册地址\n元氏县机电设备总公司,蟠龙路\n")},
	{name: "two code columns.csv", want: `1 行，可导入 1，提醒 0，不导入 0
※ 第 2 列和第 3 列都像“统一社会信用代码”，按第 2 列导入；如不合适可以在“列的对应”里改
※ 没有认出：社会信用代码`, make: text("企业名称,信用代码,社会信用代码\n元氏县机电设备总公司,91130132108010841G,91130132108010083D\n")},
	{name: "5,000 of one name.csv", want: `5000 行，可导入 5000，提醒 5，不导入 0
※ 名称“元氏县便民超市”从第 2 行起出现 5000 次，号码各不相同；请核对名称列是否选对。只逐行提醒前 5 行
第 3 行  提醒：与第 2 行同名，号码不同；请核对是否重复登记
第 4 行  提醒：与第 2 行同名，号码不同；请核对是否重复登记
第 5 行  提醒：与第 2 行同名，号码不同；请核对是否重复登记
第 6 行  提醒：与第 2 行同名，号码不同；请核对是否重复登记
第 7 行  提醒：与第 2 行同名，号码不同；请核对是否重复登记`, make: func(*testing.T) []byte { return []byte(manyNames(5000)) }},
	{name: "one code twice.csv", want: `3 行，可导入 2，提醒 1，不导入 1
第 3 行  提醒：与第 2 行重复，内容相同，合并为一条
第 4 行  不导入：与第 2 行是同一号码，内容不同；已按第 2 行处理，请核对两行后只留一行`, make: text(zooHead + zooFirst + zooFirst + strings.Replace(zooFirst, "蟠龙路", "槐阳路", 1))},
	{name: "a look on every cell.xlsx", want: "无法读取：工作表里只有格式、没有内容的单元格超过 3000000 个；请选中数据以外的行和列，右键“删除”（不是“清除”），保存后再上传。没有导入任何数据", make: func(t *testing.T) []byte {
		return sheet(strings.Repeat("<row>"+strings.Repeat("<c/>", 2000)+"</row>", 1600))(t)
	}},
}

// Cells that a spreadsheet has spoilt.
var strangeCells = []beast{
	{name: "formulas.xlsx", want: "1 行，可导入 1，提醒 0，不导入 0", make: sheet(inline(1, "企业名称", "信用代码") + `<row r="2"><c r="A2" t="str"><f>"元氏县"&amp;"某厂"</f><v>元氏县某厂</v></c><c r="B2" t="inlineStr"><is><t>91130132108010841G</t></is></c></row>`)},
	{name: "formulas without values.xlsx", want: `1 行，可导入 0，提醒 0，不导入 1
第 2 行 企业名称 不导入：没有填写名称`, make: sheet(inline(1, "企业名称", "信用代码") + `<row r="2"><c r="A2"><f>"元氏县"&amp;"某厂"</f></c><c r="B2" t="inlineStr"><is><t>91130132108010841G</t></is></c></row>`)},
	{name: "dates as numbers.csv", want: "1 行，可导入 1，提醒 0，不导入 0", make: text(zooHead + strings.Replace(zooFirst, "1989-04-18", "32616", 1))},
	{name: "date that is none.csv", want: `1 行，可导入 1，提醒 1，不导入 0
第 2 行 成立日期 提醒：“1989-02-30”不是日期，或者没有这一天；请写成 2026-12-31 的样子`, make: text(zooHead + strings.Replace(zooFirst, "1989-04-18", "1989-02-30", 1))},
	{name: "scientific.csv", want: `1 行，可导入 0，提醒 0，不导入 1
第 2 行 统一社会信用代码 不导入：号码被表格软件改成了科学计数法，末几位已丢失；请把该列设为文本，重新填写`, make: text(zooHead + strings.Replace(zooFirst, "91130132108010841G", "9.11302E+17", 1))},
	{name: "code as a number.xlsx", want: `2 行，可导入 1，提醒 0，不导入 1
第 2 行 统一社会信用代码 不导入：号码被表格软件改成了科学计数法，末几位已丢失；请把该列设为文本，重新填写`, make: zooBook(func(f *excelize.File) error { return f.SetCellInt("Sheet1", "B2", 911301321080108412) })},
	{name: "full-width.csv", want: "1 行，可导入 1，提醒 0，不导入 0", make: text(zooHead + strings.Replace(zooFirst, "91130132108010841G", "９１１３０１３２１０８０１０８４１Ｇ", 1))},
	{name: "apostrophes.csv", want: "1 行，可导入 1，提醒 0，不导入 0", make: text(zooHead + strings.Replace(zooFirst, "91130132108010841G", "'91130132108010841G", 1))},
	{name: "blanks around.csv", want: "1 行，可导入 1，提醒 0，不导入 0", make: text(zooHead + " 元氏县机电设备总公司　,\t91130132108010841G ,蟠龙路 , 1989-04-18 \n")},
	{name: "lower case.csv", want: "1 行，可导入 1，提醒 0，不导入 0", make: text(zooHead + strings.Replace(zooFirst, "841G", "841g", 1))},
	{name: "wrong check digit.csv", want: `1 行，可导入 0，提醒 0，不导入 1
第 2 行 统一社会信用代码 不导入：校验码不符：按前 17 位算，第 18 位应为“G”，现为“A”；可能有一位写错或两位写反，请核对营业执照`, make: text(zooHead + strings.Replace(zooFirst, "841G", "841A", 1))},
	{name: "letter O in the code.csv", want: `1 行，可导入 0，提醒 0，不导入 1
第 2 行 统一社会信用代码 不导入：第 5 位“O”不是统一社会信用代码的用字，是否应为数字 0？请核对营业执照（若为 91130132108010841G 则有效）`, make: text(zooHead + strings.Replace(zooFirst, "91130132108010841G", "9113O132108010841G", 1))},
	{name: "a digit lost.csv", want: `1 行，可导入 0，提醒 0，不导入 1
第 2 行 统一社会信用代码 不导入：统一社会信用代码应为 18 位，现为 17 位；请核对营业执照`, make: text(zooHead + strings.Replace(zooFirst, "841G", "41G", 1))},
	{name: "15 digits.csv", want: `1 行，可导入 1，提醒 1，不导入 0
第 2 行 统一社会信用代码 提醒：这是 15 位旧注册号，按旧号登记；换发统一社会信用代码后请更新`, make: text(zooHead + strings.Replace(zooFirst, "91130132108010841G", "130132000001234", 1))},
	{name: "an identity number.csv", want: `1 行，可导入 0，提醒 0，不导入 1
第 2 行 统一社会信用代码 不导入：这像是公民身份号码，不是证照号码；名录里不要登记个人身份号码`, make: text(zooHead + strings.Replace(zooFirst, "91130132108010841G", "11010519491231002X", 1))},
	{name: "code and name exchanged.csv", want: `1 行，可导入 0，提醒 0，不导入 1
第 2 行 统一社会信用代码 不导入：“元氏县机电设备总公司”没有数字，不是证照号码；请检查列是否错位`, make: text(zooHead + "91130132108010841G,元氏县机电设备总公司,蟠龙路,1989-04-18\n")},
	{name: "cell of 40,000 characters.csv", want: `1 行，可导入 0，提醒 0，不导入 1
第 2 行 注册地址 不导入：这一格有 40004 个字，超过 10000 字的上限；请检查引号是否闭合、列是否错位
第 2 行 注册地址 提醒：没有地址；可以导入，比对确认前请补上`, make: text(zooHead + strings.Replace(zooFirst, "蟠龙路", strings.Repeat("长", 40_000), 1))},
	{name: "a name of 40,000 characters.csv", want: `1 行，可导入 0，提醒 0，不导入 1
第 2 行 企业名称 不导入：这一格有 40000 个字，超过 10000 字的上限；请检查引号是否闭合、列是否错位
第 2 行 企业名称 不导入：没有填写名称`, make: text(zooHead + strings.Repeat("长", 40_000) + ",91130132108010841G,槐阳镇,1989-04-18\n")},
	{name: "garbled name.csv", want: `1 行，可导入 0，提醒 0，不导入 1
第 2 行 企业名称 不导入：文字已成乱码；请从原系统重新导出这一行
第 2 行 企业名称 提醒：名称里有问号，可能是生僻字在导出时丢失；请对照证照核对`, make: text(zooHead + strings.Replace(zooFirst, "机电", "\uFFFD\uFFFD", 1))},
	{name: "error values.csv", want: `1 行，可导入 0，提醒 0，不导入 1
第 2 行 企业名称 不导入：没有填写名称
第 2 行 成立日期 提醒：“#VALUE!”是表格公式出错的结果，没有导入这一格；请改正
第 2 行 注册地址 提醒：“#REF!”是表格公式出错的结果，没有导入这一格；请改正
第 2 行 注册地址 提醒：没有地址；可以导入，比对确认前请补上`, make: text(zooHead + "#N/A,91130132108010841G,#REF!,#VALUE!\n")},
	{name: "formula to run.csv", want: `1 行，可导入 0，提醒 0，不导入 1
第 2 行 企业名称 提醒：“=HYPERLINK("http://x…”是公式，不是内容，没有导入这一格；请选择性粘贴为数值
第 2 行 企业名称 不导入：没有填写名称
第 2 行 注册地址 提醒：“=1+1”是公式，不是内容，没有导入这一格；请选择性粘贴为数值
第 2 行 注册地址 提醒：没有地址；可以导入，比对确认前请补上`, make: text(zooHead + "\"=HYPERLINK(\"\"http://x\"\",\"\"厂\"\")\",91130132108010841G,=1+1,1989-04-18\n")},
	{name: "direction marks.csv", want: `1 行，可导入 1，提醒 1，不导入 0
第 2 行 企业名称 提醒：含有看不见的控制字符，导入时去掉`, make: text(zooHead + strings.Replace(zooFirst, "机电", "机\u202e电\u200b", 1))},
}
