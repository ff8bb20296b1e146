package main

import (
	"encoding/json"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"suiji/internal/breach"
	"suiji/internal/doctor"
	"suiji/internal/papers"
	"suiji/internal/socket"
)

// doctor looks at this installation.
func (p program) doctor(app *app) *doctor.Doctor {
	return doctor.New(doctor.Config{DB: app.db, Dir: app.dir, BaseURL: p.env("SUIJI_BASE_URL"), Database: app.database, Proxies: p.env("SUIJI_PROXIES"), OwnHTTPS: p.env("SUIJI_TLS_CERT") != "", Fonts: papers.FindFonts(p.env("SUIJI_FONTS")), UserID: os.Getuid(),
		Now: p.now, Scribe: app.scribe, Audit: app.door, Identity: app.identity, Reference: app.reference, Register: app.register, Reckon: app.reckon, Provider: app.federation,
		Certificate: func() (string, bool) {
			return socket.Examine(p.env("SUIJI_TLS_CERT"), p.env("SUIJI_TLS_KEY"), p.env("SUIJI_BASE_URL"), p.now())
		},
		Breached: func() (string, bool) { return breach.Examine(p.env("SUIJI_PASSWORD_LIST")) }})
}

func (p program) doctorCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "doctor",
		Short:   "检查安装是否健康，并给出办法 / what is well with an installation, what is not, and what to do",
		Long:    "Looks at files, database, ledger, clock, people and backups. Exit 0 if all is well, 1 if something is not. It changes nothing.",
		Example: "  suiji doctor --data data",
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
		if err := p.reach(app, p.env("SUIJI_BASE_URL")); err != nil {
			return err
		}
		all := p.doctor(app).Examine(cmd.Context())
		if *asJSON {
			e := json.NewEncoder(p.stdout)
			e.SetIndent("", " ")
			err = e.Encode(all)
		} else {
			err = doctor.Print(p.stdout, all)
		}
		if err == nil && slices.ContainsFunc(all, func(f doctor.Finding) bool { return !f.OK }) {
			err = exit(exitFailed)
		}
		return err
	}
	return cmd
}
