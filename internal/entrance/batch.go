package entrance

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/office"
	"suiji/internal/page"
	"suiji/internal/store"
)

type uploadPage struct {
	page.Base
	ID    string // of the batch that the file would be
	Words string // of the roles
}

var accountsTrail = []page.Link{{Word: "账号", Href: "/w/accounts"}}

func (s *Server) upload(r *http.Request) (page.Page, error) {
	var all []access.Role
	for _, x := range access.Roles {
		all = append(all, x.Role)
	}
	return &uploadPage{Base: page.Base{Title: "批量开账号", Trail: accountsTrail}, ID: store.NewID(s.Now()), Words: names(all)}, nil
}

// blankBatch is the table to be filled in.
func (s *Server) blankBatch(r *http.Request) (*page.File, error) {
	var b bytes.Buffer
	var roles []string
	var rows [][]string
	for _, x := range access.Roles {
		roles = append(roles, x.Name)
		rows = append(rows, []string{x.Name, "照此填写；一人多个角色用顿号分开"})
	}
	units, err := s.Identity.Units(r.Context(), counter.Actor(r).Authority)
	if err != nil {
		return nil, err
	}
	var of []string
	for _, u := range units {
		if !u.Closed {
			of = append(of, u.Name)
		}
	}
	err = office.WriteBlank(&b, office.Blank{Name: "账号", Heads: []office.Head{{Name: "姓名", Need: true}, {Name: "登录名", Need: true, Note: "字母或数字，登录时使用"},
		{Name: "角色", Need: true, Choices: roles, Width: 24}, {Name: "执法证号", Note: "检查人员填写，与执法人员名录一致"}, {Name: "部门", Choices: of, Width: 24, Note: "只看本部门和下级部门检查表的填写；不填看全单位"}}, About: office.Sheet{Name: "填写说明", Header: []string{"角色", "填写"}, Widths: []float64{20, 44}, Rows: office.Texts(rows)}})
	return &page.File{Name: "账号表.xlsx", Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Body: b.Bytes()}, err
}

// batchLimit is far more than two hundred lines need.
const batchLimit = 4 << 20

func (s *Server) checkBatch(r *http.Request) (string, error) {
	f, head, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return "", errs.At("file", "请选择账号表")
	}
	if err != nil {
		return "", errs.Because(errs.Invalid, "文件没有完整收到，没有读入。请再上传一次", err)
	}
	defer f.Close() // it is only read
	body, err := io.ReadAll(io.LimitReader(f, batchLimit+1))
	if err != nil {
		return "", err
	}
	if len(body) > batchLimit {
		return "", errs.At("file", "文件超过 4 MB，没有读入。账号表只要五列文字")
	}
	id := counter.Text(r, "id")
	return "/w/accounts/batches/" + id, s.Identity.CheckBatch(r.Context(), counter.Actor(r), id, head.Filename, body, s.Airlock)
}

type batchPage struct {
	page.Base
	Batch   identity.Batch
	Good    []identity.BatchRow
	Bad     []identity.BatchRow
	Slips   []identity.Slip // shown once
	Divided bool
	Office  string
}

func (s *Server) batch(r *http.Request) (page.Page, error) {
	a := counter.Actor(r)
	b, err := s.Identity.Batch(r.Context(), a.Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	auth, err := s.Identity.Authority(r.Context(), a.Authority)
	if err != nil {
		return nil, err
	}
	p := &batchPage{Base: page.Base{Title: "批量开账号", Trail: accountsTrail}, Batch: b, Good: b.Good(), Bad: b.Bad(), Office: auth.Name}
	if p.Divided, err = s.Identity.Divided(r.Context(), a.Authority); err != nil || !b.Written {
		return p, err
	}
	said := strings.Split(s.Sessions.Said(r.Context()), "\n")
	if said[0] != b.ID {
		return p, nil
	}
	for _, line := range said[1:] {
		if f := strings.Split(line, "\t"); len(f) == 3 {
			p.Slips = append(p.Slips, identity.Slip{Name: f[0], Username: f[1], Password: f[2]})
		}
	}
	return p, nil
}

func (s *Server) writeBatch(r *http.Request) (string, error) {
	id := r.PathValue("id")
	slips, err := s.Identity.WriteBatch(r.Context(), counter.Actor(r), id)
	if err != nil || len(slips) == 0 {
		return "/w/accounts/batches/" + id, err
	}
	text := id
	for _, x := range slips {
		text += "\n" + strings.Join([]string{x.Name, x.Username, x.Password}, "\t")
	}
	return "/w/accounts/batches/" + id, s.Sessions.Say(r.Context(), text)
}
