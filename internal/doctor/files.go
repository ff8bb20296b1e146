package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"suiji/internal/backup"
)

func (d *Doctor) ofFiles() []check {
	return []check{
		{"数据目录的权限", d.permissions, "只让运行本程序的用户能进：chmod 750 数据目录，密钥文件 chmod 600"},
		{"数据目录可写", d.writable, "检查磁盘是否只读，或者数据目录属于哪个用户"},
		{"磁盘剩余空间", d.space, "清理磁盘或者扩容；不到 1 GB 时导入大文件会失败（已有数据不受影响）"},
		{"运行用户", d.person, "换一个没有管理员权限的用户运行"},
		{"对外网址", d.address, "设置 SUIJI_BASE_URL 为 https:// 开头的网址，并由本程序（SUIJI_TLS_CERT、SUIJI_TLS_KEY）或前面的服务器提供 HTTPS；没有 HTTPS，手机不能离线检查，口令会以明文传输"},
		{"HTTPS 证书", func(context.Context) (string, bool) { return d.Certificate() }, "换上签发机构新签的证书（先写本站证书，再写中间证书）和私钥，私钥只让运行本程序的用户能读；文件换好后下一次连接就启用，不必重新启动"},
		{"反向代理", d.proxies, "把前面那台服务器连接本程序用的 IP 地址写入 SUIJI_PROXIES（同一台机器：127.0.0.1），并让它发送 X-Forwarded-For；否则所有人算作同一个来源，查询稍多就被一起限制（SUIJI_RATE），登录失败也不能按来源区分"},
		{"中文字体", d.fonts, "安装一种中文 TrueType 字体（Debian：fonts-droid-fallback）；没有字体时 PDF 不能生成，打印页面和 DOCX 不受影响"},
		{"最近的备份", d.lastBackup, "运行 suiji backup create，每天一次，并把文件存到另一台机器"},
		{"半途而废的文件", d.halfWritten, "没有程序在写时可以删除"},
	}
}

func (d *Doctor) permissions(context.Context) (string, bool) {
	for _, path := range []string{d.Dir, filepath.Join(d.Dir, "keys")} {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err.Error(), false
		}
		if info.Mode().Perm()&0o007 != 0 {
			return fmt.Sprintf("%s 对所有用户开放（%s）", path, info.Mode().Perm()), false
		}
	}
	return "其他用户不能读", true
}

func (d *Doctor) writable(context.Context) (string, bool) {
	f, err := os.CreateTemp(d.Dir, "doctor-*.part")
	if err != nil {
		return err.Error(), false
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return err.Error(), false
	}
	return "可写", true
}

func (d *Doctor) space(context.Context) (string, bool) {
	free, err := FreeSpace(d.Dir)
	if err != nil {
		return "无法得知：" + err.Error(), false
	}
	return fmt.Sprintf("%.1f GB", float64(free)/1e9), free > 1e9
}

func (d *Doctor) address(context.Context) (string, bool) {
	u, err := url.Parse(d.BaseURL)
	if d.BaseURL == "" {
		return "没有设置", false
	}
	return d.BaseURL, err == nil && u.Scheme == "https" && u.Host != ""
}

// proxies looks whether visitors can be told apart: where the public address
// speaks HTTPS and the program does not, there is a server in front.
func (d *Doctor) proxies(context.Context) (string, bool) {
	if strings.HasPrefix(d.BaseURL, "https://") && !d.OwnHTTPS && d.Proxies == "" {
		return "前面有提供 HTTPS 的服务器，但没有写明它的地址，来访者分不开", false
	}
	if d.Proxies == "" {
		return "没有，直接访问", true
	}
	return d.Proxies, true
}

func (d *Doctor) fonts(context.Context) (string, bool) {
	if s := d.Fonts.Missing(); s != "" {
		return s, false
	}
	return "已找到", true
}

// fresh is how old the last backup may be.
const fresh = 36 * time.Hour

func (d *Doctor) lastBackup(context.Context) (string, bool) {
	files, err := filepath.Glob(filepath.Join(d.Dir, "backups", "*.zip"))
	if err != nil || len(files) == 0 {
		return "backups 目录里没有备份", false
	}
	slices.Sort(files)
	m, err := backup.Verify(files[len(files)-1])
	if err != nil {
		return err.Error(), false
	}
	age := d.Now().Sub(m.MadeAt)
	return fmt.Sprintf("%s，%d 小时前", filepath.Base(files[len(files)-1]), int(age.Hours())), age < fresh
}

func (d *Doctor) halfWritten(context.Context) (string, bool) {
	var left []string
	err := filepath.WalkDir(d.Dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(path, ".part") {
			left = append(left, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		return err.Error(), false
	}
	if len(left) > 0 {
		return strings.Join(left, "、"), false
	}
	return "没有", true
}
