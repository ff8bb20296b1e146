package intake

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"suiji/internal/register"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// benchRows is a province's department: one million firms.
const benchRows = 1_000_000

// madeFirm is the n-th firm of a generated register. Its code is valid, and
// the codes are in no order.
func madeFirm(n int) (name, code, address string) {
	// The numbers are spread by a multiplier that shares no factor with their
	// modulus, so that no two are the same.
	organisation := fmt.Sprintf("MA%06d", uint64(n)*654_321%1_000_000)
	body := "91130132" + organisation + string(organisationCheck(organisation))
	code = body + string(checkOf(body))
	return "元氏县槐阳第" + strconv.Itoa(n) + "商贸有限公司", code, "石家庄市元氏县槐阳镇人民路" + strconv.Itoa(n%997) + "号"
}

// organisationCheck is the check character of GB 11714 for 8 characters.
func organisationCheck(body string) byte {
	sum := 0
	for i, w := range []int{3, 7, 9, 10, 5, 8, 4, 2} {
		sum += strings.IndexByte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", body[i]) * w
	}
	return "0X987654321"[sum%11]
}

// checkOf is the check character of GB 32100 for 17 characters.
func checkOf(body string) byte {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	sum, weight := 0, 1
	for i := range body {
		sum += strings.IndexByte(alphabet, body[i]) * weight
		weight = weight * 3 % 31
	}
	return alphabet[(31-sum%31)%31]
}

const madeScope = "日用百货、五金产品、建筑材料、针纺织品的销售；货物运输代理；道路普通货物运输。"

// madeRegister writes a generated register as CSV.
func madeRegister(tb testing.TB, w io.Writer, rows int) {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, "企业名称,统一社会信用代码,成立日期,企业类型,经营范围,所属地区,注册地址,登记状态")
	for n := range rows {
		name, code, address := madeFirm(n)
		fmt.Fprintf(b, "%s,%s,20%02d-06-01,有限责任公司,%s,元氏县,%s,存续\n", name, code, n%22, madeScope, address)
	}
	if err := b.Flush(); err != nil {
		tb.Fatal(err)
	}
}

// watch samples the memory of this process, in MB, until stop is called, which
// returns the most it saw. Outside Linux it is 0.
func watch() (stop func() float64) {
	done, most := make(chan bool), make(chan float64)
	go func() {
		top := 0.0
		for {
			top = max(top, resident())
			select {
			case <-done:
				most <- top
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() float64 { close(done); return <-most }
}

func resident() float64 {
	b, _ := os.ReadFile("/proc/self/status")
	for line := range bytes.Lines(b) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmRSS:")); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(string(rest))[0], 64)
			return kb / 1024
		}
	}
	return 0
}

// BenchmarkImport1M measures a million rows from CSV to written, beside what
// the engine alone takes to enter the same rows into the same table with its
// indexes.
func BenchmarkImport1M(b *testing.B) {
	name := filepath.Join(b.TempDir(), "register.csv")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	madeRegister(b, f, benchRows)
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	open := func(b *testing.B) *store.DB { return storetest.SQLite(b) }
	if dsn := os.Getenv("SUIJI_TEST_POSTGRES"); dsn != "" {
		open = func(b *testing.B) *store.DB {
			db, err := store.Open(b.Context(), storetest.Postgres(b, dsn))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { db.Close() })
			return db
		}
	}
	b.Run("engine", func(b *testing.B) {
		for b.Loop() {
			engineAlone(b, open(b))
		}
		b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("import", func(b *testing.B) {
		stop := watch()
		for b.Loop() {
			importFile(b, newDesk(b, open(b)), name)
		}
		b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		b.ReportMetric(stop(), "peak-MB")
	})
}

// engineAlone enters the rows with one prepared statement in one transaction.
func engineAlone(b *testing.B, db *store.DB) {
	ctx := b.Context()
	err := db.InTx(ctx, func(tx *store.DB) error {
		insert, done, err := tx.Prepare(ctx, `
			INSERT INTO register_target (authority_id, target_id, code, code_kind, name, kind, state, established, area_code, area_name, address,
				work_address, industry, scope, contact, phone, source, tags, active, reason, version, digest)
			VALUES (`+store.Places(1, 22)+`)`)
		if err != nil {
			return err
		}
		digest := make([]byte, 32)
		for n := range benchRows {
			name, code, address := madeFirm(n)
			err := insert(authority, code, code, "uscc", name, "企业", register.InOperation, "2010-06-01", "", "元氏县", address, "", "", madeScope,
				"", "", "", "", true, "", 1, digest)
			if err != nil {
				return err
			}
		}
		return done()
	})
	if err != nil {
		b.Fatal(err)
	}
}

func importFile(b *testing.B, d *desk, name string) {
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	start := time.Now()
	i, err := d.Check(b.Context(), clerk, register.Targets, name, f)
	if err != nil {
		b.Fatal(err)
	}
	checked := time.Since(start)
	if i = d.write(i); i.Added != benchRows {
		b.Fatalf("import = %+v, want %d added", i, benchRows)
	}
	b.ReportMetric(checked.Seconds(), "check-s")
	b.ReportMetric((time.Since(start) - checked).Seconds(), "write-s")
}

// The generated register must be worth measuring: every row valid, no two of
// one code.
func TestMadeRegister(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		var b bytes.Buffer
		madeRegister(t, &b, 3000)
		if i := d.check(register.Targets, "made.csv", b.Bytes()); i.Accepted != 3000 || i.Warned != 0 {
			t.Errorf("check = %+v with %v, want 3000 accepted", i, d.issues(i)[:1])
		}
	})
}
