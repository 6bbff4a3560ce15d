/* Times, registered waits that time out, thread-local storage. */
#include <windows.h>
#include <tchar.h>
#include <stdio.h>

static DWORD g_tls;
static HANDLE g_done;
static volatile LONG g_fired;

static VOID CALLBACK OnTimer(PVOID parameter, BOOLEAN timedOut)
{
    (void)parameter;
    if (timedOut && InterlockedIncrement(&g_fired) == 1)
        SetEvent(g_done);
}

static DWORD WINAPI Work(LPVOID parameter)
{
    TlsSetValue(g_tls, parameter);
    SwitchToThread();
    return TlsGetValue(g_tls) == parameter ? 0 : 1;
}

int _tmain(void)
{
    LARGE_INTEGER frequency, a, b;
    SYSTEMTIME st;
    FILETIME ft;
    ULONGLONG begin = GetTickCount64();
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&a);
    SleepEx(30, FALSE);
    QueryPerformanceCounter(&b);
    _tprintf(_T("slept: %d %d\n"), (b.QuadPart - a.QuadPart) * 1000 / frequency.QuadPart >= 29, GetTickCount64() - begin >= 10);
    GetSystemTime(&st);
    _tprintf(_T("year: %d\n"), SystemTimeToFileTime(&st, &ft) && st.wYear > 2020);

    g_done = CreateEvent(NULL, FALSE, FALSE, NULL);
    HANDLE wait = NULL, never = CreateEvent(NULL, FALSE, FALSE, NULL);
    BOOL ok = RegisterWaitForSingleObject(&wait, never, OnTimer, NULL, 5, WT_EXECUTEONLYONCE);
    _tprintf(_T("registered: %d, "), ok);
    _tprintf(_T("timed out: %lu\n"), WaitForSingleObject(g_done, 10000));
    _tprintf(_T("unregistered: %d\n"), UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));

    g_tls = TlsAlloc();
    HANDLE threads[4];
    for (INT_PTR i = 0; i < 4; i++)
        threads[i] = CreateThread(NULL, 0, Work, (LPVOID)(i + 1), 0, NULL);
    _tprintf(_T("threads: %lu\n"), WaitForMultipleObjects(4, threads, TRUE, 10000));
    for (int i = 0; i < 4; i++) {
        DWORD code;
        GetExitCodeThread(threads[i], &code);
        _tprintf(_T("%lu "), code);
        CloseHandle(threads[i]);
    }
    _tprintf(_T("\nfree: %d\n"), TlsFree(g_tls));
    return 0;
}
