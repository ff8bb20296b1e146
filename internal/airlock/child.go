package airlock

import (
	"encoding/json"
	"errors"
	"io"
	"os"

	"suiji/internal/office"
)

// job is what the child is asked to do.
type job struct {
	Do     string // rows, mark, slots, fill
	Name   string // of the file, for sentences
	Limits office.Limits
	Marks  []office.Mark
	Merge  office.Merge
}

func (j job) write(w io.Writer) error { return json.NewEncoder(w).Encode(j) }

// Child is the other process: the table on standard input, the job on file 3,
// frames to standard output. It returns the exit code.
func Child() int {
	order := os.NewFile(3, "order")
	var j job
	if err := json.NewDecoder(order).Decode(&j); err != nil {
		return 2
	}
	if err := errors.Join(order.Close(), confine()); err != nil {
		os.Stderr.WriteString(err.Error())
		return 2
	}
	if err := work(j, os.Stdin, os.Stdout); err != nil {
		os.Stderr.WriteString(err.Error())
		return 1
	}
	return 0
}

// work does a job. What is wrong with the file goes into the stream.
func work(j job, f *os.File, w io.Writer) error {
	out := newWriter(w)
	err := do(j, f, out)
	var bad *office.Error
	if errors.As(err, &bad) {
		err = out.refusal(bad.Sentence)
	} else if err == nil {
		err = out.end()
	}
	return errors.Join(err, out.flush())
}

func do(j job, f *os.File, out *writer) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	switch j.Do {
	case "mark":
		return j.Limits.Mark(f, info.Size(), j.Marks, out)
	case "fill":
		return office.Fill(f, info.Size(), j.Merge, out)
	case "slots":
		names, err := office.Slots(f, info.Size())
		if err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(names)
	}
	t, err := j.Limits.Open(j.Name, f, info.Size())
	if err != nil {
		return err
	}
	defer t.Close() // it was only read, and this process ends
	if err := out.head(Head{Format: t.Format, Encoding: t.Encoding, Sheet: t.Sheet, Others: t.Others, Merged: t.Merged}); err != nil {
		return err
	}
	for row, err := range t.Rows() {
		if err == nil {
			err = out.row(row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
