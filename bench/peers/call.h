/* A system call with three arguments, for images without a C library. */
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

#if defined(__x86_64__)
enum { number_read = 0, number_write = 1, number_exit = 60 };
#else
enum { number_read = 63, number_write = 64, number_exit = 93 };
#endif
