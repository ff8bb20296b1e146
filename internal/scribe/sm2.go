package scribe

import (
	"context"
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/emmansun/gmsm/sm2"
	"golang.org/x/mod/sumdb/note"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/keep"
	"suiji/internal/store"
	"suiji/ledger"
)

// SM2 is an authority's setting for the further signature of its checkpoints.
type SM2 struct {
	Signs    bool   // the checkpoints to come
	Verifier string // empty: no key was ever made
}

func scanSM2(row store.Scanner) (v SM2, err error) {
	err = row.Scan(&v.Signs, &v.Verifier)
	return v, err
}

// SM2 returns the authority's setting.
func (s *Scribe) SM2(ctx context.Context, authority string) (SM2, error) {
	return sm2Setting(ctx, s.db, authority)
}

func sm2Setting(ctx context.Context, db *store.DB, authority string) (SM2, error) {
	v, err := store.One(ctx, db, scanSM2, `
		SELECT signs, verifier
		FROM ledger_signer
		WHERE authority_id = $1 AND algorithm = 'sm2'`, authority)
	if errs.KindOf(err) == errs.NotFound {
		return SM2{}, nil
	}
	return v, err
}

// UseSM2 has the checkpoints to come signed with SM2 as well, or no longer.
// The key is made the first time and stays the same; checkpoints that were
// signed before stay as they are. Errors: Conflict when the key was made before
// and its file is not there.
func (s *Scribe) UseSM2(ctx context.Context, by access.Actor, on bool) error {
	authority := by.Authority
	return s.door.Do(ctx, by, access.SettingEdit, authority+".sm2", func(tx *store.DB) error {
		v, err := sm2Setting(ctx, tx, authority)
		if err != nil || v.Signs == on {
			return err
		}
		if on {
			k, err := s.sm2Key(authority, v.Verifier)
			if err != nil {
				return err
			}
			v.Verifier = k.verifier
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO ledger_signer (authority_id, algorithm, signs, verifier)
			VALUES ($1, 'sm2', $2, $3)
			ON CONFLICT (authority_id, algorithm) DO UPDATE SET signs = excluded.signs, verifier = excluded.verifier`, authority, on, v.Verifier)
		return err
	})
}

// sm2Key is an SM2 key as its file has it. It is a note.Signer.
type sm2Key struct {
	ledger.SM2Key
	verifier string
	private  crypto.Signer // in a hardware module, where the office has one
}

// Sign signs a note's text.
func (k sm2Key) Sign(text []byte) ([]byte, error) {
	return k.private.Sign(rand.Reader, text, sm2.DefaultSM2SignerOpts)
}

// The first line of a key file: these words, name, key hash and base64 of the
// private number, as note's own.
const sm2Head = "PRIVATE+SM2"

func (s *Scribe) sm2Path(authority string) string {
	return filepath.Join(s.dir, keyFolder, authority+".sm2")
}

// sm2Key returns the authority's SM2 key. It is made if none is pinned; a
// pinned one must be the file's.
func (s *Scribe) sm2Key(authority, pinned string) (sm2Key, error) {
	raw, err := os.ReadFile(s.sm2Path(authority))
	if errors.Is(err, fs.ErrNotExist) && pinned == "" {
		if err = s.makeSM2(authority); err == nil {
			raw, err = os.ReadFile(s.sm2Path(authority))
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return sm2Key{}, errs.E(errs.Conflict, "SM2 签名密钥文件 "+s.sm2Path(authority)+" 不见了。请从备份取回该文件，系统不会另造一把；取不回来时可在单位设置里停用 SM2 签名")
	}
	if err != nil {
		return sm2Key{}, err
	}
	k, err := parseSM2(ledger.Origin(authority), string(raw))
	if err != nil {
		return k, fmt.Errorf("key file %s: %w", s.sm2Path(authority), err)
	}
	if pinned != "" && pinned != k.verifier {
		return k, errs.E(errs.Conflict, "SM2 签名密钥文件 "+s.sm2Path(authority)+" 与数据库里记下的公钥不是一对，文件或数据库被换过。请从同一份备份恢复两者")
	}
	return k, nil
}

func (s *Scribe) makeSM2(authority string) error {
	private, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	point, err := private.ECDH()
	if err != nil {
		return err
	}
	origin := ledger.Origin(authority)
	verifier := ledger.FormatSM2Key(origin, point.PublicKey().Bytes())
	number := base64.StdEncoding.EncodeToString(point.Bytes())
	err = keep.Add(s.sm2Path(authority), []byte(strings.Join([]string{sm2Head, origin, number}, "+")+"\n"+verifier+"\n"))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make SM2 key of %s: %w", authority, err)
	}
	return nil
}

// errSM2File hides what is wrong with a key file: the cause would print the
// key.
var errSM2File = errors.New("it is damaged or of another authority")

// parseSM2 reads a key file.
func parseSM2(origin, text string) (sm2Key, error) {
	lines := strings.Split(text, "\n")
	number, ok := strings.CutPrefix(lines[0], sm2Head+"+"+origin+"+")
	if !ok || len(lines) != 3 || lines[2] != "" {
		return sm2Key{}, errSM2File
	}
	raw, err := base64.StdEncoding.DecodeString(number)
	if err != nil {
		return sm2Key{}, errSM2File
	}
	private, err := sm2.NewPrivateKey(raw)
	if err != nil {
		return sm2Key{}, errSM2File
	}
	point, err := private.ECDH()
	if err != nil || ledger.FormatSM2Key(origin, point.PublicKey().Bytes()) != lines[1] {
		return sm2Key{}, errSM2File
	}
	public, err := ledger.ParseSM2Key(lines[1])
	return sm2Key{public, lines[1], private}, err
}

// pin adds to a key the SM2 verifier key that the authority once took, under
// which every line must hold.
func (s *Scribe) pin(ctx context.Context, authority string, k key) (key, error) {
	v, err := s.SM2(ctx, authority)
	if err != nil || v.Verifier == "" {
		return k, err
	}
	public, err := ledger.ParseSM2Key(v.Verifier)
	if err != nil || public.Name() != ledger.Origin(authority) {
		return k, errs.Because(errs.Conflict, "台账已停止签发：数据库里记下的 SM2 公钥已损坏或被改动。请从备份恢复数据库", err)
	}
	k.further = []note.Verifier{public}
	return k, nil
}

// sign signs a tree with every key that the authority's setting asks for. A
// tree of which the checkpoint file has a note already gets that note: an SM2
// signature never has the same bytes twice.
func (s *Scribe) sign(ctx context.Context, authority string, k key, c ledger.Checkpoint) (string, error) {
	kept, err := s.readCheckpoint(authority, k)
	if err != nil || kept.Checkpoint == c && kept.Others == 0 {
		return kept.signed, err
	}
	v, err := s.SM2(ctx, authority)
	if err != nil {
		return "", err
	}
	signers := k.signers
	if v.Signs {
		further, err := s.sm2Key(authority, v.Verifier)
		if err != nil {
			return "", errs.Because(errs.Conflict, "台账已停止签发："+errs.Sentence(err), err)
		}
		signers = append(signers, further)
	}
	signed, err := c.Sign(signers...)
	if err == nil {
		s.signed(signed)
	}
	return signed, err
}

// checkSM2 holds the key file to the verifier key in the database.
func (s *Scribe) checkSM2(ctx context.Context, authority string) error {
	v, err := s.SM2(ctx, authority)
	if err != nil {
		return err
	}
	_, err = os.Stat(s.sm2Path(authority))
	if v.Verifier == "" && err == nil {
		return differs("SM2 签名密钥文件在，数据库里却没有记下它的公钥；若从未启用过 SM2 签名，请在单位设置里启用一次")
	}
	if v.Verifier == "" {
		return nil
	}
	if _, err = s.sm2Key(authority, v.Verifier); errs.KindOf(err) == errs.Conflict {
		return differs("%s", errs.Sentence(err))
	}
	return err
}
