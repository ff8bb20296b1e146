package main

import (
	"fmt"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/inspection"
)

// followed brings what a round found to its end, as far as the round's closing
// asks: rectifications, a case with its penalty and one that goes on, a transfer, the leads.
func (d *demo) followed(id string) error {
	ends, err := d.app.casework.Ends(d.ctx, demoAuthority, casework.Filter{Round: id})
	if err != nil {
		return err
	}
	after := d.day().AddDays(1) // the last visit
	cases, sent := 0, 0
	for i, e := range ends {
		d.on(after)
		k := casework.Key{Form: e.FormID, Ref: e.Ref}
		switch {
		case e.Kind == casework.Told:
			err = d.told(k)
		case e.Kind == casework.Rectify && sent == 0 && i > 1:
			sent, err = 1, d.transfer(k, i)
		case e.Kind == casework.Rectify && cases < 2 && i > 2:
			cases++
			err = d.punished(k, cases)
		case e.Kind == casework.Rectify && cases == 2: // goes on beyond the round
			cases, err = 3, d.app.casework.FileCase(d.ctx, d.as(access.Clerk), k, d.filing(3))
		case e.Kind == casework.Rectify:
			err = d.mended(k)
		}
		if err != nil {
			return fmt.Errorf("what follows %s %s: %w", e.FormID, e.Ref, err)
		}
	}
	return nil
}

func (d *demo) day() calendar.Date { return calendar.In(d.clock.at) }

// next is the key of an end as it stands now.
func (d *demo) next(k casework.Key) (casework.Key, error) {
	w, err := d.app.casework.Whole(d.ctx, demoAuthority, k.Form, k.Ref)
	return w.Key, err
}

// inTurn carries out acts on one end, each as it stands after the one before.
func (d *demo) inTurn(k casework.Key, acts ...func(casework.Key) error) error {
	for _, act := range acts {
		k, err := d.next(k)
		if err != nil {
			return err
		}
		if err := act(k); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) told(k casework.Key) error {
	ask, _ := casework.Asks(inspection.Code(k.Ref))
	n := casework.Note{On: d.day(), Text: "名录管理员已核对登记机关信息，更新了名录"}
	if ask.To != "" {
		n = casework.Note{On: d.day(), To: "示例县市场监督管理局", Number: "示例人社函〔" + fmt.Sprint(d.issued.Year()) + "〕" + k.Form[len(k.Form)-2:] + "号",
			Materials: []string{"检查记录表复印件", "现场照片 3 张"}, Receipt: "企业监管科 冯磊"}
	}
	return d.app.casework.Tell(d.ctx, d.as(access.Clerk), k, true, n)
}

// mended has the firm send its proof, and an officer look.
func (d *demo) mended(k casework.Key) error {
	f, err := d.app.inspection.Form(d.ctx, demoAuthority, k.Form)
	if err != nil {
		return err
	}
	c := d.app.casework
	return d.inTurn(k,
		func(k casework.Key) error {
			return c.Remind(d.ctx, d.as(access.Clerk), k, casework.Reminder{On: d.day(), How: "电话通知企业人事负责人，按期提交改正材料"})
		},
		func(casework.Key) error {
			var no int
			if _, err := fmt.Sscan(k.Ref, &no); err != nil {
				return err
			}
			return c.Submit(d.ctx, f, no, casework.Proof{Said: "已按要求改正，材料见附件。", Name: "改正材料.pdf", Body: onePage("Proof of rectification (sample) " + k.Form)})
		},
		func(k casework.Key) error {
			return c.Recheck(d.ctx, d.as(access.Clerk), k, casework.Recheck{On: d.day(), Pass: true, Note: "核对企业提交的材料原件，已按要求改正"})
		})
}

func (d *demo) transfer(k casework.Key, n int) error {
	c := d.app.casework
	return d.inTurn(k,
		func(k casework.Key) error {
			return c.Send(d.ctx, d.as(access.Clerk), k, casework.Department, casework.Handover{To: "国家税务总局示例县税务局", Matter: "检查发现未按规定申报缴纳社会保险费的线索",
				Number: fmt.Sprintf("示例人社移〔%d〕%d号", d.issued.Year(), n), On: d.day(), How: "直接送达", Materials: []string{"检查记录表", "工资发放表复印件", "参保人员名单"}})
		},
		func(k casework.Key) error {
			return c.Receive(d.ctx, d.as(access.Clerk), k, casework.Receipt{On: d.day(), Who: "社保费和非税收入股 韩梅", Number: "收字 17 号", FeedbackBy: d.day().AddDays(45)})
		})
}

func (d *demo) filing(no int) casework.Filing {
	return casework.Filing{Number: fmt.Sprintf("示例人社监立〔%d〕%d号", d.issued.Year(), no), Cause: "未依法订立书面劳动合同", Unit: "劳动保障监察大队",
		FiledOn: d.day(), Handlers: []string{"高建军", "何丽"}}
}

// punished carries a case to its penalty.
func (d *demo) punished(k casework.Key, no int) error {
	c, clerk := d.app.casework, d.as(access.Clerk)
	return d.inTurn(k,
		func(k casework.Key) error { return c.FileCase(d.ctx, clerk, k, d.filing(no)) },
		func(k casework.Key) error {
			return c.Hear(d.ctx, clerk, k, casework.Hearing{On: d.day(), How: "当面听取企业负责人", Said: "对事实没有异议，请求从轻处理"})
		},
		func(k casework.Key) error {
			return c.DraftPenalty(d.ctx, clerk, k, casework.Penalty{Number: fmt.Sprintf("示例人社监罚〔%d〕%d号", d.issued.Year(), no), DecidedOn: d.day(),
				Fact: "拒不改正未订立书面劳动合同的行为", Basis: "《劳动保障监察条例》第三十条", Kinds: "罚款", Amount: 500000, Class: casework.General, Months: 6})
		},
		func(k casework.Key) error { return c.CheckPenalty(d.ctx, d.as(access.Reviewer), k, true, "同意") })
}
