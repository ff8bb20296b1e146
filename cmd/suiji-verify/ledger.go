package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"suiji/ledger"
	"suiji/monitor"
)

// parts are the further commands: what they take, and how they check it.
var parts = map[string]func(o options) (answer, error){
	"receipt": checkReceipt, "checkpoint": checkCheckpoint, "ledger": checkLedger,
}

// answer is what a further command found: the lines for people, and the
// report for programs.
type answer struct {
	lines  []string
	report map[string]any
	ok     bool
}

// refuse turns what is wrong in the files into an answer.
func refuse(err error) (answer, error) {
	return answer{lines: []string{err.Error()}, report: map[string]any{"ok": false, "finding": err.Error()}}, nil
}

// runPart carries out a further command.
func runPart(part func(options) (answer, error), args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, true)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return exitHolds
	}
	if err != nil {
		fmt.Fprintf(stderr, "%v\n\n%s", err, usage)
		return exitUnread
	}
	a, err := part(o)
	if err != nil {
		fmt.Fprintf(stderr, "无法核验 / cannot check: %v\n", err)
		return exitUnread
	}
	end := "全部相符 / everything holds"
	if !a.ok {
		end = "核验不通过 / refused"
	}
	if o.json {
		e := json.NewEncoder(stdout)
		e.SetEscapeHTML(false)
		err = e.Encode(a.report)
	} else {
		_, err = fmt.Fprintln(stdout, strings.Join(append(a.lines, end), "\n"))
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitUnread
	}
	if !a.ok {
		return exitRefused
	}
	return exitHolds
}

// cosigners reads the witnesses' keys.
func (o options) cosigners() ([]ledger.Cosigner, error) {
	var all []ledger.Cosigner
	for _, v := range o.witnesses {
		c, err := ledger.ParseCosigner(v)
		if err != nil {
			return nil, fmt.Errorf("--witness %.60q: %w", v, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// further returns all keys besides the ledger's own.
func (o options) further() ([]note.Verifier, error) {
	witnesses, err := o.cosigners()
	if err != nil {
		return nil, err
	}
	var all []note.Verifier
	for _, w := range witnesses {
		all = append(all, w)
	}
	if o.sm2 != "" {
		k, err := ledger.ParseSM2Key(o.sm2)
		if err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	return all, nil
}

// readNote opens the checkpoint in a file.
func (o options) readNote(path string) (ledger.Note, error) {
	further, err := o.further()
	if err != nil {
		return ledger.Note{}, err
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return ledger.Note{}, err
	}
	n, err := ledger.OpenNote(string(raw), o.key, further...)
	if err != nil {
		err = &monitor.Finding{Position: -1, File: path, Chinese: "检查点的签名不成立", English: err.Error()}
	}
	return n, err
}

var errNoKey = errors.New("请用 --key 或 --key-file 给出您信任的台账验证密钥 / give the ledger's verifier key that you trust with --key or --key-file")

// sm2Says says whether the SM2 signature stands; asked is the key, empty if
// none was named.
func sm2Says(asked string, held bool) []string {
	switch {
	case asked == "":
		return nil
	case held:
		return []string{"SM2 签名：成立 / the SM2 signature holds"}
	}
	return []string{"SM2 签名：这个检查点没有（启用以前签的，或被人去掉了），上面的结论只凭 Ed25519 签名 / this checkpoint bears no SM2 signature: it is older, or the line was taken away; what stands above rests on Ed25519 alone"}
}

// seen says which witnesses cosigned.
func seen(n ledger.Note) (string, []string) {
	names := []string{}
	line := fmt.Sprintf("见证方联署：%d 个 / cosignatures of the witnesses named: %d", len(n.Cosignatures), len(n.Cosignatures))
	for _, c := range n.Cosignatures {
		names = append(names, c.Name)
		line += fmt.Sprintf("\n  %s  %s", c.Name, c.At.Format("2006-01-02T15:04:05Z"))
	}
	if n.Others > 0 {
		line += fmt.Sprintf("\n  另有 %d 行签名，密钥未知，没有核对 / %d further lines of unknown keys, not checked", n.Others, n.Others)
	}
	return line, names
}

func checkReceipt(o options) (answer, error) {
	if o.key == "" {
		return answer{}, errNoKey
	}
	further, err := o.further()
	if err != nil {
		return answer{}, err
	}
	raw, err := os.ReadFile(o.path)
	if err != nil {
		return answer{}, err
	}
	r, err := ledger.ParseReceipt(string(raw))
	if err != nil {
		return refuse(fmt.Errorf("回执不合格式 / the receipt is out of form: %w", err))
	}
	n, err := r.Open(o.key, further...)
	if err != nil {
		return refuse(fmt.Errorf("回执不成立 / the receipt does not hold: %w", err))
	}
	body, err := r.Entry.Bytes()
	if err != nil {
		return answer{}, err
	}
	line, names := seen(n)
	return answer{ok: true, lines: append([]string{
		fmt.Sprintf("第 %d 条记录在 %s 的台账里（共 %d 条） / entry %d stands in the ledger %s of %d", r.Index, n.Origin, n.Size, r.Index, n.Origin, n.Size),
		string(body), line,
	}, sm2Says(o.sm2, n.SM2)...), report: map[string]any{"ok": true, "origin": n.Origin, "size": n.Size, "position": r.Index, "entry": json.RawMessage(body), "cosigned": names, "sm2": n.SM2}}, nil
}

func checkCheckpoint(o options) (answer, error) {
	if o.key == "" {
		return answer{}, errNoKey
	}
	var wrong *monitor.Finding
	newer, err := o.readNote(o.path)
	if errors.As(err, &wrong) {
		return refuse(wrong)
	}
	if err != nil {
		return answer{}, err
	}
	line, names := seen(newer)
	a := answer{ok: true, lines: append([]string{fmt.Sprintf("%s，%d 条记录 / %s, %d entries", newer.Origin, newer.Size, newer.Origin, newer.Size), line}, sm2Says(o.sm2, newer.SM2)...),
		report: map[string]any{"ok": true, "origin": newer.Origin, "size": newer.Size, "cosigned": names, "sm2": newer.SM2}}
	if o.since == "" {
		return a, nil
	}
	older, err := o.readNote(o.since)
	if err == nil {
		err = monitor.Extends(os.DirFS(o.tiles), older.Checkpoint, newer.Checkpoint)
	}
	if errors.As(err, &wrong) {
		return refuse(wrong)
	}
	a.lines = append(a.lines, fmt.Sprintf("包含 %d 条时的全部记录，一条未改 / it extends the tree of %d", older.Size, older.Size))
	a.report["since"] = older.Size
	return a, err
}

func checkLedger(o options) (answer, error) {
	witnesses, err := o.cosigners()
	if err != nil {
		return answer{}, err
	}
	m := monitor.Options{Key: o.key, SM2: o.sm2, Witnesses: witnesses}
	if o.since != "" {
		raw, err := os.ReadFile(o.since)
		if err != nil {
			return answer{}, err
		}
		m.Since = string(raw)
	}
	if info, err := os.Stat(o.path); err != nil || !info.IsDir() {
		return answer{}, errors.Join(err, fmt.Errorf("%s is not a folder", o.path))
	}
	r, err := monitor.Check(os.DirFS(o.path), m)
	if err != nil {
		return answer{}, err
	}
	a := answer{ok: r.OK}
	if a.report, err = asMap(r); err != nil {
		return a, err
	}
	if !r.OK {
		a.lines = []string{r.Finding.Error()}
		return a, nil
	}
	a.lines = []string{
		fmt.Sprintf("%s，%d 条记录 / %s, %d entries", r.Origin, r.Size, r.Origin, r.Size),
		fmt.Sprintf("封存 %d 次：抽取 %d，作废 %d，进行中 %d / %d seals: %d drawn, %d abandoned, %d under way", r.Seals, r.Draws, r.Abandoned, r.Open, r.Seals, r.Draws, r.Abandoned, r.Open),
		fmt.Sprintf("公示、更正、撤回 %d 条，均在抽取之后 / %d entries about results, all after their draws", r.Results, r.Results),
		fmt.Sprintf("对照了 %d 份清单、%d 个核验包 / %d manifests and %d bundles held to the entries", r.Manifests, r.Bundles, r.Manifests, r.Bundles),
		fmt.Sprintf("见证方联署：%d 个 / cosignatures of the witnesses named: %d", len(r.Cosigned), len(r.Cosigned)),
	}
	a.lines = append(a.lines, sm2Says(r.SM2Key, r.SM2)...)
	if r.Since > 0 {
		a.lines = append(a.lines, fmt.Sprintf("较早的检查点（%d 条）全部包含在内，一条未改 / it extends the earlier checkpoint of %d", r.Since, r.Since))
	}
	if hash, err := ledger.KeyHash(r.Key); err == nil && o.key == "" {
		a.lines = append(a.lines, fmt.Sprintf("密钥取自文件夹，请与公布的核对：%s / the key is the folder's own: compare key hash %s with the one published", hash, hash))
	}
	return a, nil
}

func asMap(v any) (m map[string]any, err error) {
	raw, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	return m, err
}
