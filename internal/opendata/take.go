package opendata

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"suiji/internal/spool"
)

// Long reports whether a dataset is long enough for its files to be made once
// for all who ask for them.
func (d Dataset) Long() bool { return d.mark != nil }

// Take returns a hold on a long dataset's file in a form, as of a mark: being
// made, or made already.
func (s *Service) Take(ctx context.Context, authority string, d Dataset, ext, mark string) (*spool.Hold, error) {
	return s.Spool.Take(ctx, spool.Recipe{Key: strings.Join([]string{authority, d.ID, ext}, " "), Mark: mark,
		Write: func(ctx context.Context, w io.Writer) error {
			if err := s.Write(ctx, w, authority, d, ext); err != nil {
				return err
			}
			after, err := s.Mark(ctx, authority, d)
			return unless(mark, after, err)
		}})
}

// TakeAll returns a hold on the SQLite file of all datasets, as of a mark.
func (s *Service) TakeAll(ctx context.Context, authority, mark string) (*spool.Hold, error) {
	return s.Spool.Take(ctx, spool.Recipe{Key: authority + " all", Mark: mark, At: func(ctx context.Context, path string) error {
		if err := s.WriteSQLite(ctx, path, authority); err != nil {
			return err
		}
		after, err := s.MarkAll(ctx, authority)
		return unless(mark, after, err)
	}})
}

// unless says that a file is not to be kept if what it was made of was changed
// while it was read.
func unless(before, after string, err error) error {
	if err == nil && before != after {
		return spool.ErrPassed
	}
	return err
}

// MarkAll is short for everything in all of an authority's datasets.
func (s *Service) MarkAll(ctx context.Context, authority string) (string, error) {
	h := sha256.New()
	for _, d := range Datasets {
		mark, err := s.Mark(ctx, authority, d)
		if err != nil {
			return "", err
		}
		io.WriteString(h, mark+"\n") // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:12]), nil
}

// Send writes an authority's dataset in a form; a long one is made once for all
// who ask for it.
func (s *Service) Send(ctx context.Context, w io.Writer, authority string, d Dataset, ext string) error {
	if !d.Long() {
		return s.Write(ctx, w, authority, d, ext)
	}
	mark, err := s.Mark(ctx, authority, d)
	if err != nil {
		return err
	}
	hold, err := s.Take(ctx, authority, d, ext, mark)
	if err != nil {
		return err
	}
	defer hold.Release()
	return hold.Send(ctx, w)
}
