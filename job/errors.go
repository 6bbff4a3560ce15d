package job

import (
	"errors"
	"fmt"
	"strconv"
)

// Errno is a Win32 error code, of those that this package answers with.
// Package createprocess, which builds on this one, has the same under the same names.
type Errno uint32

const (
	ERROR_FILE_NOT_FOUND       Errno = 2
	ERROR_PATH_NOT_FOUND       Errno = 3
	ERROR_TOO_MANY_OPEN_FILES  Errno = 4
	ERROR_ACCESS_DENIED        Errno = 5
	ERROR_INVALID_HANDLE       Errno = 6
	ERROR_NOT_ENOUGH_MEMORY    Errno = 8
	ERROR_GEN_FAILURE          Errno = 31
	ERROR_NOT_SUPPORTED        Errno = 50
	ERROR_INVALID_PARAMETER    Errno = 87
	ERROR_ALREADY_EXISTS       Errno = 183
	ERROR_FILENAME_EXCED_RANGE Errno = 206
	ERROR_CANCELLED            Errno = 1223
	ERROR_TIMEOUT              Errno = 1460
	ERROR_NOT_ENOUGH_QUOTA     Errno = 1816
)

var errnoNames = map[Errno]string{
	ERROR_FILE_NOT_FOUND:       "ERROR_FILE_NOT_FOUND",
	ERROR_PATH_NOT_FOUND:       "ERROR_PATH_NOT_FOUND",
	ERROR_TOO_MANY_OPEN_FILES:  "ERROR_TOO_MANY_OPEN_FILES",
	ERROR_ACCESS_DENIED:        "ERROR_ACCESS_DENIED",
	ERROR_INVALID_HANDLE:       "ERROR_INVALID_HANDLE",
	ERROR_NOT_ENOUGH_MEMORY:    "ERROR_NOT_ENOUGH_MEMORY",
	ERROR_GEN_FAILURE:          "ERROR_GEN_FAILURE",
	ERROR_NOT_SUPPORTED:        "ERROR_NOT_SUPPORTED",
	ERROR_INVALID_PARAMETER:    "ERROR_INVALID_PARAMETER",
	ERROR_ALREADY_EXISTS:       "ERROR_ALREADY_EXISTS",
	ERROR_FILENAME_EXCED_RANGE: "ERROR_FILENAME_EXCED_RANGE",
	ERROR_CANCELLED:            "ERROR_CANCELLED",
	ERROR_TIMEOUT:              "ERROR_TIMEOUT",
	ERROR_NOT_ENOUGH_QUOTA:     "ERROR_NOT_ENOUGH_QUOTA",
}

// Error is the name and the number: "ERROR_ACCESS_DENIED (5)".
func (e Errno) Error() string {
	if n := errnoNames[e]; n != "" {
		return fmt.Sprintf("%s (%d)", n, uint32(e))
	}
	return fmt.Sprintf("Win32 error %d", uint32(e))
}

// Error is what every function of this package fails with.
type Error struct {
	Op     string // what was being done: the Win32 function, or the step of it that failed
	Object string // what it was done to; "" if to nothing in particular
	Code   Errno
	Err    error // what the system, or a check of ours, said; nil if Code says it all
}

func (e *Error) Error() string {
	text := "job: " + e.Op
	if e.Object != "" {
		text += " " + strconv.Quote(e.Object)
	}
	text += ": " + e.Code.Error()
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives errors.Is and errors.As the code and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

func invalid(op, object, reason string) *Error {
	return &Error{Op: op, Object: object, Code: ERROR_INVALID_PARAMETER, Err: errors.New(reason)}
}

func unsupported(op, object, reason string) *Error {
	return &Error{Op: op, Object: object, Code: ERROR_NOT_SUPPORTED, Err: errors.New(reason)}
}
