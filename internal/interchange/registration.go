package interchange

import (
	"net/http"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/keep"
	"suiji/internal/page"
	"suiji/internal/tidings"
)

const registration = "/w/registration"

// recent is how many files a page shows.
const recent = 20

type registrationPage struct {
	page.Base
	Files []fileView
	Take  bool
	Today string
	MB    int
}

// fileView is a file for the page.
type fileView struct {
	tidings.File
	Tag page.Tag
}

func fileSeen(f tidings.File) fileView {
	tone := map[tidings.State]page.Tone{tidings.Checked: page.Doing, tidings.Written: page.OK}[f.State]
	return fileView{f, page.Tag{Tone: tone, Word: f.State.Name()}}
}

func (s *Server) registration(r *http.Request) (page.Page, error) {
	a := actor(r)
	p := &registrationPage{Base: page.Base{Title: "登记状态", Trail: trail(noReceiver)}, Take: access.Allow(a, access.RegisterImport),
		Today: calendar.In(s.Now()).String(), MB: tidings.MaxFile >> 20}
	all, err := s.Tidings.Files(r.Context(), a.Authority, recent)
	for _, f := range all {
		p.Files = append(p.Files, fileSeen(f))
	}
	return p, err
}

func (s *Server) takeStates(r *http.Request) (string, error) {
	var on calendar.Date
	if text := r.PostFormValue("data_on"); text != "" && on.UnmarshalText([]byte(text)) != nil {
		return "", errs.At("data_on", "数据日期应如 2022-06-14。没有保存")
	}
	file, head, err := r.FormFile("file")
	if err != nil {
		return "", errs.At("file", "请选择登记状态的文件。没有保存")
	}
	defer file.Close() // it was only read
	f, err := s.Tidings.Check(r.Context(), actor(r), keep.Name(head.Filename), on, file)
	if err != nil {
		return "", err
	}
	if _, err := s.Tidings.File(r.Context(), actor(r).Authority, f.ID); errs.KindOf(err) == errs.NotFound {
		return registration, nil // the same form, sent twice
	}
	return registration + "/" + f.ID, nil
}

type statesPage struct {
	page.Base
	File    fileView
	Changes []tidings.Row
	Left    []tidings.Row
	More    int // changes, or rows left out, that the page does not show
	Write   bool
}

func (s *Server) states(r *http.Request) (page.Page, error) {
	a := actor(r)
	f, err := s.Tidings.File(r.Context(), a.Authority, r.PathValue("file"))
	if err != nil {
		return nil, err
	}
	p := &statesPage{Base: page.Base{Title: f.Name, Trail: append(trail(noReceiver), page.Link{Word: "登记状态", Href: registration})}, File: fileSeen(f)}
	change, left, err := s.Tidings.Rows(r.Context(), a.Authority, f.ID)
	p.Changes, p.Left = change[:min(most, len(change))], left[:min(most, len(left))]
	p.More = len(change) + len(left) - len(p.Changes) - len(p.Left)
	p.Write = f.State == tidings.Checked && access.Allow(a, access.RegisterImport)
	return p, err
}

func (s *Server) writeStates(r *http.Request) (string, error) {
	id := r.PathValue("file")
	return registration + "/" + id, s.Tidings.Write(r.Context(), actor(r), id)
}

func (s *Server) dropStates(r *http.Request) (string, error) {
	return registration, s.Tidings.Drop(r.Context(), actor(r), r.PathValue("file"))
}
