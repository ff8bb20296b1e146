package notice

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"
)

// mail sends a message to a person's address. Its Message-ID is the message's,
// so that a mail server that got it twice can tell.
func (s *Service) mail(ctx context.Context, d Delivery, m Message) error {
	if !s.mailable(d.email) {
		return fmt.Errorf("没有可以外发的收件地址")
	}
	msg := mail.NewMsg()
	if err := msg.From(s.Out.From); err != nil {
		return err
	}
	if err := msg.To(d.email); err != nil {
		return err
	}
	subject := "期限提醒："
	if m.Alarm() {
		subject = "安全告警："
	}
	msg.Subject(subject + m.Title)
	msg.SetMessageIDWithValue(m.ID + "@" + s.Out.SMTP.Hostname())
	msg.SetDateWithValue(m.At)
	msg.SetBodyString(mail.TypeTextPlain, s.plain(m))
	c, err := s.mailClient()
	if err != nil {
		return err
	}
	return c.DialAndSendWithContext(ctx, msg)
}

func (s *Service) mailClient() (*mail.Client, error) {
	u := s.Out.SMTP
	opts := []mail.Option{mail.WithTimeout(patience), mail.WithTLSPolicy(mail.TLSMandatory), mail.WithDialContextFunc(dial(u.Scheme == "smtps"))}
	switch {
	case u.Scheme == "smtps":
		opts = append(opts, mail.WithSSL())
	case u.Query().Get("tls") == "none": // a relay on the same machine
		opts = append(opts, mail.WithTLSPolicy(mail.NoTLS))
	}
	if port, err := strconv.Atoi(u.Port()); err == nil {
		opts = append(opts, mail.WithPort(port))
	}
	if password, ok := u.User.Password(); ok {
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	return mail.NewClient(u.Hostname(), opts...)
}

// dial connects for as long as its context lasts, and hangs up then: the
// module waits for a server's greeting without end.
func dial(secure bool) mail.DialContextFunc {
	return func(ctx context.Context, network, address string) (c net.Conn, err error) {
		if secure {
			c, err = (&tls.Dialer{}).DialContext(ctx, network, address)
		} else {
			c, err = (&net.Dialer{}).DialContext(ctx, network, address)
		}
		if err == nil {
			context.AfterFunc(ctx, func() { _ = c.Close() }) // what was going on there fails
		}
		return c, err
	}
}

// plain is a message as it may leave the house: what kind of thing is due and
// when; no firm, no officer.
func (s *Service) plain(m Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s（%s）\n\n", m.Title, m.Day)
	for _, l := range m.Lines {
		if m.Alarm() {
			fmt.Fprintf(&b, "- %s\n", l.Plain)
			continue
		}
		fmt.Fprintf(&b, "- %s：最后一天 %s，%s\n", l.Plain, l.Due, l.Left)
	}
	fmt.Fprintf(&b, "\n请登录办理：%s/w/messages\n", s.Out.BaseURL)
	return b.String()
}

// hook posts a message to the office's webhook, signed as Standard Webhooks
// has it: HMAC-SHA256 of id, time and body. The id stays the same however
// often it is sent.
func (s *Service) hook(ctx context.Context, authority string, m Message) error {
	if s.Out.Webhook == nil {
		return fmt.Errorf("没有设置 webhook")
	}
	type line struct {
		Kind string `json:"kind"`
		Due  string `json:"due"`
		Left string `json:"left"`
	}
	data := struct {
		Authority string `json:"authority"`
		Account   string `json:"account"`
		Day       string `json:"day"`
		Title     string `json:"title"`
		Lines     []line `json:"lines"`
		Link      string `json:"link"`
	}{Authority: authority, Account: m.Account, Day: m.Day, Title: m.Title, Link: s.Out.BaseURL + "/w/messages"}
	for _, l := range m.Lines {
		data.Lines = append(data.Lines, line{l.Plain, l.Due, l.Left})
	}
	what := "notice.due"
	if m.Alarm() {
		what = "notice.alarm"
	}
	body, err := json.Marshal(map[string]any{"type": what, "timestamp": m.At, "data": data})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Out.Webhook.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	at := strconv.FormatInt(s.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("webhook-id", m.ID)
	req.Header.Set("webhook-timestamp", at)
	req.Header.Set("webhook-signature", Sign(s.Out.Secret, m.ID, at, body))
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close() // only its status counts
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("对方回答 %s", res.Status)
	}
	return nil
}

// Sign is the signature of what goes to a webhook.
func Sign(secret []byte, id, at string, body []byte) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(id + "." + at + "."))
	h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}
