/* What the C programs of this folder check by. */
#ifndef CHECK_H
#define CHECK_H

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                                          \
	do {                                                                                                      \
		if (!(condition)) {                                                                               \
			fprintf(stderr, "%s:%d: %s (last error %u)\n", __FILE__, __LINE__, #condition, GetLastError()); \
			exit(1);                                                                                  \
		}                                                                                                 \
	} while (0)

#endif
