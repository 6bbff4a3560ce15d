/*
 * The peer in C: posix_spawn and waitpid in a loop; with -DFLOOR vfork, execve
 * and waitpid, which is the least that a spawn can cost.
 *
 *   posix_spawn IMAGE IDLE SPAWNERS SPAWNS FILES HEAP_MIB LIVE
 *
 * SPAWNERS threads share the SPAWNS, with FILES files open, HEAP_MIB of touched
 * memory and LIVE children that run IDLE. Prints {"us": the microseconds for
 * each spawn}; of a single spawner the median of batches, as the peers in Go do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"

extern char **environ;
static char *image;
static long each;

static pid_t start(char **argv)
{
#ifdef FLOOR
	pid_t pid = vfork();

	if (pid < 0)
		fail("vfork");
	if (pid == 0) {
		execve(argv[0], argv, environ);
		_exit(127);
	}
	return pid;
#else
	pid_t pid;
	int error = posix_spawn(&pid, argv[0], NULL, NULL, argv, environ);

	if (error != 0) {
		errno = error;
		fail("posix_spawn");
	}
	return pid;
#endif
}

static void spawn(long times)
{
	char *argv[] = {image, NULL};
	for (long i = 0; i < times; i++) {
		int status;
		pid_t pid = start(argv);
		if (waitpid(pid, &status, 0) != pid || status != 0)
			fail("waitpid");
	}
}

static void *spawner(void *unused)
{
	(void)unused;
	spawn(each);
	return NULL;
}

static double median_batch(void)
{
	enum { batch = 50 };
	long n = each / batch > 0 ? each / batch : 1;
	double *figures = calloc(n, sizeof *figures), median;
	if (figures == NULL)
		fail("calloc");
	for (long i = 0; i < n; i++) {
		double begin = microseconds();
		spawn(batch);
		figures[i] = (microseconds() - begin) / batch;
	}
	qsort(figures, n, sizeof *figures, compare);
	median = (figures[(n - 1) / 2] + figures[n / 2]) / 2;
	free(figures);
	return median;
}

static double parallel(long spawners)
{
	pthread_t *threads = calloc(spawners, sizeof *threads);
	double begin = microseconds(), end;
	if (threads == NULL)
		fail("calloc");
	for (long i = 0; i < spawners; i++)
		if (pthread_create(&threads[i], NULL, spawner, NULL) != 0)
			fail("pthread_create");
	for (long i = 0; i < spawners; i++)
		pthread_join(threads[i], NULL);
	end = microseconds();
	free(threads);
	return (end - begin) / (each * spawners);
}

/* Makes live children; they end when what it returns is closed. */
static int populate(char *idle, long live)
{
	char *argv[] = {idle, NULL};
	int pipe[2], saved = dup(0);
	if (pipe2(pipe, O_CLOEXEC) < 0 || fcntl(saved, F_SETFD, FD_CLOEXEC) < 0 || dup2(pipe[0], 0) < 0)
		fail("pipe");
	for (long i = 0; i < live; i++)
		start(argv);
	dup2(saved, 0);
	close(saved);
	close(pipe[0]);
	return pipe[1];
}

int main(int argc, char **argv)
{
	if (argc != 8) {
		fprintf(stderr, "usage: posix_spawn IMAGE IDLE SPAWNERS SPAWNS FILES HEAP_MIB LIVE\n");
		return 2;
	}
	image = argv[1];
	long spawners = atol(argv[3]), files = atol(argv[5]), live = atol(argv[7]);
	size_t heap = (size_t)atol(argv[6]) << 20;
	each = atol(argv[4]) / spawners;
	for (long i = 0; i < files; i++)
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			fail("open");
	if (heap > 0) {
		char *memory = malloc(heap);
		if (memory == NULL)
			fail("malloc");
		memset(memory, 1, heap);
	}
	int end = populate(argv[2], live);
	printf("{\"us\": %.3f}\n", spawners == 1 ? median_batch() : parallel(spawners));
	close(end);
	while (wait(NULL) > 0)
		;
	return 0;
}
