/* A console control handler, and a program that sends the event. */
#include <windows.h>
#include <tchar.h>
#include <stdio.h>

static HANDLE g_hStop;
static volatile LONG g_events;

static BOOL WINAPI HandlerRoutine(DWORD dwCtrlType)
{
    switch (dwCtrlType) {
    case CTRL_C_EVENT:
    case CTRL_BREAK_EVENT:
        InterlockedIncrement(&g_events);
        SetEvent(g_hStop);
        return TRUE;
    case CTRL_CLOSE_EVENT:
    case CTRL_LOGOFF_EVENT:
    case CTRL_SHUTDOWN_EVENT:
    default:
        return FALSE;
    }
}

static int Service(void)
{
    DWORD written;
    g_hStop = CreateEvent(NULL, FALSE, FALSE, NULL);
    if (!SetConsoleCtrlHandler(HandlerRoutine, TRUE))
        return 1;
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), "+", 1, &written, NULL);
    if (WaitForSingleObject(g_hStop, 10000) != WAIT_OBJECT_0)
        return 2;
    if (!SetConsoleCtrlHandler(HandlerRoutine, FALSE))
        return 3;
    if (SetConsoleCtrlHandler(HandlerRoutine, FALSE))
        return 4;
    CloseHandle(g_hStop);
    return 40 + (int)g_events;
}

int _tmain(int argc, TCHAR *argv[])
{
    STARTUPINFO si = {0};
    PROCESS_INFORMATION pi = {0};
    SECURITY_ATTRIBUTES sa = {0};
    HANDLE hRead, hWrite;
    TCHAR szPath[MAX_PATH], szLine[MAX_PATH + 20];
    CHAR c = 0;
    DWORD n, code;
    if (argc > 1 && _tcsicmp(argv[1], _T("/service")) == 0)
        return Service();
    sa.nLength = sizeof(sa);
    sa.bInheritHandle = TRUE;
    CreatePipe(&hRead, &hWrite, &sa, 4096);
    si.cb = sizeof(si);
    si.dwFlags = STARTF_USESTDHANDLES;
    si.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    si.hStdOutput = hWrite;
    si.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    GetModuleFileName(NULL, szPath, MAX_PATH);
    _stprintf_s(szLine, MAX_PATH + 20, _T("\"%s\" /service"), szPath);
    if (!CreateProcess(szPath, szLine, NULL, NULL, TRUE, CREATE_NEW_PROCESS_GROUP, NULL, NULL, &si, &pi))
        return 1;
    CloseHandle(hWrite);
    ReadFile(hRead, &c, 1, &n, NULL);
    _tprintf(_T("ready: %c\n"), c);
    _tprintf(_T("break: %d\n"), GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, pi.dwProcessId));
    _tprintf(_T("wait: %lu\n"), WaitForSingleObject(pi.hProcess, 15000));
    GetExitCodeProcess(pi.hProcess, &code);
    _tprintf(_T("exit code: %lu\n"), code);
    CloseHandle(hRead);
    CloseHandle(pi.hProcess);
    CloseHandle(pi.hThread);
    return 0;
}
