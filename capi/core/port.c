/* Completion ports: a pipe that what has happened is written to, a packet at a
 * time, which the kernel neither parts nor mixes. Here they are for jobs, and for
 * what the program itself posts; files are not bound to them, since reads and
 * writes are done when the function returns. */
#include "core.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

HANDLE WINAPI CreateIoCompletionPort(HANDLE file, HANDLE port, ULONG_PTR key, DWORD threads)
{
	(void)key;
	(void)threads; /* how many may run at once is the kernel's business */
	DWORD code = 0;
	if (file != INVALID_HANDLE_VALUE)
		code = ERROR_NOT_SUPPORTED;
	else if (port != NULL)
		code = ERROR_INVALID_PARAMETER;
	int ends[2];
	if (code == 0 && pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		code = errno == ENOMEM ? ERROR_NOT_ENOUGH_MEMORY : ERROR_TOO_MANY_OPEN_FILES;
	if (code != 0) {
		SetLastError(code);
		return NULL;
	}
	struct cp_object *o = cp_new_object(CP_PORT);
	if (o == NULL) {
		close(ends[0]);
		close(ends[1]);
		return NULL;
	}
	atomic_store(&o->fd, ends[0]);
	o->write_fd = ends[1];
	return cp_open(o, GENERIC_ALL | SYNCHRONIZE, false);
}

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Several may wait: who is too late for a packet goes on waiting. */
static DWORD next(int fd, DWORD ms, struct cp_packet *packet)
{
	int64_t deadline = now() + ms;
	for (;;) {
		ssize_t n = read(fd, packet, sizeof *packet);
		if (n == sizeof *packet)
			return 0;
		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return ERROR_INVALID_HANDLE;
		struct pollfd p = {.fd = fd, .events = POLLIN};
		struct timespec t, *limit = NULL;
		if (ms != INFINITE) {
			int64_t left = deadline - now();
			if (left <= 0)
				return WAIT_TIMEOUT;
			t = (struct timespec){.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
			limit = &t;
		}
		ppoll(&p, 1, limit, NULL);
	}
}

BOOL WINAPI GetQueuedCompletionStatus(HANDLE port, LPDWORD bytes, PULONG_PTR key, LPOVERLAPPED *overlapped, DWORD ms)
{
	if (overlapped != NULL)
		*overlapped = NULL;
	if (bytes == NULL || key == NULL || overlapped == NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	struct cp_object *o = cp_get(port, CP_PORT, NULL);
	if (o == NULL)
		return FALSE;
	struct cp_packet packet;
	DWORD code = next(atomic_load(&o->fd), ms, &packet);
	cp_release(o);
	if (code != 0)
		return cp_fail(code);
	*bytes = packet.bytes;
	*key = packet.key;
	*overlapped = (LPOVERLAPPED)packet.overlapped;
	return TRUE;
}

BOOL WINAPI PostQueuedCompletionStatus(HANDLE port, DWORD bytes, ULONG_PTR key, LPOVERLAPPED overlapped)
{
	struct cp_object *o = cp_get(port, CP_PORT, NULL);
	if (o == NULL)
		return FALSE;
	struct cp_packet packet = {bytes, key, (uintptr_t)overlapped};
	ssize_t n;
	do
		n = write(o->write_fd, &packet, sizeof packet);
	while (n < 0 && errno == EINTR);
	DWORD code = n == sizeof packet ? 0 : ERROR_NO_SYSTEM_RESOURCES; /* there is no room until somebody reads */
	cp_release(o);
	return cp_done(code);
}
