/* RegisterWaitForSingleObject and QueueUserWorkItem. One thread watches: the
 * pidfds of processes, and the clock. What waits for anything else is in the
 * queue of its object, as a sleeper would be. Callbacks run on threads that come
 * when there is work and nobody idle, up to MOST of them, and go after a while. */
#include "core.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 500, IDLE_SECONDS = 10 };

struct registered {
	struct cp_waiter waiter;
	struct cp_link link;
	struct cp_object *object;
	WAITORTIMERCALLBACK callback;
	LPTHREAD_START_ROUTINE item; /* of QueueUserWorkItem, instead */
	PVOID context;
	DWORD ms;
	ULONG flags;

	/* Under the dispatcher's lock. */
	int64_t deadline;
	bool pending;  /* the wait has ended, and its callback has not */
	bool timed_out, over, gone;
	HANDLE completion;
	struct registered *next, *prev; /* of all registrations */

	struct registered *next_work; /* under pool.lock */
};

static struct registered *all;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
static int epoll_fd = -1, changed = -1;

static struct {
	pthread_mutex_t lock; /* taken after the dispatcher's */
	pthread_cond_t work;
	struct registered *first, *last;
	int threads, idle, queued;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER};

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void begin_locked(struct registered *r);

static void drop_locked(struct registered *r)
{
	if (r->prev != NULL)
		r->prev->next = r->next;
	else
		all = r->next;
	if (r->next != NULL)
		r->next->prev = r->prev;
}

static void destroy(struct registered *r)
{
	cp_release(r->object);
	free(r);
}

static void call(struct registered *r)
{
	if (r->item != NULL) {
		r->item(r->context);
		free(r);
		return;
	}
	r->callback(r->context, r->timed_out);
	cp_lock();
	r->pending = false;
	bool gone = r->gone;
	HANDLE completion = r->completion;
	if (!gone) {
		if ((r->flags & WT_EXECUTEONLYONCE) || (r->object->kind & (CP_REMOTE | CP_THREAD)))
			r->over = true;
		else
			begin_locked(r);
	}
	cp_unlock();
	if (gone) {
		pthread_cond_broadcast(&finished);
		if (completion != NULL && completion != INVALID_HANDLE_VALUE)
			SetEvent(completion);
		if (completion != INVALID_HANDLE_VALUE)
			destroy(r); /* else who waits for it does */
	}
}

static void *work(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&pool.lock);
	for (;;) {
		while (pool.first == NULL) {
			struct timespec until;
			clock_gettime(CLOCK_REALTIME, &until);
			until.tv_sec += IDLE_SECONDS;
			pool.idle++;
			int error = pthread_cond_timedwait(&pool.work, &pool.lock, &until);
			pool.idle--;
			if (error == ETIMEDOUT && pool.first == NULL) {
				pool.threads--;
				pthread_mutex_unlock(&pool.lock);
				return NULL;
			}
		}
		struct registered *r = pool.first;
		pool.first = r->next_work;
		pool.queued--;
		pthread_mutex_unlock(&pool.lock);
		call(r);
		pthread_mutex_lock(&pool.lock);
	}
}

static void enqueue(struct registered *r)
{
	pthread_mutex_lock(&pool.lock);
	r->next_work = NULL;
	if (pool.first == NULL)
		pool.first = r;
	else
		pool.last->next_work = r;
	pool.last = r;
	pool.queued++;
	/* If no thread can be had the work waits for one that there is, or for the
	 * next that is queued. */
	if (pool.idle < pool.queued && pool.threads < MOST && cp_start_thread(work))
		pool.threads++;
	pthread_cond_signal(&pool.work);
	pthread_mutex_unlock(&pool.lock);
}

static void ended(struct cp_waiter *w)
{
	struct registered *r = (struct registered *)w;
	r->pending = true;
	r->timed_out = false;
	enqueue(r);
}

static void poke(void)
{
	uint64_t one = 1;
	ssize_t n = write(changed, &one, sizeof one);
	(void)n; /* it cannot be full */
}

/* Begins to wait, or to wait again. */
static void begin_locked(struct registered *r)
{
	r->waiter.ended = false;
	r->deadline = r->ms == INFINITE ? 0 : now() + (int64_t)r->ms * 1000000;
	if (cp_begin_locked(&r->waiter))
		ended(&r->waiter);
	else if (r->deadline != 0)
		poke();
}

/* Ends the waits whose time is over, and says when the next one's is, in ms. */
static int expire(void)
{
	int64_t next = 0, t = now();
	cp_lock();
	for (struct registered *r = all; r != NULL; r = r->next) {
		if (r->deadline == 0 || r->waiter.ended || r->over)
			continue;
		if (r->deadline <= t) {
			cp_leave_locked(&r->waiter);
			r->waiter.ended = true;
			r->pending = true;
			r->timed_out = true;
			enqueue(r);
		} else if (next == 0 || r->deadline < next) {
			next = r->deadline;
		}
	}
	cp_unlock();
	if (next == 0)
		return -1;
	int64_t ms = (next - t + 999999) / 1000000;
	return ms > 3600000 ? 3600000 : (int)ms;
}

static void *watch(void *unused)
{
	(void)unused;
	for (;;) {
		struct epoll_event events[64];
		int n = epoll_wait(epoll_fd, events, 64, expire());
		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;
			if (fd == changed) {
				uint64_t count;
				ssize_t got = read(changed, &count, sizeof count);
				(void)got;
				continue;
			}
			cp_lock();
			epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL);
			for (struct registered *r = all; r != NULL; r = r->next) {
				if ((r->object->kind & CP_REMOTE) && atomic_load(&r->object->fd) == fd) {
					cp_signal_locked(r->object);
					break;
				}
			}
			cp_unlock();
		}
	}
	return NULL;
}

static bool start_watching(void)
{
	static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
	static bool started;
	pthread_mutex_lock(&once);
	if (!started) {
		if (epoll_fd < 0)
			epoll_fd = epoll_create1(EPOLL_CLOEXEC);
		if (changed < 0)
			changed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		struct epoll_event e = {.events = EPOLLIN, .data.fd = changed};
		started = epoll_fd >= 0 && changed >= 0 &&
			  (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, changed, &e) == 0 || errno == EEXIST) && cp_start_thread(watch);
	}
	pthread_mutex_unlock(&once);
	return started;
}

/* --- The functions --- */

BOOL WINAPI RegisterWaitForSingleObject(PHANDLE out, HANDLE h, WAITORTIMERCALLBACK callback, PVOID context, ULONG ms, ULONG flags)
{
	const ULONG known = WT_EXECUTEONLYONCE | WT_EXECUTELONGFUNCTION;
	DWORD access;
	if (out == NULL || callback == NULL || (ms == 0 && !(flags & WT_EXECUTEONLYONCE)))
		return cp_fail(ERROR_INVALID_PARAMETER);
	if (flags & ~known)
		return cp_fail(ERROR_NOT_SUPPORTED);
	struct cp_object *o = cp_get(h, CP_ANY, &access);
	if (o == NULL)
		return FALSE;
	DWORD code = 0;
	if (!cp_may_wait(o, access))
		code = GetLastError();
	else if (o->kind == CP_MUTEX)
		code = ERROR_INVALID_HANDLE; /* which thread would own it? */
	else if (!start_watching())
		code = ERROR_NOT_ENOUGH_MEMORY;
	else if (o->kind & CP_REMOTE)
		code = cp_process_fd(o);
	struct registered *r = code == 0 ? calloc(1, sizeof *r) : NULL;
	if (r == NULL) {
		cp_release(o);
		return cp_fail(code != 0 ? code : ERROR_NOT_ENOUGH_MEMORY);
	}
	r->object = o;
	r->waiter = (struct cp_waiter){.objects = &r->object, .links = &r->link, .count = 1, .done = ended, .event = -1};
	r->callback = callback;
	r->context = context;
	r->ms = ms;
	r->flags = flags;
	*out = (HANDLE)r;
	cp_lock();
	r->next = all;
	if (all != NULL)
		all->prev = r;
	all = r;
	if (o->kind & CP_REMOTE) {
		int fd = atomic_load(&o->fd);
		struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
		if (!o->signaled && fd >= 0 && epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) != 0 && errno != EEXIST)
			code = ERROR_NOT_ENOUGH_MEMORY;
	}
	if (o->shared && code == 0)
		code = cp_listen_locked();
	if (code == 0)
		begin_locked(r);
	else
		drop_locked(r);
	cp_unlock();
	if (code != 0)
		destroy(r);
	return cp_done(code);
}

BOOL WINAPI UnregisterWaitEx(HANDLE wait, HANDLE completion)
{
	cp_lock();
	struct registered *r = all;
	while (r != NULL && r != (struct registered *)wait)
		r = r->next;
	if (r == NULL) {
		cp_unlock();
		return cp_fail(ERROR_INVALID_HANDLE);
	}
	drop_locked(r);
	if (!r->waiter.ended)
		cp_leave_locked(&r->waiter);
	r->waiter.ended = true;
	/* Unless another registration watches the same descriptor. */
	struct registered *other = all;
	while (other != NULL && other->object != r->object)
		other = other->next;
	if ((r->object->kind & CP_REMOTE) && other == NULL)
		epoll_ctl(epoll_fd, EPOLL_CTL_DEL, atomic_load(&r->object->fd), NULL);
	bool pending = r->pending;
	r->gone = true;
	r->completion = completion;
	if (pending && completion == INVALID_HANDLE_VALUE) {
		while (r->pending)
			cp_wait_locked(&finished);
		pending = false;
	}
	cp_unlock();
	if (pending)
		return cp_fail(ERROR_IO_PENDING);
	destroy(r);
	if (completion != NULL && completion != INVALID_HANDLE_VALUE)
		SetEvent(completion);
	return TRUE;
}

BOOL WINAPI UnregisterWait(HANDLE wait) { return UnregisterWaitEx(wait, NULL); }

BOOL WINAPI QueueUserWorkItem(LPTHREAD_START_ROUTINE function, PVOID context, ULONG flags)
{
	(void)flags; /* every item has a thread to itself while it runs */
	if (function == NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	struct registered *r = calloc(1, sizeof *r);
	if (r == NULL)
		return cp_fail(ERROR_NOT_ENOUGH_MEMORY);
	r->item = function;
	r->context = context;
	enqueue(r);
	return TRUE;
}
