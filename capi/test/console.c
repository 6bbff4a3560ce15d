/* The tests of what a terminal is to a program, of threads' priorities and times,
 * and of psapi.h. As in suite.c, the program is its own child:
 *
 *	console            the names of the tests
 *	console NAME       one of them: exit code 0, or what failed
 *	console child ...  a child of a test
 */
#include <windows.h>
#include <psapi.h>

#include "check.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

static char self[4096];

/* Fails so, with the code. */
#define REFUSED(call, code)                                \
	do {                                               \
		SetLastError(0);                           \
		CHECK(!(call) && GetLastError() == (code)); \
	} while (0)

static PROCESS_INFORMATION start(const char *what, DWORD flags, STARTUPINFOA *si)
{
	STARTUPINFOA none = {.cb = sizeof none};
	PROCESS_INFORMATION pi;
	char line[8192];
	snprintf(line, sizeof line, "\"%s\" child %s", self, what);
	CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, flags, NULL, NULL, si != NULL ? si : &none, &pi));
	return pi;
}

static DWORD finish(PROCESS_INFORMATION pi)
{
	DWORD code;
	CHECK(WaitForSingleObject(pi.hProcess, 20000) == WAIT_OBJECT_0 && GetExitCodeProcess(pi.hProcess, &code));
	CHECK(CloseHandle(pi.hProcess) && CloseHandle(pi.hThread));
	return code;
}

/* --- On a terminal --- */

static void on_terminal(void)
{
	HANDLE in = GetStdHandle(STD_INPUT_HANDLE), out = GetStdHandle(STD_OUTPUT_HANDLE), r, w;
	DWORD mode, n;
	struct termios t;
	WCHAR text[64];
	CHECK(GetConsoleMode(in, &mode) && mode == (ENABLE_PROCESSED_INPUT | ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT));
	CHECK(SetConsoleMode(in, ENABLE_PROCESSED_INPUT) && GetConsoleMode(in, &mode) && mode == ENABLE_PROCESSED_INPUT);
	CHECK(tcgetattr(0, &t) == 0 && (t.c_lflag & (ISIG | ICANON | ECHO)) == ISIG);
	CHECK(SetConsoleMode(in, 0) && tcgetattr(0, &t) == 0 && (t.c_lflag & (ISIG | ICANON | ECHO)) == 0);
	CHECK(SetConsoleMode(in, ENABLE_PROCESSED_INPUT | ENABLE_LINE_INPUT) && tcgetattr(0, &t) == 0 && (t.c_lflag & (ISIG | ICANON | ECHO)) == (ISIG | ICANON));
	CHECK(GetConsoleMode(out, &mode) && (mode & ENABLE_PROCESSED_OUTPUT) && (mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING));
	CHECK(SetConsoleMode(out, mode) && GetConsoleMode(in, &mode) && mode == (ENABLE_PROCESSED_INPUT | ENABLE_LINE_INPUT));
	CHECK(CreatePipe(&r, &w, NULL, 0));
	REFUSED(GetConsoleMode(r, &mode), ERROR_INVALID_HANDLE);
	REFUSED(SetConsoleMode(w, 0), ERROR_INVALID_HANDLE);
	REFUSED(WriteConsoleA(w, "x", 1, &n, NULL), ERROR_INVALID_HANDLE);
	REFUSED(WriteConsoleW(w, L"x", 1, &n, NULL), ERROR_INVALID_HANDLE);
	REFUSED(ReadConsoleA(r, text, 1, &n, NULL), ERROR_INVALID_HANDLE);
	REFUSED(ReadConsoleW(r, text, 1, &n, NULL), ERROR_INVALID_HANDLE);
	CONSOLE_SCREEN_BUFFER_INFO info;
	REFUSED(GetConsoleScreenBufferInfo(r, &info), ERROR_INVALID_HANDLE);
	CHECK(CloseHandle(r) && CloseHandle(w));
	REFUSED(GetConsoleMode(r, &mode), ERROR_INVALID_HANDLE);
	CHECK(GetConsoleScreenBufferInfo(out, &info) && info.dwSize.X == 90 && info.dwSize.Y == 20 && info.srWindow.Right == 89 && info.srWindow.Bottom == 19);
	HANDLE console = CreateFileA("CONIN$", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
	CHECK(console != INVALID_HANDLE_VALUE && GetConsoleMode(console, &mode) && (mode & ENABLE_LINE_INPUT) && CloseHandle(console));

	CHECK(GetConsoleCP() == CP_UTF8 && GetConsoleOutputCP() == CP_UTF8 && SetConsoleCP(CP_UTF8) && SetConsoleOutputCP(CP_UTF8));
	REFUSED(SetConsoleCP(437), ERROR_INVALID_PARAMETER);
	REFUSED(SetConsoleOutputCP(1252), ERROR_INVALID_PARAMETER);
	CHECK(GetConsoleWindow() == NULL);
	REFUSED(SetConsoleTitleA(NULL), ERROR_INVALID_PARAMETER);
	REFUSED(SetConsoleTitleW(NULL), ERROR_INVALID_PARAMETER);
	CHECK(SetConsoleTitleA("narrow title") && SetConsoleTitleW(L"wide t\u00eftle"));
	CHECK(WriteConsoleA(out, "(narrow)", 8, &n, NULL) && n == 8);
	CHECK(WriteConsoleW(out, L"(w\u00efde \u20ac)", 8, &n, NULL) && n == 8);
	CHECK(ReadConsoleW(in, text, 64, &n, NULL) && n == 6 && wcsncmp(text, L"t\u00ff\u20aced\n", 6) == 0);
	CHECK(ReadConsoleA(in, text, 64, &n, NULL) && n == 5 && memcmp(text, "more\n", 5) == 0);
	CHECK(WriteConsoleA(out, "(done)", 6, NULL, NULL));
}

static void test_terminal(void)
{
	HANDLE in_r, in_w, out_r, out_w;
	HPCON console;
	char text[4096] = "";
	DWORD n, used = 0;
	SIZE_T bytes = 0;
	CHECK(CreatePipe(&in_r, &in_w, NULL, 0) && CreatePipe(&out_r, &out_w, NULL, 0));
	CHECK(CreatePseudoConsole((COORD){90, 20}, in_r, out_w, 0, &console) == S_OK && CloseHandle(in_r) && CloseHandle(out_w));
	InitializeProcThreadAttributeList(NULL, 1, 0, &bytes);
	STARTUPINFOEXA si = {.StartupInfo.cb = sizeof si, .lpAttributeList = malloc(bytes)};
	CHECK(InitializeProcThreadAttributeList(si.lpAttributeList, 1, 0, &bytes));
	CHECK(UpdateProcThreadAttribute(si.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, console, sizeof console, NULL, NULL));
	PROCESS_INFORMATION pi = start("terminal", EXTENDED_STARTUPINFO_PRESENT, &si.StartupInfo);
	const char typed[] = "t\xc3\xbf\xe2\x82\xac" "ed\nmore\n";
	bool sent = false;
	while (strstr(text, "(done)") == NULL) {
		if (used == sizeof text - 1 || !ReadFile(out_r, text + used, (DWORD)sizeof text - 1 - used, &n, NULL) || strstr(text, "console.c:") != NULL)
			break;
		used += n;
		if (!sent && strstr(text, "(narrow)(w\xc3\xaf" "de \xe2\x82\xac)") != NULL)
			sent = WriteFile(in_w, typed, sizeof typed - 1, &n, NULL);
	}
	bool ok = strstr(text, "(done)") != NULL && strstr(text, "\x1b]2;narrow title\a") != NULL && strstr(text, "\x1b]2;wide t\xc3\xaftle\a") != NULL;
	if (!ok) {
		fprintf(stderr, "the terminal has [%s]\n", text);
		TerminateProcess(pi.hProcess, 1);
	}
	CHECK(finish(pi) == 0 && ok);
	ClosePseudoConsole(console);
	free(si.lpAttributeList);
	CHECK(CloseHandle(in_w) && CloseHandle(out_r));
}

/* --- Threads --- */

static DWORD WINAPI until(LPVOID event) { return WaitForSingleObject(event, INFINITE); }

static void test_priorities(void)
{
	static const struct {
		int priority, nice;
	} rows[] = {{THREAD_PRIORITY_BELOW_NORMAL, 5}, {THREAD_PRIORITY_LOWEST, 10}, {THREAD_PRIORITY_IDLE, 19}};
	HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL), file = GetStdHandle(STD_ERROR_HANDLE), t = CreateThread(NULL, 0, until, event, 0, NULL);
	id_t tid = GetThreadId(t);
	/* A test that runs with a nice value of its own has threads that have it, too. */
	int own = getpriority(PRIO_PROCESS, 0), priority = GetThreadPriority(GetCurrentThread());
	CHECK(GetThreadPriority(t) == priority && getpriority(PRIO_PROCESS, tid) == own);
	CHECK(own != 0 || priority == THREAD_PRIORITY_NORMAL);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].nice < own)
			continue; /* needs a privilege */
		CHECK(SetThreadPriority(t, rows[i].priority) && getpriority(PRIO_PROCESS, tid) == rows[i].nice);
		CHECK(GetThreadPriority(t) == rows[i].priority && GetThreadPriority(GetCurrentThread()) == priority);
	}
	/* Without the privilege it stays as it is. */
	CHECK(SetThreadPriority(t, THREAD_PRIORITY_HIGHEST));
	int nice = getpriority(PRIO_PROCESS, tid);
	CHECK(nice == -10 || nice == 19);
	REFUSED(SetThreadPriority(t, 3), ERROR_INVALID_PARAMETER);
	REFUSED(SetThreadPriority(file, 0), ERROR_INVALID_HANDLE);
	SetLastError(0);
	CHECK(GetThreadPriority(file) == THREAD_PRIORITY_ERROR_RETURN && GetLastError() == ERROR_INVALID_HANDLE);

	DWORD_PTR all, system, one;
	cpu_set_t set;
	CHECK(GetProcessAffinityMask(GetCurrentProcess(), &all, &system));
	one = all & (~all + 1);
	CHECK(SetThreadAffinityMask(t, one) == all && SetThreadAffinityMask(t, all) == one);
	CHECK(SetThreadAffinityMask(t, one) != 0 && sched_getaffinity((pid_t)tid, sizeof set, &set) == 0 && CPU_COUNT(&set) == 1);
	REFUSED(SetThreadAffinityMask(t, 0), ERROR_INVALID_PARAMETER);
	REFUSED(SetThreadAffinityMask(file, one), ERROR_INVALID_HANDLE);

	FILETIME creation, end, kernel, user;
	CHECK(GetThreadTimes(t, &creation, &end, &kernel, &user) && creation.dwHighDateTime > 0x1d00000 && end.dwHighDateTime == 0);
	CHECK(GetThreadTimes(GetCurrentThread(), &creation, &end, &kernel, &user) && end.dwHighDateTime == 0);
	REFUSED(GetThreadTimes(file, &creation, &end, &kernel, &user), ERROR_INVALID_HANDLE);
	HANDLE weak;
	CHECK(DuplicateHandle(GetCurrentProcess(), t, GetCurrentProcess(), &weak, SYNCHRONIZE, FALSE, 0));
	REFUSED(GetThreadTimes(weak, &creation, &end, &kernel, &user), ERROR_ACCESS_DENIED);
	CHECK(CloseHandle(weak) && SetEvent(event) && WaitForSingleObject(t, 10000) == WAIT_OBJECT_0);
	CHECK(GetThreadTimes(t, &creation, &end, &kernel, &user) && CompareFileTime(&creation, &end) <= 0);
	REFUSED(SetThreadPriority(t, 0), ERROR_INVALID_PARAMETER); /* it has ended */
	REFUSED(SetThreadAffinityMask(t, all), ERROR_INVALID_PARAMETER);
	CHECK(CloseHandle(t) && CloseHandle(event));
	REFUSED(SetThreadPriority(t, 0), ERROR_INVALID_HANDLE);

	PROCESS_INFORMATION pi = start("code 3", CREATE_SUSPENDED, NULL);
	CHECK(GetThreadTimes(pi.hThread, &creation, &end, &kernel, &user) && creation.dwHighDateTime > 0x1d00000);
	CHECK(SetThreadPriority(pi.hThread, THREAD_PRIORITY_LOWEST) && GetThreadPriority(pi.hThread) == THREAD_PRIORITY_LOWEST);
	CHECK(SetThreadAffinityMask(pi.hThread, one) == all && ResumeThread(pi.hThread) == 1);
	CHECK(finish(pi) == 3);
}

/* --- A process and the system --- */

static void test_system(void)
{
	DWORD session, n, ids[4096];
	BOOL wow64 = TRUE;
	IO_COUNTERS io;
	PROCESS_MEMORY_COUNTERS memory;
	char name[4096];
	WCHAR wide[4096];
	HANDLE me = GetCurrentProcess(), event = CreateEventA(NULL, TRUE, FALSE, NULL);
	CHECK(ProcessIdToSessionId(GetCurrentProcessId(), &session) && session == (DWORD)getsid(0));
	REFUSED(ProcessIdToSessionId(0x7fffffff, &session), ERROR_INVALID_PARAMETER);
	CHECK(GetProcessIoCounters(me, &io) && io.ReadOperationCount > 0 && io.ReadTransferCount > 0);
	REFUSED(GetProcessIoCounters(event, &io), ERROR_INVALID_HANDLE);
	CHECK(IsWow64Process(me, &wow64) && !wow64);
	REFUSED(IsWow64Process(event, &wow64), ERROR_INVALID_HANDLE);
	REFUSED(IsWow64Process(me, NULL), ERROR_INVALID_PARAMETER);
	CHECK(GetActiveProcessorCount(ALL_PROCESSOR_GROUPS) == (DWORD)sysconf(_SC_NPROCESSORS_ONLN));
	REFUSED(GetActiveProcessorCount(1), ERROR_INVALID_PARAMETER);
	CHECK(!NeedCurrentDirectoryForExePathA("x") && !NeedCurrentDirectoryForExePathW(L"x"));

	CHECK(GetProcessMemoryInfo(me, &memory, sizeof memory) && memory.WorkingSetSize > 100000 && memory.PeakWorkingSetSize >= memory.WorkingSetSize);
	CHECK(memory.PageFaultCount > 0 && memory.PagefileUsage > 0);
	REFUSED(GetProcessMemoryInfo(event, &memory, sizeof memory), ERROR_INVALID_HANDLE);
	REFUSED(GetProcessMemoryInfo(me, &memory, 8), ERROR_INSUFFICIENT_BUFFER);
	REFUSED(GetProcessMemoryInfo(me, NULL, 8), ERROR_INVALID_PARAMETER);
	HANDLE weak = OpenProcess(SYNCHRONIZE, FALSE, GetCurrentProcessId());
	REFUSED(GetProcessMemoryInfo(weak, &memory, sizeof memory), ERROR_ACCESS_DENIED);
	REFUSED(TerminateProcess(weak, 1), ERROR_ACCESS_DENIED); /* the program itself, but by this handle it may not be ended */
	CHECK(CloseHandle(weak));
	weak = OpenProcess(MAXIMUM_ALLOWED, FALSE, GetCurrentProcessId());
	CHECK(weak != NULL && WaitForSingleObject(weak, 0) == WAIT_TIMEOUT && CloseHandle(weak));
	CHECK(EnumProcesses(ids, sizeof ids, &n) && n >= 4 && n % 4 == 0);
	bool found = false;
	for (DWORD i = 0; i < n / 4; i++)
		found = found || ids[i] == GetCurrentProcessId();
	CHECK(found && EnumProcesses(ids, 4, &n) && n == 4);
	REFUSED(EnumProcesses(NULL, 4, &n), ERROR_INVALID_PARAMETER);
	const char *base = strrchr(self, '/') + 1;
	CHECK(GetModuleFileNameExA(me, NULL, name, sizeof name) == strlen(self) && strcmp(name, self) == 0);
	CHECK(GetModuleBaseNameA(me, NULL, name, sizeof name) == strlen(base) && strcmp(name, base) == 0);
	CHECK(GetModuleBaseNameA(me, NULL, name, 3) == 2 && GetLastError() == ERROR_INSUFFICIENT_BUFFER && name[2] == 0);
	CHECK(GetModuleFileNameExW(me, NULL, wide, 4096) == strlen(self) && GetModuleBaseNameW(me, NULL, wide, 4096) == strlen(base) && wide[0] == (WCHAR)base[0]);
	CHECK(GetModuleBaseNameW(me, NULL, wide, 3) == 2 && wide[2] == 0);
	CHECK(GetProcessImageFileNameA(me, name, sizeof name) == strlen(self) && GetProcessImageFileNameW(me, wide, 4096) == strlen(self));
	REFUSED(GetModuleFileNameExA(event, NULL, name, sizeof name), ERROR_INVALID_HANDLE);
	REFUSED(GetModuleFileNameExA(me, (HMODULE)&n, name, sizeof name), ERROR_NOT_SUPPORTED);

	snprintf(name, sizeof name, "\"%s\" child code 0", self);
	CHECK(WinExec(name, SW_HIDE) > 31);
	CHECK(WinExec("/nowhere/program", SW_HIDE) == ERROR_FILE_NOT_FOUND && WinExec("/etc/passwd", SW_HIDE) == ERROR_ACCESS_DENIED);
	CHECK(WinExec(NULL, SW_HIDE) < 32);
	CHECK(CloseHandle(event));
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {{"terminal", test_terminal}, {"priorities", test_priorities}, {"system", test_system}};

int main(int argc, char **argv)
{
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n < 0)
		return 1;
	if (argc > 2 && strcmp(argv[1], "child") == 0) {
		if (strcmp(argv[2], "terminal") == 0)
			on_terminal();
		return argc > 3 ? atoi(argv[3]) : 0;
	}
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
		if (argc < 2)
			puts(tests[i].name);
		else if (strcmp(argv[1], tests[i].name) == 0) {
			tests[i].run();
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}
