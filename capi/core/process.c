/* Processes: the parameters of CreateProcess become what the Go side takes, and
 * what it answers becomes handles. */
#include "token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern uint32_t cpgo_create(struct cp_create *c, struct cp_created *out);
extern uint32_t cpgo_open(uint32_t *access, uint32_t pid, uintptr_t *id);
extern uint32_t cpgo_terminate(uintptr_t id, uint32_t code);
extern uint32_t cpgo_exit_code(uintptr_t id, uint32_t *out);
extern uint32_t cpgo_suspend(uintptr_t id, uint32_t *previous);
extern uint32_t cpgo_resume(uintptr_t id, uint32_t *previous);
extern uint32_t cpgo_priority(uintptr_t id, uint32_t *out);
extern uint32_t cpgo_set_priority(uintptr_t id, uint32_t value);
extern uint32_t cpgo_affinity(uintptr_t id, uint64_t *mask);
extern uint32_t cpgo_set_affinity(uintptr_t id, uint64_t mask);
extern uint32_t cpgo_times(uintptr_t id, struct cp_times *out);
extern uint32_t cpgo_handle_count(uintptr_t id, uint32_t *out);
extern uint32_t cpgo_image_name(uintptr_t id, char **out);
extern void cpgo_close(uintptr_t id);
extern char **environ;

/* --- Attribute lists --- */

struct attribute {
	DWORD_PTR key;
	PVOID value;
	SIZE_T size;
};

struct _PROC_THREAD_ATTRIBUTE_LIST {
	DWORD capacity, count;
	struct attribute attributes[];
};

BOOL WINAPI InitializeProcThreadAttributeList(LPPROC_THREAD_ATTRIBUTE_LIST list, DWORD capacity, DWORD flags, PSIZE_T size)
{
	if (flags != 0 || size == NULL || capacity > 64)
		return cp_fail(ERROR_INVALID_PARAMETER);
	SIZE_T need = sizeof *list + capacity * sizeof(struct attribute);
	SIZE_T has = *size;
	*size = need;
	if (list == NULL || has < need)
		return cp_fail(ERROR_INSUFFICIENT_BUFFER);
	list->capacity = capacity;
	list->count = 0;
	return TRUE;
}

/* Checks what can be checked without knowing the rest of the parameters; 0: fine. */
static DWORD check_attribute(DWORD_PTR key, SIZE_T size)
{
	SIZE_T need;
	switch (key) {
	case PROC_THREAD_ATTRIBUTE_HANDLE_LIST:
	case PROC_THREAD_ATTRIBUTE_JOB_LIST:
		return size == 0 || size % sizeof(HANDLE) != 0 ? ERROR_BAD_LENGTH : 0;
	case PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY:
		need = sizeof(GROUP_AFFINITY);
		break;
	case PROC_THREAD_ATTRIBUTE_IDEAL_PROCESSOR:
		need = sizeof(PROCESSOR_NUMBER);
		break;
	case PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY:
		return size != sizeof(DWORD) && size != sizeof(DWORD64) && size != 2 * sizeof(DWORD64) ? ERROR_BAD_LENGTH : 0;
	case PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY:
		need = sizeof(DWORD);
		break;
	case PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE:
		need = sizeof(HPCON);
		break;
	default:
		return ERROR_NOT_SUPPORTED;
	}
	return size != need ? ERROR_BAD_LENGTH : 0;
}

BOOL WINAPI UpdateProcThreadAttribute(LPPROC_THREAD_ATTRIBUTE_LIST list, DWORD flags, DWORD_PTR key, PVOID value, SIZE_T size, PVOID previous, PSIZE_T returned)
{
	if (list == NULL || flags != 0 || value == NULL || previous != NULL || returned != NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	DWORD code = check_attribute(key, size);
	if (code != 0)
		return cp_fail(code);
	for (DWORD i = 0; i < list->count; i++)
		if (list->attributes[i].key == key)
			return cp_fail(ERROR_OBJECT_NAME_EXISTS);
	if (list->count == list->capacity)
		return cp_fail(ERROR_GEN_FAILURE);
	list->attributes[list->count++] = (struct attribute){key, value, size};
	return TRUE;
}

VOID WINAPI DeleteProcThreadAttributeList(LPPROC_THREAD_ATTRIBUTE_LIST list)
{
	if (list != NULL)
		list->count = list->capacity = 0;
}

struct handle_list {
	const HANDLE *handles; /* NULL: not given */
	size_t count;
};

static DWORD lower_attributes(LPPROC_THREAD_ATTRIBUTE_LIST list, struct cp_create *c, struct handle_list *handles, struct handle_list *jobs)
{
	for (DWORD i = 0; list != NULL && i < list->count; i++) {
		const struct attribute *a = &list->attributes[i];
		switch (a->key) {
		case PROC_THREAD_ATTRIBUTE_HANDLE_LIST:
			handles->handles = a->value;
			handles->count = a->size / sizeof(HANDLE);
			break;
		case PROC_THREAD_ATTRIBUTE_JOB_LIST:
			jobs->handles = a->value;
			jobs->count = a->size / sizeof(HANDLE);
			break;
		case PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY:
			c->affinity_mask = ((GROUP_AFFINITY *)a->value)->Mask;
			c->affinity_group = ((GROUP_AFFINITY *)a->value)->Group;
			if (c->affinity_mask == 0)
				return ERROR_INVALID_PARAMETER;
			break;
		case PROC_THREAD_ATTRIBUTE_IDEAL_PROCESSOR:
			c->has_processor = 1;
			c->processor = ((PROCESSOR_NUMBER *)a->value)->Group * 64u + ((PROCESSOR_NUMBER *)a->value)->Number;
			break;
		case PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY:
			c->has_mitigation = 1;
			c->mitigation = a->size == sizeof(DWORD) ? *(DWORD *)a->value : *(DWORD64 *)a->value;
			if (a->size == 2 * sizeof(DWORD64) && ((DWORD64 *)a->value)[1] != 0)
				return ERROR_NOT_SUPPORTED;
			break;
		case PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY:
			c->has_child_policy = 1;
			c->child_policy = *(DWORD *)a->value;
			break;
		case PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE:
			/* The page has the HPCON itself as the value; a pointer to it is a common mistake. */
			c->console = (uintptr_t)a->value;
			if (c->console == 0)
				return ERROR_INVALID_HANDLE;
			break;
		}
	}
	return 0;
}

/* --- CreateProcess --- */

/* As whom, if not as the creator. */
struct as {
	struct cp_object *token;  /* NULL: with the credentials */
	const char *user, *domain, *password;
	DWORD logon_flags;
	bool own_environment; /* none given means the user's */
};

/* What CreateProcessA and W have in common, once all text is UTF-8. */
struct call {
	const char *application, *command_line, *directory;
	const LPSECURITY_ATTRIBUTES process_attributes, thread_attributes;
	BOOL inherit;
	DWORD flags;
	const char *const *environment; /* NULL: the creator's */
	const STARTUPINFOA *startup;    /* the texts in it are not looked at */
	LPPROC_THREAD_ATTRIBUTE_LIST attributes;
	LPPROCESS_INFORMATION information;
	const struct as *as; /* NULL: as the creator */
};

static size_t units(const char *s) { return cp_widen(s, NULL, 0); }

static DWORD check(const struct call *call)
{
	if (call->startup == NULL || call->information == NULL)
		return ERROR_INVALID_PARAMETER;
	if (call->application == NULL && (call->command_line == NULL || call->command_line[0] == 0))
		return ERROR_INVALID_PARAMETER;
	/* An application name that is empty is no name, not none. */
	if (call->application != NULL && call->application[0] == 0)
		return ERROR_PATH_NOT_FOUND;
	if (call->command_line != NULL && strlen(call->command_line) >= 32767 && units(call->command_line) > 32767)
		return ERROR_FILENAME_EXCED_RANGE;
	return 0;
}

/* One standard file of the child. file is -1 for the null device. */
static DWORD standard_file(HANDLE h, struct cp_object **object, int *file)
{
	*object = NULL;
	*file = -1;
	if (h == NULL || h == INVALID_HANDLE_VALUE)
		return 0;
	*object = cp_get(h, CP_FILE, NULL);
	if (*object == NULL)
		return ERROR_INVALID_HANDLE;
	*file = atomic_load(&(*object)->fd);
	return 0;
}

/* The creator's environment; an entry that no process can have is left out. */
static const char **own_environment(void)
{
	size_t n = 0, used = 0;
	while (environ != NULL && environ[n] != NULL)
		n++;
	const char **list = malloc((n + 1) * sizeof *list);
	for (size_t i = 0; list != NULL && i < n; i++)
		if (environ[i][0] != '=' && strchr(environ[i], '=') != NULL)
			list[used++] = environ[i];
	if (list != NULL)
		list[used] = NULL;
	return list;
}

/* The descriptor for the Go side, to be freed. */
static DWORD lower_descriptor(const SECURITY_ATTRIBUTES *a, const void **out, uint32_t *size)
{
	if (a == NULL || a->lpSecurityDescriptor == NULL)
		return 0;
	*out = cp_descriptor(a->lpSecurityDescriptor, size);
	return *out == NULL ? GetLastError() : 0;
}

/* The creator's environment, or where the user's is to be had. */
static DWORD default_environment(const struct call *call, struct cp_create *c, const char ***own)
{
	if (call->as != NULL && call->as->own_environment) {
		c->own_environment = 1;
		return 0;
	}
	c->environment = *own = own_environment();
	return *own == NULL ? ERROR_NOT_ENOUGH_MEMORY : 0;
}

static DWORD create(const struct call *call)
{
	struct cp_create c = {
		.application = call->application,
		.command_line = call->command_line,
		.directory = call->directory != NULL && call->directory[0] != 0 ? call->directory : NULL,
		.path = getenv("PATH"),
		.environment = call->environment,
		.flags = call->flags,
		.std = {-1, -1, -1},
	};
	DWORD code = check(call);
	if (code != 0)
		return code;
	const STARTUPINFOA *s = call->startup;
	c.start_flags = s->dwFlags & 0xff; /* flags about hot keys and titles are for windows */
	c.x_chars = s->dwXCountChars;
	c.y_chars = s->dwYCountChars;
	if (call->directory != NULL && call->directory[0] == 0)
		return ERROR_DIRECTORY;

	struct handle_list list = {NULL, 0}, job_list = {NULL, 0};
	if ((call->flags & EXTENDED_STARTUPINFO_PRESENT) && (code = lower_attributes(call->attributes, &c, &list, &job_list)) != 0)
		return code;
	if (list.handles != NULL && !call->inherit)
		return ERROR_INVALID_PARAMETER;
	struct cp_jobs jobs;
	code = cp_jobs(job_list.handles, job_list.count, &jobs);
	c.jobs = jobs.go;
	c.job_count = (int)jobs.count;

	struct cp_inherited *inherited = NULL;
	struct cp_file *files = NULL;
	struct cp_object *std[3] = {NULL, NULL, NULL};
	const char **own = NULL;
	char *table = NULL;
	size_t n = 0;

	if (s->dwFlags & STARTF_USESTDHANDLES) {
		const HANDLE given[] = {s->hStdInput, s->hStdOutput, s->hStdError};
		c.use_std = 1;
		for (int i = 0; i < 3 && code == 0; i++)
			code = standard_file(given[i], &std[i], &c.std[i]);
	} else if (c.console == 0 && !(call->flags & (DETACHED_PROCESS | CREATE_NO_WINDOW | CREATE_NEW_CONSOLE))) {
		/* Those that SetStdHandle has set. */
		for (int i = 0; i < 3; i++) {
			HANDLE h;
			int number = cp_standard_file(i, &h);
			if (number < 0) {
				c.use_std = 1;
				if (standard_file(h, &std[i], &c.std[i]) != 0)
					c.std[i] = -1;
			}
		}
		for (int i = 0; c.use_std && i < 3; i++)
			if (cp_standard_file(i, NULL) == i && fcntl(i, F_GETFD) >= 0)
				c.std[i] = i;
	}
	if (code == 0 && call->inherit)
		code = cp_inheritable(list.handles, list.count, &inherited, &n);
	if (code == 0)
		code = cp_prepare_inherited(inherited, n);
	if (code == 0 && n > 0) {
		files = calloc(n, sizeof *files);
		if (files == NULL)
			code = ERROR_NOT_ENOUGH_MEMORY;
	}
	if (code == 0) {
		/* A handle that is one of the child's standard files is not given twice. */
		for (size_t i = 0; i < n; i++) {
			struct cp_inherited *h = &inherited[i];
			bool given = false;
			for (int k = 0; k < 3 && !given; k++) {
				if (std[k] == h->object || (!c.use_std && h->fd == k)) {
					h->number = k;
					given = true;
				}
			}
			if (given || h->fd <= 2)
				continue;
			h->number = h->fd;
			for (size_t k = 0; k < i && !given; k++)
				given = inherited[k].number == h->fd; /* two handles to one file */
			if (!given)
				files[c.file_count++] = (struct cp_file){h->fd, h->fd};
		}
		c.files = files;
		if (n > 0 && (table = cp_handle_table(inherited, n)) == NULL)
			code = ERROR_NOT_ENOUGH_MEMORY;
	}
	if (code == 0 && c.environment == NULL)
		code = default_environment(call, &c, &own);
	const char *more[] = {table, NULL};
	if (table != NULL && table[0] != 0)
		c.more_environment = more;

	if (code == 0)
		code = lower_descriptor(call->process_attributes, &c.process_descriptor, &c.process_descriptor_size);
	if (code == 0)
		code = lower_descriptor(call->thread_attributes, &c.thread_descriptor, &c.thread_descriptor_size);
	if (call->as != NULL) {
		c.token = call->as->token != NULL ? call->as->token->go : 0;
		c.user = call->as->user;
		c.domain = call->as->domain;
		c.password = call->as->password;
		c.password_size = call->as->password != NULL ? (uint32_t)strlen(call->as->password) : 0;
		c.logon_flags = call->as->logon_flags;
	}

	struct cp_created created;
	if (code == 0) {
		CP_GO(code, cpgo_create(&c, &created));
	}
	free((void *)c.process_descriptor);
	free((void *)c.thread_descriptor);
	for (size_t i = 0; i < n; i++)
		cp_release(inherited[i].object);
	for (int i = 0; i < 3; i++)
		cp_release(std[i]);
	cp_release_jobs(&jobs);
	free(inherited);
	free(files);
	free(own);
	free(table);
	if (code != 0)
		return code;

	struct cp_object *process = cp_new_object(CP_PROCESS), *thread = cp_new_object(CP_PRIMARY);
	if (process == NULL || thread == NULL) {
		cp_release(process);
		cp_release(thread);
		CP_GO(code, (cpgo_terminate(created.process, 1), cpgo_close(created.process), cpgo_close(created.thread), 0u));
		return ERROR_NOT_ENOUGH_MEMORY;
	}
	process->go = created.process;
	thread->go = created.thread;
	process->pid = thread->pid = created.pid;
	thread->tid = created.tid;
	const LPSECURITY_ATTRIBUTES pa = call->process_attributes, ta = call->thread_attributes;
	LPPROCESS_INFORMATION pi = call->information;
	HANDLE h = cp_open(process, PROCESS_ALL_ACCESS, pa != NULL && pa->bInheritHandle);
	HANDLE t = cp_open(thread, THREAD_ALL_ACCESS, ta != NULL && ta->bInheritHandle);
	*pi = (PROCESS_INFORMATION){.hProcess = h, .hThread = t, .dwProcessId = created.pid, .dwThreadId = created.tid};
	return 0;
}

/* The entries of a block, as a list. What a block of UTF-16 is narrowed to is in *text. */
static const char **entries(const char *block)
{
	size_t n = 0;
	for (const char *p = block; *p != 0; p += strlen(p) + 1)
		n++;
	const char **list = malloc((n + 1) * sizeof *list);
	if (list == NULL)
		return NULL;
	size_t i = 0;
	for (const char *p = block; *p != 0; p += strlen(p) + 1)
		list[i++] = p;
	list[i] = NULL;
	return list;
}

static char *narrow_block(const WCHAR *block)
{
	size_t length = 0, used = 0;
	while (block[length] != 0 || (length > 0 && block[length - 1] != 0))
		length++;
	char *out = malloc(3 * length + 1);
	for (const WCHAR *p = block; out != NULL && *p != 0;) {
		char *entry = cp_narrow(p);
		if (entry == NULL) {
			free(out);
			return NULL;
		}
		size_t size = strlen(entry) + 1;
		memcpy(out + used, entry, size);
		used += size;
		free(entry);
		while (*p++ != 0)
			;
	}
	if (out != NULL)
		out[used] = 0;
	return out;
}

/* Sets call->environment from what lpEnvironment is. */
static DWORD read_environment(struct call *call, LPVOID block, char **text)
{
	*text = NULL;
	if (block == NULL)
		return 0;
	if (call->flags & CREATE_UNICODE_ENVIRONMENT) {
		*text = narrow_block(block);
		if (*text == NULL)
			return ERROR_NOT_ENOUGH_MEMORY;
		block = *text;
	}
	call->environment = entries(block);
	return call->environment == NULL ? ERROR_NOT_ENOUGH_MEMORY : 0;
}

static BOOL create_with_environment(struct call *call, LPVOID block)
{
	char *text;
	DWORD code = read_environment(call, block, &text);
	if (code == 0)
		code = create(call);
	free((void *)call->environment);
	free(text);
	return cp_done(code);
}

static BOOL create_narrow(const struct as *as, LPCSTR application, LPSTR command_line, LPSECURITY_ATTRIBUTES process, LPSECURITY_ATTRIBUTES thread,
	BOOL inherit, DWORD flags, LPVOID environment, LPCSTR directory, LPSTARTUPINFOA startup, LPPROCESS_INFORMATION information)
{
	struct call call = {
		application, command_line, directory, process, thread, inherit, flags, NULL, startup, NULL, information, as,
	};
	if (startup != NULL && (flags & EXTENDED_STARTUPINFO_PRESENT))
		call.attributes = ((STARTUPINFOEXA *)startup)->lpAttributeList;
	return create_with_environment(&call, environment);
}

static BOOL create_wide(const struct as *as, LPCWSTR application, LPWSTR command_line, LPSECURITY_ATTRIBUTES process, LPSECURITY_ATTRIBUTES thread,
	BOOL inherit, DWORD flags, LPVOID environment, LPCWSTR directory, LPSTARTUPINFOW startup, LPPROCESS_INFORMATION information)
{
	char *a, *c = NULL, *d = NULL;
	BOOL ok = FALSE;
	if (cp_text(application, &a) && cp_text(command_line, &c) && cp_text(directory, &d)) {
		/* The two structures differ in what the texts point to, and in nothing else. */
		struct call call = {
			a, c, d, process, thread, inherit, flags, NULL, (const STARTUPINFOA *)startup, NULL, information, as,
		};
		if (startup != NULL && (flags & EXTENDED_STARTUPINFO_PRESENT))
			call.attributes = ((STARTUPINFOEXW *)startup)->lpAttributeList;
		ok = create_with_environment(&call, environment);
	}
	free(a);
	free(c);
	free(d);
	return ok;
}

BOOL WINAPI CreateProcessA(LPCSTR application, LPSTR command_line, LPSECURITY_ATTRIBUTES process, LPSECURITY_ATTRIBUTES thread,
	BOOL inherit, DWORD flags, LPVOID environment, LPCSTR directory, LPSTARTUPINFOA startup, LPPROCESS_INFORMATION information)
{
	return create_narrow(NULL, application, command_line, process, thread, inherit, flags, environment, directory, startup, information);
}

BOOL WINAPI CreateProcessW(LPCWSTR application, LPWSTR command_line, LPSECURITY_ATTRIBUTES process, LPSECURITY_ATTRIBUTES thread,
	BOOL inherit, DWORD flags, LPVOID environment, LPCWSTR directory, LPSTARTUPINFOW startup, LPPROCESS_INFORMATION information)
{
	return create_wide(NULL, application, command_line, process, thread, inherit, flags, environment, directory, startup, information);
}

/* --- As another user --- */

enum { TOKEN_TO_CREATE_WITH = TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_ASSIGN_PRIMARY };

/* The token, which must be a primary one; NULL: the last error says why not. */
static struct cp_object *primary_token(HANDLE h)
{
	struct cp_object *o = cp_use(h, CP_TOKEN, TOKEN_TO_CREATE_WITH);
	if (o != NULL && o->token_type != TokenPrimary) {
		cp_release(o);
		SetLastError(ERROR_BAD_TOKEN_TYPE);
		return NULL;
	}
	return o;
}

BOOL WINAPI CreateProcessAsUserA(HANDLE token, LPCSTR application, LPSTR command_line, LPSECURITY_ATTRIBUTES process, LPSECURITY_ATTRIBUTES thread,
	BOOL inherit, DWORD flags, LPVOID environment, LPCSTR directory, LPSTARTUPINFOA startup, LPPROCESS_INFORMATION information)
{
	if (token == NULL) /* is CreateProcess */
		return create_narrow(NULL, application, command_line, process, thread, inherit, flags, environment, directory, startup, information);
	struct as as = {.token = primary_token(token)};
	BOOL ok = as.token != NULL &&
		  create_narrow(&as, application, command_line, process, thread, inherit, flags, environment, directory, startup, information);
	cp_release(as.token);
	return ok;
}

BOOL WINAPI CreateProcessAsUserW(HANDLE token, LPCWSTR application, LPWSTR command_line, LPSECURITY_ATTRIBUTES process, LPSECURITY_ATTRIBUTES thread,
	BOOL inherit, DWORD flags, LPVOID environment, LPCWSTR directory, LPSTARTUPINFOW startup, LPPROCESS_INFORMATION information)
{
	if (token == NULL)
		return create_wide(NULL, application, command_line, process, thread, inherit, flags, environment, directory, startup, information);
	struct as as = {.token = primary_token(token)};
	BOOL ok = as.token != NULL &&
		  create_wide(&as, application, command_line, process, thread, inherit, flags, environment, directory, startup, information);
	cp_release(as.token);
	return ok;
}

BOOL WINAPI CreateProcessWithTokenW(HANDLE token, DWORD logon_flags, LPCWSTR application, LPWSTR command_line, DWORD flags, LPVOID environment,
	LPCWSTR directory, LPSTARTUPINFOW startup, LPPROCESS_INFORMATION information)
{
	if (logon_flags & ~(DWORD)(LOGON_WITH_PROFILE | LOGON_NETCREDENTIALS_ONLY))
		return cp_fail(ERROR_INVALID_PARAMETER);
	if (logon_flags != 0) /* a token from here has no session to open */
		return cp_fail(ERROR_NOT_SUPPORTED);
	struct as as = {.token = primary_token(token), .own_environment = true};
	BOOL ok = as.token != NULL && create_wide(&as, application, command_line, NULL, NULL, FALSE, flags, environment, directory, startup, information);
	cp_release(as.token);
	return ok;
}

BOOL WINAPI CreateProcessWithLogonW(LPCWSTR user, LPCWSTR domain, LPCWSTR password, DWORD logon_flags, LPCWSTR application, LPWSTR command_line,
	DWORD flags, LPVOID environment, LPCWSTR directory, LPSTARTUPINFOW startup, LPPROCESS_INFORMATION information)
{
	if (user == NULL || password == NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	char *u = NULL, *d = NULL, *p = NULL;
	BOOL ok = FALSE;
	if (cp_text(user, &u) && cp_text(domain, &d) && cp_text(password, &p)) {
		struct as as = {.user = u, .domain = d, .password = p, .logon_flags = logon_flags, .own_environment = true};
		ok = create_wide(&as, application, command_line, NULL, NULL, FALSE, flags, environment, directory, startup, information);
	}
	if (p != NULL)
		explicit_bzero(p, strlen(p));
	free(u);
	free(d);
	free(p);
	return ok;
}

/* What this program was started with is known to its creator alone, but for the files. */
static void startup_info(STARTUPINFOA *s)
{
	memset(s, 0, sizeof *s);
	s->cb = sizeof *s;
	s->lpReserved = s->lpDesktop = s->lpTitle = (LPSTR)L"";
	s->dwFlags = STARTF_USESTDHANDLES;
	s->hStdInput = GetStdHandle(STD_INPUT_HANDLE);
	s->hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
	s->hStdError = GetStdHandle(STD_ERROR_HANDLE);
}

VOID WINAPI GetStartupInfoA(LPSTARTUPINFOA s) { startup_info(s); }
VOID WINAPI GetStartupInfoW(LPSTARTUPINFOW s) { startup_info((STARTUPINFOA *)s); }

/* --- Processes that there are --- */

HANDLE WINAPI OpenProcess(DWORD access, BOOL inherit, DWORD pid)
{
	uintptr_t id = 0;
	uint32_t code;
	CP_GO(code, cpgo_open(&access, pid, &id));
	if (code != 0) {
		SetLastError(code);
		return NULL;
	}
	struct cp_object *o = cp_new_object(CP_PROCESS);
	if (o == NULL) {
		CP_GO(code, (cpgo_close(id), 0u));
		return NULL;
	}
	o->go = id;
	o->pid = pid;
	return cp_open(o, access, inherit);
}

/* Calls the Go side for the object behind a handle. The kinds are those that
 * the function takes. */
#define FOR(h, kinds, call)                            \
	struct cp_object *o = cp_get(h, kinds, NULL);  \
	if (o == NULL)                                 \
		return FALSE;                          \
	uint32_t code = cp_remote(o);                  \
	if (code == 0)                                 \
		CP_GO(code, call);                     \
	cp_release(o);                                 \
	if (code != 0)                                 \
		return cp_fail(code)

BOOL WINAPI TerminateProcess(HANDLE h, UINT exit_code)
{
	if (h == GetCurrentProcess())
		cp_end(exit_code, false);
	DWORD access;
	struct cp_object *me = cp_get(h, CP_PROCESS, &access);
	if (me == NULL)
		return FALSE;
	bool self = me->pid == (uint32_t)getpid();
	cp_release(me);
	if (self && (access & PROCESS_TERMINATE))
		cp_end(exit_code, false);
	FOR(h, CP_PROCESS, cpgo_terminate(o->go, exit_code));
	return TRUE;
}

BOOL WINAPI GetExitCodeProcess(HANDLE h, LPDWORD out)
{
	if (h == GetCurrentProcess()) {
		*out = STILL_ACTIVE;
		return TRUE;
	}
	uint32_t answer = 0;
	FOR(h, CP_PROCESS, cpgo_exit_code(o->go, &answer));
	*out = answer;
	return TRUE;
}

BOOL WINAPI GetExitCodeThread(HANDLE h, LPDWORD out)
{
	struct cp_object *t = cp_get(h, CP_THREAD | CP_PRIMARY, NULL);
	if (t == NULL)
		return FALSE;
	bool ours = t->kind == CP_THREAD;
	if (ours) {
		cp_lock();
		*out = t->signaled ? t->thread->exit_code : STILL_ACTIVE;
		cp_unlock();
	}
	cp_release(t);
	if (ours)
		return TRUE;
	uint32_t answer = 0;
	FOR(h, CP_PRIMARY, cpgo_exit_code(o->go, &answer));
	*out = answer;
	return TRUE;
}

DWORD WINAPI GetProcessId(HANDLE h)
{
	struct cp_object *o = cp_get(h, CP_PROCESS, NULL);
	if (o == NULL)
		return 0;
	DWORD pid = o->pid;
	cp_release(o);
	return pid;
}

DWORD WINAPI GetThreadId(HANDLE h)
{
	struct cp_object *o = cp_get(h, CP_THREAD | CP_PRIMARY, NULL);
	if (o == NULL)
		return 0;
	DWORD tid = o->tid;
	cp_release(o);
	return tid;
}

DWORD WINAPI GetProcessIdOfThread(HANDLE h)
{
	struct cp_object *o = cp_get(h, CP_THREAD | CP_PRIMARY, NULL);
	if (o == NULL)
		return 0;
	DWORD pid = o->kind == CP_THREAD ? (DWORD)getpid() : o->pid;
	cp_release(o);
	return pid;
}

HANDLE WINAPI GetCurrentProcess(VOID) { return (HANDLE)(intptr_t)-1; }
HANDLE WINAPI GetCurrentThread(VOID) { return (HANDLE)(intptr_t)-2; }
DWORD WINAPI GetCurrentProcessId(VOID) { return (DWORD)getpid(); }

DWORD WINAPI SuspendThread(HANDLE h)
{
	struct cp_object *o = cp_get(h, CP_THREAD | CP_PRIMARY, NULL);
	if (o == NULL)
		return (DWORD)-1;
	uint32_t previous = 0, code = ERROR_NOT_SUPPORTED; /* Linux stops no single thread */
	if (o->kind == CP_PRIMARY && (code = cp_remote(o)) == 0)
		CP_GO(code, cpgo_suspend(o->go, &previous));
	cp_release(o);
	return cp_done(code) ? previous : (DWORD)-1;
}

DWORD WINAPI ResumeThread(HANDLE h)
{
	struct cp_object *o = cp_get(h, CP_THREAD | CP_PRIMARY, NULL);
	if (o == NULL)
		return (DWORD)-1;
	uint32_t previous = 0, code = 0;
	if (o->kind == CP_THREAD)
		previous = cp_resume_own(o);
	else if ((code = cp_remote(o)) == 0)
		CP_GO(code, cpgo_resume(o->go, &previous));
	cp_release(o);
	return cp_done(code) ? previous : (DWORD)-1;
}

DWORD WINAPI GetPriorityClass(HANDLE h)
{
	uint32_t class = 0;
	FOR(h, CP_PROCESS, cpgo_priority(o->go, &class));
	return class;
}

BOOL WINAPI SetPriorityClass(HANDLE h, DWORD class)
{
	FOR(h, CP_PROCESS, cpgo_set_priority(o->go, class));
	return TRUE;
}

BOOL WINAPI GetProcessAffinityMask(HANDLE h, PDWORD_PTR mask, PDWORD_PTR system)
{
	uint64_t answer = 0;
	FOR(h, CP_PROCESS, cpgo_affinity(o->go, &answer));
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	*mask = (DWORD_PTR)answer;
	*system = (DWORD_PTR)answer | (n >= 64 ? ~(DWORD_PTR)0 : ((DWORD_PTR)1 << n) - 1);
	return TRUE;
}

BOOL WINAPI SetProcessAffinityMask(HANDLE h, DWORD_PTR mask)
{
	FOR(h, CP_PROCESS, cpgo_set_affinity(o->go, mask));
	return TRUE;
}

static FILETIME filetime(uint64_t ticks)
{
	return (FILETIME){.dwLowDateTime = (DWORD)ticks, .dwHighDateTime = (DWORD)(ticks >> 32)};
}

BOOL WINAPI GetProcessTimes(HANDLE h, LPFILETIME creation, LPFILETIME end, LPFILETIME kernel, LPFILETIME user)
{
	struct cp_times t = {0, 0, 0, 0};
	FOR(h, CP_PROCESS, cpgo_times(o->go, &t));
	*creation = filetime(t.creation);
	*end = filetime(t.exit);
	*kernel = filetime(t.kernel);
	*user = filetime(t.user);
	return TRUE;
}

BOOL WINAPI GetProcessHandleCount(HANDLE h, PDWORD out)
{
	uint32_t n = 0;
	FOR(h, CP_PROCESS, cpgo_handle_count(o->go, &n));
	*out = n;
	return TRUE;
}

static BOOL image_name(HANDLE h, char **name)
{
	FOR(h, CP_PROCESS, cpgo_image_name(o->go, name));
	return TRUE;
}

BOOL WINAPI QueryFullProcessImageNameA(HANDLE h, DWORD flags, LPSTR out, PDWORD size)
{
	if (flags & ~(DWORD)PROCESS_NAME_NATIVE)
		return cp_fail(ERROR_INVALID_PARAMETER);
	char *name;
	if (!image_name(h, &name))
		return FALSE;
	size_t n = strlen(name);
	DWORD code = 0;
	if (n >= *size) {
		code = ERROR_INSUFFICIENT_BUFFER;
	} else {
		memcpy(out, name, n + 1);
		*size = (DWORD)n;
	}
	free(name);
	return cp_done(code);
}

BOOL WINAPI QueryFullProcessImageNameW(HANDLE h, DWORD flags, LPWSTR out, PDWORD size)
{
	if (flags & ~(DWORD)PROCESS_NAME_NATIVE)
		return cp_fail(ERROR_INVALID_PARAMETER);
	char *name;
	if (!image_name(h, &name))
		return FALSE;
	size_t n = cp_widen(name, NULL, 0);
	DWORD code = 0;
	if (n > *size) {
		code = ERROR_INSUFFICIENT_BUFFER;
	} else {
		cp_widen(name, out, *size);
		*size = (DWORD)n - 1;
	}
	free(name);
	return cp_done(code);
}
