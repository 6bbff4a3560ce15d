package createprocess

import (
	"errors"
	"syscall"
)

// systemError is a failed system call. Windows says what failed by a Win32
// code already.
func systemError(op, object string, err error) error {
	var errno syscall.Errno
	code := ERROR_GEN_FAILURE
	if errors.As(err, &errno) {
		code = win32(errno)
	}
	return &Error{Op: op, Object: object, Code: code, Err: err}
}

// win32 is the Win32 code in an errno. From APPLICATION_ERROR on the numbers
// are Go's own, for names that Unix has and Windows has not; EINVAL also stands
// for a call that failed and left no code.
func win32(errno syscall.Errno) Errno {
	switch {
	case errno == syscall.EINVAL:
		return ERROR_INVALID_PARAMETER
	case errno >= syscall.APPLICATION_ERROR:
		return ERROR_GEN_FAILURE
	}
	return Errno(errno)
}
