/* Editing environments: the own one, and a block made for a child. */
#include <windows.h>
#include <tchar.h>
#include <strsafe.h>
#include <stdio.h>
#include <stdlib.h>

static void Show(LPCTSTR name)
{
    TCHAR value[256];
    DWORD n = GetEnvironmentVariable(name, value, ARRAYSIZE(value));
    if (n == 0 && GetLastError() == ERROR_ENVVAR_NOT_FOUND)
        _tprintf(TEXT("%s is not set\n"), name);
    else
        _tprintf(TEXT("%s=%s (%lu)\n"), name, value, n);
}

/* A copy of the own block with one variable more; HeapFree it. */
static LPTSTR BlockWith(LPCTSTR entry)
{
    LPTCH own = GetEnvironmentStrings();
    size_t size = 0;
    for (LPTCH p = own; *p; p += lstrlen(p) + 1)
        size += lstrlen(p) + 1;
    LPTSTR block = (LPTSTR)HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, (size + lstrlen(entry) + 2) * sizeof(TCHAR));
    if (block != NULL) {
        StringCchCopy(block, lstrlen(entry) + 1, entry);
        CopyMemory(block + lstrlen(entry) + 1, own, size * sizeof(TCHAR));
    }
    FreeEnvironmentStrings(own);
    return block;
}

int _tmain(int argc, TCHAR **argv)
{
    if (argc > 1) {
        for (int i = 1; i < argc; i++)
            Show(argv[i]);
        return argc;
    }
    TCHAR text[MAX_PATH], module[MAX_PATH], line[2 * MAX_PATH];
    DWORD flags = 0;
#ifdef UNICODE
    flags |= CREATE_UNICODE_ENVIRONMENT;
#endif
    SetEnvironmentVariable(TEXT("CP_COLOR"), TEXT("red"));
    SetEnvironmentVariable(TEXT("CP_EMPTY"), TEXT(""));
    Show(TEXT("CP_COLOR"));
    Show(TEXT("CP_NOTHING"));
    _tprintf(TEXT("needs %lu\n"), GetEnvironmentVariable(TEXT("CP_COLOR"), text, 2));
    _tprintf(TEXT("expands to %lu: "), ExpandEnvironmentStrings(TEXT("[%CP_COLOR%] %CP_NOTHING% 100%"), text, MAX_PATH));
    _tprintf(TEXT("%s\n"), text);
    _tputenv(TEXT("CP_CRT=by putenv"));
    LPCTSTR crt = _tgetenv(TEXT("CP_CRT"));
    _tprintf(TEXT("getenv: %s\n"), crt != NULL ? crt : TEXT("(null)"));
    GetModuleFileName(NULL, module, MAX_PATH);
    StringCbPrintf(line, sizeof line, TEXT("\"%s\" CP_COLOR CP_EXTRA CP_CRT"), module);
    fflush(stdout);
    for (int pass = 0; pass < 2; pass++) {
        STARTUPINFO si = {sizeof si};
        PROCESS_INFORMATION pi;
        LPTSTR block = pass == 0 ? NULL : BlockWith(TEXT("CP_EXTRA=one more"));
        if (!CreateProcess(module, line, NULL, NULL, FALSE, flags, block, NULL, &si, &pi)) {
            _tprintf(TEXT("CreateProcess: %lu\n"), GetLastError());
            return 1;
        }
        DWORD code;
        WaitForSingleObject(pi.hProcess, INFINITE);
        GetExitCodeProcess(pi.hProcess, &code);
        _tprintf(TEXT("child: %lu\n"), code);
        fflush(stdout);
        CloseHandle(pi.hProcess);
        CloseHandle(pi.hThread);
        if (block != NULL)
            HeapFree(GetProcessHeap(), 0, block);
    }
    return 0;
}
