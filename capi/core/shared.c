/* Objects that several programs have: those with a name, and those that a child
 * inherits. Their state is in one file of the user's, which all his programs
 * have in their memory:
 *
 *	/dev/shm/createprocess-1-USER-NAMESPACE
 *
 * (the number of its layout, the user's, and that of the name space of process
 * identifiers.) Nobody serves it, and a program may be killed at any moment:
 *
 *   - What must not outlive a program is a lock of the file (F_OFD_SETLK), which
 *     the kernel takes away with the last descriptor: byte 0 is the lock over all
 *     of it, one byte stands for each program, and one for each object, which is
 *     there as long as anybody has a descriptor that locks its byte. An object
 *     that a child inherits is such a descriptor.
 *   - A step is done with one word, written last; what was written before it
 *     counts for nothing without.
 *   - Whoever changes an object rings the programs that wait for it before it
 *     does so. They cannot look before it is done, or its lock is gone.
 *
 * Each program has its own queues (wait.c). One thread of it sleeps on the word
 * that others ring, and then looks for whom in the program the object is.
 *
 * The lock is taken inside the dispatcher's, by who first looks at such an
 * object, and goes with the dispatcher's. */
#include "core.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	PROGRAMS = 1024,
	ENTRIES = 8192,
	NAME_SIZE = 784, /* MAX_PATH units of UTF-16, as UTF-8 */

	/* Bytes that are locked. */
	ALL = 0,
	FIRST_PROGRAM = 0x1000,
	FIRST_ENTRY = 0x10000,
};

struct program {
	_Atomic uint64_t serial; /* never used twice */
	_Atomic uint64_t waits;  /* a bit for each 64th of the entries: somebody waits there */
	_Atomic uint32_t bell;
	uint32_t pid;
};

struct entry {
	_Atomic uint64_t serial; /* never used twice; 0: free */
	uint32_t kind;
	uint32_t hash; /* of the name */
	struct cp_state state;
	char name[NAME_SIZE]; /* "": none */
};

static const char magic[16] = "createprocess 1";

struct segment {
	char magic[16]; /* written when the rest is there */
	_Atomic uint64_t last_serial;
	_Atomic uint32_t programs_used, used; /* from here on none has been used */
	struct program programs[PROGRAMS];
	struct entry entries[ENTRIES];
};

/* Under the dispatcher's lock. */
static struct {
	struct segment *segment; /* NULL: not looked at yet */
	int fd;                  /* has the program's own locks; -1: none, as in a fork */
	uint32_t program;
	uint64_t serial;
	dev_t device;
	ino_t inode;
	bool locked, listening, over;
	char path[64];
	struct cp_object *objects; /* those of this program */
} shared = {.fd = -1};

/* --- Locks --- */

static bool lock_byte(int fd, int command, short type, off_t start, off_t length)
{
	struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
	int result;
	do {
		result = fcntl(fd, command, &l);
	} while (result != 0 && errno == EINTR);
	return result == 0;
}

/* Whether any descriptor but shared.fd has a lock there. */
static bool held_by_others(off_t start, off_t length)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
	return fcntl(shared.fd, F_OFD_GETLK, &l) != 0 || l.l_type != F_UNLCK;
}

/* An open file whose locks are its own, and whose number is none of 0, 1 and 2. */
static int open_file(const char *path, int flags)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | flags, 0600);
	if (fd < 0 || fd > 2)
		return fd;
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 3), error = errno;
	close(fd);
	errno = error;
	return high;
}

static int reopen(int fd)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/thread-self/fd/%d", fd);
	return open_file(path, 0);
}

/* --- The file --- */

/* It must be the user's own, and nobody else's to read: in /dev/shm everybody
 * may make files of any name. */
static DWORD check_file(int fd, struct stat *st)
{
	if (fstat(fd, st) != 0)
		return cp_file_error(errno);
	return S_ISREG(st->st_mode) && st->st_uid == geteuid() && (st->st_mode & 077) == 0 ? 0 : ERROR_ACCESS_DENIED;
}

/* Reserves memory: a file system that is full is an error here, and the end of
 * the program later. */
static bool reserve(int fd, off_t start, off_t length)
{
	int error;
	do {
		error = posix_fallocate(fd, start, length);
	} while (error == EINTR);
	return error == 0;
}

/* Maps the file, which is locked, and makes it what it is to be if it is new. */
static DWORD map(int fd, off_t size)
{
	if (size != 0 && size != sizeof(struct segment))
		return ERROR_INVALID_DATA;
	if (size == 0 && (!reserve(fd, 0, offsetof(struct segment, entries)) || ftruncate(fd, sizeof(struct segment)) != 0)) {
		if (ftruncate(fd, 0) != 0) {
			/* Then the next one finds it corrupt. */
		}
		return ERROR_DISK_FULL;
	}
	struct segment *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s == MAP_FAILED)
		return ERROR_NOT_ENOUGH_MEMORY;
	if (size == 0) {
		memcpy(s->magic, magic, sizeof magic);
	} else if (memcmp(s->magic, magic, sizeof magic) != 0) {
		munmap(s, sizeof *s);
		return ERROR_INVALID_DATA;
	}
	shared.segment = s;
	return 0;
}

/* Takes a place among the programs. The file is locked. */
static DWORD enter(void)
{
	for (uint32_t i = 0; i < PROGRAMS; i++) {
		struct program *p = &shared.segment->programs[i];
		if (!lock_byte(shared.fd, F_OFD_SETLK, F_WRLCK, FIRST_PROGRAM + i, 1))
			continue;
		shared.program = i;
		shared.serial = atomic_fetch_add(&shared.segment->last_serial, 1) + 1;
		if (atomic_load(&shared.segment->programs_used) <= i)
			atomic_store(&shared.segment->programs_used, i + 1);
		p->pid = (uint32_t)getpid();
		atomic_store(&p->waits, 0);
		atomic_store(&p->serial, shared.serial);
		return 0;
	}
	return ERROR_NO_SYSTEM_RESOURCES;
}

static DWORD attach_to(int fd)
{
	struct stat st;
	DWORD code = check_file(fd, &st);
	if (code == 0 && shared.segment != NULL && (st.st_dev != shared.device || st.st_ino != shared.inode))
		code = ERROR_NOT_SUPPORTED;
	if (code == 0 && !lock_byte(fd, F_OFD_SETLKW, F_WRLCK, ALL, 1))
		code = cp_file_error(errno);
	if (code != 0)
		return code;
	/* Whoever was last may have removed it meanwhile. */
	if (fstat(fd, &st) != 0 || st.st_nlink == 0)
		code = ERROR_RETRY;
	shared.fd = fd;
	if (code == 0 && shared.segment == NULL)
		code = map(fd, st.st_size);
	if (code == 0)
		code = enter();
	lock_byte(fd, F_OFD_SETLK, F_UNLCK, ALL, 1);
	if (code != 0) {
		shared.fd = -1;
		return code;
	}
	shared.device = st.st_dev;
	shared.inode = st.st_ino;
	return 0;
}

static bool set_path(void)
{
	struct stat st;
	if (stat("/proc/thread-self/ns/pid", &st) != 0)
		return false;
	snprintf(shared.path, sizeof shared.path, "/dev/shm/createprocess-1-%u-%llu", (unsigned)geteuid(), (unsigned long long)st.st_ino);
	return true;
}

/* Has this program take part. fd is the file, as a creator has it; or -1. */
static DWORD attach(int fd)
{
	if (shared.over)
		return ERROR_NOT_SUPPORTED;
	if (shared.fd >= 0)
		return 0;
	if (!set_path())
		return ERROR_NOT_SUPPORTED;
	if (fd < 0 && shared.objects != NULL)
		fd = atomic_load(&shared.objects->fd); /* a fork: the file is there */
	for (;;) {
		int own = fd >= 0 ? reopen(fd) : open_file(shared.path, O_CREAT | O_NOFOLLOW);
		if (own < 0)
			return errno == ELOOP ? ERROR_ACCESS_DENIED : cp_file_error(errno);
		DWORD code = attach_to(own);
		if (code != 0)
			close(own);
		if (code != ERROR_RETRY || fd >= 0)
			return code;
	}
}

void cp_lock_shared(void)
{
	if (shared.locked || attach(-1) != 0)
		return;
	shared.locked = lock_byte(shared.fd, F_OFD_SETLKW, F_WRLCK, ALL, 1);
}

void cp_unlock_shared(void)
{
	if (!shared.locked)
		return;
	shared.locked = false;
	lock_byte(shared.fd, F_OFD_SETLK, F_UNLCK, ALL, 1);
}

/* --- Entries --- */

static uint32_t hash_of(const char *name)
{
	uint32_t h = 2166136261u;
	for (; *name != 0; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h;
}

static bool has_page(uint32_t index)
{
	return reserve(shared.fd, (off_t)(offsetof(struct segment, entries) + index * sizeof(struct entry)), sizeof(struct entry));
}

/* A free entry, or ENTRIES. What programs that were killed have left is free,
 * and looked for when nothing else is. */
static uint32_t free_entry(void)
{
	struct segment *s = shared.segment;
	uint32_t used = atomic_load(&s->used);
	if (used > ENTRIES)
		used = ENTRIES;
	for (uint32_t i = 0; i < used; i++)
		if (atomic_load(&s->entries[i].serial) == 0)
			return i;
	if (used < ENTRIES) {
		if (!has_page(used))
			return ENTRIES;
		atomic_store(&s->used, used + 1);
		return used;
	}
	for (uint32_t i = 0; i < used; i++) {
		if (!held_by_others(FIRST_ENTRY + i, 1)) {
			atomic_store(&s->entries[i].serial, 0);
			return i;
		}
	}
	return ENTRIES;
}

static void remember(struct cp_object *o)
{
	o->next_shared = shared.objects;
	shared.objects = o;
}

/* Makes o the object of an entry. */
static void bind(struct cp_object *o, uint32_t index, int fd)
{
	struct entry *e = &shared.segment->entries[index];
	o->entry = index;
	o->serial = atomic_load(&e->serial);
	o->state = &e->state;
	o->shared = true;
	atomic_store(&o->fd, fd);
	remember(o);
}

/* A descriptor that keeps the entry. */
static int hold(uint32_t index)
{
	int fd = reopen(shared.fd);
	if (fd < 0)
		return -1;
	if (lock_byte(fd, F_OFD_SETLK, F_RDLCK, FIRST_ENTRY + (off_t)index, 1))
		return fd;
	close(fd);
	return -1;
}

DWORD cp_share_locked(struct cp_object *o, const char *name)
{
	if (o->shared)
		return 0;
	DWORD code = attach(-1);
	if (code == 0 && o->first != NULL)
		code = cp_listen_locked();
	if (code != 0)
		return code;
	cp_lock_shared();
	uint32_t index = free_entry();
	if (index == ENTRIES)
		return ERROR_NO_SYSTEM_RESOURCES;
	int fd = hold(index);
	if (fd < 0)
		return cp_file_error(errno);
	struct entry *e = &shared.segment->entries[index];
	e->kind = o->kind;
	e->state = o->own;
	if (o->owner != NULL) {
		e->state.owner_program = shared.program;
		atomic_store(&e->state.owner, shared.serial);
	}
	snprintf(e->name, sizeof e->name, "%s", name != NULL ? name : "");
	e->hash = hash_of(e->name);
	atomic_store(&e->serial, atomic_fetch_add(&shared.segment->last_serial, 1) + 1);
	bind(o, index, fd);
	cp_restart_locked(o);
	return 0;
}

static struct cp_object *bound(uint32_t index, uint64_t serial)
{
	struct cp_object *o = shared.objects;
	while (o != NULL && (o->entry != index || o->serial != serial))
		o = o->next_shared;
	return o;
}

/* This program's object for an entry; fd is a descriptor that keeps it, and is
 * taken, or -1. */
static DWORD object_of(uint32_t index, int fd, struct cp_object **out)
{
	struct entry *e = &shared.segment->entries[index];
	struct cp_object *o = bound(index, atomic_load(&e->serial));
	if (o != NULL && atomic_load(&o->fd) >= 0) {
		cp_retain(o);
		if (fd >= 0)
			close(fd);
		*out = o;
		return 0;
	}
	if (fd < 0)
		fd = hold(index);
	if (fd < 0)
		return cp_file_error(errno);
	if (o != NULL) {
		cp_retain(o);
		atomic_store(&o->fd, fd);
		*out = o;
		return 0;
	}
	o = cp_new_object(e->kind);
	if (o == NULL) {
		close(fd);
		return ERROR_NOT_ENOUGH_MEMORY;
	}
	bind(o, index, fd);
	*out = o;
	return 0;
}

DWORD cp_find_locked(const char *name, enum cp_kind kind, struct cp_object **out)
{
	*out = NULL;
	DWORD code = attach(-1);
	if (code != 0)
		return code;
	cp_lock_shared();
	struct segment *s = shared.segment;
	uint32_t used = atomic_load(&s->used), hash = hash_of(name);
	for (uint32_t i = 0; i < used && i < ENTRIES; i++) {
		struct entry *e = &s->entries[i];
		if (atomic_load(&e->serial) == 0 || e->hash != hash || strncmp(e->name, name, NAME_SIZE) != 0)
			continue;
		if (!held_by_others(FIRST_ENTRY + (off_t)i, 1)) {
			atomic_store(&e->serial, 0); /* who had it was killed */
			continue;
		}
		return e->kind != (uint32_t)kind ? ERROR_INVALID_HANDLE : object_of(i, -1, out);
	}
	return 0;
}

struct cp_object *cp_inherit_shared(int fd, enum cp_kind kind, uint64_t index, uint64_t serial)
{
	struct cp_object *o = NULL;
	cp_lock();
	if (index < ENTRIES && serial != 0 && attach(fd) == 0) {
		struct stat st;
		cp_lock_shared();
		struct entry *e = &shared.segment->entries[index];
		if (index < atomic_load(&shared.segment->used) && atomic_load(&e->serial) == serial && e->kind == (uint32_t)kind &&
		    fstat(fd, &st) == 0 && st.st_dev == shared.device && st.st_ino == shared.inode &&
		    lock_byte(fd, F_OFD_SETLK, F_RDLCK, FIRST_ENTRY + (off_t)index, 1)) {
			if (object_of((uint32_t)index, fd, &o) != 0)
				o = NULL;
			fd = -1;
		}
	}
	cp_unlock();
	if (fd >= 0)
		close(fd);
	return o;
}

bool cp_is_there_locked(const struct cp_object *o)
{
	return !o->shared || atomic_load(&shared.segment->entries[o->entry].serial) == o->serial;
}

/* Tells whether another program keeps it. */
static bool let_go(struct cp_object *o)
{
	int fd = atomic_exchange(&o->fd, -1);
	if (fd >= 0)
		close(fd);
	return cp_is_there_locked(o) && held_by_others(FIRST_ENTRY + (off_t)o->entry, 1);
}

/* A thread owns a mutex until it ends, also when its program has no handle to it
 * any more. If another program has, the object stays among this one's, without a
 * reference; it may be opened again. */
bool cp_stays_owned_locked(struct cp_object *o)
{
	if (!o->shared || o->owner == NULL)
		return false;
	cp_lock_shared();
	return let_go(o);
}

static void drop(struct cp_object *o)
{
	if (!let_go(o) && shared.locked && cp_is_there_locked(o))
		atomic_store(&shared.segment->entries[o->entry].serial, 0);
}

void cp_unshare_locked(struct cp_object *o)
{
	struct cp_object **p = &shared.objects;
	while (*p != o)
		p = &(*p)->next_shared;
	*p = o->next_shared;
	cp_lock_shared();
	drop(o);
}

/* --- Waking other programs --- */

static uint64_t bit_of(const struct cp_object *o) { return (uint64_t)1 << o->entry % 64; }

static long futex(_Atomic uint32_t *word, int operation, uint32_t value)
{
	return syscall(SYS_futex, (uint32_t *)word, operation, value, NULL, NULL, 0);
}

void cp_ring_locked(const struct cp_object *o)
{
	if (!o->shared)
		return;
	cp_lock_shared();
	uint32_t used = atomic_load(&shared.segment->programs_used);
	for (uint32_t i = 0; i < used && i < PROGRAMS; i++) {
		struct program *p = &shared.segment->programs[i];
		if (i == shared.program || (atomic_load(&p->waits) & bit_of(o)) == 0)
			continue;
		atomic_fetch_add(&p->bell, 1);
		futex(&p->bell, FUTEX_WAKE, INT_MAX);
	}
}

void cp_expect_ring_locked(const struct cp_object *o)
{
	if (o->shared && shared.fd >= 0)
		atomic_fetch_or(&shared.segment->programs[shared.program].waits, bit_of(o));
}

static void *listen(void *unused)
{
	(void)unused;
	struct program *me = &shared.segment->programs[shared.program];
	for (;;) {
		uint32_t heard = atomic_load(&me->bell);
		uint64_t waits = 0;
		cp_lock();
		cp_lock_shared();
		for (struct cp_object *o = shared.objects; o != NULL; o = o->next_shared) {
			if (o->first != NULL)
				cp_look_again_locked(o);
			if (o->first != NULL)
				waits |= bit_of(o);
		}
		atomic_store(&me->waits, waits);
		cp_unlock();
		futex(&me->bell, FUTEX_WAIT, heard);
	}
	return NULL;
}

DWORD cp_listen_locked(void)
{
	DWORD code = attach(-1);
	if (code == 0 && !shared.listening) {
		shared.listening = cp_start_thread(listen);
		if (!shared.listening)
			code = ERROR_NOT_ENOUGH_MEMORY;
	}
	return code;
}

/* --- Mutexes: a program that ends has none any more --- */

static bool alive(uint32_t program, uint64_t serial)
{
	return program < PROGRAMS && atomic_load(&shared.segment->programs[program].serial) == serial &&
	       ((program == shared.program && serial == shared.serial) || held_by_others(FIRST_PROGRAM + (off_t)program, 1));
}

bool cp_owned_elsewhere_locked(const struct cp_object *o)
{
	uint64_t owner = o->shared ? atomic_load(&o->state->owner) : 0;
	return owner != 0 && alive(o->state->owner_program, owner);
}

bool cp_take_mutex_locked(struct cp_object *o)
{
	struct cp_state *s = o->state;
	bool abandoned = s->abandoned || (o->shared && atomic_load(&s->owner) != 0);
	s->count = 0;
	if (o->shared) {
		s->owner_program = shared.program;
		atomic_store(&s->owner, shared.serial);
	}
	s->abandoned = 0;
	return abandoned;
}

DWORD cp_owner_locked(const struct cp_object *o, int *fd, uint64_t *serial)
{
	*fd = -1;
	if (o->owner != NULL || !cp_owned_elsewhere_locked(o))
		return 0;
	*serial = atomic_load(&o->state->owner);
	*fd = (int)syscall(SYS_pidfd_open, shared.segment->programs[o->state->owner_program].pid, 0);
	if (*fd >= 0 || errno == ESRCH)
		return 0;
	return errno == EMFILE || errno == ENFILE ? ERROR_TOO_MANY_OPEN_FILES : ERROR_NOT_SUPPORTED;
}

void cp_owner_ended_locked(const struct cp_object *o, uint64_t serial)
{
	cp_lock_shared();
	uint32_t program = o->state->owner_program;
	if (program < PROGRAMS && atomic_load(&o->state->owner) == serial)
		atomic_compare_exchange_strong(&shared.segment->programs[program].serial, &serial, 0);
}

/* --- Forks and the end --- */

/* A fork has its parent's objects, and is a program of its own. What its parent
 * owns it does not. */
static void after_fork(void)
{
	struct stat st;
	if (shared.fd >= 0 && fstat(shared.fd, &st) == 0 && st.st_dev == shared.device && st.st_ino == shared.inode)
		close(shared.fd);
	shared.fd = -1;
	shared.locked = shared.listening = false;
	for (struct cp_object *o = shared.objects; o != NULL; o = o->next_shared) {
		o->first = o->last = NULL;
		if (o->owner != NULL)
			cp_forget_owner(o);
	}
}

__attribute__((constructor)) static void look_after_forks(void)
{
	pthread_atfork(NULL, NULL, after_fork);
}

/* The file goes with the last program, if that ends in order. */
__attribute__((destructor)) static void leave(void)
{
	if (shared.segment == NULL || !cp_try_lock())
		return;
	cp_lock_shared();
	for (struct cp_object *o; (o = shared.objects) != NULL; shared.objects = o->next_shared) {
		/* Other threads may run on for a moment. */
		memcpy(&o->own, o->state, sizeof o->own);
		o->state = &o->own;
		o->shared = false;
		drop(o);
	}
	lock_byte(shared.fd, F_OFD_SETLK, F_UNLCK, FIRST_PROGRAM + shared.program, 1);
	struct stat st;
	if (shared.locked && !held_by_others(FIRST_PROGRAM, 0) && stat(shared.path, &st) == 0 &&
	    st.st_dev == shared.device && st.st_ino == shared.inode)
		unlink(shared.path);
	shared.over = true;
	cp_unlock();
}
