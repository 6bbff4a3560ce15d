/* What the Go package does not do yet answers FALSE, NULL or 0, with
 * ERROR_CALL_NOT_IMPLEMENTED. The headers are not included: a function that looks
 * at no argument and answers a word of zeros is the same for all of them in every
 * calling convention of Linux. Weak: who implements one takes its place. */
#include <stdint.h>

extern void SetLastError(uint32_t code);

#define REFUSE(name)                                  \
	extern uintptr_t name(void);                  \
	__attribute__((weak)) uintptr_t name(void)    \
	{                                             \
		SetLastError(120);                    \
		return 0;                             \
	}

/* Threads that are somebody else. */
REFUSE(ImpersonateLoggedOnUser)
REFUSE(RevertToSelf)

/* What Linux does not have: no console besides the terminal, no single thread
 * that can be ended or opened from outside. */
REFUSE(AllocConsole)
REFUSE(AttachConsole)
REFUSE(FreeConsole)
REFUSE(OpenThread)
REFUSE(TerminateThread)
REFUSE(GetConsoleProcessList)
