/* An image that writes 64 KiB to its standard output, without a C library. */
#include "call.h"

void _start(void);

static const char zeros[64 << 10];

void _start(void)
{
	long left = sizeof(zeros);

	while (left > 0) {
		long n = call(number_write, 1, zeros, left);

		if (n <= 0)
			break;
		left -= n;
	}
	for (;;)
		call(number_exit, left > 0, 0, 0);
}
