package visit

import (
	"image"
	"regexp"
	"slices"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"suiji/internal/errs"
)

// shortest is how much of a name, a code or a form's number finds a task.
const shortest = 2

// codes are what may be a firm's unified code in the text of a QR code.
var codes = regexp.MustCompile(`[0-9A-Z]{18}`)

// Find returns the tasks that somebody means who types a part of the firm's
// name, or the end of its unified code or of the form's number.
func Find(tasks []Task, typed string) []Task {
	typed = strings.TrimSpace(typed)
	if len(typed) < shortest {
		return tasks
	}
	upper := strings.ToUpper(typed)
	return slices.DeleteFunc(slices.Clone(tasks), func(t Task) bool {
		return !strings.Contains(t.Firm.Name, typed) && !strings.HasSuffix(t.Firm.Code, upper) && !strings.HasSuffix(strings.ToUpper(t.ID), upper)
	})
}

// Scanned returns the tasks of the firm whose licence, or of the form, whose
// QR code says said: a licence's text holds the unified code somewhere, the
// address of a form ends with the form's code.
func Scanned(tasks []Task, said string) []Task {
	firms := codes.FindAllString(said, -1)
	return slices.DeleteFunc(slices.Clone(tasks), func(t Task) bool {
		return !slices.Contains(firms, t.Firm.Code) && !strings.HasSuffix(said, "/c/"+t.Code)
	})
}

// ReadQR returns what the QR code in a picture says. Errors: Invalid if it is
// no picture, or if none is to be seen in it.
func ReadQR(file []byte) (string, error) {
	picture, err := upright(file)
	if err != nil {
		return "", err
	}
	said, err := readQR(picture)
	if err != nil {
		return "", errs.At("photo", "照片里没有认出二维码。请对正、靠近再拍一次，或者输入统一社会信用代码的后四位")
	}
	return said, nil
}

func readQR(picture image.Image) (string, error) {
	bits, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return "", err
	}
	hard := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	res, err := qrcode.NewQRCodeReader().Decode(bits, hard)
	if err != nil {
		return "", err
	}
	return res.GetText(), nil
}
