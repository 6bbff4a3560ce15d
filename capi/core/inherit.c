/* Handles that a child has with the values that they have here. The child's
 * descriptors come by the Go side's list: a file's own, the pidfd of a process,
 * what keeps a shared object (shared.c). Which handle is which descriptor comes
 * in a variable of the environment, that this library reads and removes when it
 * is loaded:
 *
 *	CREATEPROCESS_HANDLES=handle,kind,descriptor,device,inode,access,a,b;...
 *
 * All but the descriptor is hexadecimal. a and b are a process's identifier and
 * exit code, or a shared object's entry and serial number. An entry is passed
 * over if the descriptor is something else: it may have come by way of a program
 * without this library, which has opened another file there since. */
#include "core.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define VARIABLE "CREATEPROCESS_HANDLES"

extern uint32_t cpgo_exit_code(uintptr_t id, uint32_t *out);
extern uint32_t cpgo_adopt(uint32_t pid, int fd, uint64_t exit_code, uint32_t access, int thread, uintptr_t *id);

/* An exit code that is not known has more than 32 bits. */
static const uint64_t unknown = (uint64_t)1 << 32;

/* --- In the creator --- */

static bool has_ended(struct cp_object *o, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	cp_lock();
	bool ended = o->signaled;
	cp_unlock();
	return ended || fd < 0 || poll(&p, 1, 0) > 0;
}

static uint64_t exit_code_of(struct cp_object *o)
{
	uint32_t answer, code = cp_remote(o);
	if (code == 0)
		CP_GO(code, cpgo_exit_code(o->go, &answer));
	return code == 0 ? answer : unknown;
}

/* A process that has ended is its exit code, if that is known; else a pidfd. */
static DWORD prepare_remote(struct cp_inherited *h)
{
	struct cp_object *o = h->object;
	DWORD code = cp_process_fd(o);
	if (code != 0)
		return code;
	int fd = atomic_load(&o->fd);
	if (fd < 0 && o->pid == (uint32_t)getpid()) {
		int none = -1;
		fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
		if (fd < 0)
			return cp_file_error(errno);
		if (!atomic_compare_exchange_strong(&o->fd, &none, fd)) {
			close(fd);
			fd = none;
		}
	}
	h->fd = fd;
	if (has_ended(o, fd)) {
		h->exit_code = exit_code_of(o);
		if (h->exit_code != unknown)
			h->fd = -1;
	}
	return 0;
}

DWORD cp_prepare_inherited(struct cp_inherited *list, size_t n)
{
	DWORD code = 0;
	for (size_t i = 0; i < n && code == 0; i++) {
		struct cp_inherited *h = &list[i];
		if (h->object->kind & CP_REMOTE) {
			code = prepare_remote(h);
			continue;
		}
		if (h->object->kind & CP_SHARED) {
			cp_lock();
			code = cp_share_locked(h->object, NULL);
			cp_unlock();
		}
		h->fd = atomic_load(&h->object->fd);
	}
	return code;
}

char *cp_handle_table(const struct cp_inherited *list, size_t n)
{
	enum { ENTRY = 128 };
	char *table = malloc(sizeof VARIABLE + n * ENTRY + 1);
	size_t used = 0;
	if (table == NULL)
		return NULL;
	table[0] = 0;
	for (size_t i = 0; i < n; i++) {
		const struct cp_inherited *h = &list[i];
		const struct cp_object *o = h->object;
		struct stat st = {.st_ino = 0};
		unsigned long long a = 0, b = 0;
		if (o->kind & CP_REMOTE)
			a = o->pid, b = h->exit_code;
		else if (o->kind & CP_SHARED)
			a = o->entry, b = o->serial;
		if (h->number >= 0 ? fstat(h->fd, &st) != 0 : !(o->kind & CP_REMOTE))
			continue;
		used += (size_t)sprintf(table + used, "%s%x,%x,%d,%llx,%llx,%x,%llx,%llx", used == 0 ? VARIABLE "=" : ";",
			(unsigned)(uintptr_t)h->handle, (unsigned)o->kind, h->number,
			(unsigned long long)st.st_dev, (unsigned long long)st.st_ino, (unsigned)h->access, a, b);
	}
	return table;
}

/* --- In the child --- */

struct line {
	unsigned handle, kind, access;
	int fd;
	unsigned long long device, inode, a, b;
};

static struct cp_object *inherit_file(const struct line *l)
{
	int own = l->fd;
	if (l->fd <= 2)
		own = fcntl(l->fd, F_DUPFD_CLOEXEC, 3);
	struct cp_object *o = own < 0 ? NULL : cp_new_object(CP_FILE);
	if (o != NULL)
		atomic_store(&o->fd, own);
	return o;
}

/* Whether a descriptor is a pidfd of that process, or of one that has ended. */
static bool is_pidfd(int fd, unsigned long long pid)
{
	char path[64], text[64];
	long long found = 0;
	snprintf(path, sizeof path, "/proc/thread-self/fdinfo/%d", fd);
	FILE *f = fopen(path, "re");
	while (f != NULL && fgets(text, sizeof text, f) != NULL && sscanf(text, "Pid: %lld", &found) != 1)
		;
	if (f != NULL)
		fclose(f);
	return found == -1 || (found > 0 && (unsigned long long)found == pid);
}

static struct cp_object *inherit_remote(const struct line *l)
{
	if (l->a == 0 || l->a > 0x7fffffff || (l->fd >= 0 && !is_pidfd(l->fd, l->a)))
		return NULL;
	struct cp_object *o = cp_new_object(l->kind);
	if (o == NULL)
		return NULL;
	o->pid = o->tid = (uint32_t)l->a;
	o->inherited = true;
	o->access = l->access;
	o->exit_code = l->b;
	o->signaled = l->fd < 0;
	atomic_store(&o->fd, l->fd);
	return o;
}

/* The object of a line, or NULL. Two handles to one have one descriptor. */
static struct cp_object *inherit(const struct line *l, struct cp_object *const *by_number, int numbers)
{
	struct stat st;
	if (l->fd < 0)
		return l->kind == CP_PROCESS || l->kind == CP_PRIMARY ? inherit_remote(l) : NULL;
	if (l->fd < numbers && by_number[l->fd] != NULL) {
		struct cp_object *o = by_number[l->fd];
		if (l->kind != (unsigned)o->kind)
			return NULL;
		cp_retain(o);
		return o;
	}
	if (fstat(l->fd, &st) != 0 || st.st_dev != l->device || st.st_ino != l->inode)
		return NULL;
	if (l->fd > 2)
		fcntl(l->fd, F_SETFD, FD_CLOEXEC);
	switch (l->kind) {
	case CP_FILE:
		return inherit_file(l);
	case CP_PROCESS:
	case CP_PRIMARY:
		return inherit_remote(l);
	case CP_EVENT:
	case CP_SEMAPHORE:
	case CP_MUTEX:
		return l->fd <= 2 ? NULL : cp_inherit_shared(l->fd, l->kind, l->a, l->b);
	}
	return NULL;
}

__attribute__((constructor)) static void read_handle_table(void)
{
	enum { NUMBERS = 4096 };
	char *table = secure_getenv(VARIABLE);
	struct cp_object **by_number = table == NULL ? NULL : calloc(NUMBERS, sizeof *by_number);
	if (by_number == NULL)
		return;
	for (char *entry = table, *rest; entry != NULL && *entry != 0; entry = rest) {
		struct line l;
		rest = strchr(entry, ';');
		if (rest != NULL)
			*rest++ = 0;
		if (sscanf(entry, "%x,%x,%d,%llx,%llx,%x,%llx,%llx", &l.handle, &l.kind, &l.fd, &l.device, &l.inode, &l.access, &l.a, &l.b) != 8)
			continue;
		struct cp_object *o = inherit(&l, by_number, NUMBERS);
		if (o == NULL)
			continue;
		if (!cp_adopt((HANDLE)(uintptr_t)l.handle, o, l.access))
			cp_release(o);
		else if (l.fd >= 0 && l.fd < NUMBERS)
			by_number[l.fd] = o;
	}
	free(by_number);
	unsetenv(VARIABLE);
}

DWORD cp_remote(struct cp_object *o)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	if (!o->inherited)
		return 0;
	pthread_mutex_lock(&lock);
	DWORD code = 0;
	if (o->go == 0) {
		CP_GO(code, cpgo_adopt(o->pid, atomic_load(&o->fd), o->exit_code, o->access, o->kind == CP_PRIMARY, &o->go));
	}
	pthread_mutex_unlock(&lock);
	return code;
}
