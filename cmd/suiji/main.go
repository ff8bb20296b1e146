// Command suiji is the platform in one program: the server, the demo, and the
// tools of the office's administrator. It wires the rooms of the house and
// holds no rule of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"suiji/internal/airlock"
	"suiji/internal/errs"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == airlock.Word {
		os.Exit(airlock.Child())
	}
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // the terminal was closed; nohup wants that ignored
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	os.Exit(Run(ctx, os.Args[1:], program{stdout: os.Stdout, stderr: os.Stderr, stdin: os.Stdin, getenv: os.Getenv, names: environ(), now: time.Now}))
}

// environ lists the names of the environment.
func environ() []string {
	all := os.Environ()
	for i, x := range all {
		all[i], _, _ = strings.Cut(x, "=")
	}
	return all
}

// program is what a run stands on, so that a test can be the operator.
type program struct {
	stdout, stderr io.Writer
	stdin          io.Reader
	getenv         func(string) string
	now            func() time.Time
	public         bool              // only the public portal, from a copy
	step           func(string)      // called at each named step of an act; nil: nobody listens
	names          []string          // of the environment, all
	file           map[string]string // the settings of the file that SUIJI_CONFIG names
}

// Exit codes, as docs/operations.md lists them. An unknown code is a failure.
const (
	exitOK       = 0
	exitFailed   = 1
	exitUsage    = 2
	exitPartly   = 3 // some rows were refused
	exitNotFound = 4
	exitConflict = 5
	exitDenied   = 6
	exitDiffers  = 7 // the database is not as the ledger has it
)

// exit is an error that only sets the exit code: what there was to say has
// been said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// Run runs one command line and returns its exit code.
func Run(ctx context.Context, args []string, p program) int {
	if path := p.getenv(configName); path != "" {
		var err error
		if p.file, err = readConfig(path); err != nil {
			p.code(err)
			return exitUsage
		}
	}
	root := &cobra.Command{
		Use:           "suiji",
		Short:         "双随机、一公开 抽查平台 / random inspections that anybody can check",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(p.serveCmd(), p.portalCmd(), p.demoCmd(), p.importCmd(), p.userCmd(), p.drawCmd(), p.deadlineCmd(), p.checkCodeCmd(), p.beaconCmd(), p.ledgerCmd(),
		p.backupCmd(), p.moveCmd(), p.databaseCmd(), p.doctorCmd(), p.configCmd(), p.versionCmd())
	root.SetArgs(args)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetIn(p.stdin)
	ran := false
	root.PersistentPreRun = func(*cobra.Command, []string) { ran = true }
	err := root.ExecuteContext(ctx)
	if err != nil && !ran {
		fmt.Fprintln(p.stderr, err)
		return exitUsage
	}
	return p.code(err)
}

// code says what went wrong and returns the exit code for it.
func (p program) code(err error) int {
	var e exit
	if err == nil {
		return exitOK
	}
	if errors.As(err, &e) {
		return int(e)
	}
	if s := errs.Sentence(err); s != "" {
		fmt.Fprintln(p.stderr, s)
	} else {
		fmt.Fprintln(p.stderr, err)
	}
	switch errs.KindOf(err) {
	case errs.NotFound:
		return exitNotFound
	case errs.Conflict, errs.Unknown:
		return exitConflict
	case errs.Forbidden, errs.SignIn, errs.Prove:
		return exitDenied
	}
	return exitFailed
}
