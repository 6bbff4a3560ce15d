package token

import (
	"fmt"
	"io/fs"
)

// Error is what this package fails with. errors.Is knows it as the
// createprocess.Errno of its Code.
type Error struct {
	Op     string // what was being done: "LogonUser", "CreateRestrictedToken"
	Object string // what it was done to; "" if to nothing in particular
	Code   uint32 // what Win32 calls the failure; createprocess.Errno has the names
	Err    error  // why; nil if Code says it all
}

func (e *Error) Error() string {
	text := "token: " + e.Op
	if e.Object != "" {
		text += fmt.Sprintf(" %q", e.Object)
	}
	text += fmt.Sprintf(": Win32 error %d", e.Code)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// Win32 is the Win32 code.
func (e *Error) Win32() uint32 { return e.Code }

// Is makes errors.Is find the Win32 code, and what package io/fs calls it.
func (e *Error) Is(target error) bool {
	switch target {
	case fs.ErrPermission:
		return e.Code == errorAccessDenied || e.Code == errorPrivilegeNotHeld
	case fs.ErrClosed:
		return e.Code == errorInvalidHandle
	}
	code, ok := target.(interface{ Win32() uint32 })
	return ok && code.Win32() == e.Code
}

// The codes that this package itself answers with.
const (
	errorAccessDenied     = 5
	errorInvalidHandle    = 6
	errorGenFailure       = 31
	errorNotSupported     = 50
	errorInvalidParameter = 87
	errorPrivilegeNotHeld = 1314
	errorNoneMapped       = 1332
)
