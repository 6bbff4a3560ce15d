package createprocess

import (
	"errors"

	"github.com/seed-f798aa80/createprocess/token"
)

// Win32 is the code as a number. Package token compares its own by it.
func (e Errno) Win32() uint32 { return uint32(e) }

// tokenError is an error of package token as one of this package.
func tokenError(err error) error {
	var t *token.Error
	if errors.As(err, &t) {
		return &Error{Op: t.Op, Object: t.Object, Code: Errno(t.Code), Err: t.Err}
	}
	return err
}
