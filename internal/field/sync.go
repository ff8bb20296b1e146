package field

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/visit"
)

// json serves what the script asks for. What is wrong it tells as a sentence.
func (s *Server) json(h func(*http.Request) (any, error)) http.Handler {
	h = inside(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page.SetPattern(r.Context(), r.Pattern)
		out, err := h(r)
		status := http.StatusOK
		if err != nil {
			if errs.KindOf(err).Ours() {
				s.Log.ErrorContext(r.Context(), "request went wrong", "request", page.RequestID(r.Context()), "path", r.URL.Path, "error", err)
			}
			status = page.Status(err)
			out = struct {
				Sentence string `json:"sentence"`
			}{errs.Sentence(err)}
		}
		body, err := json.Marshal(out)
		if err != nil {
			status = http.StatusInternalServerError
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		w.Write(body)
	})
}

// parcel is what a phone sends: what is new, and which records it believes to
// be here.
type parcel struct {
	Records []visit.Record `json:"records"`
	Sent    []string       `json:"sent"`
}

type receipt struct {
	Now     int64          `json:"now"`
	Answers []visit.Answer `json:"answers"`
	Lost    []string       `json:"lost"` // of the sent: not here (a restored backup)
}

// mostRecords is how many records one parcel may hold.
const mostRecords = 100

func (s *Server) sync(r *http.Request) (any, error) {
	var in parcel
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return nil, errs.E(errs.Invalid, "一次上传的内容过多，没有保存；内容还在手机里")
		}
		return nil, errs.Because(errs.Invalid, "上传的内容没有完整收到，没有保存；内容还在手机里", err)
	}
	if len(in.Records) > mostRecords || len(in.Sent) > 10*mostRecords {
		return nil, errs.E(errs.Invalid, "一次上传的记录过多，没有保存；内容还在手机里")
	}
	out := receipt{Now: s.Now().UnixMilli()}
	var err error
	if out.Answers, err = s.Visit.Sync(r.Context(), actor(r), in.Records); err != nil {
		return nil, err
	}
	out.Lost, err = s.Visit.Unknown(r.Context(), actor(r), in.Sent)
	return out, err
}

// sendPhoto takes a piece of a photograph from the script, and tells how much
// of it is here.
func (s *Server) sendPhoto(r *http.Request) (any, error) {
	u, err := upload(r, r.PostFormValue("form"))
	if err != nil {
		return nil, err
	}
	p := visit.Part{Upload: u}
	for name, to := range map[string]*int64{"size": &p.Size, "offset": &p.Offset} {
		if *to, err = strconv.ParseInt(r.PostFormValue(name), 10, 64); err != nil {
			return nil, errs.Because(errs.Invalid, "照片的这一段没有完整收到，没有保存", err)
		}
	}
	have, err := s.Visit.Part(r.Context(), actor(r), p)
	return map[string]int64{"have": have}, err
}

// pack is the list of what a phone needs for a day without signal.
func (s *Server) pack(r *http.Request) (any, error) {
	all, err := s.Visit.Tasks(r.Context(), actor(r))
	if err != nil {
		return nil, err
	}
	pages := []string{"/m", "/m/outbox"}
	for _, t := range all {
		if t.Progress != visit.Done {
			pages = append(pages, "/m/tasks/"+t.ID, "/m/tasks/"+t.ID+"/code?day", "/m/tasks/"+t.ID+"/code.png?day")
		}
	}
	return struct {
		Now   int64    `json:"now"`
		Pages []string `json:"pages"`
	}{s.Now().UnixMilli(), pages}, nil
}
