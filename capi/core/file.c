/* Files, pipes and the standard handles: descriptors, and read and write. */
#include "core.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

DWORD cp_file_error(int error)
{
	switch (error) {
	case ENOENT:
		return ERROR_FILE_NOT_FOUND;
	case ENOTDIR:
		return ERROR_PATH_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EISDIR:
	case EROFS:
	case EBADF: /* the descriptor is there, but not for that */
		return ERROR_ACCESS_DENIED;
	case EMFILE:
	case ENFILE:
		return ERROR_TOO_MANY_OPEN_FILES;
	case ENOMEM:
		return ERROR_NOT_ENOUGH_MEMORY;
	case EEXIST:
		return ERROR_FILE_EXISTS;
	case ENAMETOOLONG:
		return ERROR_FILENAME_EXCED_RANGE;
	case ELOOP:
		return ERROR_CANT_RESOLVE_FILENAME;
	case ENOSPC:
	case EDQUOT:
		return ERROR_DISK_FULL;
	case ETXTBSY:
		return ERROR_SHARING_VIOLATION;
	case EPIPE:
		return ERROR_NO_DATA;
	case EINVAL:
	case ESPIPE:
		return ERROR_INVALID_PARAMETER;
	case EFAULT:
		return ERROR_NOACCESS;
	case EIO:
		return ERROR_IO_DEVICE;
	}
	return ERROR_GEN_FAILURE;
}

HANDLE cp_open_file(int fd, DWORD access, bool inherit)
{
	if (fd < 3) {
		/* 0, 1 and 2 are the standard files' numbers, whether they are there or not. */
		int high = fcntl(fd, F_DUPFD_CLOEXEC, 3), error = errno;
		close(fd);
		if (high < 0) {
			SetLastError(cp_file_error(error));
			return INVALID_HANDLE_VALUE;
		}
		fd = high;
	}
	struct cp_object *o = cp_new_object(CP_FILE);
	if (o == NULL) {
		close(fd);
		return INVALID_HANDLE_VALUE;
	}
	atomic_store(&o->fd, fd);
	HANDLE h = cp_open(o, access, inherit);
	return h == NULL ? INVALID_HANDLE_VALUE : h;
}

static bool is_name(const char *name, const char *device)
{
	if (strncmp(name, "\\\\.\\", 4) == 0)
		name += 4;
	return strcasecmp(name, device) == 0;
}

HANDLE WINAPI CreateFileA(LPCSTR name, DWORD access, DWORD share, LPSECURITY_ATTRIBUTES attributes, DWORD disposition, DWORD flags, HANDLE template)
{
	(void)share;
	(void)template;
	const DWORD reads = GENERIC_READ | GENERIC_ALL | FILE_READ_DATA, writes = GENERIC_WRITE | GENERIC_ALL | FILE_WRITE_DATA | FILE_APPEND_DATA;
	int mode = (access & reads) && (access & writes) ? O_RDWR : access & writes ? O_WRONLY : O_RDONLY;
	bool append = (access & FILE_APPEND_DATA) && !(access & (GENERIC_WRITE | GENERIC_ALL | FILE_WRITE_DATA));
	DWORD code = 0;
	int create = 0;
	if (name == NULL || name[0] == 0)
		code = ERROR_PATH_NOT_FOUND;
	else if (attributes != NULL && attributes->lpSecurityDescriptor != NULL)
		code = ERROR_NOT_SUPPORTED;
	switch (disposition) {
	case CREATE_NEW:
		create = O_CREAT | O_EXCL;
		break;
	case CREATE_ALWAYS:
		create = O_CREAT | O_TRUNC;
		break;
	case OPEN_EXISTING:
		break;
	case OPEN_ALWAYS:
		create = O_CREAT;
		break;
	case TRUNCATE_EXISTING:
		create = O_TRUNC;
		if (!(access & writes))
			code = ERROR_INVALID_PARAMETER;
		break;
	default:
		code = ERROR_INVALID_PARAMETER;
	}
	if (code != 0) {
		SetLastError(code);
		return INVALID_HANDLE_VALUE;
	}
	if (is_name(name, "NUL"))
		name = "/dev/null", create = 0;
	else if (is_name(name, "CONIN$") || is_name(name, "CONOUT$") || is_name(name, "CON"))
		name = "/dev/tty", create = 0;
	struct stat st;
	bool existed = create && stat(name, &st) == 0;
	int fd;
	do {
		fd = open(name, mode | create | (append ? O_APPEND : 0) | (flags & FILE_FLAG_WRITE_THROUGH ? O_SYNC : 0) | O_CLOEXEC | O_NOCTTY, flags & FILE_ATTRIBUTE_READONLY ? 0444 : 0666);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0) {
		SetLastError(cp_file_error(errno));
		return INVALID_HANDLE_VALUE;
	}
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && !(flags & FILE_FLAG_BACKUP_SEMANTICS)) {
		close(fd);
		SetLastError(ERROR_ACCESS_DENIED);
		return INVALID_HANDLE_VALUE;
	}
	if (flags & FILE_FLAG_DELETE_ON_CLOSE)
		unlink(name);
	HANDLE h = cp_open_file(fd, access, attributes != NULL && attributes->bInheritHandle);
	if (h != INVALID_HANDLE_VALUE && (disposition == CREATE_ALWAYS || disposition == OPEN_ALWAYS))
		SetLastError(existed ? ERROR_ALREADY_EXISTS : ERROR_SUCCESS);
	return h;
}

HANDLE WINAPI CreateFileW(LPCWSTR name, DWORD access, DWORD share, LPSECURITY_ATTRIBUTES attributes, DWORD disposition, DWORD flags, HANDLE template)
{
	char *narrow;
	if (!cp_text(name, &narrow))
		return INVALID_HANDLE_VALUE;
	HANDLE h = CreateFileA(narrow, access, share, attributes, disposition, flags, template);
	free(narrow);
	return h;
}

BOOL WINAPI CreatePipe(PHANDLE read_end, PHANDLE write_end, LPSECURITY_ATTRIBUTES attributes, DWORD size)
{
	int fds[2];
	if (read_end == NULL || write_end == NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	if (attributes != NULL && attributes->lpSecurityDescriptor != NULL)
		return cp_fail(ERROR_NOT_SUPPORTED);
	if (pipe2(fds, O_CLOEXEC) != 0)
		return cp_fail(cp_file_error(errno));
	if (size > 65536)
		fcntl(fds[1], F_SETPIPE_SZ, size > 1 << 20 ? 1 << 20 : (int)size); /* a wish */
	bool inherit = attributes != NULL && attributes->bInheritHandle;
	HANDLE r = cp_open_file(fds[0], GENERIC_READ, inherit);
	HANDLE w = cp_open_file(fds[1], GENERIC_WRITE, inherit);
	if (r == INVALID_HANDLE_VALUE || w == INVALID_HANDLE_VALUE) {
		DWORD code = GetLastError();
		CloseHandle(r);
		CloseHandle(w);
		return cp_fail(code);
	}
	*read_end = r;
	*write_end = w;
	return TRUE;
}

static bool is_pipe(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* A file that somebody has made non-blocking is waited for. */
static bool again(int fd, short events)
{
	if (errno == EINTR)
		return true;
	if (errno != EAGAIN)
		return false;
	struct pollfd p = {.fd = fd, .events = events};
	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

static off_t offset_of(const OVERLAPPED *o)
{
	return (off_t)((uint64_t)o->OffsetHigh << 32 | o->Offset);
}

/* What is asked for is done at once, whatever OVERLAPPED promises. */
static void complete(OVERLAPPED *o, DWORD code, DWORD n)
{
	if (o == NULL)
		return;
	o->Internal = code;
	o->InternalHigh = n;
	if (o->hEvent != NULL)
		SetEvent((HANDLE)((uintptr_t)o->hEvent & ~(uintptr_t)1));
}

BOOL WINAPI ReadFile(HANDLE h, LPVOID buffer, DWORD size, LPDWORD read_bytes, LPOVERLAPPED overlapped)
{
	if (read_bytes != NULL)
		*read_bytes = 0;
	else if (overlapped == NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	struct cp_object *o = cp_get(h, CP_FILE, NULL);
	if (o == NULL)
		return FALSE;
	int fd = atomic_load(&o->fd);
	bool pipe = is_pipe(fd);
	ssize_t n;
	do {
		n = overlapped != NULL && !pipe ? pread(fd, buffer, size, offset_of(overlapped)) : read(fd, buffer, size);
		if (n < 0 && errno == ESPIPE)
			n = read(fd, buffer, size);
	} while (n < 0 && again(fd, POLLIN));
	DWORD code = 0;
	if (n < 0)
		code = errno == EIO && isatty(fd) ? ERROR_BROKEN_PIPE : cp_file_error(errno);
	else if (n == 0 && size > 0 && pipe)
		code = ERROR_BROKEN_PIPE;
	else if (n == 0 && size > 0 && overlapped != NULL)
		code = ERROR_HANDLE_EOF;
	cp_release(o);
	if (n > 0 && read_bytes != NULL)
		*read_bytes = (DWORD)n;
	complete(overlapped, code, n > 0 ? (DWORD)n : 0);
	return cp_done(code);
}

/* A pipe that nobody reads is an error, not the program's end: a SIGPIPE of
 * this write is taken away before anybody gets it. */
static ssize_t write_without_signal(int fd, const char *data, size_t size, off_t at)
{
	sigset_t pipe, saved, pending;
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &pipe, &saved);
	ssize_t n = at >= 0 ? pwrite(fd, data, size, at) : write(fd, data, size);
	if (n < 0 && errno == ESPIPE)
		n = write(fd, data, size);
	int error = errno;
	if (n < 0 && error == EPIPE && !sigismember(&pending, SIGPIPE)) {
		struct timespec none = {0, 0};
		while (sigtimedwait(&pipe, NULL, &none) < 0 && errno == EINTR)
			;
	}
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	errno = error;
	return n;
}

BOOL WINAPI WriteFile(HANDLE h, LPCVOID buffer, DWORD size, LPDWORD written, LPOVERLAPPED overlapped)
{
	if (written != NULL)
		*written = 0;
	struct cp_object *o = cp_get(h, CP_FILE, NULL);
	if (o == NULL)
		return FALSE;
	int fd = atomic_load(&o->fd);
	off_t at = -1;
	if (overlapped != NULL && !is_pipe(fd) && offset_of(overlapped) >= 0)
		at = offset_of(overlapped);
	DWORD done = 0, code = 0;
	do {
		ssize_t n = write_without_signal(fd, (const char *)buffer + done, size - done, at < 0 ? -1 : at + done);
		if (n >= 0)
			done += (DWORD)n;
		else if (!again(fd, POLLOUT))
			code = cp_file_error(errno);
	} while (code == 0 && done < size);
	cp_release(o);
	if (written != NULL)
		*written = done;
	complete(overlapped, code, done);
	return cp_done(code);
}

BOOL WINAPI GetOverlappedResult(HANDLE h, LPOVERLAPPED overlapped, LPDWORD transferred, BOOL wait)
{
	(void)h;
	(void)wait; /* it is over already */
	*transferred = (DWORD)overlapped->InternalHigh;
	return cp_done((DWORD)overlapped->Internal);
}

BOOL WINAPI PeekNamedPipe(HANDLE h, LPVOID buffer, DWORD size, LPDWORD read_bytes, LPDWORD available, LPDWORD left_in_message)
{
	struct cp_object *o = cp_get(h, CP_FILE, NULL);
	if (o == NULL)
		return FALSE;
	int fd = atomic_load(&o->fd), there = 0;
	DWORD code = 0, copied = 0;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	if (!is_pipe(fd))
		code = ERROR_INVALID_FUNCTION;
	else if (ioctl(fd, FIONREAD, &there) != 0)
		code = cp_file_error(errno);
	else if (there == 0 && poll(&p, 1, 0) > 0 && (p.revents & POLLHUP))
		code = ERROR_BROKEN_PIPE;
	if (code == 0 && buffer != NULL && size > 0 && there > 0) {
		/* tee copies from pipe to pipe without taking anything away. */
		int copy[2];
		if (pipe2(copy, O_CLOEXEC | O_NONBLOCK) != 0) {
			code = cp_file_error(errno);
		} else {
			ssize_t n = tee(fd, copy[1], size, SPLICE_F_NONBLOCK);
			if (n > 0)
				n = read(copy[0], buffer, size);
			if (n > 0)
				copied = (DWORD)n;
			close(copy[0]);
			close(copy[1]);
		}
	}
	cp_release(o);
	if (code != 0)
		return cp_fail(code);
	if (read_bytes != NULL)
		*read_bytes = copied;
	if (available != NULL)
		*available = (DWORD)there;
	if (left_in_message != NULL)
		*left_in_message = 0;
	return TRUE;
}

BOOL WINAPI FlushFileBuffers(HANDLE h)
{
	struct cp_object *o = cp_get(h, CP_FILE, NULL);
	if (o == NULL)
		return FALSE;
	DWORD code = 0;
	if (fsync(atomic_load(&o->fd)) != 0 && errno != EINVAL && errno != EROFS)
		code = cp_file_error(errno);
	cp_release(o);
	return cp_done(code);
}

BOOL WINAPI GetFileSizeEx(HANDLE h, PLARGE_INTEGER size)
{
	struct cp_object *o = cp_get(h, CP_FILE, NULL);
	if (o == NULL)
		return FALSE;
	struct stat st;
	DWORD code = 0;
	if (fstat(atomic_load(&o->fd), &st) != 0)
		code = cp_file_error(errno);
	else if (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
		code = ERROR_INVALID_FUNCTION;
	else
		size->QuadPart = st.st_size;
	cp_release(o);
	return cp_done(code);
}

DWORD WINAPI GetFileSize(HANDLE h, LPDWORD high)
{
	LARGE_INTEGER size;
	if (!GetFileSizeEx(h, &size))
		return INVALID_FILE_SIZE;
	if (high != NULL)
		*high = (DWORD)(size.QuadPart >> 32);
	SetLastError(ERROR_SUCCESS); /* the low half may look like the failure */
	return (DWORD)size.QuadPart;
}

BOOL WINAPI SetFilePointerEx(HANDLE h, LARGE_INTEGER distance, PLARGE_INTEGER position, DWORD method)
{
	static const int whence[] = {SEEK_SET, SEEK_CUR, SEEK_END};
	if (method > FILE_END)
		return cp_fail(ERROR_INVALID_PARAMETER);
	struct cp_object *o = cp_get(h, CP_FILE, NULL);
	if (o == NULL)
		return FALSE;
	off_t at = lseek(atomic_load(&o->fd), distance.QuadPart, whence[method]);
	DWORD code = at >= 0 ? 0 : errno == EINVAL ? ERROR_NEGATIVE_SEEK : errno == ESPIPE ? ERROR_INVALID_FUNCTION : cp_file_error(errno);
	cp_release(o);
	if (at >= 0 && position != NULL)
		position->QuadPart = at;
	return cp_done(code);
}

DWORD WINAPI SetFilePointer(HANDLE h, LONG low, PLONG high, DWORD method)
{
	LARGE_INTEGER distance = {.QuadPart = low}, position;
	if (high != NULL)
		distance.QuadPart = (LONGLONG)((uint64_t)(uint32_t)*high << 32 | (uint32_t)low);
	if (!SetFilePointerEx(h, distance, &position, method))
		return INVALID_SET_FILE_POINTER;
	if (high != NULL)
		*high = (LONG)(position.QuadPart >> 32);
	SetLastError(ERROR_SUCCESS);
	return (DWORD)position.QuadPart;
}

BOOL WINAPI SetEndOfFile(HANDLE h)
{
	struct cp_object *o = cp_get(h, CP_FILE, NULL);
	if (o == NULL)
		return FALSE;
	int fd = atomic_load(&o->fd);
	off_t at = lseek(fd, 0, SEEK_CUR);
	DWORD code = at < 0 || ftruncate(fd, at) != 0 ? cp_file_error(errno) : 0;
	cp_release(o);
	return cp_done(code);
}

DWORD WINAPI GetFileType(HANDLE h)
{
	struct cp_object *o = cp_get(h, CP_FILE, NULL);
	if (o == NULL)
		return FILE_TYPE_UNKNOWN;
	struct stat st;
	DWORD type = FILE_TYPE_UNKNOWN, code = 0;
	if (fstat(atomic_load(&o->fd), &st) != 0)
		code = cp_file_error(errno);
	else if (S_ISCHR(st.st_mode))
		type = FILE_TYPE_CHAR;
	else if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
		type = FILE_TYPE_PIPE;
	else
		type = FILE_TYPE_DISK;
	cp_release(o);
	SetLastError(code); /* the page has it as the way to tell unknown from failed */
	return type;
}

/* --- The standard handles --- */

static struct {
	pthread_mutex_t lock;
	HANDLE handle[3];
	bool opened[3], set[3];
} standard = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int number_of(DWORD which)
{
	switch (which) {
	case STD_INPUT_HANDLE:
		return 0;
	case STD_OUTPUT_HANDLE:
		return 1;
	case STD_ERROR_HANDLE:
		return 2;
	}
	return -1;
}

HANDLE WINAPI GetStdHandle(DWORD which)
{
	int n = number_of(which);
	if (n < 0) {
		SetLastError(ERROR_INVALID_PARAMETER);
		return INVALID_HANDLE_VALUE;
	}
	pthread_mutex_lock(&standard.lock);
	if (!standard.opened[n] && !standard.set[n] && fcntl(n, F_GETFD) >= 0) {
		struct cp_object *o = cp_new_object(CP_FILE);
		if (o != NULL) {
			o->standard = true;
			atomic_store(&o->fd, n);
			standard.handle[n] = cp_open(o, GENERIC_READ | GENERIC_WRITE, true);
			standard.opened[n] = true;
		}
	}
	HANDLE h = standard.handle[n];
	pthread_mutex_unlock(&standard.lock);
	return h;
}

BOOL WINAPI SetStdHandle(DWORD which, HANDLE h)
{
	int n = number_of(which);
	if (n < 0)
		return cp_fail(ERROR_INVALID_PARAMETER);
	pthread_mutex_lock(&standard.lock);
	standard.handle[n] = h;
	standard.set[n] = true;
	pthread_mutex_unlock(&standard.lock);
	return TRUE;
}

int cp_standard_file(int n, HANDLE *h)
{
	pthread_mutex_lock(&standard.lock);
	int answer = standard.set[n] ? -1 : n;
	if (h != NULL)
		*h = standard.handle[n];
	pthread_mutex_unlock(&standard.lock);
	return answer;
}
