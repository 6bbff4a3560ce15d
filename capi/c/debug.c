/* What a program says to its debugger. Linux has no channel for it: with the
 * variable CREATEPROCESS_DEBUG_STRINGS set it goes to standard error, and else
 * nowhere, as on Windows when nobody listens. */
#include "internal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void WINAPI OutputDebugStringA(LPCSTR text)
{
    if (text && getenv("CREATEPROCESS_DEBUG_STRINGS"))
        fputs(text, stderr);
}

void WINAPI OutputDebugStringW(LPCWSTR text)
{
    char *narrow = text ? createprocess_new_narrow(text) : NULL;
    OutputDebugStringA(narrow);
    free(narrow);
}

BOOL WINAPI IsDebuggerPresent(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];
    BOOL answer = FALSE;
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "TracerPid:", 10) == 0)
            answer = atoi(line + 10) != 0;
    if (file)
        fclose(file);
    return answer;
}

void WINAPI DebugBreak(void) { raise(SIGTRAP); }
