/* The inside of libcreateprocess: objects, the handles to them, and what waits
 * for them. The outside is windows.h. */
#ifndef CREATEPROCESS_CORE_H
#define CREATEPROCESS_CORE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <windows.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/bridge.h"

enum cp_kind {
	CP_FILE = 1,
	CP_PROCESS = 2,
	CP_PRIMARY = 4, /* the primary thread of a process */
	CP_THREAD = 8,  /* a thread of this program */
	CP_EVENT = 16,
	CP_SEMAPHORE = 32,
	CP_MUTEX = 64,
	CP_SNAPSHOT = 128,
	CP_TOKEN = 256,

	CP_ANY = 0xffff,
	CP_REMOTE = CP_PROCESS | CP_PRIMARY, /* what the Go side looks after */
	CP_WAITABLE = CP_REMOTE | CP_THREAD | CP_EVENT | CP_SEMAPHORE | CP_MUTEX,
};

struct cp_link;

/* An object lives as long as there is a handle to it or somebody uses it. */
struct cp_object {
	atomic_int references;
	enum cp_kind kind;

	/* CP_FILE: the descriptor. CP_REMOTE: a pidfd, once somebody has waited; else -1. */
	atomic_int fd;
	bool standard;  /* CP_FILE: one of 0, 1, 2, which stay open */
	uint32_t pid;   /* CP_REMOTE */
	uint32_t tid;   /* CP_PRIMARY, CP_THREAD */
	uintptr_t go;   /* CP_REMOTE, CP_TOKEN: the Go side's; 0: this program itself */

	/* What waits are about; under the dispatcher's lock. */
	bool signaled;
	struct cp_link *first, *last;
	bool manual;                 /* CP_EVENT */
	long count, maximum;         /* CP_SEMAPHORE; CP_MUTEX: how often it is owned */
	struct cp_thread *owner;     /* CP_MUTEX */
	struct cp_object *next_held; /* CP_MUTEX: of the owner's */
	bool abandoned;              /* CP_MUTEX */

	char *name;                    /* NULL: none */
	struct cp_object *next_named;  /* under the dispatcher's lock */

	struct cp_thread *thread; /* CP_THREAD */
	void *snapshot;           /* CP_SNAPSHOT */

	TOKEN_TYPE token_type;    /* CP_TOKEN */
	SECURITY_IMPERSONATION_LEVEL token_level;
};

/* table.c */
struct cp_object *cp_new_object(enum cp_kind kind); /* one reference; NULL: ERROR_NOT_ENOUGH_MEMORY */
void cp_retain(struct cp_object *o);
void cp_release(struct cp_object *o);
HANDLE cp_open(struct cp_object *o, DWORD access, bool inherit); /* takes the reference; NULL: the last error says why */
bool cp_adopt(HANDLE h, struct cp_object *o, DWORD access);     /* a handle with that value */
struct cp_object *cp_get(HANDLE h, int kinds, DWORD *access);   /* a reference; NULL: ERROR_INVALID_HANDLE */

/* What a child can inherit: the files among the inheritable handles, or among
 * those of the list. The references are the caller's. */
struct cp_inherited {
	HANDLE handle;
	struct cp_object *object;
	DWORD access;
};
DWORD cp_inheritable(const HANDLE *list, size_t count, struct cp_inherited **out, size_t *n);

/* wait.c */
struct cp_waiter;
void cp_lock(void);
void cp_unlock(void);
void cp_wait_locked(pthread_cond_t *condition);
void cp_signal_locked(struct cp_object *o);
void cp_signal(struct cp_object *o);
void cp_abandon(struct cp_object *mutexes);
void cp_unname(struct cp_object *o);
void cp_disown_locked(struct cp_object *o);
bool cp_may_wait(struct cp_object *o, DWORD access);
DWORD cp_process_fd(struct cp_object *o); /* makes o->fd a pidfd, or o signaled */

/* A wait that nobody sleeps in. done is called once, with the lock held, when it ends. */
struct cp_link {
	struct cp_waiter *waiter;
	struct cp_object *object; /* NULL: in no queue */
	struct cp_link *next, *prev;
};
struct cp_waiter {
	struct cp_object **objects;
	struct cp_link *links;
	DWORD count;
	bool all, ended;
	DWORD result;
	struct cp_thread *thread; /* who a mutex becomes owned by */
	void (*done)(struct cp_waiter *);
	atomic_int woken; /* the futex that the sleeper sleeps on */
	int event;        /* an eventfd instead, if it watches descriptors; else -1 */
};
bool cp_begin_locked(struct cp_waiter *w); /* tells whether it has ended at once */
void cp_leave_locked(struct cp_waiter *w);

/* thread.c */
struct cp_thread {
	struct cp_object *object;
	struct cp_object *held; /* mutexes; under the dispatcher's lock */
	LPTHREAD_START_ROUTINE start;
	void *parameter;
	DWORD exit_code;
	struct cp_times times; /* once it has ended; under the dispatcher's lock */
	long suspended; /* before it begins; under the dispatcher's lock */
	atomic_int may_begin;
};
DWORD cp_resume_own(struct cp_object *o); /* a thread that has not begun; the previous count */
struct cp_thread *cp_self(void); /* NULL: ERROR_NOT_ENOUGH_MEMORY */

/* file.c */
HANDLE cp_open_file(int fd, DWORD access, bool inherit); /* owns fd */
DWORD cp_file_error(int error);
int cp_standard_file(int n, HANDLE *h); /* n itself, or -1: SetStdHandle has set *h */

/* inherit.c */
char *cp_handle_table(const struct cp_inherited *list, const struct cp_file *files, size_t n);

/* go.c */
extern int cp_argc;
extern char **cp_argv;
bool cp_go_enter(sigset_t *saved); /* false: the last error says why */
void cp_go_leave(const sigset_t *saved);

/* Calls the Go side with every signal blocked: a handler of the program must not
 * run on a goroutine's small stack. */
#define CP_GO(code, call)                     \
	do {                                  \
		sigset_t cp_saved;            \
		if (cp_go_enter(&cp_saved)) { \
			(code) = (call);      \
			cp_go_leave(&cp_saved); \
		} else {                      \
			(code) = GetLastError(); \
		}                             \
	} while (0)

/* token.c */
void cp_end_token(struct cp_object *o);

/* text.c */
char *cp_narrow(const WCHAR *s);                      /* UTF-8, to be freed; NULL for NULL, and with no memory */
size_t cp_widen(const char *s, WCHAR *out, size_t n); /* units needed with the NUL */
bool cp_text(const WCHAR *s, char **out);             /* false: no memory, and the last error says so */

/* end.c */
_Noreturn void cp_end(DWORD code, bool cleanly);

static inline BOOL cp_fail(DWORD code)
{
	SetLastError(code);
	return FALSE;
}

static inline BOOL cp_done(DWORD code)
{
	if (code != 0)
		SetLastError(code);
	return code == 0;
}

#endif
