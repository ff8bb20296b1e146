package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// receiptHead is the first line of a C2SP tlog-proof.
const receiptHead = "c2sp.org/tlog-proof@v1"

// Receipt is what someone keeps to prove that the office entered an act: a
// C2SP tlog-proof whose extra data is the entry itself.
type Receipt struct {
	Proven
	Checkpoint string // signed note
}

// Text prints the receipt.
func (r Receipt) Text() (string, error) {
	entry, err := r.Entry.Bytes()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nextra %s\nindex %d\n", receiptHead, base64.StdEncoding.EncodeToString(entry), r.Index)
	for _, h := range r.Proof {
		fmt.Fprintf(&b, "%s\n", base64.StdEncoding.EncodeToString(h[:]))
	}
	fmt.Fprintf(&b, "\n%s", r.Checkpoint)
	return b.String(), nil
}

// ParseReceipt reads exactly what Text prints. It proves nothing yet: see
// Open.
func ParseReceipt(text string) (Receipt, error) {
	head, checkpoint, ok := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 3 || lines[0] != receiptHead {
		return Receipt{}, fmt.Errorf("receipt is not a %s with an entry", receiptHead)
	}
	extra, ok1 := strings.CutPrefix(lines[1], "extra ")
	position, ok2 := strings.CutPrefix(lines[2], "index ")
	if !ok1 || !ok2 {
		return Receipt{}, errors.New("receipt lacks its extra or its index line")
	}
	raw, err := base64.StdEncoding.DecodeString(extra)
	if err != nil || base64.StdEncoding.EncodeToString(raw) != extra {
		return Receipt{}, errors.New("receipt's entry is not canonical base64")
	}
	r := Receipt{Checkpoint: checkpoint}
	if r.Entry, err = ParseEntry(raw); err != nil {
		return Receipt{}, err
	}
	r.Index, err = strconv.ParseInt(position, 10, 64)
	if err != nil || r.Index < 0 || strconv.FormatInt(r.Index, 10) != position {
		return Receipt{}, fmt.Errorf("receipt's index %.40q is not a number", position)
	}
	for _, line := range lines[3:] {
		h, err := parseBase64(line, len(Hash{}))
		if err != nil {
			return Receipt{}, fmt.Errorf("receipt's proof: %w", err)
		}
		r.Proof = append(r.Proof, Hash(h))
	}
	return r, nil
}

// Open checks the receipt under an authority's verifier key and returns the
// checkpoint that it stands on, with what OpenNote found of the further keys.
func (r Receipt) Open(key string, further ...note.Verifier) (Note, error) {
	n, err := OpenNote(r.Checkpoint, key, further...)
	if err != nil {
		return Note{}, err
	}
	leaf, err := r.Entry.Bytes()
	if err != nil {
		return Note{}, err
	}
	return n, CheckInclusion(n.Checkpoint, leaf, r.Index, r.Proof)
}
