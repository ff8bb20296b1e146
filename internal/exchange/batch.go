package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Answer is what a receiver said of a line.
type Answer string

// The answers.
const (
	Accepted Answer = "accepted"
	Returned Answer = "returned"
)

// Name returns the answer in Chinese.
func (a Answer) Name() string {
	switch a {
	case Accepted:
		return "已接收"
	case Returned:
		return "已退回"
	}
	return "待回执"
}

// Line is a row of a batch that was handed over.
type Line struct {
	Row
	Serial     int
	No         int
	Answer     Answer // empty: none yet
	Reason     string
	AnsweredAt time.Time
}

// Batch is what was handed to a receiver at once.
type Batch struct {
	Target     string
	Serial     int
	Number     string
	Digest     string
	FileDigest string // SHA-256
	MadeName   string
	MadeAt     time.Time
	Lines      int
	Accepted   int
	Returned   int
}

// Open is how many lines wait for their receipt.
func (b Batch) Open() int { return b.Lines - b.Accepted - b.Returned }

// Prepare makes the next batch, as it was shown, and returns its serial; 0 if the
// same request was carried out before. digest is the outlook's.
// Errors: Conflict if nothing has changed since the last one, or if what would
// go is not what was shown.
func (s *Service) Prepare(ctx context.Context, a access.Actor, target, digest string, again bool) (serial int, err error) {
	err = s.Door.Do(ctx, a, access.ExchangeSend, target, func(tx *store.DB) error {
		o, err := s.walk(ctx, tx, a.Authority, target, again, false)
		if err != nil {
			return err
		}
		if len(o.Go) == 0 {
			return errs.E(errs.Conflict, o.Nothing())
		}
		if o.Digest != digest {
			return errs.E(errs.Conflict, "在您查看以后，要报送的内容有了变化（可能刚刚有人生成了批次，或者记录有更正），没有生成批次。请重新查看")
		}
		o.sign(a.Name)
		serial = o.Serial
		return s.keep(ctx, tx, a, o.Outlook)
	})
	return serial, err
}

// sign enters who hands the batch over.
func (o *Outlook) sign(name string) {
	for _, r := range o.Go {
		for i, f := range o.Receiver.Part(r.Part).Fields {
			if f.From == "cd.person" {
				r.Cells[i] = []string{name}
			}
		}
	}
}

func (s *Service) keep(ctx context.Context, tx *store.DB, a access.Actor, o Outlook) error {
	now := s.Now()
	file, err := o.pack(now)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO exchange_batch (authority_id, target, serial, number, digest, file, file_digest, made_by, made_name, made_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		a.Authority, o.Receiver.ID, o.Serial, o.Number, o.Digest, file, sum(file), a.ID, a.Name, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("keep batch %s: %w", o.Number, err)
	}
	for i, r := range o.Go {
		body, err := json.Marshal(r.Cells)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO exchange_line (authority_id, target, serial, no, part, record_id, cd_id, label, href, op, digest, body, answer, reason, answered_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', '', 0)`,
			a.Authority, o.Receiver.ID, o.Serial, i+1, r.Part, r.ID, r.CD, r.Label, r.Href, string(r.Op), r.Digest, string(body))
		if err != nil {
			return err
		}
	}
	return nil
}

// batchCols count a batch by its last line and its receipts.
const batchCols = `b.target, b.serial, b.number, b.digest, b.file_digest, b.made_name, b.made_at,
	coalesce((SELECT max(l.no) FROM exchange_line l WHERE l.authority_id = b.authority_id AND l.target = b.target AND l.serial = b.serial), 0),
	coalesce((SELECT CAST(sum(r.accepted) AS BIGINT) FROM exchange_receipt r WHERE r.authority_id = b.authority_id AND r.target = b.target AND r.serial = b.serial), 0),
	coalesce((SELECT CAST(sum(r.returned) AS BIGINT) FROM exchange_receipt r WHERE r.authority_id = b.authority_id AND r.target = b.target AND r.serial = b.serial), 0)`

func scanBatch(row store.Scanner) (b Batch, err error) {
	var at int64
	err = row.Scan(&b.Target, &b.Serial, &b.Number, &b.Digest, &b.FileDigest, &b.MadeName, &at, &b.Lines, &b.Accepted, &b.Returned)
	b.MadeAt = time.UnixMilli(at).UTC()
	return b, err
}

// Batches lists what a receiver was handed, the newest first; of all receivers,
// if target is empty.
func (s *Service) Batches(ctx context.Context, authority, target string) ([]Batch, error) {
	return store.All(ctx, s.DB, scanBatch, `
		SELECT `+batchCols+`
		FROM exchange_batch b
		WHERE b.authority_id = $1 AND ($2 = '' OR b.target = $2)
		ORDER BY b.made_at DESC, b.target, b.serial DESC`, authority, target)
}

// Batch returns one batch with its lines. Errors: NotFound.
func (s *Service) Batch(ctx context.Context, authority, target string, serial int) (Batch, []Line, error) {
	return readBatch(ctx, s.DB, authority, target, serial)
}

func readBatch(ctx context.Context, db *store.DB, authority, target string, serial int) (Batch, []Line, error) {
	b, err := store.One(ctx, db, scanBatch, `
		SELECT `+batchCols+`
		FROM exchange_batch b
		WHERE b.authority_id = $1 AND b.target = $2 AND b.serial = $3`, authority, target, serial)
	if errs.KindOf(err) == errs.NotFound {
		err = errs.E(errs.NotFound, "没有这个报送批次")
	}
	if err != nil {
		return b, nil, err
	}
	lines, err := store.All(ctx, db, scanLine, `
		SELECT `+lineCols+`
		FROM exchange_line
		WHERE authority_id = $1 AND target = $2 AND serial = $3
		ORDER BY no`, authority, target, serial)
	return b, lines, err
}

// File returns the package of a batch, byte by byte as it was made.
func (s *Service) File(ctx context.Context, authority, target string, serial int) ([]byte, error) {
	return store.One(ctx, s.DB, store.Value[[]byte], `
		SELECT file
		FROM exchange_batch
		WHERE authority_id = $1 AND target = $2 AND serial = $3`, authority, target, serial)
}

const lineCols = `serial, no, part, record_id, cd_id, label, href, op, digest, body, answer, reason, answered_at`

func scanLine(row store.Scanner) (l Line, err error) {
	var body string
	var at int64
	err = row.Scan(&l.Serial, &l.No, &l.Part, &l.ID, &l.CD, &l.Label, &l.Href, &l.Op, &l.Digest, &body, &l.Answer, &l.Reason, &at)
	if err != nil {
		return l, err
	}
	if at != 0 {
		l.AnsweredAt = time.UnixMilli(at).UTC()
	}
	return l, json.Unmarshal([]byte(body), &l.Cells)
}

// Due is what was returned and is not mended and sent again.
type Due struct {
	Receiver Receiver
	Line     Line
}

// Due lists the returned lines that still ask for something: the record is to
// be there and the receiver has it not, or not as it is.
func (s *Service) Due(ctx context.Context, authority string) ([]Due, error) {
	var all []Due
	for _, t := range Receivers {
		back, parts, err := s.returned(ctx, authority, t.ID)
		if err != nil {
			return nil, err
		}
		var classes [5][]Row // what goes back comes last
		for _, of := range parts {
			o, err := s.look(ctx, s.DB, authority, t.ID, true, of)
			if err != nil {
				return nil, err
			}
			for i, rows := range [][]Row{o.Go, o.Later, o.Wrong, o.Held} {
				for _, r := range rows {
					class := i + 1
					if i == 0 && r.Op != Delete {
						class = 0
					}
					classes[class] = append(classes[class], r)
				}
			}
		}
		for _, rows := range classes {
			for _, r := range rows {
				if x, ok := back[r.Part+"|"+r.ID]; ok {
					all = append(all, Due{t, x})
					delete(back, r.Part+"|"+r.ID)
				}
			}
		}
	}
	return all, nil
}

// many is how many forms are named in a query.
const many = 500

// returned reads the lines that were returned and not sent again, and where their
// records are to be looked for.
func (s *Service) returned(ctx context.Context, authority, target string) (back map[string]Line, parts []among, err error) {
	lines, err := store.All(ctx, s.DB, scanLine, `
		SELECT `+lineCols+`
		FROM exchange_line l
		WHERE l.authority_id = $1 AND l.target = $2 AND l.answer = 'returned'
			AND l.serial IN (SELECT r.serial FROM exchange_receipt r WHERE r.authority_id = $1 AND r.target = $2 AND r.returned > 0)
			AND NOT EXISTS (
				SELECT 1
				FROM exchange_line n
				WHERE n.authority_id = l.authority_id AND n.target = l.target AND n.part = l.part AND n.record_id = l.record_id
					AND (n.serial > l.serial OR n.serial = l.serial AND n.no > l.no))
		ORDER BY l.record_id`, authority, target)
	back = map[string]Line{}
	var forms []string
	penalties := false
	for _, x := range lines {
		back[x.Part+"|"+x.ID] = x
		if penalties = penalties || x.Part == "penalty"; x.Part != "penalty" {
			forms = append(forms, formOf(x.ID))
		}
	}
	for some := range slices.Chunk(slices.Compact(forms), many) {
		parts = append(parts, among{forms: some})
	}
	if penalties {
		parts = append(parts, among{penalties: true})
	}
	return back, parts, err
}

// formOf is the form of a check's record: the record itself, or what an item of
// it begins with.
func formOf(record string) string {
	dot := strings.LastIndex(record, ".")
	if i := strings.LastIndex(record, "-"); i > dot {
		return record[:i]
	}
	return record
}
