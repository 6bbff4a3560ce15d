package createprocess

import "syscall"

// win32 is the Win32 code for an errno, where the operation does not make it
// mean something else.
func win32(errno syscall.Errno) Errno {
	switch errno {
	case syscall.ENOENT:
		return ERROR_FILE_NOT_FOUND
	case syscall.ENOTDIR:
		return ERROR_DIRECTORY
	case syscall.EACCES, syscall.EPERM:
		return ERROR_ACCESS_DENIED
	case syscall.ENOEXEC, syscall.ELIBBAD, syscall.EISDIR:
		return ERROR_BAD_EXE_FORMAT
	case syscall.E2BIG, syscall.ENAMETOOLONG:
		return ERROR_FILENAME_EXCED_RANGE
	case syscall.EMFILE, syscall.ENFILE:
		return ERROR_TOO_MANY_OPEN_FILES
	case syscall.ENOMEM:
		return ERROR_NOT_ENOUGH_MEMORY
	case syscall.EAGAIN:
		return ERROR_NOT_ENOUGH_QUOTA
	case syscall.ETXTBSY:
		return ERROR_SHARING_VIOLATION
	case syscall.EBADF:
		return ERROR_INVALID_HANDLE
	case syscall.EINVAL, syscall.ESRCH:
		return ERROR_INVALID_PARAMETER
	case syscall.ELOOP:
		return ERROR_CANT_RESOLVE_FILENAME
	case syscall.EIO:
		return ERROR_IO_DEVICE
	case syscall.ENOSYS:
		return ERROR_CALL_NOT_IMPLEMENTED
	case syscall.ENOTSUP:
		return ERROR_NOT_SUPPORTED
	}
	return ERROR_GEN_FAILURE
}
