/* What programs ask about the system and their files before they begin. */
#include <windows.h>
#include <tchar.h>
#include <stdio.h>
#include <stdlib.h>

int _tmain(int argc, TCHAR *argv[])
{
    TCHAR path[MAX_PATH], other[MAX_PATH];
    LPTSTR file = NULL;
    SYSTEM_INFO si;
    BOOL wow = TRUE;
    (void)argc;
    (void)argv;
    GetSystemInfo(&si);
    _tprintf(_T("processors: %d\n"), si.dwNumberOfProcessors > 0 && GetActiveProcessorCount(ALL_PROCESSOR_GROUPS) >= si.dwNumberOfProcessors);
    _tprintf(_T("wow64: %d"), IsWow64Process(GetCurrentProcess(), &wow));
    _tprintf(_T(" %d\n"), wow);
    _tprintf(_T("temp: %d\n"), GetTempPath(MAX_PATH, path) > 0 && GetTempFileName(path, _T("cp"), 0, other) != 0);
    _tprintf(_T("attributes: %d\n"), GetFileAttributes(other) != INVALID_FILE_ATTRIBUTES);
    WIN32_FILE_ATTRIBUTE_DATA data;
    _tprintf(_T("attributes, extended: %d"), GetFileAttributesEx(other, GetFileExInfoStandard, &data));
    _tprintf(_T(", size %lu\n"), data.nFileSizeLow);
    _tprintf(_T("delete: %d\n"), DeleteFile(other));
    _tprintf(_T("full path: %d"), GetFullPathName(_T("x.txt"), MAX_PATH, path, &file) > 0);
    _tprintf(_T(" %s\n"), file);
    GetCurrentDirectory(MAX_PATH, other);
    CloseHandle(CreateFile(_T("found.txt"), GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL));
    _tprintf(_T("search: %d"), SearchPath(other, _T("found.txt"), NULL, MAX_PATH, path, &file) > 0);
    _tprintf(_T(" %s\n"), file);
    _tprintf(_T("search, with an extension: %d\n"), SearchPath(other, _T("found"), _T(".txt"), MAX_PATH, path, &file) > 0);
    SetLastError(0);
    _tprintf(_T("search, nothing: %lu"), SearchPath(other, _T("nothing.txt"), NULL, MAX_PATH, path, &file));
    _tprintf(_T(" %lu\n"), GetLastError());
    DeleteFile(_T("found.txt"));
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    UINT code = WinExec("no-such-program-anywhere.exe", SW_SHOW);
    _tprintf(_T("WinExec: %u\n"), code);
    return 0;
}
