package createprocess

import "syscall"

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
