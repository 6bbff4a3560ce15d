/* What needs no object, or little of one. */
#include "core.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* --- Threads: the calling one and the others of this program, by their number --- */

/* The number of a thread that is meant; 0: the last error says why not. */
static pid_t number_of(HANDLE h)
{
	struct cp_object *o = cp_get(h, CP_THREAD | CP_PRIMARY, NULL);
	if (o == NULL)
		return 0;
	cp_lock();
	bool over = o->signaled;
	cp_unlock();
	pid_t tid = (pid_t)o->tid;
	cp_release(o);
	if (over)
		SetLastError(ERROR_INVALID_PARAMETER);
	return over ? 0 : tid;
}

static const struct {
	int priority, nice;
} priorities[] = {
	{THREAD_PRIORITY_TIME_CRITICAL, -15},
	{THREAD_PRIORITY_HIGHEST, -10},
	{THREAD_PRIORITY_ABOVE_NORMAL, -5},
	{THREAD_PRIORITY_NORMAL, 0},
	{THREAD_PRIORITY_BELOW_NORMAL, 5},
	{THREAD_PRIORITY_LOWEST, 10},
	{THREAD_PRIORITY_IDLE, 19},
};

int WINAPI GetThreadPriority(HANDLE h)
{
	pid_t tid = number_of(h);
	if (tid == 0)
		return THREAD_PRIORITY_ERROR_RETURN;
	errno = 0;
	int nice = getpriority(PRIO_PROCESS, (id_t)tid), best = 0;
	if (nice == -1 && errno != 0) {
		SetLastError(ERROR_INVALID_PARAMETER);
		return THREAD_PRIORITY_ERROR_RETURN;
	}
	for (size_t i = 1; i < sizeof priorities / sizeof priorities[0]; i++)
		if (abs(priorities[i].nice - nice) < abs(priorities[best].nice - nice))
			best = (int)i;
	return priorities[best].priority;
}

BOOL WINAPI SetThreadPriority(HANDLE h, int priority)
{
	pid_t tid = number_of(h);
	if (tid == 0)
		return FALSE;
	for (size_t i = 0; i < sizeof priorities / sizeof priorities[0]; i++) {
		if (priorities[i].priority != priority)
			continue;
		/* Above what the program may have it stays what it is, as a class does. */
		if (setpriority(PRIO_PROCESS, (id_t)tid, priorities[i].nice) != 0 && errno != EACCES && errno != EPERM)
			return cp_fail(ERROR_INVALID_PARAMETER);
		return TRUE;
	}
	return cp_fail(ERROR_INVALID_PARAMETER);
}

DWORD_PTR WINAPI SetThreadAffinityMask(HANDLE h, DWORD_PTR mask)
{
	pid_t tid = number_of(h);
	if (tid == 0)
		return 0;
	cpu_set_t set, before;
	DWORD_PTR old = 0;
	CPU_ZERO(&set);
	for (int i = 0; i < 64; i++)
		if (mask >> i & 1)
			CPU_SET(i, &set);
	if (sched_getaffinity(tid, sizeof before, &before) != 0 || sched_setaffinity(tid, sizeof set, &set) != 0) {
		SetLastError(ERROR_INVALID_PARAMETER);
		return 0;
	}
	for (int i = 0; i < 64; i++)
		if (CPU_ISSET(i, &before))
			old |= (DWORD_PTR)1 << i;
	return old;
}

DWORD WINAPI GetActiveProcessorCount(WORD group)
{
	if (group != 0 && group != ALL_PROCESSOR_GROUPS) {
		SetLastError(ERROR_INVALID_PARAMETER);
		return 0;
	}
	return (DWORD)sysconf(_SC_NPROCESSORS_ONLN);
}

/* No program of 32 bits runs on another system than this one. */
BOOL WINAPI IsWow64Process(HANDLE h, PBOOL wow64)
{
	if (wow64 == NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	struct cp_object *o = cp_get(h, CP_PROCESS, NULL);
	if (o == NULL)
		return FALSE;
	cp_release(o);
	*wow64 = FALSE;
	return TRUE;
}

BOOL WINAPI ProcessIdToSessionId(DWORD process, DWORD *session)
{
	pid_t id = getsid((pid_t)process);
	if (id < 0)
		return cp_fail(ERROR_INVALID_PARAMETER);
	*session = (DWORD)id;
	return TRUE;
}

/* Of this program's; what others have read the kernel tells to root alone. */
BOOL WINAPI GetProcessIoCounters(HANDLE h, PIO_COUNTERS counters)
{
	DWORD pid = GetProcessId(h);
	if (pid == 0)
		return FALSE;
	char path[64];
	unsigned long long value[6] = {0, 0, 0, 0, 0, 0};
	snprintf(path, sizeof path, "/proc/%u/io", pid);
	FILE *f = fopen(path, "re");
	int n = f == NULL ? 0 : fscanf(f, "rchar: %llu wchar: %llu syscr: %llu syscw: %llu", &value[0], &value[1], &value[2], &value[3]);
	if (f != NULL)
		fclose(f);
	if (n != 4)
		return cp_fail(ERROR_ACCESS_DENIED);
	*counters = (IO_COUNTERS){.ReadOperationCount = value[2], .WriteOperationCount = value[3], .ReadTransferCount = value[0], .WriteTransferCount = value[1]};
	return TRUE;
}

/* --- Consoles: the terminal speaks UTF-8, and has no window --- */

UINT WINAPI GetConsoleCP(void) { return CP_UTF8; }
UINT WINAPI GetConsoleOutputCP(void) { return CP_UTF8; }
BOOL WINAPI SetConsoleCP(UINT page) { return page == CP_UTF8 ? TRUE : cp_fail(ERROR_INVALID_PARAMETER); }
BOOL WINAPI SetConsoleOutputCP(UINT page) { return SetConsoleCP(page); }
HWND WINAPI GetConsoleWindow(void) { return NULL; }

BOOL WINAPI SetConsoleTitleA(LPCSTR title)
{
	if (title == NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	if (isatty(STDOUT_FILENO))
		dprintf(STDOUT_FILENO, "\x1b]2;%s\a", title);
	return TRUE;
}

BOOL WINAPI SetConsoleTitleW(LPCWSTR title)
{
	char *narrow;
	if (!cp_text(title, &narrow))
		return FALSE;
	BOOL ok = SetConsoleTitleA(narrow);
	free(narrow);
	return ok;
}

/* A name without a slash is never looked for in the current directory. */
BOOL WINAPI NeedCurrentDirectoryForExePathA(LPCSTR name)
{
	(void)name;
	return FALSE;
}

BOOL WINAPI NeedCurrentDirectoryForExePathW(LPCWSTR name)
{
	(void)name;
	return FALSE;
}
