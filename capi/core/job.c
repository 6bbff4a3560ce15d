/* Jobs: the handles, and the structures that say what a job may do and has done.
 * The jobs themselves are the Go side's. */
#include "core.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void cpgo_job_supervisor(const char *image);
extern uint32_t cpgo_job_create(const char *name, int *existed, uintptr_t *id);
extern uint32_t cpgo_job_open(const char *name, uintptr_t *id);
extern void cpgo_job_close(uintptr_t id);
extern uint32_t cpgo_job_assign(uintptr_t id, uintptr_t process);
extern uint32_t cpgo_job_terminate(uintptr_t id, uint32_t code);
extern uint32_t cpgo_job_contains(uintptr_t id, uintptr_t process, int *is);
extern uint32_t cpgo_job_limits(uintptr_t id, struct cp_limits *out);
extern uint32_t cpgo_job_set_limits(uintptr_t id, const struct cp_limits *from);
extern uint32_t cpgo_job_cpu_rate(uintptr_t id, struct cp_cpu_rate *out);
extern uint32_t cpgo_job_set_cpu_rate(uintptr_t id, const struct cp_cpu_rate *from);
extern uint32_t cpgo_job_accounting(uintptr_t id, struct cp_accounting *out);
extern uint32_t cpgo_job_processes(uintptr_t id, uint32_t *out, uint32_t room, uint32_t *n);
extern uint32_t cpgo_job_notify(uintptr_t id, int port, uintptr_t key);

/* --- Handles --- */

/* A job that ends with its last handle needs somebody who ends it when the program
 * is killed: a small program beside the library. A program that the library is
 * linked into has none, and such a job is refused (50). */
static void find_supervisor(void)
{
	Dl_info info;
	char path[PATH_MAX];
	if (dladdr((void *)(uintptr_t)CreateJobObjectA, &info) == 0 || info.dli_fname == NULL)
		return;
	const char *slash = strrchr(info.dli_fname, '/');
	if (slash == NULL)
		return;
	int n = snprintf(path, sizeof path, "%.*s/createprocess/job-supervisor", (int)(slash - info.dli_fname), info.dli_fname);
	char *whole = n < (int)sizeof path && access(path, X_OK) == 0 ? realpath(path, NULL) : NULL;
	if (whole == NULL)
		return;
	CP_GO_DO(cpgo_job_supervisor(whole));
	free(whole);
}

static void prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, find_supervisor);
}

static HANDLE open_job(uintptr_t id, DWORD access)
{
	struct cp_object *o = cp_new_object(CP_JOB);
	if (o == NULL) {
		CP_GO_DO(cpgo_job_close(id));
		return NULL;
	}
	o->go = id;
	return cp_open(o, access, false);
}

HANDLE WINAPI CreateJobObjectA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name)
{
	uintptr_t id = 0;
	int existed = 0;
	uint32_t code;
	prepare();
	if (attributes != NULL && (attributes->lpSecurityDescriptor != NULL || attributes->bInheritHandle))
		code = ERROR_NOT_SUPPORTED;
	else
		CP_GO(code, cpgo_job_create(name, &existed, &id));
	HANDLE h = code == 0 ? open_job(id, JOB_OBJECT_ALL_ACCESS) : NULL;
	if (code != 0)
		SetLastError(code);
	else if (h != NULL)
		SetLastError(existed ? ERROR_ALREADY_EXISTS : ERROR_SUCCESS);
	return h;
}

/* The rights that generic ones stand for. */
static DWORD job_rights(DWORD access)
{
	if (access & (GENERIC_ALL | MAXIMUM_ALLOWED))
		return JOB_OBJECT_ALL_ACCESS;
	DWORD rights = access & JOB_OBJECT_ALL_ACCESS;
	if (access & GENERIC_READ)
		rights |= READ_CONTROL | JOB_OBJECT_QUERY;
	if (access & GENERIC_WRITE)
		rights |= READ_CONTROL | JOB_OBJECT_ASSIGN_PROCESS | JOB_OBJECT_SET_ATTRIBUTES | JOB_OBJECT_TERMINATE;
	if (access & GENERIC_EXECUTE)
		rights |= READ_CONTROL | SYNCHRONIZE;
	return rights;
}

HANDLE WINAPI OpenJobObjectA(DWORD access, BOOL inherit, LPCSTR name)
{
	uintptr_t id = 0;
	uint32_t code;
	prepare();
	if (inherit)
		code = ERROR_NOT_SUPPORTED;
	else
		CP_GO(code, cpgo_job_open(name, &id));
	if (code != 0) {
		SetLastError(code);
		return NULL;
	}
	return open_job(id, job_rights(access));
}

HANDLE WINAPI CreateJobObjectW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name)
{
	char *narrow;
	if (!cp_text(name, &narrow))
		return NULL;
	HANDLE h = CreateJobObjectA(attributes, narrow);
	free(narrow);
	return h;
}

HANDLE WINAPI OpenJobObjectW(DWORD access, BOOL inherit, LPCWSTR name)
{
	char *narrow;
	if (!cp_text(name, &narrow))
		return NULL;
	HANDLE h = OpenJobObjectA(access, inherit, narrow);
	free(narrow);
	return h;
}

DWORD cp_jobs(const HANDLE *handles, size_t count, struct cp_jobs *out)
{
	*out = (struct cp_jobs){NULL, NULL, 0};
	if (count == 0)
		return 0;
	out->objects = calloc(count, sizeof *out->objects);
	out->go = calloc(count, sizeof *out->go);
	if (out->objects == NULL || out->go == NULL)
		return ERROR_NOT_ENOUGH_MEMORY;
	for (; out->count < count; out->count++) {
		struct cp_object *o = cp_use(handles[out->count], CP_JOB, JOB_OBJECT_ASSIGN_PROCESS);
		if (o == NULL)
			return GetLastError();
		out->objects[out->count] = o;
		out->go[out->count] = o->go;
	}
	return 0;
}

void cp_release_jobs(struct cp_jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++)
		cp_release(jobs->objects[i]);
	free(jobs->objects);
	free(jobs->go);
}

/* --- Processes --- */

BOOL WINAPI AssignProcessToJobObject(HANDLE job, HANDLE process)
{
	struct cp_object *o = cp_use(job, CP_JOB, JOB_OBJECT_ASSIGN_PROCESS);
	if (o == NULL)
		return FALSE;
	struct cp_object *p = cp_get(process, CP_PROCESS, NULL);
	uint32_t code = p == NULL ? ERROR_INVALID_HANDLE : cp_remote(p);
	if (code == 0)
		CP_GO(code, cpgo_job_assign(o->go, p->go));
	cp_release(p);
	cp_release(o);
	return cp_done(code);
}

BOOL WINAPI TerminateJobObject(HANDLE job, UINT exit_code)
{
	struct cp_object *o = cp_use(job, CP_JOB, JOB_OBJECT_TERMINATE);
	if (o == NULL)
		return FALSE;
	uint32_t code;
	CP_GO(code, cpgo_job_terminate(o->go, exit_code));
	cp_release(o);
	return cp_done(code);
}

BOOL WINAPI IsProcessInJob(HANDLE process, HANDLE job, PBOOL result)
{
	struct cp_object *p = cp_get(process, CP_PROCESS, NULL);
	if (p == NULL)
		return FALSE;
	struct cp_object *o = job == NULL ? NULL : cp_use(job, CP_JOB, JOB_OBJECT_QUERY);
	uint32_t code = job != NULL && o == NULL ? GetLastError() : cp_remote(p);
	int is = 0;
	if (code == 0)
		CP_GO(code, cpgo_job_contains(o == NULL ? 0 : o->go, p->go, &is));
	cp_release(o);
	cp_release(p);
	if (code == 0)
		*result = is ? TRUE : FALSE;
	return cp_done(code);
}

/* --- What can be asked and set --- */

enum use { QUERY = 1, SET = 2 };

/* The structure of each class of information; size 0: refused by name. */
static const struct class {
	JOBOBJECTINFOCLASS what;
	int uses;
	DWORD size;
} classes[] = {
	{JobObjectBasicAccountingInformation, QUERY, sizeof(JOBOBJECT_BASIC_ACCOUNTING_INFORMATION)},
	{JobObjectBasicLimitInformation, QUERY | SET, sizeof(JOBOBJECT_BASIC_LIMIT_INFORMATION)},
	{JobObjectBasicProcessIdList, QUERY, sizeof(JOBOBJECT_BASIC_PROCESS_ID_LIST)},
	{JobObjectBasicUIRestrictions, QUERY | SET, sizeof(DWORD)},
	{JobObjectSecurityLimitInformation, QUERY | SET, 0},
	{JobObjectEndOfJobTimeInformation, QUERY | SET, sizeof(DWORD)},
	{JobObjectAssociateCompletionPortInformation, SET, sizeof(JOBOBJECT_ASSOCIATE_COMPLETION_PORT)},
	{JobObjectBasicAndIoAccountingInformation, QUERY, sizeof(JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION)},
	{JobObjectExtendedLimitInformation, QUERY | SET, sizeof(JOBOBJECT_EXTENDED_LIMIT_INFORMATION)},
	{JobObjectGroupInformation, QUERY | SET, 0},
	{JobObjectNotificationLimitInformation, QUERY | SET, 0},
	{JobObjectLimitViolationInformation, QUERY, 0},
	{JobObjectGroupInformationEx, QUERY | SET, 0},
	{JobObjectCpuRateControlInformation, QUERY | SET, sizeof(JOBOBJECT_CPU_RATE_CONTROL_INFORMATION)},
};

/* Looks at what came with a class: its structure's size, or the last error. */
static DWORD class_size(JOBOBJECTINFOCLASS what, enum use use, const void *information, DWORD size)
{
	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
		const struct class *c = &classes[i];
		if (c->what != what || (c->uses & use) == 0)
			continue;
		/* Only a list of processes may be longer. */
		bool fits = what == JobObjectBasicProcessIdList ? size >= c->size : size == c->size;
		if (c->size == 0)
			SetLastError(ERROR_NOT_SUPPORTED);
		else if (!fits)
			SetLastError(ERROR_BAD_LENGTH);
		else if (information == NULL)
			SetLastError(ERROR_INVALID_PARAMETER);
		else
			return c->size;
		return 0;
	}
	SetLastError(ERROR_INVALID_PARAMETER);
	return 0;
}

/* --- What a job may do --- */

enum { BASIC_LIMITS = 0xff };

static DWORD set_limits(uintptr_t job, const JOBOBJECT_BASIC_LIMIT_INFORMATION *b, const JOBOBJECT_EXTENDED_LIMIT_INFORMATION *e)
{
	struct cp_limits l = {.flags = 0};
	uint32_t code = 0;
	if (e == NULL) {
		/* Of the limits that are no basic ones nothing is said. */
		if (b->LimitFlags & ~(DWORD)BASIC_LIMITS)
			return ERROR_INVALID_PARAMETER;
		CP_GO(code, cpgo_job_limits(job, &l));
		if (code != 0)
			return code;
	} else {
		l.process_memory = e->ProcessMemoryLimit;
		l.job_memory = e->JobMemoryLimit;
	}
	l.flags = (l.flags & ~(uint32_t)BASIC_LIMITS) | b->LimitFlags;
	l.process_time = (uint64_t)b->PerProcessUserTimeLimit.QuadPart;
	l.job_time = (uint64_t)b->PerJobUserTimeLimit.QuadPart;
	l.minimum_working_set = b->MinimumWorkingSetSize;
	l.maximum_working_set = b->MaximumWorkingSetSize;
	l.active_processes = b->ActiveProcessLimit;
	l.affinity = b->Affinity;
	l.priority_class = b->PriorityClass;
	l.scheduling_class = b->SchedulingClass;
	CP_GO(code, cpgo_job_set_limits(job, &l));
	return code;
}

static DWORD set_cpu_rate(uintptr_t job, const JOBOBJECT_CPU_RATE_CONTROL_INFORMATION *c)
{
	struct cp_cpu_rate r = {.flags = c->ControlFlags};
	if (r.flags & JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED) {
		r.weight = c->Weight;
	} else if (r.flags & JOB_OBJECT_CPU_RATE_CONTROL_MIN_MAX_RATE) {
		r.minimum = c->MinRate;
		r.maximum = c->MaxRate;
	} else {
		r.rate = c->CpuRate;
	}
	uint32_t code;
	CP_GO(code, cpgo_job_set_cpu_rate(job, &r));
	return code;
}

static DWORD set_port(uintptr_t job, const JOBOBJECT_ASSOCIATE_COMPLETION_PORT *a)
{
	struct cp_object *port = cp_get(a->CompletionPort, CP_PORT, NULL);
	if (port == NULL)
		return ERROR_INVALID_HANDLE;
	uint32_t code;
	CP_GO(code, cpgo_job_notify(job, port->write_fd, (uintptr_t)a->CompletionKey));
	cp_release(port);
	return code;
}

BOOL WINAPI SetInformationJobObject(HANDLE job, JOBOBJECTINFOCLASS what, LPVOID information, DWORD size)
{
	if (class_size(what, SET, information, size) == 0)
		return FALSE;
	struct cp_object *o = cp_use(job, CP_JOB, JOB_OBJECT_SET_ATTRIBUTES);
	if (o == NULL)
		return FALSE;
	DWORD code = 0;
	const JOBOBJECT_EXTENDED_LIMIT_INFORMATION *e = information;
	switch (what) {
	case JobObjectBasicLimitInformation:
		code = set_limits(o->go, information, NULL);
		break;
	case JobObjectExtendedLimitInformation:
		code = set_limits(o->go, &e->BasicLimitInformation, e);
		break;
	case JobObjectCpuRateControlInformation:
		code = set_cpu_rate(o->go, information);
		break;
	case JobObjectAssociateCompletionPortInformation:
		code = set_port(o->go, information);
		break;
	default:
		/* There is no desktop to keep a job from, and no time that a job is
		 * given; only what is so anyway can be asked for. */
		code = *(DWORD *)information == 0 ? 0 : ERROR_NOT_SUPPORTED;
	}
	cp_release(o);
	return cp_done(code);
}

/* --- What it has done --- */

static DWORD query_limits(uintptr_t job, JOBOBJECT_EXTENDED_LIMIT_INFORMATION *e)
{
	struct cp_limits l;
	struct cp_accounting a;
	uint32_t code;
	CP_GO(code, cpgo_job_limits(job, &l));
	if (code == 0)
		CP_GO(code, cpgo_job_accounting(job, &a));
	if (code != 0)
		return code;
	JOBOBJECT_BASIC_LIMIT_INFORMATION *b = &e->BasicLimitInformation;
	memset(e, 0, sizeof *e);
	b->PerProcessUserTimeLimit.QuadPart = (LONGLONG)l.process_time;
	b->PerJobUserTimeLimit.QuadPart = (LONGLONG)l.job_time;
	b->LimitFlags = l.flags;
	b->MinimumWorkingSetSize = l.minimum_working_set;
	b->MaximumWorkingSetSize = l.maximum_working_set;
	b->ActiveProcessLimit = l.active_processes;
	b->Affinity = l.affinity;
	b->PriorityClass = l.priority_class;
	b->SchedulingClass = l.scheduling_class;
	e->ProcessMemoryLimit = l.process_memory;
	e->JobMemoryLimit = l.job_memory;
	e->PeakJobMemoryUsed = a.peak_memory;
	return 0;
}

static DWORD query_accounting(uintptr_t job, JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION *both)
{
	struct cp_accounting a;
	uint32_t code;
	CP_GO(code, cpgo_job_accounting(job, &a));
	if (code != 0)
		return code;
	JOBOBJECT_BASIC_ACCOUNTING_INFORMATION *b = &both->BasicInfo;
	memset(both, 0, sizeof *both);
	b->TotalUserTime.QuadPart = b->ThisPeriodTotalUserTime.QuadPart = (LONGLONG)a.user;
	b->TotalKernelTime.QuadPart = b->ThisPeriodTotalKernelTime.QuadPart = (LONGLONG)a.kernel;
	b->TotalProcesses = a.processes;
	b->ActiveProcesses = a.active;
	both->IoInfo.ReadOperationCount = a.reads;
	both->IoInfo.WriteOperationCount = a.writes;
	both->IoInfo.ReadTransferCount = a.read_bytes;
	both->IoInfo.WriteTransferCount = a.written_bytes;
	return 0;
}

static DWORD query_cpu_rate(uintptr_t job, JOBOBJECT_CPU_RATE_CONTROL_INFORMATION *c)
{
	struct cp_cpu_rate r;
	uint32_t code;
	CP_GO(code, cpgo_job_cpu_rate(job, &r));
	if (code != 0)
		return code;
	memset(c, 0, sizeof *c);
	c->ControlFlags = r.flags;
	if (r.flags & JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED) {
		c->Weight = r.weight;
	} else if (r.flags & JOB_OBJECT_CPU_RATE_CONTROL_MIN_MAX_RATE) {
		c->MinRate = r.minimum;
		c->MaxRate = r.maximum;
	} else {
		c->CpuRate = r.rate;
	}
	return 0;
}

/* As many as fit; if those are not all, ERROR_MORE_DATA. */
static DWORD query_processes(uintptr_t job, JOBOBJECT_BASIC_PROCESS_ID_LIST *list, DWORD size, DWORD *used)
{
	uint32_t room = (uint32_t)((size - offsetof(JOBOBJECT_BASIC_PROCESS_ID_LIST, ProcessIdList)) / sizeof(ULONG_PTR));
	uint32_t n = 0, code;
	uint32_t *pids = calloc(room, sizeof *pids);
	if (pids == NULL)
		return ERROR_NOT_ENOUGH_MEMORY;
	CP_GO(code, cpgo_job_processes(job, pids, room, &n));
	if (code == 0) {
		uint32_t in_list = n < room ? n : room;
		list->NumberOfAssignedProcesses = n;
		list->NumberOfProcessIdsInList = in_list;
		for (uint32_t i = 0; i < in_list; i++)
			list->ProcessIdList[i] = pids[i];
		*used = (DWORD)(offsetof(JOBOBJECT_BASIC_PROCESS_ID_LIST, ProcessIdList) + in_list * sizeof(ULONG_PTR));
		if (n > room)
			code = ERROR_MORE_DATA;
	}
	free(pids);
	return code;
}

BOOL WINAPI QueryInformationJobObject(HANDLE job, JOBOBJECTINFOCLASS what, LPVOID information, DWORD size, LPDWORD returned)
{
	union {
		DWORD word;
		JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
		JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION accounting;
		JOBOBJECT_CPU_RATE_CONTROL_INFORMATION cpu_rate;
	} answer = {.word = 0};
	/* A basic structure is the first part of the other one. */
	DWORD need = class_size(what, QUERY, information, size), code = 0;
	if (need == 0)
		return FALSE;
	if (job == NULL)
		return cp_fail(ERROR_NOT_SUPPORTED); /* which job a program is in nobody tells it here */
	struct cp_object *o = cp_use(job, CP_JOB, JOB_OBJECT_QUERY);
	if (o == NULL)
		return FALSE;
	switch (what) {
	case JobObjectBasicAccountingInformation:
	case JobObjectBasicAndIoAccountingInformation:
		code = query_accounting(o->go, &answer.accounting);
		break;
	case JobObjectBasicLimitInformation:
	case JobObjectExtendedLimitInformation:
		code = query_limits(o->go, &answer.limits);
		break;
	case JobObjectCpuRateControlInformation:
		code = query_cpu_rate(o->go, &answer.cpu_rate);
		break;
	case JobObjectBasicProcessIdList:
		code = query_processes(o->go, information, size, &need);
		break;
	default:
		break; /* the word is zero */
	}
	cp_release(o);
	if (what == JobObjectBasicLimitInformation)
		answer.limits.BasicLimitInformation.LimitFlags &= BASIC_LIMITS;
	if (code == 0 && what != JobObjectBasicProcessIdList)
		memcpy(information, &answer, need);
	if (returned != NULL && (code == 0 || code == ERROR_MORE_DATA))
		*returned = need;
	return cp_done(code);
}
