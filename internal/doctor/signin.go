package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"suiji/internal/access"
)

func (d *Doctor) ofSigningIn() []check {
	return []check{
		{"通行密钥", d.passkeys, "用 https 域名作 SUIJI_BASE_URL 才有通行密钥；换了域名的，请有关人员用动态口令或恢复码登录，在“我的账号”重新登记"},
		{"双因素", d.second, "在“账号 → 登录规则”（或用 suiji user rules）要求系统管理员、安全保密管理员、审计员、局领导和审核员使用双因素；各人下次登录时登记动态口令或通行密钥。新装的系统一开始就要求，以前装的照原来的设置"},
		{"已泄露密码的清单", func(context.Context) (string, bool) { return d.Breached() }, "核对 SUIJI_PASSWORD_LIST 指明的文件：按 SHA-1 从小到大排序的清单，或者逐行的密码；修好以前不能更改密码、不能开账号"},
		{"统一身份认证", d.provider, "核对 SUIJI_OIDC_ISSUER（与对方公布的一字不差）、SUIJI_OUTGOING 和网络；时钟不准的，两边都用 chrony 校时。这期间用密码登录"},
	}
}

// weighty are the roles whose password alone should open nothing: they decide
// who gets in, and what is approved and published.
var weighty = []access.Role{access.Admin, access.Security, access.Leader, access.Reviewer, access.Auditor}

// second names the offices where one of them needs no second factor.
func (d *Doctor) second(ctx context.Context) (string, bool) {
	all, err := d.Identity.Authorities(ctx)
	if err != nil {
		return err.Error(), false
	}
	var missing []string
	for _, x := range all {
		rules, err := d.Identity.Rules(ctx, x.ID)
		if err != nil {
			return err.Error(), false
		}
		for _, r := range weighty {
			if !slices.Contains(rules.Second, r) {
				missing = append(missing, x.ID+" 的"+r.Name())
			}
		}
	}
	if len(missing) > 0 {
		return "没有要求：" + strings.Join(missing, "、"), false
	}
	return "管理、审批、审核、审计的角色都要求", true
}

// passkeys tells where keys work, and which were registered at another host.
func (d *Doctor) passkeys(ctx context.Context) (string, bool) {
	keys := d.Identity.Passkeys()
	away, err := keys.Away(ctx, d.BaseURL)
	switch origin := keys.Place(d.BaseURL); {
	case err != nil:
		return err.Error(), false
	case away > 0 && origin == "":
		return fmt.Sprintf("登记了 %d 把，现在的对外网址不能使用", away), false
	case away > 0:
		return fmt.Sprintf("在 %s 有效；%d 把是在别的域名登记的，不能再用", origin, away), false
	case origin == "":
		return "对外网址不是 https 域名，没有通行密钥可用", false
	default:
		return "在 " + origin + " 有效", true
	}
}

// apart is how far the provider's clock may be from ours: tokens hold for
// minutes.
const apart = time.Minute

// provider asks the identity provider, if there is one.
func (d *Doctor) provider(ctx context.Context) (string, bool) {
	name := d.Provider.Name()
	if name == "" {
		return "没有使用", true
	}
	ahead, err := d.Provider.Probe(ctx)
	if err != nil {
		return name + "：" + err.Error(), false
	}
	if ahead.Abs() > apart {
		return fmt.Sprintf("%s 的时钟与本机相差 %d 秒", name, int(ahead.Abs().Seconds())), false
	}
	return name + "：有回答，网址相符，时钟相差不到一分钟", true
}
