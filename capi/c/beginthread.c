/* _beginthreadex and its kin, over CreateThread. */
#include "internal.h"
#include <process.h>

#include <stdlib.h>

uintptr_t _beginthreadex(void *security, unsigned stack, _beginthreadex_proc_type start, void *argument, unsigned flags, unsigned *id)
{
    return (uintptr_t)CreateThread(security, stack, start, argument, flags, id);
}

void _endthreadex(unsigned code) { ExitThread(code); }

struct simple {
    _beginthread_proc_type start;
    void *argument;
};

static DWORD WINAPI run(LPVOID parameter)
{
    struct simple s = *(struct simple *)parameter;
    free(parameter);
    s.start(s.argument);
    return 0;
}

/* Its handle is closed when the thread ends, so nobody may use it after that: as
 * the thread itself holds what it needs, it is closed at once. */
uintptr_t _beginthread(_beginthread_proc_type start, unsigned stack, void *argument)
{
    struct simple *s = malloc(sizeof *s);
    if (s == NULL)
        return (uintptr_t)-1;
    *s = (struct simple){start, argument};
    HANDLE h = CreateThread(NULL, stack, run, s, 0, NULL);
    if (h == NULL) {
        free(s);
        return (uintptr_t)-1;
    }
    CloseHandle(h);
    return (uintptr_t)h;
}

void _endthread(void) { ExitThread(0); }
