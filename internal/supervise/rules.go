package supervise

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Code names a rule.
type Code string

// The rules.
const (
	PerDay        Code = "per-day"       // 一天内上门次数
	PerWeek       Code = "per-week"      // 一周内上门次数
	PerMonth      Code = "per-month"     // 一个月内上门次数
	Pair          Code = "pair"          // 同一人反复检查同一户
	Fruitless     Code = "fruitless"     // 同一人同一户多次未发现问题
	Early         Code = "early"         // 早于抽取或者批准
	Outside       Code = "outside"       // 检查期以外
	Night         Code = "night"         // 夜间
	Speed         Code = "speed"         // 路上时间不够
	Short         Code = "short"         // 现场时间太短
	Burst         Code = "burst"         // 短时间内连续录入“未发现问题”
	Removals      Code = "removals"      // 剔除集中
	Substitutions Code = "substitutions" // 人员替换集中
	Answering     Code = "answering"     // 答复期限: no pattern, the clock of the answers
)

// Limit is a number that a rule counts against.
type Limit struct {
	Name     string
	Word     string // Chinese
	Unit     string
	Value    int // in force
	Min, Max int
}

// Rule is one pattern that is looked for.
type Rule struct {
	Code   Code
	Name   string
	Says   string // the rule in words; {name} stands for a limit
	Asks   string // what is asked
	Source string
	Role   access.Role // asked besides the people
	Limits []Limit
	find   func(f *facts, n numbers) []found
}

// Sentence says the rule in words with its limits.
func (r Rule) Sentence() string {
	for _, l := range r.Limits {
		r.Says = strings.ReplaceAll(r.Says, "{"+l.Name+"}", strconv.Itoa(l.Value))
	}
	return r.Says
}

func (r Rule) numbers() numbers {
	n := numbers{}
	for _, l := range r.Limits {
		n[l.Name] = l.Value
	}
	return n
}

// numbers are a rule's limits by name.
type numbers map[string]int

const (
	often   = "成都市涉企行政检查的预警做法（每日超过 1 次、每周超过 2 次、每月超过 3 次）"
	conduct = "国办发〔2024〕54号；行政执法监督条例"
)

// rules is the table, with the limits as they stand until an office changes
// them.
var rules = []Rule{
	{PerDay, "一天内多次上门", "同一企业一天内被上门检查超过 {most} 次（各种检查、已登记的其他机关的检查都算；同一轮次各部门同日一并上门算 1 次，书面检查不算）。",
		"为什么不能合并为一次上门？", often, access.Clerk, []Limit{{"most", "每日最多", "次", 1, 1, 10}}, perDay},
	{PerWeek, "一周内多次上门", "同一企业一周内（星期一至星期日）被上门检查超过 {most} 次（算法同上一条）。",
		"为什么一周内需要这么多次？", often, access.Clerk, []Limit{{"most", "每周最多", "次", 2, 1, 20}}, perWeek},
	{PerMonth, "一个月内多次上门", "同一企业一个自然月内被上门检查超过 {most} 次（算法同上）。",
		"为什么一个月内需要这么多次？", often, access.Clerk, []Limit{{"most", "每月最多", "次", 3, 1, 60}}, perMonth},
	{Pair, "同一人员反复检查同一企业", "同一人员在 {days} 天内检查同一企业超过 {most} 次（一个轮次算 1 次）。",
		"每次都是抽取产生的吗？有没有应当回避的情形？", conduct, access.Clerk, []Limit{{"most", "最多", "次", 3, 1, 50}, {"days", "多少天内", "天", 730, 30, 3650}}, pair},
	{Fruitless, "多次检查未发现问题", "同一人员一个自然年内检查同一企业达到 {times} 次，都没有发现问题。",
		"为什么还要检查这一户？继续检查的理由是什么？", "成都市：同一人员同一企业一年 3 次检查未发现问题的，说明理由以前不再安排", access.Clerk, []Limit{{"times", "达到", "次", 3, 2, 20}}, fruitless},
	{Early, "检查早于抽取或者批准", "到达（手机时间）比抽取检查人员、批准检查安排的时间早 {minutes} 分钟以上；没有登记到达的，检查日整天都早于抽取或者批准。登记了紧急检查的不算。",
		"检查为什么先于抽取或者批准？", "国办发〔2024〕54号：检查前须经行政机关负责人批准", access.Clerk, []Limit{{"minutes", "允许早", "分钟", 10, 0, 1440}}, early},
	{Outside, "检查期以外上门", "到达日或者检查日在检查期第一天以前，或者最后一天之后超过 {days} 天。",
		"为什么在检查期以外上门？", conduct, access.Clerk, []Limit{{"days", "允许晚", "天", 0, 0, 60}}, outside},
	{Night, "夜间上门", "到达时间（手机时间）在 {from} 时以前，或者 {until} 时及以后。",
		"为什么在这个时间上门？企业是否同意？", conduct, access.Clerk, []Limit{{"from", "最早", "时", 7, 0, 12}, {"until", "最晚", "时", 20, 13, 24}}, night},
	{Speed, "路上时间不够", "同一人员一天内先后到达两户，直线距离（已扣除两处定位误差）不少于 {km} 公里，按两次到达的间隔推算，时速超过 {kmh} 公里。两处都有定位的才算。",
		"两处都到过现场吗？", "国办发〔2024〕54号；防止以纸面代替现场", access.Clerk, []Limit{{"kmh", "时速最多", "公里", 100, 20, 300}, {"km", "距离至少", "公里", 3, 1, 100}}, speed},
	{Short, "现场时间太短", "从到达到签字（没有在手机上签字的，到结果生成），平均每个检查要点不足 {seconds} 秒。只算用手机录入的实地检查。",
		"这些要点是怎样逐项核查的？", "国办发〔2024〕54号；防止以纸面代替现场", access.Clerk, []Limit{{"seconds", "每个要点至少", "秒", 20, 1, 600}}, short},
	{Burst, "短时间内连续录入“未发现问题”", "同一账号在 {minutes} 分钟内录入 {forms} 户或者更多，结果都是“未发现问题”（手机录入的按手机时间）。",
		"这些结果是逐户核查后录入的吗？", "国办发〔2024〕54号；防止以纸面代替现场", access.Clerk, []Limit{{"forms", "达到", "户", 5, 2, 100}, {"minutes", "分钟数", "分钟", 5, 1, 240}}, burst},
	{Removals, "剔除集中", "一个年度内批准的剔除中，同一人提出、同一乡镇或者同一原因的不少于 {least} 户，并且超过“应有户数加三倍标准差”。应有户数按抽中户数的 {percent}% 推算；乡镇按全单位实际剔除率推算，如果那更高。",
		"剔除为什么集中在这里？", "随机抽查名单不得人为改动", access.ListAdmin, []Limit{{"least", "至少", "户", 4, 2, 100}, {"percent", "应有比例", "%", 8, 1, 50}}, removals},
	{Substitutions, "人员替换集中", "一个年度内批准的人员替换中，替换同一人、同一人提出或者同一原因的不少于 {least} 次，并且超过“应有次数加三倍标准差”。应有次数按本人（其余按全部）参加检查组次数的 {percent}% 推算。",
		"人员替换为什么集中在这里？", "随机抽查名单不得人为改动", access.ListAdmin, []Limit{{"least", "至少", "次", 4, 2, 100}, {"percent", "应有比例", "%", 10, 1, 50}}, substitutions},
	{Answering, "答复期限", "问题提出或者退回再问以后，{days} 个工作日内答复。", "", "本单位规定", access.Leader,
		[]Limit{{"days", "答复", "个工作日", 5, 1, 60}}, nil},
}

func ruleOf(c Code) Rule {
	for _, r := range rules {
		if r.Code == c {
			return r
		}
	}
	return Rule{Code: c, Name: string(c)}
}

// Change is one change of a limit.
type Change struct {
	Rule   Code
	Name   string
	Value  int
	Reason string
	By     string
	At     time.Time
}

// LimitName returns in Chinese which limit was changed.
func (c Change) LimitName() string {
	r := ruleOf(c.Rule)
	for _, l := range r.Limits {
		if l.Name == c.Name {
			return r.Name + "：" + l.Word
		}
	}
	return r.Name
}

// Changes lists the changes of limits, the newest first.
func (s *Service) Changes(ctx context.Context, authority string) ([]Change, error) {
	return store.All(ctx, s.DB, scanChange, `
		SELECT rule, name, value, reason, by_name, at
		FROM supervise_limit
		WHERE authority_id = $1
		ORDER BY at DESC, rule, name, no DESC`, authority)
}

func scanChange(row store.Scanner) (c Change, err error) {
	var at int64
	err = row.Scan(&c.Rule, &c.Name, &c.Value, &c.Reason, &c.By, &at)
	c.At = store.Instant(at)
	return c, err
}

// Rules returns the rules with an office's limits.
func (s *Service) Rules(ctx context.Context, authority string) ([]Rule, error) {
	return Rules(ctx, s.DB, authority)
}

// Rules returns the rules with an office's limits, for who has no service.
func Rules(ctx context.Context, db *store.DB, authority string) ([]Rule, error) {
	changed, err := store.All(ctx, db, scanChange, `
		SELECT rule, name, value, reason, by_name, at
		FROM supervise_limit
		WHERE authority_id = $1
		ORDER BY rule, name, no`, authority)
	all := slices.Clone(rules)
	for i := range all {
		all[i].Limits = slices.Clone(all[i].Limits)
		for j := range all[i].Limits {
			for _, c := range changed {
				if c.Rule == all[i].Code && c.Name == all[i].Limits[j].Name {
					all[i].Limits[j].Value = c.Value
				}
			}
		}
	}
	return all, err
}

// SetLimits changes the limits of a rule, with a reason that stays to be read.
// What is as it was changes nothing. Errors: Invalid at an input; NotFound.
func (s *Service) SetLimits(ctx context.Context, a access.Actor, rule Code, values map[string]string, reason string) error {
	r := ruleOf(rule)
	if len(r.Limits) == 0 {
		return errs.E(errs.NotFound, "没有这条规则，没有任何改动")
	}
	var ps []errs.Problem
	to := map[string]int{}
	for _, l := range r.Limits {
		n, err := strconv.Atoi(strings.TrimSpace(values[l.Name]))
		if err != nil || n < l.Min || n > l.Max {
			ps = append(ps, errs.Problem{Field: l.Name, Sentence: fmt.Sprintf("“%s”应为 %d 到 %d 的整数", l.Word, l.Min, l.Max)})
		}
		to[l.Name] = n
	}
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n < 5 || n > 200 {
		ps = append(ps, errs.Problem{Field: "reason", Sentence: "请写明改动的理由，5 到 200 字"})
	}
	if err := errs.All(ps); err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.SuperviseRule, string(rule), func(tx *store.DB) error {
		now, err := Rules(ctx, tx, a.Authority)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(now, func(x Rule) bool { return x.Code == rule })
		for _, l := range now[i].Limits {
			if to[l.Name] == l.Value {
				continue
			}
			no, err := store.One(ctx, tx, store.Value[int], `
				SELECT count(*)
				FROM supervise_limit
				WHERE authority_id = $1 AND rule = $2 AND name = $3`, a.Authority, string(rule), l.Name)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `
				INSERT INTO supervise_limit (authority_id, rule, name, no, value, reason, by_name, at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
				a.Authority, string(rule), l.Name, no+1, to[l.Name], reason, a.Name, s.Now().UnixMilli())
			if err != nil {
				return err
			}
		}
		return nil
	})
}
