package createprocess

import (
	"errors"
	"strconv"
	"syscall"

	"github.com/seed-f798aa80/createprocess/job"
)

// Error is what every function of this package fails with.
//
//	createprocess: chdir "/nowhere": ERROR_DIRECTORY (267): no such file or directory
//
// errors.Is finds its Code and its Err; errors.As finds the system's errno
// (a syscall.Errno) where there is one.
type Error struct {
	Op     string // what was being done: "open", "chdir", "exec", "WaitForSingleObject"
	Object string // what it was done to; "" if to nothing in particular
	Code   Errno  // what Win32 calls the failure
	Err    error  // what the system, or a check of ours, said; nil if Code says it all
}

// Error is the whole message, the code included.
func (e *Error) Error() string {
	return "createprocess: " + e.subject() + ": " + e.Code.Error() + ": " + e.reason()
}

// Text is the message without the code, for those who show the code elsewhere:
//
//	chdir "/nowhere": no such file or directory
func (e *Error) Text() string { return e.subject() + ": " + e.reason() }

func (e *Error) subject() string {
	if e.Object == "" {
		return e.Op
	}
	return e.Op + " " + strconv.Quote(e.Object)
}

func (e *Error) reason() string {
	if e.Err != nil {
		return e.Err.Error()
	}
	if t := errnos[e.Code].text; t != "" {
		return t
	}
	return e.Code.Error()
}

// Unwrap gives errors.Is and errors.As the code and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

// invalid is a parameter that Win32 would refuse with ERROR_INVALID_PARAMETER (87).
func invalid(parameter, object, reason string) *Error {
	return &Error{Op: parameter, Object: object, Code: ERROR_INVALID_PARAMETER, Err: errors.New(reason)}
}

// unsupported is a parameter that this system, or this module, cannot honour.
func unsupported(parameter, object string) *Error {
	return &Error{Op: parameter, Object: object, Code: ERROR_NOT_SUPPORTED}
}

// systemError is a failed system call, with the Win32 code for its errno.
func systemError(op, object string, err error) error {
	code := ERROR_GEN_FAILURE
	var errno syscall.Errno
	if errors.As(err, &errno) {
		code = win32(errno)
	}
	return &Error{Op: op, Object: object, Code: code, Err: err}
}

// jobError is an error of package job as one of this package.
func jobError(err error) error {
	var e *job.Error
	if !errors.As(err, &e) {
		return err
	}
	return &Error{Op: e.Op, Object: e.Object, Code: Errno(e.Code), Err: e.Err}
}
