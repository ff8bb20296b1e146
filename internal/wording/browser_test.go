package wording_test

import (
	"testing"

	"suiji/internal/wording"
)

func TestBrowser(t *testing.T) {
	tests := []struct{ agent, want string }{
		{"Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/78.0.3904.108 Safari/537.36", "Chrome 78 · Windows 7"},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0", "Edge 120 · Windows"},
		{"Mozilla/5.0 (X11; Linux aarch64; rv:109.0) Gecko/20100101 Firefox/115.0", "Firefox 115 · Linux"},
		{"Mozilla/5.0 (Linux; Android 13; V2001A) AppleWebKit/537.36 Chrome/107.0.5304.141 Mobile Safari/537.36 MicroMessenger/8.0.40", "微信 8 · 安卓手机"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 Version/16.0 Mobile/15E148 Safari/604.1", "Safari 16 · iPhone"},
		{"<script>", "其他浏览器"}, {"", "其他浏览器"}, {"Chrome/", "Chrome"},
	}
	for _, tt := range tests {
		if got := wording.Browser(tt.agent); got != tt.want {
			t.Errorf("Browser(%q) = %q, want %q", tt.agent, got, tt.want)
		}
	}
}
