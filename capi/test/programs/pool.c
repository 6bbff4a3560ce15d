/* Many children at once, as many as there may be, each replaced when it ends. */
#include <windows.h>
#include <tchar.h>
#include <stdio.h>
#include <stdlib.h>

#define JOBS 40
#define AT_ONCE 7

int _tmain(int argc, LPTSTR argv[])
{
    if (argc == 3 && !lstrcmpi(argv[1], TEXT("JOB"))) {
        int n = _tstoi(argv[2]);
        Sleep((n * 7) % 20);
        return n;
    }
    HANDLE running[AT_ONCE];
    DWORD jobOf[AT_ONCE];
    BOOL done[JOBS] = {FALSE};
    DWORD next = 0, count = 0, finished = 0, sum = 0;
    TCHAR module[MAX_PATH];
    GetModuleFileName(NULL, module, MAX_PATH);
    while (finished < JOBS) {
        while (count < AT_ONCE && next < JOBS) {
            STARTUPINFO si = {0};
            PROCESS_INFORMATION pi = {0};
            TCHAR line[MAX_PATH + 32];
            si.cb = sizeof si;
            wsprintf(line, TEXT("\"%s\" job %u"), module, next);
            if (!CreateProcess(module, line, NULL, NULL, FALSE, 0, NULL, NULL, &si, &pi)) {
                _tprintf(TEXT("CreateProcess %lu: %lu\n"), next, GetLastError());
                return 1;
            }
            CloseHandle(pi.hThread);
            running[count] = pi.hProcess;
            jobOf[count++] = next++;
        }
        DWORD which = WaitForMultipleObjectsEx(count, running, FALSE, 30000, FALSE);
        if (which == WAIT_TIMEOUT || which == WAIT_FAILED) {
            _tprintf(TEXT("wait: %lu %lu\n"), which, GetLastError());
            return 1;
        }
        which -= WAIT_OBJECT_0;
        DWORD code = 0;
        GetExitCodeProcess(running[which], &code);
        if (code != jobOf[which])
            _tprintf(TEXT("job %lu: exit code %lu\n"), jobOf[which], code);
        done[jobOf[which]] = TRUE;
        sum += code;
        finished++;
        CloseHandle(running[which]);
        MoveMemory(&running[which], &running[which + 1], (count - which - 1) * sizeof running[0]);
        MoveMemory(&jobOf[which], &jobOf[which + 1], (count - which - 1) * sizeof jobOf[0]);
        count--;
    }
    for (DWORD i = 0; i < JOBS; i++)
        if (!done[i])
            _tprintf(TEXT("job %lu has not been done\n"), i);
    _tprintf(TEXT("%lu jobs, sum %lu\n"), finished, sum);
    return 0;
}
