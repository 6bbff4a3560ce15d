/* A program as Windows' are written: it must compile without a warning. */
#include <windows.h>
#include <tchar.h>
#include <stdio.h>
#include <strsafe.h>
#include <tlhelp32.h>

static void report(LPCTSTR what)
{
    LPTSTR text = NULL;
    DWORD code = GetLastError();
    FormatMessage(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code,
                  MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT), (LPTSTR)&text, 0, NULL);
    TCHAR line[256];
    StringCchPrintf(line, ARRAYSIZE(line), TEXT("%s failed (%u): %s"), what, (UINT)code, text);
    MessageBox(NULL, line, TEXT("Error"), MB_OK);
    LocalFree(text);
    printf("%d %x\n", (int)GetLastError(), (unsigned)min(code, (DWORD)10));
}

int run(TCHAR *commandLine)
{
    SECURITY_ATTRIBUTES attributes = {sizeof(SECURITY_ATTRIBUTES), NULL, TRUE};
    HANDLE reading, writing, both[2];
    STARTUPINFOEX startup;
    PROCESS_INFORMATION process;
    SIZE_T size = 0;
    DWORD count, code;
    CHAR buffer[4096];
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
    ZeroMemory(&startup, sizeof(startup));
    ZeroMemory(&process, sizeof(process));
    if (!CreatePipe(&reading, &writing, &attributes, 0) || !SetHandleInformation(reading, HANDLE_FLAG_INHERIT, 0))
        report(TEXT("CreatePipe"));
    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    startup.lpAttributeList = (LPPROC_THREAD_ATTRIBUTE_LIST)HeapAlloc(GetProcessHeap(), 0, size);
    InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &size);
    UpdateProcThreadAttribute(startup.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, &writing, sizeof(writing), NULL, NULL);
    startup.StartupInfo.cb = sizeof(startup);
    startup.StartupInfo.hStdOutput = writing;
    startup.StartupInfo.dwFlags |= STARTF_USESTDHANDLES;
    if (!CreateProcess(NULL, commandLine, NULL, NULL, TRUE, CREATE_SUSPENDED | EXTENDED_STARTUPINFO_PRESENT | CREATE_NO_WINDOW, NULL, NULL,
                       &startup.StartupInfo, &process)) {
        report(TEXT("CreateProcess"));
        return 1;
    }
    HANDLE job = CreateJobObject(NULL, NULL);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits));
    AssignProcessToJobObject(job, process.hProcess);
    ResumeThread(process.hThread);
    CloseHandle(writing);
    while (ReadFile(reading, buffer, sizeof(buffer), &count, NULL) && count != 0)
        WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), buffer, count, &count, NULL);
    both[0] = process.hProcess;
    both[1] = process.hThread;
    if (WaitForMultipleObjects(2, both, TRUE, INFINITE) == WAIT_FAILED || !GetExitCodeProcess(process.hProcess, &code))
        report(TEXT("WaitForMultipleObjects"));
    PROCESSENTRY32 entry;
    entry.dwSize = sizeof(PROCESSENTRY32);
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (snapshot != INVALID_HANDLE_VALUE)
        for (BOOL more = Process32First(snapshot, &entry); more; more = Process32Next(snapshot, &entry))
            if (_tcsicmp(entry.szExeFile, _T("init")) == 0)
                printf("%u\n", entry.th32ProcessID);
    CloseHandle(snapshot);
    return (int)code;
}
