package round

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"suiji/internal/canon"
	"suiji/internal/store"
)

// chunkSize is about how much of a frozen list one row holds, so that a list
// of ten million lines is neither written nor read in one piece.
const chunkSize = 256 << 10

// listWriter writes one frozen list, line by line, in ascending byte order.
type listWriter struct {
	ctx        context.Context
	tx         *store.DB
	round      Round
	half, list string
	root       *canon.Root
	buf        bytes.Buffer
	no         int
}

func newListWriter(ctx context.Context, tx *store.DB, r Round, half, list string, h canon.Hash) (*listWriter, error) {
	_, err := tx.Exec(ctx, `
		INSERT INTO round_list (authority_id, round_id, half, list, count, root)
		VALUES ($1, $2, $3, $4, 0, '')`, r.Authority, r.ID, half, list)
	return &listWriter{ctx: ctx, tx: tx, round: r, half: half, list: list, root: canon.NewRoot(h)}, err
}

// line adds one line, without its LF.
func (w *listWriter) line(l string) error {
	w.root.Add([]byte(l))
	w.buf.WriteString(l)
	w.buf.WriteByte('\n')
	if w.buf.Len() < chunkSize {
		return nil
	}
	return w.flush()
}

func (w *listWriter) flush() error {
	if w.buf.Len() == 0 {
		return nil
	}
	_, err := w.tx.Exec(w.ctx, `
		INSERT INTO round_chunk (authority_id, round_id, half, list, no, content)
		VALUES ($1, $2, $3, $4, $5, $6)`, w.round.Authority, w.round.ID, w.half, w.list, w.no, w.buf.Bytes())
	w.no++
	w.buf.Reset()
	return err
}

// close writes what is left, and the list's count and root.
func (w *listWriter) close() error {
	if err := w.flush(); err != nil {
		return err
	}
	_, err := w.tx.Exec(w.ctx, `
		UPDATE round_list
		SET count = $5, root = $6
		WHERE authority_id = $1 AND round_id = $2 AND half = $3 AND list = $4`,
		w.round.Authority, w.round.ID, w.half, w.list, w.root.Count(), hex.EncodeToString(w.root.Sum()))
	return err
}

// List is a frozen list: how many lines, and their Merkle root.
type List struct {
	Name  string
	Count int
	Root  string
}

var listTitles = map[string]string{"targets": "检查对象", "excluded": "不参加抽取的对象", "officers": "执法人员", "recusals": "回避关系"}

// Title returns the list's name in Chinese.
func (l List) Title() string { return listTitles[l.Name] }

func scanList(row store.Scanner) (l List, err error) {
	err = row.Scan(&l.Name, &l.Count, &l.Root)
	return l, err
}

// Lists returns the frozen lists of one half.
func (s *Service) Lists(ctx context.Context, authority, id, half string) ([]List, error) {
	return readLists(ctx, s.DB, authority, id, half)
}

func readLists(ctx context.Context, db *store.DB, authority, id, half string) ([]List, error) {
	return store.All(ctx, db, scanList, `
		SELECT list, count, root
		FROM round_list
		WHERE authority_id = $1 AND round_id = $2 AND half = $3
		ORDER BY list`, authority, id, half)
}

// listReader reads a frozen list chunk by chunk.
type listReader struct {
	ctx                       context.Context
	db                        *store.DB
	authority, id, half, list string
	no                        int
	rest                      []byte
}

// OpenList returns the bytes of a frozen list, as they stand in its bundle.
func (s *Service) OpenList(ctx context.Context, authority, id, half, list string) io.Reader {
	return openList(ctx, s.DB, authority, id, half, list)
}

func openList(ctx context.Context, db *store.DB, authority, id, half, list string) io.Reader {
	return &listReader{ctx: ctx, db: db, authority: authority, id: id, half: half, list: list}
}

// Read implements io.Reader.
func (r *listReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		chunk, err := store.All(r.ctx, r.db, store.Value[[]byte], `
			SELECT content
			FROM round_chunk
			WHERE authority_id = $1 AND round_id = $2 AND half = $3 AND list = $4 AND no = $5`,
			r.authority, r.id, r.half, r.list, r.no)
		if err != nil {
			return 0, fmt.Errorf("read list %s of %s.%s: %w", r.list, r.id, r.half, err)
		}
		if len(chunk) == 0 {
			return 0, io.EOF
		}
		r.rest = chunk[0]
		r.no++
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// Counted is how often something happened, by its code of the ledger.
type Counted struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Count sorts counts by their number, the most first.
func Count(counts map[string]int, name func(string) string) []Counted {
	list := []Counted{}
	for code, n := range counts {
		list = append(list, Counted{code, name(code), n})
	}
	slices.SortFunc(list, func(a, b Counted) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Code, b.Code))
	})
	return list
}

// Exclusions counts the firms that were kept out of the round's list, by
// reason, the commonest first. It reads the whole list.
func (s *Service) Exclusions(ctx context.Context, authority, id string) ([]Counted, error) {
	counts := map[string]int{}
	lines := bufio.NewScanner(s.OpenList(ctx, authority, id, Targets, "excluded"))
	for lines.Scan() {
		_, reason, ok := strings.Cut(lines.Text(), "\t")
		if !ok {
			return nil, fmt.Errorf("excluded list of %s: line without a reason", id)
		}
		counts[reason]++
	}
	return Count(counts, ExclusionName), lines.Err()
}
