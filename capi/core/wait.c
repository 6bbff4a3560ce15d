/* Waiting. One lock, the dispatcher's, is over the state of all objects and the
 * queues of those who wait for them, so that a wait for several objects takes
 * them at one moment. Who signals an object hands it to those who wait, longest
 * first: nobody can take it in between.
 *
 * The end of a process is seen by whoever waits for it, on a pidfd of this
 * side's own; from then on the object is signaled for everybody. A sleeper who
 * watches no descriptor sleeps on a futex. */
#include "core.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

extern uint32_t cpgo_pidfd(uintptr_t id, int *fd);

static pthread_mutex_t dispatcher = PTHREAD_MUTEX_INITIALIZER;
static struct cp_object *named;

void cp_lock(void) { pthread_mutex_lock(&dispatcher); }
void cp_unlock(void) { pthread_mutex_unlock(&dispatcher); }
void cp_wait_locked(pthread_cond_t *condition) { pthread_cond_wait(condition, &dispatcher); }

__attribute__((constructor)) static void look_after_forks(void)
{
	pthread_atfork(cp_lock, cp_unlock, cp_unlock);
}

/* Whether a wait by t would end. */
static bool ready(const struct cp_object *o, const struct cp_thread *t)
{
	switch (o->kind) {
	case CP_SEMAPHORE:
		return o->count > 0;
	case CP_MUTEX:
		return o->owner == NULL || o->owner == t;
	default:
		return o->signaled;
	}
}

/* What the end of a wait does to the object. It tells whether that was an
 * abandoned mutex. */
static bool consume(struct cp_object *o, struct cp_thread *t)
{
	bool abandoned = false;
	switch (o->kind) {
	case CP_EVENT:
		o->signaled = o->manual;
		break;
	case CP_SEMAPHORE:
		o->count--;
		break;
	case CP_MUTEX:
		if (o->owner == NULL) {
			o->owner = t;
			o->next_held = t->held;
			t->held = o;
			abandoned = o->abandoned;
			o->abandoned = false;
		}
		o->count++;
		break;
	default:
		break;
	}
	return abandoned;
}

/* Takes what the wait needs, if that is there. */
static bool take(struct cp_waiter *w)
{
	bool abandoned = false;
	if (w->all) {
		for (DWORD i = 0; i < w->count; i++)
			if (!ready(w->objects[i], w->thread))
				return false;
		for (DWORD i = 0; i < w->count; i++)
			abandoned |= consume(w->objects[i], w->thread);
		w->result = abandoned ? WAIT_ABANDONED_0 : WAIT_OBJECT_0;
		return true;
	}
	for (DWORD i = 0; i < w->count; i++) {
		if (!ready(w->objects[i], w->thread))
			continue;
		abandoned = consume(w->objects[i], w->thread);
		w->result = (abandoned ? WAIT_ABANDONED_0 : WAIT_OBJECT_0) + i;
		return true;
	}
	return false;
}

static void join(struct cp_link *l, struct cp_waiter *w, struct cp_object *o)
{
	*l = (struct cp_link){.waiter = w, .object = o, .prev = o->last};
	if (o->last != NULL)
		o->last->next = l;
	else
		o->first = l;
	o->last = l;
}

static void leave(struct cp_link *l)
{
	struct cp_object *o = l->object;
	if (o == NULL)
		return;
	if (l->prev != NULL)
		l->prev->next = l->next;
	else
		o->first = l->next;
	if (l->next != NULL)
		l->next->prev = l->prev;
	else
		o->last = l->prev;
	l->object = NULL;
}

void cp_leave_locked(struct cp_waiter *w)
{
	for (DWORD i = 0; i < w->count; i++)
		leave(&w->links[i]);
}

bool cp_begin_locked(struct cp_waiter *w)
{
	if (take(w)) {
		w->ended = true;
		return true;
	}
	for (DWORD i = 0; i < w->count; i++)
		join(&w->links[i], w, w->objects[i]);
	return false;
}

/* Ends the waits that o ends, longest first. A wait for all that needs more
 * stays in the queue and is passed over. */
static void offer(struct cp_object *o)
{
	for (struct cp_link *l = o->first, *next; l != NULL; l = next) {
		struct cp_waiter *w = l->waiter;
		next = l->next;
		if (!ready(o, w->thread)) {
			/* A mutex may be there for its owner and nobody else. */
			if (o->kind == CP_MUTEX)
				continue;
			return;
		}
		if (!take(w))
			continue;
		/* One waiter may have several links in this queue. */
		while (next != NULL && next->waiter == w)
			next = next->next;
		cp_leave_locked(w);
		w->ended = true;
		w->done(w);
	}
}

void cp_signal_locked(struct cp_object *o)
{
	o->signaled = true;
	offer(o);
}

void cp_signal(struct cp_object *o)
{
	cp_lock();
	cp_signal_locked(o);
	cp_unlock();
}

/* The mutexes of a thread that has ended. */
void cp_abandon(struct cp_object *o)
{
	cp_lock();
	for (struct cp_object *next; o != NULL; o = next) {
		next = o->next_held;
		o->owner = NULL;
		o->count = 0;
		o->abandoned = true;
		offer(o);
	}
	cp_unlock();
}

/* A mutex whose last handle is closed is nobody's any more. */
void cp_disown_locked(struct cp_object *o)
{
	if (o->owner == NULL)
		return;
	struct cp_object **p = &o->owner->held;
	while (*p != o)
		p = &(*p)->next_held;
	*p = o->next_held;
	o->owner = NULL;
}

bool cp_may_wait(struct cp_object *o, DWORD access)
{
	if ((o->kind & CP_WAITABLE) == 0) {
		SetLastError(ERROR_INVALID_HANDLE);
		return false;
	}
	if ((access & SYNCHRONIZE) == 0) {
		SetLastError(ERROR_ACCESS_DENIED);
		return false;
	}
	return true;
}

/* --- Processes --- */

DWORD cp_process_fd(struct cp_object *o)
{
	cp_lock();
	bool known = o->signaled || atomic_load(&o->fd) >= 0;
	cp_unlock();
	if (known || o->pid == (uint32_t)getpid())
		return 0;
	int fd = -1;
	uint32_t code;
	CP_GO(code, cpgo_pidfd(o->go, &fd));
	if (code != 0)
		return code;
	if (fd < 0) {
		cp_signal(o);
		return 0;
	}
	int none = -1;
	if (!atomic_compare_exchange_strong(&o->fd, &none, fd))
		close(fd);
	return 0;
}

static bool ended(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return poll(&p, 1, 0) > 0;
}

/* --- Sleeping --- */

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Tells whether there is time left, and how much. */
static bool left(int64_t deadline, struct timespec *t)
{
	int64_t ns = deadline - now();
	if (ns <= 0)
		return false;
	t->tv_sec = ns / 1000000000;
	t->tv_nsec = ns % 1000000000;
	return true;
}

static void wake(struct cp_waiter *w)
{
	if (w->event >= 0) {
		uint64_t one = 1;
		if (write(w->event, &one, sizeof one) < 0) {
			/* It cannot be full. */
		}
		return;
	}
	/* The waiter takes the lock, which is held here, before its memory goes. */
	atomic_store(&w->woken, 1);
	syscall(SYS_futex, (int *)&w->woken, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Returns when the wait has ended, or false when its time is over. */
static bool sleep_on_futex(struct cp_waiter *w, bool limited, int64_t deadline)
{
	while (!atomic_load(&w->woken)) {
		struct timespec t;
		if (limited && !left(deadline, &t))
			return false;
		syscall(SYS_futex, (int *)&w->woken, FUTEX_WAIT_PRIVATE, 0, limited ? &t : NULL, NULL, 0);
	}
	return true;
}

/* The same, for who watches processes too. */
static bool sleep_on_descriptors(struct cp_waiter *w, bool limited, int64_t deadline)
{
	struct pollfd fds[MAXIMUM_WAIT_OBJECTS + 1];
	DWORD index[MAXIMUM_WAIT_OBJECTS + 1];
	for (;;) {
		nfds_t n = 0;
		cp_lock();
		bool over = w->ended;
		for (DWORD i = 0; i < w->count; i++) {
			struct cp_object *o = w->objects[i];
			int fd = atomic_load(&o->fd);
			if ((o->kind & CP_REMOTE) && !o->signaled && fd >= 0) {
				fds[n] = (struct pollfd){.fd = fd, .events = POLLIN};
				index[n++] = i;
			}
		}
		cp_unlock();
		if (over)
			return true;
		if (w->event >= 0)
			fds[n] = (struct pollfd){.fd = w->event, .events = POLLIN};
		struct timespec t;
		if (limited && !left(deadline, &t))
			return false;
		if (ppoll(fds, n + (w->event >= 0), limited ? &t : NULL, NULL) <= 0)
			continue;
		for (nfds_t i = 0; i < n; i++)
			if (fds[i].revents)
				cp_signal(w->objects[index[i]]);
	}
}

static void done_nothing(struct cp_waiter *w) { (void)w; }

static DWORD wait_for(struct cp_object **objects, DWORD count, bool all, DWORD ms)
{
	struct cp_link links[MAXIMUM_WAIT_OBJECTS];
	struct cp_waiter w = {.objects = objects, .links = links, .count = count, .all = all, .event = -1, .done = wake};
	int64_t deadline = 0;
	bool watches = false, queues = count > 1;

	for (DWORD i = 0; i < count; i++) {
		struct cp_object *o = objects[i];
		if (o->kind & CP_REMOTE) {
			DWORD code = cp_process_fd(o);
			if (code != 0) {
				SetLastError(code);
				return WAIT_FAILED;
			}
			int fd = atomic_load(&o->fd);
			if (fd >= 0) {
				watches = true;
				cp_lock();
				bool known = o->signaled;
				cp_unlock();
				if (!known && (count > 1 || ms == 0) && ended(fd))
					cp_signal(o);
			}
		} else {
			queues = true;
			if (o->kind == CP_MUTEX && (w.thread = cp_self()) == NULL)
				return WAIT_FAILED;
		}
	}
	if (ms == 0) {
		cp_lock();
		bool taken = take(&w);
		cp_unlock();
		return taken ? w.result : WAIT_TIMEOUT;
	}
	if (ms != INFINITE)
		deadline = now() + (int64_t)ms * 1000000;
	if (watches && queues) {
		w.event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (w.event < 0) {
			SetLastError(ERROR_NOT_ENOUGH_MEMORY);
			return WAIT_FAILED;
		}
	} else if (watches) {
		w.done = done_nothing; /* one process: its descriptor wakes */
	}
	cp_lock();
	bool over = cp_begin_locked(&w);
	cp_unlock();
	if (!over) {
		if (watches)
			over = sleep_on_descriptors(&w, ms != INFINITE, deadline);
		else
			over = sleep_on_futex(&w, ms != INFINITE, deadline);
		if (!over) {
			/* It may have ended meanwhile. */
			cp_lock();
			over = w.ended;
			cp_leave_locked(&w);
			cp_unlock();
		} else {
			/* Whoever has woken this thread may still hold the lock. */
			cp_lock();
			cp_unlock();
		}
	}
	if (w.event >= 0)
		close(w.event);
	return over ? w.result : WAIT_TIMEOUT;
}

DWORD WINAPI WaitForSingleObjectEx(HANDLE h, DWORD ms, BOOL alertable)
{
	(void)alertable; /* nothing can be queued to a thread */
	DWORD access, result = WAIT_FAILED;
	struct cp_object *o = cp_get(h, CP_ANY, &access);
	if (o == NULL)
		return WAIT_FAILED;
	if (cp_may_wait(o, access))
		result = wait_for(&o, 1, false, ms);
	cp_release(o);
	return result;
}

DWORD WINAPI WaitForSingleObject(HANDLE h, DWORD ms) { return WaitForSingleObjectEx(h, ms, FALSE); }

DWORD WINAPI WaitForMultipleObjectsEx(DWORD count, const HANDLE *handles, BOOL all, DWORD ms, BOOL alertable)
{
	(void)alertable;
	struct cp_object *objects[MAXIMUM_WAIT_OBJECTS];
	DWORD n = 0, result = WAIT_FAILED;
	if (count == 0 || count > MAXIMUM_WAIT_OBJECTS || handles == NULL) {
		SetLastError(ERROR_INVALID_PARAMETER);
		return WAIT_FAILED;
	}
	bool ok = true;
	for (; ok && n < count; n += ok) {
		DWORD access;
		struct cp_object *o = cp_get(handles[n], CP_ANY, &access);
		ok = o != NULL && cp_may_wait(o, access);
		if (ok)
			objects[n] = o;
		else
			cp_release(o);
		for (DWORD i = 0; ok && all && i < n; i++) {
			if (objects[i] == o) {
				SetLastError(ERROR_INVALID_PARAMETER);
				cp_release(o);
				ok = false;
			}
		}
	}
	if (ok)
		result = wait_for(objects, count, all, ms);
	for (DWORD i = 0; i < n; i++)
		cp_release(objects[i]);
	return result;
}

DWORD WINAPI WaitForMultipleObjects(DWORD count, const HANDLE *handles, BOOL all, DWORD ms)
{
	return WaitForMultipleObjectsEx(count, handles, all, ms, FALSE);
}

DWORD WINAPI SignalObjectAndWait(HANDLE signal, HANDLE wait, DWORD ms, BOOL alertable)
{
	struct cp_object *o = cp_get(signal, CP_EVENT | CP_SEMAPHORE | CP_MUTEX, NULL);
	if (o == NULL)
		return WAIT_FAILED;
	enum cp_kind kind = o->kind;
	cp_release(o);
	BOOL ok = kind == CP_EVENT ? SetEvent(signal) : kind == CP_SEMAPHORE ? ReleaseSemaphore(signal, 1, NULL) : ReleaseMutex(signal);
	return ok ? WaitForSingleObjectEx(wait, ms, alertable) : WAIT_FAILED;
}

/* --- Names. They are this program's: no other program sees them. --- */

void cp_unname(struct cp_object *o)
{
	for (struct cp_object **p = &named; *p != NULL; p = &(*p)->next_named) {
		if (*p == o) {
			*p = o->next_named;
			return;
		}
	}
}

/* Local\x is x: the names of the session, here the program. */
static const char *bare(const char *name)
{
	return strncmp(name, "Local\\", 6) == 0 ? name + 6 : name;
}

static DWORD check_name(const char *name)
{
	const char *rest = bare(name);
	if (rest == name && strncmp(name, "Global\\", 7) == 0)
		rest = name + 7;
	if (cp_widen(name, NULL, 0) > MAX_PATH)
		return ERROR_FILENAME_EXCED_RANGE;
	return strchr(rest, '\\') != NULL ? ERROR_PATH_NOT_FOUND : 0;
}

static struct cp_object *lookup(const char *name)
{
	struct cp_object *o = named;
	while (o != NULL && strcmp(o->name, bare(name)) != 0)
		o = o->next_named;
	return o;
}

/* Opens a handle to o, which is new, or to the object that has the name already. */
static HANDLE create(struct cp_object *o, const char *name, LPSECURITY_ATTRIBUTES attributes, DWORD access)
{
	if (o == NULL)
		return NULL;
	DWORD code = 0;
	bool existed = false;
	if (attributes != NULL && (attributes->lpSecurityDescriptor != NULL || attributes->bInheritHandle))
		code = ERROR_NOT_SUPPORTED;
	else if (name != NULL && name[0] != 0)
		code = check_name(name);
	if (code == 0 && name != NULL && name[0] != 0) {
		char *copy = strdup(bare(name));
		if (copy == NULL) {
			code = ERROR_NOT_ENOUGH_MEMORY;
		} else {
			cp_lock();
			struct cp_object *old = lookup(name);
			if (old == NULL) {
				o->name = copy;
				o->next_named = named;
				named = o;
			} else if (old->kind != o->kind) {
				code = ERROR_INVALID_HANDLE;
			} else {
				cp_retain(old);
				existed = true;
			}
			cp_unlock();
			if (old != NULL) {
				free(copy);
				cp_release(o);
				o = existed ? old : NULL;
			}
		}
	}
	if (code != 0) {
		cp_release(o);
		SetLastError(code);
		return NULL;
	}
	HANDLE h = cp_open(o, access, false);
	if (h != NULL)
		SetLastError(existed ? ERROR_ALREADY_EXISTS : ERROR_SUCCESS);
	return h;
}

static HANDLE open_named(const char *name, enum cp_kind kind, DWORD access, BOOL inherit)
{
	DWORD code = name == NULL || name[0] == 0 ? ERROR_INVALID_PARAMETER : check_name(name);
	if (code == 0 && inherit)
		code = ERROR_NOT_SUPPORTED;
	struct cp_object *o = NULL;
	if (code == 0) {
		cp_lock();
		o = lookup(name);
		if (o == NULL)
			code = ERROR_FILE_NOT_FOUND;
		else if (o->kind != kind)
			code = ERROR_INVALID_HANDLE;
		else
			cp_retain(o);
		cp_unlock();
	}
	if (code != 0) {
		SetLastError(code);
		return NULL;
	}
	return cp_open(o, access, false);
}

/* --- Events --- */

HANDLE WINAPI CreateEventExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name, DWORD flags, DWORD access)
{
	struct cp_object *o = cp_new_object(CP_EVENT);
	if (o != NULL) {
		o->manual = (flags & CREATE_EVENT_MANUAL_RESET) != 0;
		o->signaled = (flags & CREATE_EVENT_INITIAL_SET) != 0;
	}
	return create(o, name, attributes, access);
}

HANDLE WINAPI CreateEventA(LPSECURITY_ATTRIBUTES attributes, BOOL manual, BOOL set, LPCSTR name)
{
	return CreateEventExA(attributes, name, (manual ? CREATE_EVENT_MANUAL_RESET : 0) | (set ? CREATE_EVENT_INITIAL_SET : 0), EVENT_ALL_ACCESS);
}

/* What has a name calls its narrow function with it. */
#define WITH_NAME(call)                     \
	char *narrow;                       \
	if (!cp_text(name, &narrow))        \
		return NULL;                \
	HANDLE h = (call);                  \
	free(narrow);                       \
	return h

HANDLE WINAPI CreateEventExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name, DWORD flags, DWORD access)
{
	WITH_NAME(CreateEventExA(attributes, narrow, flags, access));
}

HANDLE WINAPI CreateEventW(LPSECURITY_ATTRIBUTES attributes, BOOL manual, BOOL set, LPCWSTR name)
{
	WITH_NAME(CreateEventA(attributes, manual, set, narrow));
}

HANDLE WINAPI OpenEventA(DWORD access, BOOL inherit, LPCSTR name) { return open_named(name, CP_EVENT, access, inherit); }

HANDLE WINAPI OpenEventW(DWORD access, BOOL inherit, LPCWSTR name)
{
	WITH_NAME(OpenEventA(access, inherit, narrow));
}

/* The object, for an operation that needs a right. */
static struct cp_object *use(HANDLE h, enum cp_kind kind, DWORD need)
{
	DWORD access;
	struct cp_object *o = cp_get(h, kind, &access);
	if (o != NULL && (access & need) != need) {
		cp_release(o);
		o = NULL;
		SetLastError(ERROR_ACCESS_DENIED);
	}
	return o;
}

BOOL WINAPI SetEvent(HANDLE h)
{
	struct cp_object *o = use(h, CP_EVENT, EVENT_MODIFY_STATE);
	if (o == NULL)
		return FALSE;
	cp_signal(o);
	cp_release(o);
	return TRUE;
}

BOOL WINAPI ResetEvent(HANDLE h)
{
	struct cp_object *o = use(h, CP_EVENT, EVENT_MODIFY_STATE);
	if (o == NULL)
		return FALSE;
	cp_lock();
	o->signaled = false;
	cp_unlock();
	cp_release(o);
	return TRUE;
}

BOOL WINAPI PulseEvent(HANDLE h)
{
	struct cp_object *o = use(h, CP_EVENT, EVENT_MODIFY_STATE);
	if (o == NULL)
		return FALSE;
	cp_lock();
	cp_signal_locked(o);
	o->signaled = false;
	cp_unlock();
	cp_release(o);
	return TRUE;
}

/* --- Semaphores --- */

HANDLE WINAPI CreateSemaphoreExA(LPSECURITY_ATTRIBUTES attributes, LONG count, LONG maximum, LPCSTR name, DWORD flags, DWORD access)
{
	if (maximum <= 0 || count < 0 || count > maximum || flags != 0) {
		SetLastError(ERROR_INVALID_PARAMETER);
		return NULL;
	}
	struct cp_object *o = cp_new_object(CP_SEMAPHORE);
	if (o != NULL) {
		o->count = count;
		o->maximum = maximum;
	}
	return create(o, name, attributes, access);
}

HANDLE WINAPI CreateSemaphoreA(LPSECURITY_ATTRIBUTES attributes, LONG count, LONG maximum, LPCSTR name)
{
	return CreateSemaphoreExA(attributes, count, maximum, name, 0, SEMAPHORE_ALL_ACCESS);
}

HANDLE WINAPI CreateSemaphoreExW(LPSECURITY_ATTRIBUTES attributes, LONG count, LONG maximum, LPCWSTR name, DWORD flags, DWORD access)
{
	WITH_NAME(CreateSemaphoreExA(attributes, count, maximum, narrow, flags, access));
}

HANDLE WINAPI CreateSemaphoreW(LPSECURITY_ATTRIBUTES attributes, LONG count, LONG maximum, LPCWSTR name)
{
	WITH_NAME(CreateSemaphoreA(attributes, count, maximum, narrow));
}

HANDLE WINAPI OpenSemaphoreA(DWORD access, BOOL inherit, LPCSTR name) { return open_named(name, CP_SEMAPHORE, access, inherit); }

HANDLE WINAPI OpenSemaphoreW(DWORD access, BOOL inherit, LPCWSTR name)
{
	WITH_NAME(OpenSemaphoreA(access, inherit, narrow));
}

BOOL WINAPI ReleaseSemaphore(HANDLE h, LONG add, LPLONG previous)
{
	if (add <= 0)
		return cp_fail(ERROR_INVALID_PARAMETER);
	struct cp_object *o = use(h, CP_SEMAPHORE, SEMAPHORE_MODIFY_STATE);
	if (o == NULL)
		return FALSE;
	DWORD code = 0;
	cp_lock();
	if (add > o->maximum - o->count) {
		code = ERROR_TOO_MANY_POSTS;
	} else {
		if (previous != NULL)
			*previous = (LONG)o->count;
		o->count += add;
		offer(o);
	}
	cp_unlock();
	cp_release(o);
	return cp_done(code);
}

/* --- Mutexes. A thread owns one; if it ends so, the next one is told. --- */

HANDLE WINAPI CreateMutexExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name, DWORD flags, DWORD access)
{
	struct cp_thread *self = cp_self();
	struct cp_object *o = self == NULL ? NULL : cp_new_object(CP_MUTEX);
	if (o == NULL)
		return NULL;
	cp_retain(o);
	HANDLE h = create(o, name, attributes, access);
	if (h != NULL && (flags & CREATE_MUTEX_INITIAL_OWNER) && GetLastError() != ERROR_ALREADY_EXISTS) {
		cp_lock();
		consume(o, self);
		cp_unlock();
	}
	cp_release(o);
	return h;
}

HANDLE WINAPI CreateMutexA(LPSECURITY_ATTRIBUTES attributes, BOOL owned, LPCSTR name)
{
	return CreateMutexExA(attributes, name, owned ? CREATE_MUTEX_INITIAL_OWNER : 0, MUTEX_ALL_ACCESS);
}

HANDLE WINAPI CreateMutexExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name, DWORD flags, DWORD access)
{
	WITH_NAME(CreateMutexExA(attributes, narrow, flags, access));
}

HANDLE WINAPI CreateMutexW(LPSECURITY_ATTRIBUTES attributes, BOOL owned, LPCWSTR name)
{
	WITH_NAME(CreateMutexA(attributes, owned, narrow));
}

HANDLE WINAPI OpenMutexA(DWORD access, BOOL inherit, LPCSTR name) { return open_named(name, CP_MUTEX, access, inherit); }

HANDLE WINAPI OpenMutexW(DWORD access, BOOL inherit, LPCWSTR name)
{
	WITH_NAME(OpenMutexA(access, inherit, narrow));
}

BOOL WINAPI ReleaseMutex(HANDLE h)
{
	struct cp_thread *self = cp_self();
	struct cp_object *o = self == NULL ? NULL : cp_get(h, CP_MUTEX, NULL);
	if (o == NULL)
		return FALSE;
	DWORD code = 0;
	cp_lock();
	if (o->owner != self) {
		code = ERROR_NOT_OWNER;
	} else if (--o->count == 0) {
		cp_disown_locked(o);
		offer(o);
	}
	cp_unlock();
	cp_release(o);
	return cp_done(code);
}
