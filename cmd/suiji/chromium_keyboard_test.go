package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A clerk without a mouse types the plan of 2022 as the county's document has
// it, with its impossible archive date; the leader approves it; everybody can
// read and download it.
func TestPlanByKeyboardInChromium(t *testing.T) {
	if testing.Short() {
		t.Skip("the browser is left out of -short")
	}
	w := newTown(t, "")
	w.found()
	w.ok("", "import", "targets", w.firms(townFirms))
	s := w.serve()
	c := newChromium(t, s.address)
	body := planOf2022(t)

	c.signInByKeys("clerk")
	c.open("/w/plans")
	c.keys("year", "2022")
	c.enterOn("起草计划")
	c.enterOn("修改文件")
	c.keys("number", "元人社【2022】3号", "issuer", "元氏县人力资源和社会保障局")
	c.dateByKeys("issued_on", "2022-01-17")
	c.keys("addressees", "局属各科室、监察大队", "basis-1-title", "关于双随机抽查工作的通知", "basis-1-number", "元双随机办[2021]10号", "body", body)
	c.enterOn("保存文件")
	c.want("统一为〔〕：元人社〔2022〕3号")
	c.enterOn("修改批次")
	c.dateByKeys("window-1-starts", "2022-06-01", "window-1-ends", "2022-07-31", "window-2-starts", "2022-10-01", "window-2-ends", "2022-11-30")
	c.enterOn("保存批次")
	c.enterOn("修改任务")
	c.enterOn("新增任务")
	c.keys("task-1-name", "用人单位遵守劳动保障法律法规情况")
	c.tabTo("an item", `e.name === "task-1-items"`)
	c.key("tick it", " ")
	c.tabTo("a method", `e.name === "task-1-method"`)
	c.key("tick it", " ")
	c.keys("task-1-units", "监察大队")
	c.enterOn("保存任务")
	c.enterOn("修改比例")
	c.keys("ratio", "5", "task-1-stratum-1-ratio", "5")
	c.enterOn("保存比例与分层")
	c.enterOn("修改人员与期限")
	c.dateByKeys("archive_on", "2021-12-20")
	c.enterOn("保存人员与期限")
	c.want("归档截止日 2021-12-20 早于印发日期 2022-01-17", "正文要求在 2021-12-20 前完成")
	c.open("/w/plans")
	c.enterOn("随机抽查工作计划")
	c.enterOn("归档截止日 2021-12-20 早于")
	c.dateByKeys("archive_on", "2022-12-20")
	c.enterOn("保存人员与期限")
	c.enterOn("正文要求在 2021-12-20 前完成")
	c.keys("body", strings.ReplaceAll(body, "2021年12月20日", "2022年12月20日"))
	c.enterOn("保存文件")
	c.enterOn("核对并报批")
	c.want("没有必须修改的问题")
	c.enterOn("提交审批")
	c.enterOn("退出")

	c.signInByKeys("leader")
	c.open("/w/plans")
	c.enterOn("随机抽查工作计划")
	c.enterOn("审批计划")
	c.enterOn("批准计划")
	c.want("已批准")
	c.tabTo("the act", `e.localName === "summary" && e.innerText.includes("公布计划")`)
	c.key("unfold it", kb.Enter)
	c.enterOn("公布计划")
	c.want("已公布")
	c.calm()
	c.downloads(t)
	w.must(s.stop())
}

// planOf2022 is the text of the county's plan, or its first and last sentences
// if the document is not beside the repository.
func planOf2022(t *testing.T) string {
	file, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "reference", "plan-2022.txt"))
	if os.IsNotExist(err) {
		return "为认真贯彻落实“双随机、一公开”监管工作部署要求，制定本工作计划。\n检查资料立卷归档，均要在2021年12月20日前完成。"
	}
	if err != nil {
		t.Fatal(err)
	}
	_, body, found := strings.Cut(strings.ReplaceAll(string(file), "\r", ""), "工 作 计 划\n")
	if !found || !strings.Contains(body, "2021年12月20日") {
		t.Fatal("plan-2022.txt is not the document that this test knows")
	}
	return strings.TrimSpace(body)
}

// signInByKeys signs in without a mouse.
func (c *chromium) signInByKeys(user string) {
	c.t.Helper()
	c.open("/w/login")
	c.keys("username", user, "password", townPassword)
	c.enter("sign in")
}

// tabTo presses Tab until what has the focus is e, by a test in JavaScript.
func (c *chromium) tabTo(what, test string) {
	c.t.Helper()
	for range 400 {
		c.key("go on", kb.Tab)
		there, err := chromedp.Run(c.ctx, chromedp.Evaluate[bool]("(e => "+test+")(document.activeElement)"))
		if err != nil {
			c.t.Fatal(err)
		}
		if there {
			return
		}
	}
	c.t.Fatalf("Tab does not come to %s\n%s", what, c.screen())
}

func (c *chromium) key(what, keys string, options ...chromedp.KeyOption) {
	c.t.Helper()
	c.do(what, chromedp.KeyEvent(keys, options...))
}

// keys types into inputs: name, value, name, value…
func (c *chromium) keys(pairs ...string) {
	c.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		c.tabTo(pairs[i], fmt.Sprintf("e.name === %q", pairs[i]))
		c.key("select all", "a", chromedp.KeyModifiers(chromedp.ModifierCtrl))
		c.key("type "+pairs[i], strings.ReplaceAll(pairs[i+1], "\n", "\r"))
	}
}

// dateByKeys types days, as the browser's own language has them: month, day,
// year.
func (c *chromium) dateByKeys(pairs ...string) {
	c.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		name, day := pairs[i], strings.Split(pairs[i+1], "-")
		c.tabTo(name, fmt.Sprintf("e.name === %q", name))
		c.key("to its first part", kb.ArrowLeft+kb.ArrowLeft) // a link to the input comes in past it
		c.key("type "+name, day[1]+day[2]+day[0])
		got, err := chromedp.Run(c.ctx, chromedp.Evaluate[string]("document.activeElement.value"))
		if err != nil || got != pairs[i+1] {
			c.t.Fatalf("typed %s into %s, it has %q, %v", pairs[i+1], name, got, err)
		}
	}
}

// enterOn goes to a link or a button that says something, and presses Enter.
func (c *chromium) enterOn(words string) {
	c.t.Helper()
	c.tabTo(words, fmt.Sprintf(`(e.localName === "a" || e.localName === "button") && !e.closest("nav") && e.textContent.replace(/\s+/g, " ").includes(%q)`, words))
	c.enter(words)
}

func (c *chromium) enter(what string) {
	c.t.Helper()
	if status := c.follow(what, chromedp.KeyEvent(kb.Enter)); status != 200 {
		c.t.Fatalf("after %q: status %d\n%s", what, status, c.screen())
	}
}

// downloads fetches the published plan's files as everybody may.
func (c *chromium) downloads(t *testing.T) {
	t.Helper()
	c.open("/plans")
	c.enterOn("随机抽查工作计划")
	c.want("元人社〔2022〕3号", "第 2 批次")
	links, err := chromedp.Run(c.ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll("main a")].map(a => a.href).filter(h => /\.(docx|pdf|xlsx|csv)(\?|$)/.test(h))`))
	if err != nil || len(links) < 3 {
		t.Fatalf("the public page leads to %q, %v; want DOCX, XLSX, CSV and, with fonts, PDF", links, err)
	}
	for _, href := range links {
		res, err := http.Get(href)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 200 || res.ContentLength < 200 {
			t.Errorf("%s = %d, %d bytes", href, res.StatusCode, res.ContentLength)
		}
	}
}
