package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"suiji/internal/access"
	"suiji/internal/archive"
	"suiji/internal/shape"
	"suiji/internal/token"
)

// filing registers the archive: what a records system asks for.
func (s *Server) filing() {
	op := func(id, method, path, summary, about string, scope token.Scope, act access.Action) operation {
		return operation{id: id, method: method, path: "/office/archive" + path, tag: "办公", summary: summary, about: about, scope: scope}.wants(act)
	}
	add(s, op("listArchive", http.MethodGet, "", "案卷", "按轮次和对象标识。", token.ReadArchive, access.ArchiveRead), s.archived)
	add(s, op("getArchiveFile", http.MethodGet, "/{round}/{target}", "一个案卷", "连同缺少的材料和四性检测。", token.ReadArchive, access.ArchiveRead), s.archiveFile)
	add(s, keeps(op("getArchivePackage", http.MethodGet, "/{round}/{target}/{volume}/package", "案卷包", "ZIP，含个人信息；每次取走都记入审计日志。可以分段读取。", token.ReadArchive, access.ArchiveTake), "application/zip"), s.archivePackage)
	seal := op("sealArchiveFile", http.MethodPost, "/{round}/{target}/seal", "封存案卷", "没有新材料的不再封存，回答原有的。缺少材料的，须写明理由。", token.WriteArchive, access.ArchiveSeal)
	accept := op("acceptArchiveVolume", http.MethodPost, "/{round}/{target}/{volume}/accept", "登记移交", "由封存人以外的人登记。", token.WriteArchive, access.ArchiveAccept)
	seal.kinds, accept.kinds = changes, changes
	add(s, seal, s.sealArchive)
	add(s, accept, s.acceptVolume)
}

// ArchiveID names a file of the archive.
type ArchiveID struct {
	Round  string `path:"round" maxLength:"100" doc:"轮次"`
	Target string `path:"target" maxLength:"100" doc:"对象标识"`
}

func (in ArchiveID) key() archive.Key { return archive.Key{Round: in.Round, Target: in.Target} }

// VolumeID names one volume of a file.
type VolumeID struct {
	ArchiveID
	Volume int `path:"volume" minimum:"1" doc:"第几卷"`
}

func (s *Server) archiveLine(f archive.File) shape.ArchiveLine {
	x := shape.ArchiveLine{Round: f.Round, Target: f.Target, Firm: f.Firm, Code: f.FirmCode, Year: f.Year, State: string(f.State()), StateLabel: f.State().Name(),
		Due: f.Due.String(), Late: f.Late(s.today()), Volumes: []shape.ArchiveVolume{}}
	for _, v := range f.Volumes {
		at := fmt.Sprintf("%soffice/archive/%s/%s/%d/package", prefix, url.PathEscape(f.Round), url.PathEscape(f.Target), v.No)
		y := shape.ArchiveVolume{FileOnDisk: shape.FileOnDisk{Type: "application/zip", URL: at, SHA256: v.SHA256}, No: v.No, Number: v.Number, Title: v.Title(), Period: string(v.Period),
			SM3: v.SM3, Size: v.Size, Files: v.Files, Gaps: some(v.Gaps), Reason: v.Reason, SealedBy: v.SealedName, SealedAt: instant(v.SealedAt)}
		if v.Accession != nil {
			y.Receiver, y.AcceptedOn = v.Accession.Receiver, v.Accession.On.String()
		}
		x.Volumes = append(x.Volumes, y)
	}
	return x
}

func (s *Server) archived(ctx context.Context, in *struct {
	Paging
	Round string `query:"round" maxLength:"100" doc:"轮次"`
	State string `query:"state" enum:"running,open,fresh,sealed,accepted" doc:"状态"`
	Year  int    `query:"year" doc:"年度"`
	Text  string `query:"q" maxLength:"100" doc:"企业名称、代码或者档号的一部分"`
}) (*listed[shape.ArchiveLine], error) {
	a, year := actor(ctx), ""
	if in.Year != 0 {
		year = strconv.Itoa(in.Year)
	}
	all, err := s.Archive.Files(ctx, a.Authority, archive.Filter{Round: in.Round, State: archive.State(in.State), Year: in.Year, Text: in.Text})
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, of("office/archive", in.Round, in.State, year, in.Text), in.Paging, func(f archive.File) string { return f.Round + " " + f.Target })
	if err != nil {
		return nil, err
	}
	var out []shape.ArchiveLine
	var rounds []string
	for _, f := range some {
		out, rounds = append(out, s.archiveLine(f)), append(rounds, f.Round)
	}
	q := filters(in.Paging, "round", in.Round, "state", in.State, "year", year, "q", in.Text)
	return pageOf("office/archive", q, out, next), s.Round.Look(ctx, a, rounds)
}

func (s *Server) archiveFile(ctx context.Context, in *ArchiveID) (*body[shape.ArchiveFile], error) {
	a := actor(ctx)
	w, err := s.Archive.Whole(ctx, a.Authority, in.key())
	if err != nil {
		return nil, missing(err)
	}
	x := shape.ArchiveFile{ArchiveLine: s.archiveLine(w.File), Facts: w.Facts, Period: string(w.Proposed), Gaps: some(w.Gaps), Checks: []shape.ArchiveCheck{}}
	for _, c := range w.Checks {
		x.Checks = append(x.Checks, shape.ArchiveCheck{Property: string(c.Property), Name: c.Name, OK: c.OK, Says: c.Says})
	}
	return &body[shape.ArchiveFile]{x}, s.Round.Look(ctx, a, []string{w.Round})
}

func (s *Server) archivePackage(ctx context.Context, in *VolumeID) (*huma.StreamResponse, error) {
	v, content, err := s.Archive.Take(ctx, actor(ctx), in.key(), in.Volume)
	if err != nil {
		return nil, missing(err)
	}
	return kept(v.FileName(), "application/zip", v.SHA256, content), nil
}

func (s *Server) sealArchive(ctx context.Context, in *struct {
	ArchiveID
	Body shape.Sealing
}) (*body[shape.ArchiveFile], error) {
	c := archive.Sealing{Facts: in.Body.Facts, Period: archive.Period(in.Body.Period), Reason: in.Body.Reason}
	if _, _, err := s.Archive.Seal(ctx, actor(ctx), in.key(), c); err != nil {
		return nil, missing(err)
	}
	return s.archiveFile(ctx, &in.ArchiveID)
}

func (s *Server) acceptVolume(ctx context.Context, in *struct {
	VolumeID
	Body shape.HandedToArchive
}) (*body[shape.ArchiveFile], error) {
	on, err := day("on", in.Body.On)
	if err != nil {
		return nil, err
	}
	x := archive.Accession{Receiver: in.Body.Receiver, Number: in.Body.Number, On: on}
	if err := s.Archive.Accept(ctx, actor(ctx), in.key(), in.Volume, x, nil); err != nil {
		return nil, missing(err)
	}
	return s.archiveFile(ctx, &in.ArchiveID)
}
