package main

import (
	"bufio"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"suiji/internal/errs"
)

// setting is one thing that an administrator may set: by the environment, or
// by a line of the file that SUIJI_CONFIG names. Flags go before both.
type setting struct {
	name     string // of the environment
	fallback string
	about    string // Chinese, then English
}

// settings are all there are. Anything that an official may change is data.
var settings = []setting{
	{"SUIJI_DATA", "data", "数据目录 / data directory"},
	{"SUIJI_DATABASE", "", "PostgreSQL 地址，不填则用数据目录里的 SQLite / postgres:// address"},
	{"SUIJI_LISTEN", "127.0.0.1:8080", "监听地址 / address"},
	{"SUIJI_BASE_URL", "", "对外网址，印在检查表的二维码里 / public address, printed in QR codes"},
	{"SUIJI_TLS_CERT", "", "HTTPS 证书文件（PEM，含中间证书），不填则由前面的服务器提供 HTTPS / certificate with its chain; empty: the server in front speaks HTTPS"},
	{"SUIJI_TLS_KEY", "", "证书的私钥文件（PEM）/ the certificate's private key"},
	{"SUIJI_METRICS", "", "指标（Prometheus）的监听地址，不填则不提供；不要对外开放 / address of the metrics, e.g. 127.0.0.1:9464; not for the public"},
	{"SUIJI_PROXIES", "", "本机前面的反向代理的地址，用逗号隔开，只信它们写的 X-Forwarded-For / reverse proxies whose X-Forwarded-For is believed"},
	{"SUIJI_RATE", "600", "每个来源地址每分钟最多的公众查询、下载、提交次数，0 为不限 / searches, downloads and forms of the public a minute from one address; 0: no limit"},
	{"SUIJI_DRAND", "", "可以访问的 drand 地址，用逗号隔开，不填则不联网 / drand servers that may be asked, e.g. https://api.drand.sh"},
	{"SUIJI_SMTP", "", "邮件服务器，不填则不发邮件 / mail server, e.g. smtps://user:password@mail.example.gov.cn:465"},
	{"SUIJI_MAIL_FROM", "", "发件邮箱 / the sender's address"},
	{"SUIJI_WEBHOOK", "", "期限提醒的 webhook，不填则不发 / where reminders are posted"},
	{"SUIJI_WEBHOOK_SECRET", "", "webhook 的签名密钥 / signs what is posted: whsec_ and base64"},
	{"SUIJI_OUTGOING", "", "允许外发的主机和收件域名，用逗号隔开 / hosts and mail domains that may be reached, nothing else is"},
	{"SUIJI_OIDC_ISSUER", "", "统一身份认证（OpenID Connect）的网址，不填则只用密码登录 / identity provider; its hosts must be in SUIJI_OUTGOING"},
	{"SUIJI_OIDC_CLIENT", "", "在统一身份认证登记的客户端标识 / client id there"},
	{"SUIJI_OIDC_SECRET", "", "在统一身份认证登记的客户端密钥 / client secret there"},
	{"SUIJI_OIDC_NAME", "统一身份认证", "登录按钮上的名称 / what it is called on the button"},
	{"SUIJI_OIDC_ENOUGH", "", "哪些 acr、amr 值等于双因素，用逗号隔开，不填则本系统再核对 / values of acr or amr that stand for two factors"},
	{"SUIJI_PASSWORD_LIST", "", "已泄露密码的清单：按 SHA-1 排序的，或者逐行的；不填则只按规则判断 / file of breached passwords, by SHA-1 in order, or plain lines"},
	{"SUIJI_FONTS", "", "中文字体文件或目录，不填则用本机的 / a TrueType font file or a directory of them, for PDFs"},
}

const configName = "SUIJI_CONFIG"

// secret are the settings that are secret as a whole; of an address only its
// password is.
var secret = map[string]bool{"SUIJI_WEBHOOK_SECRET": true, "SUIJI_OIDC_SECRET": true}

// strangers are names of the environment that look like settings and are
// none: somebody has mistyped one.
func (p program) strangers() []string {
	var all []string
	for _, name := range p.names {
		if strings.HasPrefix(name, "SUIJI_") && !strings.HasPrefix(name, "SUIJI_TEST_") && name != configName && !known(name) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// readConfig reads a file of settings: lines of NAME=value, # before remarks.
func readConfig(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errs.Because(errs.Invalid, "读不到 "+configName+" 指明的配置文件 "+path, err)
	}
	defer f.Close() // read only
	all := map[string]string{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		if !ok || !known(name) {
			return nil, errs.E(errs.Invalid, fmt.Sprintf("%s 第 %d 行不是“名称=值”，或者没有“%s”这项设置。没有启动，请改正后再试", path, n, name))
		}
		if _, twice := all[name]; twice {
			return nil, errs.E(errs.Invalid, fmt.Sprintf("%s 第 %d 行又写了一次 %s。没有启动，请只留一行", path, n, name))
		}
		all[name] = strings.TrimSpace(value)
	}
	return all, lines.Err()
}

func known(name string) bool {
	for _, s := range settings {
		if s.name == name {
			return true
		}
	}
	return false
}

// set returns a setting's value, and where it comes from.
func (p program) set(name string) (value, origin string) {
	if v := p.getenv(name); v != "" {
		return v, "环境变量 / environment"
	}
	if v := p.file[name]; v != "" {
		return v, "配置文件 / " + p.getenv(configName)
	}
	for _, s := range settings {
		if s.name == name {
			return s.fallback, "默认 / default"
		}
	}
	panic("BUG: no setting " + name)
}

// env returns a setting's value, the default of its flag.
func (p program) env(name string) string {
	v, _ := p.set(name)
	return v
}

func (p program) configCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "设置 / settings"}
	show := &cobra.Command{
		Use:   "show",
		Short: "列出在用的设置和来源 / the settings in force, and where they come from",
		Long: "A flag goes before the environment, the environment before the file that SUIJI_CONFIG names (lines of NAME=value), the file before the\n" +
			"default. Passwords are masked. A mistake in the file ends any command with exit code 2 and the line's number.",
		Example: "  SUIJI_CONFIG=/etc/suiji.conf suiji config show --origin",
		Args:    cobra.NoArgs,
	}
	origin := show.Flags().Bool("origin", false, "写明来源 / say where each comes from")
	show.RunE = func(*cobra.Command, []string) error {
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		for _, s := range settings {
			value, from := p.set(s.name)
			if secret[s.name] && value != "" {
				value = "xxxxx"
			}
			if *origin {
				fmt.Fprintf(w, "%s=%s\t%s\n", s.name, masked(value), from)
			} else {
				fmt.Fprintf(w, "%s=%s\n", s.name, masked(value))
			}
		}
		for _, name := range p.strangers() {
			fmt.Fprintf(p.stderr, "环境变量 %s 不是任何一项设置，没有起作用。请核对名称 / no such setting: %[1]s\n", name)
		}
		return w.Flush()
	}
	cmd.AddCommand(show)
	return cmd
}

// masked hides the password of an address.
func masked(value string) string {
	u, err := url.Parse(value)
	if err != nil || u.User == nil {
		return value
	}
	return u.Redacted()
}
