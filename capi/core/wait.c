/* Waiting. One lock, the dispatcher's, is over the state of all objects and the
 * queues of those who wait for them, so that a wait for several objects takes
 * them at one moment. Who signals an object hands it to those who wait, longest
 * first: nobody can take it in between.
 *
 * The end of a process is seen by whoever waits for it, on a pidfd of this
 * side's own; from then on the object is signaled for everybody. A sleeper who
 * watches no descriptor sleeps on a futex.
 *
 * The state of objects that several programs have is in shared.c's memory, under
 * a lock of its own; each program has queues for itself. Who waits for a mutex
 * that another program owns watches that one's end. */
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

void cp_lock(void) { pthread_mutex_lock(&dispatcher); }
bool cp_try_lock(void) { return pthread_mutex_trylock(&dispatcher) == 0; }

void cp_unlock(void)
{
	cp_unlock_shared();
	pthread_mutex_unlock(&dispatcher);
}

void cp_wait_locked(pthread_cond_t *condition)
{
	cp_unlock_shared();
	pthread_cond_wait(condition, &dispatcher);
}

__attribute__((constructor)) static void look_after_forks(void)
{
	pthread_atfork(cp_lock, cp_unlock, cp_unlock);
}

/* Whether w's wait for its object i would end. */
static bool ready(const struct cp_waiter *w, DWORD i)
{
	const struct cp_object *o = w->objects[i];
	const struct cp_state *s = o->state;
	if (o->shared)
		cp_lock_shared();
	switch (o->kind) {
	case CP_EVENT:
		/* Another program may have set it and reset it meanwhile. */
		return s->signaled || (s->manual && w->queued && !w->all && w->links[i].epoch != s->epoch);
	case CP_SEMAPHORE:
		return s->count > 0;
	case CP_MUTEX:
		return o->owner != NULL ? o->owner == w->thread : !cp_owned_elsewhere_locked(o);
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
		if (!o->state->manual)
			o->state->signaled = false;
		break;
	case CP_SEMAPHORE:
		o->state->count--;
		break;
	case CP_MUTEX:
		if (o->owner == NULL) {
			o->owner = t;
			o->next_held = t->held;
			t->held = o;
			abandoned = cp_take_mutex_locked(o);
		}
		o->state->count++;
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
			if (!ready(w, i))
				return false;
		for (DWORD i = 0; i < w->count; i++)
			abandoned |= consume(w->objects[i], w->thread);
		w->result = abandoned ? WAIT_ABANDONED_0 : WAIT_OBJECT_0;
		return true;
	}
	for (DWORD i = 0; i < w->count; i++) {
		if (!ready(w, i))
			continue;
		abandoned = consume(w->objects[i], w->thread);
		w->result = (abandoned ? WAIT_ABANDONED_0 : WAIT_OBJECT_0) + i;
		return true;
	}
	return false;
}

static void join(struct cp_link *l, struct cp_waiter *w, struct cp_object *o)
{
	*l = (struct cp_link){.waiter = w, .object = o, .prev = o->last, .epoch = o->state->epoch};
	if (o->last != NULL)
		o->last->next = l;
	else
		o->first = l;
	o->last = l;
	cp_expect_ring_locked(o);
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
	w->queued = false;
}

bool cp_begin_locked(struct cp_waiter *w)
{
	if (take(w)) {
		w->ended = true;
		return true;
	}
	for (DWORD i = 0; i < w->count; i++)
		join(&w->links[i], w, w->objects[i]);
	w->queued = true;
	return false;
}

/* Whether anybody's wait for o alone would end. */
static bool offers(struct cp_object *o)
{
	const struct cp_state *s = o->state;
	return o->kind == CP_EVENT ? s->signaled || s->manual : o->kind != CP_SEMAPHORE || s->count > 0;
}

/* Ends the waits that o ends, longest first. A wait for all that needs more
 * stays in the queue and is passed over. */
static void offer(struct cp_object *o)
{
	if (o->shared)
		cp_lock_shared();
	for (struct cp_link *l = o->first, *next; l != NULL && offers(o); l = next) {
		struct cp_waiter *w = l->waiter;
		next = l->next;
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

void cp_look_again_locked(struct cp_object *o)
{
	offer(o);
	/* Another program may own it now: that one's end is to be watched. */
	for (struct cp_link *l = o->first; o->kind == CP_MUTEX && l != NULL; l = l->next)
		l->waiter->done(l->waiter);
}

void cp_restart_locked(struct cp_object *o)
{
	while (o->kind == CP_MUTEX && o->first != NULL) {
		struct cp_waiter *w = o->first->waiter;
		cp_leave_locked(w);
		w->again = true;
		w->done(w);
	}
}

void cp_signal_locked(struct cp_object *o)
{
	if (o->kind == CP_EVENT) {
		cp_ring_locked(o);
		o->state->signaled = true;
		o->state->epoch++;
	} else {
		o->signaled = true;
	}
	offer(o);
}

void cp_signal(struct cp_object *o)
{
	cp_lock();
	cp_signal_locked(o);
	cp_unlock();
}

/* Nobody owns it any more. */
static void disown(struct cp_object *o, bool abandoned)
{
	cp_ring_locked(o);
	o->owner = NULL;
	o->state->abandoned |= abandoned;
	atomic_store(&o->state->owner, 0);
	offer(o);
}

/* The mutexes of a thread that has ended. */
void cp_abandon(struct cp_object *o)
{
	cp_lock();
	for (struct cp_object *next; o != NULL; o = next) {
		next = o->next_held;
		if (o->shared)
			cp_lock_shared();
		o->owner = NULL;
		if (cp_is_there_locked(o))
			disown(o, true);
		if (atomic_load(&o->references) == 0) {
			cp_unshare_locked(o);
			free(o);
		}
	}
	cp_unlock();
}

void cp_forget_owner(struct cp_object *o)
{
	struct cp_object **p = &o->owner->held;
	while (*p != o)
		p = &(*p)->next_held;
	*p = o->next_held;
	o->owner = NULL;
}

/* A mutex whose last handle is closed is nobody's any more. */
void cp_disown_locked(struct cp_object *o)
{
	if (o->owner == NULL)
		return;
	cp_forget_owner(o);
	disown(o, true);
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

/* Returns when the wait has ended or is to begin anew, or false when its time is over. */
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

/* What a sleeper watches: the end of a process that it waits for, or of one that
 * owns a mutex which it waits for. */
struct watched {
	struct cp_object *object;
	uint64_t owner;
};

/* Sets what is to be watched, and how much that is. The descriptors behind a
 * watched.owner are to be closed. */
static DWORD watch_locked(struct cp_waiter *w, struct pollfd *fds, struct watched *what, nfds_t *n)
{
	DWORD code = 0;
	*n = 0;
	for (DWORD i = 0; i < w->count && code == 0; i++) {
		struct cp_object *o = w->objects[i];
		uint64_t owner = 0;
		int fd = -1;
		if ((o->kind & CP_REMOTE) && !o->signaled)
			fd = atomic_load(&o->fd);
		else if (o->kind == CP_MUTEX)
			code = cp_owner_locked(o, &fd, &owner);
		if (fd < 0)
			continue;
		fds[*n] = (struct pollfd){.fd = fd, .events = POLLIN};
		what[(*n)++] = (struct watched){o, owner};
	}
	return code;
}

/* Has w look at a mutex again if its owner has ended while it began to watch. */
static void look_at_owners_locked(struct cp_waiter *w)
{
	for (DWORD i = 0; i < w->count && !w->ended && !w->again; i++) {
		struct cp_object *o = w->objects[i];
		if (o->kind == CP_MUTEX && o->shared && o->owner == NULL && !cp_owned_elsewhere_locked(o))
			cp_look_again_locked(o);
	}
}

/* The same as sleep_on_futex, for who watches processes too. */
static bool sleep_on_descriptors(struct cp_waiter *w, bool limited, int64_t deadline, DWORD *code)
{
	struct pollfd fds[MAXIMUM_WAIT_OBJECTS + 1];
	struct watched what[MAXIMUM_WAIT_OBJECTS];
	for (;;) {
		nfds_t n = 0;
		struct timespec t;
		cp_lock();
		bool over = w->ended || w->again;
		if (!over) {
			*code = watch_locked(w, fds, what, &n);
			look_at_owners_locked(w);
			over = w->ended || w->again || *code != 0;
		}
		cp_unlock();
		bool late = !over && limited && !left(deadline, &t);
		if (w->event >= 0)
			fds[n] = (struct pollfd){.fd = w->event, .events = POLLIN};
		int found = over || late ? 0 : ppoll(fds, n + (w->event >= 0), limited ? &t : NULL, NULL);
		for (nfds_t i = 0; i < n; i++) {
			if (found > 0 && fds[i].revents != 0 && what[i].owner == 0) {
				cp_signal(what[i].object);
			} else if (found > 0 && fds[i].revents != 0) {
				cp_lock();
				cp_owner_ended_locked(what[i].object, what[i].owner);
				cp_look_again_locked(what[i].object);
				cp_unlock();
			}
			if (what[i].owner != 0)
				close(fds[i].fd);
		}
		if (over || late)
			return over;
		uint64_t count;
		if (found > 0 && w->event >= 0 && read(w->event, &count, sizeof count) < 0) {
			/* It was something else. */
		}
	}
}

static void done_nothing(struct cp_waiter *w) { (void)w; }

/* Finds out how to sleep, and does what others need to wake this thread. */
static DWORD prepare_locked(struct cp_waiter *w, bool *watches)
{
	bool queues = w->count > 1, shared = false;
	*watches = false;
	for (DWORD i = 0; i < w->count; i++) {
		struct cp_object *o = w->objects[i];
		*watches = *watches || ((o->kind & CP_REMOTE) && atomic_load(&o->fd) >= 0) || (o->kind == CP_MUTEX && o->shared);
		queues = queues || !(o->kind & CP_REMOTE);
		shared = shared || o->shared;
	}
	if (shared) {
		DWORD code = cp_listen_locked();
		if (code != 0)
			return code;
	}
	w->done = wake;
	if (*watches && !queues) {
		w->done = done_nothing; /* one process: its descriptor wakes */
	} else if (*watches && w->event < 0) {
		w->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (w->event < 0)
			return ERROR_NOT_ENOUGH_MEMORY;
	}
	return 0;
}

static DWORD failed(DWORD code)
{
	SetLastError(code);
	return WAIT_FAILED;
}

static DWORD wait_for(struct cp_object **objects, DWORD count, bool all, DWORD ms)
{
	struct cp_link links[MAXIMUM_WAIT_OBJECTS];
	struct cp_waiter w = {.objects = objects, .links = links, .count = count, .all = all, .event = -1};
	int64_t deadline = ms == 0 || ms == INFINITE ? 0 : now() + (int64_t)ms * 1000000;
	DWORD code = 0;
	bool over = false, watches;

	for (DWORD i = 0; i < count; i++) {
		struct cp_object *o = objects[i];
		if (o->kind == CP_MUTEX && w.thread == NULL && (w.thread = cp_self()) == NULL)
			return WAIT_FAILED;
		if (!(o->kind & CP_REMOTE))
			continue;
		code = cp_process_fd(o);
		if (code != 0)
			return failed(code);
		int fd = atomic_load(&o->fd);
		if (fd >= 0) {
			cp_lock();
			bool known = o->signaled;
			cp_unlock();
			if (!known && (count > 1 || ms == 0) && ended(fd))
				cp_signal(o);
		}
	}
	if (ms == 0) {
		cp_lock();
		bool taken = take(&w);
		cp_unlock();
		return taken ? w.result : WAIT_TIMEOUT;
	}
	do {
		w.again = false;
		atomic_store(&w.woken, 0);
		cp_lock();
		code = prepare_locked(&w, &watches);
		over = code == 0 && cp_begin_locked(&w);
		cp_unlock();
		if (code != 0 || over)
			break;
		if (watches)
			over = sleep_on_descriptors(&w, ms != INFINITE, deadline, &code);
		else
			over = sleep_on_futex(&w, ms != INFINITE, deadline);
		/* Whoever has woken this thread may still hold the lock; and the wait may
		 * have ended although its time is over. */
		cp_lock();
		over = w.ended;
		cp_leave_locked(&w);
		cp_unlock();
	} while (w.again && !over);
	if (w.event >= 0)
		close(w.event);
	if (code != 0 && !over)
		return failed(code);
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

/* --- Names. They are the user's: all programs that he runs see them. --- */

/* Local\x is x. */
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

/* Gives o, which is new, its name, or takes the object that has it already. */
static DWORD name_object(struct cp_object **o, const char *name, bool *existed)
{
	struct cp_object *old;
	DWORD code = check_name(name);
	if (code != 0)
		return code;
	cp_lock();
	code = cp_find_locked(bare(name), (*o)->kind, &old);
	if (code == 0 && old == NULL)
		code = cp_share_locked(*o, bare(name));
	cp_unlock();
	if (code == 0 && old != NULL) {
		cp_release(*o);
		*o = old;
		*existed = true;
	}
	return code;
}

/* Opens a handle to o, which is new, or to the object that has the name already. */
static HANDLE create(struct cp_object *o, const char *name, LPSECURITY_ATTRIBUTES attributes, DWORD access)
{
	if (o == NULL)
		return NULL;
	DWORD code = 0;
	bool existed = false;
	if (attributes != NULL && attributes->lpSecurityDescriptor != NULL)
		code = ERROR_NOT_SUPPORTED;
	else if (name != NULL && name[0] != 0)
		code = name_object(&o, name, &existed);
	if (code != 0) {
		cp_release(o);
		SetLastError(code);
		return NULL;
	}
	HANDLE h = cp_open(o, access, attributes != NULL && attributes->bInheritHandle);
	if (h != NULL)
		SetLastError(existed ? ERROR_ALREADY_EXISTS : ERROR_SUCCESS);
	return h;
}

static HANDLE open_named(const char *name, enum cp_kind kind, DWORD access, BOOL inherit)
{
	DWORD code = name == NULL || name[0] == 0 ? ERROR_INVALID_PARAMETER : check_name(name);
	struct cp_object *o = NULL;
	if (code == 0) {
		cp_lock();
		code = cp_find_locked(bare(name), kind, &o);
		cp_unlock();
		if (code == 0 && o == NULL)
			code = ERROR_FILE_NOT_FOUND;
	}
	if (code != 0) {
		SetLastError(code);
		return NULL;
	}
	return cp_open(o, access, inherit);
}

/* --- Events --- */

HANDLE WINAPI CreateEventExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name, DWORD flags, DWORD access)
{
	struct cp_object *o = cp_new_object(CP_EVENT);
	if (o != NULL) {
		o->own.manual = (flags & CREATE_EVENT_MANUAL_RESET) != 0;
		o->own.signaled = (flags & CREATE_EVENT_INITIAL_SET) != 0;
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

BOOL WINAPI SetEvent(HANDLE h)
{
	struct cp_object *o = cp_use(h, CP_EVENT, EVENT_MODIFY_STATE);
	if (o == NULL)
		return FALSE;
	cp_signal(o);
	cp_release(o);
	return TRUE;
}

static void reset_locked(struct cp_object *o)
{
	if (o->shared)
		cp_lock_shared();
	o->state->signaled = false;
}

BOOL WINAPI ResetEvent(HANDLE h)
{
	struct cp_object *o = cp_use(h, CP_EVENT, EVENT_MODIFY_STATE);
	if (o == NULL)
		return FALSE;
	cp_lock();
	reset_locked(o);
	cp_unlock();
	cp_release(o);
	return TRUE;
}

BOOL WINAPI PulseEvent(HANDLE h)
{
	struct cp_object *o = cp_use(h, CP_EVENT, EVENT_MODIFY_STATE);
	if (o == NULL)
		return FALSE;
	cp_lock();
	cp_signal_locked(o);
	reset_locked(o);
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
		o->own.count = count;
		o->own.maximum = maximum;
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
	struct cp_object *o = cp_use(h, CP_SEMAPHORE, SEMAPHORE_MODIFY_STATE);
	if (o == NULL)
		return FALSE;
	DWORD code = 0;
	cp_lock();
	cp_ring_locked(o);
	struct cp_state *s = o->state;
	if (add > (int64_t)s->maximum - s->count) {
		code = ERROR_TOO_MANY_POSTS;
	} else {
		if (previous != NULL)
			*previous = s->count;
		s->count += add;
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
	if (flags & CREATE_MUTEX_INITIAL_OWNER) {
		cp_lock();
		consume(o, self); /* before anybody else can */
		cp_unlock();
	}
	return create(o, name, attributes, access);
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
	} else if (--o->state->count == 0) {
		cp_forget_owner(o);
		disown(o, false);
	}
	cp_unlock();
	cp_release(o);
	return cp_done(code);
}
