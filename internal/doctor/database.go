package doctor

import (
	"context"
	"fmt"
	"strings"

	"suiji/internal/store"
)

func (d *Doctor) ofDatabase() []check {
	return []check{
		{"数据库", d.schema, "数据库由更新的程序升级过：在这台机器上换上同样新的程序，再启动"},
		{"到数据库的连接", func(context.Context) (string, bool) { return store.Wire(d.Database) }, "在 SUIJI_DATABASE 的地址后面加 ?sslmode=verify-full&sslrootcert=签发机构证书文件；PostgreSQL 那边设置 ssl = on"},
		{"数据库的角色", d.role, "换一个只用来运行的角色：CREATE ROLE suiji_app LOGIN PASSWORD '…'；以表的所有者运行 suiji database grants suiji_app | psql 所有者的地址；" +
			"SUIJI_DATABASE 换成 suiji_app 的地址，重新启动。已经换过的，收回上面列出的，再运行一次 suiji database grants"},
		{"数据库文件完整", func(ctx context.Context) (string, bool) { return said(d.DB.Legible(ctx), "完整") }, "停止服务，用最近的备份恢复：suiji backup restore"},
		{"检索索引", d.search, "一户都搜不到时，重新启动服务即会重建；只缺一部分时，把这些企业重新导入一次"},
	}
}

// schema compares the database's schema with the program's, and counts.
func (d *Doctor) schema(ctx context.Context) (string, bool) {
	has, knows, err := d.DB.Schema(ctx)
	if err != nil {
		return err.Error(), false
	}
	all, err := d.DB.Tally(ctx)
	if err != nil {
		return err.Error(), false
	}
	var n int64
	for _, t := range all {
		n += t.Rows
	}
	found := fmt.Sprintf("%s，%d 张表 %d 行，表结构第 %d 版", d.DB.Engine(), len(all), n, has)
	if has != knows {
		return fmt.Sprintf("%s，本程序是第 %d 版", found, knows), false
	}
	return found, true
}

// role tells what the role that serves may do beyond serving.
func (d *Doctor) role(ctx context.Context) (string, bool) {
	role, more, err := d.DB.Excess(ctx)
	switch {
	case err != nil:
		return err.Error(), false
	case role == "":
		return "SQLite，没有角色：谁能读写文件，谁就能改动", true
	case len(more) > 0:
		return role + " 的权限多于运行所需：" + strings.Join(more, "；"), false
	}
	return role + "，只有运行所需的权限", true
}

// search counts the firms that nobody can find by name.
func (d *Doctor) search(ctx context.Context) (string, bool) {
	n, err := store.One(ctx, d.DB, store.Value[int64], `
		SELECT count(*)
		FROM register_target t
		WHERE NOT EXISTS (
			SELECT 1
			FROM search_target s
			WHERE s.authority_id = t.authority_id AND s.target_id = t.target_id)`)
	if err != nil || n == 0 {
		return said(err, "与名录一致")
	}
	return fmt.Sprintf("%d 户企业搜索不到", n), false
}
