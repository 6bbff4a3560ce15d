/* _beginthreadex and its kin, over CreateThread. */
#include "internal.h"
#include <process.h>

#include <stdlib.h>

uintptr_t _beginthreadex(void *security, unsigned stack, _beginthreadex_proc_type start, void *argument, unsigned flags, unsigned *id)
{
    return (uintptr_t)CreateThread(security, stack, start, argument, flags, id);
}

void _endthreadex(unsigned code) { ExitThread(code); }

/* Its handle is closed when it ends, by it. */
struct simple {
    _beginthread_proc_type start;
    void *argument;
    HANDLE handle;
};

static __thread HANDLE own;

static DWORD WINAPI run(LPVOID parameter)
{
    struct simple s = *(struct simple *)parameter;
    free(parameter);
    own = s.handle;
    s.start(s.argument);
    CloseHandle(own);
    return 0;
}

uintptr_t _beginthread(_beginthread_proc_type start, unsigned stack, void *argument)
{
    struct simple *s = malloc(sizeof *s);
    if (s == NULL)
        return (uintptr_t)-1;
    *s = (struct simple){start, argument, NULL};
    HANDLE h = CreateThread(NULL, stack, run, s, CREATE_SUSPENDED, NULL);
    if (h == NULL) {
        free(s);
        return (uintptr_t)-1;
    }
    s->handle = h;
    ResumeThread(h);
    return (uintptr_t)h;
}

void _endthread(void)
{
    if (own)
        CloseHandle(own);
    ExitThread(0);
}
