// Command suiji-verify checks a round's bundle, a receipt, a checkpoint or an
// authority's whole ledger without asking the office that made it: it reads
// files and no network, and stands on the public packages alone.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"suiji/bundle"
	"suiji/ledger"
)

// The exit statuses of docs/spec/bundle.md.
const (
	exitHolds   = 0
	exitUnread  = 2 // wrong use, or the file cannot be read at all
	exitRefused = 7
)

const usage = `用法 / usage: suiji-verify BUNDLE.zip [--json] [--key VKEY | --key-file FILE]
             suiji-verify receipt FILE.tlog-proof --key VKEY [--witness VKEY] [--sm2-key VKEY]
             suiji-verify checkpoint NEW --key VKEY [--since OLD --tiles DIR] [--witness VKEY] [--sm2-key VKEY]
             suiji-verify ledger DIR [--key VKEY] [--since OLD] [--witness VKEY] [--sm2-key VKEY]

核验一次抽取的核验包、一张回执、一个检查点，或一个单位的整本台账，不联网。
Checks the bundle of one draw, a receipt, a checkpoint, or an authority's whole ledger, without a network.

  --json           输出 JSON / print the report as JSON
  --key VKEY       您信任的台账验证密钥 / the ledger's verifier key that you trust
  --key-file FILE  从文件读取该密钥 / read that key from a file
  --since OLD      您保存的较早的检查点 / an earlier checkpoint that you kept
  --tiles DIR      台账文件夹，默认为新检查点所在的文件夹 / the ledger's folder, by default that of NEW
  --witness VKEY   见证方的密钥，可重复 / a witness's key, may be repeated
  --sm2-key VKEY   该单位的 SM2 验证密钥，检查点另有 SM2 签名时用 / the authority's SM2 key, where its checkpoints bear an SM2 signature

退出码 / exit status: 0 全部相符 / everything holds
                      7 有一步不符 / one step does not hold
                      2 用法错误或文件无法读取 / wrong use, or the file cannot be read
`

// titles say the steps in Chinese.
var titles = map[string]string{
	bundle.StepContainer: "归档", bundle.StepManifest: "清单", bundle.StepLists: "名单",
	bundle.StepCommitments: "承诺", bundle.StepBeacon: "信标", bundle.StepSeed: "种子",
	bundle.StepOutcome: "结果", bundle.StepProofs: "台账证明", bundle.StepOrder: "次序",
}

func main() { os.Exit(Run(os.Args[1:], os.Stdout, os.Stderr)) }

// Run carries out the command and returns its exit status.
func Run(args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && parts[args[0]] != nil {
		return runPart(parts[args[0]], args[1:], stdout, stderr)
	}
	o, err := parse(args, false)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return exitHolds
	}
	if err != nil {
		fmt.Fprintf(stderr, "%v\n\n%s", err, usage)
		return exitUnread
	}
	report, err := check(o)
	if err != nil {
		fmt.Fprintf(stderr, "无法读取文件 / cannot read the file: %v\n", err)
		return exitUnread
	}
	if err := o.print(stdout, report); err != nil {
		fmt.Fprintln(stderr, err)
		return exitUnread
	}
	if !report.OK {
		return exitRefused
	}
	return exitHolds
}

// options are the command line as read.
type options struct {
	path      string
	key       string
	json      bool
	since     string // these four: for the further commands
	tiles     string
	witnesses []string
	sm2       string
}

// parse takes flags before and after the file's name; with further also those
// of the further commands.
func parse(args []string, further bool) (options, error) {
	var o options
	var keyFile string
	fs := flag.NewFlagSet("suiji-verify", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.BoolVar(&o.json, "json", false, "")
	fs.Func("key", "", func(v string) error {
		if o.key = v; v == "" { // an unset variable of a script must not mean "any key"
			return errors.New("--key 不能为空 / --key must not be empty")
		}
		return nil
	})
	fs.StringVar(&keyFile, "key-file", "", "")
	if further {
		fs.StringVar(&o.since, "since", "", "")
		fs.StringVar(&o.tiles, "tiles", "", "")
		fs.Func("sm2-key", "", func(v string) error {
			if _, err := ledger.ParseSM2Key(v); err != nil {
				return fmt.Errorf("SM2 密钥形式不对 / the SM2 key is out of form: %w", err)
			}
			o.sm2 = v
			return nil
		})
		fs.Func("witness", "", func(v string) error {
			o.witnesses = append(o.witnesses, v)
			return nil
		})
	}
	var files []string
	for {
		if err := fs.Parse(args); err != nil {
			return o, err
		}
		if fs.NArg() == 0 {
			break
		}
		files, args = append(files, fs.Arg(0)), fs.Args()[1:]
	}
	if len(files) != 1 {
		return o, errors.New("应给出一个文件 / name one file")
	}
	o.path = files[0]
	if o.tiles == "" {
		o.tiles = filepath.Dir(o.path)
	}
	return o, o.readKey(keyFile)
}

// readKey takes the trusted key from the file, if one is named, and holds it
// to its form.
func (o *options) readKey(file string) error {
	if file != "" {
		if o.key != "" {
			return errors.New("--key 与 --key-file 只能给一个 / give --key or --key-file, not both")
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		o.key = strings.TrimSpace(string(raw))
	} else if o.key == "" {
		return nil
	}
	if _, err := ledger.ParseKey(o.key); err != nil {
		return fmt.Errorf("密钥形式不对 / the key is out of form: %w", err)
	}
	return nil
}

func check(o options) (bundle.Report, error) {
	f, err := os.Open(o.path)
	if err != nil {
		return bundle.Report{}, err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return bundle.Report{}, err
	}
	if !info.Mode().IsRegular() {
		return bundle.Report{}, fmt.Errorf("%s is not a file", o.path)
	}
	return bundle.Verify(f, info.Size(), bundle.Options{Key: o.key})
}

// print writes the report: JSON, or a line for each step and one for the
// whole.
func (o options) print(w io.Writer, r bundle.Report) error {
	if o.json {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return e.Encode(r)
	}
	var b strings.Builder
	for _, s := range r.Steps {
		mark := "相符 ok  "
		if !s.OK {
			mark = "不符 FAIL"
		}
		fmt.Fprintf(&b, "%s  %s %s: %s\n", mark, titles[s.Step], s.Step, s.Detail)
	}
	if r.OK {
		b.WriteString("全部相符 / everything holds\n")
	} else {
		fmt.Fprintf(&b, "核验不通过，止于：%s / refused at step: %s\n", titles[r.Failed()], r.Failed())
	}
	_, err := io.WriteString(w, b.String())
	return err
}
