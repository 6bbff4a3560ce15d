/* Toolhelp: the processes that there are, and their threads. */
#include "core.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tlhelp32.h>

extern uint32_t cpgo_snapshot(struct cp_entry **out, uint32_t *n);

struct thread {
	uint32_t tid, pid;
	LONG priority;
};

/* In one piece of memory. */
struct snapshot {
	uint32_t process_count, thread_count, next_process, next_thread;
	struct cp_entry *processes;
	struct thread *threads;
};

static struct thread *threads_of(const struct cp_entry *list, uint32_t n, uint32_t *count)
{
	uint32_t room = 64;
	struct thread *out = malloc(room * sizeof *out);
	*count = 0;
	for (uint32_t i = 0; out != NULL && i < n; i++) {
		char path[64];
		snprintf(path, sizeof path, "/proc/%u/task", list[i].pid);
		DIR *d = opendir(path);
		for (struct dirent *e; d != NULL && out != NULL && (e = readdir(d)) != NULL;) {
			uint32_t tid = (uint32_t)strtoul(e->d_name, NULL, 10);
			if (tid == 0)
				continue;
			if (*count == room) {
				room *= 2;
				struct thread *more = realloc(out, room * sizeof *out);
				if (more == NULL) {
					free(out);
					out = NULL;
					break;
				}
				out = more;
			}
			out[(*count)++] = (struct thread){tid, list[i].pid, (LONG)list[i].base_priority};
		}
		if (d != NULL)
			closedir(d);
	}
	return out;
}

HANDLE WINAPI CreateToolhelp32Snapshot(DWORD flags, DWORD process)
{
	(void)process; /* it counts for heaps and modules */
	struct cp_entry *processes = NULL;
	struct thread *threads = NULL;
	uint32_t n = 0, count = 0, code;
	if ((flags & (TH32CS_SNAPPROCESS | TH32CS_SNAPTHREAD)) == 0) {
		SetLastError(ERROR_NOT_SUPPORTED);
		return INVALID_HANDLE_VALUE;
	}
	CP_GO(code, cpgo_snapshot(&processes, &n));
	struct cp_object *o = NULL;
	struct snapshot *s = NULL;
	if (code == 0) {
		if (flags & TH32CS_SNAPTHREAD)
			threads = threads_of(processes, n, &count);
		if (!(flags & TH32CS_SNAPPROCESS))
			n = 0;
		s = malloc(sizeof *s + n * sizeof *processes + count * sizeof *threads);
		o = cp_new_object(CP_SNAPSHOT);
		if (s == NULL || o == NULL || ((flags & TH32CS_SNAPTHREAD) && threads == NULL))
			code = ERROR_NOT_ENOUGH_MEMORY;
	}
	HANDLE h = NULL;
	if (code == 0) {
		*s = (struct snapshot){.process_count = n, .thread_count = count};
		s->processes = (struct cp_entry *)(s + 1);
		s->threads = (struct thread *)(s->processes + n);
		memcpy(s->processes, processes, n * sizeof *processes);
		if (count > 0)
			memcpy(s->threads, threads, count * sizeof *threads);
		o->snapshot = s;
		h = cp_open(o, GENERIC_READ, (flags & TH32CS_INHERIT) != 0);
	} else {
		free(s);
		free(o);
		SetLastError(code);
	}
	free(processes);
	free(threads);
	return h == NULL ? INVALID_HANDLE_VALUE : h;
}

/* The next entry, or the first; NULL: there is none, or the handle is wrong. */
static bool step(HANDLE h, bool first, struct cp_entry *process, struct thread *thread)
{
	struct cp_object *o = cp_get(h, CP_SNAPSHOT, NULL);
	if (o == NULL)
		return false;
	struct snapshot *s = o->snapshot;
	bool found;
	cp_lock();
	uint32_t *next = process != NULL ? &s->next_process : &s->next_thread;
	if (first)
		*next = 0;
	found = *next < (process != NULL ? s->process_count : s->thread_count);
	if (found && process != NULL)
		*process = s->processes[(*next)++];
	else if (found)
		*thread = s->threads[(*next)++];
	cp_unlock();
	cp_release(o);
	if (!found)
		SetLastError(ERROR_NO_MORE_FILES);
	return found;
}

/* All but the name, which is of either width. */
#define FILL(entry, e)                                       \
	do {                                                 \
		(entry)->cntUsage = 0;                       \
		(entry)->th32ProcessID = (e).pid;            \
		(entry)->th32DefaultHeapID = 0;              \
		(entry)->th32ModuleID = 0;                   \
		(entry)->cntThreads = (e).threads;           \
		(entry)->th32ParentProcessID = (e).parent;   \
		(entry)->pcPriClassBase = (LONG)(e).base_priority; \
		(entry)->dwFlags = 0;                        \
	} while (0)

static BOOL process_a(HANDLE h, bool first, LPPROCESSENTRY32 entry)
{
	struct cp_entry e;
	if (entry->dwSize < sizeof *entry)
		return cp_fail(ERROR_BAD_LENGTH);
	if (!step(h, first, &e, NULL))
		return FALSE;
	FILL(entry, e);
	memcpy(entry->szExeFile, e.name, sizeof entry->szExeFile);
	return TRUE;
}

static BOOL process_w(HANDLE h, bool first, LPPROCESSENTRY32W entry)
{
	struct cp_entry e;
	if (entry->dwSize < sizeof *entry)
		return cp_fail(ERROR_BAD_LENGTH);
	if (!step(h, first, &e, NULL))
		return FALSE;
	FILL(entry, e);
	cp_widen(e.name, entry->szExeFile, MAX_PATH);
	return TRUE;
}

#undef Process32First
#undef Process32Next
BOOL WINAPI Process32First(HANDLE h, LPPROCESSENTRY32 entry) { return process_a(h, true, entry); }
BOOL WINAPI Process32Next(HANDLE h, LPPROCESSENTRY32 entry) { return process_a(h, false, entry); }
BOOL WINAPI Process32FirstW(HANDLE h, LPPROCESSENTRY32W entry) { return process_w(h, true, entry); }
BOOL WINAPI Process32NextW(HANDLE h, LPPROCESSENTRY32W entry) { return process_w(h, false, entry); }

static BOOL next_thread(HANDLE h, bool first, LPTHREADENTRY32 entry)
{
	struct thread t;
	if (entry->dwSize < sizeof *entry)
		return cp_fail(ERROR_BAD_LENGTH);
	if (!step(h, first, NULL, &t))
		return FALSE;
	*entry = (THREADENTRY32){.dwSize = entry->dwSize, .th32ThreadID = t.tid, .th32OwnerProcessID = t.pid, .tpBasePri = t.priority};
	return TRUE;
}

BOOL WINAPI Thread32First(HANDLE h, LPTHREADENTRY32 entry) { return next_thread(h, true, entry); }
BOOL WINAPI Thread32Next(HANDLE h, LPTHREADENTRY32 entry) { return next_thread(h, false, entry); }
