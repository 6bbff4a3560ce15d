/* The console as a file: the terminal that a handle is. */
#include "core.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* The terminal behind a handle, with a reference; NULL: it is none. */
static struct cp_object *terminal(HANDLE h, struct termios *t)
{
	struct cp_object *o = cp_get(h, CP_FILE, NULL);
	if (o != NULL && tcgetattr(atomic_load(&o->fd), t) != 0) {
		cp_release(o);
		o = NULL;
		SetLastError(ERROR_INVALID_HANDLE);
	}
	return o;
}

/* A terminal is one thing for input and output; which side is meant is what the
 * handle can do. The standard handles tell by their number. */
static bool is_output(const struct cp_object *o)
{
	int fd = atomic_load(&((struct cp_object *)o)->fd);
	return o->standard && fd != 0;
}

BOOL WINAPI GetConsoleMode(HANDLE h, LPDWORD mode)
{
	struct termios t;
	struct cp_object *o = terminal(h, &t);
	if (o == NULL)
		return FALSE;
	if (is_output(o))
		*mode = ENABLE_PROCESSED_OUTPUT | ENABLE_WRAP_AT_EOL_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING;
	else
		*mode = (t.c_lflag & ISIG ? ENABLE_PROCESSED_INPUT : 0) | (t.c_lflag & ICANON ? ENABLE_LINE_INPUT : 0) |
			(t.c_lflag & ECHO ? ENABLE_ECHO_INPUT : 0);
	cp_release(o);
	return TRUE;
}

BOOL WINAPI SetConsoleMode(HANDLE h, DWORD mode)
{
	struct termios t;
	struct cp_object *o = terminal(h, &t);
	if (o == NULL)
		return FALSE;
	DWORD code = 0;
	if (!is_output(o)) {
		t.c_lflag &= ~(tcflag_t)(ISIG | ICANON | ECHO);
		t.c_lflag |= (mode & ENABLE_PROCESSED_INPUT ? ISIG : 0u) | (mode & ENABLE_LINE_INPUT ? ICANON : 0u) | (mode & ENABLE_ECHO_INPUT ? ECHO : 0u);
		if (tcsetattr(atomic_load(&o->fd), TCSANOW, &t) != 0)
			code = ERROR_GEN_FAILURE;
	}
	cp_release(o);
	return cp_done(code);
}

BOOL WINAPI WriteConsoleA(HANDLE h, const VOID *text, DWORD size, LPDWORD written, LPVOID reserved)
{
	struct termios t;
	DWORD n;
	(void)reserved;
	struct cp_object *o = terminal(h, &t);
	if (o == NULL)
		return FALSE;
	cp_release(o);
	return WriteFile(h, text, size, written != NULL ? written : &n, NULL);
}

BOOL WINAPI WriteConsoleW(HANDLE h, const VOID *text, DWORD size, LPDWORD written, LPVOID reserved)
{
	WCHAR *copy = calloc((size_t)size + 1, sizeof *copy);
	char *narrow = NULL;
	BOOL ok = FALSE;
	if (copy != NULL) {
		memcpy(copy, text, size * sizeof *copy);
		narrow = cp_narrow(copy);
	}
	if (narrow == NULL)
		SetLastError(ERROR_NOT_ENOUGH_MEMORY);
	else
		ok = WriteConsoleA(h, narrow, (DWORD)strlen(narrow), NULL, reserved);
	if (written != NULL)
		*written = ok ? size : 0;
	free(narrow);
	free(copy);
	return ok;
}

BOOL WINAPI ReadConsoleA(HANDLE h, LPVOID buffer, DWORD size, LPDWORD count, LPVOID control)
{
	struct termios t;
	(void)control;
	struct cp_object *o = terminal(h, &t);
	if (o == NULL)
		return FALSE;
	cp_release(o);
	return ReadFile(h, buffer, size, count, NULL);
}

/* A unit takes at most three bytes, so that what has been read always fits. */
BOOL WINAPI ReadConsoleW(HANDLE h, LPVOID buffer, DWORD size, LPDWORD count, LPVOID control)
{
	char *narrow = malloc((size_t)size + 1);
	DWORD n;
	if (narrow == NULL)
		return cp_fail(ERROR_NOT_ENOUGH_MEMORY);
	BOOL ok = ReadConsoleA(h, narrow, size, &n, control);
	if (ok) {
		narrow[n] = 0;
		WCHAR *wide = calloc((size_t)n + 1, sizeof *wide);
		size_t units = wide != NULL ? cp_widen(narrow, wide, (size_t)n + 1) - 1 : 0;
		if (wide != NULL)
			memcpy(buffer, wide, units * sizeof *wide);
		*count = (DWORD)units;
		free(wide);
	}
	free(narrow);
	return ok;
}

BOOL WINAPI GetConsoleScreenBufferInfo(HANDLE h, PCONSOLE_SCREEN_BUFFER_INFO info)
{
	struct termios t;
	struct winsize size;
	struct cp_object *o = terminal(h, &t);
	if (o == NULL)
		return FALSE;
	int error = ioctl(atomic_load(&o->fd), TIOCGWINSZ, &size);
	cp_release(o);
	if (error != 0)
		return cp_fail(ERROR_INVALID_HANDLE);
	memset(info, 0, sizeof *info);
	info->dwSize = info->dwMaximumWindowSize = (COORD){(SHORT)size.ws_col, (SHORT)size.ws_row};
	info->wAttributes = FOREGROUND_RED | FOREGROUND_GREEN | FOREGROUND_BLUE;
	info->srWindow.Right = (SHORT)(size.ws_col - 1);
	info->srWindow.Bottom = (SHORT)(size.ws_row - 1);
	return TRUE;
}
