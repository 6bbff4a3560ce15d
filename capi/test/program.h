/* What the test programs share. Each is its own child, too:
 *
 *	PROGRAM            the names of its tests
 *	PROGRAM NAME       one of them: exit code 0, or what failed
 *	PROGRAM child ...  a child of a test
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "check.h"

#include <windows.h>

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONG_TIME = 30000 }; /* that nobody waits for unless something is broken */

static char self[4096];

/* Begins a child of this program, with what is behind "child" in its command line. */
__attribute__((unused)) static PROCESS_INFORMATION start_child(const char *what, BOOL inherit, DWORD flags, STARTUPINFOA *si)
{
	STARTUPINFOA none = {.cb = sizeof none};
	PROCESS_INFORMATION pi;
	char line[8192];
	snprintf(line, sizeof line, "\"%s\" child %s", self, what);
	CHECK(CreateProcessA(NULL, line, NULL, NULL, inherit, flags, NULL, NULL, si != NULL ? si : &none, &pi));
	return pi;
}

__attribute__((unused)) static void close_both(PROCESS_INFORMATION pi)
{
	CHECK(CloseHandle(pi.hProcess));
	CHECK(CloseHandle(pi.hThread));
}

__attribute__((unused)) static DWORD finish(PROCESS_INFORMATION pi)
{
	DWORD code;
	CHECK(WaitForSingleObject(pi.hProcess, LONG_TIME) == WAIT_OBJECT_0);
	CHECK(GetExitCodeProcess(pi.hProcess, &code));
	close_both(pi);
	return code;
}

__attribute__((unused)) static int descriptors(void)
{
	int n = 0;
	DIR *d = opendir("/proc/self/fd");
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

struct test {
	const char *name; /* NULL: the last one */
	void (*run)(void);
};

/* What main does. around, if there is one, runs a test and answers the exit code. */
static int program(int argc, char **argv, int (*child)(int, char **), const struct test *tests, int (*around)(void (*)(void)))
{
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n < 0)
		return 1;
	if (argc > 2 && strcmp(argv[1], "child") == 0)
		return child(argc - 2, argv + 2);
	for (; tests->name != NULL; tests++) {
		if (argc < 2) {
			puts(tests->name);
		} else if (strcmp(argv[1], tests->name) == 0) {
			if (around != NULL)
				return around(tests->run);
			tests->run();
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}

#endif
