package main

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The clerk's path in a real browser, from the first file to a result that
// everybody can read, with wrong input on the way.
func TestClerksPathInChromium(t *testing.T) {
	if testing.Short() {
		t.Skip("the browser is left out of -short")
	}
	w := newTown(t, "")
	w.found()
	s := w.serve()
	c := newChromium(t, s.address)
	c.settings()
	c.register(w)
	c.plan(w)
	w.on("2022-06-06")
	c.draw(w)
	c.schedule()
	w.on("2022-06-15")
	c.inspect()
	c.publish()
	c.public(t)
	c.calm()
	t.Logf("%d pages looked at", len(c.seen))
	w.must(s.stop())
}

func (c *chromium) settings() {
	c.sit("admin", townPassword)
	c.open("/w/accounts")
	c.open("/w/notices")
	c.open("/w/settings")
	c.fill("name", "示例县人力资源和社会保障局", "area_code", "99")
	c.refused("保存设置", "行政区划代码应为 6 位数字")
	c.fill("area_code", "990101", "area_name", "示例县", "phone", "0990-0000000")
	c.press("保存设置")
	c.leave()
}

// register imports the firms: the wrong file first, then the right one.
func (c *chromium) register(w *town) {
	c.open("/w/targets")
	c.want("登录") // not signed in
	c.fill("username", "clerk", "password", "not the password")
	c.refused("登录", "登录名或密码不对")
	c.fill("username", "clerk", "password", townPassword)
	c.press("登录")
	c.open("/w")
	c.press("导入检查对象")
	c.upload(w.file("officers.csv", []byte("姓名,执法证号,有效期至\n李永利,990120101,2027-12-31\n")))
	c.follow("send the wrong file", chromedp.Click(labelled("上传并检查"), chromedp.NodeVisible)) // refused at the form, or, on a busy machine, on a page of its own
	c.want("没有导入任何数据")
	c.open("/w/imports/new?list=targets")
	c.upload(w.firms(townFirms))
	c.press("上传并检查")
	c.want("现在名录还没有变动")
	c.press("确认导入 60 行")
	c.want("新增 60 条", "名录为第 1 版")
	c.open("/w/targets")
	c.want("共 60 条")
}

func (c *chromium) plan(w *town) {
	c.open("/w/plans")
	c.fill("year", "2022")
	c.press("起草计划")
	c.press("修改文件")
	c.fill("number", "示例人社【2022】3号", "issuer", "示例县人力资源和社会保障局", "addressees", "局属各科室", "leader", "周建国",
		"basis-1-title", "通知", "basis-1-number", "示例〔2021〕10号", "basis-1-issuer", "示例县双随机办",
		"body", "为做好双随机、一公开监管工作，制定本计划。")
	c.choose("issued_on", "2022-01-17")
	c.press("保存文件")
	c.want("统一为〔〕：示例人社〔2022〕3号")
	c.press("修改批次")
	c.choose("window-1-starts", "2022-06-01")
	c.refused("保存批次", "第 1 批次请把开始和截止日期都填上")
	c.choose("window-1-starts", "2022-06-01", "window-1-ends", "2022-07-31")
	c.press("保存批次")
	c.press("修改任务")
	c.press("新增任务")
	c.fill("task-1-name", "用人单位检查", "task-1-lead", "示例县人力资源和社会保障局", "task-1-units", "监察大队", "task-1-level", "县抽县查")
	c.tick("task-1-directed", "不定向")
	c.tick("task-1-items", "对用人单位遵守劳动保障法律法规情况的监督检查")
	c.tick("task-1-method", "实地检查")
	c.press("保存任务")
	c.press("修改比例")
	c.fill("ratio", "10", "task-1-stratum-1-title", "全部用人单位", "task-1-stratum-1-name", "all", "task-1-stratum-1-ratio", "10", "task-1-stratum-1-reserve", "3")
	c.press("保存比例与分层")
	c.press("修改人员与期限")
	c.fill("rule_vanished", "剔除后递补", "rule_again", "不再参加抽取", "rule_recusal", "回避后递补")
	c.choose("archive_on", "2021-12-20", "field", "劳动保障监察")
	c.press("保存人员与期限")
	c.want("归档截止日 2021-12-20 早于印发日期 2022-01-17")
	c.pressOn(holding("归档截止日 2021-12-20"))
	c.choose("archive_on", "2022-12-20")
	c.press("保存人员与期限")
	c.press("核对并报批")
	c.press("提交审批")
	c.leave()
	c.sit("leader", townPassword)
	c.open("/w/plans")
	c.pressOn(holding("随机抽查工作计划"))
	c.press("审批计划")
	c.press("批准计划")
	c.leave()
	c.sit("clerk", townPassword)
	c.open("/w/plans")
	c.pressOn(holding("随机抽查工作计划"))
	c.unfold("公布计划…")
	c.press("公布计划")
	c.want("已公布")
	c.leave()
}

func (c *chromium) draw(w *town) {
	c.sit("operator", townPassword)
	c.open("/w/rounds")
	c.tick("window", "示例县")
	c.press("冻结名录")
	c.press("封存名单和规则")
	c.fill("value", "骰子")
	c.refused("录入公开随机数", "公开随机数应为 1 到 200 位")
	c.fill("value", townDice)
	c.press("录入公开随机数")
	c.press("抽取")
	c.want("下一步：比对确认")
	c.leave()
	c.sit("list", townPassword)
	c.open("/w/rounds/" + townRound)
	c.press("比对确认名单")
	c.unfold("确认名单…")
	c.press("确认名单")
	c.leave()
	c.sit("operator", townPassword)
	c.open("/w/rounds/" + townRound)
	c.press("冻结人员名录")
	c.press("封存名单和规则")
	c.fill("value", townDice)
	c.press("录入公开随机数")
	c.press("抽取")
	c.want("下一步：检查")
	c.press("检查组与候补")
	c.want("共 6 户")
	c.leave()
}

// schedule lets the program place the firms, and the leader approve it.
func (c *chromium) schedule() {
	c.sit("clerk", townPassword)
	c.open("/w/schedules/" + townRound)
	c.press("自动安排")
	c.want("6\n已安排")
	c.press("报批")
	c.want("批准以前不能检查")
	c.leave()
	c.sit("leader", townPassword)
	c.open("/w/schedules/" + townRound)
	c.press("核对并批准")
	c.press("批准这 6 户")
	c.want("6\n已批准")
	c.leave()
}

// inspect enters the first form's result: first what does not fit together.
func (c *chromium) inspect() {
	c.sit("clerk", townPassword)
	c.open("/w/forms")
	c.press("生成检查表")
	c.want("共 6 条")
	c.press(townRound + ".0001")
	c.choose("ended", "2022-06-06")
	c.tick("methods", "实地检查")
	for i := 1; i <= 9; i++ {
		c.tick("answer-"+strconv.Itoa(i), "符合")
	}
	c.tick("codes", "未发现问题", "发现问题已责令改正")
	c.refused("保存并提交审核", "检查结束日期不能早于开始日期", "“未发现问题”只能单独选择", "请填写被检查单位的签字人")
	c.tick("codes", "发现问题已责令改正") // once more: not chosen
	c.choose("ended", "2022-06-14")
	c.fill("person", "企业负责人")
	c.press("保存并提交审核")
	c.want("待审核")
	c.leave()
}

// publish confirms the result and publishes it, without a mouse (journey J4).
func (c *chromium) publish() {
	c.signInByKeys("reviewer")
	c.open("/w/forms/" + townRound + ".0001")
	c.want("未发现问题")
	c.enterOn("审核通过")
	c.tabTo("the menu", `!!e.closest("nav") && e.textContent === "结果公示"`)
	c.enter("the menu")
	c.enterOn("全选 1 条")
	c.enterOn("预览公示内容")
	c.want("公众将看到以下 1 条内容")
	c.tabTo("the act", `e.localName === "summary" && e.innerText.includes("公示这 1 条")`)
	c.key("unfold it", kb.Enter)
	c.enterOn("公示 1 条")
	for _, path := range []string{"/w", "/w/targets", "/w/officers", "/w/items", "/w/rounds", "/w/rounds/" + townRound, "/w/rounds/" + townRound + "/firms",
		"/w/rounds/" + townRound + "/rate", "/w/findings", "/w/plans", "/w/publish/" + townRound + ".0001"} {
		c.open(path)
	}
	c.leave()
}

// public reads the result as everybody can: from the front page on, and by the
// firm's name.
func (c *chromium) public(t *testing.T) {
	c.open("/")
	c.open("/results")
	if status := c.follow("the only result", chromedp.Click(chromedp.CSS("table.list tbody th a"), chromedp.NodeVisible)); status != 200 {
		t.Fatalf("the result: status %d\n%s", status, c.screen())
	}
	c.want("未发现问题", "检查人员")
	firm, err := chromedp.Run(c.ctx, chromedp.Text(chromedp.CSS("h1")))
	if err != nil {
		t.Fatal(err)
	}
	firm = strings.TrimSuffix(strings.TrimSpace(firm), "的检查结果")
	c.open("/search")
	c.fill("q", firm)
	c.press("查询")
	c.want(firm)
	for _, path := range []string{"/plans", "/rounds", "/rounds/" + townRound, "/results", "/officers", "/items", "/verify", "/c", "/corrections", "/accessibility", "/privacy"} {
		c.open(path)
	}
}
