package agenda

import (
	"net/http"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/notice"
	"suiji/internal/page"
)

// shown is how many messages and deliveries a page has.
const shown = 100

type messagesPage struct {
	page.Base
	Messages []notice.Message
	Unread   int
	Email    string
	Mail     bool // e-mails are sent at all
	Log      bool // may see what left the house
}

func (s *Server) messages(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), counter.Actor(r)
	p := &messagesPage{Base: page.Base{Title: "消息"}, Mail: s.Notice.Out.SMTP != nil, Log: access.Allow(a, access.NoticeReplay)}
	var err error
	if p.Messages, p.Unread, err = s.Notice.Messages(ctx, a, shown); err != nil {
		return nil, err
	}
	p.Email, err = s.Notice.Address(ctx, a)
	return p, err
}

func (s *Server) read(r *http.Request) (string, error) {
	return "/w/messages", s.Notice.Read(r.Context(), counter.Actor(r), counter.Text(r, "message"))
}

func (s *Server) setAddress(r *http.Request) (string, error) {
	return "/w/messages", s.Notice.SetAddress(r.Context(), counter.Actor(r), counter.Text(r, "email"))
}

type deliveriesPage struct {
	page.Base
	Rows []delivery
	Off  bool // nothing may leave the house
}

type delivery struct {
	notice.Delivery
	Tag  page.Tag
	Name string // of the channel
}

func (s *Server) deliveries(r *http.Request) (page.Page, error) {
	list, err := s.Notice.Deliveries(r.Context(), counter.Actor(r), shown)
	if err != nil {
		return nil, err
	}
	p := &deliveriesPage{Base: page.Base{Title: "外发记录", Trail: []page.Link{{Word: "消息", Href: "/w/messages"}}}, Off: s.Notice.Out.SMTP == nil && s.Notice.Out.Webhook == nil}
	for _, d := range list {
		tag := map[string]page.Tag{"waiting": {Tone: page.Warn, Word: "等待发送"}, "sent": {Tone: page.OK, Word: "已送达"}, "failed": {Tone: page.Bad, Word: "已放弃"}}[d.State]
		p.Rows = append(p.Rows, delivery{d, tag, map[string]string{"mail": "邮件", "webhook": "Webhook"}[d.Channel]})
	}
	return p, nil
}

func (s *Server) replay(r *http.Request) (string, error) {
	return "/w/messages/deliveries", s.Notice.Replay(r.Context(), counter.Actor(r), r.PathValue("id"))
}
