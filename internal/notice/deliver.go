package notice

import (
	"context"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/store"
)

// Outgoing says what may leave the house. The zero value lets nothing out.
type Outgoing struct {
	SMTP    *url.URL // smtp://user:password@host:port or smtps://…; nil: no e-mail
	From    string   // the sender's address
	Webhook *url.URL // nil: none
	Secret  []byte   // signs what goes to the webhook
	Allowed []string // hosts that may be spoken to, and domains of addresses; nothing else is
	BaseURL string   // of this program, for the link back
}

// Check refuses settings that could not work or would let out too much.
func (o Outgoing) Check() error {
	for _, u := range []*url.URL{o.SMTP, o.Webhook} {
		if u != nil && !slices.Contains(o.Allowed, u.Hostname()) {
			return errs.E(errs.Invalid, fmt.Sprintf("外发的主机 %s 不在 SUIJI_OUTGOING 里，没有启动。请核对后把它写进去", u.Hostname()))
		}
	}
	if o.SMTP != nil {
		if from, err := netmail.ParseAddress(o.From); err != nil || from.Address != o.From {
			return errs.E(errs.Invalid, "SUIJI_MAIL_FROM 应是发件邮箱地址，没有启动")
		}
	}
	if o.Webhook != nil && len(o.Secret) < 24 {
		return errs.E(errs.Invalid, "SUIJI_WEBHOOK_SECRET 应是 whsec_ 和至少 24 字节的 base64，没有启动")
	}
	return nil
}

// mailable reports whether e-mails may go to an address.
func (s *Service) mailable(email string) bool {
	a, err := netmail.ParseAddress(email)
	if s.Out.SMTP == nil || err != nil || a.Address != email || strings.ContainsAny(email, "\r\n") {
		return false
	}
	return slices.Contains(s.Out.Allowed, strings.ToLower(email[strings.LastIndexByte(email, '@')+1:]))
}

// waits are the times between tries: eight in 24 hours.
var waits = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 7 * time.Hour, 12*time.Hour + 39*time.Minute}

// patience is how long one try may take.
const patience = 20 * time.Second

// Delivery is one message on its way out.
type Delivery struct {
	ID       string
	Message  string
	To       string // name of the account
	Channel  string // mail, webhook
	State    string // waiting, sent, failed
	Tries    int
	NextAt   time.Time
	MadeAt   time.Time
	Attempts []Attempt // the newest first
	email    string
	account  string
}

// Attempt is one try and what came of it.
type Attempt struct {
	At     time.Time
	Answer string // empty: accepted
}

// enqueue notes what of a message leaves the house, in the transaction that
// makes it.
func (s *Service) enqueue(ctx context.Context, tx *store.DB, a identity.Account, message string, now time.Time) error {
	var channels []string
	if s.Out.Webhook != nil {
		channels = append(channels, "webhook")
	}
	email, err := store.One(ctx, tx, store.Value[string], `
		SELECT email
		FROM notice_address
		WHERE authority_id = $1 AND account_id = $2`, a.Authority, a.ID)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	if s.mailable(email) {
		channels = append(channels, "mail")
	}
	for _, c := range channels {
		if _, err := tx.Exec(ctx, `
			INSERT INTO notice_delivery (authority_id, delivery_id, message_id, channel, state, tries, next_at, made_at)
			VALUES ($1, $2, $3, $4, 'waiting', 0, $5, $5)`, a.Authority, store.NewID(now), message, c, now.UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}

const deliverySelect = `
	SELECT d.delivery_id, d.message_id, d.channel, d.state, d.tries, d.next_at, d.made_at, a.account_id, a.name, coalesce(m.email, '')
	FROM notice_delivery d
	JOIN notice_message n ON n.authority_id = d.authority_id AND n.message_id = d.message_id
	JOIN identity_account a ON a.authority_id = n.authority_id AND a.account_id = n.account_id
	LEFT JOIN notice_address m ON m.authority_id = a.authority_id AND m.account_id = a.account_id`

func scanDelivery(row store.Scanner) (d Delivery, err error) {
	var next, made int64
	err = row.Scan(&d.ID, &d.Message, &d.Channel, &d.State, &d.Tries, &next, &made, &d.account, &d.To, &d.email)
	d.NextAt, d.MadeAt = time.UnixMilli(next).UTC(), time.UnixMilli(made).UTC()
	return d, err
}

// Deliver tries what is waiting. A channel that does not answer holds up
// nothing else: it is left alone until the next call.
func (s *Service) Deliver(ctx context.Context, authority string) error {
	now := s.Now()
	due, err := store.All(ctx, s.DB, scanDelivery, deliverySelect+`
		WHERE d.authority_id = $1 AND d.state = 'waiting' AND (d.next_at <= $2 OR d.next_at > $3)
		ORDER BY d.next_at, d.delivery_id
		LIMIT 200`, authority, now.UnixMilli(), now.Add(24*time.Hour).UnixMilli())
	if err != nil {
		return err
	}
	down := map[string]bool{}
	for _, d := range due {
		if down[d.Channel] {
			continue
		}
		mine, err := s.claim(ctx, authority, d)
		if err != nil {
			return err
		}
		if !mine {
			continue
		}
		answer := s.send(ctx, authority, d)
		if answer != nil && ctx.Err() != nil {
			return ctx.Err() // claimed: tried again when the claim is over
		}
		var silent net.Error
		down[d.Channel] = errors.As(answer, &silent) || errors.Is(answer, context.DeadlineExceeded)
		if err := s.noted(ctx, authority, d, answer); err != nil {
			return err
		}
	}
	return nil
}

// claim gives this node a minute for one try: whoever finds the row as it was
// read has it.
func (s *Service) claim(ctx context.Context, authority string, d Delivery) (mine bool, err error) {
	err = s.Door.Keep(ctx, func(tx *store.DB) error {
		n, err := tx.Exec(ctx, `
			UPDATE notice_delivery
			SET next_at = $4, tries = tries + 1
			WHERE authority_id = $1 AND delivery_id = $2 AND state = 'waiting' AND tries = $3 AND next_at = $5`,
			authority, d.ID, d.Tries, s.Now().Add(time.Minute).UnixMilli(), d.NextAt.UnixMilli())
		mine = n == 1
		return err
	})
	return mine, err
}

func (s *Service) send(ctx context.Context, authority string, d Delivery) error {
	m, err := store.One(ctx, s.DB, scanMessage, `
		SELECT `+messageCols+`
		FROM notice_message
		WHERE authority_id = $1 AND message_id = $2`, authority, d.Message)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if d.Channel == "mail" {
		return s.mail(limited, d, m)
	}
	return s.hook(limited, authority, m)
}

// noted writes down what came of a try, also by a server that is stopping, which
// waits for that no longer than a try may take. A node that slept through its
// minute finds another's claim: that what it sent arrived counts all the same,
// that it did not is the other's to find out.
func (s *Service) noted(ctx context.Context, authority string, d Delivery, answer error) error {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	now := s.Now()
	state, next, words := "sent", now, ""
	if answer != nil {
		state, words = "waiting", shorten(answer.Error())
		if d.Tries < len(waits) {
			next = now.Add(waits[d.Tries])
		} else {
			state = "failed"
		}
	}
	return s.Door.Keep(limited, func(tx *store.DB) error {
		if _, err := tx.Exec(limited, `
			UPDATE notice_delivery
			SET state = $3, next_at = $4
			WHERE authority_id = $1 AND delivery_id = $2 AND state = 'waiting' AND (tries = $5 OR $3 = 'sent')`,
			authority, d.ID, state, next.UnixMilli(), d.Tries+1); err != nil {
			return err
		}
		_, err := tx.Exec(limited, `
			INSERT INTO notice_attempt (authority_id, delivery_id, no, at, answer)
			SELECT $1, $2, count(*) + 1, $3, $4
			FROM notice_attempt
			WHERE authority_id = $1 AND delivery_id = $2`, authority, d.ID, now.UnixMilli(), words)
		return err
	})
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}

// Deliveries returns what left the house or did not, the newest first.
func (s *Service) Deliveries(ctx context.Context, a access.Actor, limit int) ([]Delivery, error) {
	if !access.Allow(a, access.NoticeReplay) {
		return nil, errs.E(errs.Forbidden, "外发记录由系统管理员查看")
	}
	list, err := store.All(ctx, s.DB, scanDelivery, deliverySelect+`
		WHERE d.authority_id = $1
		ORDER BY d.made_at DESC, d.delivery_id DESC
		LIMIT $2`, a.Authority, limit)
	for i := range list {
		if err != nil {
			break
		}
		list[i].Attempts, err = store.All(ctx, s.DB, func(row store.Scanner) (x Attempt, err error) {
			var at int64
			err = row.Scan(&at, &x.Answer)
			x.At = time.UnixMilli(at).UTC()
			return x, err
		}, `
			SELECT at, answer
			FROM notice_attempt
			WHERE authority_id = $1 AND delivery_id = $2
			ORDER BY no DESC
			LIMIT 10`, a.Authority, list[i].ID)
	}
	return list, err
}

// Replay sends something again that was sent or given up.
func (s *Service) Replay(ctx context.Context, a access.Actor, id string) error {
	return s.Door.Do(ctx, a, access.NoticeReplay, id, func(tx *store.DB) error {
		n, err := tx.Exec(ctx, `
			UPDATE notice_delivery
			SET state = 'waiting', tries = 0, next_at = $3
			WHERE authority_id = $1 AND delivery_id = $2 AND state <> 'waiting'`, a.Authority, id, s.Now().UnixMilli())
		if err == nil && n == 0 {
			return errs.E(errs.Conflict, "没有重发：这一条正在等待发送，或者不存在")
		}
		return err
	})
}
