/* A launcher: the child's output through a pipe, read by a thread of its own. */
#include <windows.h>
#include <tchar.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_SIZE 512

typedef struct _READER {
    HANDLE hPipe;
    CRITICAL_SECTION lock;
    DWORD dwBytes;
    int nLines;
} READER, *PREADER;

static unsigned __stdcall ReaderThread(void *context)
{
    PREADER reader = (PREADER)context;
    CHAR buffer[BUFFER_SIZE];
    DWORD read;
    while (ReadFile(reader->hPipe, buffer, sizeof(buffer), &read, NULL) && read > 0) {
        EnterCriticalSection(&reader->lock);
        for (DWORD i = 0; i < read; i++) {
            if (buffer[i] == '\n')
                reader->nLines++;
            if (buffer[i] != '\r')
                reader->dwBytes++;
        }
        LeaveCriticalSection(&reader->lock);
    }
    DWORD error = GetLastError();
    _endthreadex(error == ERROR_BROKEN_PIPE ? 0 : error);
    return 0;
}

int _tmain(int argc, TCHAR *argv[])
{
    if (argc == 3 && _tcscmp(argv[1], _T("print")) == 0) {
        int n = _ttoi(argv[2]);
        for (int i = 0; i < n; i++)
            printf("%06d\n", i);
        return n % 200;
    }

    static const int counts[] = {0, 1, 10, 5000};
    TCHAR szModule[MAX_PATH], szCommand[2 * MAX_PATH];
    if (!GetModuleFileName(NULL, szModule, _countof(szModule)))
        return EXIT_FAILURE;
    for (size_t i = 0; i < _countof(counts); i++) {
        SECURITY_ATTRIBUTES sa = {sizeof(sa), NULL, TRUE};
        STARTUPINFO si;
        PROCESS_INFORMATION pi;
        HANDLE hRead = NULL, hWrite = NULL;
        READER reader;
        unsigned id = 0;
        DWORD code = 0, readerCode = 0;

        ZeroMemory(&reader, sizeof(reader));
        ZeroMemory(&si, sizeof(si));
        ZeroMemory(&pi, sizeof(pi));
        if (!CreatePipe(&hRead, &hWrite, &sa, 0) || !SetHandleInformation(hRead, HANDLE_FLAG_INHERIT, 0)) {
            _ftprintf(stderr, _T("CreatePipe: %lu\n"), GetLastError());
            return EXIT_FAILURE;
        }
        si.cb = sizeof(si);
        si.dwFlags = STARTF_USESTDHANDLES | STARTF_USESHOWWINDOW;
        si.wShowWindow = SW_HIDE;
        si.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
        si.hStdOutput = hWrite;
        si.hStdError = GetStdHandle(STD_ERROR_HANDLE);
        _sntprintf(szCommand, _countof(szCommand), _T("\"%s\" print %d"), szModule, counts[i]);
        InitializeCriticalSection(&reader.lock);
        reader.hPipe = hRead;
        HANDLE hThread = (HANDLE)_beginthreadex(NULL, 0, ReaderThread, &reader, CREATE_SUSPENDED, &id);
        if (!CreateProcess(NULL, szCommand, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &si, &pi)) {
            _ftprintf(stderr, _T("CreateProcess: %lu\n"), GetLastError());
            return EXIT_FAILURE;
        }
        CloseHandle(hWrite);
        ResumeThread(hThread);
        HANDLE both[2] = {pi.hProcess, hThread};
        DWORD result = WaitForMultipleObjects(2, both, TRUE, 60 * 1000);
        GetExitCodeProcess(pi.hProcess, &code);
        GetExitCodeThread(hThread, &readerCode);
        _tprintf(_T("%d: wait %lu, exit code %lu, reader %lu, %d lines, %lu bytes\n"), counts[i], result, code, readerCode, reader.nLines, reader.dwBytes);
        _tprintf(_T("thread id: %s\n"), id != 0 && id == GetThreadId(hThread) ? _T("yes") : _T("no"));
        CloseHandle(hThread);
        CloseHandle(pi.hThread);
        CloseHandle(pi.hProcess);
        CloseHandle(hRead);
        DeleteCriticalSection(&reader.lock);
    }
    return EXIT_SUCCESS;
}
