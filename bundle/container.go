package bundle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"suiji/draw"
	"suiji/internal/canon"
)

// maxJSON bounds a JSON file of a bundle, in bytes: it is read into memory,
// the lists are not.
const maxJSON = 256 << 20

// maxNameLength bounds a file's name; the longest one is manifest.json's.
const maxNameLength = 16

// archive is a bundle whose container was checked.
type archive struct {
	r       io.ReaderAt
	entries []entry
}

// openArchive reads the container and builds it anew: every byte of the file
// is either a byte of a listed file, under its checksum, or equal to what
// Write would have put there.
func openArchive(r io.ReaderAt, size int64) (archive, error) {
	if size >= maxSize {
		return archive{}, said("文件达到或超过 4 GiB", "the file has 4 GiB or more")
	}
	a := archive{r: r}
	var at int64
	for len(a.entries) <= len(names(draw.MatchScheme, true)) {
		e, ok := readLocal(r, at, size)
		if !ok {
			break
		}
		if err := checkSum(r, e); err != nil {
			return a, err
		}
		a.entries = append(a.entries, e)
		at = e.end()
	}
	if err := a.checkNames(); err != nil {
		return a, err
	}
	want := directory(a.entries, at)
	got, ok := readAt(r, at, size-at, int64(len(want)))
	if !ok || !bytes.Equal(got, want) {
		return a, said(fmt.Sprintf("从第 %d 字节起的目录不是规定的形式", at), fmt.Sprintf("the directory at byte %d is not in the canonical form", at))
	}
	return a, nil
}

// readAt returns exactly n bytes at a place, and refuses if the file has any
// other number of them left.
func readAt(r io.ReaderAt, at, left, n int64) ([]byte, bool) {
	if left != n {
		return nil, false
	}
	b := make([]byte, n)
	_, err := io.ReadFull(io.NewSectionReader(r, at, n), b)
	return b, err == nil
}

// readLocal reads the local header at a place, if one in the canonical form
// stands there and its file lies inside the archive.
func readLocal(r io.ReaderAt, at, size int64) (entry, bool) {
	head := make([]byte, localSize)
	if _, err := io.ReadFull(io.NewSectionReader(r, at, localSize), head); err != nil {
		return entry{}, false
	}
	n := binary.LittleEndian.Uint16(head[26:])
	if n > maxNameLength {
		return entry{}, false
	}
	name := make([]byte, n)
	if _, err := io.ReadFull(io.NewSectionReader(r, at+localSize, int64(n)), name); err != nil {
		return entry{}, false
	}
	e := entry{
		name:   string(name),
		crc:    binary.LittleEndian.Uint32(head[14:]),
		size:   int64(binary.LittleEndian.Uint32(head[18:])),
		offset: at,
	}
	return e, bytes.Equal(append(head, name...), e.local()) && e.end() <= size
}

func checkSum(r io.ReaderAt, e entry) error {
	sum := crc32.NewIEEE()
	if _, err := io.Copy(sum, io.NewSectionReader(r, e.start(), e.size)); err != nil {
		return err
	}
	if sum.Sum32() != e.crc {
		return said(e.name+" 的内容与校验和不符", e.name+" does not have its checksum")
	}
	return nil
}

// checkNames holds the files to those of the scheme that the manifest names.
// A manifest that cannot be read is the next step's finding.
func (a archive) checkNames() error {
	var got []string
	for _, e := range a.entries {
		got = append(got, e.name)
	}
	for _, scheme := range []string{draw.TargetsScheme, draw.MatchScheme} {
		if !slices.Equal(got, names(scheme, a.has(BeaconFile))) {
			continue
		}
		if stated := a.scheme(); stated != "" && stated != scheme {
			return said(fmt.Sprintf("文件不是 %s 的那几个", stated), "the files are not those of "+stated)
		}
		return nil
	}
	return said(fmt.Sprintf("归档应依次为规定的文件，读到 %q", got), "the archive does not hold the files that belong there, in their order")
}

// scheme returns the scheme that the manifest names, if it names one of the
// two.
func (a archive) scheme() string {
	raw, err := a.read(string(draw.ManifestFile))
	if err != nil {
		return ""
	}
	v, err := canon.Parse(raw)
	if err != nil {
		return ""
	}
	object, _ := v.(map[string]any)
	switch object["scheme"] {
	case draw.TargetsScheme, draw.MatchScheme:
		return object["scheme"].(string)
	}
	return ""
}

// has reports whether a file of that name is there.
func (a archive) has(name string) bool {
	return slices.ContainsFunc(a.entries, func(e entry) bool { return e.name == name })
}

// file returns a reader over one of the archive's files; empty if it has none
// of that name.
func (a archive) file(name draw.File) io.Reader {
	for _, e := range a.entries {
		if e.name == string(name) {
			return io.NewSectionReader(a.r, e.start(), e.size)
		}
	}
	return bytes.NewReader(nil)
}

// read returns one of the archive's JSON files.
func (a archive) read(name string) ([]byte, error) {
	for _, e := range a.entries {
		if e.name == name && e.size > maxJSON {
			return nil, said(name+" 超过 256 MiB", name+" has more than 256 MiB")
		}
	}
	return io.ReadAll(a.file(draw.File(name)))
}

// lists returns fresh readers over the lists.
func (a archive) lists() draw.Lists {
	return draw.Lists{
		Targets: a.file(draw.TargetsFile), Excluded: a.file(draw.ExcludedFile),
		Officers: a.file(draw.OfficersFile), Recusals: a.file(draw.RecusalsFile),
	}
}
