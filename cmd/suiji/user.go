package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/store"
)

func (p program) userCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "账号 / accounts"}
	cmd.AddCommand(p.userAddCmd(), p.userListCmd())
	return cmd
}

func (p program) userAddCmd() *cobra.Command {
	var authority, name, officer string
	var roles []string
	cmd := &cobra.Command{
		Use:     "add USERNAME",
		Short:   "新增账号，密码从标准输入读一行 / add an account; the password is one line of standard input",
		Example: "  echo '********' | suiji user add admin --name 王敏 --role admin --data data",
		Args:    cobra.ExactArgs(1),
	}
	pl := p.placeFlags(cmd.Flags())
	cmd.Flags().StringVar(&authority, "authority", "", "单位标识 / authority id")
	cmd.Flags().StringVar(&name, "name", "", "姓名 / name")
	cmd.Flags().StringVar(&officer, "officer", "", "执法证号 / the officer's certificate number")
	cmd.Flags().StringSliceVar(&roles, "role", nil, "角色 / role: clerk, leader, list-admin, operator, reviewer, inspector, auditor, admin")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		app, err := p.open(cmd.Context(), pl)
		if err != nil {
			return err
		}
		defer app.close() // what was written is committed; nothing to say of a close
		auth, err := app.authority(cmd.Context(), authority)
		if err != nil {
			return err
		}
		line, err := bufio.NewReader(p.stdin).ReadString('\n')
		if err != nil && line == "" {
			return errs.E(errs.Invalid, "请从标准输入给出密码，没有新增账号")
		}
		acc := identity.Account{ID: store.NewID(p.now()), Username: args[0], Name: name, OfficerID: officer}
		for _, r := range roles {
			acc.Roles = append(acc.Roles, access.Role(r))
		}
		return app.identity.AddAccount(cmd.Context(), access.System(auth.ID), acc, strings.TrimRight(line, "\r\n"))
	}
	return cmd
}

func (p program) userListCmd() *cobra.Command {
	var authority string
	cmd := &cobra.Command{Use: "list", Short: "列出账号 / list accounts", Args: cobra.NoArgs}
	pl := p.placeFlags(cmd.Flags())
	cmd.Flags().StringVar(&authority, "authority", "", "单位标识 / authority id")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		app, err := p.open(cmd.Context(), pl)
		if err != nil {
			return err
		}
		defer app.close() // only read
		auth, err := app.authority(cmd.Context(), authority)
		if err != nil {
			return err
		}
		all, err := app.identity.Accounts(cmd.Context(), auth.ID)
		for _, a := range all {
			fmt.Fprintf(p.stdout, "%s\t%s\t%v\n", a.Username, a.Name, a.Roles)
		}
		return err
	}
	return cmd
}
