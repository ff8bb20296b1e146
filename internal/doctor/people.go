package doctor

import (
	"context"
	"fmt"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/register"
)

func (d *Doctor) ofPeople() []check {
	return []check{
		{"单位", d.authorities, "系统管理员在“单位设置”填写单位名称、区划和电话"},
		{"各角色都有人", d.roles, "系统管理员在“账号”里给缺的角色开账号；名录管理员、抽取操作员、结果审核员应是三个人"},
		{"职责互斥", d.duties, "人手够时在“单位设置”恢复职责互斥"},
		{"执法证有效", d.certificates, "更新执法检查人员名录库；到期的人员不会被抽到"},
	}
}

func (d *Doctor) authorities(ctx context.Context) (string, bool) {
	all, err := d.Identity.Authorities(ctx)
	if err != nil || len(all) == 0 {
		return said(err, "还没有单位")
	}
	var names []string
	ok := true
	for _, x := range all {
		names = append(names, x.Name)
		ok = ok && !strings.HasPrefix(x.Name, "（") && x.Phone != ""
	}
	return strings.Join(names, "、"), ok
}

func (d *Doctor) roles(ctx context.Context) (string, bool) {
	all, err := d.Identity.Authorities(ctx)
	if err != nil {
		return err.Error(), false
	}
	var missing []string
	for _, x := range all {
		accounts, err := d.Identity.Accounts(ctx, x.ID)
		if err != nil {
			return err.Error(), false
		}
		has := map[access.Role]bool{}
		for _, a := range accounts {
			for _, r := range a.Roles {
				has[r] = has[r] || a.Active
			}
		}
		for _, r := range []access.Role{access.Clerk, access.Leader, access.ListAdmin, access.Operator, access.Reviewer, access.Auditor, access.Admin} {
			if !has[r] {
				missing = append(missing, x.ID+" 缺"+r.Name())
			}
		}
	}
	if len(missing) > 0 {
		return strings.Join(missing, "；"), false
	}
	return "齐全", true
}

func (d *Doctor) duties(ctx context.Context) (string, bool) {
	all, err := d.Identity.Authorities(ctx)
	if err != nil {
		return err.Error(), false
	}
	for _, x := range all {
		if x.RelaxedDuties {
			return x.Name + " 已放宽，每个轮次的公示页都会写明", false
		}
	}
	return "三人分担", true
}

func (d *Doctor) certificates(ctx context.Context) (string, bool) {
	all, err := d.Identity.Authorities(ctx)
	if err != nil {
		return err.Error(), false
	}
	expired, total, today := 0, 0, calendar.In(d.Now())
	for _, x := range all {
		err := d.Register.EachOfficer(ctx, nil, x.ID, func(o register.Officer) error {
			total++
			if !o.Valid(today) {
				expired++
			}
			return nil
		})
		if err != nil {
			return err.Error(), false
		}
	}
	return fmt.Sprintf("%d 人，其中已到期 %d 人", total, expired), expired == 0
}
