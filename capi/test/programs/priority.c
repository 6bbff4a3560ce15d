/* Priorities, affinity and what a process has used. */
#include <windows.h>
#include <psapi.h>
#include <tchar.h>
#include <stdio.h>

static LPCTSTR ClassName(DWORD c)
{
    switch (c) {
    case IDLE_PRIORITY_CLASS: return TEXT("idle");
    case BELOW_NORMAL_PRIORITY_CLASS: return TEXT("below normal");
    case NORMAL_PRIORITY_CLASS: return TEXT("normal");
    case ABOVE_NORMAL_PRIORITY_CLASS: return TEXT("above normal");
    case HIGH_PRIORITY_CLASS: return TEXT("high");
    case REALTIME_PRIORITY_CLASS: return TEXT("realtime");
    default: return TEXT("?");
    }
}

static DWORD WINAPI Spin(LPVOID stop)
{
    ULONGLONG begin = GetTickCount64();
    while (WaitForSingleObject((HANDLE)stop, 0) == WAIT_TIMEOUT && GetTickCount64() - begin < 20000)
        ;
    return 0;
}

static ULONGLONG Ticks(FILETIME t)
{
    ULARGE_INTEGER u;
    u.LowPart = t.dwLowDateTime;
    u.HighPart = t.dwHighDateTime;
    return u.QuadPart;
}

int _tmain(int argc, TCHAR *argv[])
{
    TCHAR line[MAX_PATH + 8];
    STARTUPINFO si;
    PROCESS_INFORMATION pi;
    DWORD_PTR process, system;
    FILETIME creation, end, kernel, user;
    (void)argv;
    if (argc > 1) {
        Sleep(30000);
        return 0;
    }
    GetStartupInfo(&si);
    line[0] = TEXT('"');
    GetModuleFileName(NULL, line + 1, MAX_PATH);
    _tcscat(line, TEXT("\" child"));
    if (!CreateProcess(NULL, line, NULL, NULL, FALSE, CREATE_SUSPENDED, NULL, NULL, &si, &pi))
        return 1;
    _tprintf(TEXT("set: %d\n"), SetPriorityClass(pi.hProcess, BELOW_NORMAL_PRIORITY_CLASS));
    _tprintf(TEXT("now: %s\n"), ClassName(GetPriorityClass(pi.hProcess)));
    SetLastError(0);
    BOOL ok = SetPriorityClass(pi.hProcess, 3);
    _tprintf(TEXT("no class: %d %lu\n"), ok, GetLastError());
    _tprintf(TEXT("affinity: %d\n"), GetProcessAffinityMask(pi.hProcess, &process, &system) && process != 0 && (process & ~system) == 0);
    _tprintf(TEXT("one processor: %d\n"), SetProcessAffinityMask(pi.hProcess, process & (~process + 1)));
    SetLastError(0);
    ok = SetProcessAffinityMask(pi.hProcess, 0);
    _tprintf(TEXT("no processor: %d %lu\n"), ok, GetLastError());
    _tprintf(TEXT("resume: %lu\n"), ResumeThread(pi.hThread));
    _tprintf(TEXT("thread id: %d\n"), GetThreadId(pi.hThread) == pi.dwThreadId && GetProcessIdOfThread(pi.hThread) == pi.dwProcessId);
    TerminateProcess(pi.hProcess, 3);
    WaitForSingleObject(pi.hThread, INFINITE);
    ok = GetProcessTimes(pi.hProcess, &creation, &end, &kernel, &user);
    _tprintf(TEXT("times: %d, in order: %d\n"), ok, Ticks(end) >= Ticks(creation));
    CloseHandle(pi.hThread);
    CloseHandle(pi.hProcess);

    HANDLE stop = CreateEvent(NULL, TRUE, FALSE, NULL);
    HANDLE thread = CreateThread(NULL, 0, Spin, stop, 0, NULL);
    _tprintf(TEXT("thread priority: %d\n"), GetThreadPriority(thread));
    _tprintf(TEXT("lower: %d, "), SetThreadPriority(thread, THREAD_PRIORITY_LOWEST));
    _tprintf(TEXT("%d\n"), GetThreadPriority(thread));
    SetLastError(0);
    ok = SetThreadPriority(thread, 99);
    _tprintf(TEXT("99: %d %lu\n"), ok, GetLastError());
    _tprintf(TEXT("thread affinity: %d\n"), SetThreadAffinityMask(thread, process & (~process + 1)) != 0);
    ULONGLONG used = 0;
    for (int i = 0; i < 1000 && used == 0; i++) {
        Sleep(10);
        if (!GetThreadTimes(thread, &creation, &end, &kernel, &user)) {
            _tprintf(TEXT("GetThreadTimes: %lu\n"), GetLastError());
            break;
        }
        used = Ticks(kernel) + Ticks(user);
    }
    _tprintf(TEXT("thread has used time: %d, and not ended: %d\n"), used > 0, Ticks(end) == 0);
    SetEvent(stop);
    WaitForSingleObject(thread, INFINITE);
    ok = GetThreadTimes(thread, &creation, &end, &kernel, &user);
    _tprintf(TEXT("ended: %d, in order: %d\n"), ok, Ticks(end) >= Ticks(creation) && Ticks(creation) > 0);
    CloseHandle(thread);
    CloseHandle(stop);

    PROCESS_MEMORY_COUNTERS counters;
    ok = GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof(counters));
    _tprintf(TEXT("memory: %d %d\n"), ok, counters.PeakWorkingSetSize >= counters.WorkingSetSize && counters.WorkingSetSize > 0);
    return 0;
}
