package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"suiji/calendar"
	"suiji/draw"
	"suiji/internal/errs"
	"suiji/internal/uscc"
)

func (p program) drawCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "draw", Short: "抽取的计算 / work out draws"}
	cmd.AddCommand(&cobra.Command{
		Use:     "compute DIR",
		Short:   "打印一个案例目录的规范结果 / print the canonical result of a case folder",
		Long:    "DIR holds manifest.json, the lists and reveal.json, as docs/spec/draw.md says. Only the result's bytes are printed.",
		Example: "  suiji draw compute docs/spec/vectors/targets-one",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			result, err := draw.Compute(os.DirFS(args[0]))
			var e *draw.Error
			if errors.As(err, &e) {
				return errs.Because(errs.Invalid, fmt.Sprintf("%s（%s）", e.Rule.Sentence(), e.Error()), err)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			_, err = p.stdout.Write(result)
			return err
		},
	})
	return cmd
}

func (p program) deadlineCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "deadline DATE N workdays|days",
		Short:   "从某日起 N 个工作日或自然日的截止日 / the last day of a deadline",
		Long:    "The day of the event is not counted. A deadline in calendar days that ends on a day of rest ends on the next working day.",
		Example: "  suiji deadline 2022-06-14 20 days\n  suiji deadline 2022-01-28 2 workdays",
		Args:    cobra.ExactArgs(3),
		RunE: func(_ *cobra.Command, args []string) error {
			from, err := calendar.Parse(args[0])
			if err != nil {
				return err
			}
			n, err := strconv.Atoi(args[1])
			if err != nil {
				return errs.E(errs.Invalid, "“"+args[1]+"”不是整数")
			}
			d, err := calendar.National().Deadline(from, n, calendar.Unit(args[2]))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(p.stdout, d.Due)
			return err
		},
	}
}

func (p program) checkCodeCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "check-code CODE",
		Short:   "校验统一社会信用代码 / check a unified social credit code (GB 32100)",
		Example: "  suiji check-code 91130183676044492W",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			res := uscc.Check(args[0])
			for _, f := range res.Errors {
				fmt.Fprintf(p.stdout, "%s: %s\n", f.Rule, f.Sentence)
			}
			if !res.Valid() {
				return exit(exitFailed)
			}
			fmt.Fprintln(p.stdout, "valid")
			for _, f := range res.Warnings {
				fmt.Fprintf(p.stderr, "%s: %s\n", f.Rule, f.Sentence)
			}
			return nil
		},
	}
}
