/* Handles. A value is a multiple of 4 below 2^31, so that programs may print it,
 * hand it on as a number of 32 bits, and find the two lowest bits free:
 * generation, index and two zero bits. A slot that has been closed is used again
 * after all others that are free, and at the earliest when there are LEAST_FREE
 * of them, under another generation: a stale value stays invalid for long. */
#include "core.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>

extern uint32_t cpgo_duplicate(uintptr_t id, uint32_t *access, int same, uintptr_t *out);
extern uint32_t cpgo_same(uintptr_t a, uintptr_t b, int *same);
extern void cpgo_close(uintptr_t id);
extern void cpgo_job_close(uintptr_t id);

enum { INDEX_BITS = 19, GENERATION_BITS = 10, LEAST_FREE = 64 };
#define CAPACITY (1u << INDEX_BITS)
#define GENERATIONS (1u << GENERATION_BITS)

struct slot {
	struct cp_object *object; /* NULL: free */
	DWORD access;
	uint16_t generation;
	bool inherit, protect;
	uint32_t next; /* of the free ones, in the order of closing */
};

static struct {
	pthread_mutex_t lock;
	struct slot *slots; /* number 0 is not used: its first value would be NULL */
	uint32_t size;      /* for how many there is memory */
	uint32_t fresh;     /* from here on none has been used, except by cp_adopt */
	uint32_t first_free, last_free, free;
} table = {PTHREAD_MUTEX_INITIALIZER, NULL, 0, 1, 0, 0, 0};

static HANDLE value_of(uint32_t index)
{
	return (HANDLE)((uintptr_t)table.slots[index].generation << (INDEX_BITS + 2) | (uintptr_t)index << 2);
}

/* The slot of a handle that is open, or NULL. */
static struct slot *find(HANDLE h)
{
	uintptr_t v = (uintptr_t)h;
	uint32_t index = (uint32_t)(v >> 2) & (CAPACITY - 1);
	if (v >> (INDEX_BITS + GENERATION_BITS + 2) != 0 || (v & 3) != 0 || index >= table.size)
		return NULL;
	struct slot *s = &table.slots[index];
	return s->object != NULL && s->generation == v >> (INDEX_BITS + 2) ? s : NULL;
}

/* Makes room for the slot index. */
static bool grow(uint32_t index)
{
	if (index < table.size)
		return true;
	if (index >= CAPACITY)
		return false;
	uint32_t size = table.size == 0 ? 64 : table.size;
	while (size <= index)
		size *= 2;
	struct slot *slots = realloc(table.slots, size * sizeof *slots);
	if (slots == NULL)
		return false;
	memset(slots + table.size, 0, (size - table.size) * sizeof *slots);
	table.slots = slots;
	table.size = size;
	return true;
}

/* A free slot; 0: there is none. */
static uint32_t take(void)
{
	if (table.free <= LEAST_FREE) {
		while (table.fresh < table.size && table.slots[table.fresh].object != NULL)
			table.fresh++;
		if (grow(table.fresh))
			return table.fresh++;
	}
	uint32_t index = table.first_free;
	if (index != 0) {
		table.first_free = table.slots[index].next;
		table.free--;
	}
	return index;
}

static void give_back(struct slot *s)
{
	uint32_t index = (uint32_t)(s - table.slots);
	s->object = NULL;
	s->inherit = s->protect = false;
	s->generation = (s->generation + 1) % GENERATIONS;
	s->next = 0;
	if (table.free++ == 0)
		table.first_free = index;
	else
		table.slots[table.last_free].next = index;
	table.last_free = index;
}

static void lock_table(void) { pthread_mutex_lock(&table.lock); }
static void unlock_table(void) { pthread_mutex_unlock(&table.lock); }

/* A fork of the program finds the table in order. */
__attribute__((constructor)) static void look_after_forks(void)
{
	pthread_atfork(lock_table, unlock_table, unlock_table);
}

struct cp_object *cp_new_object(enum cp_kind kind)
{
	struct cp_object *o = calloc(1, sizeof *o);
	if (o == NULL) {
		SetLastError(ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	atomic_init(&o->references, 1);
	atomic_init(&o->fd, -1);
	o->kind = kind;
	o->state = &o->own;
	return o;
}

void cp_retain(struct cp_object *o) { atomic_fetch_add(&o->references, 1); }

/* A standard file that is closed becomes the null device: its number must not
 * become another file's. */
static void close_standard(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, fd);
		close(null);
	}
}

void cp_release(struct cp_object *o)
{
	if (o == NULL)
		return;
	if (o->kind & CP_SHARED) {
		/* Somebody may be about to open it by its name. */
		cp_lock();
		bool last = atomic_fetch_sub(&o->references, 1) == 1;
		if (last && cp_stays_owned_locked(o))
			last = false;
		if (last) {
			cp_disown_locked(o);
			if (o->shared)
				cp_unshare_locked(o);
		}
		cp_unlock();
		if (!last)
			return;
	} else if (atomic_fetch_sub(&o->references, 1) > 1) {
		return;
	}
	int fd = atomic_load(&o->fd);
	if (o->standard)
		close_standard(fd);
	else if (fd >= 0)
		close(fd);
	if ((o->kind & CP_REMOTE) && o->go != 0) {
		CP_GO_DO(cpgo_close(o->go));
	}
	if (o->kind == CP_TOKEN)
		cp_end_token(o);
	if (o->kind == CP_JOB) {
		CP_GO_DO(cpgo_job_close(o->go));
	}
	if (o->kind == CP_PORT)
		close(o->write_fd);
	free(o->snapshot);
	free(o->thread);
	free(o);
}

HANDLE cp_open(struct cp_object *o, DWORD access, bool inherit)
{
	HANDLE h = NULL;
	lock_table();
	uint32_t index = take();
	if (index != 0) {
		struct slot *s = &table.slots[index];
		s->object = o;
		s->access = access;
		s->inherit = inherit;
		s->protect = false;
		h = value_of(index);
	}
	unlock_table();
	if (h == NULL) {
		cp_release(o);
		SetLastError(ERROR_NOT_ENOUGH_MEMORY);
	}
	return h;
}

bool cp_adopt(HANDLE h, struct cp_object *o, DWORD access)
{
	uintptr_t v = (uintptr_t)h;
	uint32_t index = (uint32_t)(v >> 2) & (CAPACITY - 1);
	bool ok = false;
	lock_table();
	if (index >= table.fresh && v >> (INDEX_BITS + GENERATION_BITS + 2) == 0 && (v & 3) == 0 &&
	    grow(index) && table.slots[index].object == NULL) {
		struct slot *s = &table.slots[index];
		s->object = o;
		s->access = access;
		s->inherit = true;
		s->generation = (uint16_t)(v >> (INDEX_BITS + 2));
		ok = true;
	}
	unlock_table();
	return ok;
}

/* This program, as a process: what GetCurrentProcess stands for. */
static struct cp_object myself = {.references = 1, .kind = CP_PROCESS, .fd = -1, .state = &myself.own};

struct cp_object *cp_get(HANDLE h, int kinds, DWORD *access)
{
	struct cp_object *o = NULL;
	DWORD granted = 0;
	if (h == GetCurrentProcess()) {
		myself.pid = (uint32_t)getpid();
		o = &myself;
		granted = PROCESS_ALL_ACCESS;
		cp_retain(o);
	} else if (h == GetCurrentThread()) {
		struct cp_thread *self = cp_self();
		if (self == NULL)
			return NULL;
		o = self->object;
		granted = THREAD_ALL_ACCESS;
		cp_retain(o);
	} else {
		lock_table();
		struct slot *s = find(h);
		if (s != NULL) {
			o = s->object;
			granted = s->access;
			cp_retain(o);
		}
		unlock_table();
	}
	if (o != NULL && (o->kind & kinds) == 0) {
		cp_release(o);
		o = NULL;
	}
	if (o == NULL)
		SetLastError(ERROR_INVALID_HANDLE);
	else if (access != NULL)
		*access = granted;
	return o;
}

struct cp_object *cp_use(HANDLE h, int kinds, DWORD need)
{
	DWORD access;
	struct cp_object *o = cp_get(h, kinds, &access);
	if (o != NULL && (access & need) != need) {
		cp_release(o);
		SetLastError(ERROR_ACCESS_DENIED);
		return NULL;
	}
	return o;
}

BOOL WINAPI CloseHandle(HANDLE h)
{
	if (h == GetCurrentProcess() || h == GetCurrentThread())
		return TRUE;
	struct cp_object *o = NULL;
	DWORD code = 0;
	lock_table();
	struct slot *s = find(h);
	if (s == NULL || s->protect) {
		code = ERROR_INVALID_HANDLE;
	} else {
		o = s->object;
		give_back(s);
	}
	unlock_table();
	cp_release(o);
	return cp_done(code);
}

BOOL WINAPI GetHandleInformation(HANDLE h, LPDWORD flags)
{
	DWORD answer = 0;
	bool found = h == GetCurrentProcess() || h == GetCurrentThread();
	lock_table();
	struct slot *s = find(h);
	if (s != NULL) {
		found = true;
		answer = (s->inherit ? HANDLE_FLAG_INHERIT : 0) | (s->protect ? HANDLE_FLAG_PROTECT_FROM_CLOSE : 0);
	}
	unlock_table();
	if (!found)
		return cp_fail(ERROR_INVALID_HANDLE);
	if (flags == NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	*flags = answer;
	return TRUE;
}

BOOL WINAPI SetHandleInformation(HANDLE h, DWORD mask, DWORD flags)
{
	DWORD code = 0;
	lock_table();
	struct slot *s = find(h);
	if (s == NULL) {
		code = ERROR_INVALID_HANDLE;
	} else if (mask & ~(DWORD)(HANDLE_FLAG_INHERIT | HANDLE_FLAG_PROTECT_FROM_CLOSE)) {
		code = ERROR_INVALID_PARAMETER;
	} else {
		if (mask & HANDLE_FLAG_INHERIT)
			s->inherit = (flags & HANDLE_FLAG_INHERIT) != 0;
		if (mask & HANDLE_FLAG_PROTECT_FROM_CLOSE)
			s->protect = (flags & HANDLE_FLAG_PROTECT_FROM_CLOSE) != 0;
	}
	unlock_table();
	return cp_done(code);
}

/* Another handle to a process or to its primary thread is an object of its own:
 * the Go side keeps the rights. */
static struct cp_object *duplicate_remote(struct cp_object *o, DWORD *access, DWORD options)
{
	uintptr_t id = 0;
	uint32_t code = cp_remote(o);
	if (code == 0)
		CP_GO(code, cpgo_duplicate(o->go, access, (options & DUPLICATE_SAME_ACCESS) != 0, &id));
	if (code != 0) {
		SetLastError(code);
		return NULL;
	}
	struct cp_object *d = cp_new_object(o->kind);
	if (d == NULL) {
		CP_GO(code, (cpgo_close(id), 0u));
		return NULL;
	}
	d->go = id;
	d->pid = o->pid;
	d->tid = o->tid;
	return d;
}

BOOL WINAPI DuplicateHandle(HANDLE source_process, HANDLE source, HANDLE target_process, LPHANDLE target, DWORD wanted, BOOL inherit, DWORD options)
{
	struct cp_object *from = cp_get(source_process, CP_PROCESS, NULL);
	if (from == NULL)
		return FALSE;
	struct cp_object *to = target == NULL && (options & DUPLICATE_CLOSE_SOURCE) ? NULL : cp_get(target_process, CP_PROCESS, NULL);
	DWORD code = 0;
	uint32_t self = (uint32_t)getpid();
	if (to == NULL && target != NULL)
		code = ERROR_INVALID_HANDLE;
	else if (from->pid != self || (to != NULL && to->pid != self))
		code = ERROR_NOT_SUPPORTED; /* the handles of another program are out of reach */
	cp_release(from);
	cp_release(to);
	if (code != 0)
		return cp_fail(code);

	DWORD has, granted;
	struct cp_object *o = cp_get(source, CP_ANY, &has);
	if (o == NULL)
		return FALSE;
	HANDLE h = NULL;
	if (target != NULL) {
		granted = options & DUPLICATE_SAME_ACCESS ? has : wanted;
		if (o->kind & CP_REMOTE) {
			struct cp_object *d = duplicate_remote(o, &granted, options);
			if (d != NULL)
				h = cp_open(d, granted, inherit);
		} else {
			cp_retain(o);
			h = cp_open(o, granted, inherit);
		}
	}
	cp_release(o);
	if (options & DUPLICATE_CLOSE_SOURCE)
		CloseHandle(source);
	if (target == NULL)
		return TRUE;
	if (h == NULL)
		return FALSE;
	*target = h;
	return TRUE;
}

BOOL WINAPI CompareObjectHandles(HANDLE a, HANDLE b)
{
	struct cp_object *first = cp_get(a, CP_ANY, NULL);
	if (first == NULL)
		return FALSE;
	struct cp_object *second = cp_get(b, CP_ANY, NULL);
	if (second == NULL) {
		cp_release(first);
		return FALSE;
	}
	bool same = first == second;
	if (!same && (first->kind & CP_REMOTE) && first->kind == second->kind && first->pid == second->pid) {
		int answer = 1;
		uint32_t code = cp_remote(first);
		if (code == 0)
			code = cp_remote(second);
		if (code == 0 && first->go != 0 && second->go != 0) {
			CP_GO(code, cpgo_same(first->go, second->go, &answer));
		}
		same = code == 0 && answer;
	}
	cp_release(first);
	cp_release(second);
	return same ? TRUE : cp_fail(ERROR_NOT_SAME_OBJECT);
}

DWORD cp_inheritable(const HANDLE *list, size_t count, struct cp_inherited **out, size_t *n)
{
	DWORD code = 0;
	*out = NULL;
	*n = 0;
	lock_table();
	struct cp_inherited *all = calloc(list != NULL ? count + 1 : table.size + 1, sizeof *all);
	if (all == NULL) {
		code = ERROR_NOT_ENOUGH_MEMORY;
	} else if (list != NULL) {
		for (size_t i = 0; i < count && code == 0; i++) {
			struct slot *s = find(list[i]);
			bool twice = false;
			for (size_t j = 0; j < *n; j++)
				twice = twice || all[j].handle == list[i];
			if (s == NULL)
				code = ERROR_INVALID_HANDLE;
			else if (!s->inherit)
				code = ERROR_INVALID_PARAMETER;
			else if (!(s->object->kind & CP_INHERITABLE))
				code = ERROR_NOT_SUPPORTED;
			else if (!twice)
				all[(*n)++] = (struct cp_inherited){list[i], s->object, s->access, -1, -1, 0};
		}
	} else {
		for (uint32_t i = 0; i < table.size; i++) {
			struct slot *s = &table.slots[i];
			if (s->object != NULL && s->inherit && (s->object->kind & CP_INHERITABLE))
				all[(*n)++] = (struct cp_inherited){value_of(i), s->object, s->access, -1, -1, 0};
		}
	}
	for (size_t i = 0; code == 0 && i < *n; i++)
		cp_retain(all[i].object);
	unlock_table();
	if (code != 0) {
		free(all);
		*n = 0;
	} else {
		*out = all;
	}
	return code;
}
