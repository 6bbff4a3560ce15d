/* A program with habits of its own, which the library must not disturb. */
#include "program.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/wait.h>

static PROCESS_INFORMATION start(const char *what) { return start_child(what, TRUE, 0, NULL); }

/* The end of a fork, as wait has it. */
static int status_of(pid_t pid)
{
	int status;
	pid_t got;
	do {
		got = waitpid(pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	CHECK(got == pid);
	return status;
}

/* --- fork and exec --- */

/* Before Go has begun a fork has everything, and its parent afterwards too. */
static void test_fork_early(void)
{
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(finish(start("code 7")) == 7 ? 0 : 1);
		CHECK(status_of(pid) == 0);
	}
	CHECK(finish(start("code 8")) == 8);
}

/* Afterwards it has what needs no Go; exec, posix_spawn, system and popen work. */
static void test_fork_late(void)
{
	extern char **environ;
	CHECK(finish(start("code 8")) == 8);
	HANDLE e = CreateEventA(NULL, FALSE, FALSE, NULL), m = CreateMutexA(NULL, FALSE, NULL);
	pid_t pid = fork();
	if (pid == 0) {
		HANDLE r, w;
		DWORD n;
		char c;
		bool ok = SetEvent(e) && WaitForSingleObject(e, 0) == WAIT_OBJECT_0 && WaitForSingleObject(m, 0) == WAIT_OBJECT_0 && ReleaseMutex(m);
		ok = ok && CreatePipe(&r, &w, NULL, 0) && WriteFile(w, "x", 1, &n, NULL) && ReadFile(r, &c, 1, &n, NULL) && c == 'x';
		ok = ok && OpenProcess(SYNCHRONIZE, FALSE, 1) == NULL && GetLastError() == ERROR_NOT_SUPPORTED;
		_exit(ok ? 0 : 1);
	}
	CHECK(status_of(pid) == 0 && WaitForSingleObject(e, 0) == WAIT_TIMEOUT);
	pid = fork();
	if (pid == 0) { /* what it begins anew has everything */
		execl(self, self, "child", "create", NULL);
		_exit(9);
	}
	CHECK(WEXITSTATUS(status_of(pid)) == 6);
	pid = fork();
	if (pid == 0)
		ExitProcess(300); /* its handlers of the end run, and nothing hangs */
	CHECK(WEXITSTATUS(status_of(pid)) == (300 & 0xff));
	char *const arguments[] = {self, "child", "create", NULL};
	CHECK(posix_spawn(&pid, self, NULL, NULL, arguments, environ) == 0 && WEXITSTATUS(status_of(pid)) == 6);
	PROCESS_INFORMATION pi = start("sleep");
	CHECK(WEXITSTATUS(system("exit 3")) == 3);
	FILE *p = popen("echo out; exit 4", "r");
	char text[16];
	CHECK(p != NULL && fgets(text, sizeof text, p) != NULL && strcmp(text, "out\n") == 0 && WEXITSTATUS(pclose(p)) == 4);
	CHECK(TerminateProcess(pi.hProcess, 5) && finish(pi) == 5);
}

/* Threads that fork while others create processes. */
static DWORD WINAPI create_many(LPVOID n)
{
	for (intptr_t i = (intptr_t)n; i > 0; i--)
		CHECK(finish(start("code 2")) == 2);
	return 0;
}

static DWORD WINAPI fork_many(LPVOID n)
{
	for (intptr_t i = (intptr_t)n; i > 0; i--) {
		pid_t pid = fork();
		if (pid == 0) {
			HANDLE e = CreateEventA(NULL, FALSE, TRUE, NULL);
			_exit(e != NULL && WaitForSingleObject(e, 0) == WAIT_OBJECT_0 && CloseHandle(e) ? 0 : 1);
		}
		CHECK(status_of(pid) == 0);
	}
	return 0;
}

static void test_fork_threads(void)
{
	HANDLE t[6];
	for (int i = 0; i < 6; i++)
		t[i] = CreateThread(NULL, 0, i % 2 ? fork_many : create_many, (LPVOID)(intptr_t)50, 0, NULL);
	CHECK(WaitForMultipleObjects(6, t, TRUE, 2 * LONG_TIME) == WAIT_OBJECT_0);
}

/* --- Signals --- */

static volatile sig_atomic_t taken, on_own_stack;
static char signal_stack[65536];

static void take(int s)
{
	char here;
	(void)s;
	taken++;
	on_own_stack = &here >= signal_stack && &here < signal_stack + sizeof signal_stack;
}

/* A handler runs on the stack that the program has given, in the program's own
 * threads, and a wait goes on after it. */
static void test_interrupted(void)
{
	stack_t mine = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack}, now;
	struct sigaction a = {.sa_handler = take, .sa_flags = SA_ONSTACK}, after;
	CHECK(sigaltstack(&mine, NULL) == 0 && sigaction(SIGALRM, &a, NULL) == 0 && sigaction(SIGPROF, &a, NULL) == 0);
	struct itimerval often = {{0, 1000}, {0, 1000}}, off = {{0, 0}, {0, 0}};
	CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0 && setitimer(ITIMER_PROF, &often, NULL) == 0);
	HANDLE e = CreateEventA(NULL, FALSE, FALSE, NULL), semaphore = CreateSemaphoreA(NULL, 0, 1, NULL);
	for (int i = 0; i < 30; i++) {
		PROCESS_INFORMATION pi = start("pause 20");
		const HANDLE all[] = {e, pi.hProcess, semaphore};
		CHECK(WaitForSingleObject(e, 5) == WAIT_TIMEOUT);
		CHECK(WaitForMultipleObjects(3, all, FALSE, LONG_TIME) == WAIT_OBJECT_0 + 1 && finish(pi) == 0);
	}
	CHECK(taken > 30 && on_own_stack);
	CHECK(setitimer(ITIMER_REAL, &off, NULL) == 0 && setitimer(ITIMER_PROF, &off, NULL) == 0);
	CHECK(sigaltstack(NULL, &now) == 0 && now.ss_sp == signal_stack && now.ss_flags == 0);
	CHECK(sigaction(SIGPROF, NULL, &after) == 0 && after.sa_handler == take);
}

/* A thread's signal mask is its own before, during and after; one that is
 * created has its creator's; a child has none blocked, and none ignored but
 * what its creator ignores. */
static DWORD WINAPI mask_of(LPVOID out)
{
	return (DWORD)pthread_sigmask(SIG_BLOCK, NULL, out);
}

static void test_masks(void)
{
	sigset_t mine, theirs;
	sigemptyset(&mine);
	sigaddset(&mine, SIGUSR2);
	sigaddset(&mine, SIGCHLD);
	CHECK(pthread_sigmask(SIG_SETMASK, &mine, NULL) == 0);
	CHECK(finish(start("mask")) == 0);
	CHECK(pthread_sigmask(SIG_BLOCK, NULL, &theirs) == 0);
	for (int s = 1; s < 65; s++)
		CHECK(sigismember(&theirs, s) == sigismember(&mine, s));
	HANDLE t = CreateThread(NULL, 0, mask_of, &theirs, 0, NULL);
	CHECK(WaitForSingleObject(t, LONG_TIME) == WAIT_OBJECT_0 && CloseHandle(t));
	CHECK(sigismember(&theirs, SIGUSR2) && sigismember(&theirs, SIGCHLD) && !sigismember(&theirs, SIGTERM));
	CHECK(finish(start("code 1")) == 1);
	sigpending(&theirs);
	CHECK(sigismember(&theirs, SIGCHLD)); /* the program's children tell the program */
	/* No thread of the library's takes what the program has blocked, or could run
	 * a handler; but for faults, and what the C library sends its threads. */
	DIR *d = opendir("/proc/self/task");
	int threads = 0;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		char path[300], line[256];
		unsigned long long blocked = 0;
		if (e->d_name[0] == '.' || atoi(e->d_name) == getpid())
			continue;
		snprintf(path, sizeof path, "/proc/self/task/%s/status", e->d_name);
		FILE *f = fopen(path, "re");
		while (f != NULL && fgets(line, sizeof line, f) != NULL)
			sscanf(line, "SigBlk: %llx", &blocked);
		if (f == NULL) /* it has ended */
			continue;
		fclose(f);
		static const int taken_by_all[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGKILL, SIGSTOP, 32, 33, 34};
		for (size_t i = 0; i < sizeof taken_by_all / sizeof taken_by_all[0]; i++)
			blocked |= 1ull << (taken_by_all[i] - 1);
		CHECK(blocked == ~0ull);
		threads++;
	}
	closedir(d);
	CHECK(threads >= 3);
}

/* A thread of the program that ends by a signal's default ends the program, and
 * its creator is told so. */
static void test_deadly(void)
{
	CHECK(finish(start("fault")) == 0xC0000005);
	CHECK(finish(start("abort")) == 0xC0000409);
	CHECK(finish(start("pipe")) == 0x40010000 + SIGPIPE);
}

/* --- The end --- */

static void test_end(void)
{
	HANDLE r, w;
	static const struct {
		const char *how;
		DWORD code;
		const char *says;
	} rows[] = {
		{"return", 3, "handler\n"},      {"exit", 4, "handler\n"},       {"ExitProcess", 70000, "handler\n"}, {"_exit", 5, ""},
		{"TerminateProcess", 70001, ""}, {"thread", 6, "handler\n"},     {"main-thread-ends", 7, "handler\n"}, {"waiting", 8, "handler\n"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		SECURITY_ATTRIBUTES inheritable = {.nLength = sizeof inheritable, .bInheritHandle = TRUE};
		STARTUPINFOA si = {.cb = sizeof si, .dwFlags = STARTF_USESTDHANDLES};
		PROCESS_INFORMATION pi;
		char line[8192], text[64] = "";
		DWORD n, used = 0;
		CHECK(CreatePipe(&r, &w, &inheritable, 0) && SetHandleInformation(r, HANDLE_FLAG_INHERIT, 0));
		si.hStdOutput = w;
		si.hStdError = GetStdHandle(STD_ERROR_HANDLE);
		snprintf(line, sizeof line, "\"%s\" child end %s", self, rows[i].how);
		CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &si, &pi) && CloseHandle(w));
		while (used < sizeof text - 1 && ReadFile(r, text + used, (DWORD)sizeof text - 1 - used, &n, NULL))
			used += n;
		DWORD code = finish(pi);
		if (code != rows[i].code || strcmp(text, rows[i].says) != 0)
			fprintf(stderr, "%s: %u, not %u; \"%s\"\n", rows[i].how, code, rows[i].code, text);
		CHECK(code == rows[i].code && strcmp(text, rows[i].says) == 0 && CloseHandle(r));
	}
}

/* A handler of the end may use the library. */
static void at_end(void)
{
	HANDLE e = CreateEventA(NULL, FALSE, TRUE, "host's end");
	if (e != NULL && WaitForSingleObject(e, 0) == WAIT_OBJECT_0 && CloseHandle(e) && finish(start("code 9")) == 9)
		puts("handler"); /* which is written when the C library ends */
}

static DWORD WINAPI exit_now(LPVOID code) { exit((int)(intptr_t)code); }
static DWORD WINAPI exit_soon(LPVOID code)
{
	Sleep(50);
	exit((int)(intptr_t)code);
}

static int child_end(const char *how)
{
	atexit(at_end);
	CHECK(finish(start("code 1")) == 1);
	if (strcmp(how, "return") == 0)
		return 3;
	if (strcmp(how, "exit") == 0)
		exit(4);
	if (strcmp(how, "ExitProcess") == 0)
		ExitProcess(70000);
	if (strcmp(how, "_exit") == 0)
		_exit(5);
	if (strcmp(how, "TerminateProcess") == 0)
		TerminateProcess(GetCurrentProcess(), 70001);
	if (strcmp(how, "thread") == 0) {
		CreateThread(NULL, 0, exit_now, (LPVOID)6, 0, NULL);
		Sleep(INFINITE);
	}
	if (strcmp(how, "main-thread-ends") == 0) {
		CreateThread(NULL, 0, exit_soon, (LPVOID)7, 0, NULL);
		ExitThread(0);
	}
	if (strcmp(how, "waiting") == 0) { /* while a thread waits, and another one creates */
		HANDLE e = CreateEventA(NULL, FALSE, FALSE, "nobody sets it");
		CreateThread(NULL, 0, create_many, (LPVOID)1000000, 0, NULL);
		CreateThread(NULL, 0, exit_soon, (LPVOID)8, 0, NULL);
		WaitForSingleObject(e, INFINITE);
	}
	return 99;
}

/* --- The child --- */

static int child(int argc, char **v)
{
	if (strcmp(v[0], "code") == 0)
		return atoi(v[1]);
	if (strcmp(v[0], "create") == 0)
		return finish(start("code 6")) == 6 ? 6 : 1;
	if (strcmp(v[0], "pause") == 0) {
		Sleep((DWORD)atoi(v[1]));
		return 0;
	}
	if (strcmp(v[0], "sleep") == 0)
		Sleep(INFINITE);
	if (strcmp(v[0], "end") == 0 && argc > 1)
		return child_end(v[1]);
	if (strcmp(v[0], "mask") == 0) {
		sigset_t now;
		struct sigaction a;
		pthread_sigmask(SIG_BLOCK, NULL, &now);
		for (int s = 1; s < 65; s++)
			if (sigismember(&now, s) > 0 || (sigaction(s, NULL, &a) == 0 && a.sa_handler != SIG_DFL))
				return s;
		return 0;
	}
	signal(SIGSEGV, SIG_DFL); /* a sanitizer has its own */
	signal(SIGABRT, SIG_DFL);
	CHECK(finish(start("code 1")) == 1);
	if (strcmp(v[0], "fault") == 0)
		raise(SIGSEGV);
	if (strcmp(v[0], "abort") == 0)
		abort();
	if (strcmp(v[0], "pipe") == 0) {
		int p[2];
		CHECK(pipe(p) == 0 && close(p[0]) == 0);
		CHECK(write(p[1], "x", 1) < 0);
	}
	return 99;
}

static const struct test tests[] = {
	{"fork_early", test_fork_early},
	{"fork_late", test_fork_late},
	{"fork_threads", test_fork_threads},
	{"interrupted", test_interrupted},
	{"masks", test_masks},
	{"deadly", test_deadly},
	{"end", test_end},
	{NULL, NULL},
};

int main(int argc, char **argv) { return program(argc, argv, child, tests, NULL); }
