/* The tests of libcreateprocess that need a program of their own. */
#include "program.h"

#include <tlhelp32.h>

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>

static PROCESS_INFORMATION start(const char *what, BOOL inherit, DWORD flags, STARTUPINFOA *si) { return start_child(what, inherit, flags, si); }

/* --- Handles --- */

static void test_handles(void)
{
	HANDLE h = CreateEventA(NULL, TRUE, FALSE, NULL), d, other;
	DWORD flags;
	CHECK(h != NULL && ((uintptr_t)h & 3) == 0 && (uintptr_t)h >> 31 == 0);
	CHECK(GetHandleInformation(h, &flags) && flags == 0);
	CHECK(SetHandleInformation(h, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
	CHECK(GetHandleInformation(h, &flags) && flags == HANDLE_FLAG_INHERIT);
	CHECK(DuplicateHandle(GetCurrentProcess(), h, GetCurrentProcess(), &d, 0, FALSE, DUPLICATE_SAME_ACCESS) && d != h);
	CHECK(CompareObjectHandles(h, d));
	CHECK(SetEvent(h) && WaitForSingleObject(d, 0) == WAIT_OBJECT_0);
	CHECK(SetHandleInformation(h, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE));
	CHECK(!CloseHandle(h));
	CHECK(SetHandleInformation(h, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0) && CloseHandle(h));
	CHECK(!CloseHandle(h) && GetLastError() == ERROR_INVALID_HANDLE);
	CHECK(WaitForSingleObject(h, 0) == WAIT_FAILED && GetLastError() == ERROR_INVALID_HANDLE);
	CHECK(WaitForSingleObject(d, 0) == WAIT_OBJECT_0); /* the other one is open still */

	/* A value does not come back soon. */
	for (int i = 0; i < 10000; i++) {
		other = CreateEventA(NULL, TRUE, FALSE, NULL);
		CHECK(other != NULL && other != h && other != d && CloseHandle(other));
	}
	const HANDLE wrong[] = {NULL, (HANDLE)4, (HANDLE)0x7ffffffc, (HANDLE)0x123456789abc, (HANDLE)((uintptr_t)d + 1)};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		SetLastError(0);
		CHECK(!SetEvent(wrong[i]) && GetLastError() == ERROR_INVALID_HANDLE);
	}
	CHECK(!TerminateProcess(d, 1) && GetLastError() == ERROR_INVALID_HANDLE); /* of the wrong kind */
	CHECK(DuplicateHandle(GetCurrentProcess(), d, GetCurrentProcess(), &other, 0, FALSE, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
	CHECK(!CloseHandle(d) && CloseHandle(other));

	CHECK(GetCurrentProcess() == (HANDLE)-1 && GetCurrentThread() == (HANDLE)-2);
	CHECK(GetProcessId(GetCurrentProcess()) == (DWORD)getpid() && GetThreadId(GetCurrentThread()) == GetCurrentThreadId());
	CHECK(WaitForSingleObject(GetCurrentProcess(), 10) == WAIT_TIMEOUT);
	CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &other, 0, FALSE, DUPLICATE_SAME_ACCESS));
	CHECK(GetThreadId(other) == GetCurrentThreadId() && CloseHandle(other));
	CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentProcess(), GetCurrentProcess(), &other, 0, FALSE, DUPLICATE_SAME_ACCESS));
	CHECK(GetProcessId(other) == (DWORD)getpid() && CompareObjectHandles(other, GetCurrentProcess()) && CloseHandle(other));
}

/* --- Waits --- */

static DWORD WINAPI set_later(LPVOID event)
{
	Sleep(30);
	return SetEvent(event) ? 7 : 8;
}

static DWORD WINAPI own_and_end(LPVOID mutex) { return WaitForSingleObject(mutex, INFINITE); }

static void test_waits(void)
{
	HANDLE a = CreateEventA(NULL, FALSE, TRUE, NULL), m = CreateEventW(NULL, TRUE, FALSE, L"a name"), t, s, x;
	DWORD code;
	LONG previous;
	CHECK(WaitForSingleObject(a, 0) == WAIT_OBJECT_0 && WaitForSingleObject(a, 0) == WAIT_TIMEOUT);
	CHECK(WaitForSingleObject(a, 20) == WAIT_TIMEOUT);
	SetLastError(0);
	x = CreateEventA(NULL, TRUE, FALSE, "a name");
	CHECK(x != NULL && GetLastError() == ERROR_ALREADY_EXISTS && SetEvent(x) && WaitForSingleObject(m, 0) == WAIT_OBJECT_0);
	CHECK(CloseHandle(x));
	x = OpenEventA(EVENT_ALL_ACCESS, FALSE, "Local\\a name");
	CHECK(x != NULL && ResetEvent(x) && WaitForSingleObject(m, 0) == WAIT_TIMEOUT && CloseHandle(x));
	CHECK(OpenEventA(EVENT_ALL_ACCESS, FALSE, "another") == NULL && GetLastError() == ERROR_FILE_NOT_FOUND);
	CHECK(CreateMutexA(NULL, FALSE, "a name") == NULL && GetLastError() == ERROR_INVALID_HANDLE);

	t = CreateThread(NULL, 0, set_later, a, 0, NULL);
	const HANDLE both[] = {m, a};
	CHECK(WaitForMultipleObjects(2, both, FALSE, 5000) == WAIT_OBJECT_0 + 1);
	CHECK(WaitForSingleObject(t, 5000) == WAIT_OBJECT_0 && GetExitCodeThread(t, &code) && code == 7 && CloseHandle(t));
	CHECK(SetEvent(m) && WaitForMultipleObjects(2, both, TRUE, 20) == WAIT_TIMEOUT);
	t = CreateThread(NULL, 0, set_later, a, CREATE_SUSPENDED, NULL);
	CHECK(WaitForMultipleObjects(2, both, TRUE, 60) == WAIT_TIMEOUT && ResumeThread(t) == 1);
	CHECK(WaitForMultipleObjects(2, both, TRUE, 5000) == WAIT_OBJECT_0 && CloseHandle(t));
	const HANDLE twice[] = {m, m};
	CHECK(WaitForMultipleObjects(2, twice, TRUE, 0) == WAIT_FAILED && GetLastError() == ERROR_INVALID_PARAMETER);
	CHECK(WaitForMultipleObjects(0, twice, TRUE, 0) == WAIT_FAILED && GetLastError() == ERROR_INVALID_PARAMETER);

	s = CreateSemaphoreA(NULL, 1, 3, NULL);
	CHECK(WaitForSingleObject(s, 0) == WAIT_OBJECT_0 && WaitForSingleObject(s, 0) == WAIT_TIMEOUT);
	CHECK(ReleaseSemaphore(s, 2, &previous) && previous == 0 && !ReleaseSemaphore(s, 2, NULL) && GetLastError() == ERROR_TOO_MANY_POSTS);
	CHECK(CloseHandle(s));

	x = CreateMutexA(NULL, TRUE, NULL);
	CHECK(WaitForSingleObject(x, 0) == WAIT_OBJECT_0 && ReleaseMutex(x) && ReleaseMutex(x));
	CHECK(!ReleaseMutex(x) && GetLastError() == ERROR_NOT_OWNER);
	t = CreateThread(NULL, 0, own_and_end, x, 0, NULL);
	CHECK(WaitForSingleObject(t, 5000) == WAIT_OBJECT_0 && CloseHandle(t));
	CHECK(WaitForSingleObject(x, 5000) == WAIT_ABANDONED_0 && ReleaseMutex(x) && WaitForSingleObject(x, 0) == WAIT_OBJECT_0);
	CHECK(CloseHandle(x)); /* owned */

	PROCESS_INFORMATION pi = start("sleep 100", FALSE, 0, NULL);
	const HANDLE mixed[] = {a, pi.hProcess};
	CHECK(WaitForSingleObject(pi.hProcess, 0) == WAIT_TIMEOUT && WaitForMultipleObjects(2, mixed, FALSE, 5) == WAIT_TIMEOUT);
	CHECK(WaitForMultipleObjects(2, mixed, FALSE, 10000) == WAIT_OBJECT_0 + 1);
	CHECK(WaitForSingleObject(pi.hThread, 0) == WAIT_OBJECT_0);
	CHECK(finish(pi) == 0);
	pi = start("sleep 5000", FALSE, 0, NULL);
	t = CreateThread(NULL, 0, set_later, a, 0, NULL);
	const HANDLE again[] = {pi.hProcess, a};
	CHECK(WaitForMultipleObjects(2, again, FALSE, 4000) == WAIT_OBJECT_0 + 1 && CloseHandle(t));
	CHECK(TerminateProcess(pi.hProcess, 0xdeadbeef) && finish(pi) == 0xdeadbeef);
	PROCESS_INFORMATION many[20];
	HANDLE all[20];
	for (int i = 0; i < 20; i++) {
		many[i] = start("sleep 20", FALSE, 0, NULL);
		all[i] = many[i].hProcess;
	}
	CHECK(WaitForMultipleObjects(20, all, TRUE, 10000) == WAIT_OBJECT_0);
	for (int i = 0; i < 20; i++)
		CHECK(finish(many[i]) == 0);
	CloseHandle(a);
	CloseHandle(m);
}

/* Two threads hand a token to and fro: no wake-up is lost. */
static HANDLE ping, pong;

static DWORD WINAPI echo(LPVOID n)
{
	for (intptr_t i = (intptr_t)n; i > 0; i--) {
		CHECK(WaitForSingleObject(ping, 10000) == WAIT_OBJECT_0);
		CHECK(SetEvent(pong));
	}
	return 0;
}

static void test_pingpong(void)
{
	enum { TIMES = 20000 };
	ping = CreateEventA(NULL, FALSE, FALSE, NULL);
	pong = CreateEventA(NULL, FALSE, FALSE, NULL);
	HANDLE t = CreateThread(NULL, 0, echo, (LPVOID)(intptr_t)TIMES, 0, NULL);
	for (int i = 0; i < TIMES; i++)
		CHECK(SignalObjectAndWait(ping, pong, 10000, FALSE) == WAIT_OBJECT_0);
	CHECK(WaitForSingleObject(t, 10000) == WAIT_OBJECT_0);
	CloseHandle(t);
	CloseHandle(ping);
	CloseHandle(pong);
}

/* --- CreateProcess --- */

static void test_create(void)
{
	STARTUPINFOW si = {.cb = sizeof si};
	PROCESS_INFORMATION pi;
	WCHAR line[8192], wide[4096];
	MultiByteToWideChar(CP_UTF8, 0, self, -1, wide, 4096);
	swprintf(line, 8192, L"\"%ls\" child code 300", wide);
	CHECK(CreateProcessW(NULL, line, NULL, NULL, FALSE, 0, NULL, L"/", &si, &pi));
	CHECK(GetProcessId(pi.hProcess) == pi.dwProcessId && GetThreadId(pi.hThread) == pi.dwThreadId);
	CHECK(finish(pi) == 300);
	CHECK(finish(start("crash", FALSE, 0, NULL)) == 0xC0000005);

	/* With an environment, narrow and wide. */
	char block[] = "B=2\0CP_TEST=yes\0";
	char narrow[8192];
	STARTUPINFOA sa = {.cb = sizeof sa};
	snprintf(narrow, sizeof narrow, "\"%s\" child variable CP_TEST yes 2", self);
	CHECK(CreateProcessA(self, narrow, NULL, NULL, FALSE, 0, block, NULL, &sa, &pi) && finish(pi) == 0);
	swprintf(line, 8192, L"\"%ls\" child variable CP_TEST yes 2", wide);
	WCHAR wblock[] = L"B=2\0CP_TEST=yes\0";
	CHECK(CreateProcessW(wide, line, NULL, NULL, FALSE, CREATE_UNICODE_ENVIRONMENT, wblock, NULL, &si, &pi) && finish(pi) == 0);
	setenv("CP_TEST", "set by C", 1); /* the creator's own is the C library's */
	snprintf(narrow, sizeof narrow, "\"%s\" child variable CP_TEST \"set by C\" 0", self);
	CHECK(CreateProcessA(self, narrow, NULL, NULL, FALSE, 0, NULL, NULL, &sa, &pi) && finish(pi) == 0);
	setenv("PATH", "/nowhere", 1);
	char sh[] = "sh -c true";
	CHECK(!CreateProcessA(NULL, sh, NULL, NULL, FALSE, 0, NULL, NULL, &sa, &pi) && GetLastError() == ERROR_FILE_NOT_FOUND);
	setenv("PATH", "/usr/bin:/bin", 1);
	CHECK(CreateProcessA(NULL, sh, NULL, NULL, FALSE, 0, NULL, NULL, &sa, &pi) && finish(pi) == 0);

	const struct {
		const char *image;
		const char *directory;
		DWORD flags, code;
	} refused[] = {
		{"/nowhere", NULL, 0, ERROR_FILE_NOT_FOUND},
		{"/", NULL, 0, ERROR_ACCESS_DENIED},
		{"/etc/passwd", NULL, 0, ERROR_ACCESS_DENIED},
		{self, "/nowhere", 0, ERROR_DIRECTORY},
		{self, NULL, DEBUG_PROCESS, ERROR_NOT_SUPPORTED},
		{self, NULL, 0x00200000, ERROR_INVALID_PARAMETER},
	};
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		SetLastError(0);
		CHECK(!CreateProcessA(refused[i].image, NULL, NULL, NULL, FALSE, refused[i].flags, NULL, refused[i].directory, &sa, &pi));
		CHECK(GetLastError() == refused[i].code);
	}
	SetLastError(0);
	CHECK(!CreateProcessA(NULL, NULL, NULL, NULL, FALSE, 0, NULL, NULL, &sa, &pi) && GetLastError() == ERROR_INVALID_PARAMETER);

	pi = start("code 5", FALSE, CREATE_SUSPENDED, NULL);
	CHECK(WaitForSingleObject(pi.hProcess, 50) == WAIT_TIMEOUT);
	CHECK(SuspendThread(pi.hThread) == 1 && ResumeThread(pi.hThread) == 2 && ResumeThread(pi.hThread) == 1);
	CHECK(finish(pi) == 5);
}

static void test_processes(void)
{
	PROCESS_INFORMATION pi = start("sleep 10000", FALSE, BELOW_NORMAL_PRIORITY_CLASS, NULL);
	DWORD code, n = 4096;
	DWORD_PTR mask, system;
	FILETIME creation, end, kernel, user;
	char name[4096];
	WCHAR wide[4096];
	CHECK(GetExitCodeProcess(pi.hProcess, &code) && code == STILL_ACTIVE);
	CHECK(GetPriorityClass(pi.hProcess) == BELOW_NORMAL_PRIORITY_CLASS);
	CHECK(SetPriorityClass(pi.hProcess, IDLE_PRIORITY_CLASS) && GetPriorityClass(pi.hProcess) == IDLE_PRIORITY_CLASS);
	CHECK(GetProcessAffinityMask(pi.hProcess, &mask, &system) && mask != 0 && (mask & ~system) == 0);
	CHECK(SetProcessAffinityMask(pi.hProcess, mask & -mask));
	CHECK(GetProcessTimes(pi.hProcess, &creation, &end, &kernel, &user) && creation.dwHighDateTime > 0x1d00000 && end.dwHighDateTime == 0);
	CHECK(GetProcessHandleCount(pi.hProcess, &code) && code >= 3);
	CHECK(QueryFullProcessImageNameA(pi.hProcess, 0, name, &n) && strcmp(name, self) == 0 && n == strlen(self));
	n = 3;
	CHECK(!QueryFullProcessImageNameW(pi.hProcess, 0, wide, &n) && GetLastError() == ERROR_INSUFFICIENT_BUFFER);
	n = 4096;
	CHECK(QueryFullProcessImageNameW(pi.hProcess, 0, wide, &n) && n == strlen(self) && wide[1] == (WCHAR)self[1]);

	HANDLE limited = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE, FALSE, pi.dwProcessId), d;
	CHECK(limited != NULL && CompareObjectHandles(limited, pi.hProcess));
	CHECK(!TerminateProcess(limited, 1) && GetLastError() == ERROR_ACCESS_DENIED);
	CHECK(!DuplicateHandle(GetCurrentProcess(), limited, GetCurrentProcess(), &d, PROCESS_TERMINATE, FALSE, 0) && GetLastError() == ERROR_ACCESS_DENIED);
	CHECK(WaitForSingleObject(limited, 0) == WAIT_TIMEOUT);
	CHECK(OpenProcess(SYNCHRONIZE, FALSE, 0x7fffffff) == NULL && GetLastError() == ERROR_INVALID_PARAMETER);

	HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS | TH32CS_SNAPTHREAD, 0);
	PROCESSENTRY32 entry = {.dwSize = sizeof entry};
	THREADENTRY32 thread = {.dwSize = sizeof thread};
	bool found = false, thread_found = false;
	CHECK(snapshot != INVALID_HANDLE_VALUE);
	for (BOOL more = Process32First(snapshot, &entry); more; more = Process32Next(snapshot, &entry))
		found = found || (entry.th32ProcessID == pi.dwProcessId && entry.th32ParentProcessID == GetCurrentProcessId() && strcmp(entry.szExeFile, strrchr(self, '/') + 1) == 0);
	CHECK(found && GetLastError() == ERROR_NO_MORE_FILES);
	for (BOOL more = Thread32First(snapshot, &thread); more; more = Thread32Next(snapshot, &thread))
		thread_found = thread_found || (thread.th32ThreadID == pi.dwThreadId && thread.th32OwnerProcessID == pi.dwProcessId);
	CHECK(thread_found && CloseHandle(snapshot));

	CHECK(TerminateProcess(pi.hProcess, 9) && WaitForSingleObject(limited, 5000) == WAIT_OBJECT_0 && CloseHandle(limited));
	CHECK(!TerminateProcess(pi.hProcess, 9) && GetLastError() == ERROR_ACCESS_DENIED);
	CHECK(finish(pi) == 9);
	SetLastError(0);
	CHECK(!AllocConsole() && GetLastError() == ERROR_CALL_NOT_IMPLEMENTED);
}

/* --- Pipes, files, the standard handles --- */

static void test_pipes(void)
{
	SECURITY_ATTRIBUTES inherit = {.nLength = sizeof inherit, .bInheritHandle = TRUE};
	HANDLE r, w, in_r, in_w;
	DWORD n, available;
	char text[256];
	CHECK(CreatePipe(&r, &w, &inherit, 0) && CreatePipe(&in_r, &in_w, &inherit, 0));
	CHECK(SetHandleInformation(r, HANDLE_FLAG_INHERIT, 0) && SetHandleInformation(in_w, HANDLE_FLAG_INHERIT, 0));
	CHECK(GetFileType(r) == FILE_TYPE_PIPE);
	CHECK(WriteFile(w, "abc", 3, &n, NULL) && n == 3);
	CHECK(PeekNamedPipe(r, text, 2, &n, &available, NULL) && n == 2 && available == 3 && memcmp(text, "ab", 2) == 0);
	CHECK(ReadFile(r, text, sizeof text, &n, NULL) && n == 3);
	STARTUPINFOA si = {.cb = sizeof si, .dwFlags = STARTF_USESTDHANDLES, .hStdInput = in_r, .hStdOutput = w, .hStdError = w};
	PROCESS_INFORMATION pi = start("cat", TRUE, 0, &si);
	CHECK(CloseHandle(w) && CloseHandle(in_r));
	CHECK(WriteFile(in_w, "to and fro", 10, &n, NULL) && n == 10 && CloseHandle(in_w));
	CHECK(ReadFile(r, text, sizeof text, &n, NULL) && n == 10 && memcmp(text, "to and fro", 10) == 0);
	CHECK(!ReadFile(r, text, sizeof text, &n, NULL) && GetLastError() == ERROR_BROKEN_PIPE);
	CHECK(!PeekNamedPipe(r, NULL, 0, NULL, NULL, NULL) && GetLastError() == ERROR_BROKEN_PIPE);
	CHECK(CloseHandle(r) && finish(pi) == 0);
	CHECK(CreatePipe(&r, &w, NULL, 0) && CloseHandle(r));
	CHECK(!WriteFile(w, "abc", 3, &n, NULL) && GetLastError() == ERROR_NO_DATA && CloseHandle(w)); /* and no SIGPIPE */
	CHECK(!ReadFile(w, text, 1, &n, NULL) && GetLastError() == ERROR_INVALID_HANDLE);
}

static void test_files(void)
{
	char name[] = "/tmp/cp-test-XXXXXX", text[16];
	DWORD n;
	LARGE_INTEGER size, zero = {.QuadPart = 0};
	int fd = mkstemp(name);
	CHECK(fd >= 0);
	close(fd);
	HANDLE f = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
	CHECK(f != INVALID_HANDLE_VALUE && GetLastError() == ERROR_ALREADY_EXISTS && GetFileType(f) == FILE_TYPE_DISK);
	CHECK(WriteFile(f, "0123456789", 10, &n, NULL) && n == 10 && FlushFileBuffers(f));
	CHECK(GetFileSizeEx(f, &size) && size.QuadPart == 10);
	CHECK(SetFilePointer(f, -4, NULL, FILE_END) == 6 && ReadFile(f, text, sizeof text, &n, NULL) && n == 4 && memcmp(text, "6789", 4) == 0);
	CHECK(ReadFile(f, text, sizeof text, &n, NULL) && n == 0);
	CHECK(SetFilePointerEx(f, zero, &size, FILE_CURRENT) && size.QuadPart == 10);
	OVERLAPPED at = {.Offset = 2};
	CHECK(ReadFile(f, text, 3, &n, &at) && n == 3 && memcmp(text, "234", 3) == 0);
	CHECK(SetFilePointer(f, -11, NULL, FILE_CURRENT) == INVALID_SET_FILE_POINTER && GetLastError() == ERROR_NEGATIVE_SEEK);
	HANDLE ro = CreateFileW(L"/etc/passwd", GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
	CHECK(ro != INVALID_HANDLE_VALUE && !WriteFile(ro, "x", 1, &n, NULL) && GetLastError() == ERROR_ACCESS_DENIED && CloseHandle(ro));
	CHECK(CreateFileA(name, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL) == INVALID_HANDLE_VALUE && GetLastError() == ERROR_FILE_EXISTS);
	CHECK(CreateFileA("/nowhere/x", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL) == INVALID_HANDLE_VALUE && GetLastError() == ERROR_FILE_NOT_FOUND);
	CHECK(CloseHandle(f) && unlink(name) == 0);
	f = CreateFileA("nul", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
	CHECK(f != INVALID_HANDLE_VALUE && WriteFile(f, "x", 1, &n, NULL) && ReadFile(f, text, 1, &n, NULL) && n == 0 && CloseHandle(f));

	HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE), r, w;
	CHECK(out != NULL && out != INVALID_HANDLE_VALUE && out == GetStdHandle(STD_OUTPUT_HANDLE));
	STARTUPINFOA si;
	GetStartupInfoA(&si);
	CHECK(si.cb == sizeof si && si.hStdOutput == out);
	CHECK(CreatePipe(&r, &w, NULL, 0) && SetStdHandle(STD_OUTPUT_HANDLE, w) && GetStdHandle(STD_OUTPUT_HANDLE) == w);
	CHECK(finish(start("print hello", FALSE, 0, NULL)) == 0);
	CHECK(ReadFile(r, text, sizeof text, &n, NULL) && n == 5 && memcmp(text, "hello", 5) == 0);
	CHECK(SetStdHandle(STD_OUTPUT_HANDLE, out) && CloseHandle(r) && CloseHandle(w));
}

/* --- Inheritance --- */

static void test_inherit(void)
{
	SECURITY_ATTRIBUTES inherit = {.nLength = sizeof inherit, .bInheritHandle = TRUE};
	HANDLE r, w, other_r, other_w;
	DWORD n;
	char what[256], text[64];
	CHECK(CreatePipe(&r, &w, &inherit, 0) && CreatePipe(&other_r, &other_w, &inherit, 0));
	/* All that are inheritable, by value, and what is not is not there. */
	CHECK(SetHandleInformation(other_r, HANDLE_FLAG_INHERIT, 0));
	snprintf(what, sizeof what, "write %llu %llu", (unsigned long long)(uintptr_t)w, (unsigned long long)(uintptr_t)other_r);
	CHECK(finish(start(what, TRUE, 0, NULL)) == 0);
	CHECK(ReadFile(r, text, sizeof text, &n, NULL) && n == 9 && memcmp(text, "inherited", 9) == 0);
	/* None without bInheritHandles. */
	snprintf(what, sizeof what, "nothing %llu", (unsigned long long)(uintptr_t)w);
	CHECK(finish(start(what, FALSE, 0, NULL)) == 0);
	/* Those of the list. */
	SIZE_T size = 0;
	InitializeProcThreadAttributeList(NULL, 1, 0, &size);
	STARTUPINFOEXA si = {.StartupInfo.cb = sizeof si, .lpAttributeList = malloc(size)};
	CHECK(InitializeProcThreadAttributeList(si.lpAttributeList, 1, 0, &size));
	HANDLE list[] = {w};
	CHECK(UpdateProcThreadAttribute(si.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, list, sizeof list, NULL, NULL));
	snprintf(what, sizeof what, "write %llu %llu", (unsigned long long)(uintptr_t)w, (unsigned long long)(uintptr_t)other_w);
	CHECK(finish(start(what, TRUE, EXTENDED_STARTUPINFO_PRESENT, &si.StartupInfo)) == 0);
	CHECK(ReadFile(r, text, sizeof text, &n, NULL) && n == 9);
	DeleteProcThreadAttributeList(si.lpAttributeList);
	free(si.lpAttributeList);
	/* By way of a program that has not this library; and what such a program has. */
	char line[8192];
	STARTUPINFOA plain = {.cb = sizeof plain};
	PROCESS_INFORMATION pi;
	snprintf(line, sizeof line, "/bin/sh -c \"'%s' child write %llu 0; exit $?\"", self, (unsigned long long)(uintptr_t)w);
	CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &plain, &pi) && finish(pi) == 0);
	CHECK(ReadFile(r, text, sizeof text, &n, NULL) && n == 9);
	CloseHandle(r);
	CloseHandle(w);
	CloseHandle(other_r);
	CloseHandle(other_w);
	strcpy(line, "/bin/sh -c \"test $(ls /proc/self/fd | wc -l) -le 4\"");
	int fd = open("/dev/null", 0); /* not close-on-exec, and not a handle */
	CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &plain, &pi) && finish(pi) == 0);
	close(fd);
}

/* --- The last error is a thread's own --- */

static DWORD WINAPI own_error(LPVOID p)
{
	DWORD mine = (DWORD)(uintptr_t)p;
	char name[64];
	STARTUPINFOA si = {.cb = sizeof si};
	PROCESS_INFORMATION pi;
	for (int i = 0; i < 300; i++) {
		SetLastError(mine);
		Sleep(0);
		CHECK(GetLastError() == mine);
		snprintf(name, sizeof name, "/nowhere/%u", mine);
		CHECK(!CreateProcessA(name, NULL, NULL, NULL, FALSE, 0, NULL, mine % 2 ? "/nowhere" : NULL, &si, &pi));
		CHECK(GetLastError() == (mine % 2 ? ERROR_DIRECTORY : ERROR_FILE_NOT_FOUND) || GetLastError() == ERROR_FILE_NOT_FOUND);
		CHECK(!SetEvent((HANDLE)4) && GetLastError() == ERROR_INVALID_HANDLE);
	}
	return 0;
}

static void test_errors(void)
{
	HANDLE t[8];
	for (uintptr_t i = 0; i < 8; i++)
		t[i] = CreateThread(NULL, 0, own_error, (LPVOID)(1000 + i), 0, NULL);
	CHECK(WaitForMultipleObjects(8, t, TRUE, 60000) == WAIT_OBJECT_0);
	for (int i = 0; i < 8; i++)
		CloseHandle(t[i]);
}

/* --- Eight threads that create and close, CP_SECONDS long --- */

static volatile LONG stop, created;

static DWORD WINAPI churn(LPVOID p)
{
	unsigned n = (unsigned)(uintptr_t)p;
	while (!stop) {
		PROCESS_INFORMATION pi = start("code 0", FALSE, 0, NULL);
		HANDLE d;
		switch (n++ % 4) {
		case 0:
			CHECK(finish(pi) == 0);
			break;
		case 1: /* nobody waits */
			close_both(pi);
			break;
		case 2:
			CHECK(DuplicateHandle(GetCurrentProcess(), pi.hProcess, GetCurrentProcess(), &d, 0, FALSE, DUPLICATE_SAME_ACCESS));
			close_both(pi);
			CHECK(WaitForSingleObject(d, 20000) == WAIT_OBJECT_0 && CloseHandle(d));
			break;
		case 3:
			TerminateProcess(pi.hProcess, 4);
			CHECK(WaitForSingleObject(pi.hProcess, 20000) == WAIT_OBJECT_0);
			close_both(pi);
			break;
		}
		__atomic_add_fetch(&created, 1, __ATOMIC_RELAXED);
	}
	return 0;
}

static long resident(void)
{
	long pages = 0, rss = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	CHECK(fscanf(f, "%ld %ld", &pages, &rss) == 2);
	fclose(f);
	return rss * 4;
}

static void churn_for(unsigned ms)
{
	HANDLE t[8];
	stop = 0;
	for (uintptr_t i = 0; i < 8; i++)
		t[i] = CreateThread(NULL, 0, churn, (LPVOID)i, 0, NULL);
	Sleep(ms);
	stop = 1;
	CHECK(WaitForMultipleObjects(8, t, TRUE, 60000) == WAIT_OBJECT_0);
	for (int i = 0; i < 8; i++)
		CloseHandle(t[i]);
}

static void test_churn(void)
{
	const char *seconds = getenv("CP_SECONDS");
	churn_for(1000); /* what is kept for good is there now */
	Sleep(1500);
	int before = descriptors();
	long memory = resident();
	churn_for((seconds != NULL ? (unsigned)atoi(seconds) : 1) * 1000);
	/* Whoever nobody has waited for is collected within a second. */
	Sleep(1500);
	int after = descriptors();
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	fprintf(stderr, "%d processes, descriptors %d -> %d, memory %ld -> %ld KiB\n", (int)created, before, after, memory, resident());
	CHECK(after <= before && resident() < memory + 4096);
}

/* --- A program with habits of its own --- */

static volatile sig_atomic_t chld, segv;
static void on_chld(int s) { (void)s; chld++; }
static sigjmp_buf back;
static void on_segv(int s)
{
	(void)s;
	segv++;
	siglongjmp(back, 1);
}

static void test_host(void)
{
	/* Handlers set before the first call survive it, flags and all. */
	struct sigaction a = {.sa_handler = on_chld, .sa_flags = SA_RESTART | SA_NOCLDSTOP}, b = {.sa_handler = on_segv}, now;
	CHECK(sigaction(SIGCHLD, &a, NULL) == 0 && sigaction(SIGSEGV, &b, NULL) == 0);
	sigset_t mask, mask_now;
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	CHECK(finish(start("code 3", FALSE, 0, NULL)) == 3);
	for (int s = 1; s < 65; s++) {
		if (s == SIGKILL || s == SIGSTOP || s == 32 || s == 33)
			continue;
		CHECK(sigaction(s, NULL, &now) == 0);
		CHECK(now.sa_handler == (s == SIGCHLD ? on_chld : s == SIGSEGV ? on_segv : SIG_DFL));
		CHECK(s != SIGCHLD || (now.sa_flags & (SA_RESTART | SA_NOCLDSTOP | SA_ONSTACK)) == (SA_RESTART | SA_NOCLDSTOP));
	}
	sigprocmask(SIG_SETMASK, NULL, &mask_now);
	CHECK(sigismember(&mask_now, SIGUSR1) && !sigismember(&mask_now, SIGCHLD) && !sigismember(&mask_now, SIGINT));
	if (sigsetjmp(back, 1) == 0)
		raise(SIGSEGV);
	CHECK(segv == 1);
	volatile uintptr_t nowhere = 8;
	if (sigsetjmp(back, 1) == 0)
		*(volatile int *)nowhere = 1;
	CHECK(segv == 2);

	/* Its own fork and wait, with ours in between. */
	PROCESS_INFORMATION pi = start("sleep 300", FALSE, 0, NULL);
	for (int i = 0; i < 50; i++) {
		pid_t pid = fork();
		int status;
		if (pid == 0)
			_exit(42);
		CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 42);
	}
	CHECK(chld > 0);
	CHECK(finish(pi) == 0);
	/* Somebody who collects every child: the exit code is right all the same
	 * (Linux 6.15), or refused, and never wrong. */
	pi = start("code 77", FALSE, 0, NULL);
	while (waitpid(-1, NULL, 0) < 0 && errno == EINTR)
		;
	DWORD code;
	CHECK(WaitForSingleObject(pi.hProcess, 5000) == WAIT_OBJECT_0);
	CHECK(GetExitCodeProcess(pi.hProcess, &code) ? code == 77 : GetLastError() == ERROR_NOT_SUPPORTED);
	close_both(pi);
	/* In a fork files work, and what needs the Go side says so. */
	pid_t pid = fork();
	if (pid == 0) {
		HANDLE f = CreateFileA("NUL", GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
		STARTUPINFOA si = {.cb = sizeof si};
		BOOL ok = f != INVALID_HANDLE_VALUE && !CreateProcessA(self, NULL, NULL, NULL, FALSE, 0, NULL, NULL, &si, &pi) && GetLastError() == ERROR_NOT_SUPPORTED;
		_exit(ok ? 0 : 1);
	}
	int status;
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	/* A thread that has signals of its own to wait for gets them. */
	CHECK(kill(getpid(), SIGUSR1) == 0);
	int got;
	CHECK(sigwait(&mask, &got) == 0 && got == SIGUSR1);
}

/* Before the first call that needs it there is no Go. */
static void test_lazy(void)
{
	DIR *d;
	int threads = 0;
	HANDLE e = CreateEventA(NULL, TRUE, TRUE, NULL), r, w;
	DWORD n;
	CHECK(WaitForSingleObject(e, INFINITE) == WAIT_OBJECT_0 && CreatePipe(&r, &w, NULL, 0) && WriteFile(w, "x", 1, &n, NULL));
	d = opendir("/proc/self/task");
	for (struct dirent *t; (t = readdir(d)) != NULL;)
		threads += t->d_name[0] != '.';
	closedir(d);
	CHECK(threads == 1);
	CloseHandle(e);
	CloseHandle(r);
	CloseHandle(w);
}

/* --- Callbacks --- */

static volatile LONG calls, timeouts;

static VOID CALLBACK on_end(PVOID event, BOOLEAN timed_out)
{
	__atomic_add_fetch(timed_out ? &timeouts : &calls, 1, __ATOMIC_SEQ_CST);
	if (event != NULL)
		SetEvent(event);
}

static void test_registered(void)
{
	HANDLE wait, done = CreateEventA(NULL, FALSE, FALSE, NULL), e = CreateEventA(NULL, FALSE, FALSE, NULL);
	PROCESS_INFORMATION pi = start("sleep 50", FALSE, 0, NULL);
	CHECK(RegisterWaitForSingleObject(&wait, pi.hProcess, on_end, done, INFINITE, WT_EXECUTEONLYONCE));
	CHECK(WaitForSingleObject(done, 5000) == WAIT_OBJECT_0 && calls == 1);
	CHECK(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE) && finish(pi) == 0);
	CHECK(!UnregisterWait(wait) && GetLastError() == ERROR_INVALID_HANDLE);
	CHECK(RegisterWaitForSingleObject(&wait, e, on_end, done, INFINITE, WT_EXECUTEDEFAULT));
	for (int i = 0; i < 100; i++)
		CHECK(SetEvent(e) && WaitForSingleObject(done, 5000) == WAIT_OBJECT_0);
	CHECK(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE) && calls == 101);
	CHECK(SetEvent(e) && WaitForSingleObject(e, 0) == WAIT_OBJECT_0);
	CHECK(RegisterWaitForSingleObject(&wait, e, on_end, NULL, 10, WT_EXECUTEDEFAULT));
	Sleep(200);
	CHECK(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE) && timeouts >= 3 && timeouts <= 21 && calls == 101);
	PROCESS_INFORMATION many[50];
	HANDLE waits[50];
	for (int i = 0; i < 50; i++) {
		many[i] = start("sleep 20", FALSE, 0, NULL);
		CHECK(RegisterWaitForSingleObject(&waits[i], many[i].hProcess, on_end, NULL, INFINITE, WT_EXECUTEONLYONCE));
	}
	for (int i = 0; i < 50; i++)
		CHECK(finish(many[i]) == 0);
	for (int i = 0; calls < 151 && i < 500; i++)
		Sleep(10);
	CHECK(calls == 151);
	for (int i = 0; i < 50; i++)
		CHECK(UnregisterWaitEx(waits[i], INVALID_HANDLE_VALUE));
	CloseHandle(e);
	CloseHandle(done);
}

/* --- Consoles --- */

static void test_control(void)
{
	const struct {
		const char *child;
		DWORD event, code;
	} rows[] = {
		{"control handled", CTRL_BREAK_EVENT, 66},
		{"control unhandled", CTRL_BREAK_EVENT, 0x40010003},
		{"control handled", CTRL_C_EVENT, 65},
		{"control unhandled", CTRL_C_EVENT, 0xC000013A},
		{"control ignored", CTRL_C_EVENT, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		HANDLE r, w;
		char c;
		DWORD n, code;
		CHECK(CreatePipe(&r, &w, NULL, 0));
		STARTUPINFOA si = {.cb = sizeof si, .dwFlags = STARTF_USESTDHANDLES, .hStdOutput = w, .hStdError = GetStdHandle(STD_ERROR_HANDLE)};
		PROCESS_INFORMATION pi = start(rows[i].child, FALSE, CREATE_NEW_PROCESS_GROUP, &si);
		CHECK(CloseHandle(w) && ReadFile(r, &c, 1, &n, NULL)); /* it is ready */
		CHECK(GenerateConsoleCtrlEvent(rows[i].event, pi.dwProcessId));
		code = finish(pi);
		if (code != rows[i].code)
			fprintf(stderr, "%s, event %u: exit code 0x%x, not 0x%x\n", rows[i].child, rows[i].event, code, rows[i].code);
		CHECK(code == rows[i].code && CloseHandle(r));
	}
	CHECK(!GenerateConsoleCtrlEvent(7, 0) && GetLastError() == ERROR_INVALID_PARAMETER);
}

static void test_pseudoconsole(void)
{
	HANDLE in_r, in_w, out_r, out_w;
	HPCON console;
	COORD size = {100, 30};
	char text[4096];
	DWORD n, used = 0;
	CHECK(CreatePipe(&in_r, &in_w, NULL, 0) && CreatePipe(&out_r, &out_w, NULL, 0));
	CHECK(CreatePseudoConsole(size, in_r, out_w, 0, &console) == S_OK);
	CHECK(CloseHandle(in_r) && CloseHandle(out_w));
	SIZE_T bytes = 0;
	InitializeProcThreadAttributeList(NULL, 1, 0, &bytes);
	STARTUPINFOEXA si = {.StartupInfo.cb = sizeof si, .lpAttributeList = malloc(bytes)};
	CHECK(InitializeProcThreadAttributeList(si.lpAttributeList, 1, 0, &bytes));
	CHECK(UpdateProcThreadAttribute(si.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, console, sizeof console, NULL, NULL));
	PROCESS_INFORMATION pi = start("terminal", FALSE, EXTENDED_STARTUPINFO_PRESENT, &si.StartupInfo);
	CHECK(WriteFile(in_w, "typed\n", 6, &n, NULL));
	memset(text, 0, sizeof text);
	while (strstr(text, "100x30 typed") == NULL) {
		CHECK(used < sizeof text - 1 && ReadFile(out_r, text + used, (DWORD)sizeof text - 1 - used, &n, NULL));
		used += n;
	}
	CHECK(finish(pi) == 0);
	size.X = 120;
	CHECK(ResizePseudoConsole(console, size) == S_OK);
	ClosePseudoConsole(console);
	while (ReadFile(out_r, text, sizeof text, &n, NULL))
		;
	CHECK(GetLastError() == ERROR_BROKEN_PIPE);
	CHECK(FAILED(ResizePseudoConsole(console, size)));
	CHECK(!UpdateProcThreadAttribute(si.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, console, sizeof console, NULL, NULL));
	free(si.lpAttributeList);
	CloseHandle(in_w);
	CloseHandle(out_r);
}

/* --- The child --- */

static BOOL WINAPI on_control(DWORD event) { ExitProcess(65 + event); }
static BOOL WINAPI not_mine(DWORD event)
{
	(void)event;
	return FALSE;
}

static int child(int argc, char **argv)
{
	const char *what = argv[0];
	DWORD n;
	char text[256];
	if (strcmp(what, "sleep") == 0) {
		Sleep((DWORD)atoi(argv[1]));
		return 0;
	}
	if (strcmp(what, "code") == 0)
		ExitProcess((UINT)atoi(argv[1]));
	if (strcmp(what, "crash") == 0) {
		struct rlimit none = {0, 0};
		setrlimit(RLIMIT_CORE, &none);
		signal(SIGSEGV, SIG_DFL); /* a sanitizer has one of its own */
		raise(SIGSEGV);
	}
	if (strcmp(what, "variable") == 0) {
		extern char **environ;
		int count = 0;
		while (environ[count] != NULL)
			count++;
		const char *value = getenv(argv[1]);
		return value != NULL && strcmp(value, argv[2]) == 0 && (atoi(argv[3]) == 0 || count == atoi(argv[3])) ? 0 : 1;
	}
	if (strcmp(what, "cat") == 0) {
		while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), text, sizeof text, &n, NULL) && n > 0)
			WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, n, &n, NULL);
		return GetLastError() == ERROR_BROKEN_PIPE ? 0 : 1;
	}
	if (strcmp(what, "print") == 0)
		return WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), argv[1], (DWORD)strlen(argv[1]), &n, NULL) ? 0 : 1;
	if (strcmp(what, "write") == 0 || strcmp(what, "nothing") == 0) {
		HANDLE yes = (HANDLE)(uintptr_t)strtoull(argv[1], NULL, 10), no = (HANDLE)(uintptr_t)(argc > 2 ? strtoull(argv[2], NULL, 10) : 0);
		if (getenv("CREATEPROCESS_HANDLES") != NULL)
			return 3;
		if (what[0] == 'n')
			return WriteFile(yes, "x", 1, &n, NULL) || GetLastError() != ERROR_INVALID_HANDLE;
		if (WriteFile(no, "x", 1, &n, NULL) || GetLastError() != ERROR_INVALID_HANDLE)
			return 2;
		DWORD flags;
		return WriteFile(yes, "inherited", 9, &n, NULL) && GetHandleInformation(yes, &flags) && flags == HANDLE_FLAG_INHERIT ? 0 : 1;
	}
	if (strcmp(what, "control") == 0) {
		BOOL ignored = strcmp(argv[1], "ignored") == 0;
		if (!SetConsoleCtrlHandler(ignored ? NULL : strcmp(argv[1], "handled") == 0 ? on_control : not_mine, TRUE))
			return 1;
		WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), "r", 1, &n, NULL);
		Sleep(ignored ? 200 : 10000);
		return 0;
	}
	if (strcmp(what, "terminal") == 0) {
		CONSOLE_SCREEN_BUFFER_INFO info;
		DWORD mode;
		if (!GetConsoleScreenBufferInfo(GetStdHandle(STD_OUTPUT_HANDLE), &info) || !GetConsoleMode(GetStdHandle(STD_INPUT_HANDLE), &mode))
			return 1;
		if (!ReadFile(GetStdHandle(STD_INPUT_HANDLE), text, sizeof text, &n, NULL))
			return 2;
		printf("%dx%d %.*s", info.dwSize.X, info.dwSize.Y, (int)n, text);
		return 0;
	}
	return 99;
}

static const struct test tests[] = {
	{"lazy", test_lazy},
	{"handles", test_handles},
	{"waits", test_waits},
	{"pingpong", test_pingpong},
	{"create", test_create},
	{"processes", test_processes},
	{"pipes", test_pipes},
	{"files", test_files},
	{"inherit", test_inherit},
	{"errors", test_errors},
	{"host", test_host},
	{"registered", test_registered},
	{"control", test_control},
	{"pseudoconsole", test_pseudoconsole},
	{"churn", test_churn},
	{NULL, NULL},
};

int main(int argc, char **argv) { return program(argc, argv, child, tests, NULL); }
