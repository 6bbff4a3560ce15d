/* Consoles: control events, which are signals, and pseudo consoles. */
#include "core.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

extern uint32_t cpgo_console_create(uint16_t columns, uint16_t rows, int input, int output, uintptr_t *id);
extern uint32_t cpgo_console_resize(uintptr_t id, uint16_t columns, uint16_t rows);
extern void cpgo_console_close(uintptr_t id);

BOOL WINAPI GenerateConsoleCtrlEvent(DWORD event, DWORD group)
{
	if (event > CTRL_BREAK_EVENT || group > 0x7fffffff || group == 1)
		return cp_fail(ERROR_INVALID_PARAMETER);
	if (kill(-(pid_t)group, event == CTRL_C_EVENT ? SIGINT : SIGQUIT) == 0)
		return TRUE;
	return cp_fail(errno == EPERM ? ERROR_ACCESS_DENIED : ERROR_INVALID_PARAMETER);
}

/* --- SetConsoleCtrlHandler. The program's own handlers of these signals stay
 * what they are until it is called for the first time. Functions run in a thread
 * of their own, as on Windows, and so may do anything. --- */

static const struct {
	int signal;
	DWORD event;
	bool ends; /* the program ends, whatever the functions say */
} events[] = {
	{SIGINT, CTRL_C_EVENT, false},
	{SIGQUIT, CTRL_BREAK_EVENT, false},
	{SIGHUP, CTRL_CLOSE_EVENT, true},
	{SIGTERM, CTRL_SHUTDOWN_EVENT, true},
};
enum { EVENTS = sizeof events / sizeof events[0] };

static struct {
	pthread_mutex_t lock;
	PHANDLER_ROUTINE *functions;
	size_t count;
	bool started, ignoring;
	struct sigaction before[EVENTS], ignored;
} control = {.lock = PTHREAD_MUTEX_INITIALIZER};
static int control_pipe[2] = {-1, -1};

static void note(int signal)
{
	int error = errno;
	unsigned char s = (unsigned char)signal;
	if (write(control_pipe[1], &s, 1) < 0) {
		/* Full: there is enough to tell. */
	}
	errno = error;
}

/* The latest function is asked first. */
static bool handled(DWORD event)
{
	bool answer = false;
	pthread_mutex_lock(&control.lock);
	for (size_t i = control.count; !answer && i-- > 0;) {
		PHANDLER_ROUTINE f = control.functions[i];
		pthread_mutex_unlock(&control.lock);
		answer = f(event);
		pthread_mutex_lock(&control.lock);
		if (i > control.count)
			i = control.count;
	}
	pthread_mutex_unlock(&control.lock);
	return answer;
}

static void *listen_for_signals(void *unused)
{
	(void)unused;
	unsigned char s;
	for (ssize_t n; (n = read(control_pipe[0], &s, 1)) == 1 || (n < 0 && errno == EINTR);) {
		if (n != 1)
			continue;
		for (int i = 0; i < EVENTS; i++) {
			if (events[i].signal == s && (!handled(events[i].event) || events[i].ends)) {
				/* What would have happened without the functions. */
				sigaction(s, &control.before[i], NULL);
				kill(getpid(), s);
			}
		}
	}
	return NULL;
}

static DWORD start_listening(void)
{
	pthread_t thread;
	pthread_attr_t attr;
	sigset_t all, saved;
	if (control.started)
		return 0;
	if (pipe2(control_pipe, O_CLOEXEC) != 0)
		return ERROR_TOO_MANY_OPEN_FILES;
	fcntl(control_pipe[1], F_SETFL, O_NONBLOCK); /* a signal's handler must not block */
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &saved);
	int error = pthread_create(&thread, &attr, listen_for_signals, NULL);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	pthread_attr_destroy(&attr);
	if (error != 0) {
		close(control_pipe[0]);
		close(control_pipe[1]);
		return ERROR_NOT_ENOUGH_MEMORY;
	}
	for (int i = 0; i < EVENTS; i++) {
		struct sigaction noted = {.sa_handler = note, .sa_flags = SA_RESTART};
		sigaction(events[i].signal, NULL, &control.before[i]);
		if (control.before[i].sa_handler != SIG_IGN) /* nohup */
			sigaction(events[i].signal, &noted, NULL);
	}
	control.started = true;
	return 0;
}

BOOL WINAPI SetConsoleCtrlHandler(PHANDLER_ROUTINE function, BOOL add)
{
	DWORD code = 0;
	pthread_mutex_lock(&control.lock);
	if (function == NULL) {
		/* Ctrl+C is ignored, by the children too, or no longer. */
		struct sigaction ignore = {.sa_handler = SIG_IGN};
		if (add && !control.ignoring)
			sigaction(SIGINT, &ignore, &control.ignored);
		else if (!add && control.ignoring)
			sigaction(SIGINT, &control.ignored, NULL);
		else if (!add) {
			struct sigaction now;
			if (sigaction(SIGINT, NULL, &now) == 0 && now.sa_handler == SIG_IGN) {
				now.sa_handler = SIG_DFL;
				sigaction(SIGINT, &now, NULL);
			}
		}
		control.ignoring = add;
	} else if (add) {
		PHANDLER_ROUTINE *more = realloc(control.functions, (control.count + 1) * sizeof *more);
		if (more == NULL) {
			code = ERROR_NOT_ENOUGH_MEMORY;
		} else {
			control.functions = more;
			code = start_listening();
			if (code == 0)
				more[control.count++] = function;
		}
	} else {
		size_t i = control.count;
		while (i > 0 && control.functions[i - 1] != function)
			i--;
		if (i == 0)
			code = ERROR_INVALID_PARAMETER;
		else
			for (control.count--; i <= control.count; i++)
				control.functions[i - 1] = control.functions[i];
	}
	pthread_mutex_unlock(&control.lock);
	return cp_done(code);
}

/* --- Pseudo consoles --- */

static HRESULT result_of(DWORD code) { return code == 0 ? S_OK : (HRESULT)(0x80070000u | code); }

HRESULT WINAPI CreatePseudoConsole(COORD size, HANDLE input, HANDLE output, DWORD flags, HPCON *console)
{
	if (console == NULL || size.X <= 0 || size.Y <= 0 || flags > 1)
		return result_of(ERROR_INVALID_PARAMETER);
	struct cp_object *in = cp_get(input, CP_FILE, NULL), *out = cp_get(output, CP_FILE, NULL);
	uint32_t code = in == NULL || out == NULL ? ERROR_INVALID_HANDLE : 0;
	uintptr_t id = 0;
	if (code == 0) {
		CP_GO(code, cpgo_console_create((uint16_t)size.X, (uint16_t)size.Y, atomic_load(&in->fd), atomic_load(&out->fd), &id));
	}
	cp_release(in);
	cp_release(out);
	*console = (HPCON)id;
	return result_of(code);
}

HRESULT WINAPI ResizePseudoConsole(HPCON console, COORD size)
{
	if (size.X <= 0 || size.Y <= 0)
		return result_of(ERROR_INVALID_PARAMETER);
	uint32_t code;
	CP_GO(code, cpgo_console_resize((uintptr_t)console, (uint16_t)size.X, (uint16_t)size.Y));
	return result_of(code);
}

void WINAPI ClosePseudoConsole(HPCON console)
{
	CP_GO_DO(cpgo_console_close((uintptr_t)console));
}
