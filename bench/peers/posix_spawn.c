/*
 * The peer in C: posix_spawn and waitpid in a loop.
 *
 *   posix_spawn IMAGE SPAWNERS SPAWNS FILES HEAP_MIB
 *
 * SPAWNERS threads share the SPAWNS, with FILES files open and HEAP_MIB of
 * touched memory. Prints the microseconds for each spawn; of a single spawner
 * the median of batches, as the peers in Go do.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;
static char *image;
static long each;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void spawn(long times)
{
	char *argv[] = {image, NULL};
	for (long i = 0; i < times; i++) {
		pid_t pid;
		int status;
		int error = posix_spawn(&pid, image, NULL, NULL, argv, environ);
		if (error != 0) {
			fprintf(stderr, "posix_spawn: %s\n", strerror(error));
			exit(1);
		}
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

static double microseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
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

int main(int argc, char **argv)
{
	if (argc != 6) {
		fprintf(stderr, "usage: posix_spawn IMAGE SPAWNERS SPAWNS FILES HEAP_MIB\n");
		return 2;
	}
	image = argv[1];
	long spawners = atol(argv[2]), files = atol(argv[4]);
	size_t heap = (size_t)atol(argv[5]) << 20;
	each = atol(argv[3]) / spawners;
	for (long i = 0; i < files; i++)
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			fail("open");
	if (heap > 0) {
		char *memory = malloc(heap);
		if (memory == NULL)
			fail("malloc");
		memset(memory, 1, heap);
	}
	if (spawners == 1) {
		printf("%.3f\n", median_batch());
		return 0;
	}
	pthread_t *threads = calloc(spawners, sizeof *threads);
	double begin = microseconds();
	for (long i = 0; i < spawners; i++)
		if (pthread_create(&threads[i], NULL, spawner, NULL) != 0)
			fail("pthread_create");
	for (long i = 0; i < spawners; i++)
		pthread_join(threads[i], NULL);
	printf("%.3f\n", (microseconds() - begin) / (each * spawners));
	free(threads);
	return 0;
}
