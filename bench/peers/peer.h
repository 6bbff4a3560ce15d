/* What the peers in C share. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline void fail(const char *what)
{
	perror(what);
	exit(1);
}

static inline double microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static inline int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}
