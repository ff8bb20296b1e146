// Package exchange hands over what the office is asked to report (数据交换,
// 1.48): inspections and penalties in the tables of the nation and the province.
// It owns the tables exchange_….
//
// What a receiver takes is data (Receivers): columns, dictionaries, rules. What
// goes into a batch is worked out from the public records and the penalties as
// they stand, beside what the receiver has by the batches before: a record is
// inserted, updated or deleted, or not in the batch at all. So a batch can be
// prepared any number of times and nothing is doubled.
//
//	record ─▶ checked against the table ─▶ line of a batch ─▶ accepted
//	              │ wrong: stays out, named         └─▶ returned ─▶ mended ─▶ next batch
//
// Files are carried by hand; nothing is sent from here.
package exchange

import (
	"strconv"
	"sync"
	"time"

	"suiji/calendar"
	"suiji/internal/airlock"
	"suiji/internal/audit"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/store"
)

// Config is what a Service stands on. All are required.
type Config struct {
	DB         *store.DB
	Door       *audit.Door
	Now        func() time.Time
	Identity   *identity.Service
	Disclosure *disclosure.Service
	Casework   *casework.Service
	Airlock    airlock.Airlock // opens receipts
	Dir        string          // receipts are kept under exchange/
}

// Service prepares batches and takes receipts.
type Service struct {
	Config
	books sync.Map // *book of an office and a receiver
}

// New makes the service.
func New(c Config) *Service { return &Service{Config: c} }

func (s *Service) today() calendar.Date { return calendar.In(s.Now()) }

// Of returns the receiver with an id, or NotFound.
func Of(id string) (Receiver, error) {
	for _, t := range Receivers {
		if t.ID == id {
			return t, nil
		}
	}
	return Receiver{}, errs.E(errs.NotFound, "没有这个报送对象")
}

// Op is what a line does at the receiver.
type Op string

// The operations, as cd_operation has them.
const (
	Insert Op = "i"
	Update Op = "u"
	Delete Op = "d"
)

// Name returns the operation in Chinese.
func (o Op) Name() string {
	return map[Op]string{Insert: "新增", Update: "更正", Delete: "删除"}[o]
}

// numeral is a number with the blank that stands before a Chinese word.
func numeral(n int) string { return strconv.Itoa(n) + " " }
