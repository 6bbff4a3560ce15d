/*
 * An image that lives until its standard input ends. Its exit status is the last
 * byte that it has read, 0 without any.
 */
#include "call.h"

void _start(void);

void _start(void)
{
	unsigned char status = 0;

	while (call(number_read, 0, &status, 1) == 1)
		;
	for (;;)
		call(number_exit, status, 0, 0);
}
