package visit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // phones send screenshots too
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/keep"
	"suiji/internal/store"
)

// Photo is one photograph of a visit.
type Photo struct {
	Digest     string // SHA-256 of the file as it was sent
	Use        string
	Original   string // SHA-256 of the camera's file; empty: the file sent is that
	Whole      bool   // the camera's file is here
	Width      int    // of the copy that is shown
	Height     int
	Size       int64
	DeviceAt   time.Time
	ReceivedAt time.Time
	Account    string
}

// TakenAt is when it was taken by the phone's clock; when it came if the phone
// did not say.
func (p Photo) TakenAt() time.Time {
	if p.DeviceAt.IsZero() {
		return p.ReceivedAt
	}
	return p.DeviceAt
}

// same reports whether two are one picture, which may have been made smaller
// twice.
func (p Photo) same(q Photo) bool {
	return p.Digest == q.Digest || p.Original != "" && p.Original == q.Original
}

// Upload is a photograph on its way in.
type Upload struct {
	Form     string
	Use      string
	Digest   string // as the phone worked it out; empty: it could not
	Original string
	At       int64
	Body     []byte
}

// Limits of a photograph.
const (
	mostPhoto  = 20 << 20 // bytes
	mostPixels = 40_000_000
	mostSide   = 1600 // of the copy that is shown
	mostPhotos = 60   // of one form
)

var (
	photoUse  = regexp.MustCompile(`^(point-[0-9]{1,3}|attempt-[0-9]{1,2}|before-[0-9]{1,2}|after-[0-9]{1,2}|other)$`)
	hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Photograph takes a photograph in; the same one for the same use a second
// time changes nothing. The file is kept as it came, under its digest; what is
// shown is a copy of its pixels alone, without what the camera wrote beside
// them. Errors: Invalid if it did not arrive whole, or is no picture.
func (s *Service) Photograph(ctx context.Context, a access.Actor, u Upload) (digest string, err error) {
	officer, err := s.Officer(ctx, a)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(u.Body)
	digest = hex.EncodeToString(sum[:])
	switch {
	case !photoUse.MatchString(u.Use):
		return "", errs.At("use", "请选择照片拍的是什么")
	case len(u.Body) == 0 || len(u.Body) > mostPhoto:
		return "", errs.At("photo", fmt.Sprintf("请选择一张照片，最大 %d MB", mostPhoto>>20))
	case u.Digest != "" && u.Digest != digest:
		return "", errs.At("photo", "照片没有完整收到，没有保存；手机会再传一次")
	case u.Original != "" && !hexDigest.MatchString(u.Original):
		return "", errs.At("photo", "原始照片的指纹不能识别")
	}
	shown, size, err := s.clean(ctx, u.Body)
	if err != nil {
		return "", err
	}
	// Before the files: nobody fills the disk by way of another team's forms.
	if err := s.own(ctx, s.DB, a, officer, u.Form); err != nil {
		return "", err
	}
	if err := errors.Join(s.write(a.Authority, digest, u.Body), s.write(a.Authority, digest+".jpg", shown)); err != nil {
		return "", err
	}
	return digest, s.Door.Do(ctx, a, access.VisitRecord, u.Form+" photo", func(tx *store.DB) error {
		return s.keepPhoto(ctx, tx, a, officer, digest, size, u)
	})
}

func (s *Service) keepPhoto(ctx context.Context, tx *store.DB, a access.Actor, officer, digest string, size image.Point, u Upload) error {
	if err := s.own(ctx, tx, a, officer, u.Form); err != nil {
		return err
	}
	n, err := store.One(ctx, tx, store.Value[int], `
		SELECT count(*)
		FROM visit_photo
		WHERE authority_id = $1 AND form_id = $2`, a.Authority, u.Form)
	if err != nil {
		return err
	}
	if n >= mostPhotos {
		return errs.At("photo", fmt.Sprintf("一户最多 %d 张照片，这一张没有保存", mostPhotos))
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO visit_photo (authority_id, form_id, digest, use_for, original, width, height, size, device_at, received_at, account_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (authority_id, form_id, digest, use_for) DO NOTHING`,
		a.Authority, u.Form, digest, u.Use, u.Original, size.X, size.Y, len(u.Body), u.At, s.Now().UnixMilli(), a.Name)
	return err
}

func photos(ctx context.Context, db *store.DB, f inspection.Form) ([]Photo, error) {
	return store.All(ctx, db, func(row store.Scanner) (p Photo, err error) {
		var device, received int64
		err = row.Scan(&p.Digest, &p.Use, &p.Original, &p.Whole, &p.Width, &p.Height, &p.Size, &device, &received, &p.Account)
		p.DeviceAt, p.ReceivedAt = store.Instant(device), store.Instant(received)
		return p, err
	}, `
		SELECT p.digest, p.use_for, p.original, p.original = '' OR o.digest IS NOT NULL, p.width, p.height, p.size, p.device_at, p.received_at, p.account_name
		FROM visit_photo p
		LEFT JOIN visit_original o ON o.authority_id = p.authority_id AND o.form_id = p.form_id AND o.digest = p.original
		WHERE p.authority_id = $1 AND p.form_id = $2
		ORDER BY p.received_at, p.digest, p.use_for`, f.Authority, f.ID)
}

// Picture returns the copy of a form's photograph that may be shown.
func (s *Service) Picture(ctx context.Context, authority, formID, digest string) ([]byte, error) {
	if _, err := s.Inspection.Form(ctx, authority, formID); err != nil {
		return nil, err
	}
	n, err := store.One(ctx, s.DB, store.Value[int], `
		SELECT count(*)
		FROM visit_photo
		WHERE authority_id = $1 AND form_id = $2 AND digest = $3`, authority, formID, digest)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, errs.E(errs.NotFound, "没有这张照片")
	}
	path, err := s.photoPath(authority, digest+".jpg")
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// Kept returns a file as the phone sent it: a photograph's or its original's.
// Which there are, Visit says. Errors: NotFound if it is not on the disk.
func (s *Service) Kept(authority, digest string) ([]byte, error) {
	if !hexDigest.MatchString(digest) {
		return nil, errs.E(errs.NotFound, "没有这张照片")
	}
	path, err := s.photoPath(authority, digest)
	if err != nil {
		return nil, err
	}
	body, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		err = errs.E(errs.NotFound, "照片已不在服务器上，请联系系统管理员从备份恢复")
	}
	return body, err
}

func (s *Service) photoPath(authority, name string) (string, error) {
	if !filepath.IsLocal(authority) {
		return "", fmt.Errorf("BUG: authority %q cannot name a directory", authority)
	}
	return filepath.Join(s.Dir, "photos", authority, name), nil
}

func (s *Service) write(authority, name string, body []byte) error {
	path, err := s.photoPath(authority, name)
	if err != nil {
		return err
	}
	err = keep.Put(path, body)
	if errors.Is(err, syscall.ENOSPC) {
		return diskFull(err)
	}
	return err
}

// clean returns the pixels of a picture as a JPEG of at most mostSide pixels
// a side, turned as the camera was held, and nothing else of the file. Pictures
// are opened a few at a time, each in much memory.
func (s *Service) clean(ctx context.Context, file []byte) ([]byte, image.Point, error) {
	select {
	case s.opening <- struct{}{}:
		defer func() { <-s.opening }()
	case <-ctx.Done():
		return nil, image.Point{}, ctx.Err()
	}
	return cleaned(file)
}

func cleaned(file []byte) ([]byte, image.Point, error) {
	turn := orientation(file)
	// What the phone's page made small itself fits as it is, once it is whole.
	if size, ok := sound(file); ok && max(size.X, size.Y) <= mostSide && turn == 1 {
		if out, ok := bare(file); ok {
			return out, size, nil
		}
	}
	src, err := opened(file)
	if err != nil {
		return nil, image.Point{}, err
	}
	if size := src.Bounds().Size(); max(size.X, size.Y) <= mostSide && turn == 1 && plain(src) {
		if out, ok := bare(file); ok {
			return out, size, nil
		}
	}
	out := shrunk(src, turn)
	var b bytes.Buffer
	err = jpeg.Encode(&b, out, &jpeg.Options{Quality: 85})
	return b.Bytes(), out.Bounds().Size(), err
}

// plain reports whether a picture's colours need nothing to be known besides.
func plain(src image.Image) bool {
	switch src.(type) {
	case *image.YCbCr, *image.Gray:
		return true
	}
	return false
}

// upright opens a picture, made smaller and turned as the camera was held.
func upright(file []byte) (*image.RGBA, error) {
	src, err := opened(file)
	if err != nil {
		return nil, err
	}
	return shrunk(src, orientation(file)), nil
}

func opened(file []byte) (image.Image, error) {
	cfg, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil || cfg.Width*cfg.Height > mostPixels {
		return nil, errs.At("photo", "这不是照片（JPEG、PNG），或者超过 4000 万像素，没有保存")
	}
	src, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, errs.At("photo", "照片已经损坏，没有保存。请重新拍照")
	}
	return src, nil
}

// shrunk draws src into a picture that fits, averaging the pixels that fall
// together.
func shrunk(src image.Image, turn int) *image.RGBA {
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	if turn >= 5 {
		w, h = h, w
	}
	k := max(1, float64(max(w, h))/mostSide)
	dst := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(w)/k)), max(1, int(float64(h)/k))))
	for y := range dst.Rect.Dy() {
		for x := range dst.Rect.Dx() {
			dst.Set(x, y, average(src, turn, int(float64(x)*k), int(float64(y)*k), max(1, int(k))))
		}
	}
	return dst
}

// average is the mean of an n × n square of the turned picture.
func average(src image.Image, turn, x0, y0, n int) color.Color {
	var r, g, b, count uint64
	for dy := range n {
		for dx := range n {
			x, y := turned(src.Bounds(), turn, x0+dx, y0+dy)
			if !(image.Point{X: x, Y: y}).In(src.Bounds()) {
				continue
			}
			cr, cg, cb, _ := src.At(x, y).RGBA()
			r, g, b, count = r+uint64(cr), g+uint64(cg), b+uint64(cb), count+1
		}
	}
	count = max(1, count)
	return color.RGBA{uint8(r / count >> 8), uint8(g / count >> 8), uint8(b / count >> 8), 255}
}

// turned is where a pixel of the upright picture lies in the camera's
// (TIFF 6.0, tag 274).
func turned(b image.Rectangle, turn, x, y int) (int, int) {
	w, h := b.Dx()-1, b.Dy()-1
	switch turn {
	case 2:
		x = w - x
	case 3:
		x, y = w-x, h-y
	case 4:
		y = h - y
	case 5:
		x, y = y, x
	case 6:
		x, y = y, h-x
	case 7:
		x, y = w-y, h-x
	case 8:
		x, y = w-y, x
	}
	return b.Min.X + x, b.Min.Y + y
}
