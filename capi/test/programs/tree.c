/* Ends a process and all its descendants, found by a snapshot. */
#include <windows.h>
#include <tlhelp32.h>
#include <tchar.h>
#include <stdio.h>
#include <stdlib.h>

static TCHAR module[MAX_PATH];

static BOOL Start(LPCTSTR arguments, PROCESS_INFORMATION *pi)
{
    STARTUPINFO si;
    TCHAR line[MAX_PATH * 2];
    ZeroMemory(&si, sizeof(si));
    si.cb = sizeof(si);
    _stprintf_s(line, _countof(line), _T("\"%s\" %s"), module, arguments);
    return CreateProcess(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &si, pi);
}

static int EndTree(DWORD root, UINT code)
{
    int ended = 0;
    PROCESSENTRY32 entry = {0};
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (snapshot == INVALID_HANDLE_VALUE)
        return -1;
    entry.dwSize = sizeof(PROCESSENTRY32);
    if (Process32First(snapshot, &entry)) {
        do {
            if (entry.th32ParentProcessID == root && entry.th32ProcessID != root)
                ended += EndTree(entry.th32ProcessID, code);
        } while (Process32Next(snapshot, &entry));
    }
    CloseHandle(snapshot);
    HANDLE process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, root);
    if (process != NULL) {
        if (TerminateProcess(process, code) && WaitForSingleObject(process, 10000) == WAIT_OBJECT_0)
            ended++;
        CloseHandle(process);
    }
    return ended;
}

int _tmain(int argc, TCHAR *argv[])
{
    PROCESS_INFORMATION pi;
    DWORD written, code = 0;
    GetModuleFileName(NULL, module, MAX_PATH);
    if (argc == 2) {
        int depth = _ttoi(argv[1]);
        TCHAR next[16];
        if (depth > 0 && Start(_itot(depth - 1, next, 10), &pi)) {
            CloseHandle(pi.hThread);
            CloseHandle(pi.hProcess);
        }
        if (depth == 0)
            WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), "r", 1, &written, NULL);
        Sleep(60000);
        return 0;
    }
    SECURITY_ATTRIBUTES sa = {sizeof(SECURITY_ATTRIBUTES), NULL, TRUE};
    HANDLE in, out, own = GetStdHandle(STD_OUTPUT_HANDLE);
    char c;
    CreatePipe(&in, &out, &sa, 0);
    SetStdHandle(STD_OUTPUT_HANDLE, out);
    if (!Start(_T("3"), &pi))
        return 1;
    SetStdHandle(STD_OUTPUT_HANDLE, own);
    CloseHandle(out);
    ReadFile(in, &c, 1, &written, NULL);
    _tprintf(_T("ready: %c\n"), c);
    _tprintf(_T("ended: %d\n"), EndTree(pi.dwProcessId, 17));
    _tprintf(_T("wait: %lu\n"), WaitForSingleObject(pi.hProcess, 10000));
    GetExitCodeProcess(pi.hProcess, &code);
    _tprintf(_T("exit code: %lu\n"), code);
    /* Nobody has the pipe any more. */
    BOOL ok = ReadFile(in, &c, 1, &written, NULL);
    _tprintf(_T("read: %d %lu\n"), ok, GetLastError());
    CloseHandle(pi.hThread);
    CloseHandle(pi.hProcess);
    CloseHandle(in);
    return 0;
}
