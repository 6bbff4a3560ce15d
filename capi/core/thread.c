/* Threads of this program, as objects: those that CreateThread makes, and every
 * other one as soon as it needs to be one, to own a mutex or to have a handle. */
#include "core.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

extern uint32_t cpgo_times(uintptr_t id, struct cp_times *out);

static pthread_key_t key;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

static uint64_t ticks(time_t seconds, long ns) { return (uint64_t)seconds * 10000000 + (uint64_t)ns / 100; }

static uint64_t now(void)
{
	FILETIME t;
	GetSystemTimeAsFileTime(&t);
	return (uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime;
}

/* What /proc says of a thread of this program, in hundredths of a second: behind
 * its name, which is in brackets and may have any. */
static bool read_times(uint32_t tid, struct cp_times *t)
{
	char path[64], line[1024];
	unsigned long long user, kernel, start;
	struct timespec up;
	snprintf(path, sizeof path, "/proc/self/task/%u/stat", tid);
	FILE *f = fopen(path, "re");
	size_t n = f != NULL ? fread(line, 1, sizeof line - 1, f) : 0;
	line[n] = 0;
	if (f != NULL)
		fclose(f);
	const char *p = strrchr(line, ')');
	if (p == NULL || sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d %llu", &user, &kernel, &start) != 3)
		return false;
	uint64_t tick = 10000000u / (uint64_t)sysconf(_SC_CLK_TCK);
	clock_gettime(CLOCK_BOOTTIME, &up);
	*t = (struct cp_times){.creation = now() - (ticks(up.tv_sec, up.tv_nsec) - start * tick), .kernel = kernel * tick, .user = user * tick};
	return true;
}

static void note_times(struct cp_thread *t)
{
	struct rusage r;
	if (!read_times(t->object->tid, &t->times))
		return;
	t->times.exit = now();
	if (getrusage(RUSAGE_THREAD, &r) == 0) { /* finer, and never less than what has been said before */
		uint64_t user = ticks(r.ru_utime.tv_sec, r.ru_utime.tv_usec * 1000), kernel = ticks(r.ru_stime.tv_sec, r.ru_stime.tv_usec * 1000);
		t->times.user = user > t->times.user ? user : t->times.user;
		t->times.kernel = kernel > t->times.kernel ? kernel : t->times.kernel;
	}
}

/* Of a child's primary thread: its process's. */
BOOL WINAPI GetThreadTimes(HANDLE h, LPFILETIME creation, LPFILETIME end, LPFILETIME kernel, LPFILETIME user)
{
	DWORD access;
	struct cp_object *o = cp_get(h, CP_THREAD | CP_PRIMARY, &access);
	if (o == NULL)
		return FALSE;
	struct cp_times t = {0, 0, 0, 0};
	uint32_t code = 0;
	if (!(access & (THREAD_QUERY_INFORMATION | THREAD_QUERY_LIMITED_INFORMATION))) {
		code = ERROR_ACCESS_DENIED;
	} else if (o->kind == CP_PRIMARY) {
		code = cp_remote(o);
		if (code == 0)
			CP_GO(code, cpgo_times(o->go, &t));
	} else {
		bool running = read_times(o->tid, &t);
		cp_lock();
		if (o->signaled)
			t = o->thread->times;
		else if (!running)
			code = ERROR_GEN_FAILURE; /* no /proc */
		cp_unlock();
	}
	cp_release(o);
	if (code != 0)
		return cp_fail(code);
	const uint64_t values[] = {t.creation, t.exit, t.kernel, t.user};
	const LPFILETIME out[] = {creation, end, kernel, user};
	for (int i = 0; i < 4; i++)
		*out[i] = (FILETIME){.dwLowDateTime = (DWORD)values[i], .dwHighDateTime = (DWORD)(values[i] >> 32)};
	return TRUE;
}

/* The end of a thread, however it comes. */
static void finish(void *p)
{
	struct cp_thread *t = p;
	note_times(t);
	cp_abandon(t->held);
	t->held = NULL;
	cp_signal(t->object);
	cp_release(t->object);
}

static void make_key(void) { pthread_key_create(&key, finish); }

static struct cp_thread *new_thread(void)
{
	pthread_once(&key_once, make_key);
	struct cp_object *o = cp_new_object(CP_THREAD);
	if (o == NULL)
		return NULL;
	o->thread = calloc(1, sizeof *o->thread);
	if (o->thread == NULL) {
		cp_release(o);
		SetLastError(ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	o->thread->object = o;
	return o->thread;
}

struct cp_thread *cp_self(void)
{
	pthread_once(&key_once, make_key);
	struct cp_thread *t = pthread_getspecific(key);
	if (t != NULL)
		return t;
	t = new_thread();
	if (t == NULL)
		return NULL;
	t->object->tid = (uint32_t)gettid();
	if (pthread_setspecific(key, t) != 0) {
		cp_release(t->object);
		SetLastError(ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	return t;
}

/* No signal of the program's is for it. */
bool cp_start_thread(void *(*run)(void *))
{
	pthread_t thread;
	pthread_attr_t attr;
	sigset_t every, saved;
	sigfillset(&every);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &every, &saved);
	int error = pthread_create(&thread, &attr, run, NULL);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	pthread_attr_destroy(&attr);
	return error == 0;
}

static void wait_for_word(atomic_int *word)
{
	while (atomic_load(word) == 0)
		syscall(SYS_futex, (int *)word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void set_word(atomic_int *word)
{
	atomic_store(word, 1);
	syscall(SYS_futex, (int *)word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

struct beginning {
	struct cp_thread *thread;
	atomic_int known; /* the thread's number is */
};

static void *run(void *p)
{
	struct beginning *b = p;
	struct cp_thread *t = b->thread;
	pthread_setspecific(key, t);
	t->object->tid = (uint32_t)gettid();
	set_word(&b->known); /* b may be gone now */
	wait_for_word(&t->may_begin);
	t->exit_code = t->start(t->parameter);
	return NULL;
}

HANDLE WINAPI CreateThread(LPSECURITY_ATTRIBUTES attributes, SIZE_T stack, LPTHREAD_START_ROUTINE start, LPVOID parameter, DWORD flags, LPDWORD id)
{
	DWORD code = 0;
	if (attributes != NULL && attributes->lpSecurityDescriptor != NULL)
		code = ERROR_NOT_SUPPORTED;
	else if (start == NULL || (flags & ~(DWORD)(CREATE_SUSPENDED | STACK_SIZE_PARAM_IS_A_RESERVATION)))
		code = ERROR_INVALID_PARAMETER;
	if (code != 0) {
		SetLastError(code);
		return NULL;
	}
	struct cp_thread *t = new_thread();
	if (t == NULL)
		return NULL;
	struct cp_object *o = t->object;
	t->start = start;
	t->parameter = parameter;
	t->suspended = flags & CREATE_SUSPENDED ? 1 : 0;
	atomic_store(&t->may_begin, !t->suspended);
	HANDLE h = cp_open(o, THREAD_ALL_ACCESS, attributes != NULL && attributes->bInheritHandle);
	if (h == NULL)
		return NULL;
	cp_retain(o); /* the thread's own */

	struct beginning b = {.thread = t};
	pthread_attr_t attr;
	pthread_t thread;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (stack >= (SIZE_T)sysconf(_SC_THREAD_STACK_MIN) && (flags & STACK_SIZE_PARAM_IS_A_RESERVATION))
		pthread_attr_setstacksize(&attr, (stack + 0xffff) & ~(SIZE_T)0xffff);
	int error = pthread_create(&thread, &attr, run, &b);
	pthread_attr_destroy(&attr);
	if (error != 0) {
		cp_release(o);
		CloseHandle(h);
		SetLastError(error == EAGAIN ? ERROR_NOT_ENOUGH_QUOTA : ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	wait_for_word(&b.known);
	if (id != NULL)
		*id = o->tid;
	return h;
}

VOID WINAPI ExitThread(DWORD code)
{
	struct cp_thread *t = cp_self();
	if (t != NULL)
		t->exit_code = code;
	pthread_exit(NULL);
}

DWORD WINAPI GetCurrentThreadId(VOID) { return (DWORD)gettid(); }

DWORD cp_resume_own(struct cp_object *o)
{
	cp_lock();
	DWORD previous = (DWORD)o->thread->suspended;
	bool begin = o->thread->suspended == 1;
	if (o->thread->suspended > 0)
		o->thread->suspended--;
	cp_unlock();
	if (begin)
		set_word(&o->thread->may_begin);
	return previous;
}
