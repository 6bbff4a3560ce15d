package job

import (
	"errors"
	"io/fs"
	"strconv"
	"sync/atomic"
	"syscall"

	"github.com/seed-f798aa80/createprocess/internal/procfs"
)

// wrap makes err an *Error of the operation, unless it is one already. The step
// and the file that failed are in its text.
func wrap(op, object string, err error) error {
	if err == nil {
		return nil
	}
	var explained *Error
	if errors.As(err, &explained) {
		return explained
	}
	return &Error{Op: op, Object: object, Code: win32(err), Err: err}
}

func win32(err error) Errno {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return ERROR_GEN_FAILURE
	}
	switch errno {
	case syscall.ENOENT:
		return ERROR_FILE_NOT_FOUND
	case syscall.EACCES, syscall.EPERM, syscall.EROFS:
		return ERROR_ACCESS_DENIED
	case syscall.EMFILE, syscall.ENFILE:
		return ERROR_TOO_MANY_OPEN_FILES
	case syscall.ENOMEM:
		return ERROR_NOT_ENOUGH_MEMORY
	case syscall.EAGAIN, syscall.ENOSPC, syscall.EDQUOT:
		return ERROR_NOT_ENOUGH_QUOTA
	case syscall.EINVAL, syscall.ESRCH, syscall.ERANGE, syscall.ENOTBLK:
		return ERROR_INVALID_PARAMETER
	case syscall.ENOTSUP, syscall.ENOSYS:
		return ERROR_NOT_SUPPORTED
	}
	return ERROR_GEN_FAILURE
}

func pidText(pid int) string { return strconv.Itoa(pid) }

// hasMarks tells whether a process has the variable of a walk's jobs.
func hasMarks(pid int) (bool, error) {
	p, err := procfs.Open(pid)
	if procfs.Gone(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer p.Close()
	return p.Has(Variable), nil
}

// fault makes steps of this package fail, for tests: "state", "flock", "save",
// "supervise", "observe". Those of cgroups have a switch of their own.
var fault atomic.Pointer[func(step, object string) error]

func faultAt(step, object string) error {
	if f := fault.Load(); f != nil {
		if err := (*f)(step, object); err != nil {
			return &fs.PathError{Op: step, Path: object, Err: err}
		}
	}
	return nil
}
