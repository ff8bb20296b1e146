package scribe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
)

// Trouble is why a witness does not cosign. The zero Trouble is none.
type Trouble struct {
	Code   string // see troubles
	Detail string // what it answered, or what the network said
	Since  time.Time
}

// The codes of troubles.
const (
	unreachable = "unreachable"
	unknownLog  = "unknown-log"
	unknownKey  = "unknown-key"
	otherSize   = "other-size"
	badLine     = "bad-line"
	oddAnswer   = "odd-answer"
)

// troubles say what happened, and what the administrator is to do.
var troubles = map[string]struct{ says, cure string }{
	unreachable: {"连不上", "检查本机的网络和防火墙，以及 witnesses 文件里的网址；网址不对的，改正后重新启动服务。系统会一直再试"},
	unknownLog:  {"它没有登记过这本台账", "把台账名称 %s 和“核验方法”页上的整行验证密钥交给它的管理者登记"},
	unknownKey:  {"它不认这本台账的签名", "它登记的验证密钥不是现在这一把。请它的管理者用“核验方法”页上的整行验证密钥更正 %s 的登记"},
	otherSize:   {"它见过的台账与这里所知的不同", "系统会再试；一小时后仍然如此，请它的管理者核对 %s 的登记"},
	badLine:     {"它的联署签名不成立，没有采用", "witnesses 文件里它的验证密钥与它实际使用的不符。请与它的管理者另外联系，核对整行密钥；改正后重新启动服务"},
	oddAnswer:   {"它的回答不合规程", "请与它的管理者联系；也请核对 witnesses 文件里的网址是不是它的提交地址"},
}

// Says says what happened, as everybody may know it.
func (t Trouble) Says() string { return troubles[t.Code].says }

// Sentence says it with what the network said, for those who keep the
// installation.
func (t Trouble) Sentence() string {
	if t.Detail == "" {
		return t.Says()
	}
	return t.Says() + "（" + t.Detail + "）"
}

// Cure says what the administrator is to do, for the ledger of an authority.
func (t Trouble) Cure(authority string) string {
	cure := troubles[t.Code].cure
	if t.Code == unknownLog || t.Code == unknownKey || t.Code == otherSize {
		return fmt.Sprintf(cure, ledger.Origin(authority))
	}
	return cure
}

// refusal is a failed request to a witness, and what of it the administrator
// is told.
type refusal struct {
	code   string
	detail string
	err    error
}

// Error says what failed.
func (r refusal) Error() string { return r.err.Error() }

// Unwrap returns the cause.
func (r refusal) Unwrap() error { return r.err }

// away is a witness that cannot be reached.
func away(err error) error {
	detail := err.Error()
	var u *url.Error
	if errors.As(err, &u) {
		detail = u.Err.Error() // without the address, which the administrator knows
	}
	return refusal{unreachable, detail, err}
}

// refused tells what a witness's status means (C2SP tlog-witness).
func refused(res *http.Response) error {
	code := oddAnswer
	switch res.StatusCode {
	case http.StatusNotFound:
		code = unknownLog
	case http.StatusForbidden:
		code = unknownKey
	}
	return refusal{code, "回答是 " + res.Status, fmt.Errorf("it answers %s", res.Status)}
}

// troubleOf returns what of an error concerns a witness.
func troubleOf(err error) (t Trouble, known bool) {
	var r refusal
	var seen sawOther
	switch {
	case err == nil:
		return t, true
	case errors.As(err, &seen):
		return Trouble{Code: otherSize, Detail: fmt.Sprintf("%d 条", int64(seen))}, true
	case !errors.As(err, &r):
		return t, false
	}
	return Trouble{Code: r.code, Detail: r.detail}, true
}

// noted remembers what the database has of each witness, so that nothing is
// written while nothing changes.
type noted struct {
	mu sync.Mutex
	of map[string]Trouble
}

// remember keeps why a witness does not cosign, or that it does again.
func (s *Scribe) remember(ctx context.Context, authority string, w Witness, t Trouble) error {
	s.noted.mu.Lock()
	defer s.noted.mu.Unlock()
	key := authority + " " + w.id()
	if last, ok := s.noted.of[key]; ok && last == t {
		return nil
	}
	err := s.door.Keep(ctx, func(tx *store.DB) error {
		if t.Code == "" {
			_, err := tx.Exec(ctx, `
				DELETE FROM ledger_trouble
				WHERE authority_id = $1 AND witness = $2`, authority, w.id())
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO ledger_trouble (authority_id, witness, since, code, detail)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (authority_id, witness) DO UPDATE SET code = excluded.code, detail = excluded.detail`,
			authority, w.id(), s.now().UnixMilli(), t.Code, t.Detail)
		return err
	})
	if err == nil {
		s.noted.of[key] = t
	}
	return err
}

func scanTrouble(row store.Scanner) (t Trouble, err error) {
	var since int64
	err = row.Scan(&since, &t.Code, &t.Detail)
	t.Since = time.UnixMilli(since).UTC()
	return t, err
}

// trouble returns why a witness does not cosign; the zero Trouble if it does.
func (s *Scribe) trouble(ctx context.Context, authority string, w Witness) (Trouble, error) {
	t, err := store.One(ctx, s.db, scanTrouble, `
		SELECT since, code, detail
		FROM ledger_trouble
		WHERE authority_id = $1 AND witness = $2`, authority, w.id())
	if errs.KindOf(err) == errs.NotFound {
		return Trouble{}, nil
	}
	return t, err
}

// grace is how long a witness may fail before it is worth a word everywhere: a
// restart, a network that was down for minutes.
const grace = 10 * time.Minute

// Alarm returns the one sentence that the administrator and the auditor must
// not miss about the authority's ledger; empty if there is none.
func (s *Scribe) Alarm(ctx context.Context, authority string) (string, error) {
	if why := s.Stopped(authority); why != "" {
		return why, nil
	}
	for _, w := range s.witnesses {
		t, err := s.trouble(ctx, authority, w)
		if err != nil {
			return "", err
		}
		if t.Code != "" && s.now().Sub(t.Since) > grace {
			return "台账的外部见证方 " + w.Name() + " 没有联署：" + t.Sentence(), nil
		}
	}
	return "", nil
}
