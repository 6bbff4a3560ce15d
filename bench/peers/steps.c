/*
 * What each system call of a spawn costs, without any Go: the floor, and the
 * same loop with one call more a line, until it makes those that the module makes.
 *
 *   cc -O2 -o steps steps.c && ./steps IMAGE [WORK]
 *
 * WORK is microseconds of computing that the creator does before each spawn, as
 * any program does that has something to say to its children. The first column
 * is a creator on one processor, the second one that the kernel may move: the
 * difference is what it costs that the kernel moves the child to another
 * processor when it executes its image (sched_exec).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif

enum { bare, pidfd, files, signals, looks, polled, twice, handler, steps };

static const char *const names[steps] = {
	[bare] = "vfork, execve, wait: the floor",
	[pidfd] = "and a pidfd, made and closed",
	[files] = "and a shared table, unshared by close_range",
	[signals] = "and signals blocked, reset in the child",
	[looks] = "and a look at three descriptors and a limit",
	[polled] = "and ppoll for the pidfd and an eventfd",
	[twice] = "and waitid twice: the exit code, then the end",
	[handler] = "and a handler for SIGCHLD, as every Go program has",
};

extern char **environ;
static char *image;
static int step, kick;
static double work;

static void handle(int signal)
{
	(void)signal;
}

static int child(void *unused)
{
	char *argv[] = {image, NULL};

	(void)unused;
	if (step >= files)
		syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_UNSHARE);
	if (step >= signals) {
		sigset_t none;

		signal(SIGPIPE, SIG_DFL);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
	}
	execve(image, argv, environ);
	_exit(127);
}

static int start(int *fd)
{
	static char stack[65536] __attribute__((aligned(16)));
	int flags = CLONE_VM | CLONE_VFORK | SIGCHLD, pid;
	sigset_t all, old;

	if (step >= pidfd)
		flags |= CLONE_PIDFD;
	if (step >= files)
		flags |= CLONE_FILES;
	if (step >= looks) {
		struct rlimit limit;

		for (int i = 0; i < 3; i++)
			fcntl(i, F_GETFD);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	if (step >= signals) {
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, &old);
	}
	pid = clone(child, stack + sizeof stack, flags, NULL, fd);
	if (pid < 0)
		fail("clone");
	if (step >= signals)
		sigprocmask(SIG_SETMASK, &old, NULL);
	return pid;
}

static void await(int pid, int fd)
{
	struct rusage usage;
	siginfo_t info;
	int status;

	if (step >= polled) {
		struct pollfd list[] = {{fd, POLLIN, 0}, {kick, POLLIN, 0}};

		while (ppoll(list, 2, NULL, NULL) < 0)
			if (errno != EINTR)
				fail("ppoll");
	}
	if (step >= twice) {
		while (syscall(SYS_waitid, P_PIDFD, fd, &info, WEXITED | WNOWAIT, NULL) < 0)
			if (errno != EINTR)
				fail("waitid");
		while (syscall(SYS_waitid, P_PIDFD, fd, &info, WEXITED, &usage) < 0)
			if (errno != EINTR)
				fail("waitid");
	} else {
		while (waitpid(pid, &status, 0) < 0)
			if (errno != EINTR)
				fail("waitpid");
	}
}

/* measure is the median of batches, as for the rows of the benchmark. */
static double measure(void)
{
	enum { batches = 40, batch = 50 };
	double figures[batches];

	for (int i = 0; i < batches; i++) {
		double begin = microseconds();

		for (int j = 0; j < batch; j++) {
			int fd = -1, pid;
			double until = microseconds() + work;

			while (microseconds() < until)
				;
			pid = start(&fd);
			await(pid, fd);
			if (fd >= 0)
				close(fd);
		}
		figures[i] = (microseconds() - begin) / batch;
	}
	qsort(figures, batches, sizeof *figures, compare);
	return figures[batches / 2];
}

int main(int argc, char **argv)
{
	enum { rounds = 9 };
	double figures[2][steps][rounds];
	cpu_set_t all, one;

	if (argc < 2) {
		fprintf(stderr, "Usage: %s IMAGE [MICROSECONDS]\n", argv[0]);
		return 2;
	}
	image = argv[1];
	work = argc > 2 ? atof(argv[2]) : 0;
	kick = eventfd(0, EFD_CLOEXEC);
	if (kick < 0 || sched_getaffinity(0, sizeof all, &all) < 0)
		fail("eventfd, sched_getaffinity");
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	/* What disturbs one line disturbs all: they are interleaved. */
	for (int round = 0; round < rounds; round++)
		for (step = bare; step < steps; step++) {
			struct sigaction action = {.sa_handler = step >= handler ? handle : SIG_DFL, .sa_flags = SA_RESTART};

			sigaction(SIGCHLD, &action, NULL);
			sched_setaffinity(0, sizeof one, &one);
			figures[0][step][round] = measure();
			sched_setaffinity(0, sizeof all, &all);
			figures[1][step][round] = measure();
		}
	printf("one processor\tall of them\tµs a spawn\n");
	for (step = bare; step < steps; step++) {
		for (int i = 0; i < 2; i++) {
			qsort(figures[i][step], rounds, sizeof **figures[i], compare);
			printf("%.1f\t", figures[i][step][rounds / 2]);
		}
		printf("%s\n", names[step]);
	}
	return 0;
}
