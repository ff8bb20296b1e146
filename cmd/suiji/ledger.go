package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"suiji/internal/errs"
	"suiji/internal/keep"
	"suiji/internal/reckon"
	"suiji/ledger"
	"suiji/monitor"
)

func (p program) ledgerCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "ledger", Short: "公开台账 / the public ledger"}
	cmd.AddCommand(p.ledgerCheckCmd(), p.mirrorCmd(), p.refillCmd())
	return cmd
}

func (p program) ledgerCheckCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "逐条核对数据库与公开台账 / hold every record of the database to the ledger",
		Long: `Works out anew every version of the registers, plan, draw, removal, substitution, public result and rate, and compares it with the digest
that its act entered in the ledger. It names each record that differs. Exit 0 if all is as the ledger has it, 7 if something is not. It
changes nothing and can run beside the server.`,
		Example: "  suiji ledger check --data data",
		Args:    cobra.NoArgs,
	}
	asJSON := cmd.Flags().Bool("json", false, "输出 JSON / as JSON")
	pl := p.placeFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		app, err := p.open(cmd.Context(), pl)
		if err != nil {
			return err
		}
		defer app.close() // nothing was written
		reports, err := app.reckonAll(cmd.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			e := json.NewEncoder(p.stdout)
			e.SetIndent("", " ")
			e.SetEscapeHTML(false)
			err = e.Encode(reports)
		} else {
			err = p.printReckoned(reports)
		}
		for _, r := range reports {
			if err == nil && !r.OK() {
				err = exit(exitDiffers)
			}
		}
		return err
	}
	return cmd
}

// reckoned is what was found for one authority.
type reckoned struct {
	Authority string `json:"authority"`
	reckon.Report
}

// reckonAll holds every authority's records to its ledger.
func (a *app) reckonAll(ctx context.Context) ([]reckoned, error) {
	all, err := a.identity.Authorities(ctx)
	if err != nil {
		return nil, err
	}
	reports := []reckoned{}
	for _, x := range all {
		r, err := a.reckon.Check(ctx, x.ID)
		if err != nil {
			return reports, fmt.Errorf("check %s: %w", x.ID, err)
		}
		reports = append(reports, reckoned{x.ID, r})
	}
	return reports, nil
}

func (p program) printReckoned(reports []reckoned) error {
	for _, r := range reports {
		for _, f := range r.Findings {
			fmt.Fprintf(p.stdout, "不符  %s\n", f)
		}
		records := 0
		for _, n := range r.Records {
			records += n
		}
		end := "全部相符"
		if !r.OK() {
			end = fmt.Sprintf("%d 处不符", len(r.Findings))
		}
		if _, err := fmt.Fprintf(p.stdout, "%s：台账 %d 条，核对记录 %d 份，%s\n", r.Authority, r.Entries, records, end); err != nil {
			return err
		}
	}
	return nil
}

func (p program) mirrorCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "mirror URL DIR",
		Short: "把一个单位的台账存到文件夹 / keep an authority's ledger in a folder",
		Long: `URL is the ledger's address, such as https://suiji.example.gov.cn/ledger/130132-rs/. The folder gets the checkpoint, the verifier
key, every tile and entry bundle, the sealed manifests and the disclosed bundles: what suiji-verify ledger DIR checks. What is there
already is not fetched again, so a mirror that broke off goes on where it stopped. A ledger that is not an extension of the one in
the folder is refused, and the folder stays as it was. Each checkpoint is kept under checkpoints/, for suiji-verify --since.`,
		Example: "  suiji ledger mirror https://suiji.example.gov.cn/ledger/130132-rs/ mirror\n  suiji-verify ledger mirror --since mirror/checkpoints/1200",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := newMirror(args[0], args[1])
			if err != nil {
				return err
			}
			size, err := m.run(cmd.Context())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.stdout, "%d 条记录，新取文件 %d 个\n", size, m.fetched)
			return err
		},
	}
}

func (p program) refillCmd() *cobra.Command {
	var authority string
	cmd := &cobra.Command{
		Use:   "refill DIR",
		Short: "从镜像补回旧备份缺少的台账记录 / bring back entries that an old backup lacks",
		Long: `DIR is a mirror made by suiji ledger mirror. Stop the server first. Only entries under a checkpoint that the authority's own key signed
come back, and only if they extend what the database has. The acts that they speak of do not come back: see docs/operations.md.`,
		Example: "  suiji ledger refill mirror --data data",
		Args:    cobra.ExactArgs(1),
	}
	pl := p.placeFlags(cmd.Flags())
	cmd.Flags().StringVar(&authority, "authority", "", "单位标识 / authority id")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		signed, bodies, err := readMirror(args[0])
		if err != nil {
			return err
		}
		app, err := p.open(cmd.Context(), pl)
		if err != nil {
			return err
		}
		defer app.close() // what was written is committed; nothing to say of a close
		auth, err := app.authority(cmd.Context(), authority)
		if err != nil {
			return err
		}
		n, err := app.scribe.Refill(cmd.Context(), auth.ID, signed, bodies)
		if err == nil {
			_, err = fmt.Fprintf(p.stdout, "补回 %d 条记录\n", n)
		}
		return err
	}
	return cmd
}

// readMirror reads a mirror's checkpoint and entries.
func readMirror(dir string) (signed string, bodies [][]byte, err error) {
	raw, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return "", nil, err
	}
	text, _, _ := strings.Cut(string(raw), "\n\n")
	c, err := ledger.ParseCheckpoint(text + "\n")
	if err != nil {
		return "", nil, err
	}
	for _, t := range ledger.Tiles(c.Size) {
		if t.L >= 0 {
			break
		}
		bundle, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(ledger.TilePath(t))))
		if err != nil {
			return "", nil, err
		}
		for len(bundle) > 0 {
			var body []byte
			if body, bundle, err = ledger.CutBundle(bundle); err != nil {
				return "", nil, err
			}
			bodies = append(bodies, body)
		}
	}
	return string(raw), bodies, nil
}

// mirror copies a ledger as it is served into a folder.
type mirror struct {
	base    *url.URL // of the ledger, with a slash at its end
	site    *url.URL // of the portal
	dir     string
	fetched int
	client  *http.Client
}

// fileLimit is the greatest file that a mirror takes.
const fileLimit = 1 << 30

func newMirror(address, dir string) (*mirror, error) {
	base, err := url.Parse(strings.TrimSuffix(address, "/") + "/")
	site, _, ok := strings.Cut(base.Path, "/ledger/")
	if err != nil || !ok || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, errs.E(errs.Invalid, "“"+address+"”不是台账的网址，应形如 https://…/ledger/130132-rs/")
	}
	root := *base
	root.Path = site + "/"
	return &mirror{base: base, site: &root, dir: dir, client: &http.Client{
		Timeout:       5 * time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// run brings the folder up to the checkpoint that is served now, and returns
// its size. The checkpoint is written last: until then the folder is the old
// one.
func (m *mirror) run(ctx context.Context) (int64, error) {
	signed, err := m.get(ctx, m.base, "checkpoint")
	if err != nil {
		return 0, err
	}
	key, err := m.file(ctx, m.base, "key", "key")
	if err != nil {
		return 0, err
	}
	further, err := m.sm2(ctx)
	if err != nil {
		return 0, err
	}
	n, err := ledger.OpenNote(string(signed), strings.TrimSpace(string(key)), further...)
	if err != nil {
		return 0, errs.Because(errs.Conflict, "台账的检查点不是用文件夹里的密钥签的，没有保存", err)
	}
	var bodies [][]byte
	for _, t := range ledger.Tiles(n.Size) {
		raw, err := m.file(ctx, m.base, ledger.TilePath(t), ledger.TilePath(t))
		if err != nil {
			return 0, err
		}
		for t.L < 0 && len(raw) > 0 {
			var body []byte
			if body, raw, err = ledger.CutBundle(raw); err != nil {
				return 0, fmt.Errorf("%s: %w", ledger.TilePath(t), err)
			}
			bodies = append(bodies, body)
		}
	}
	if err := m.extends(n, strings.TrimSpace(string(key))); err != nil {
		return 0, err
	}
	if err := m.documents(ctx, bodies); err != nil {
		return 0, err
	}
	return n.Size, errors.Join(m.keep(filepath.Join("checkpoints", strconv.FormatInt(n.Size, 10)), signed), m.keep("checkpoint", signed))
}

// sm2 returns the authority's SM2 verifier key, if it has one.
func (m *mirror) sm2(ctx context.Context) ([]note.Verifier, error) {
	raw, err := m.file(ctx, m.base, "key-sm2", "key-sm2")
	if errs.KindOf(err) == errs.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	k, err := ledger.ParseSM2Key(strings.TrimSpace(string(raw)))
	return []note.Verifier{k}, err
}

// extends holds the served checkpoint to the one that the folder has.
func (m *mirror) extends(newer ledger.Note, key string) error {
	raw, err := os.ReadFile(filepath.Join(m.dir, "checkpoint"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	older, err := ledger.OpenNote(string(raw), key)
	if err == nil {
		err = monitor.Extends(os.DirFS(m.dir), older.Checkpoint, newer.Checkpoint)
	}
	if err != nil {
		return errs.Because(errs.Conflict, fmt.Sprintf("服务器上的台账（%d 条）不是文件夹里那一本（%d 条）的延续。文件夹里的检查点没有改动，请妥善保存：它可以证明台账被改过", newer.Size, older.Size), err)
	}
	return nil
}

// documents fetches the manifests that were sealed and the bundles that were
// disclosed, as far as the portal has them.
func (m *mirror) documents(ctx context.Context, bodies [][]byte) error {
	for _, body := range bodies {
		e, err := ledger.ParseEntry(body)
		if err != nil {
			return err
		}
		cut := max(strings.LastIndexByte(e.Subject, '.'), 0)
		round, half := e.Subject[:cut], strings.TrimPrefix(e.Subject[cut:], ".")
		switch e.Type {
		case ledger.RoundSealed:
			_, err = m.file(ctx, m.site, "rounds/"+round+"/"+half+"/manifest.json", "manifests/"+e.Subject+".json")
		case ledger.RoundDisclosed:
			_, err = m.file(ctx, m.site, "rounds/"+round+"/"+half+".zip", "bundles/"+e.Subject+".zip")
		}
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
	}
	return nil
}

// file returns a file of the folder, which never changes once it is there,
// and fetches it if it is not.
func (m *mirror) file(ctx context.Context, base *url.URL, path, name string) ([]byte, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, errs.E(errs.Invalid, "台账里的名称“"+name+"”不能作为文件名，没有保存")
	}
	raw, err := os.ReadFile(filepath.Join(m.dir, filepath.FromSlash(name)))
	if !errors.Is(err, fs.ErrNotExist) {
		return raw, err
	}
	if raw, err = m.get(ctx, base, path); err != nil {
		return nil, err
	}
	return raw, m.keep(name, raw)
}

func (m *mirror) get(ctx context.Context, base *url.URL, path string) ([]byte, error) {
	address := base.JoinPath(path).String()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	res, err := m.client.Do(req)
	if err != nil {
		return nil, errs.Because(errs.Invalid, "取不到 "+address+"，已取的文件保留，可以再次运行", err)
	}
	defer res.Body.Close() // only read
	if res.StatusCode == http.StatusNotFound {
		return nil, errs.E(errs.NotFound, address+" 不存在")
	}
	if res.StatusCode != http.StatusOK {
		return nil, errs.E(errs.Invalid, fmt.Sprintf("%s 的回答是 %s，已取的文件保留，可以再次运行", address, res.Status))
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, fileLimit+1))
	if err == nil && len(raw) > fileLimit {
		err = fmt.Errorf("%s is larger than %d bytes", address, fileLimit)
	}
	m.fetched++
	return raw, err
}

// keep puts a file in its place at once, and on the disk: what is there is
// whole, and is not fetched again. What a killed run leaves behind lies outside
// of the folders, whose every file must belong to the ledger.
func (m *mirror) keep(name string, raw []byte) error {
	path := filepath.Join(m.dir, filepath.FromSlash(name))
	if err := keep.Folder(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(m.dir, ".new"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return keep.SyncFolder(filepath.Dir(path))
}
