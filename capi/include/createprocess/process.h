/* process.h: threads and the process, as Microsoft's C library has them. */
#ifndef CREATEPROCESS_PROCESS_H
#define CREATEPROCESS_PROCESS_H

#include <stdint.h>
#include <createprocess_crt.h>

typedef void (*_beginthread_proc_type)(void *);
typedef unsigned (*_beginthreadex_proc_type)(void *);

CREATEPROCESS_BEGIN
uintptr_t _beginthread(_beginthread_proc_type start, unsigned stack, void *argument);
uintptr_t _beginthreadex(void *security, unsigned stack, _beginthreadex_proc_type start, void *argument, unsigned flags, unsigned *id);
void _endthread(void);
void _endthreadex(unsigned code);
CREATEPROCESS_END

#endif
