package main

// act is one thing that somebody does to a round, and what it leads to.
type act struct {
	name   string
	do     func(w *town)
	ledger bool // it makes an entry
}

// roundActs carry a round from its window to its teams, in the order of the
// work. Each begins where the one before has ended.
var roundActs = []act{
	{"freeze", func(w *town) {
		w.as("operator")
		w.open("/w/rounds")
		w.submit("冻结名录", "批次=…第 1 批次")
	}, false},
	{"seal", func(w *town) {
		w.openRound("operator")
		w.submit("封存名单和规则")
	}, true},
	{"roll", func(w *town) {
		w.openRound("operator")
		w.submit("录入公开随机数", "value="+townDice)
	}, true},
	{"draw", func(w *town) {
		w.openRound("operator")
		w.submit("抽取")
	}, true},
	{"remove", func(w *town) {
		w.as("list")
		w.open("/w/rounds/" + townRound + "/firms")
		w.must(w.b.click("查看", 2))
		w.submit("提出剔除，报第二人审批", "原因=已注销", "依据=登记机关查询", "证明附件=@"+w.proof())
	}, false},
	{"remove.approve", func(w *town) {
		w.as("leader")
		w.open("/w/rounds/" + townRound + "/firms")
		w.must(w.b.click("审批剔除", 1))
		w.submit("同意剔除")
	}, true},
	{"confirm", func(w *town) {
		w.as("list")
		w.open("/w/rounds/" + townRound + "/firms")
		w.submit("确认名单")
	}, false},
	{"freeze officers", func(w *town) {
		w.openRound("operator")
		w.submit("冻结人员名录")
	}, false},
	{"seal officers", func(w *town) {
		w.openRound("operator")
		w.submit("封存名单和规则")
	}, true},
	{"roll officers", func(w *town) {
		w.openRound("operator")
		w.submit("录入公开随机数", "value="+townDice)
	}, true},
	{"match", func(w *town) {
		w.openRound("operator")
		w.submit("抽取")
	}, true},
}

func (w *town) openRound(who string) {
	w.t.Helper()
	w.as(who)
	w.open("/w/rounds/" + townRound)
}

// proof writes the paper that shows why a firm is removed.
func (w *town) proof() string {
	return w.file("proof.pdf", []byte("%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\n%%EOF\n"))
}
