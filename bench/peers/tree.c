/*
 * The image of the row "tree": a tree of MEMBERS processes, which do nothing
 * until they are killed. A third are children of the first one, a third have been
 * left by their parent (double fork), a third have sessions of their own, as has
 * every second one of those that were left.
 *
 *   tree MEMBERS
 *
 * Prints a line when all of them are there.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "peer.h"

enum { CHILD, LEFT, SESSION };

static void member(int ready, int session)
{
	if (session && setsid() < 0)
		fail("setsid");
	if (write(ready, "", 1) != 1)
		fail("write");
	close(ready);
	for (;;)
		pause();
}

static pid_t fork_or_fail(void)
{
	pid_t pid = fork();
	if (pid < 0)
		fail("fork");
	return pid;
}

int main(int argc, char **argv)
{
	int members = argc == 2 ? atoi(argv[1]) : 0, ready[2];
	if (members < 1 || pipe(ready) != 0)
		fail("tree MEMBERS");
	for (int i = 1; i < members; i++) {
		int kind = i % 3;
		if (fork_or_fail() != 0)
			continue;
		if (kind == LEFT && fork_or_fail() != 0)
			_exit(0);
		close(ready[0]);
		member(ready[1], kind == SESSION || (kind == LEFT && i % 2 == 0));
	}
	close(ready[1]);
	char byte;
	for (int i = 1; i < members; i++)
		if (read(ready[0], &byte, 1) != 1)
			fail("read");
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
