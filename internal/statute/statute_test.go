package statute

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lines writes what was recognised, one law a line.
func lines(text string) string {
	var all []string
	for _, p := range Parse(text) {
		s := p.Law
		if p.Number != "" {
			s += "（" + p.Number + "）"
		}
		all = append(all, strings.TrimSpace(s+" "+p.Places()))
	}
	return strings.Join(all, "\n")
}

func TestParse(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"two laws", "《劳动法》第八十五条、《劳动合同法》第七十三条第一款", "劳动法 第八十五条\n劳动合同法 第七十三条第一款"},
		{"several articles", "《直销管理条例》第十八条、第十九条，第二十一条", "直销管理条例 第十八条、第十九条、第二十一条"},
		{"item", "《某条例》第三条第二款第（四）项", "某条例 第三条第二款第四项"},
		{"paragraphs of one article", "《某法》第十条第一款、第二款", "某法 第十条第一款、第十条第二款"},
		{"range", "《公司法》第一百九十八条至第二百条、第二百零四条", "公司法 第一百九十八条至第二百条、第二百零四条"},
		{"of a number of its own", "《刑法》第二百七十六条之一", "刑法 第二百七十六条之一"},
		{"digits", "《劳动法》第85条第１款", "劳动法 第八十五条第一款"},
		{"document number", "《药品经营质量管理规范》（总局令第13号）第五条", "药品经营质量管理规范（总局令第13号） 第五条"},
		{"title in a title", "《关于印发《某办法》的通知》第二条", "关于印发《某办法》的通知 第二条"},
		{"no article", "《食品安全法》相关规定", "食品安全法"},
		{"twice", "《劳动法》第三条、《工会法》第二条、《劳动法》第五条", "劳动法 第三条、第五条\n工会法 第二条"},
		{"no quotes", "依据劳动法第八十五条；就业促进法第六十二条", "劳动法 第八十五条\n就业促进法 第六十二条"},
		{"nothing", "按有关规定", ""},
		{"open quotes", "《劳动法第八十五条", "劳动法 第八十五条"},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		if got := lines(tt.text); got != tt.want {
			t.Errorf("%s: Parse(%q) =\n%s\nwant\n%s", tt.name, tt.text, got, tt.want)
		}
	}
	if got := strings.Join(Vague("《食品安全法》第一百零九条、《某办法》相关规定"), ""); got != "《某办法》" {
		t.Errorf("Vague = %q, want the law without an article", got)
	}
	if got := Vague("按有关规定"); len(got) != 1 || Vague("") != nil {
		t.Errorf("Vague = %q, want the whole text, and nothing for nothing", got)
	}
}

func TestNumbers(t *testing.T) {
	for n := 1; n < 10000; n++ {
		if got := number(chinese(n)); got != n {
			t.Fatalf("number(%s) = %d, want %d", chinese(n), got, n)
		}
	}
	for n, want := range map[int]string{10: "十", 11: "十一", 20: "二十", 101: "一百零一", 110: "一百一十", 204: "二百零四", 1001: "一千零一"} {
		if got := chinese(n); got != want {
			t.Errorf("chinese(%d) = %s, want %s", n, got, want)
		}
	}
}

// Every basis of a real list: what names an article is recognised to the
// article, and each title between 《》 is found.
func TestRealBases(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "items-zhejiang-2017.csv"))
	if err != nil {
		t.Skip("no real data beside the repository")
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	laws, places, exact := 0, 0, 0
	for _, row := range rows[1:] {
		basis := row[4]
		list := Parse(basis)
		n := 0
		for _, p := range list {
			laws++
			n += len(p.Articles)
			for _, a := range p.Articles {
				if !strings.Contains(basis, a.String()) && a.To == 0 {
					t.Errorf("%q: %s is not in the text", basis, a)
				}
			}
		}
		if want := strings.Count(basis, "条、") + strings.Count(basis, "条 ") + strings.Count(basis, "条。"); n < want {
			t.Errorf("%q: %d articles, want %d at least", basis, n, want)
		}
		if len(list) < strings.Count(basis, "《")-1 && !strings.Contains(basis, "《关于") {
			t.Errorf("%q: %d laws of %d titles", basis, len(list), strings.Count(basis, "《"))
		}
		places += n
		if n > 0 && len(Vague(basis)) == 0 {
			exact++
		}
	}
	t.Logf("%d items: %d laws, %d articles; %d to the article throughout", len(rows)-1, laws, places, exact)
	if laws < 100 || places < 100 || exact < 40 {
		t.Errorf("%d laws, %d articles, %d exact", laws, places, exact)
	}
}
