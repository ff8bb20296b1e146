package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/beacon"
	"suiji/internal/errs"
	"suiji/randomness"
)

// allowedBeacons makes the client of the addresses that the installation
// allows, separated by commas; none: the network is off.
func allowedBeacons(addresses string) (*beacon.Client, error) {
	return beacon.New(strings.FieldsFunc(addresses, func(r rune) bool { return r == ',' || r == ' ' }), http.DefaultTransport)
}

func (p program) beaconCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "beacon", Short: "drand 公共信标 / rounds of the drand beacon"}
	cmd.AddCommand(p.beaconVerifyCmd(), p.beaconImportCmd())
	return cmd
}

func (p program) beaconVerifyCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "verify FILE",
		Short: "核验一轮的签名 / verify a round's signature",
		Long: "FILE is the JSON of a round as drand's servers give it. Prints the chain, the round, when it came out, and the randomness worked\n" +
			"out from the signature. Needs neither network nor database.",
		Example: "  suiji beacon verify round.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			b, err := readBeacon(args[0])
			if err != nil {
				return err
			}
			c := randomness.Quicknet
			value, err := c.Value(b.Round, b.Signature)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.stdout, "chain\t%s %s\nround\t%d\ntime\t%s\nrandomness\t%s\n", c.Name, c.Hash, b.Round, c.Time(b.Round).Format(time.RFC3339), value)
			return err
		},
	}
}

func (p program) beaconImportCmd() *cobra.Command {
	var authority string
	cmd := &cobra.Command{
		Use:   "import ROUND FILE",
		Short: "把一轮录入等待它的抽取轮次 / enter a round that a sealed draw waits for",
		Long: "ROUND is the id of the draw's round, FILE the JSON of the beacon's round. It must be the one that was sealed, and its signature must\n" +
			"verify; otherwise nothing is changed.",
		Example: "  suiji beacon import 130132-rs.2026-1 round.json --data data",
		Args:    cobra.ExactArgs(2),
	}
	pl := p.placeFlags(cmd.Flags())
	cmd.Flags().StringVar(&authority, "authority", "", "单位标识，有多个单位时必填 / authority id")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		b, err := readBeacon(args[1])
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
		if err := app.enterBeacon(cmd.Context(), access.System(auth.ID), args[0], b); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "已录入第 %d 轮\n", b.Round)
		return err
	}
	return cmd
}

// readBeacon reads a round from a file, verified.
func readBeacon(name string) (beacon.Round, error) {
	f, err := os.Open(name)
	if err != nil {
		return beacon.Round{}, errs.Because(errs.NotFound, "打不开文件 "+name, err)
	}
	defer f.Close() // only read
	return beacon.Read(f, randomness.Quicknet)
}

// enterBeacon enters a beacon's round into the half that a round is at.
func (a *app) enterBeacon(ctx context.Context, by access.Actor, id string, b beacon.Round) error {
	draws, err := a.round.Draws(ctx, by.Authority, id)
	if err != nil {
		return err
	}
	if len(draws) == 0 {
		return errs.E(errs.NotFound, "没有轮次 "+id)
	}
	sources, err := a.round.Sources(ctx, by.Authority, id, draws[len(draws)-1].Half)
	if err != nil {
		return err
	}
	for _, x := range sources {
		if x.Kind == draw.Drand {
			return a.round.Beacon(ctx, by, id, x.Name, b.Round, b.Signature)
		}
	}
	return errs.E(errs.Conflict, "轮次 "+id+" 目前的抽取没有约定公共信标，没有任何改动")
}
