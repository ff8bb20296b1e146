package wording

import "strings"

// browsers and systems are found in what a browser says of itself, the more
// special first: most call themselves Chrome or Safari too.
var (
	browsers = [][2]string{{"MicroMessenger/", "微信"}, {"DingTalk/", "钉钉"}, {"Edg/", "Edge"}, {"QQBrowser/", "QQ 浏览器"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Version/", "Safari"}}
	systems  = [][2]string{{"Windows NT 6.1", "Windows 7"}, {"Windows", "Windows"}, {"Android", "安卓手机"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Macintosh", "Mac"}, {"Linux", "Linux"}}
)

// Browser names the browser and the system of a User-Agent.
func Browser(agent string) string {
	browser, system := "其他浏览器", ""
	for _, b := range browsers {
		if _, rest, found := strings.Cut(agent, b[0]); found {
			n := 0
			for n < len(rest) && n < 4 && rest[n] >= '0' && rest[n] <= '9' {
				n++
			}
			browser = strings.TrimSpace(b[1] + " " + rest[:n])
			break
		}
	}
	for _, x := range systems {
		if strings.Contains(agent, x[0]) {
			system = " · " + x[1]
			break
		}
	}
	return browser + system
}
