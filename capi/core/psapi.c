/* psapi.h: a process's list, names and memory. Its modules are the image alone. */
#include "core.h"

#include <psapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern uint32_t cpgo_snapshot(struct cp_entry **out, uint32_t *n);

BOOL WINAPI EnumProcesses(DWORD *ids, DWORD size, LPDWORD needed)
{
	struct cp_entry *list = NULL;
	uint32_t n = 0, code;
	if (ids == NULL || needed == NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	CP_GO(code, cpgo_snapshot(&list, &n));
	if (code != 0)
		return cp_fail(code);
	if (n > size / sizeof *ids)
		n = size / sizeof *ids;
	for (uint32_t i = 0; i < n; i++)
		ids[i] = list[i].pid;
	free(list);
	*needed = n * sizeof *ids;
	return TRUE;
}

/* Page faults are in stat behind the name, which is in brackets and may have any. */
static DWORD page_faults(uint32_t pid)
{
	char path[64], line[1024];
	unsigned long long minor = 0, major = 0;
	snprintf(path, sizeof path, "/proc/%u/stat", pid);
	FILE *f = fopen(path, "re");
	size_t n = f != NULL ? fread(line, 1, sizeof line - 1, f) : 0;
	line[n] = 0;
	const char *p = strrchr(line, ')');
	if (p != NULL)
		sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %llu %*u %llu", &minor, &major);
	if (f != NULL)
		fclose(f);
	return (DWORD)(minor + major);
}

BOOL WINAPI GetProcessMemoryInfo(HANDLE h, PPROCESS_MEMORY_COUNTERS counters, DWORD size)
{
	DWORD access;
	if (counters == NULL || size < sizeof *counters)
		return cp_fail(counters == NULL ? ERROR_INVALID_PARAMETER : ERROR_INSUFFICIENT_BUFFER);
	struct cp_object *o = cp_get(h, CP_PROCESS, &access);
	if (o == NULL)
		return FALSE;
	uint32_t pid = o->pid;
	cp_release(o);
	if (!(access & (PROCESS_QUERY_INFORMATION | PROCESS_QUERY_LIMITED_INFORMATION)))
		return cp_fail(ERROR_ACCESS_DENIED);
	PROCESS_MEMORY_COUNTERS c = {.cb = sizeof c, .PageFaultCount = page_faults(pid)};
	SIZE_T data = 0, swapped = 0;
	const struct {
		const char *name;
		SIZE_T *value;
	} rows[] = {
		{"VmHWM:", &c.PeakWorkingSetSize},
		{"VmRSS:", &c.WorkingSetSize},
		{"RssAnon:", &data},
		{"VmSwap:", &swapped},
	};
	char path[64], line[256];
	snprintf(path, sizeof path, "/proc/%u/status", pid);
	FILE *f = fopen(path, "re");
	/* Who has ended has no memory, and no such rows. */
	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
			if (strncmp(line, rows[i].name, strlen(rows[i].name)) == 0)
				*rows[i].value = strtoull(line + strlen(rows[i].name), NULL, 10) * 1024;
	if (f != NULL)
		fclose(f);
	if (c.PeakWorkingSetSize < c.WorkingSetSize)
		c.PeakWorkingSetSize = c.WorkingSetSize;
	c.PagefileUsage = c.PeakPagefileUsage = data + swapped;
	*counters = c;
	return TRUE;
}

/* A name for the caller to free, or what is behind its last slash. */
static char *image_name(HANDLE h, HMODULE module, bool base)
{
	DWORD size = 32768;
	char *name = malloc(size);
	if (name == NULL) {
		SetLastError(ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	if (module != NULL)
		SetLastError(ERROR_NOT_SUPPORTED); /* of the image alone */
	if (module != NULL || !QueryFullProcessImageNameA(h, 0, name, &size)) {
		free(name);
		return NULL;
	}
	const char *slash = strrchr(name, '/');
	if (base && slash != NULL)
		memmove(name, slash + 1, strlen(slash));
	return name;
}

/* What does not fit is cut off. */
static DWORD copy_a(char *name, LPSTR to, DWORD size)
{
	DWORD n = 0;
	if (name != NULL && size > 0) {
		n = (DWORD)strlen(name);
		if (n >= size) {
			n = size - 1;
			SetLastError(ERROR_INSUFFICIENT_BUFFER);
		}
		memcpy(to, name, n);
		to[n] = 0;
	}
	free(name);
	return n;
}

static DWORD copy_w(char *name, LPWSTR to, DWORD size)
{
	DWORD n = 0;
	if (name != NULL && size > 0) {
		n = (DWORD)cp_widen(name, NULL, 0) - 1;
		if (n >= size) {
			n = size - 1;
			SetLastError(ERROR_INSUFFICIENT_BUFFER);
		}
		cp_widen(name, to, size);
		to[n] = 0;
	}
	free(name);
	return n;
}

DWORD WINAPI GetModuleFileNameExA(HANDLE h, HMODULE module, LPSTR to, DWORD size) { return copy_a(image_name(h, module, false), to, size); }
DWORD WINAPI GetModuleFileNameExW(HANDLE h, HMODULE module, LPWSTR to, DWORD size) { return copy_w(image_name(h, module, false), to, size); }
DWORD WINAPI GetModuleBaseNameA(HANDLE h, HMODULE module, LPSTR to, DWORD size) { return copy_a(image_name(h, module, true), to, size); }
DWORD WINAPI GetModuleBaseNameW(HANDLE h, HMODULE module, LPWSTR to, DWORD size) { return copy_w(image_name(h, module, true), to, size); }
DWORD WINAPI GetProcessImageFileNameA(HANDLE h, LPSTR to, DWORD size) { return copy_a(image_name(h, NULL, false), to, size); }
DWORD WINAPI GetProcessImageFileNameW(HANDLE h, LPWSTR to, DWORD size) { return copy_w(image_name(h, NULL, false), to, size); }
