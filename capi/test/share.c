/* What several programs have together: inherited handles, and names. Root gets a
 * /dev/shm of his own, so that what is left there can be looked at. */
#include "program.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static bool own_shm;

static SECURITY_ATTRIBUTES inheritable = {.nLength = sizeof inheritable, .bInheritHandle = TRUE};

static unsigned value(HANDLE h) { return (unsigned)(uintptr_t)h; }
static HANDLE handle(const char *s) { return (HANDLE)(uintptr_t)strtoul(s, NULL, 10); }

static PROCESS_INFORMATION start_with(BOOL inherit, const char *format, va_list args)
{
	char what[512];
	vsnprintf(what, sizeof what, format, args);
	return start_child(what, inherit, 0, NULL);
}

/* Begins a child of this program that inherits what can be inherited. */
__attribute__((format(printf, 1, 2))) static PROCESS_INFORMATION start(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	PROCESS_INFORMATION pi = start_with(TRUE, format, args);
	va_end(args);
	return pi;
}

/* One that inherits nothing. */
__attribute__((format(printf, 1, 2))) static PROCESS_INFORMATION start_alone(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	PROCESS_INFORMATION pi = start_with(FALSE, format, args);
	va_end(args);
	return pi;
}

static DWORD kill_and_finish(PROCESS_INFORMATION pi)
{
	CHECK(kill((pid_t)pi.dwProcessId, SIGKILL) == 0);
	return finish(pi);
}

/* Waits until a child says that it is ready. */
static HANDLE ready;
static bool say_ready(HANDLE h) { return ReleaseSemaphore(h, 1, NULL); }
static void wait_ready(void) { CHECK(WaitForSingleObject(ready, LONG_TIME) == WAIT_OBJECT_0); }

/* Whether anything of the library's is in /dev/shm; -1: it is everybody's. */
static int left_in_shm(void)
{
	int n = 0;
	DIR *d = opendir("/dev/shm");
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += strncmp(e->d_name, "createprocess-", 14) == 0;
	closedir(d);
	return own_shm ? n : -1;
}

static void shm_path(char *path, size_t size)
{
	struct stat st;
	CHECK(stat("/proc/self/ns/pid", &st) == 0);
	snprintf(path, size, "/dev/shm/createprocess-1-%u-%llu", (unsigned)geteuid(), (unsigned long long)st.st_ino);
}

/* --- Inheritance --- */

static void test_values(void)
{
	HANDLE manual = CreateEventA(&inheritable, TRUE, FALSE, NULL), automatic = CreateEventA(NULL, FALSE, FALSE, NULL);
	HANDLE semaphore = CreateSemaphoreA(&inheritable, 2, 5, NULL), mutex = CreateMutexA(&inheritable, FALSE, NULL);
	HANDLE answer = CreateEventA(&inheritable, FALSE, FALSE, NULL), stays = CreateEventA(NULL, TRUE, TRUE, NULL), other, limited;
	LONG previous;
	int before;
	CHECK(SetHandleInformation(automatic, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
	CHECK(DuplicateHandle(GetCurrentProcess(), manual, GetCurrentProcess(), &limited, SYNCHRONIZE, TRUE, 0));
	PROCESS_INFORMATION pi = start("values %u %u %u %u %u %u %u", value(manual), value(automatic), value(semaphore), value(mutex), value(answer), value(stays), value(limited));
	const HANDLE any[] = {pi.hProcess, manual, automatic, mutex};
	CHECK(WaitForMultipleObjects(3, any, FALSE, LONG_TIME) == WAIT_OBJECT_0 + 1);
	CHECK(WaitForSingleObject(mutex, 0) == WAIT_TIMEOUT); /* the child's */
	CHECK(WaitForSingleObject(semaphore, LONG_TIME) == WAIT_OBJECT_0 && WaitForSingleObject(semaphore, 0) == WAIT_TIMEOUT);
	CHECK(ReleaseSemaphore(semaphore, 1, &previous) && previous == 0);
	CHECK(ResetEvent(manual) && SetEvent(automatic)); /* it waits for that */
	CHECK(WaitForSingleObject(answer, LONG_TIME) == WAIT_OBJECT_0);
	CHECK(WaitForSingleObject(mutex, LONG_TIME) == WAIT_OBJECT_0 && ReleaseMutex(mutex)); /* which it has released */
	CHECK(finish(pi) == 0);
	CHECK(WaitForSingleObject(manual, 0) == WAIT_TIMEOUT);
	/* A second child has the same objects, also by way of one without the library. */
	char line[8192];
	STARTUPINFOA si = {.cb = sizeof si};
	snprintf(line, sizeof line, "/bin/sh -c \"'%s' child set %u; exit $?\"", self, value(manual));
	CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &si, &pi) && finish(pi) == 0);
	CHECK(WaitForSingleObject(manual, 0) == WAIT_OBJECT_0 && ResetEvent(manual));
	/* A grandchild; and a child that is created while its creator closes. */
	CHECK(finish(start("grandchild %u", value(manual))) == 0);
	CHECK(WaitForSingleObject(manual, 0) == WAIT_OBJECT_0);
	other = CreateEventA(&inheritable, TRUE, TRUE, NULL);
	pi = start("wait %u", value(other));
	CHECK(CloseHandle(other) && finish(pi) == 0);
	/* What is kept for good is there after some; what is open for a moment, closed after some time. */
	for (int round = 0; round < 2; round++) {
		before = descriptors();
		for (int i = 0; i < 20; i++) {
			other = CreateEventA(&inheritable, TRUE, FALSE, NULL);
			CHECK(finish(start("set %u", value(other))) == 0 && WaitForSingleObject(other, 0) == WAIT_OBJECT_0 && CloseHandle(other));
		}
	}
	for (int i = 0; descriptors() != before && i < 1000; i++)
		Sleep(10);
	CHECK(descriptors() == before);
	CloseHandle(manual);
	CloseHandle(automatic);
	CloseHandle(semaphore);
	CloseHandle(mutex);
	CloseHandle(answer);
	CloseHandle(stays);
	CloseHandle(limited);
}

static int child_values(char **v)
{
	HANDLE manual = handle(v[0]), automatic = handle(v[1]), semaphore = handle(v[2]), mutex = handle(v[3]), answer = handle(v[4]), stays = handle(v[5]), limited = handle(v[6]);
	DWORD flags;
	CHECK(getenv("CREATEPROCESS_HANDLES") == NULL);
	CHECK(WaitForSingleObject(stays, 0) == WAIT_FAILED && GetLastError() == ERROR_INVALID_HANDLE);
	CHECK(!SetEvent(stays) && GetLastError() == ERROR_INVALID_HANDLE);
	CHECK(GetHandleInformation(manual, &flags) && flags == HANDLE_FLAG_INHERIT);
	CHECK(CompareObjectHandles(manual, limited) && !SetEvent(limited) && GetLastError() == ERROR_ACCESS_DENIED);
	CHECK(!ReleaseMutex(manual) && GetLastError() == ERROR_INVALID_HANDLE);
	CHECK(WaitForSingleObject(semaphore, 0) == WAIT_OBJECT_0 && WaitForSingleObject(mutex, 0) == WAIT_OBJECT_0);
	CHECK(SetEvent(manual) && WaitForSingleObject(automatic, LONG_TIME) == WAIT_OBJECT_0 && WaitForSingleObject(limited, 0) == WAIT_TIMEOUT);
	CHECK(ReleaseMutex(mutex) && SetEvent(answer));
	return 0;
}

/* Those of a list, and nothing else; none without bInheritHandles. */
static void test_list(void)
{
	HANDLE listed = CreateEventA(&inheritable, TRUE, FALSE, NULL), other = CreateEventA(&inheritable, TRUE, FALSE, NULL), thread;
	STARTUPINFOEXA si = {.StartupInfo.cb = sizeof si};
	PROCESS_INFORMATION pi;
	SIZE_T size = 0;
	char line[8192];
	InitializeProcThreadAttributeList(NULL, 1, 0, &size);
	si.lpAttributeList = malloc(size);
	CHECK(InitializeProcThreadAttributeList(si.lpAttributeList, 1, 0, &size));
	CHECK(UpdateProcThreadAttribute(si.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, &listed, sizeof listed, NULL, NULL));
	snprintf(line, sizeof line, "\"%s\" child one %u %u", self, value(listed), value(other));
	CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL, &si.StartupInfo, &pi) && finish(pi) == 0);
	CHECK(WaitForSingleObject(listed, 0) == WAIT_OBJECT_0 && WaitForSingleObject(other, 0) == WAIT_TIMEOUT);
	snprintf(line, sizeof line, "\"%s\" child none %u", self, value(other));
	CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &si.StartupInfo, &pi) && finish(pi) == 0);
	/* A program without the library has the descriptor that was listed, and no other. */
	strcpy(line, "/bin/sh -c \"test $(ls -l /proc/$$/fd | grep -c /dev/shm/createprocess-) = 1\"");
	CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL, &si.StartupInfo, &pi) && finish(pi) == 0);
	/* A thread of this program cannot be had by another. */
	CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &thread, 0, TRUE, DUPLICATE_SAME_ACCESS));
	HANDLE many[8000];
	for (int i = 0; i < 8000; i++)
		CHECK(DuplicateHandle(GetCurrentProcess(), other, GetCurrentProcess(), &many[i], 0, TRUE, DUPLICATE_SAME_ACCESS));
	strcpy(line, "/bin/true");
	CHECK(!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &si.StartupInfo, &pi) && GetLastError() == ERROR_FILENAME_EXCED_RANGE);
	for (int i = 0; i < 8000; i++)
		CHECK(CloseHandle(many[i]));
	CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &si.StartupInfo, &pi) && finish(pi) == 0);
	listed = thread;
	CHECK(!CreateProcessA(NULL, line, NULL, NULL, TRUE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL, &si.StartupInfo, &pi) && GetLastError() == ERROR_NOT_SUPPORTED);
	free(si.lpAttributeList);
}

static void test_processes(void)
{
	PROCESS_INFORMATION sleeper = start("sleep"), ended = start("code 70000"), pi;
	HANDLE limited, thread, go = CreateEventA(&inheritable, TRUE, FALSE, NULL), me;
	CHECK(WaitForSingleObject(ended.hProcess, LONG_TIME) == WAIT_OBJECT_0);
	CHECK(SetHandleInformation(sleeper.hProcess, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
	CHECK(SetHandleInformation(sleeper.hThread, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
	CHECK(SetHandleInformation(ended.hProcess, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
	CHECK(DuplicateHandle(GetCurrentProcess(), sleeper.hProcess, GetCurrentProcess(), &limited, SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, TRUE, 0));
	CHECK(DuplicateHandle(GetCurrentProcess(), ended.hThread, GetCurrentProcess(), &thread, 0, TRUE, DUPLICATE_SAME_ACCESS));
	pi = start("processes %u %u %u %u %u %u", value(sleeper.hProcess), value(sleeper.hThread), value(ended.hProcess), value(limited), value(thread), sleeper.dwProcessId);
	CHECK(finish(pi) == 0);
	CHECK(WaitForSingleObject(sleeper.hProcess, LONG_TIME) == WAIT_OBJECT_0); /* it has been terminated */
	close_both(sleeper);
	close_both(ended);
	CHECK(CloseHandle(limited) && CloseHandle(thread));

	/* A child that waits for its creator, which is a child of this program. */
	pi = start("creator %u", value(go));
	CHECK(finish(pi) == 0 && WaitForSingleObject(go, LONG_TIME) == WAIT_OBJECT_0);
	CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentProcess(), GetCurrentProcess(), &me, SYNCHRONIZE, TRUE, 0));
	CHECK(WaitForSingleObject(me, 0) == WAIT_TIMEOUT && CloseHandle(me) && CloseHandle(go));
}

static int child_processes(char **v)
{
	HANDLE process = handle(v[0]), thread = handle(v[1]), ended = handle(v[2]), limited = handle(v[3]), old = handle(v[4]);
	DWORD pid = (DWORD)atoi(v[5]), code, n = 4096;
	char name[4096];
	CHECK(WaitForSingleObject(ended, LONG_TIME) == WAIT_OBJECT_0 && WaitForSingleObject(old, 0) == WAIT_OBJECT_0);
	CHECK(WaitForSingleObject(process, 0) == WAIT_TIMEOUT && WaitForSingleObject(thread, 0) == WAIT_TIMEOUT);
	CHECK(GetProcessId(process) == pid && GetThreadId(thread) == pid && GetProcessIdOfThread(thread) == pid);
	CHECK(GetExitCodeProcess(process, &code) && code == STILL_ACTIVE && GetExitCodeThread(thread, &code) && code == STILL_ACTIVE);
	CHECK(GetExitCodeProcess(ended, &code) && code == 70000 && GetExitCodeThread(old, &code) && code == 70000);
	CHECK(CompareObjectHandles(process, limited) && !CompareObjectHandles(process, ended));
	CHECK(QueryFullProcessImageNameA(limited, 0, name, &n) && strcmp(name, self) == 0);
	CHECK(!TerminateProcess(limited, 1) && GetLastError() == ERROR_ACCESS_DENIED);
	CHECK(SuspendThread(thread) == 0 && ResumeThread(thread) == 1);
	HANDLE go = CreateEventA(NULL, TRUE, FALSE, NULL);
	const HANDLE both[] = {go, limited};
	CHECK(WaitForMultipleObjects(2, both, FALSE, 1) == WAIT_TIMEOUT);
	CHECK(TerminateProcess(process, 0xdead) && WaitForMultipleObjects(2, both, FALSE, LONG_TIME) == WAIT_OBJECT_0 + 1);
	CHECK(GetExitCodeProcess(limited, &code) && code == 0xdead);
	CHECK(CloseHandle(process) && CloseHandle(thread) && CloseHandle(ended) && CloseHandle(limited) && CloseHandle(old));
	return 0;
}

/* --- Mutexes --- */

static DWORD WINAPI wait_for(LPVOID h) { return WaitForSingleObject(h, LONG_TIME); }

static bool sleeps(DWORD thread)
{
	char path[64], text[256] = "";
	snprintf(path, sizeof path, "/proc/self/task/%u/stat", thread);
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	return n > 0 && strstr(text, ") S") != NULL;
}

static HANDLE both[2];
static DWORD WINAPI wait_for_both(LPVOID h) { return WaitForMultipleObjects(2, h, TRUE, LONG_TIME); }

/* A thread that waits, not just for a lock; or has done so. */
static HANDLE sleeper(LPTHREAD_START_ROUTINE run, LPVOID parameter)
{
	DWORD id;
	HANDLE t = CreateThread(NULL, 0, run, parameter, 0, &id);
	for (int seen = 0; seen < 10 && WaitForSingleObject(t, 1) == WAIT_TIMEOUT;)
		seen = sleeps(id) ? seen + 1 : 0;
	return t;
}

static HANDLE waiter(HANDLE h) { return sleeper(wait_for, h); }

static DWORD result_of(HANDLE thread)
{
	DWORD code;
	CHECK(WaitForSingleObject(thread, LONG_TIME) == WAIT_OBJECT_0 && GetExitCodeThread(thread, &code) && CloseHandle(thread));
	return code;
}

static void test_abandoned(void)
{
	HANDLE mutex = CreateMutexA(&inheritable, FALSE, NULL), event = CreateEventA(NULL, TRUE, FALSE, NULL), set = CreateEventA(&inheritable, TRUE, TRUE, NULL), t;
	const HANDLE all[] = {set, mutex}, any[] = {event, mutex};
	PROCESS_INFORMATION pi;
	/* A thread of the child ends, and the child runs on. */
	pi = start("own-and-end %u %u", value(mutex), value(ready));
	wait_ready();
	CHECK(WaitForSingleObject(mutex, LONG_TIME) == WAIT_ABANDONED && ReleaseMutex(mutex));
	CHECK(WaitForSingleObject(mutex, 0) == WAIT_OBJECT_0 && ReleaseMutex(mutex)); /* that is told once */
	CHECK(kill_and_finish(pi) != 0);
	/* A child ends that owns it: before the wait, */
	pi = start("own %u %u", value(mutex), value(ready));
	wait_ready();
	CHECK(WaitForSingleObject(mutex, 0) == WAIT_TIMEOUT && !ReleaseMutex(mutex) && GetLastError() == ERROR_NOT_OWNER);
	CHECK(kill_and_finish(pi) != 0);
	CHECK(WaitForSingleObject(mutex, 0) == WAIT_ABANDONED && ReleaseMutex(mutex));
	/* and during several: one of them has it, and its end lets the next one have it. */
	for (int i = 0; i < 5; i++) {
		pi = start("own %u %u", value(mutex), value(ready));
		wait_ready();
		HANDLE many[4];
		for (int k = 0; k < 4; k++)
			many[k] = waiter(mutex);
		CHECK(kill_and_finish(pi) != 0);
		for (int k = 0; k < 4; k++)
			CHECK(result_of(many[k]) == WAIT_ABANDONED);
		CHECK(WaitForMultipleObjects(2, all, TRUE, LONG_TIME) == WAIT_ABANDONED && ReleaseMutex(mutex));
	}
	/* Among other objects; by ExitProcess. */
	pi = start("own-then %u %u %u", value(mutex), value(ready), value(set));
	wait_ready();
	CHECK(WaitForMultipleObjects(2, any, FALSE, LONG_TIME) == WAIT_ABANDONED + 1 && ReleaseMutex(mutex));
	CHECK(finish(pi) == 0);
	/* The owner releases it, another program has it and is killed. */
	CHECK(WaitForSingleObject(mutex, 0) == WAIT_OBJECT_0);
	pi = start("own %u %u", value(mutex), value(ready));
	PROCESS_INFORMATION second = start("wait %u", value(mutex));
	CHECK(ReleaseMutex(mutex));
	wait_ready(); /* whichever of the two was first, the other one hears of it */
	CHECK(kill_and_finish(pi) != 0);
	finish(second);
	t = waiter(mutex);
	CHECK(result_of(t) <= WAIT_ABANDONED);
	CloseHandle(mutex);

	/* A mutex that becomes one of several programs while somebody waits for it, and
	 * whose owner is killed then. */
	mutex = CreateMutexA(NULL, TRUE, NULL);
	both[0] = event, both[1] = mutex;
	t = sleeper(wait_for_both, both);
	CHECK(SetHandleInformation(mutex, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
	pi = start("own %u %u", value(mutex), value(ready));
	CHECK(ReleaseMutex(mutex));
	wait_ready();
	CHECK(SetEvent(event) && kill_and_finish(pi) != 0);
	CHECK(result_of(t) == WAIT_ABANDONED);
	CHECK(WaitForSingleObject(mutex, 0) == WAIT_ABANDONED && ReleaseMutex(mutex) && CloseHandle(mutex));
	CloseHandle(event);
	CloseHandle(set);
}

/* --- Events --- */

static VOID CALLBACK on_event(PVOID done, BOOLEAN timed_out)
{
	CHECK(!timed_out && SetEvent(done));
}

/* Handing a token to and fro, by waits of every kind; and an event that is reset
 * at once. */
static void test_events(void)
{
	enum { TIMES = 2000 };
	HANDLE ping = CreateEventA(&inheritable, FALSE, FALSE, NULL), pong = CreateEventA(&inheritable, FALSE, FALSE, NULL), never = CreateEventA(NULL, TRUE, FALSE, NULL);
	HANDLE done = CreateEventA(NULL, FALSE, FALSE, NULL), always = CreateEventA(NULL, TRUE, TRUE, NULL), wait;
	PROCESS_INFORMATION pi = start("echo %u %u %d", value(ping), value(pong), 4 * TIMES);
	const HANDLE plain[] = {never, pong}, mixed[] = {pi.hProcess, never, pong}, all[] = {always, pong};
	for (int i = 0; i < TIMES; i++) {
		CHECK(SignalObjectAndWait(ping, pong, LONG_TIME, FALSE) == WAIT_OBJECT_0);
		CHECK(SetEvent(ping) && WaitForMultipleObjects(2, plain, FALSE, LONG_TIME) == WAIT_OBJECT_0 + 1);
		CHECK(SetEvent(ping) && WaitForMultipleObjects(3, mixed, FALSE, LONG_TIME) == WAIT_OBJECT_0 + 2);
		CHECK(SetEvent(ping) && WaitForMultipleObjects(2, all, TRUE, LONG_TIME) == WAIT_OBJECT_0);
	}
	CHECK(finish(pi) == 0);
	pi = start("echo %u %u %d", value(ping), value(pong), 100);
	CHECK(RegisterWaitForSingleObject(&wait, pong, on_event, done, INFINITE, WT_EXECUTEDEFAULT));
	for (int i = 0; i < 100; i++)
		CHECK(SignalObjectAndWait(ping, done, LONG_TIME, FALSE) == WAIT_OBJECT_0);
	CHECK(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE) && finish(pi) == 0);
	/* Several waiters of several programs all see it, although it is reset. */
	HANDLE manual = CreateEventA(&inheritable, TRUE, FALSE, NULL);
	PROCESS_INFORMATION many[4];
	for (int i = 0; i < 4; i++)
		many[i] = start("waiters %u %u", value(manual), value(ready));
	for (int i = 0; i < 4; i++)
		wait_ready();
	CHECK(SetEvent(manual) && ResetEvent(manual));
	for (int i = 0; i < 4; i++)
		CHECK(finish(many[i]) == 0);
	for (int i = 0; i < 4; i++)
		many[i] = start("waiters %u %u", value(manual), value(ready));
	for (int i = 0; i < 4; i++)
		wait_ready();
	CHECK(PulseEvent(manual) && WaitForSingleObject(manual, 0) == WAIT_TIMEOUT);
	for (int i = 0; i < 4; i++)
		CHECK(finish(many[i]) == 0);
	/* An auto-reset event ends one wait, whoever's, for each time. */
	HANDLE semaphore = CreateSemaphoreA(&inheritable, 0, 100, NULL);
	for (int i = 0; i < 4; i++)
		many[i] = start("wait %u", value(semaphore));
	CHECK(ReleaseSemaphore(semaphore, 4, NULL));
	for (int i = 0; i < 4; i++)
		CHECK(finish(many[i]) == 0);
	CHECK(WaitForSingleObject(semaphore, 0) == WAIT_TIMEOUT);
}

/* --- Names --- */

static void test_names(void)
{
	char name[64], what[300];
	snprintf(name, sizeof name, "share test %d", getpid());
	CHECK(OpenEventA(EVENT_ALL_ACCESS, FALSE, name) == NULL && GetLastError() == ERROR_FILE_NOT_FOUND);
	HANDLE e = CreateEventA(NULL, TRUE, FALSE, name);
	CHECK(e != NULL && GetLastError() == 0);
	CHECK(finish(start("named \"%s\"", name)) == 0 && WaitForSingleObject(e, 0) == WAIT_OBJECT_0);
	CHECK(CloseHandle(e));
	CHECK(OpenEventA(EVENT_ALL_ACCESS, FALSE, name) == NULL && GetLastError() == ERROR_FILE_NOT_FOUND);
	/* It goes with the last program that has it, killed or not. */
	for (int i = 0; i < 10; i++) {
		PROCESS_INFORMATION pi = start("holds %u \"%s\"", value(ready), name), second;
		wait_ready();
		second = start("holds %u \"%s\"", value(ready), name);
		wait_ready();
		CHECK(kill_and_finish(i % 2 ? pi : second) != 0);
		e = OpenMutexA(MUTEX_ALL_ACCESS, FALSE, name);
		CHECK(e != NULL && CloseHandle(e));
		CHECK(CreateEventA(NULL, TRUE, FALSE, name) == NULL && GetLastError() == ERROR_INVALID_HANDLE);
		CHECK(OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, name) == NULL && GetLastError() == ERROR_INVALID_HANDLE);
		CHECK(kill_and_finish(i % 2 ? second : pi) != 0);
		CHECK(OpenMutexA(MUTEX_ALL_ACCESS, FALSE, name) == NULL && GetLastError() == ERROR_FILE_NOT_FOUND);
	}
	/* Names as they are: another case, Global, a character of three bytes, the longest. */
	static const char *const names[] = {"A", "a", "Global\\a", "\xe2\x82\xac"};
	HANDLE h[4];
	for (int i = 0; i < 4; i++) {
		snprintf(what, sizeof what, "%s %d", names[i], getpid());
		h[i] = CreateEventA(NULL, TRUE, FALSE, what);
		CHECK(h[i] != NULL && GetLastError() == 0);
		CHECK(finish(start("set-named \"%s\"", what)) == 0 && WaitForSingleObject(h[i], 0) == WAIT_OBJECT_0);
	}
	for (int i = 0; i < 4; i++)
		CHECK(CloseHandle(h[i]));
	WCHAR wide[261];
	for (int i = 0; i < 260; i++)
		wide[i] = 0x20ac;
	wide[259] = 0;
	e = CreateSemaphoreW(NULL, 1, 1, wide);
	h[0] = OpenSemaphoreW(SYNCHRONIZE, FALSE, wide);
	CHECK(e != NULL && h[0] != NULL && CompareObjectHandles(e, h[0]) && WaitForSingleObject(h[0], 0) == WAIT_OBJECT_0);
	CHECK(!ReleaseSemaphore(h[0], 1, NULL) && GetLastError() == ERROR_ACCESS_DENIED && CloseHandle(e) && CloseHandle(h[0]));
	/* Who creates a mutex owns it, before anybody else can. */
	e = CreateMutexA(NULL, TRUE, name);
	h[0] = CreateMutexA(NULL, TRUE, name);
	CHECK(GetLastError() == ERROR_ALREADY_EXISTS && ReleaseMutex(e) && !ReleaseMutex(h[0]) && GetLastError() == ERROR_NOT_OWNER);
	CHECK(CloseHandle(e) && CloseHandle(h[0]));
}

/* Names in one program, which needs no Go. */
static void test_local(void)
{
	for (int i = 0; i < 50; i++) {
		HANDLE e = CreateEventA(NULL, TRUE, FALSE, "local event"), m = CreateMutexA(NULL, TRUE, "local mutex"), s = CreateSemaphoreA(NULL, 0, 2, "local semaphore");
		HANDLE again = OpenEventA(EVENT_ALL_ACCESS, FALSE, "Local\\local event"), t = waiter(e);
		const HANDLE all[] = {e, s, m};
		CHECK(CompareObjectHandles(e, again) && SetEvent(again) && result_of(t) == WAIT_OBJECT_0);
		CHECK(WaitForMultipleObjects(3, all, TRUE, 0) == WAIT_TIMEOUT && ReleaseSemaphore(s, 1, NULL));
		CHECK(WaitForMultipleObjects(3, all, TRUE, 0) == WAIT_OBJECT_0 && ReleaseMutex(m) && ReleaseMutex(m));
		t = waiter(m); /* which ends with it */
		CHECK(result_of(t) == WAIT_OBJECT_0 && WaitForSingleObject(m, LONG_TIME) == WAIT_ABANDONED);
		CHECK(CloseHandle(e) && CloseHandle(m) && CloseHandle(s) && CloseHandle(again));
		CHECK(OpenMutexA(SYNCHRONIZE, FALSE, "local mutex") == NULL && GetLastError() == ERROR_FILE_NOT_FOUND);
	}
}

/* Eight programs, a thousand times: a name is there or not, it is of one kind,
 * and one program at a time owns a mutex. Some are killed meanwhile. */
static void test_rounds(void)
{
	enum { PROGRAMS = 8, ROUNDS = 1000 };
	PROCESS_INFORMATION pi[PROGRAMS], killed[PROGRAMS];
	int pipes[2];
	CHECK(pipe(pipes) == 0 && fcntl(pipes[0], F_SETFD, FD_CLOEXEC) == 0);
	HANDLE count = CreateSemaphoreA(&inheritable, 0, PROGRAMS * ROUNDS, NULL), guard = CreateMutexA(&inheritable, FALSE, NULL);
	for (int i = 0; i < PROGRAMS; i++) {
		pi[i] = start("round %d %d %u %u", getpid(), ROUNDS, value(count), value(guard));
		killed[i] = start("round %d %d %u %u", getpid(), 1000 * ROUNDS, value(count), value(guard));
	}
	for (int i = 0; i < PROGRAMS; i++) {
		Sleep(20);
		CHECK(kill_and_finish(killed[i]) != 0);
	}
	for (int i = 0; i < PROGRAMS; i++)
		CHECK(finish(pi[i]) == 0);
	for (int i = 0; i < 3; i++) {
		char name[64];
		snprintf(name, sizeof name, "round %d %d", getpid(), i);
		HANDLE h = CreateEventA(NULL, TRUE, FALSE, name);
		CHECK(h != NULL && GetLastError() == 0 && CloseHandle(h));
	}
	CloseHandle(count);
	CloseHandle(guard);
	close(pipes[0]);
	close(pipes[1]);
}

static int child_round(char **v)
{
	HANDLE guard = handle(v[3]), owned = NULL;
	char name[64];
	unsigned seed = (unsigned)getpid();
	for (int i = atoi(v[1]); i > 0; i--) {
		snprintf(name, sizeof name, "round %s %d", v[0], rand_r(&seed) % 3);
		HANDLE h = NULL;
		switch (rand_r(&seed) % 4) {
		case 0:
			h = CreateEventA(NULL, TRUE, FALSE, name);
			break;
		case 1:
			h = CreateSemaphoreA(NULL, 1, 1, name);
			break;
		case 2:
			h = CreateMutexA(NULL, FALSE, name);
			owned = h;
			break;
		case 3:
			h = OpenMutexA(MUTEX_ALL_ACCESS, FALSE, name);
			CHECK(h != NULL || GetLastError() == ERROR_FILE_NOT_FOUND || GetLastError() == ERROR_INVALID_HANDLE);
			break;
		}
		CHECK(h != NULL || GetLastError() == ERROR_INVALID_HANDLE || GetLastError() == ERROR_FILE_NOT_FOUND);
		if (h != NULL && h == owned && WaitForSingleObject(h, LONG_TIME) <= WAIT_ABANDONED)
			CHECK(ReleaseMutex(h));
		owned = NULL;
		CHECK(h == NULL || CloseHandle(h));
		if (i % 16 == 0)
			CHECK(WaitForSingleObject(guard, LONG_TIME) <= WAIT_ABANDONED && ReleaseMutex(guard) && ReleaseSemaphore(handle(v[2]), 1, NULL));
		if (i % 64 == 0 && atoi(v[1]) > 100000)
			CHECK(WaitForSingleObject(handle(v[2]), LONG_TIME) == WAIT_OBJECT_0);
	}
	return 0;
}

/* --- Who is killed at the worst moment --- */

/* The program is killed when this thread makes this call. */
static void die_at(unsigned number, unsigned argument, unsigned is)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, args) + 8 * argument),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, is, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
	struct rlimit none = {0, 0};
	CHECK(setrlimit(RLIMIT_CORE, &none) == 0);
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static void test_killed(void)
{
	HANDLE event = CreateEventA(&inheritable, TRUE, FALSE, NULL), mutex = CreateMutexA(&inheritable, FALSE, NULL), go = CreateEventA(&inheritable, FALSE, FALSE, NULL), t;
	/* After it has changed the event, with everything locked: who waits hears of it. */
	t = waiter(event);
	CHECK(finish(start("dies-after set %u", value(event))) == 0x4001001f);
	CHECK(result_of(t) == WAIT_OBJECT_0 && ResetEvent(event));
	/* Before: the event is not set, and everybody goes on. */
	t = waiter(event);
	CHECK(finish(start("dies-before set %u", value(event))) == 0x4001001f);
	CHECK(WaitForSingleObject(event, 0) == WAIT_TIMEOUT && SetEvent(event) && result_of(t) == WAIT_OBJECT_0);
	/* With a mutex that it has just taken, and while it releases it. */
	CHECK(finish(start("dies-after wait %u", value(mutex))) == 0x4001001f);
	CHECK(WaitForSingleObject(mutex, LONG_TIME) == WAIT_ABANDONED && ReleaseMutex(mutex));
	for (int i = 0; i < 2; i++) {
		PROCESS_INFORMATION pi = start("release %s %u %u %u", i == 0 ? "before" : "after", value(mutex), value(ready), value(go));
		wait_ready();
		t = waiter(mutex);
		CHECK(SetEvent(go) && finish(pi) == 0x4001001f);
		DWORD result = result_of(t);
		CHECK(result == (i == 0 ? WAIT_ABANDONED : WAIT_OBJECT_0));
		CHECK(WaitForSingleObject(mutex, 0) == WAIT_ABANDONED && ReleaseMutex(mutex)); /* of the thread */
	}
	/* With a name that it is about to give. */
	char name[64];
	snprintf(name, sizeof name, "killed %d", getpid());
	CHECK(finish(start("dies-after name \"%s\"", name)) == 0x4001001f);
	t = CreateMutexA(NULL, FALSE, name);
	CHECK(t != NULL && GetLastError() == 0 && CloseHandle(t));
	CloseHandle(event);
	CloseHandle(mutex);
}

/* --- What may be wrong with the file and the table --- */

static void test_hostile(void)
{
	static const char *const tables[] = {
		"", ";", ";;;;", "x", "4", "4,1,0", "4,10,3,0,0,1f0003,0,1", "ffffffff,ffffffff,-1,ffffffffffffffff,ffffffffffffffff,ffffffff,ffffffffffffffff,ffffffffffffffff",
		"4,2,-1,0,0,1fffff,0,0", "4,2,-1,0,0,1fffff,1,0", "8,4,-1,0,0,1fffff,1,100000000", "4,2,-2147483648,0,0,0,0,0", "4,1,99999,0,0,0,0,0",
		"3,2,-1,0,0,1fffff,1,0", "fffffffc,2,-1,0,0,1fffff,1,0", "7ffffffc,2,-1,0,0,1fffff,1,0", "0,2,-1,0,0,1fffff,1,0",
		"4,2,-1,0,0,1fffff,1,0;4,2,-1,0,0,1fffff,1,0;8,2,-1,0,0,1fffff,7fffffff,5", "4,80,-1,0,0,1,1,1", "4,8,-1,0,0,1,1,1",
	};
	struct stat st;
	char table[256];
	HANDLE e = CreateEventA(NULL, TRUE, FALSE, "hostile");
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		CHECK(setenv("CREATEPROCESS_HANDLES", tables[i], 1) == 0);
		CHECK(finish(start("hostile")) == 0);
	}
	/* The file itself, with numbers of all kinds: it is not what keeps an object. */
	char path[64];
	shm_path(path, sizeof path);
	int fd = open(path, O_RDWR);
	CHECK(fd >= 0 && fstat(fd, &st) == 0);
	static const unsigned long long numbers[] = {0, 1, 2, 3, 8191, 8192, 0xffffffff, 0xffffffffffffffff};
	for (int kind = 1; kind < 256; kind *= 2) {
		for (size_t a = 0; a < 8; a++) {
			snprintf(table, sizeof table, "40,%x,9,%llx,%llx,1f0003,%llx,%llx", kind, (unsigned long long)st.st_dev, (unsigned long long)st.st_ino, numbers[a], numbers[7 - a]);
			CHECK(setenv("CREATEPROCESS_HANDLES", table, 1) == 0);
			char line[8192];
			snprintf(line, sizeof line, "exec 9<>%s; exec '%s' child hostile", path, self);
			pid_t pid = fork();
			if (pid == 0) {
				execl("/bin/sh", "sh", "-c", line, NULL);
				_exit(9);
			}
			int status;
			CHECK(waitpid(pid, &status, 0) == pid && status == 0);
		}
	}
	/* One that is right, with some of its characters changed. */
	unsigned seed = 1;
	for (int i = 0; i < 200; i++) {
		static const char characters[] = "0123456789abcdef,;-";
		int n = snprintf(table, sizeof table, "40,1,%d,%llx,%llx,1f0003,0,0;44,10,%d,%llx,%llx,1f0003,%x,%x;48,2,-1,0,0,1fffff,%x,7", fd, (unsigned long long)st.st_dev,
			(unsigned long long)st.st_ino, fd, (unsigned long long)st.st_dev, (unsigned long long)st.st_ino, i % 3, i, getpid());
		for (int k = rand_r(&seed) % 6; k > 0; k--)
			table[rand_r(&seed) % n] = characters[(size_t)rand_r(&seed) % (sizeof characters - 1)];
		pid_t pid = fork();
		if (pid == 0) {
			setenv("CREATEPROCESS_HANDLES", table, 1);
			fcntl(fd, F_SETFD, 0);
			execl(self, self, "child", "hostile", NULL);
			_exit(9);
		}
		int status;
		CHECK(waitpid(pid, &status, 0) == pid);
		if (status != 0)
			fprintf(stderr, "%s\n", table);
		CHECK(status == 0);
	}
	close(fd);
	unsetenv("CREATEPROCESS_HANDLES");
	CHECK(SetEvent(e) && CloseHandle(e));
}

/* Somebody has written rubbish into the file: the answers mean nothing, and
 * nobody crashes or waits for ever. */
static int child_rubbish(unsigned seed)
{
	char path[64], name[32];
	HANDLE h[8] = {CreateEventA(NULL, TRUE, FALSE, "rubbish 0"), CreateMutexA(NULL, TRUE, "rubbish 1"), CreateSemaphoreA(NULL, 1, 1, "rubbish 2")};
	shm_path(path, sizeof path);
	int fd = open(path, O_RDWR);
	CHECK(fd >= 0 && h[0] != NULL && h[1] != NULL && h[2] != NULL);
	for (int round = 0; round < 50; round++) {
		for (off_t at = 16; at < 60000; at += 4) {
			static const uint32_t words[] = {0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff};
			uint32_t word = rand_r(&seed) % 2 ? words[rand_r(&seed) % 6] : (uint32_t)rand_r(&seed);
			CHECK(rand_r(&seed) % 4 != 0 || pwrite(fd, &word, sizeof word, at) == sizeof word);
		}
		for (int i = 0; i < 40; i++) {
			int k = rand_r(&seed) % 8;
			snprintf(name, sizeof name, "rubbish %d", rand_r(&seed) % 4);
			if (h[k] == NULL) {
				h[k] = k % 3 == 0 ? CreateEventA(NULL, k % 2, FALSE, name) : k % 3 == 1 ? CreateMutexA(NULL, TRUE, name) : OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, name);
				continue;
			}
			SetEvent(h[k]);
			ReleaseSemaphore(h[k], 1, NULL);
			WaitForSingleObject(h[k], i % 2);
			ReleaseMutex(h[k]);
			ResetEvent(h[k]);
			if (i % 3 == 0 && CloseHandle(h[k]))
				h[k] = NULL;
		}
	}
	return 0;
}

static void test_rubbish(void)
{
	if (!own_shm) {
		puts("skipped: it needs a /dev/shm of its own, which root can have");
		return;
	}
	for (unsigned seed = 1; seed <= 5; seed++)
		CHECK(finish(start_alone("rubbish %u", seed)) == 0);
}

/* --- Consoles --- */

static void test_console(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), status;
	char text[64] = "";
	size_t used = 0;
	CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		CHECK(setsid() > 0);
		int terminal = open(ptsname(master), O_RDWR | O_CLOEXEC);
		CHECK(terminal >= 0 && ioctl(terminal, TIOCSCTTY, 0) == 0);
		HANDLE out = CreateFileA("CONOUT$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_WRITE, &inheritable, OPEN_EXISTING, 0, NULL);
		CHECK(out != INVALID_HANDLE_VALUE);
		exit((int)finish(start("print %u", value(out))));
	}
	while (strstr(text, "printed") == NULL && used < sizeof text - 1) {
		ssize_t n = read(master, text + used, sizeof text - 1 - used);
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0 && strstr(text, "printed") != NULL);
	close(master);
}

/* The file is not the user's own, or cannot be made. */
static void test_file(void)
{
	if (!own_shm) {
		puts("skipped: it needs a /dev/shm of its own, which root can have");
		return;
	}
	char path[64];
	shm_path(path, sizeof path);
	CHECK(left_in_shm() == 1); /* ready is in it */
	const struct {
		const char *what;
		unsigned code;
	} rows[] = {
		{"another-owner", ERROR_ACCESS_DENIED}, {"readable", ERROR_ACCESS_DENIED},  {"link", ERROR_ACCESS_DENIED},     {"directory", ERROR_ACCESS_DENIED},
		{"fifo", ERROR_ACCESS_DENIED},          {"rubbish", ERROR_INVALID_DATA},    {"short", ERROR_INVALID_DATA},     {"read-only", ERROR_ACCESS_DENIED},
		{"full", ERROR_DISK_FULL},              {"missing", ERROR_FILE_NOT_FOUND},  {"no-descriptor", ERROR_TOO_MANY_OPEN_FILES},
		{"umask", 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		DWORD code = finish(start_alone("file %s", rows[i].what));
		if (code != rows[i].code)
			fprintf(stderr, "%s: %u, not %u\n", rows[i].what, code, rows[i].code);
		CHECK(code == rows[i].code);
	}
}

static int child_file(const char *what)
{
	char path[64];
	shm_path(path, sizeof path);
	CHECK(unshare(CLONE_NEWNS) == 0 && mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0);
	CHECK(mount("none", "/dev/shm", "tmpfs", 0, strcmp(what, "full") == 0 ? "size=8k" : "size=1m") == 0);
	static char zeros[4096];
	int fd = -1;
	umask(0);
	if (strcmp(what, "link") == 0)
		CHECK(symlink("/dev/shm/other", path) == 0);
	else if (strcmp(what, "directory") == 0)
		CHECK(mkdir(path, 0700) == 0);
	else if (strcmp(what, "fifo") == 0)
		CHECK(mkfifo(path, 0600) == 0);
	else if (strcmp(what, "missing") == 0)
		CHECK(umount("/dev/shm") == 0 && mount("none", "/dev", "tmpfs", 0, NULL) == 0);
	else if (strcmp(what, "read-only") == 0)
		CHECK(mount("none", "/dev/shm", "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) == 0);
	else if (strcmp(what, "umask") == 0)
		umask(0777);
	else if (strcmp(what, "no-descriptor") == 0)
		CHECK(setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, 3}) == 0);
	else if (strcmp(what, "full") != 0) {
		fd = open(path, O_RDWR | O_CREAT | O_EXCL, strcmp(what, "readable") == 0 ? 0640 : 0600);
		CHECK(fd >= 0);
		if (strcmp(what, "another-owner") == 0)
			CHECK(fchown(fd, 12345, 0) == 0);
		else if (strcmp(what, "rubbish") == 0)
			CHECK(ftruncate(fd, 7 << 20) == 0);
		else if (strcmp(what, "short") == 0)
			CHECK(write(fd, zeros, 100) == 100);
		close(fd);
	}
	SetLastError(0);
	HANDLE h = CreateEventA(NULL, TRUE, FALSE, "a name");
	DWORD code = GetLastError();
	CHECK((h == NULL) == (code != 0));
	/* What needs no file works. */
	if (strcmp(what, "no-descriptor") != 0) {
		HANDLE e = CreateEventA(NULL, TRUE, TRUE, NULL);
		CHECK(e != NULL && WaitForSingleObject(e, 0) == WAIT_OBJECT_0 && CloseHandle(e));
	}
	CHECK(h == NULL || (SetEvent(h) && CloseHandle(h)));
	return (int)code;
}

/* As many objects as there can be, and one more. */
static void test_limit(void)
{
	enum { MOST = 8192 };
	struct rlimit l;
	static HANDLE h[MOST];
	char name[64];
	int n = 0;
	CHECK(getrlimit(RLIMIT_NOFILE, &l) == 0);
	if (!own_shm || l.rlim_max < MOST + 100) {
		puts("skipped: it needs a /dev/shm of its own, which root can have, and 8,300 descriptors");
		return;
	}
	l.rlim_cur = l.rlim_max;
	CHECK(setrlimit(RLIMIT_NOFILE, &l) == 0);
	for (;; n++) {
		snprintf(name, sizeof name, "limit %d", n);
		h[n] = CreateEventA(NULL, TRUE, FALSE, name);
		if (h[n] == NULL)
			break;
		CHECK(n < MOST - 1);
	}
	CHECK(GetLastError() == ERROR_NO_SYSTEM_RESOURCES && n == MOST - 1); /* ready is one */
	HANDLE e = OpenEventA(EVENT_ALL_ACCESS, FALSE, "limit 5000");
	CHECK(e != NULL && CompareObjectHandles(e, h[5000]) && CloseHandle(e) && CloseHandle(h[17]));
	CHECK((h[17] = CreateEventA(NULL, TRUE, FALSE, "in place of 17")) != NULL);
	/* What somebody had who was killed is used again. */
	CHECK(CloseHandle(h[17]) && kill_and_finish(start("holds %u \"another\"", value(ready))) != 0);
	for (int i = 0; i < n; i++)
		CHECK(i == 17 || CloseHandle(h[i]));
}

/* --- The host forks --- */

static void test_fork(void)
{
	HANDLE mutex = CreateMutexA(NULL, TRUE, "fork mutex"), event = CreateEventA(NULL, FALSE, FALSE, "fork event"), back = CreateEventA(NULL, FALSE, FALSE, "fork back");
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		/* It has the objects, and not what its parent owns. */
		HANDLE mine = CreateMutexA(NULL, TRUE, "fork mine");
		bool ok = !ReleaseMutex(mutex) && GetLastError() == ERROR_NOT_OWNER && WaitForSingleObject(mutex, 0) == WAIT_TIMEOUT && mine != NULL;
		ok = ok && SetEvent(event) && WaitForSingleObject(back, LONG_TIME) == WAIT_OBJECT_0;
		_exit(ok ? 0 : 1);
	}
	CHECK(WaitForSingleObject(event, LONG_TIME) == WAIT_OBJECT_0 && SetEvent(back));
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(ReleaseMutex(mutex)); /* it is still this one's */
	CHECK(OpenMutexA(MUTEX_ALL_ACCESS, FALSE, "fork mine") == NULL && GetLastError() == ERROR_FILE_NOT_FOUND);
	/* A fork's wait, and exec in it. */
	pid = fork();
	if (pid == 0) {
		if (WaitForSingleObject(event, LONG_TIME) != WAIT_OBJECT_0)
			_exit(1);
		execl(self, self, "child", "set-named", "fork back", NULL);
		_exit(2);
	}
	CHECK(SetEvent(event) && WaitForSingleObject(back, LONG_TIME) == WAIT_OBJECT_0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	/* A fork that is killed leaves its parent's objects, and its own mutex. */
	pid = fork();
	if (pid == 0) {
		if (WaitForSingleObject(mutex, LONG_TIME) == WAIT_OBJECT_0)
			SetEvent(event);
		pause();
		_exit(0);
	}
	CHECK(WaitForSingleObject(event, LONG_TIME) == WAIT_OBJECT_0);
	HANDLE t = waiter(mutex);
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid && result_of(t) == WAIT_ABANDONED);
	CHECK(CloseHandle(mutex) && CloseHandle(event) && CloseHandle(back));
}

/* The library's thread leaves signals to the program, and its handlers alone. */
static volatile sig_atomic_t signals;
static pthread_t main_thread;
static void on_signal(int s)
{
	(void)s;
	CHECK(pthread_equal(pthread_self(), main_thread));
	signals++;
}

static void test_signals(void)
{
	HANDLE event = CreateEventA(&inheritable, FALSE, FALSE, NULL);
	struct sigaction a = {.sa_handler = on_signal}, now;
	main_thread = pthread_self();
	CHECK(sigaction(SIGUSR1, &a, NULL) == 0 && sigaction(SIGCHLD, &a, NULL) == 0);
	PROCESS_INFORMATION pi = start("set %u", value(event));
	CHECK(WaitForSingleObject(event, LONG_TIME) == WAIT_OBJECT_0); /* the thread is there now */
	for (int i = 0; i < 20; i++)
		CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK(signals >= 20 && sigaction(SIGCHLD, NULL, &now) == 0 && now.sa_handler == on_signal);
	CHECK(finish(pi) == 0 && CloseHandle(event));
}

/* --- The child --- */

static DWORD WINAPI own(LPVOID h) { return WaitForSingleObject(h, LONG_TIME); }

static int child(int argc, char **v)
{
	const char *what = v[0];
	HANDLE first = argc > 1 ? handle(v[1]) : NULL, second = argc > 2 ? handle(v[2]) : NULL;
	if (strncmp(what, "dies-", 5) == 0) {
		bool before = strcmp(what, "dies-before") == 0;
		HANDLE h = handle(v[2]);
		if (strcmp(v[1], "wait") == 0 || strcmp(v[1], "set") == 0)
			CHECK(WaitForSingleObject(h, 0) != WAIT_FAILED); /* it is one of the programs */
		else
			CHECK(CreateEventA(NULL, TRUE, FALSE, "dies") != NULL);
		if (strcmp(v[1], "wait") == 0)
			CHECK(ReleaseMutex(h));
		/* With a wake-up everything is locked and unchanged; with this it is unlocked. */
		before ? die_at(SYS_futex, 1, FUTEX_WAKE) : die_at(SYS_fcntl, 1, F_OFD_SETLK);
		if (strcmp(v[1], "set") == 0)
			SetEvent(h);
		else if (strcmp(v[1], "wait") == 0)
			WaitForSingleObject(h, 0);
		else
			CreateMutexA(NULL, TRUE, v[2]);
		return 1;
	}
	if (strcmp(what, "release") == 0) {
		CHECK(WaitForSingleObject(handle(v[2]), LONG_TIME) <= WAIT_ABANDONED && say_ready(handle(v[3])));
		CHECK(WaitForSingleObject(handle(v[4]), LONG_TIME) == WAIT_OBJECT_0);
		strcmp(v[1], "before") == 0 ? die_at(SYS_futex, 1, FUTEX_WAKE) : die_at(SYS_fcntl, 1, F_OFD_SETLK);
		ReleaseMutex(handle(v[2]));
		return 1;
	}
	if (strcmp(what, "values") == 0)
		return child_values(v + 1);
	if (strcmp(what, "processes") == 0)
		return child_processes(v + 1);
	if (strcmp(what, "round") == 0)
		return child_round(v + 1);
	if (strcmp(what, "file") == 0)
		return child_file(v[1]);
	if (strcmp(what, "rubbish") == 0)
		return child_rubbish((unsigned)atoi(v[1]));
	if (strcmp(what, "print") == 0) {
		DWORD n, mode;
		return GetConsoleMode(first, &mode) && WriteFile(first, "printed", 7, &n, NULL) ? 0 : 1;
	}
	if (strcmp(what, "code") == 0)
		ExitProcess((UINT)atoi(v[1]));
	if (strcmp(what, "set") == 0)
		return SetEvent(first) ? 0 : 1;
	if (strcmp(what, "wait") == 0)
		return WaitForSingleObject(first, LONG_TIME) <= WAIT_ABANDONED ? 0 : 1;
	if (strcmp(what, "one") == 0)
		return SetEvent(first) && !SetEvent(second) && GetLastError() == ERROR_INVALID_HANDLE ? 0 : 1;
	if (strcmp(what, "none") == 0)
		return !SetEvent(first) && GetLastError() == ERROR_INVALID_HANDLE ? 0 : 1;
	if (strcmp(what, "grandchild") == 0)
		return (int)finish(start("set %u", value(first)));
	if (strcmp(what, "hostile") == 0) {
		DWORD code;
		for (unsigned h = 4; h < 0x100; h += 4) {
			WaitForSingleObject((HANDLE)(uintptr_t)h, 0);
			GetExitCodeProcess((HANDLE)(uintptr_t)h, &code);
			CloseHandle((HANDLE)(uintptr_t)h);
		}
		HANDLE e = OpenEventA(EVENT_ALL_ACCESS, FALSE, "hostile");
		return getenv("CREATEPROCESS_HANDLES") == NULL && e != NULL && SetEvent(e) && CloseHandle(e) ? 0 : 1;
	}
	if (strcmp(what, "creator") == 0) {
		HANDLE me;
		CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentProcess(), GetCurrentProcess(), &me, SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, TRUE, 0));
		close_both(start("wait-then-set %u %u", value(me), value(first)));
		return 0;
	}
	if (strcmp(what, "wait-then-set") == 0)
		return WaitForSingleObject(first, LONG_TIME) == WAIT_OBJECT_0 && SetEvent(second) ? 0 : 1;
	if (strcmp(what, "own-and-end") == 0) {
		HANDLE t = CreateThread(NULL, 0, own, first, 0, NULL);
		CHECK(WaitForSingleObject(t, LONG_TIME) == WAIT_OBJECT_0 && say_ready(second));
		for (;;)
			pause();
	}
	if (strcmp(what, "own") == 0) {
		CHECK(WaitForSingleObject(first, LONG_TIME) <= WAIT_ABANDONED && say_ready(second));
		for (;;)
			pause();
	}
	if (strcmp(what, "own-then") == 0) {
		CHECK(WaitForSingleObject(first, LONG_TIME) <= WAIT_ABANDONED && say_ready(second));
		Sleep(50);
		ExitProcess(0);
	}
	if (strcmp(what, "echo") == 0) {
		for (int i = atoi(v[3]); i > 0; i--)
			CHECK(WaitForSingleObject(first, LONG_TIME) == WAIT_OBJECT_0 && SetEvent(second));
		return 0;
	}
	if (strcmp(what, "waiters") == 0) {
		HANDLE t[3];
		for (int i = 0; i < 3; i++)
			t[i] = waiter(first);
		CHECK(say_ready(second));
		for (int i = 0; i < 3; i++)
			CHECK(result_of(t[i]) == WAIT_OBJECT_0);
		return 0;
	}
	if (strcmp(what, "named") == 0) {
		char global[300];
		snprintf(global, sizeof global, "Global\\%s", v[1]);
		CHECK(CreateEventA(NULL, FALSE, FALSE, v[1]) != NULL && GetLastError() == ERROR_ALREADY_EXISTS);
		CHECK(CreateMutexA(NULL, FALSE, v[1]) == NULL && GetLastError() == ERROR_INVALID_HANDLE);
		CHECK(OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, v[1]) == NULL && GetLastError() == ERROR_INVALID_HANDLE);
		CHECK(OpenEventA(EVENT_ALL_ACCESS, FALSE, global) == NULL && GetLastError() == ERROR_FILE_NOT_FOUND);
		return SetEvent(OpenEventA(EVENT_MODIFY_STATE, FALSE, v[1])) ? 0 : 1;
	}
	if (strcmp(what, "set-named") == 0)
		return SetEvent(OpenEventA(EVENT_ALL_ACCESS, FALSE, v[1])) ? 0 : 1;
	if (strcmp(what, "holds") == 0) {
		CHECK(CreateMutexA(NULL, TRUE, v[2]) != NULL && say_ready(first));
		for (;;)
			pause();
	}
	if (strcmp(what, "sleep") == 0)
		for (;;)
			pause();
	return 99;
}

static const struct test tests[] = {
	{"values", test_values},
	{"list", test_list},
	{"processes", test_processes},
	{"abandoned", test_abandoned},
	{"events", test_events},
	{"names", test_names},
	{"local", test_local},
	{"rounds", test_rounds},
	{"killed", test_killed},
	{"hostile", test_hostile},
	{"rubbish", test_rubbish},
	{"console", test_console},
	{"file", test_file},
	{"limit", test_limit},
	{"fork", test_fork},
	{"signals", test_signals},
	{NULL, NULL},
};

/* Runs a test in a process of its own, so that its end can be seen. */
static int around(void (*test)(void))
{
	own_shm = unshare(CLONE_NEWNS) == 0 && mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 && mount("none", "/dev/shm", "tmpfs", 0, "size=64m") == 0;
	pid_t pid = fork();
	if (pid == 0) {
		ready = CreateSemaphoreA(&inheritable, 0, 1000, "share ready");
		CHECK(ready != NULL);
		test();
		exit(0);
	}
	int status;
	CHECK(waitpid(pid, &status, 0) == pid);
	/* A child's child may be ending still. */
	for (int i = 0; i < 5000 && left_in_shm() > 0; i++)
		Sleep(1);
	CHECK(status != 0 || left_in_shm() <= 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* Valgrind gives the main thread what stack it has used, and Go believes that. */
__attribute__((noinline)) static void use_stack(void)
{
	volatile char much[1 << 18];
	for (size_t i = 0; i < sizeof much; i += 1024)
		much[i] = 0;
}

int main(int argc, char **argv)
{
	use_stack();
	return program(argc, argv, child, tests, around);
}
