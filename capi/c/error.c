/* The last error, one for each thread. */
#include "internal.h"

static __thread DWORD last;
static UINT mode;

DWORD WINAPI GetLastError(void) { return last; }
void WINAPI SetLastError(DWORD code) { last = code; }
UINT WINAPI GetErrorMode(void) { return __atomic_load_n(&mode, __ATOMIC_RELAXED); }
UINT WINAPI SetErrorMode(UINT value) { return __atomic_exchange_n(&mode, value, __ATOMIC_RELAXED); }

DWORD createprocess_from_errno(int error)
{
    switch (error) {
    case 0: return ERROR_SUCCESS;
    case ENOENT: return ERROR_FILE_NOT_FOUND;
    case ENOTDIR: return ERROR_DIRECTORY;
    case EACCES:
    case EPERM:
    case EROFS: return ERROR_ACCESS_DENIED;
    case ENOEXEC: return ERROR_BAD_EXE_FORMAT;
    case E2BIG:
    case ENAMETOOLONG: return ERROR_FILENAME_EXCED_RANGE;
    case EMFILE:
    case ENFILE: return ERROR_TOO_MANY_OPEN_FILES;
    case ENOMEM: return ERROR_NOT_ENOUGH_MEMORY;
    case EAGAIN: return ERROR_NOT_ENOUGH_QUOTA;
    case ETXTBSY:
    case EBUSY: return ERROR_SHARING_VIOLATION;
    case EBADF: return ERROR_INVALID_HANDLE;
    case EINVAL:
    case ESRCH: return ERROR_INVALID_PARAMETER;
    case ELOOP: return ERROR_CANT_RESOLVE_FILENAME;
    case EIO: return ERROR_IO_DEVICE;
    case EEXIST: return ERROR_ALREADY_EXISTS;
    case ENOTEMPTY: return ERROR_DIR_NOT_EMPTY;
    case EXDEV: return ERROR_NOT_SAME_DEVICE;
    case ENOSPC:
    case EDQUOT: return ERROR_DISK_FULL;
    case EPIPE: return ERROR_BROKEN_PIPE;
    case ENOSYS: return ERROR_CALL_NOT_IMPLEMENTED;
    case EOPNOTSUPP: return ERROR_NOT_SUPPORTED;
    case ETIMEDOUT: return ERROR_TIMEOUT;
    default: return ERROR_GEN_FAILURE;
    }
}

BOOL createprocess_fail_errno(void)
{
    SetLastError(createprocess_from_errno(errno));
    return FALSE;
}
