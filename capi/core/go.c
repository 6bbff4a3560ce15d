/* The Go runtime begins with the first call that needs it. A Go archive asks to
 * be begun when the program is loaded, by a function in its .init_array;
 * capi/install has moved that to a section of its own, and here it is called.
 *
 * The program must not notice. All signals are blocked while the runtime begins,
 * so that its threads, which inherit that, never get a signal that is meant for
 * the program; what the runtime has done to the handlers of signals is taken
 * back; and the threads of the program have all signals blocked while they are
 * in Go. So no handler of the program ever runs on a goroutine's stack, and none
 * of Go's at all. */
#include "core.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

typedef void (*initialize)(int, char **, char **);
extern const initialize __start_cp_go_start[] __attribute__((visibility("hidden")));
extern const initialize __stop_cp_go_start[] __attribute__((visibility("hidden")));
extern void cpgo_begin(void);
extern char **environ;

int cp_argc;
char **cp_argv;

__attribute__((constructor)) static void remember_arguments(int argc, char **argv, char **envp)
{
	(void)envp;
	cp_argc = argc;
	cp_argv = argv;
}

/* Those that a fault raises must not be blocked: the kernel would kill the program. */
static void block(sigset_t *saved)
{
	sigset_t all;
	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	sigdelset(&all, SIGTRAP);
	pthread_sigmask(SIG_SETMASK, &all, saved);
}

/* The runtime's table of signals, and what of it is looked at here: the signals
 * that its threads never block. It needs those that a fault raises, and the C
 * library needs its own three. Another one, SIGCHLD, would be taken from a
 * program that has blocked it to wait for it. */
extern struct {
	int32_t flags;
	const char *name;
	intptr_t length;
} cp_go_signals[65] __attribute__((visibility("hidden")));

static void leave_signals_to_program(void)
{
	enum { NEVER_BLOCKED = 1 << 7 };
	static const int signals[] = {SIGCHLD, SIGPROF, SIGSTKFLT};
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		cp_go_signals[signals[i]].flags &= ~NEVER_BLOCKED;
}

static pid_t begun_in; /* 0: not begun */

static void begin(void)
{
	enum { SIGNALS = 64 };
	struct sigaction before[SIGNALS + 1];
	bool known[SIGNALS + 1];
	for (int s = 1; s <= SIGNALS; s++)
		known[s] = sigaction(s, NULL, &before[s]) == 0;
	leave_signals_to_program();
	for (const initialize *f = __start_cp_go_start; f < __stop_cp_go_start; f++)
		(*f)(cp_argc, cp_argv, environ);
	cpgo_begin(); /* returns when the runtime is there */
	for (int s = 1; s <= SIGNALS; s++) {
		struct sigaction after;
		if (known[s] && sigaction(s, NULL, &after) == 0 &&
		    (after.sa_handler != before[s].sa_handler || after.sa_flags != before[s].sa_flags))
			sigaction(s, &before[s], NULL);
	}
	begun_in = getpid();
}

bool cp_go_enter(sigset_t *saved)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	block(saved);
	pthread_once(&once, begin);
	if (begun_in == getpid())
		return true;
	/* A fork without exec: it has none of the runtime's threads. */
	cp_go_leave(saved);
	SetLastError(ERROR_NOT_SUPPORTED);
	return false;
}

void cp_go_leave(const sigset_t *saved) { pthread_sigmask(SIG_SETMASK, saved, NULL); }
