package entrance

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/identity"
	"suiji/internal/office"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// sendFile uploads a table of accounts.
func (p *person) sendFile(id, name string, content []byte) answer {
	p.f.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	p.f.must(m.WriteField("id", id))
	part, err := m.CreateFormFile("file", name)
	p.f.must(err)
	_, err = part.Write(content)
	p.f.must(err)
	p.f.must(m.Close())
	req, err := http.NewRequest(http.MethodPost, p.f.url+"/w/accounts/batches", &b)
	p.f.must(err)
	req.Header.Set("Content-Type", m.FormDataContentType())
	c := &http.Client{Jar: p.jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(req)
	p.f.must(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	p.f.must(err)
	return answer{res.StatusCode, res.Header.Get("Location"), string(body), res.Header}
}

const batchFile = `姓名,登录名,角色,执法证号
陈一,chenyi,经办人、检查人员,130001
陈二,chener,抽取操作员、结果审核员,
陈三,clerk,经办人,
陈四,chensi,国王,
陈五,chenyi,经办人,
,chenliu,经办人,
陈七,chenqi,名录管理员,
`

// A file of accounts is looked at row by row, made at once, and its passwords
// are shown once; each opens once.
func TestBatch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newEntrance(t, db)
		admin, clerk := f.person(), f.person()
		admin.signIn("admin", secret, "/w/me")
		clerk.signIn("clerk", secret, "/w/me")
		if a := clerk.sendFile("b1", "账号.csv", []byte(batchFile)); a.status != 403 {
			t.Errorf("a clerk sends it: %d", a.status)
		}
		if a := admin.sendFile("b1", "账号.csv", []byte(batchFile)); a.status != 303 || a.location != "/w/accounts/batches/b1" {
			t.Fatalf("sent: %d to %q\n%s", a.status, a.location, a.body)
		}
		look := admin.get("/w/accounts/batches/b1")
		if got := strings.Join(look.texts(t, "ul.figures li"), " "); got != "7 行 2 可以开账号 5 不开" {
			t.Errorf("looked at: %s", got)
		}
		for _, why := range []string{"须由不同的人担任", "登录名已有人使用", "没有“国王”这种角色", "请填写姓名"} {
			if !strings.Contains(look.body, why) {
				t.Errorf("the page does not say %s", why)
			}
		}
		if all, _ := f.identity.Accounts(t.Context(), bureau); len(all) != 8 {
			t.Errorf("%d accounts before the word is given", len(all))
		}
		if a := clerk.post("/w/accounts/batches/b1/write"); a.status != 403 {
			t.Errorf("a clerk writes it: %d", a.status)
		}
		if a := admin.post("/w/accounts/batches/b1/write"); a.status != 303 {
			t.Fatalf("written: %d\n%s", a.status, a.body)
		}
		codes := admin.get("/w/accounts/batches/b1").texts(t, ".slips code")
		if len(codes) != 4 || codes[0] != "chenyi" || codes[2] != "chenqi" {
			t.Fatalf("slips: %q", codes)
		}
		if s := admin.get("/w/accounts/batches/b1").body; strings.Contains(s, codes[1]) || !strings.Contains(s, "2 个账号已经开好") {
			t.Error("the passwords are shown twice, or nothing says that it was done")
		}
		if a := admin.post("/w/accounts/batches/b1/write"); a.status != 409 {
			t.Errorf("written twice: %d", a.status)
		}
		f.person().signIn("chenyi", codes[1], "/w/me")
		if got := f.roles(accountID(t, f, "chenyi")); got != "经办人、检查人员" {
			t.Errorf("roles: %s", got)
		}
	})
}

func accountID(t *testing.T, f *fixture, username string) string {
	t.Helper()
	all, err := f.identity.Accounts(t.Context(), bureau)
	f.must(err)
	for _, a := range all {
		if a.Username == username {
			return a.ID
		}
	}
	t.Fatalf("no account %s", username)
	return ""
}

// All or none: a name that was taken meanwhile stops the whole file. The blank
// that the page offers comes back as it went.
func TestBatchAllOrNone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newEntrance(t, db)
		admin := f.person()
		admin.signIn("admin", secret, "/w/me")
		admin.sendFile("b1", "账号.csv", []byte(batchFile))
		f.must(f.identity.AddAccount(t.Context(), access.System(bureau), identity.Account{ID: "q", Username: "chenqi", Name: "乙", Roles: []access.Role{access.Clerk}}, secret))
		if a := admin.post("/w/accounts/batches/b1/write"); a.status != 409 {
			t.Errorf("with a name taken meanwhile: %d", a.status)
		}
		if all, _ := f.identity.Accounts(t.Context(), bureau); len(all) != 9 {
			t.Errorf("%d accounts, want the 8 and the one that came between", len(all))
		}
		for name, content := range map[string]string{"a.csv": "名字,账户\n甲,a\n", "b.csv": "姓名,登录名,角色\n", "c.xlsx": "no workbook", "d.csv": "姓名,登录名,角色\n" + strings.Repeat("甲,a,经办人\n", 201)} {
			if a := admin.sendFile("x-"+name, name, []byte(content)); a.status != 422 {
				t.Errorf("%s: %d, want 422", name, a.status)
			}
		}
		var b bytes.Buffer
		f.must(office.WriteXLSX(&b, []office.Sheet{{Name: "账号", Header: []string{"姓名", "登录名", "角色", "执法证号"}, Rows: office.Texts([][]string{{"陈八", "chenba", "局领导", ""}})}}))
		if a := admin.sendFile("b2", "账号.xlsx", b.Bytes()); a.status != 303 {
			t.Fatalf("a workbook: %d\n%s", a.status, a.body)
		}
		if got := strings.Join(admin.get("/w/accounts/batches/b2").texts(t, "ul.figures li"), " "); got != "1 行 1 可以开账号 0 不开" {
			t.Errorf("the workbook: %s", got)
		}
		if a := admin.get("/w/accounts/batch.xlsx"); a.status != 200 || !strings.HasPrefix(a.body, "PK") {
			t.Errorf("the blank: %d", a.status)
		}
	})
}
