package doctor

import (
	"context"
	"fmt"

	"suiji/internal/store"
)

func (d *Doctor) ofDatabase() []check {
	return []check{
		{"数据库", d.schema, "数据库由更新的程序升级过：在这台机器上换上同样新的程序，再启动"},
		{"到数据库的连接", func(context.Context) (string, bool) { return store.Wire(d.Database) }, "在 SUIJI_DATABASE 的地址后面加 ?sslmode=verify-full&sslrootcert=签发机构证书文件；PostgreSQL 那边设置 ssl = on"},
		{"数据库文件完整", func(ctx context.Context) (string, bool) { return said(d.DB.Sound(ctx), "完整") }, "停止服务，用最近的备份恢复：suiji backup restore"},
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
