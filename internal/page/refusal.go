package page

import (
	"crypto/sha256"
	"encoding/base64"
)

// refusalLook is the look of a refusal. It stands in the page: who is sent away is not
// asked to come again for a file.
const refusalLook = `body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:16px/1.75 "PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#1d2129;background:#f4f6f9}` +
	`main{padding:1rem 1.5rem;background:#fff;border:1px solid #dfe3e8;border-top:4px solid #1a56a8}h1{font-size:22px;line-height:1.4}h2{font-size:16px}` +
	`[lang=en]{margin-top:1.5rem;border-top:1px solid #dfe3e8;font-size:14px;color:#4e5969}a{color:#1a56a8}`

// refusalPolicy lets a browser take the look of a refusal, and nothing else.
var refusalPolicy = "default-src 'none'; style-src '" + digestOf(refusalLook) + "'; base-uri 'none'; frame-ancestors 'none'"

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// refusal is the page of a refusal that is made without template and database.
func refusal(title, body string) string {
	return `<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>` + title + `</title><style>` + refusalLook + `</style></head>
<body><main>` + body + `</main></body></html>
`
}
