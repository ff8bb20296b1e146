package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"suiji/calendar"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/keep"
	"suiji/internal/store"
)

// link is an entry as the chain has it.
type link struct {
	id, actorID, actor, action, object string
	at                                 int64
	allowed                            bool
	key, hash                          *string
	no                                 *int64
}

const linkCols = `entry_id, at, actor_id, actor_name, action, object, allowed, request_key, no, hash`

func scanLink(row store.Scanner) (x link, err error) {
	err = row.Scan(&x.id, &x.at, &x.actorID, &x.actor, &x.action, &x.object, &x.allowed, &x.key, &x.no, &x.hash)
	return x, err
}

// after is the hash of x behind an entry with the hash before.
func (x link) after(authority string, no int64, before string) (string, error) {
	key := ""
	if x.key != nil {
		key = *x.key
	}
	raw, err := canon.JSON(map[string]any{"authority": authority, "no": no, "before": before, "id": x.id, "at": x.at, "actor": x.actorID, "name": x.actor,
		"action": x.action, "object": x.object, "allowed": x.allowed, "key": key})
	if err != nil {
		return "", err
	}
	h := sha256.Sum256(raw)
	return hex.EncodeToString(h[:]), nil
}

// batch is how many entries are linked in one transaction.
const batch = 500

// Link gives the entries that are not in the authority's chain yet their
// numbers, in the order of their times, and keeps the new head in the file
// beside the database. An act does not wait for it: acts of one authority would
// queue for the head.
func (d *Door) Link(ctx context.Context, authority string) error {
	for {
		n, err := d.linkSome(ctx, authority)
		if err != nil {
			return err
		}
		if n < batch {
			return d.keepHead(ctx, authority)
		}
	}
}

func (d *Door) linkSome(ctx context.Context, authority string) (n int, err error) {
	err = d.Keep(ctx, func(tx *store.DB) error {
		no, hash, err := head(ctx, tx, authority)
		if err != nil {
			return err
		}
		all, err := store.All(ctx, tx, scanLink, `
			SELECT `+linkCols+`
			FROM audit_entry
			WHERE authority_id = $1 AND no IS NULL
			ORDER BY at, entry_id
			LIMIT $2`, authority, batch)
		if err != nil {
			return err
		}
		n = len(all)
		for _, x := range all {
			no++
			if hash, err = x.after(authority, no, hash); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `
				UPDATE audit_entry
				SET no = $3, hash = $4
				WHERE authority_id = $1 AND entry_id = $2 AND no IS NULL`, authority, x.id, no, hash); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

type tip struct {
	no   int64
	hash string
}

func scanTip(row store.Scanner) (t tip, err error) {
	err = row.Scan(&t.no, &t.hash)
	return t, err
}

// head is the last number of an authority's chain and its hash.
func head(ctx context.Context, db *store.DB, authority string) (int64, string, error) {
	t, err := store.One(ctx, db, scanTip, `
		SELECT no, hash
		FROM audit_entry
		WHERE authority_id = $1 AND no IS NOT NULL
		ORDER BY no DESC
		LIMIT 1`, authority)
	if errs.KindOf(err) == errs.NotFound {
		err = nil
	}
	return t.no, t.hash, err
}

// Head returns the last number of an authority's chain and its hash; 0 while
// nothing is linked.
func (d *Door) Head(ctx context.Context, authority string) (int64, string, error) {
	return head(ctx, d.db, authority)
}

// Differs says how the chain differs from a head that somebody kept; empty: it
// does not.
func (d *Door) Differs(ctx context.Context, authority string, no int64, hash string) (string, error) {
	return d.differs(ctx, authority, tip{no, hash}, "台账")
}

// Chain is what an authority's log is found to be.
type Chain struct {
	Linked  int64
	Waiting int64  // not in the chain yet
	Head    string // hash of the last
	Broken  string // what is not as it was written; empty: nothing
}

// Check goes through an authority's chain and works every hash out anew; then it
// holds the chain to the head that was kept beside the database.
func (d *Door) Check(ctx context.Context, authority string) (Chain, error) {
	var c Chain
	err := store.Each(ctx, d.db, scanLink, func(x link) error {
		if x.no == nil {
			c.Waiting++
			return nil
		}
		if c.Broken != "" {
			return nil
		}
		want, err := x.after(authority, c.Linked+1, c.Head)
		if err != nil {
			return err
		}
		at := calendar.Clock(time.UnixMilli(x.at)).Format("2006-01-02 15:04:05")
		switch {
		case *x.no != c.Linked+1:
			c.Broken = fmt.Sprintf("第 %d 条不见了，后面是第 %d 条（%s，%s）", c.Linked+1, *x.no, at, x.actor)
		case x.hash == nil || *x.hash != want:
			c.Broken = fmt.Sprintf("第 %d 条（%s，%s，%s）与写入时不同，或者它前面的被改过", *x.no, at, x.actor, x.action)
		default:
			c.Linked, c.Head = *x.no, want
		}
		return nil
	}, `
		SELECT `+linkCols+`
		FROM audit_entry
		WHERE authority_id = $1
		ORDER BY no, entry_id`, authority)
	if err == nil && c.Broken == "" {
		c.Broken, err = d.againstKept(ctx, authority)
	}
	return c, err
}

// KeepHeads keeps the heads of the chains in files of a directory, so that a log
// that was cut off, or written anew from some entry on, shows.
func (d *Door) KeepHeads(dir string) { d.heads = dir }

func (d *Door) headPath(authority string) string { return filepath.Join(d.heads, authority+".audit") }

func (d *Door) readHead(authority string) (t tip, err error) {
	raw, err := os.ReadFile(d.headPath(authority))
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err == nil {
		_, err = fmt.Sscanf(string(raw), "%d %64s\n", &t.no, &t.hash)
	}
	return t, err
}

// keepHead writes the head down, if the chain still holds what was kept before.
func (d *Door) keepHead(ctx context.Context, authority string) error {
	if d.heads == "" {
		return nil
	}
	kept, err := d.readHead(authority)
	if err != nil {
		return err
	}
	no, hash, err := head(ctx, d.db, authority)
	if err != nil || no <= kept.no {
		return err
	}
	if why, err := d.differs(ctx, authority, kept, besides); err != nil || why != "" {
		return err // Check says so; what is kept stays as evidence
	}
	return keep.Put(d.headPath(authority), fmt.Appendf(nil, "%d %s\n", no, hash))
}

// besides is where the program keeps the heads itself.
const besides = "数据库旁边的文件"

// differs says how the chain differs from a head that was kept somewhere.
func (d *Door) differs(ctx context.Context, authority string, kept tip, where string) (string, error) {
	if kept.no == 0 {
		return "", nil
	}
	hash, err := store.One(ctx, d.db, store.Value[string], `
		SELECT coalesce(hash, '')
		FROM audit_entry
		WHERE authority_id = $1 AND no = $2`, authority, kept.no)
	if errs.KindOf(err) == errs.NotFound {
		return fmt.Sprintf("日志到过第 %d 条（记在%s里），现在没有这么多：被截短，或者数据库是从旧备份恢复的", kept.no, where), nil
	}
	if err == nil && hash != kept.hash {
		return fmt.Sprintf("第 %d 条与记在%s里的不同：它或它前面的被整段改写过", kept.no, where), nil
	}
	return "", err
}

func (d *Door) againstKept(ctx context.Context, authority string) (string, error) {
	if d.heads == "" {
		return "", nil
	}
	kept, err := d.readHead(authority)
	if err != nil {
		return "", err
	}
	return d.differs(ctx, authority, kept, besides)
}
