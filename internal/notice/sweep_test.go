package notice_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/identity"
	"suiji/internal/notice"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// people gives the office an account a role; roundtest's actors act as them.
func (o *office) people() {
	for _, r := range access.Roles {
		a := roundtest.As(r.Role)
		o.Must(o.Identity.AddAccount(context.Background(), roundtest.As(access.Admin),
			identity.Account{ID: a.ID, Username: a.ID, Name: a.Name, Roles: a.Roles}, "Correct-Horse-7"))
	}
}

// drawn has a round whose firms are to be confirmed by 2022-06-13, and people.
func drawn(t *testing.T, db *store.DB) *office {
	t.Helper()
	o := newOffice(t, db)
	o.people()
	o.Firms(100)
	o.Carry(o.Freeze(o.Publish(nil), 1, "2022-06-09"))
	return o
}

func (o *office) messages(t *testing.T, role access.Role) []notice.Message {
	t.Helper()
	list, _, err := o.Notice.Messages(t.Context(), roundtest.As(role), 100)
	o.Must(err)
	return list
}

func (o *office) sweep(t *testing.T, day string) {
	t.Helper()
	o.On(day)
	o.Must(o.Notice.Sweep(t.Context(), roundtest.Authority))
}

// told lists the days on which somebody was told of a thing.
func (o *office) told(t *testing.T, role access.Role, what string) string {
	t.Helper()
	var days []string
	for _, m := range o.messages(t, role) {
		for _, l := range m.Lines {
			if strings.Contains(l.What, what) {
				days = append([]string{m.Day}, days...)
			}
		}
	}
	return strings.Join(days, " ")
}

// Day by day, each look twice: told 7, 3 and 1 days before and the day after,
// the leader only then; however often the sweep runs, one message a day.
func TestReminders(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.people()
		o.Firms(100)
		o.Publish(nil)
		for d := calendar.MustParse("2022-05-20"); d.Before(calendar.MustParse("2022-08-10")); d = d.AddDays(1) {
			o.sweep(t, d.String())
			o.sweep(t, d.String())
		}
		if got, want := o.told(t, access.Operator, "第 1 批次检查期开始"), "2022-05-25 2022-05-29 2022-05-31"; got != want {
			t.Errorf("of the window's beginning: %s, want %s", got, want)
		}
		if got, want := o.told(t, access.Operator, "第 1 批次尚未抽取"), "2022-07-24 2022-07-28 2022-07-30 2022-08-01"; got != want {
			t.Errorf("of its end: %s, want %s", got, want)
		}
		if got, want := o.told(t, access.Leader, "第 1 批次尚未抽取"), "2022-08-01"; got != want {
			t.Errorf("the leader: %s, want %s", got, want)
		}
		if got := o.told(t, access.Reviewer, "第 1 批次"); got != "" {
			t.Errorf("the reviewer, whose matter it is not: %s", got)
		}
		seen := map[string]bool{}
		for _, m := range o.messages(t, access.Operator) {
			if seen[m.Day] {
				t.Errorf("two messages on %s", m.Day)
			}
			seen[m.Day] = true
		}
	})
}

// After three days without the program one message names all.
func TestOutage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := drawn(t, db)
		o.sweep(t, "2022-06-10") // three days left: told
		o.sweep(t, "2022-06-14") // 12 (one day left) was slept through
		list := o.messages(t, access.ListAdmin)
		if len(list) != 2 || len(list[0].Lines) != 1 || !list[0].Lines[0].Late || list[0].Title != "1 项期限要办，其中 1 项已超期" {
			t.Errorf("after the outage: %+v, want one message of the one thing, late", list)
		}
		o.Notice = o.node(db) // a restart
		o.sweep(t, "2022-06-14")
		if n := len(o.messages(t, access.ListAdmin)); n != 2 {
			t.Errorf("after a restart: %d messages, want 2", n)
		}
		if n := len(o.messages(t, access.Leader)); n != 1 {
			t.Errorf("the leader has %d messages, want the one of what is late", n)
		}
	})
}

// Many nodes on one database at once make one message a person.
func TestNodes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := drawn(t, db)
		o.On("2022-06-14")
		var wg sync.WaitGroup
		for range 6 {
			n := o.node(db)
			wg.Go(func() {
				for range 3 {
					if err := n.Sweep(context.Background(), roundtest.Authority); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for _, r := range []access.Role{access.ListAdmin, access.Leader} {
			if n := len(o.messages(t, r)); n != 1 {
				t.Errorf("%s has %d messages, want 1", r, n)
			}
		}
	})
}

// A clock that ran ahead and back makes nobody deaf; a node that died in its
// sweep holds up the others for the lease only.
func TestClock(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := drawn(t, db)
		o.sweep(t, "2025-06-09")
		o.sweep(t, "2022-06-10")
		if got := o.told(t, access.ListAdmin, "比对"); !strings.Contains(got, "2022-06-10") {
			t.Errorf("after the clock came back: told on %s, want 2022-06-10 too", got)
		}
		o.At(calendar.MustParse("2022-06-12").Start().Add(7 * time.Hour))
		o.Must(o.Notice.Sweep(t.Context(), roundtest.Authority))
		if got := o.told(t, access.ListAdmin, "比对"); strings.Contains(got, "2022-06-12") {
			t.Errorf("told before eight in the morning: %s", got)
		}
		o.On("2022-06-12")
		lease := func(until time.Time) {
			o.Must(o.Door.Keep(t.Context(), func(tx *store.DB) error {
				_, err := tx.Exec(t.Context(), `
					UPDATE notice_lease
					SET holder = 'dead', until = $1`, until.UnixMilli())
				return err
			}))
		}
		lease(o.Now().Add(time.Minute))
		o.sweep(t, "2022-06-12")
		if got := o.told(t, access.ListAdmin, "比对"); strings.Contains(got, "2022-06-12") {
			t.Errorf("swept under another's lease: %s", got)
		}
		o.At(o.Now().Add(2 * time.Minute))
		o.Must(o.Notice.Sweep(t.Context(), roundtest.Authority))
		if got := o.told(t, access.ListAdmin, "比对"); !strings.Contains(got, "2022-06-12") {
			t.Errorf("after the lease: told on %s, want 2022-06-12 too", got)
		}
		lease(o.Now().AddDate(3, 0, 0))
		o.sweep(t, "2022-06-14")
		if got := o.told(t, access.ListAdmin, "比对"); !strings.Contains(got, "2022-06-14") {
			t.Errorf("a lease of a wrong clock holds: told on %s", got)
		}
	})
}

// hook lets what is due go to a server, and returns it as a node.
func (o *office) hook(t *testing.T, address string) {
	t.Helper()
	u, err := url.Parse(address)
	o.Must(err)
	o.Notice.Out = notice.Outgoing{Webhook: u, Secret: []byte("a secret of at least 24 bytes"), Allowed: []string{u.Hostname()}, BaseURL: "https://suiji.example"}
	o.Must(o.Notice.Out.Check())
}

func (o *office) deliver(t *testing.T) []notice.Delivery {
	t.Helper()
	o.Must(o.Notice.Deliver(t.Context(), roundtest.Authority))
	list, err := o.Notice.Deliveries(t.Context(), roundtest.As(access.Admin), 100)
	o.Must(err)
	return list
}

// The webhook is signed, tried eight times in a day, given up, and sent again by
// hand under the same id; it names no firm.
func TestWebhook(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := drawn(t, db)
		refuse, ids, bodies := true, []string{}, ""
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			h := hmac.New(sha256.New, []byte("a secret of at least 24 bytes"))
			fmt.Fprintf(h, "%s.%s.%s", r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), body)
			if got := r.Header.Get("webhook-signature"); got != "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)) {
				t.Errorf("signature %s is wrong", got)
			}
			ids, bodies = append(ids, r.Header.Get("webhook-id")), bodies+string(body)
			if refuse {
				http.Error(w, "no", http.StatusServiceUnavailable)
			}
		}))
		defer srv.Close()
		o.hook(t, srv.URL)
		o.sweep(t, "2022-06-10") // the list administrator's alone
		start := o.Now()
		for o.Now().Before(start.Add(30 * time.Hour)) {
			o.deliver(t)
			o.At(o.Now().Add(10 * time.Minute))
		}
		list := o.deliver(t)
		if len(list) != 1 || list[0].State != "failed" || len(ids) != 8 || len(list[0].Attempts) != 8 {
			t.Fatalf("%d tries, %+v; want 8 and given up", len(ids), list)
		}
		if last := list[0].Attempts[0].At.Sub(start); last < 23*time.Hour || last > 26*time.Hour {
			t.Errorf("the last try came after %s, want 24 hours", last)
		}
		refuse = false
		o.Must(o.Notice.Replay(t.Context(), roundtest.As(access.Admin), list[0].ID))
		if o.Notice.Replay(t.Context(), roundtest.As(access.Admin), list[0].ID) == nil {
			t.Error("what waits was sent again")
		}
		if o.Notice.Replay(t.Context(), roundtest.As(access.Clerk), list[0].ID) == nil {
			t.Error("a clerk sent it again")
		}
		if list = o.deliver(t); list[0].State != "sent" || ids[8] != ids[0] {
			t.Errorf("after the replay: %+v, ids %v", list, ids)
		}
		if !strings.Contains(bodies, "比对确认") || strings.Contains(bodies, "公司") {
			t.Errorf("what left the house: %s", bodies)
		}
	})
}

// Two nodes send what waits once.
func TestDeliveredOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := drawn(t, db)
		var mu sync.Mutex
		n := 0
		srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			mu.Lock()
			n++
			mu.Unlock()
		}))
		defer srv.Close()
		o.hook(t, srv.URL)
		o.sweep(t, "2022-06-14")
		want := len(o.messages(t, access.ListAdmin)) + len(o.messages(t, access.Leader))
		var wg sync.WaitGroup
		for range 4 {
			other := o.node(db)
			other.Out = o.Notice.Out
			wg.Go(func() {
				if err := other.Deliver(context.Background(), roundtest.Authority); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n != want {
			t.Errorf("%d deliveries, want %d", n, want)
		}
	})
}

// A mail server that refuses or hangs keeps the mail waiting and the sweep
// going; nothing goes to addresses outside the list.
func TestMail(t *testing.T) {
	o := drawn(t, storetest.SQLite(t))
	if o.Notice.SetAddress(t.Context(), roundtest.As(access.ListAdmin), "a@bureau.example") == nil {
		t.Error("an address was taken though no e-mail is sent")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	o.Must(err)
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(c, "554 no service\r\n")
			c.Close()
		}
	}()
	u, err := url.Parse("smtp://" + l.Addr().String() + "?tls=none")
	o.Must(err)
	o.Notice.Out = notice.Outgoing{SMTP: u, From: "suiji@bureau.example", Allowed: []string{"127.0.0.1", "bureau.example"}}
	o.Must(o.Notice.Out.Check())
	for _, bad := range []string{"a@elsewhere.example", "A <a@bureau.example>", "a@bureau.example\r\nBcc: b@bureau.example", "nobody"} {
		if o.Notice.SetAddress(t.Context(), roundtest.As(access.ListAdmin), bad) == nil {
			t.Errorf("%q was taken as an address", bad)
		}
	}
	o.Must(o.Notice.SetAddress(t.Context(), roundtest.As(access.ListAdmin), "a@bureau.example"))
	o.sweep(t, "2022-06-10")
	list := o.deliver(t)
	if len(list) != 1 || list[0].State != "waiting" || len(list[0].Attempts) != 1 || list[0].Attempts[0].Answer == "" {
		t.Errorf("refused: %+v, want it waiting with the answer", list)
	}
	hang, err := net.Listen("tcp", "127.0.0.1:0")
	o.Must(err)
	defer hang.Close()
	o.Notice.Out.SMTP, err = url.Parse("smtp://" + hang.Addr().String() + "?tls=none")
	o.Must(err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	o.At(o.Now().Add(2 * time.Minute))
	if err := o.Notice.Deliver(ctx, roundtest.Authority); err == nil {
		t.Error("a server that hangs did not stop with its context")
	}
	o.sweep(t, "2022-06-12")
	if n := len(o.messages(t, access.ListAdmin)); n != 2 {
		t.Errorf("%d messages in the program, want 2", n)
	}
}

// Without settings nothing leaves; with a host that is not listed nothing starts.
func TestNothingLeavesUnlisted(t *testing.T) {
	u, _ := url.Parse("https://hooks.example/x")
	if (notice.Outgoing{Webhook: u, Secret: make([]byte, 32)}).Check() == nil {
		t.Error("a host outside the list was taken")
	}
	if err := (notice.Outgoing{}).Check(); err != nil {
		t.Error(err)
	}
}
