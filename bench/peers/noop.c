/* An image that does nothing: no C library, one page, one system call. */
#include "call.h"

void _start(void);

void _start(void)
{
	for (;;)
		call(number_exit, 0, 0, 0);
}
