package documents

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/keep"
	"suiji/internal/papers"
	"suiji/internal/store"
)

// try makes a document's file without keeping it: whether it can be made.
func (s *Service) try(ctx context.Context, authority string, p Paper, c Content) error {
	_, err := s.docx(ctx, authority, p, c)
	return err
}

// Document lays out what a document says, or would say.
func (s *Service) Document(p Paper, c Content) (papers.Document, error) {
	qr := map[string][]byte{}
	for _, row := range append([]map[string]string{{"检查码": c.Values["检查码"]}}, c.Lists["部门"]...) {
		png, err := inspection.QR(s.BaseURL, row["检查码"])
		if err != nil {
			return papers.Document{}, err
		}
		qr[row["检查码"]] = png
	}
	return document(p.Kind.Kind(), c, qr), nil
}

// docx makes the DOCX, from the office's template if it has one.
func (s *Service) docx(ctx context.Context, authority string, p Paper, c Content) ([]byte, error) {
	if p.Template != "" {
		return s.merge(ctx, authority, p, c)
	}
	d, err := s.Document(p, c)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = papers.WriteDOCX(&b, d)
	return b.Bytes(), err
}

// Draw makes a file of what a draft would say, without keeping it.
func (s *Service) Draw(ctx context.Context, authority string, p Paper, c Content, form Form) ([]byte, error) {
	if form == DOCX {
		return s.docx(ctx, authority, p, c)
	}
	if why := s.WithoutPDF(p); why != "" {
		return nil, errs.E(errs.Conflict, why)
	}
	return s.pdf(p, c)
}

func (s *Service) pdf(p Paper, c Content) ([]byte, error) {
	d, err := s.Document(p, c)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = s.Fonts.WritePDF(&b, d)
	return b.Bytes(), err
}

// WithoutPDF says why a document has no PDF; empty if it can have one.
func (s *Service) WithoutPDF(p Paper) string {
	if p.Template != "" {
		return "用本单位模板制作的文书只有 DOCX，版式由模板决定；需要 PDF 的，请用 WPS 打开后另存"
	}
	return s.Fonts.Missing()
}

// bind makes the files of an issued document of what was laid down, once, and
// keeps them. They are handed out only after their digests are entered.
func (s *Service) bind(ctx context.Context, authority, id string) (Paper, error) {
	p, err := s.Paper(ctx, authority, id)
	if err != nil || p.State == Draft || p.DOCX != "" {
		return p, err
	}
	body, err := s.docx(ctx, authority, p, p.Content)
	if err != nil {
		return p, err
	}
	docx, err := s.put(authority, body)
	if err != nil {
		return p, err
	}
	pdf := ""
	if s.WithoutPDF(p) == "" {
		if pdf, err = s.printed(authority, p); err != nil {
			return p, err
		}
	}
	err = s.Door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			UPDATE documents_paper
			SET docx = $3, pdf = $4
			WHERE authority_id = $1 AND document_id = $2 AND docx = ''`, authority, id, docx, pdf)
		return err
	})
	if err != nil {
		return p, err
	}
	return s.Paper(ctx, authority, id)
}

// printed makes and keeps the PDF. A character that no font has leaves it out:
// the DOCX is the document.
func (s *Service) printed(authority string, p Paper) (string, error) {
	body, err := s.pdf(p, p.Content)
	if errs.KindOf(err) == errs.Invalid {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return s.put(authority, body)
}

// Form is a form in which a document is handed out.
type Form string

// The forms.
const (
	DOCX Form = "docx"
	PDF  Form = "pdf"
)

// File returns the file of an issued document, the same bytes each time.
// Errors: NotFound for a draft and for a PDF that was not made; Conflict if the
// file on the disk is not the one that was kept.
func (s *Service) File(ctx context.Context, authority, id string, form Form) (Paper, []byte, error) {
	p, err := s.bind(ctx, authority, id)
	if err != nil {
		return p, nil, err
	}
	digest := p.DOCX
	if form == PDF {
		digest = p.PDF
	}
	if digest == "" {
		return p, nil, errs.E(errs.NotFound, "这份文书没有这种格式的文件")
	}
	body, err := s.get(authority, digest)
	return p, body, err
}

func (s *Service) path(authority, digest string) (string, error) {
	if !filepath.IsLocal(authority) || !filepath.IsLocal(digest) {
		return "", errs.E(errs.NotFound, "没有这个文件")
	}
	return filepath.Join(s.Dir, "documents", authority, digest), nil
}

// put keeps a file under its digest.
func (s *Service) put(authority string, body []byte) (string, error) {
	sum := sha256.Sum256(body)
	digest := hex.EncodeToString(sum[:])
	path, err := s.path(authority, digest)
	if err != nil {
		return "", err
	}
	if err = keep.Put(path, body); errors.Is(err, syscall.ENOSPC) {
		return "", errs.Because(errs.Conflict, "服务器磁盘空间不足，文件没有保存。请联系系统管理员清理后再试", err)
	}
	return digest, err
}

// get returns a kept file that is still what it was.
func (s *Service) get(authority, digest string) ([]byte, error) {
	path, err := s.path(authority, digest)
	if err != nil {
		return nil, err
	}
	body, err := keep.Get(path, digest)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errs.E(errs.Conflict, "文件已不在服务器上，请联系系统管理员从备份恢复")
	}
	if errors.Is(err, keep.ErrChanged) {
		return nil, errs.E(errs.Conflict, "服务器上的文件与保存时的指纹不符，已被改动，不予显示。请联系系统管理员从备份恢复，并报告审计员")
	}
	return body, err
}
