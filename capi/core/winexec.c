/* WinExec, and a handle's descriptor for the C library. */
#include "core.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

UINT WINAPI WinExec(LPCSTR line, UINT show)
{
	STARTUPINFOA si = {.cb = sizeof si, .dwFlags = STARTF_USESHOWWINDOW, .wShowWindow = (WORD)show};
	PROCESS_INFORMATION pi;
	char *copy = line != NULL ? strdup(line) : NULL;
	BOOL ok = CreateProcessA(NULL, copy, NULL, NULL, FALSE, 0, NULL, NULL, &si, &pi);
	free(copy);
	if (!ok) {
		DWORD code = GetLastError();
		return code < 32 ? code : 0; /* an answer below 32 is a failure */
	}
	CloseHandle(pi.hThread);
	CloseHandle(pi.hProcess);
	return 33;
}

/* The three standard files have handles of their own; no other descriptor has one. */
intptr_t _get_osfhandle(int fd)
{
	static const DWORD which[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
	HANDLE h = NULL;
	if (fd >= 0 && fd <= 2 && cp_standard_file(fd, NULL) == fd && fcntl(fd, F_GETFD) >= 0)
		h = GetStdHandle(which[fd]);
	if (h == NULL || h == INVALID_HANDLE_VALUE) {
		errno = EBADF;
		return -1;
	}
	return (intptr_t)h;
}

/* The file is the descriptor's from now on. On Windows the handle is closed when
 * the descriptor is; here at once, so that close, and fclose, do close it. */
int _open_osfhandle(intptr_t handle, int flags)
{
	(void)flags; /* every file is binary */
	struct cp_object *o = cp_get((HANDLE)handle, CP_FILE, NULL);
	if (o == NULL) {
		errno = EBADF;
		return -1;
	}
	int fd = fcntl(atomic_load(&o->fd), F_DUPFD_CLOEXEC, 3);
	bool standard = o->standard;
	cp_release(o);
	if (fd >= 0 && !standard)
		CloseHandle((HANDLE)handle);
	return fd;
}
