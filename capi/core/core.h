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
	CP_JOB = 0x1000,
	CP_PORT = 0x2000, /* a completion port */

	CP_ANY = 0xffff,
	CP_REMOTE = CP_PROCESS | CP_PRIMARY,                /* what the Go side looks after */
	CP_SHARED = CP_EVENT | CP_SEMAPHORE | CP_MUTEX,     /* what several programs can have */
	CP_WAITABLE = CP_REMOTE | CP_THREAD | CP_SHARED | CP_JOB,
	CP_INHERITABLE = CP_FILE | CP_REMOTE | CP_SHARED,
};

struct cp_link;

/* What the state of an object is that several programs can have. For those that
 * they do have it stands in their common memory, where anybody may have written
 * anything: no value of it leads anywhere. */
struct cp_state {
	uint32_t signaled, manual, epoch; /* CP_EVENT; epoch: how often it was set */
	int32_t count, maximum;           /* CP_SEMAPHORE; CP_MUTEX: how often it is owned */
	uint32_t abandoned;               /* CP_MUTEX */
	uint32_t owner_program;           /* CP_MUTEX, of several programs: whose thread owns it */
	_Atomic uint64_t owner;           /* and that program's serial number; 0: nobody's */
};

/* An object lives as long as there is a handle to it or somebody uses it. */
struct cp_object {
	atomic_int references;
	enum cp_kind kind;

	/* CP_FILE: the descriptor. CP_REMOTE: a pidfd, once somebody has waited; else
	 * -1. CP_SHARED: of several programs, what keeps it; else -1. CP_PORT: the end
	 * that is read. */
	atomic_int fd;
	bool standard;  /* CP_FILE: one of 0, 1, 2, which stay open */
	uint32_t pid;   /* CP_REMOTE */
	uint32_t tid;   /* CP_PRIMARY, CP_THREAD */
	uintptr_t go;   /* CP_REMOTE, CP_TOKEN, CP_JOB: the Go side's; 0: this program itself */

	/* CP_REMOTE, inherited: the Go side hears of it when it is asked about. */
	bool inherited;
	uint64_t exit_code; /* if it had ended before: there is no pidfd then */
	DWORD access;
	int write_fd; /* CP_PORT */

	/* What waits are about; under the dispatcher's lock. */
	bool signaled; /* CP_REMOTE, CP_THREAD */
	struct cp_link *first, *last;
	struct cp_state own, *state;
	struct cp_thread *owner;     /* CP_MUTEX: one of this program's */
	struct cp_object *next_held; /* CP_MUTEX: of the owner's */

	/* CP_SHARED: of several programs. */
	bool shared;
	uint32_t entry;
	uint64_t serial;
	struct cp_object *next_shared;

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
struct cp_object *cp_use(HANDLE h, int kinds, DWORD need);      /* the same for an operation that needs rights; NULL: also ERROR_ACCESS_DENIED */

/* What a child can inherit: what there is of that among the inheritable handles,
 * or among those of the list. The references are the caller's. */
struct cp_inherited {
	HANDLE handle;
	struct cp_object *object;
	DWORD access;
	int fd, number; /* the descriptor, here and in the child; -1: none */
	uint64_t exit_code;
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
void cp_disown_locked(struct cp_object *o);
void cp_forget_owner(struct cp_object *o);
void cp_look_again_locked(struct cp_object *o); /* its state may be another */
void cp_restart_locked(struct cp_object *o);    /* has those who wait for a mutex begin anew */
bool cp_try_lock(void);
bool cp_may_wait(struct cp_object *o, DWORD access);
DWORD cp_process_fd(struct cp_object *o); /* makes o->fd a pidfd, or o signaled */

/* A wait that nobody sleeps in. done is called once, with the lock held, when it ends. */
struct cp_link {
	struct cp_waiter *waiter;
	struct cp_object *object; /* NULL: in no queue */
	struct cp_link *next, *prev;
	uint32_t epoch; /* the event's, when the wait began */
};
struct cp_waiter {
	struct cp_object **objects;
	struct cp_link *links;
	DWORD count;
	bool all, ended, queued, again;
	DWORD result;
	struct cp_thread *thread; /* who a mutex becomes owned by */
	void (*done)(struct cp_waiter *);
	atomic_int woken; /* the futex that the sleeper sleeps on */
	int event;        /* an eventfd instead, if it watches descriptors; else -1 */
};
bool cp_begin_locked(struct cp_waiter *w); /* tells whether it has ended at once */
void cp_leave_locked(struct cp_waiter *w);

/* shared.c. All with the dispatcher's lock held, but for cp_inherit_shared. */
void cp_lock_shared(void); /* who holds it need not ask; it goes with the dispatcher's */
void cp_unlock_shared(void);
DWORD cp_share_locked(struct cp_object *o, const char *name); /* NULL: without a name */
DWORD cp_find_locked(const char *name, enum cp_kind kind, struct cp_object **out); /* NULL: there is none */
void cp_unshare_locked(struct cp_object *o);
bool cp_stays_owned_locked(struct cp_object *o); /* although its last handle here is closed */
bool cp_is_there_locked(const struct cp_object *o);
struct cp_object *cp_inherit_shared(int fd, enum cp_kind kind, uint64_t entry, uint64_t serial); /* takes fd; NULL: it is not what it should be */
void cp_ring_locked(const struct cp_object *o); /* before it is changed so that a wait can end */
DWORD cp_listen_locked(void);                   /* before a wait */
void cp_expect_ring_locked(const struct cp_object *o);
bool cp_owned_elsewhere_locked(const struct cp_object *o);
bool cp_take_mutex_locked(struct cp_object *o); /* tells whether it was abandoned */
DWORD cp_owner_locked(const struct cp_object *o, int *fd, uint64_t *serial); /* a pidfd of another program that owns it; -1: none does */
void cp_owner_ended_locked(const struct cp_object *o, uint64_t serial);

/* thread.c */
bool cp_start_thread(void *(*run)(void *)); /* one of the library's own */
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

/* job.c */
struct cp_jobs {
	struct cp_object **objects;
	uintptr_t *go;
	size_t count;
};
DWORD cp_jobs(const HANDLE *handles, size_t count, struct cp_jobs *out); /* to be released, whatever it answers */
void cp_release_jobs(struct cp_jobs *jobs);

/* inherit.c */
DWORD cp_prepare_inherited(struct cp_inherited *list, size_t n); /* sets fd */
char *cp_handle_table(const struct cp_inherited *list, size_t n);
DWORD cp_remote(struct cp_object *o); /* makes o->go what it is to be; any object */

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

/* The same for what has no answer. */
#define CP_GO_DO(call)                        \
	do {                                  \
		sigset_t cp_saved;            \
		if (cp_go_enter(&cp_saved)) { \
			(call);               \
			cp_go_leave(&cp_saved); \
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
