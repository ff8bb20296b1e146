package casework

import (
	"context"
	"slices"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/inspection"
)

// Note is what was done about a result code, or said when an end was settled.
type Note struct {
	To        string        `json:"to,omitempty"`
	Number    string        `json:"number,omitempty"`
	Materials []string      `json:"materials,omitempty"`
	Receipt   string        `json:"receipt,omitempty"`
	Text      string        `json:"text"`
	On        calendar.Date `json:"on"`
}

// Ask is what the office has to do because of a result code (domain §3.6).
type Ask struct {
	What string
	To   string // who is told; empty: the register is brought up to date
}

// market is who keeps the list of irregular operations (经营异常名录).
const market = "市场监督管理部门"

// Asks reports what a result code asks for; false if nothing beyond its
// findings.
func Asks(c inspection.Code) (Ask, bool) { return asks(c) }

func asks(c inspection.Code) (Ask, bool) {
	switch c {
	case inspection.R2:
		return Ask{"责令公示，线索告知市场监管部门", market}, true
	case inspection.R3:
		return Ask{"弄虚作假的线索告知市场监管部门", market}, true
	case inspection.R4:
		return Ask{"无法联系的线索告知市场监管部门（经营异常名录）", market}, true
	case inspection.R7:
		return Ask{"核对名录：没有开展本次抽查涉及的经营活动", ""}, true
	case inspection.R9a, inspection.R9b, inspection.R9c, inspection.R9d, inspection.R9e:
		return Ask{"更新名录的登记状态：" + c.Name(), ""}, true
	}
	return Ask{}, false
}

// Tell records what was done about a result code: the lead that was sent, the
// change of the register that was proposed, or why nothing is needed.
func (s *Service) Tell(ctx context.Context, a access.Actor, k Key, done bool, n Note) error {
	return s.act(ctx, a, access.LeadNote, k, func(w *work) error {
		ask, ok := asks(inspection.Code(k.Ref))
		if !ok || w.form.State != inspection.Confirmed || !slices.Contains(w.form.Codes, inspection.Code(k.Ref)) {
			return errs.E(errs.Conflict, "这张检查表现在没有这个审核过的结果，没有任何改动")
		}
		if len(w.matters) > 0 {
			return w.not()
		}
		var r reader
		if done && ask.To != "" {
			n.To = r.need("to", "告知的部门", n.To, longLine)
			n.Number = r.need("number", "文书号", n.Number, longLine)
			n.Receipt = r.need("receipt", "签收人或回执", n.Receipt, longLine)
			r.materials(&n.Materials)
			n.Text = r.may("text", "说明", n.Text, longText)
		} else {
			n.To, n.Number, n.Receipt, n.Materials = "", "", "", nil
			n.Text = r.need("text", map[bool]string{true: "名录更新的情况", false: "不需要办理的理由"}[done], n.Text, longText)
		}
		r.day("on", "办理日期", n.On, w.form.EndedOn, w.today, "检查结束日期")
		if err := r.err(); err != nil {
			return err
		}
		m, err := w.add(Told, "", n.On, File{Note: &n})
		if err != nil {
			return err
		}
		ending, act, text := Done, "已办理", n.Text
		switch {
		case !done:
			ending, act = NotNeeded, "不需要办理"
		case n.To != "":
			act, text = "告知"+n.To, strings.TrimSpace(n.Number+"，材料："+strings.Join(n.Materials, "；")+"；签收："+n.Receipt+"。"+n.Text)
		}
		if err := w.end(m, ending, n.On); err != nil {
			return err
		}
		return w.step(m, act, text, n.On)
	})
}
