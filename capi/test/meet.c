/* Inherited handles and names of several programs, by nothing but Win32: what it
 * prints must be the same from Windows' functions, which mingw-w64 and Wine have,
 * and from libcreateprocess. It is its own child. */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(const char *what, DWORD value)
{
	printf("%s: %lu\n", what, (unsigned long)value);
	fflush(stdout);
}

static void say_result(const char *what, BOOL ok) { say(what, ok ? 0 : GetLastError()); }

static PROCESS_INFORMATION start_with(BOOL inherit, LPPROC_THREAD_ATTRIBUTE_LIST list, const char *arguments)
{
	static char self[4096], line[8192];
	STARTUPINFOEXA si;
	PROCESS_INFORMATION pi;
	memset(&si, 0, sizeof si);
	si.StartupInfo.cb = list != NULL ? sizeof si : sizeof si.StartupInfo;
	si.lpAttributeList = list;
	GetModuleFileNameA(NULL, self, sizeof self);
	snprintf(line, sizeof line, "\"%s\" %s", self, arguments);
	if (!CreateProcessA(self, line, NULL, NULL, inherit, list != NULL ? EXTENDED_STARTUPINFO_PRESENT : 0, NULL, NULL, &si.StartupInfo, &pi)) {
		say("CreateProcess", GetLastError());
		exit(1);
	}
	return pi;
}

static PROCESS_INFORMATION start(const char *what, HANDLE a, HANDLE b)
{
	char arguments[256];
	snprintf(arguments, sizeof arguments, "%s %lu %lu", what, (unsigned long)(ULONG_PTR)a, (unsigned long)(ULONG_PTR)b);
	return start_with(TRUE, NULL, arguments);
}

static void finish(const char *what, PROCESS_INFORMATION pi)
{
	DWORD code = 0;
	WaitForSingleObject(pi.hProcess, 30000);
	GetExitCodeProcess(pi.hProcess, &code);
	say(what, code);
	CloseHandle(pi.hProcess);
	CloseHandle(pi.hThread);
}

static void end(PROCESS_INFORMATION pi)
{
	TerminateProcess(pi.hProcess, 1);
	WaitForSingleObject(pi.hProcess, 30000);
	CloseHandle(pi.hProcess);
	CloseHandle(pi.hThread);
}

/* What a wait answers, of an object of another program's as well. */
static void say_wait(const char *what, HANDLE h, DWORD ms)
{
	DWORD result = WaitForSingleObject(h, ms);
	say(what, result == WAIT_FAILED ? 10000 + GetLastError() : result);
}

static DWORD WINAPI own(LPVOID h) { return WaitForSingleObject(h, 30000); }

static int child(char **argv)
{
	const char *what = argv[1];
	HANDLE a = (HANDLE)(ULONG_PTR)strtoul(argv[2], NULL, 10), b = (HANDLE)(ULONG_PTR)strtoul(argv[3], NULL, 10), h;
	DWORD code = 0, flags = 0;
	if (strcmp(what, "set") == 0) {
		say_result(" SetEvent", SetEvent(a));
		say_result(" the other one", SetEvent(b));
		say_result(" GetHandleInformation", GetHandleInformation(a, &flags));
		say(" flags", flags);
		return 7;
	}
	if (strcmp(what, "grandchild") == 0) {
		finish(" grandchild", start("set", a, b));
		return 8;
	}
	if (strcmp(what, "process") == 0) {
		say_wait(" process", a, 0);
		say_wait(" thread", b, 0);
		say(" identifiers", GetProcessId(a) != 0 && GetProcessId(a) == GetProcessIdOfThread(b));
		say_result(" exit code", GetExitCodeProcess(a, &code));
		say(" is", code);
		say_result(" TerminateProcess", TerminateProcess(a, 70000));
		say_wait(" then", a, 30000);
		say_wait(" its thread then", b, 30000);
		say_result(" exit code then", GetExitCodeProcess(a, &code));
		say(" is then", code);
		return 9;
	}
	if (strcmp(what, "limited") == 0) {
		say_wait(" limited", a, 0);
		say_result(" TerminateProcess, limited", TerminateProcess(a, 1));
		say_result(" GetPriorityClass, limited", GetPriorityClass(a) != 0);
		say_result(" SetEvent, limited", SetEvent(b));
		say_wait(" event, limited", b, 0);
		return 10;
	}
	if (strcmp(what, "semaphore") == 0) {
		LONG previous = 0;
		say_wait(" semaphore", a, 0);
		say_wait(" semaphore again", a, 0);
		say_result(" ReleaseSemaphore", ReleaseSemaphore(a, 2, &previous));
		say(" before", (DWORD)previous);
		say_result(" ReleaseSemaphore, too many", ReleaseSemaphore(a, 100, NULL));
		say_result(" ReleaseMutex", ReleaseMutex(b));
		say_wait(" mutex", b, 0);
		return 11;
	}
	if (strcmp(what, "own") == 0) {
		say_wait(" own", a, 30000);
		SetEvent(b);
		Sleep(60000);
	}
	if (strcmp(what, "own-and-close") == 0) {
		say_wait(" own", a, 30000);
		CloseHandle(a);
		SetEvent(b);
		Sleep(60000);
	}
	if (strcmp(what, "own-and-exit") == 0) {
		say_wait(" own", a, 30000);
		SetEvent(b);
		return 12;
	}
	if (strcmp(what, "own-by-thread") == 0) {
		h = CreateThread(NULL, 0, own, a, 0, NULL);
		WaitForSingleObject(h, 30000);
		SetEvent(b);
		Sleep(60000);
	}
	if (strcmp(what, "names") == 0) {
		SetLastError(5);
		h = CreateEventA(NULL, FALSE, TRUE, "meet event");
		say(" CreateEvent", GetLastError());
		say_wait(" it is as it was", h, 0);
		say_result(" SetEvent", SetEvent(h));
		h = OpenEventA(SYNCHRONIZE, FALSE, "meet event");
		say_result(" OpenEvent", h != NULL);
		say_result(" SetEvent by what may wait", SetEvent(h));
		say_result(" OpenEvent, another case", OpenEventA(SYNCHRONIZE, FALSE, "Meet event") != NULL);
		say_result(" OpenEvent, Local", OpenEventA(SYNCHRONIZE, FALSE, "Local\\meet event") != NULL);
		say_result(" OpenEvent, Global", OpenEventA(SYNCHRONIZE, FALSE, "Global\\meet event") != NULL);
		say_result(" OpenEvent, a backslash", OpenEventA(SYNCHRONIZE, FALSE, "Global\\a\\b") != NULL);
		say_result(" OpenMutex of an event", OpenMutexA(SYNCHRONIZE, FALSE, "meet event") != NULL);
		say_result(" CreateMutex of an event", CreateMutexA(NULL, FALSE, "meet event") != NULL);
		say_result(" CreateSemaphore of a mutex", CreateSemaphoreA(NULL, 1, 1, "meet mutex") != NULL);
		SetLastError(5);
		h = CreateMutexA(NULL, TRUE, "meet mutex");
		say(" CreateMutex, owned", GetLastError());
		say_wait(" it is its creator's", h, 0);
		say_result(" ReleaseMutex", ReleaseMutex(h));
		h = OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, "Global\\meet semaphore");
		say_result(" OpenSemaphore", h != NULL);
		say_wait(" semaphore", h, 0);
		say_wait(" semaphore again", h, 0);
		return 13;
	}
	if (strcmp(what, "keep") == 0) {
		h = CreateEventA(NULL, TRUE, FALSE, "meet kept");
		SetEvent(b);
		Sleep(60000);
	}
	return 99;
}

static void inherit(void)
{
	SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
	HANDLE yes = CreateEventA(&inheritable, TRUE, FALSE, NULL), no = CreateEventA(NULL, TRUE, FALSE, NULL), limited, event, any[2];
	HANDLE semaphore = CreateSemaphoreA(&inheritable, 1, 3, NULL), mutex = CreateMutexA(&inheritable, TRUE, NULL), list[1];
	union {
		char bytes[4096];
		void *align;
	} memory;
	LPPROC_THREAD_ATTRIBUTE_LIST attributes = (LPPROC_THREAD_ATTRIBUTE_LIST)memory.bytes;
	SIZE_T size = sizeof memory;
	char arguments[256];
	PROCESS_INFORMATION pi, other;
	DWORD set;

	pi = start("set", yes, no);
	any[0] = no, any[1] = yes;
	set = WaitForMultipleObjects(2, any, FALSE, 30000);
	finish("child", pi);
	say("set by the child", set);
	ResetEvent(yes);
	finish("a grandchild's creator", start("grandchild", yes, no));
	say_wait("set by the grandchild", yes, 0);
	SetHandleInformation(no, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
	ResetEvent(yes);
	list[0] = yes;
	say_result("InitializeProcThreadAttributeList", InitializeProcThreadAttributeList(attributes, 1, 0, &size));
	say_result("UpdateProcThreadAttribute", UpdateProcThreadAttribute(attributes, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, list, sizeof list, NULL, NULL));
	snprintf(arguments, sizeof arguments, "set %lu %lu", (unsigned long)(ULONG_PTR)yes, (unsigned long)(ULONG_PTR)no);
	finish("with a list", start_with(TRUE, attributes, arguments));
	say_wait("set, with a list", yes, 0);
	say_wait("not in the list", no, 0);
	DeleteProcThreadAttributeList(attributes);
	finish("nothing is inherited", start_with(FALSE, NULL, arguments));

	finish("semaphore and mutex", start("semaphore", semaphore, mutex));
	say_wait("the child's release", semaphore, 0);
	say_wait("the child's second release", semaphore, 0);
	say_wait("the child's third", semaphore, 0);
	say_result("ReleaseMutex", ReleaseMutex(mutex));

	other = start("own", CreateEventA(&inheritable, TRUE, FALSE, NULL), NULL);
	SetHandleInformation(other.hProcess, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
	SetHandleInformation(other.hThread, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
	DuplicateHandle(GetCurrentProcess(), other.hProcess, GetCurrentProcess(), &limited, SYNCHRONIZE, TRUE, 0);
	DuplicateHandle(GetCurrentProcess(), yes, GetCurrentProcess(), &event, SYNCHRONIZE, TRUE, 0);
	finish("limited handles", start("limited", limited, event));
	finish("another process", start("process", other.hProcess, other.hThread));
	end(other);

	/* A mutex whose owner ends, in one way or another. */
	event = CreateEventA(&inheritable, FALSE, FALSE, NULL);
	pi = start("own", mutex, event);
	WaitForSingleObject(event, 30000);
	say_wait("owned by a child", mutex, 0);
	say_result("ReleaseMutex, not owned", ReleaseMutex(mutex));
	end(pi);
	say_wait("its owner is terminated", mutex, 30000);
	say_wait("again", mutex, 0);
	ReleaseMutex(mutex);
	ReleaseMutex(mutex);
	finish("an owner that ends", start("own-and-exit", mutex, event));
	any[0] = event, any[1] = mutex;
	say("both", WaitForMultipleObjects(2, any, TRUE, 30000));
	ReleaseMutex(mutex);
	pi = start("own-by-thread", mutex, event);
	WaitForSingleObject(event, 30000);
	say_wait("a thread of its has ended", mutex, 30000);
	end(pi);
	ReleaseMutex(mutex);
	pi = start("own-and-close", mutex, event);
	WaitForSingleObject(event, 30000);
	say_wait("its handle is closed", mutex, 0);
	end(pi);
	say_wait("its handle was closed, it has ended", mutex, 30000);
	ReleaseMutex(mutex);
}

static void names(void)
{
	SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
	HANDLE event = CreateEventA(NULL, TRUE, FALSE, "meet event"), mutex = CreateMutexA(NULL, TRUE, "meet mutex"), h;
	HANDLE semaphore = CreateSemaphoreA(NULL, 1, 1, "Global\\meet semaphore"), ready = CreateEventA(&inheritable, FALSE, FALSE, NULL);
	PROCESS_INFORMATION pi;
	say_result("named", event != NULL && mutex != NULL && semaphore != NULL);
	finish("names", start("names", NULL, NULL));
	say_wait("set by its name", event, 0);
	say_wait("taken by its name", semaphore, 0);
	CloseHandle(event);
	h = OpenEventA(SYNCHRONIZE, FALSE, "meet event");
	say_result("the last handle is closed", h != NULL);
	pi = start("keep", NULL, ready);
	WaitForSingleObject(ready, 30000);
	h = OpenEventA(SYNCHRONIZE, FALSE, "meet kept");
	say_result("a child's", h != NULL);
	end(pi);
	event = OpenEventA(SYNCHRONIZE, FALSE, "meet kept");
	say_result("it is terminated, and another has it", event != NULL);
	CloseHandle(h);
	CloseHandle(event);
	event = OpenEventA(SYNCHRONIZE, FALSE, "meet kept");
	say_result("nobody has it", event != NULL);
	pi = start("keep", NULL, ready);
	WaitForSingleObject(ready, 30000);
	end(pi);
	event = OpenEventA(SYNCHRONIZE, FALSE, "meet kept");
	say_result("its only program is terminated", event != NULL);
}

int main(int argc, char **argv)
{
	if (argc == 4)
		return child(argv);
	inherit();
	names();
	return 0;
}
