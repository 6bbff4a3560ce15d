/* An image that writes 64 KiB to its standard output, without a C library. */
void _start(void);

static const char zeros[64 << 10];

static long call(long number, long a, const void *b, long c)
{
#if defined(__x86_64__)
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register const void *x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
#else
#error "no system call for this architecture"
#endif
}

void _start(void)
{
#if defined(__x86_64__)
	const long number_write = 1, number_exit = 60;
#else
	const long number_write = 64, number_exit = 93;
#endif
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
