/* Jobs, as a program for Windows uses them. It is compiled for both systems, and
 * says the same on both; what Wine 8 does not do is checked here alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static int failures;

/* What is not compared with Wine. */
static void check(const char *what, BOOL ok)
{
#ifdef _WIN32
	(void)what;
	(void)ok;
#else
	if (!ok) {
		failures++;
		fprintf(stderr, "%s: no (last error %lu)\n", what, (unsigned long)GetLastError());
	}
#endif
}

static void say(const char *what, unsigned long long value) { printf("%s: %llu\n", what, value); }

static BOOL quiet; /* a child, whose output may be lost */

static void say_call(const char *what, BOOL ok)
{
	if (quiet)
		return;
	if (ok)
		printf("%s: ok\n", what);
	else
		printf("%s: error %lu\n", what, (unsigned long)GetLastError());
}

static HANDLE start(const char *arguments, HANDLE job, DWORD flags, PROCESS_INFORMATION *pi)
{
	char path[MAX_PATH], line[2 * MAX_PATH];
	STARTUPINFOEXA si;
	SIZE_T size = 0;
	GetModuleFileNameA(NULL, path, sizeof path);
	snprintf(line, sizeof line, "\"%s\" %s", path, arguments);
	memset(&si, 0, sizeof si);
	si.StartupInfo.cb = sizeof si;
	if (job != NULL) {
		InitializeProcThreadAttributeList(NULL, 1, 0, &size);
		si.lpAttributeList = malloc(size);
		InitializeProcThreadAttributeList(si.lpAttributeList, 1, 0, &size);
		say_call("JOB_LIST", UpdateProcThreadAttribute(si.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_JOB_LIST, &job, sizeof job, NULL, NULL));
	}
	BOOL ok = CreateProcessA(path, line, NULL, NULL, FALSE, flags | EXTENDED_STARTUPINFO_PRESENT, NULL, NULL, &si.StartupInfo, pi);
	if (!ok)
		memset(pi, 0, sizeof *pi);
	if (si.lpAttributeList != NULL)
		DeleteProcThreadAttributeList(si.lpAttributeList);
	free(si.lpAttributeList);
	return pi->hProcess;
}

static void end(PROCESS_INFORMATION *pi)
{
	CloseHandle(pi->hThread);
	CloseHandle(pi->hProcess);
}

static BOOL inside(HANDLE process, HANDLE job)
{
	BOOL is = 7;
	return IsProcessInJob(process, job, &is) ? is : 99;
}

static void names(void)
{
	char name[64];
	snprintf(name, sizeof name, "createprocess job %lu", (unsigned long)GetCurrentProcessId());
	say_call("open none", OpenJobObjectA(JOB_OBJECT_ALL_ACCESS, FALSE, name) != NULL);
	HANDLE first = CreateJobObjectA(NULL, name);
	say("create, last error", GetLastError());
	HANDLE second = CreateJobObjectA(NULL, name);
	say("create again, last error", GetLastError());
	HANDLE query = OpenJobObjectA(JOB_OBJECT_QUERY, FALSE, name);
	say_call("open to query", query != NULL);
	say_call("terminate by a handle to query", TerminateJobObject(query, 1));
	say_call("wait by a handle to query", WaitForSingleObject(query, 0) != WAIT_FAILED);
	WCHAR wide[64];
	for (size_t i = 0; i < sizeof name; i++)
		wide[i] = (WCHAR)(unsigned char)name[i];
	HANDLE third = OpenJobObjectW(JOB_OBJECT_ALL_ACCESS, FALSE, wide);
	say_call("open, wide", third != NULL);
	CloseHandle(first);
	CloseHandle(second);
	CloseHandle(third);
	CloseHandle(query);
	say_call("open after the last close", OpenJobObjectA(JOB_OBJECT_ALL_ACCESS, FALSE, name) != NULL);
	say_call("no path in a name", CreateJobObjectA(NULL, "a\\b") != NULL);
}

static void members(void)
{
	PROCESS_INFORMATION one, two;
	HANDLE job = CreateJobObjectA(NULL, NULL), other = CreateJobObjectW(NULL, NULL);
	DWORD code = 0, used = 0;
	say_call("create in the job", start("stay", job, 0, &one) != NULL);
	say("in the job", inside(one.hProcess, job));
	say("in the other one", inside(one.hProcess, other));
	say("in any", inside(one.hProcess, NULL));
	say_call("create suspended", start("stay", NULL, CREATE_SUSPENDED, &two) != NULL);
	say("in the job, before", inside(two.hProcess, job));
	say_call("assign", AssignProcessToJobObject(job, two.hProcess));
	say("in the job, after", inside(two.hProcess, job));
	say("resume", ResumeThread(two.hThread));

	union {
		JOBOBJECT_BASIC_PROCESS_ID_LIST list;
		char room[sizeof(JOBOBJECT_BASIC_PROCESS_ID_LIST) + 8 * sizeof(ULONG_PTR)];
	} u;
	say_call("processes", QueryInformationJobObject(job, JobObjectBasicProcessIdList, &u, sizeof u, &used));
	say("how many", u.list.NumberOfAssignedProcesses);
	say("in the list", u.list.NumberOfProcessIdsInList);
	const ULONG_PTR *ids = u.list.ProcessIdList, a = ids[0], b = ids[1];
	say("they are these", (a == one.dwProcessId && b == two.dwProcessId) || (b == one.dwProcessId && a == two.dwProcessId));
	say_call("room for one", QueryInformationJobObject(job, JobObjectBasicProcessIdList, &u, sizeof u.list, &used));
	say("in the list", u.list.NumberOfProcessIdsInList);
	say_call("room for none", QueryInformationJobObject(job, JobObjectBasicProcessIdList, &u, 4, &used));
	check("how many, with room for one", u.list.NumberOfAssignedProcesses == 2);

	JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION accounting;
	JOBOBJECT_BASIC_ACCOUNTING_INFORMATION basic;
	say_call("accounting", QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &basic, sizeof basic, &used));
	say("its size", used);
	say("active", basic.ActiveProcesses);
	say("in all", basic.TotalProcesses);
	check("accounting of I/O", QueryInformationJobObject(job, JobObjectBasicAndIoAccountingInformation, &accounting, sizeof accounting, NULL) && accounting.BasicInfo.ActiveProcesses == 2);
	say_call("accounting, too short", QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &basic, 4, NULL));

	say("a job is not signaled", WaitForSingleObject(job, 0));
	say_call("terminate", TerminateJobObject(job, 42));
	say("wait", WaitForSingleObject(one.hProcess, INFINITE));
	say("wait", WaitForSingleObject(two.hProcess, INFINITE));
	GetExitCodeProcess(one.hProcess, &code);
	say("exit code", code);
	GetExitCodeProcess(two.hProcess, &code);
	say("exit code", code);
	say_call("close", CloseHandle(job));
	say_call("terminate what is closed", TerminateJobObject(job, 1));
	say_call("an event is no job", TerminateJobObject(one.hThread, 1));
	CloseHandle(other);
	end(&one);
	end(&two);
}

static void limits(void)
{
	HANDLE job = CreateJobObjectA(NULL, NULL);
	JOBOBJECT_EXTENDED_LIMIT_INFORMATION l;
	memset(&l, 0, sizeof l);
	say_call("no limits", SetInformationJobObject(job, JobObjectExtendedLimitInformation, &l, sizeof l));
	check("limits, too short", !SetInformationJobObject(job, JobObjectExtendedLimitInformation, &l, sizeof l - 1) && GetLastError() == ERROR_BAD_LENGTH);
	say_call("a class that is none", SetInformationJobObject(job, (JOBOBJECTINFOCLASS)1000, &l, sizeof l));
	l.BasicLimitInformation.LimitFlags = 0x80000000;
	say_call("a flag that is none", SetInformationJobObject(job, JobObjectExtendedLimitInformation, &l, sizeof l));

	l.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PROCESS_MEMORY | JOB_OBJECT_LIMIT_PROCESS_TIME;
	l.ProcessMemoryLimit = 1 << 30;
	l.BasicLimitInformation.PerProcessUserTimeLimit.QuadPart = 600000000;
	check("limits of each process", SetInformationJobObject(job, JobObjectExtendedLimitInformation, &l, sizeof l));
	memset(&l, 0xff, sizeof l);
	check("they are told", QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &l, sizeof l, NULL) && l.ProcessMemoryLimit == 1 << 30 &&
		l.BasicLimitInformation.LimitFlags == (JOB_OBJECT_LIMIT_PROCESS_MEMORY | JOB_OBJECT_LIMIT_PROCESS_TIME) &&
		l.BasicLimitInformation.PerProcessUserTimeLimit.QuadPart == 600000000);
	JOBOBJECT_BASIC_LIMIT_INFORMATION b;
	memset(&b, 0, sizeof b);
	check("basic ones lifted", SetInformationJobObject(job, JobObjectBasicLimitInformation, &b, sizeof b));
	check("the others are left", QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &l, sizeof l, NULL) &&
		l.BasicLimitInformation.LimitFlags == JOB_OBJECT_LIMIT_PROCESS_MEMORY);
	b.LimitFlags = JOB_OBJECT_LIMIT_JOB_MEMORY;
	check("not a basic one", !SetInformationJobObject(job, JobObjectBasicLimitInformation, &b, sizeof b) && GetLastError() == ERROR_INVALID_PARAMETER);
	b.LimitFlags = JOB_OBJECT_LIMIT_SCHEDULING_CLASS;
	check("what Linux does not have", !SetInformationJobObject(job, JobObjectBasicLimitInformation, &b, sizeof b) && GetLastError() == ERROR_NOT_SUPPORTED);

	JOBOBJECT_BASIC_UI_RESTRICTIONS ui = {JOB_OBJECT_UILIMIT_NONE};
	check("no restrictions of the desktop", SetInformationJobObject(job, JobObjectBasicUIRestrictions, &ui, sizeof ui));
	ui.UIRestrictionsClass = JOB_OBJECT_UILIMIT_DESKTOP;
	check("restrictions of the desktop", !SetInformationJobObject(job, JobObjectBasicUIRestrictions, &ui, sizeof ui) && GetLastError() == ERROR_NOT_SUPPORTED);
	JOBOBJECT_CPU_RATE_CONTROL_INFORMATION rate, got;
	memset(&rate, 0, sizeof rate);
	rate.ControlFlags = JOB_OBJECT_CPU_RATE_CONTROL_ENABLE;
	check("a rate of 0", !SetInformationJobObject(job, JobObjectCpuRateControlInformation, &rate, sizeof rate) && GetLastError() == ERROR_INVALID_PARAMETER);
	rate.ControlFlags |= JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP;
	rate.CpuRate = 5000;
	/* Where there is no controller for it, it is refused. */
	BOOL ok = SetInformationJobObject(job, JobObjectCpuRateControlInformation, &rate, sizeof rate);
	check("a rate of one half", ok || GetLastError() == ERROR_NOT_SUPPORTED);
	check("is told", QueryInformationJobObject(job, JobObjectCpuRateControlInformation, &got, sizeof got, NULL) && (got.ControlFlags == rate.ControlFlags && got.CpuRate == 5000) == ok);
	check("an unknown class", !QueryInformationJobObject(job, JobObjectSecurityLimitInformation, &l, sizeof l, NULL) && GetLastError() == ERROR_NOT_SUPPORTED);
	CloseHandle(job);
}

static void ports(void)
{
	DWORD bytes = 1;
	ULONG_PTR key = 1;
	OVERLAPPED *overlapped = NULL;
	HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1), job = CreateJobObjectA(NULL, NULL);
	say_call("a port", port != NULL);
	say_call("nothing comes", GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, 10));
	say_call("post", PostQueuedCompletionStatus(port, 5, 6, (OVERLAPPED *)&bytes));
	say_call("get", GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, 0));
	say("bytes", bytes);
	say("key", key);
	say("overlapped", overlapped == (OVERLAPPED *)&bytes);
	JOBOBJECT_ASSOCIATE_COMPLETION_PORT a;
	a.CompletionKey = (void *)77;
	a.CompletionPort = job;
	say_call("a job is no port", SetInformationJobObject(job, JobObjectAssociateCompletionPortInformation, &a, sizeof a));
	a.CompletionPort = port;
	say_call("associate", SetInformationJobObject(job, JobObjectAssociateCompletionPortInformation, &a, sizeof a));
	say_call("once", SetInformationJobObject(job, JobObjectAssociateCompletionPortInformation, &a, sizeof a));
	PROCESS_INFORMATION pi;
	say_call("create in the job", start("exit", job, 0, &pi) != NULL);
	for (int i = 0; i < 3; i++) {
		say_call("message", GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, 60000));
		say("which", bytes);
		say("key", key);
		say("about the process", (ULONG_PTR)overlapped == pi.dwProcessId);
	}
	end(&pi);
	CloseHandle(job);
	say_call("close", CloseHandle(port));
	say_call("closed", GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, 0));
}

/* KILL_ON_JOB_CLOSE: by the close of the last handle, and by the end of the
 * program, also if it is killed. */
static void closes(void)
{
	JOBOBJECT_EXTENDED_LIMIT_INFORMATION l;
	PROCESS_INFORMATION pi, owner;
	HANDLE job = CreateJobObjectA(NULL, NULL), again;
	memset(&l, 0, sizeof l);
	l.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
	say_call("kill on close", SetInformationJobObject(job, JobObjectExtendedLimitInformation, &l, sizeof l));
	say_call("duplicate", DuplicateHandle(GetCurrentProcess(), job, GetCurrentProcess(), &again, 0, FALSE, DUPLICATE_SAME_ACCESS));
	say_call("create in the job", start("stay", job, 0, &pi) != NULL);
	say_call("close", CloseHandle(job));
	say("it goes on", WaitForSingleObject(pi.hProcess, 50));
	say_call("close the last one", CloseHandle(again));
	say("it ends", WaitForSingleObject(pi.hProcess, 60000));
	end(&pi);

	char name[64], arguments[96];
	snprintf(name, sizeof name, "createprocess_killed_%lu", (unsigned long)GetCurrentProcessId());
	snprintf(arguments, sizeof arguments, "own %s", name);
	say_call("create an owner", start(arguments, NULL, 0, &owner) != NULL);
	union {
		JOBOBJECT_BASIC_PROCESS_ID_LIST list;
		char room[sizeof(JOBOBJECT_BASIC_PROCESS_ID_LIST) + 8 * sizeof(ULONG_PTR)];
	} u;
	memset(&u, 0, sizeof u);
	while (u.list.NumberOfProcessIdsInList == 0 && WaitForSingleObject(owner.hProcess, 10) == WAIT_TIMEOUT) {
		if ((job = OpenJobObjectA(JOB_OBJECT_QUERY, FALSE, name)) == NULL)
			continue;
		QueryInformationJobObject(job, JobObjectBasicProcessIdList, &u, sizeof u, NULL);
		CloseHandle(job);
	}
	HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, (DWORD)u.list.ProcessIdList[0]);
	say_call("open its process", process != NULL);
	say_call("kill the owner", TerminateProcess(owner.hProcess, 1));
	say("the process ends", WaitForSingleObject(process, 60000));
	CloseHandle(process);
	end(&owner);
}

/* A child of the child is in the job, and may not leave it. */
static void trees(void)
{
	HANDLE job = CreateJobObjectA(NULL, NULL);
	PROCESS_INFORMATION pi;
	DWORD code = 0;
	say_call("create in the job", start("breakaway", job, 0, &pi) != NULL);
	WaitForSingleObject(pi.hProcess, INFINITE);
	GetExitCodeProcess(pi.hProcess, &code);
	say("breaking away fails with", code);
	end(&pi);
	say_call("create in the job", start("tree", job, 0, &pi) != NULL);
	JOBOBJECT_BASIC_ACCOUNTING_INFORMATION basic = {.ActiveProcesses = 0};
	while (basic.ActiveProcesses < 2 && WaitForSingleObject(pi.hProcess, 1) == WAIT_TIMEOUT)
		QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &basic, sizeof basic, NULL);
	say("active", basic.ActiveProcesses);
	say_call("terminate", TerminateJobObject(job, 9));
	WaitForSingleObject(pi.hProcess, INFINITE);
	while (basic.ActiveProcesses > 0) {
		Sleep(1);
		QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &basic, sizeof basic, NULL);
	}
	say("active", basic.ActiveProcesses);
	end(&pi);
	CloseHandle(job);
}

int main(int argc, char **argv)
{
	PROCESS_INFORMATION pi;
	if (argc == 2 && strcmp(argv[1], "exit") == 0)
		return 3;
	if (argc == 2 && strcmp(argv[1], "breakaway") == 0) {
		if (start("exit", NULL, CREATE_BREAKAWAY_FROM_JOB, &pi) == NULL)
			return (int)GetLastError();
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "own") == 0) {
		JOBOBJECT_EXTENDED_LIMIT_INFORMATION l;
		HANDLE job = CreateJobObjectA(NULL, argv[2]);
		quiet = TRUE;
		memset(&l, 0, sizeof l);
		l.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
		if (!SetInformationJobObject(job, JobObjectExtendedLimitInformation, &l, sizeof l))
			return (int)GetLastError();
		start("stay", job, 0, &pi);
		Sleep(600000);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "tree") == 0)
		start("stay", NULL, 0, &pi);
	if (argc == 2) {
		Sleep(600000);
		return 0;
	}
	names();
	members();
	limits();
	ports();
	trees();
	closes();
	return failures != 0;
}
