package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/password"
	"suiji/internal/store"
)

func (p program) userCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "账号 / accounts"}
	cmd.AddCommand(p.userAddCmd(), p.userListCmd(), p.userResetCmd(), p.userRulesCmd())
	return cmd
}

func (p program) userAddCmd() *cobra.Command {
	var authority, name, officer, unit string
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
	cmd.Flags().StringVar(&unit, "unit", "", "内设机构或联合部门的名称，只看其检查表 / name of the unit whose forms alone it sees")
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
		if acc.Unit, err = app.unit(cmd.Context(), auth.ID, unit); err != nil {
			return err
		}
		return app.identity.AddAccount(cmd.Context(), access.System(auth.ID), acc, strings.TrimRight(line, "\r\n"))
	}
	return cmd
}

// unit returns the id of the unit of a name; empty: of none.
func (a *app) unit(ctx context.Context, authority, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	all, err := a.identity.Units(ctx, authority)
	for _, u := range all {
		if u.Name == name {
			return u.ID, nil
		}
	}
	return "", errors.Join(err, errs.E(errs.NotFound, "没有名为“"+name+"”的单位，没有新增账号。单位在“账号—单位”页登记"))
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

func (p program) userResetCmd() *cobra.Command {
	var authority string
	cmd := &cobra.Command{
		Use:   "reset USERNAME",
		Short: "重置密码，打印一个只能用一次的密码 / reset a password; prints one for one sign-in",
		Long: "For when no administrator can sign in. The account's sessions end, the password must be changed at the first sign-in, and the act\n" +
			"stands in the audit log. With --second, for an administrator who has lost the telephone and the recovery codes too, all that the\n" +
			"account has beside the password is taken away: who may have it registers another at the first sign-in.",
		Example: "  suiji user reset admin --data data",
		Args:    cobra.ExactArgs(1),
	}
	pl := p.placeFlags(cmd.Flags())
	cmd.Flags().StringVar(&authority, "authority", "", "单位标识 / authority id")
	second := cmd.Flags().Bool("second", false, "同时撤销双因素 / take the second factor away too")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.inAuthority(cmd.Context(), pl, authority, func(app *app, auth identity.Authority) error {
			all, err := app.identity.Accounts(cmd.Context(), auth.ID)
			if err != nil {
				return err
			}
			for _, a := range all {
				if a.Username == args[0] {
					once, err := app.identity.Reset(cmd.Context(), access.System(auth.ID), a.ID)
					if err == nil && *second {
						err = app.identity.RemoveSecond(cmd.Context(), access.System(auth.ID), a.ID)
					}
					fmt.Fprintln(p.stdout, once)
					return err
				}
			}
			return errs.E(errs.NotFound, "没有登录名为 "+args[0]+" 的账号，没有改动")
		})
	}
	return cmd
}

func (p program) userRulesCmd() *cobra.Command {
	var authority, passwords string
	var second []string
	cmd := &cobra.Command{
		Use:     "rules",
		Short:   "登录规则：查看，或者改密码规则和双因素 / how people sign in: print it, or choose the password profile and who needs a second factor",
		Example: "  suiji user rules --passwords modern --data data\n  suiji user rules --second admin,security,leader,reviewer,auditor --data data",
		Args:    cobra.NoArgs,
	}
	pl := p.placeFlags(cmd.Flags())
	cmd.Flags().StringVar(&authority, "authority", "", "单位标识 / authority id")
	cmd.Flags().StringVar(&passwords, "passwords", "", "密码规则 / password profile: dengbao, modern")
	cmd.Flags().StringSliceVar(&second, "second", nil, "须双因素的角色，或者 all、none / roles that need a second factor, or all, or none")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return p.inAuthority(cmd.Context(), pl, authority, func(app *app, auth identity.Authority) error {
			rules, err := app.identity.Rules(cmd.Context(), auth.ID)
			if err == nil && (passwords != "" || second != nil) {
				if passwords != "" {
					rules.Passwords = password.Profile(passwords)
				}
				if second != nil {
					rules.Second = access.Named(second)
				}
				err = app.identity.SetRules(cmd.Context(), access.System(auth.ID), rules)
			}
			if err == nil {
				fmt.Fprintln(p.stdout, rules)
			}
			return err
		})
	}
	return cmd
}

// inAuthority opens an installation and works in one of its authorities.
func (p program) inAuthority(ctx context.Context, pl *place, authority string, work func(*app, identity.Authority) error) error {
	app, err := p.open(ctx, pl)
	if err != nil {
		return err
	}
	auth, err := app.authority(ctx, authority)
	if err == nil {
		err = work(app, auth)
	}
	return errors.Join(err, app.close())
}
