/*
 * The peer of the row "tree": a tree of processes in a session and process group
 * of its own, ended as it is usually done, by a signal to the group.
 *
 *   group IMAGE MEMBERS
 *
 * Prints the microseconds from the fork until the tree says that it is there,
 * and those from the signal until its first process has ended.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"

int main(int argc, char **argv)
{
	int out[2];
	char line[64];
	if (argc != 3 || pipe(out) != 0)
		fail("group IMAGE MEMBERS");
	double begin = microseconds();
	pid_t pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		setsid();
		dup2(out[1], 1);
		close(out[0]);
		close(out[1]);
		execl(argv[1], argv[1], argv[2], (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	if (read(out[0], line, sizeof line) <= 0)
		fail("read");
	double created = microseconds();
	int status;
	if (kill(-pid, SIGKILL) != 0)
		fail("kill");
	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid");
	double ended = microseconds();
	printf("%.3f %.3f\n", created - begin, ended - created);
	return 0;
}
