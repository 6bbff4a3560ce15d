/* An image that lives until its standard input ends. */
#include "call.h"

void _start(void);

void _start(void)
{
	char byte;

	while (call(number_read, 0, &byte, 1) == 1)
		;
	for (;;)
		call(number_exit, 0, 0, 0);
}
