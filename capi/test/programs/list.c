/* STARTUPINFOEX: a list of the handles that the child inherits. */
#include <windows.h>
#include <tchar.h>
#include <stdio.h>
#include <stdlib.h>

int _tmain(int argc, LPTSTR *argv)
{
    if (argc == 3) {
        HANDLE listed = (HANDLE)(UINT_PTR)_tcstoui64(argv[1], NULL, 16);
        HANDLE other = (HANDLE)(UINT_PTR)_tcstoui64(argv[2], NULL, 16);
        DWORD n;
        BOOL ok = WriteFile(listed, "by value", 8, &n, NULL);
        return (ok ? 1 : 0) | (WriteFile(other, "x", 1, &n, NULL) ? 2 : 0);
    }
    SECURITY_ATTRIBUTES sa = {sizeof sa, NULL, TRUE};
    HANDLE r1, w1, r2, w2;
    if (!CreatePipe(&r1, &w1, &sa, 0) || !CreatePipe(&r2, &w2, &sa, 0))
        return 1;
    SIZE_T size = 0;
    BOOL ok = InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    _tprintf(_T("size: %d %lu %d\n"), ok, GetLastError(), size > 0);
    STARTUPINFOEX si;
    ZeroMemory(&si, sizeof si);
    si.StartupInfo.cb = sizeof si;
    si.lpAttributeList = (LPPROC_THREAD_ATTRIBUTE_LIST)LocalAlloc(LPTR, size);
    ok = InitializeProcThreadAttributeList(si.lpAttributeList, 1, 0, &size);
    _tprintf(_T("initialize: %d\n"), ok);
    HANDLE list[] = {w1};
    ok = UpdateProcThreadAttribute(si.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, list, sizeof list, NULL, NULL);
    _tprintf(_T("update: %d\n"), ok);
    TCHAR module[MAX_PATH], line[MAX_PATH * 2];
    GetModuleFileName(NULL, module, MAX_PATH);
    _sntprintf_s(line, _countof(line), _TRUNCATE, _T("\"%s\" %Ix %Ix"), module, (UINT_PTR)w1, (UINT_PTR)w2);
    PROCESS_INFORMATION pi;
    ok = CreateProcess(module, line, NULL, NULL, TRUE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL, &si.StartupInfo, &pi);
    _tprintf(_T("create: %d\n"), ok);
    if (!ok)
        return 1;
    DeleteProcThreadAttributeList(si.lpAttributeList);
    LocalFree(si.lpAttributeList);
    CloseHandle(w1);
    CloseHandle(w2);
    char text[32];
    DWORD n = 0, code;
    ReadFile(r1, text, sizeof text, &n, NULL);
    printf("read: %.*s\n", (int)n, text);
    WaitForSingleObject(pi.hProcess, INFINITE);
    GetExitCodeProcess(pi.hProcess, &code);
    _tprintf(_T("child: %lu\n"), code);
    ok = ReadFile(r2, text, sizeof text, &n, NULL);
    _tprintf(_T("the other pipe: %d %lu\n"), ok, GetLastError());
    return 0;
}
