/* Ending with 32 bits. The kernel keeps 8 of them; how the others travel is told
 * in exit_linux.go of the Go package, which reads them. */
#include "core.h"

#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <unistd.h>

_Noreturn void cp_end(DWORD code, bool cleanly)
{
	int status = code != 0 && (code & 0xff) == 0 ? 0xff : (int)(code & 0xff);
	if (code > 0xff) {
		char path[64], mark[16];
		snprintf(path, sizeof path, "/proc/self/task/%d/comm", (int)getpid());
		int n = snprintf(mark, sizeof mark, "\x01" "exit%08x", (unsigned)code);
		int fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd >= 0) {
			ssize_t written = write(fd, mark, (size_t)n);
			(void)written; /* if it fails the 8 bits are left */
			close(fd);
		}
	}
	if (cleanly)
		exit(status);
	_exit(status);
}

VOID WINAPI ExitProcess(UINT code) { cp_end(code, true); }
