package scribe

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"suiji/internal/errs"
	"suiji/internal/keep"
	"suiji/internal/store"
	"suiji/ledger"
)

// Witness is an outside witness of the ledgers (C2SP tlog-witness): it keeps
// the last checkpoint that it saw, and cosigns what extends it.
type Witness struct {
	ledger.Cosigner
	URL string // the submission prefix
}

// id tells witnesses apart in the database.
func (w Witness) id() string { return fmt.Sprintf("%s+%08x", w.Name(), w.KeyHash()) }

// patience is how long a witness may take to answer, and answerLimit how much
// it may say.
const (
	patience    = 5 * time.Second
	answerLimit = 64 << 10
)

// Witnesses returns those that are configured.
func (s *Scribe) Witnesses() []Witness { return s.witnesses }

// Ask has a witness cosign the authority's newest checkpoint, unless it has
// done so. It holds up nobody: it is no part of any transaction, and ends
// after a few seconds. Why a witness does not cosign is kept (Standing).
// Errors: Conflict when what the witness says proves that there are two
// ledgers, or that ours is an old copy: from then on nothing is signed.
func (s *Scribe) Ask(ctx context.Context, authority string, w Witness) error {
	err := s.ask(ctx, authority, w)
	if t, known := troubleOf(err); known && ctx.Err() == nil {
		err = errors.Join(err, s.remember(ctx, authority, w, t))
	}
	return err
}

func (s *Scribe) ask(ctx context.Context, authority string, w Witness) error {
	signed, size, err := newest(ctx, s.db, authority)
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	known, err := store.One(ctx, s.db, store.Value[int64], `
		SELECT coalesce(max(size), 0)
		FROM ledger_cosignature
		WHERE authority_id = $1 AND witness = $2`, authority, w.id())
	if err != nil || known == size {
		return err
	}
	err = s.submit(ctx, authority, w, signed, known, size)
	var seen sawOther
	if errors.As(err, &seen) && int64(seen) != known && int64(seen) <= size {
		err = s.submit(ctx, authority, w, signed, int64(seen), size)
	}
	if errors.As(err, &seen) {
		return s.conflict(ctx, authority, w, int64(seen), size)
	}
	if err != nil {
		return fmt.Errorf("witness %s: %w", w.Name(), err)
	}
	return nil
}

// sawOther is a witness's answer that the last tree which it saw has another
// size.
type sawOther int64

// Error says the size.
func (n sawOther) Error() string { return fmt.Sprintf("it has seen a tree of %d", int64(n)) }

// errForked is a witness's answer that our tree is no extension of the one
// that it saw.
var errForked = errors.New("it says that our tree does not extend the one that it saw")

// submit sends a checkpoint with the proof that it extends the tree of old,
// and keeps the cosignature.
func (s *Scribe) submit(ctx context.Context, authority string, w Witness, signed string, old, size int64) error {
	var proof tlog.TreeProof
	var err error
	if old > 0 && old < size {
		if proof, err = tlog.ProveTree(size, old, reader(ctx, s.db, authority)); err != nil {
			return err
		}
	}
	answer, err := s.post(ctx, w, signed, old, proof)
	var seen sawOther
	if errors.As(err, &seen) && int64(seen) == old && old == size {
		err = errForked // it has seen this size, and refuses this tree
	}
	if errors.Is(err, errForked) {
		return s.halt(authority, fmt.Sprintf("见证方 %s 拒绝为 %d 条的检查点联署：它见过的 %d 条与我们的前 %d 条不同", w.Name(), size, old, old), signed)
	}
	if err != nil {
		return err
	}
	k, err := s.key(ctx, authority)
	if err != nil {
		return err
	}
	n, err := ledger.OpenNote(signed+answer, k.verifier, append(k.further, w.Cosigner)...)
	if err != nil || len(n.Cosignatures) == 0 {
		return refusal{badLine, "", errs.Because(errs.Invalid, "见证方 "+w.Name()+" 的联署签名不成立，没有采用。请与它的管理者核对密钥", err)}
	}
	c := n.Cosignatures[0]
	return s.door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO ledger_cosignature (authority_id, size, witness, at, line)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT DO NOTHING`, authority, size, w.id(), c.At.UnixMilli(), c.Line)
		return err
	})
}

// post sends add-checkpoint and returns the signature lines. Errors: sawOther,
// errForked, and that the witness cannot be reached or will not.
func (s *Scribe) post(ctx context.Context, w Witness, signed string, old int64, proof tlog.TreeProof) (string, error) {
	var body strings.Builder
	fmt.Fprintf(&body, "old %d\n", old)
	for _, h := range proof {
		body.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	body.WriteString("\n" + signed)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(w.URL, "/")+"/add-checkpoint", strings.NewReader(body.String()))
	if err != nil {
		return "", err
	}
	res, err := s.client.Do(req)
	if err != nil {
		return "", away(err)
	}
	defer res.Body.Close() // only read
	raw, err := io.ReadAll(io.LimitReader(res.Body, answerLimit))
	if err != nil {
		return "", away(err)
	}
	switch res.StatusCode {
	case http.StatusOK:
		return string(raw), nil
	case http.StatusConflict:
		n, err := strconv.ParseInt(strings.TrimSuffix(string(raw), "\n"), 10, 64)
		if err != nil || n < 0 {
			return "", errForked // two trees of one size are answered without a size
		}
		return "", sawOther(n)
	case http.StatusUnprocessableEntity:
		return "", errForked
	}
	return "", refused(res)
}

// conflict settles what to make of a witness that has seen a tree of another
// size than we know of.
func (s *Scribe) conflict(ctx context.Context, authority string, w Witness, seen, size int64) error {
	now, err := store.One(ctx, s.db, store.Value[int64], `
		SELECT coalesce(max(size), 0)
		FROM ledger_checkpoint
		WHERE authority_id = $1`, authority)
	if err != nil {
		return err
	}
	if seen <= now {
		return fmt.Errorf("witness %s: %w, ours was %d when it was asked", w.Name(), sawOther(seen), size) // the next try will tell
	}
	return s.halt(authority, fmt.Sprintf("见证方 %s 见过 %d 条的台账，这里只签发过 %d 条：数据库是从较旧的备份恢复的，或者有人用同一把密钥签了另一本台账", w.Name(), seen, now), "")
}

func (s *Scribe) haltPath(authority string) string {
	return filepath.Join(s.dir, checkpointFolder, authority+".halted")
}

// halt stops the authority's ledger until a person has looked: the reason and
// the checkpoint stand in a file.
func (s *Scribe) halt(authority, reason, evidence string) error {
	text := s.now().UTC().Format(time.RFC3339) + "\n" + reason + "\n\n" + evidence
	if err := keep.Put(s.haltPath(authority), []byte(text)); err != nil {
		return err
	}
	return s.halted(authority)
}

// halted returns the reason for which the ledger was stopped.
func (s *Scribe) halted(authority string) error {
	raw, err := os.ReadFile(s.haltPath(authority))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errs.E(errs.Conflict, "台账已停止签发："+haltReason(raw)+"。公众仍可查询；请保存证据，按运行手册“恢复”一节处理，查明以前不要删除 "+s.haltPath(authority))
}

// haltReason is the second line of the file of a ledger that was stopped.
func haltReason(raw []byte) string {
	if lines := strings.SplitN(string(raw), "\n", 3); len(lines) > 1 {
		return lines[1]
	}
	return ""
}

// haltedBy returns the reason alone; empty if the ledger was not stopped.
func (s *Scribe) haltedBy(authority string) string {
	raw, err := os.ReadFile(s.haltPath(authority))
	if err != nil {
		return ""
	}
	return haltReason(raw)
}

// confirm asks the witnesses what they have seen when the checkpoint file is
// not there: the database alone cannot know whether it is the newest.
func (s *Scribe) confirm(ctx context.Context, authority string, k key) error {
	if err := s.halted(authority); err != nil {
		return err
	}
	_, err := os.Stat(s.checkpointPath(authority))
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	entries, err := store.One(ctx, s.db, scanSizes, `
		SELECT count(*), coalesce(max(position), -1) + 1
		FROM ledger_entry
		WHERE authority_id = $1`, authority)
	if err != nil || entries.all == 0 {
		return err
	}
	signed, _, err := newest(ctx, s.db, authority)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	if len(s.witnesses) == 0 {
		if signed == "" {
			return nil // nothing was ever signed
		}
		return errs.E(errs.Conflict, "台账已停止签发：检查点文件 "+s.checkpointPath(authority)+" 不见了，无法知道数据库是不是最新的。请从备份取回该文件；备份里没有时，把任何人保存的最新检查点存成该文件")
	}
	return s.probe(ctx, authority, k, entries.placed)
}

type sizes struct{ all, placed int64 }

func scanSizes(row store.Scanner) (n sizes, err error) {
	err = row.Scan(&n.all, &n.placed)
	return n, err
}

// probe asks every witness for the size that it has seen, by a checkpoint that
// gives nothing away: of the empty tree. One answer at least is needed.
func (s *Scribe) probe(ctx context.Context, authority string, k key, placed int64) error {
	var none ledger.Frontier
	empty, err := ledger.Checkpoint{Origin: ledger.Origin(authority), Root: none.Root()}.Sign(k.signers...)
	if err != nil {
		return err
	}
	answers := 0
	for _, w := range s.witnesses {
		_, err := s.post(ctx, w, empty, 0, nil)
		var seen sawOther
		switch {
		case errors.As(err, &seen) && int64(seen) > placed:
			return errs.E(errs.Conflict, fmt.Sprintf("台账已停止签发：检查点文件不见了，见证方 %s 见过 %d 条记录，数据库里只有 %d 条，数据库是从较旧的备份恢复的。公众仍可查询；请停止办理，换用包含全部记录的备份恢复，或按运行手册从镜像补回缺少的记录", w.Name(), int64(seen), placed))
		case errors.As(err, &seen):
			if err := s.Ask(ctx, authority, w); err != nil {
				return err
			}
			answers++
		case err == nil:
			answers++
		}
	}
	if answers == 0 {
		return errs.E(errs.Conflict, "台账已停止签发：检查点文件不见了，也没有一个见证方应答，无法知道数据库是不是最新的。办理不受影响；请取回检查点文件，或恢复与见证方的网络，系统会自己再试")
	}
	return nil
}
