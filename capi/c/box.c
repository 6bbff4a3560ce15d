/* What has to do with windows, where there are none. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

int WINAPI MessageBoxA(HWND owner, LPCSTR text, LPCSTR caption, UINT type)
{
    (void)owner;
    if ((type & 0xf) != MB_OK) {
        SetLastError(ERROR_NOT_SUPPORTED);
        return 0;
    }
    fprintf(stderr, "%s: %s\n", caption ? caption : "Error", text ? text : "");
    return IDOK;
}

int WINAPI MessageBoxW(HWND owner, LPCWSTR text, LPCWSTR caption, UINT type)
{
    char *t = text ? createprocess_new_narrow(text) : NULL, *c = caption ? createprocess_new_narrow(caption) : NULL;
    int answer = MessageBoxA(owner, t, c, type);
    free(t);
    free(c);
    return answer;
}

/* As for a console program on Windows: no process has a queue of messages. */
DWORD WINAPI WaitForInputIdle(HANDLE process, DWORD milliseconds)
{
    (void)process, (void)milliseconds;
    SetLastError(ERROR_NOT_GUI_PROCESS);
    return WAIT_FAILED;
}
