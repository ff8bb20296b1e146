package search_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"suiji/internal/audit"
	"suiji/internal/search"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

const (
	benchTowns  = "槐阳镇 殷村镇 南佐镇 宋曹镇 南因镇 姬村镇 北褚镇 马村镇 东张镇 赵同镇 苏村镇 苏阳镇 北正镇 前仙镇 黑水河镇"
	benchTrades = "商贸 建筑工程 建筑劳务 劳务派遣 人力资源服务 机械制造 食品 餐饮管理 物流 农业科技 化工 建材 服装 汽车销售 物业服务 职业培训 电子科技 医药 装饰工程 园林绿化"
	benchForms  = "有限公司 有限责任公司 有限公司 股份有限公司 有限公司元氏分公司 厂 经营部 专业合作社"
	benchMarks  = "鑫源恒泰华瑞金盛宏达永兴隆盛顺通博远天宇东方中正信诚德美佳康乐安平和立新长城冀赵槐河龙腾飞翔海洋星辰光明志同道合万里千秋百年一品三友五洲四季"
)

// madeFirm is the n-th of a generated register: no two have one number.
func madeFirm(n int) search.Entry {
	r := rand.New(rand.NewPCG(uint64(n), 7))
	pick := func(words string) string { all := strings.Fields(words); return all[r.IntN(len(all))] }
	marks := []rune(benchMarks)
	mark := string(marks[r.IntN(len(marks))]) + string(marks[r.IntN(len(marks))])
	if r.IntN(2) == 0 {
		mark += string(marks[r.IntN(len(marks))])
	}
	code := fmt.Sprintf("91130132MA%08d", uint64(n)*65_432_123%100_000_000)
	return search.Entry{Target: code, Names: []string{"元氏县" + pick(benchTowns) + mark + pick(benchTrades) + pick(benchForms)}, Codes: []string{code}}
}

// queries are what people type: a part of a name, the end of a number,
// initials, in equal parts.
func queries(n, firms int) []string {
	r := rand.New(rand.NewPCG(3, 5))
	var out []string
	for len(out) < n {
		e := madeFirm(r.IntN(firms))
		name := []rune(e.Names[0])
		at := r.IntN(len(name) - 2)
		part := name[at:min(len(name), at+2+r.IntN(5))]
		switch len(out) % 3 {
		case 0:
			out = append(out, string(part))
		case 1:
			out = append(out, e.Codes[0][18-4-r.IntN(5):])
		default:
			out = append(out, search.SoundsOf(string(part)))
		}
	}
	return out
}

// BenchmarkFind1M measures the search among a million firms, beside the
// engine's bare answer to the same words and beside LIKE over all names.
func BenchmarkFind1M(b *testing.B) {
	const firms = 1_000_000
	engines := map[string]func() *store.DB{"sqlite": func() *store.DB { return storetest.SQLite(b) }}
	if dsn := os.Getenv("SUIJI_TEST_POSTGRES"); dsn != "" {
		engines["postgres"] = func() *store.DB {
			db, err := store.Open(b.Context(), storetest.Postgres(b, dsn))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { db.Close() })
			return db
		}
	}
	for name, open := range engines {
		b.Run(name, func(b *testing.B) {
			db := open()
			begun := time.Now()
			write(b, db, "x", func(w *search.Writer) error {
				for n := range firms {
					if err := w.Add(madeFirm(n)); err != nil {
						return err
					}
				}
				return nil
			})
			b.Logf("%s: %d firms indexed in %.1f s", name, firms, time.Since(begun).Seconds())
			if err := analyze(b, db); err != nil {
				b.Fatal(err)
			}
			all := queries(600, firms)
			for _, w := range []struct {
				name string
				ask  func(query string) (int, error)
			}{
				{"search", func(q string) (int, error) {
					ids, err := search.Find(b.Context(), db, "x", search.Query{Text: q})
					return len(ids), err
				}},
				{"bare", func(q string) (int, error) { return search.Bare(b.Context(), db, "x", q) }},
				{"like", func(q string) (int, error) {
					ids, err := store.All(b.Context(), db, store.Value[string], `
						SELECT target_id FROM search_target WHERE authority_id = $1 AND text LIKE $2 LIMIT $3`, "x", "%"+q+"%", search.Most)
					return len(ids), err
				}},
			} {
				b.Run(w.name, func(b *testing.B) {
					some := all
					if w.name == "like" {
						some = all[:60]
					}
					for b.Loop() {
						measure(b, some, w.ask)
					}
				})
			}
		})
	}
}

func measure(b *testing.B, all []string, ask func(string) (int, error)) {
	var times []time.Duration
	found, slow := 0, ""
	for _, q := range all {
		begun := time.Now()
		n, err := ask(q)
		if err != nil {
			b.Fatal(err)
		}
		times, found = append(times, time.Since(begun)), found+min(1, n)
		if times[len(times)-1] >= slices.Max(times) {
			slow = q
		}
	}
	slices.Sort(times)
	ms := func(part float64) float64 {
		return float64(times[int(part*float64(len(times)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(ms(0.5), "p50-ms")
	b.ReportMetric(ms(0.95), "p95-ms")
	b.ReportMetric(ms(1), "max-ms")
	b.Logf("%d of %d queries found something; slowest: %s", found, len(all), slow)
}

// analyze lets PostgreSQL know what it has, as its own housekeeping does
// within a minute of an import.
func analyze(b *testing.B, db *store.DB) error {
	if db.Engine() != store.Postgres {
		return nil
	}
	return audit.New(db, time.Now).Keep(b.Context(), func(tx *store.DB) error {
		_, err := tx.Exec(b.Context(), `ANALYZE search_target`)
		return err
	})
}
