package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// A draw in public with three witnesses, each in a browser of their own, and
// the wall in another (journey J2). Before it, one that a witness breaks off.
func TestCeremonyInChromium(t *testing.T) {
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
	c.sit("operator", townPassword)

	round := c.freezeAndHost()
	wall := newChromium(t, s.address)
	wall.open("/stage/" + round)
	p := c.witness("企业代表", wall)
	c.sealAndRoll()
	p.unfold("我不公开")
	p.press("我拒绝公开")
	wall.want("企业代表表示不公开随机数")
	p.open("/rounds/" + round)
	p.want("企业代表表示不公开随机数")
	c.want("按规则作废")
	c.press("按规则作废本次抽取")
	wall.want("本次抽取已作废：企业代表未公开随机数")
	p.open("/rounds/" + round + "?later") // another address: the page may be kept for a minute
	p.want("企业代表未公开随机数")

	round = c.freezeAndHost()
	wall.open("/stage/" + round)
	var phones []*chromium
	for _, who := range []string{"县纪委监委派驻代表", "企业代表", "人大代表"} {
		phones = append(phones, c.witness(who, wall))
	}
	c.sealAndRoll()
	for _, p := range phones {
		p.press("公开我的随机数")
		p.want("与您封存的一致")
	}
	c.want("只能抽取一次")
	wall.want("现在还没有结果", "等待计算")
	c.press("抽取")
	wall.want("结果已由公式唯一确定", "共 6 行")
	for _, p := range append(phones, wall) {
		p.calm()
	}
	for _, p := range phones {
		p.want("与您封存的一致", "台账记下的是您公开的随机数", "封存的名单和规则就是您核对过的那一份")
	}
	c.press("打印抽取记录")
	c.want("随机抽取记录", "县纪委监委派驻代表")
	c.calm()
	w.must(s.stop())
}

// freezeAndHost freezes the list and opens the console.
func (c *chromium) freezeAndHost() string {
	c.t.Helper()
	c.open("/w/rounds")
	c.tick("window", "示例县")
	c.press("冻结名录")
	c.press("公开抽取：主持台")
	return strings.TrimSuffix(strings.TrimPrefix(c.read(`location.pathname`), "/w/rounds/"), "/console")
}

// sealAndRoll carries on from the console, which has seen by itself that all
// witnesses have committed.
func (c *chromium) sealAndRoll() {
	c.t.Helper()
	c.want("等待封存名单")
	c.press("封存名单和规则")
	c.fill("value", townDice)
	c.press("录入公开随机数")
}

// read evaluates a text on the page.
func (c *chromium) read(expression string) string {
	c.t.Helper()
	s, err := chromedp.Run(c.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		c.t.Fatalf("%s: %v\n%s", expression, err, c.screen())
	}
	return s
}

// witness invites somebody, whose telephone joins, finds the wall's
// fingerprint, and commits.
func (c *chromium) witness(who string, wall *chromium) *chromium {
	c.t.Helper()
	c.fill("who", who)
	c.press("邀请")
	link := c.read(`document.querySelector(".scan a").href`)
	p := newChromium(c.t, c.base)
	p.open(strings.TrimPrefix(link, c.base))
	p.want(who)
	p.press("加入见证")
	p.want("请看大屏")
	const print = `document.querySelector(".print").textContent.replace(/\s/g, "")`
	if got, want := p.read(print), wall.read(print); got != want || len(got) != 16 {
		c.t.Fatalf("the telephone of %s shows %s, the wall %s", who, got, want)
	}
	p.press("指纹一致，产生并封存")
	p.want("已封存，请保存凭条")
	wall.want(who)
	return p
}
