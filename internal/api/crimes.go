package api

import (
	"context"
	"net/http"
	"time"

	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/shape"
	"suiji/internal/token"
)

// further registers what else can be done about an end: reminders, what is
// settled at once, leads, who is responsible, and the police.
func (s *Server) further() {
	act := func(id, what, summary, about string, action access.Action) operation {
		return operation{id: id, method: http.MethodPost, path: "/office/followups/{form}/{ref}/" + what, tag: "办公", summary: summary, about: "须带 If-Match。" + about,
			scope: token.WriteFollowup, kinds: onCondition}.wants(action)
	}
	add(s, act("recordReminder", "reminder", "登记提醒企业", "", access.RectifyEdit), s.reminded)
	add(s, act("settleFollowup", "settle", "直接了结", "当场改正、不予处罚、经查不属实的；其余按步骤办理。录入后不能修改。", access.FindingClose), s.settle)
	add(s, act("recordLead", "lead", "登记线索、名录的办理", "结果代码要办的事：告知了谁，名录里改了什么，或者为什么不需要。", access.LeadNote), s.lead)
	add(s, act("assignFollowup", "person", "改由别人负责", "", access.FindingClose), s.assign)
	add(s, act("reportCrime", "crime", "报告涉嫌犯罪", "报局领导决定是否移送公安机关；3 日内决定。", access.HandoverEdit), s.reportCrime)
	add(s, act("decideCrime", "crime/decision", "决定是否移送公安机关", "由报告人以外的局领导决定。", access.PoliceDecide), s.decideCrime)
	add(s, act("deliverCrime", "crime/delivery", "登记移送公安机关", "批准以后 24 小时内；签收用 recordReceipt。", access.HandoverEdit), s.deliverCrime)
	add(s, act("recordCrimeAnswer", "crime/answer", "登记公安机关的答复", "", access.HandoverEdit), s.crimeAnswer)
}

func (s *Server) reminded(ctx context.Context, in *step[shape.Reminded]) (*tagged[shape.Followup], error) {
	on, err := day("on", in.Body.On)
	if err != nil {
		return nil, err
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.Remind(ctx, a, k, casework.Reminder{On: on, How: in.Body.How})
	})
}

func (s *Server) settle(ctx context.Context, in *step[shape.Settled]) (*tagged[shape.Followup], error) {
	on, err := day("on", in.Body.On)
	if err != nil {
		return nil, err
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.Settle(ctx, a, k, inspection.Closing{Outcome: inspection.Outcome(in.Body.Outcome), On: on, Note: in.Body.Note})
	})
}

func (s *Server) lead(ctx context.Context, in *step[shape.LeadNote]) (*tagged[shape.Followup], error) {
	b := in.Body
	on, err := day("on", b.On)
	if err != nil {
		return nil, err
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.Tell(ctx, a, k, b.Done, casework.Note{To: b.To, Number: b.Number, Materials: b.Materials, Receipt: b.Receipt, Text: b.Text, On: on})
	})
}

func (s *Server) assign(ctx context.Context, in *step[shape.Assigned]) (*tagged[shape.Followup], error) {
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error { return s.Casework.Assign(ctx, a, k, in.Body.Account) })
}

func (s *Server) reportCrime(ctx context.Context, in *step[shape.CrimeReport]) (*tagged[shape.Followup], error) {
	b := in.Body
	on, err := day("on", b.On)
	if err != nil {
		return nil, err
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.ReportCrime(ctx, a, k, casework.Report{Charge: b.Charge, Officers: b.Officers, Text: b.Text, On: on})
	})
}

func (s *Server) decideCrime(ctx context.Context, in *step[shape.Verdict]) (*tagged[shape.Followup], error) {
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.DecideCrime(ctx, a, k, in.Body.Approved, in.Body.Opinion)
	})
}

func (s *Server) deliverCrime(ctx context.Context, in *step[shape.CrimeDelivery]) (*tagged[shape.Followup], error) {
	b := in.Body
	at, err := time.Parse(time.RFC3339, b.At)
	if err != nil {
		return nil, errs.At("at", "应为 RFC 3339 的时刻，如 2022-06-14T09:30:00+08:00")
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.Deliver(ctx, a, k, casework.Delivery{To: b.To, Number: b.Number, At: at, Enclosed: b.Enclosed, Materials: b.Materials, Copied: b.Copied})
	})
}

func (s *Server) crimeAnswer(ctx context.Context, in *step[shape.CrimeAnswer]) (*tagged[shape.Followup], error) {
	b := in.Body
	on, err := day("on", b.On)
	if err != nil {
		return nil, err
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.PoliceReply(ctx, a, k, casework.PoliceAnswer{Answer: casework.Answer{On: on, Number: b.Number, Text: b.Text}, Filed: b.Filed})
	})
}
