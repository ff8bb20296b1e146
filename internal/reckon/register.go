package reckon

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"

	"suiji/internal/canon"
	"suiji/internal/register"
	"suiji/internal/store"
	"suiji/ledger"
)

// registers works out every version of the three lists.
func (r *run) registers() error {
	for _, check := range []func() error{
		func() error { return list(r, register.TargetBook, "register_target") },
		func() error { return list(r, register.OfficerBook, "register_officer") },
		func() error { return list(r, register.ItemBook, "register_item") },
		func() error { return r.children("register_target", "target_id", "tags", "register_target_tag", "tag") },
		func() error {
			return r.children("register_officer", "officer_id", "fields", "register_officer_field", "field")
		},
		r.points,
	} {
		if err := check(); err != nil {
			r.differs(nil, "register", "读不出来：%v", err)
		}
	}
	return r.ctx.Err()
}

// span is one line of a list, and the versions in which it stands there.
type span struct {
	id          string
	digest      [sha256.Size]byte
	from, until int64
}

// list holds each record to its stored digest, and the lines of each version
// to the root in the ledger.
func list[T register.Record[T]](r *run, b register.Book[T], table string) error {
	versions, err := r.Register.Versions(r.ctx, r.authority, b.List, math.MaxInt32)
	if err != nil {
		return err
	}
	var spans []span
	end := map[string]int64{} // until when the states of a record are known
	err = b.EachState(r.ctx, r.DB, r.authority, func(k register.Kept[T]) error {
		id := k.Record.Key()
		record := fmt.Sprintf("%s %s（第 %d 版起）", table, id, k.From)
		sum := sha256.Sum256(k.Record.Canonical(nil))
		r.want(bytes.Equal(sum[:], k.Digest), nil, record, "内容与它的指纹不符")
		if before, ok := end[id]; ok {
			r.want(before == k.From, nil, record, "前一状态不是止于这一版")
		}
		if end[id] = k.Until; k.Until == 0 {
			end[id] = math.MaxInt64
		}
		if k.Record.InForce() {
			spans = append(spans, span{id, sum, k.From, k.Until})
		}
		r.counted(table)
		return nil
	})
	if err != nil {
		return err
	}
	for id, until := range end {
		r.want(until == math.MaxInt64, nil, table+" "+id, "只有历史，没有现状")
	}
	subject := fmt.Sprintf("%s.register.%s", r.authority, b.List)
	for i, v := range versions { // the newest first
		record := fmt.Sprintf("register_version %s 第 %d 版", b.List, v.Number)
		e := r.version(subject, v.Number, record)
		if e == nil {
			continue
		}
		r.want(e.text("list") == string(b.List) && e.text("root") == v.Root && e.number("count") == int64(v.Count), e, record, "记录数或根与台账不符")
		r.want(e.near(v.At), e, record, "时间与台账不符")
		if i == 0 || !v.Effective.Zero() { // before that, past states were not kept
			count, root := rootAt(spans, v.Number)
			r.want(count == v.Count && root == e.text("root"), e, record,
				"按数据库里的记录算出 %d 条、根 %.12s…，台账上是 %d 条、%.12s…", count, root, e.number("count"), e.text("root"))
		}
		r.counted("register_version")
	}
	return nil
}

// version claims the entry of one version.
func (r *run) version(subject string, no int64, record string) *entry {
	for _, e := range r.all(subject, ledger.RegisterVersioned) {
		if !e.claimed && e.number("version") == no {
			e.claimed = true
			return e
		}
	}
	r.differs(nil, record, "台账里没有这一版")
	return nil
}

// rootAt works out the root of one version's lines.
func rootAt(spans []span, version int64) (int, string) {
	root := canon.NewRoot(canon.SHA256)
	var buf []byte
	for _, s := range spans {
		if s.from <= version && (s.until == 0 || s.until > version) {
			buf = append(append(buf[:0], s.id...), '\t')
			root.Add(hex.AppendEncode(buf, s.digest[:]))
		}
	}
	return root.Count(), hex.EncodeToString(root.Sum())
}

// children holds the rows by which records are chosen to the records.
func (r *run) children(table, id, column, child, value string) error {
	bad, err := store.All(r.ctx, r.DB, store.Value[string], `
		SELECT t.`+id+`
		FROM `+table+` t
		WHERE t.authority_id = $1 AND t.`+column+` <> coalesce((
			SELECT string_agg(c.`+value+`, $2 ORDER BY c.`+value+`)
			FROM `+child+` c
			WHERE c.authority_id = t.authority_id AND c.`+id+` = t.`+id+`), '')
		UNION
		SELECT c.`+id+`
		FROM `+child+` c
		WHERE c.authority_id = $1 AND NOT EXISTS (
			SELECT 1
			FROM `+table+` t
			WHERE t.authority_id = c.authority_id AND t.`+id+` = c.`+id+`)
		ORDER BY 1`, r.authority, "\n")
	for _, x := range bad {
		r.differs(nil, child+" "+x, "与 %s 里写的不符", table)
	}
	return err
}

// points finds points of items that are no state's: a state's own are in its
// digest.
func (r *run) points() error {
	bad, err := store.All(r.ctx, r.DB, store.Value[string], `
		SELECT p.item_id
		FROM register_item_point p
		WHERE p.authority_id = $1 AND NOT EXISTS (
			SELECT 1
			FROM register_item i
			WHERE i.authority_id = p.authority_id AND i.item_id = p.item_id)
		UNION
		SELECT p.item_id
		FROM register_item_past_point p
		WHERE p.authority_id = $1 AND NOT EXISTS (
			SELECT 1
			FROM register_item_past i
			WHERE i.authority_id = p.authority_id AND i.item_id = p.item_id AND i.version = p.version)
		ORDER BY 1`, r.authority)
	for _, x := range bad {
		r.differs(nil, "register_item_point "+x, "不属于名录里的任何事项")
	}
	return err
}
