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

/* Where a caller wants a text, narrow or wide: room for *size units. */
struct buffer {
	void *text;
	DWORD *size;
	bool wide;
};

/* Whether the text fits, and what Win32 says of that in *size: the length if it
 * does, else the size that it needs. */
static bool fits(const char *text, const struct buffer *b)
{
	size_t units = b->wide ? cp_widen(text, NULL, 0) : strlen(text) + 1;
	bool it_does = units <= *b->size;
	*b->size = (DWORD)(it_does ? units - 1 : units);
	return it_does;
}

static void put(const char *text, const struct buffer *b)
{
	if (b->wide)
		cp_widen(text, b->text, strlen(text) + 1);
	else
		strcpy(b->text, text);
}

/* The accounts of other computers are not known. */
#define IS_REMOTE(system) ((system) != NULL && (system)[0] != 0)

static BOOL lookup_sid(bool remote, PSID sid, struct buffer name, struct buffer domain, PSID_NAME_USE use)
{
	if (remote)
		return cp_fail(ERROR_NOT_SUPPORTED);
	struct account a = {.name = NULL};
	DWORD code = account_of_sid(sid, &a);
	if (code == 0) {
		bool both = fits(a.name, &name);
		both &= fits(a.domain, &domain);
		if (both) {
			put(a.name, &name);
			put(a.domain, &domain);
			*use = a.use;
		} else {
			code = ERROR_INSUFFICIENT_BUFFER;
		}
	}
	free_account(&a);
	return cp_done(code);
}

BOOL WINAPI LookupAccountSidA(LPCSTR system, PSID sid, LPSTR name, LPDWORD name_size, LPSTR domain, LPDWORD domain_size, PSID_NAME_USE use)
{
	return lookup_sid(IS_REMOTE(system), sid, (struct buffer){name, name_size, false}, (struct buffer){domain, domain_size, false}, use);
}

BOOL WINAPI LookupAccountSidW(LPCWSTR system, PSID sid, LPWSTR name, LPDWORD name_size, LPWSTR domain, LPDWORD domain_size, PSID_NAME_USE use)
{
	return lookup_sid(IS_REMOTE(system), sid, (struct buffer){name, name_size, true}, (struct buffer){domain, domain_size, true}, use);
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

static BOOL lookup_name(bool remote, const char *name, PSID sid, DWORD *sid_size, struct buffer domain, PSID_NAME_USE use)
{
	if (remote)
		return cp_fail(ERROR_NOT_SUPPORTED);
	struct account a = {.name = NULL};
	DWORD code = account_of_name(name, &a);
	if (code == 0) {
		DWORD need = GetLengthSid(a.sid.sid);
		bool both = *sid_size >= need;
		both &= fits(a.domain, &domain);
		*sid_size = need;
		if (both) {
			CopySid(need, sid, a.sid.sid);
			put(a.domain, &domain);
			*use = a.use;
		} else {
			code = ERROR_INSUFFICIENT_BUFFER;
		}
	}
	free_account(&a);
	return cp_done(code);
}

BOOL WINAPI LookupAccountNameA(LPCSTR system, LPCSTR name, PSID sid, LPDWORD sid_size, LPSTR domain, LPDWORD domain_size, PSID_NAME_USE use)
{
	return lookup_name(IS_REMOTE(system), name, sid, sid_size, (struct buffer){domain, domain_size, false}, use);
}

BOOL WINAPI LookupAccountNameW(LPCWSTR system, LPCWSTR name, PSID sid, LPDWORD sid_size, LPWSTR domain, LPDWORD domain_size, PSID_NAME_USE use)
{
	char *narrow;
	BOOL ok = cp_text(name, &narrow) && lookup_name(IS_REMOTE(system), narrow, sid, sid_size, (struct buffer){domain, domain_size, true}, use);
	free(narrow);
	return ok;
}

/* --- Privileges --- */

static BOOL privilege_value(bool remote, const char *name, PLUID privilege)
{
	if (name == NULL || privilege == NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	if (remote)
		return cp_fail(ERROR_NOT_SUPPORTED);
	uint32_t id = 0, code;
	CP_GO(code, cpgo_privilege_of_name(name, &id));
	if (code == 0)
		*privilege = (LUID){id, 0};
	return cp_done(code);
}

BOOL WINAPI LookupPrivilegeValueA(LPCSTR system, LPCSTR name, PLUID privilege) { return privilege_value(IS_REMOTE(system), name, privilege); }

BOOL WINAPI LookupPrivilegeValueW(LPCWSTR system, LPCWSTR name, PLUID privilege)
{
	char *narrow;
	BOOL ok = cp_text(name, &narrow) && privilege_value(IS_REMOTE(system), narrow, privilege);
	free(narrow);
	return ok;
}

static BOOL privilege_name(bool remote, const LUID *privilege, struct buffer out)
{
	if (remote)
		return cp_fail(ERROR_NOT_SUPPORTED);
	char *name = NULL;
	uint32_t code;
	CP_GO(code, cpgo_privilege_name(privilege->HighPart == 0 ? privilege->LowPart : 0, &name));
	if (code == 0 && fits(name, &out))
		put(name, &out);
	else if (code == 0)
		code = ERROR_INSUFFICIENT_BUFFER;
	free(name);
	return cp_done(code);
}

BOOL WINAPI LookupPrivilegeNameA(LPCSTR system, PLUID privilege, LPSTR name, LPDWORD size)
{
	return privilege_name(IS_REMOTE(system), privilege, (struct buffer){name, size, false});
}

BOOL WINAPI LookupPrivilegeNameW(LPCWSTR system, PLUID privilege, LPWSTR name, LPDWORD size)
{
	return privilege_name(IS_REMOTE(system), privilege, (struct buffer){name, size, true});
}
