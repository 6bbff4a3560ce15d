/* Names of accounts and of privileges. A Unix user is S-1-22-1-UID in the domain
 * "Unix User", a group S-1-22-2-GID in "Unix Group"; what is the same everywhere
 * has the English name that Windows shows. The C library knows the accounts. */
#include "token.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern uint32_t cpgo_sid_name(struct cp_group *sid, char **out);
extern uint32_t cpgo_sid_of_name(const char *name, struct cp_group *out);
extern uint32_t cpgo_privilege_of_name(const char *name, uint32_t *out);
extern uint32_t cpgo_privilege_name(uint32_t id, char **out);

static const char unix_user[] = "Unix User", unix_group[] = "Unix Group";
enum { UNIX = 22, USER = 1, GROUP = 2 };

struct account {
	struct cp_group sid;
	char *name, *domain;
	SID_NAME_USE use;
};

static void free_account(struct account *a)
{
	free(a->name);
	free(a->domain);
}

/* Asks the C library with a buffer that grows until it is large enough. find
 * answers an errno, and the name and the number of what it has found. */
struct entry {
	const char *name; /* asked for; NULL: the number is */
	uint32_t id;
	char *found; /* to be freed; NULL: there is none */
};

static int find_user(struct entry *e, char *buffer, size_t size)
{
	struct passwd one, *found = NULL;
	int error = e->name != NULL ? getpwnam_r(e->name, &one, buffer, size, &found) : getpwuid_r(e->id, &one, buffer, size, &found);
	if (found != NULL) {
		e->id = one.pw_uid;
		e->found = strdup(one.pw_name);
	}
	return error;
}

static int find_group(struct entry *e, char *buffer, size_t size)
{
	struct group one, *found = NULL;
	int error = e->name != NULL ? getgrnam_r(e->name, &one, buffer, size, &found) : getgrgid_r(e->id, &one, buffer, size, &found);
	if (found != NULL) {
		e->id = one.gr_gid;
		e->found = strdup(one.gr_name);
	}
	return error;
}

static bool find(struct entry *e, int (*in)(struct entry *, char *, size_t))
{
	int error = ERANGE;
	for (size_t size = 1024; error == ERANGE && size <= 1 << 24; size *= 4) {
		char *buffer = malloc(size);
		if (buffer == NULL)
			return false;
		error = in(e, buffer, size);
		free(buffer);
	}
	return e->found != NULL;
}

/* --- By SID --- */

/* ERROR_NONE_MAPPED: the SID has no name. */
static DWORD account_of_sid(PSID sid, struct account *a)
{
	if (!CopySid(sizeof a->sid.sid, a->sid.sid, sid))
		return GetLastError();
	SID_IDENTIFIER_AUTHORITY *authority = GetSidIdentifierAuthority(sid);
	if (authority->Value[5] == UNIX && *GetSidSubAuthorityCount(sid) == 2) {
		bool user = *GetSidSubAuthority(sid, 0) == USER;
		struct entry e = {NULL, *GetSidSubAuthority(sid, 1), NULL};
		if ((!user && *GetSidSubAuthority(sid, 0) != GROUP) || !find(&e, user ? find_user : find_group))
			return ERROR_NONE_MAPPED;
		a->name = e.found;
		a->domain = strdup(user ? unix_user : unix_group);
		a->use = user ? SidTypeUser : SidTypeGroup;
		return a->domain != NULL ? 0 : ERROR_NOT_ENOUGH_MEMORY;
	}
	char *whole = NULL;
	uint32_t code;
	CP_GO(code, cpgo_sid_name(&a->sid, &whole));
	if (code != 0 || whole == NULL)
		return code != 0 && code != ERROR_INVALID_SID ? code : ERROR_NONE_MAPPED;
	char *name = strchr(whole, '\\');
	a->name = strdup(name != NULL ? name + 1 : whole);
	a->domain = name != NULL ? strndup(whole, (size_t)(name - whole)) : strdup("");
	free(whole);
	if (a->name == NULL || a->domain == NULL)
		return ERROR_NOT_ENOUGH_MEMORY;
	a->use = strcmp(a->domain, "BUILTIN") == 0 ? SidTypeAlias : strcmp(a->domain, "Mandatory Label") == 0 ? SidTypeLabel : SidTypeWellKnownGroup;
	return 0;
}

/* Whether a text of so many units fits, and what Win32 says of that: the length
 * if it does, else the size that it needs. */
static bool measure(size_t units, DWORD *size)
{
	bool fits = units <= *size;
	*size = (DWORD)(fits ? units - 1 : units);
	return fits;
}

BOOL WINAPI LookupAccountSidA(LPCSTR system, PSID sid, LPSTR name, LPDWORD name_size, LPSTR domain, LPDWORD domain_size, PSID_NAME_USE use)
{
	if (system != NULL && system[0] != 0)
		return cp_fail(ERROR_NOT_SUPPORTED);
	struct account a = {.name = NULL};
	DWORD code = account_of_sid(sid, &a);
	if (code == 0) {
		bool fits = measure(strlen(a.name) + 1, name_size);
		fits &= measure(strlen(a.domain) + 1, domain_size);
		if (fits) {
			strcpy(name, a.name);
			strcpy(domain, a.domain);
			*use = a.use;
		} else {
			code = ERROR_INSUFFICIENT_BUFFER;
		}
	}
	free_account(&a);
	return cp_done(code);
}

BOOL WINAPI LookupAccountSidW(LPCWSTR system, PSID sid, LPWSTR name, LPDWORD name_size, LPWSTR domain, LPDWORD domain_size, PSID_NAME_USE use)
{
	if (system != NULL && system[0] != 0)
		return cp_fail(ERROR_NOT_SUPPORTED);
	struct account a = {.name = NULL};
	DWORD code = account_of_sid(sid, &a);
	if (code == 0) {
		size_t n = cp_widen(a.name, NULL, 0), d = cp_widen(a.domain, NULL, 0);
		bool fits = measure(n, name_size);
		fits &= measure(d, domain_size);
		if (fits) {
			cp_widen(a.name, name, n);
			cp_widen(a.domain, domain, d);
			*use = a.use;
		} else {
			code = ERROR_INSUFFICIENT_BUFFER;
		}
	}
	free_account(&a);
	return cp_done(code);
}

/* --- By name --- */

static void unix_sid(DWORD kind, uint32_t id, struct cp_group *out)
{
	SID_IDENTIFIER_AUTHORITY authority = {{0, 0, 0, 0, 0, UNIX}};
	InitializeSid(out->sid, &authority, 2);
	*GetSidSubAuthority(out->sid, 0) = kind;
	*GetSidSubAuthority(out->sid, 1) = id;
}

/* A local account: of the domain, or of the machine's name, or ".", or of none. */
static bool is_local(const char *domain, size_t length, const char *own)
{
	char host[MAX_COMPUTERNAME_LENGTH + 1];
	DWORD size = sizeof host;
	return length == 0 || (length == 1 && domain[0] == '.') || (strlen(own) == length && strncasecmp(domain, own, length) == 0) ||
	       (GetComputerNameA(host, &size) && strlen(host) == length && strncasecmp(domain, host, length) == 0);
}

static DWORD account_of_name(const char *text, struct account *a)
{
	if (text == NULL)
		return ERROR_INVALID_PARAMETER;
	const char *slash = strchr(text, '\\'), *name = slash != NULL ? slash + 1 : text;
	size_t length = slash != NULL ? (size_t)(slash - text) : 0;
	const struct {
		const char *domain;
		DWORD kind;
		int (*in)(struct entry *, char *, size_t);
	} kinds[] = {{unix_user, USER, find_user}, {unix_group, GROUP, find_group}};
	/* What is the same everywhere comes first, as on Windows. */
	uint32_t code;
	CP_GO(code, cpgo_sid_of_name(text, &a->sid));
	if (code == 0)
		return account_of_sid(a->sid.sid, a);
	if (code != ERROR_NONE_MAPPED)
		return code;
	for (int i = 0; i < 2 && name[0] != 0; i++) {
		struct entry e = {name, 0, NULL};
		if (!is_local(text, length, kinds[i].domain) || !find(&e, kinds[i].in))
			continue;
		unix_sid(kinds[i].kind, e.id, &a->sid);
		a->name = e.found;
		a->domain = strdup(kinds[i].domain);
		a->use = kinds[i].kind == USER ? SidTypeUser : SidTypeGroup;
		return a->domain != NULL ? 0 : ERROR_NOT_ENOUGH_MEMORY;
	}
	return ERROR_NONE_MAPPED;
}

BOOL WINAPI LookupAccountNameA(LPCSTR system, LPCSTR name, PSID sid, LPDWORD sid_size, LPSTR domain, LPDWORD domain_size, PSID_NAME_USE use)
{
	if (system != NULL && system[0] != 0)
		return cp_fail(ERROR_NOT_SUPPORTED);
	struct account a = {.name = NULL};
	DWORD code = account_of_name(name, &a);
	if (code == 0) {
		DWORD need = GetLengthSid(a.sid.sid);
		bool fits = measure(strlen(a.domain) + 1, domain_size) & (*sid_size >= need);
		*sid_size = need;
		if (fits) {
			CopySid(need, sid, a.sid.sid);
			strcpy(domain, a.domain);
			*use = a.use;
		} else {
			code = ERROR_INSUFFICIENT_BUFFER;
		}
	}
	free_account(&a);
	return cp_done(code);
}

BOOL WINAPI LookupAccountNameW(LPCWSTR system, LPCWSTR name, PSID sid, LPDWORD sid_size, LPWSTR domain, LPDWORD domain_size, PSID_NAME_USE use)
{
	if (system != NULL && system[0] != 0)
		return cp_fail(ERROR_NOT_SUPPORTED);
	char *narrow;
	if (!cp_text(name, &narrow))
		return FALSE;
	struct account a = {.name = NULL};
	DWORD code = account_of_name(narrow, &a);
	free(narrow);
	if (code == 0) {
		size_t d = cp_widen(a.domain, NULL, 0);
		DWORD need = GetLengthSid(a.sid.sid);
		bool fits = measure(d, domain_size) & (*sid_size >= need);
		*sid_size = need;
		if (fits) {
			CopySid(need, sid, a.sid.sid);
			cp_widen(a.domain, domain, d);
			*use = a.use;
		} else {
			code = ERROR_INSUFFICIENT_BUFFER;
		}
	}
	free_account(&a);
	return cp_done(code);
}

/* --- Privileges --- */

BOOL WINAPI LookupPrivilegeValueA(LPCSTR system, LPCSTR name, PLUID privilege)
{
	if (name == NULL || privilege == NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	if (system != NULL && system[0] != 0)
		return cp_fail(ERROR_NOT_SUPPORTED);
	uint32_t id = 0, code;
	CP_GO(code, cpgo_privilege_of_name(name, &id));
	if (code != 0)
		return cp_fail(code);
	*privilege = (LUID){id, 0};
	return TRUE;
}

BOOL WINAPI LookupPrivilegeValueW(LPCWSTR system, LPCWSTR name, PLUID privilege)
{
	char *narrow;
	BOOL ok = cp_text(name, &narrow) && LookupPrivilegeValueA(system != NULL && system[0] != 0 ? "?" : NULL, narrow, privilege);
	free(narrow);
	return ok;
}

static char *privilege_name(const LUID *privilege)
{
	char *name = NULL;
	uint32_t code;
	CP_GO(code, cpgo_privilege_name(privilege->HighPart == 0 ? privilege->LowPart : 0, &name));
	if (code != 0)
		SetLastError(code);
	return name;
}

BOOL WINAPI LookupPrivilegeNameA(LPCSTR system, PLUID privilege, LPSTR name, LPDWORD size)
{
	if (system != NULL && system[0] != 0)
		return cp_fail(ERROR_NOT_SUPPORTED);
	char *text = privilege_name(privilege);
	if (text == NULL)
		return FALSE;
	bool fits = measure(strlen(text) + 1, size);
	if (fits)
		strcpy(name, text);
	free(text);
	return fits || cp_fail(ERROR_INSUFFICIENT_BUFFER);
}

BOOL WINAPI LookupPrivilegeNameW(LPCWSTR system, PLUID privilege, LPWSTR name, LPDWORD size)
{
	if (system != NULL && system[0] != 0)
		return cp_fail(ERROR_NOT_SUPPORTED);
	char *text = privilege_name(privilege);
	if (text == NULL)
		return FALSE;
	size_t n = cp_widen(text, NULL, 0);
	bool fits = measure(n, size);
	if (fits)
		cp_widen(text, name, n);
	free(text);
	return fits || cp_fail(ERROR_INSUFFICIENT_BUFFER);
}
