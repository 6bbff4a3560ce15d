/* Access tokens. What they are is the Go side's; here they become handles with
 * access rights, and the structures of GetTokenInformation. */
#include "token.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern uint32_t cpgo_token_current(uintptr_t *out);
extern uint32_t cpgo_token_of_process(uintptr_t process, uintptr_t *out);
extern void cpgo_token_duplicate(uintptr_t id, uintptr_t *out);
extern void cpgo_token_close(uintptr_t id);
extern uint32_t cpgo_token_read(uintptr_t id, struct cp_token *out);
extern uint32_t cpgo_token_restrict(uintptr_t id, struct cp_restriction *r, uintptr_t *out);
extern uint32_t cpgo_token_adjust(uintptr_t id, int all, struct cp_privilege *wanted, uint32_t n, struct cp_privilege *before, uint32_t *changed);
extern uint32_t cpgo_access_check(uintptr_t id, struct cp_check *c);

void cp_end_token(struct cp_object *o)
{
	CP_GO_DO(cpgo_token_close(o->go));
}

/* The rights that are asked for, and those that that means; 0: it means none. */
static DWORD map_access(DWORD access)
{
	GENERIC_MAPPING mapping = {TOKEN_READ, TOKEN_WRITE, TOKEN_EXECUTE, TOKEN_ALL_ACCESS};
	if (access & MAXIMUM_ALLOWED)
		access = (access & ~(DWORD)MAXIMUM_ALLOWED) | TOKEN_ALL_ACCESS;
	MapGenericMask(&access, &mapping);
	return access;
}

/* A handle to a token of the Go side's, which becomes the handle's. */
bool cp_new_token(uintptr_t id, DWORD access, const SECURITY_ATTRIBUTES *attributes, SECURITY_IMPERSONATION_LEVEL level, TOKEN_TYPE type, HANDLE *out)
{
	struct cp_object *o = cp_new_object(CP_TOKEN);
	if (o == NULL) {
		CP_GO_DO(cpgo_token_close(id));
		return false;
	}
	o->go = id;
	o->token_type = type;
	o->token_level = level;
	HANDLE h = cp_open(o, map_access(access), attributes != NULL && attributes->bInheritHandle);
	if (h != NULL)
		*out = h;
	return h != NULL;
}

/* --- Where tokens come from --- */

/* This program's, as it is now: setuid and its kin change it. */
static struct cp_object *own(void)
{
	uintptr_t id;
	uint32_t code;
	CP_GO(code, cpgo_token_current(&id));
	if (code != 0) {
		SetLastError(code);
		return NULL;
	}
	struct cp_object *o = cp_new_object(CP_TOKEN);
	if (o == NULL) {
		CP_GO(code, (cpgo_token_close(id), 0u));
		return NULL;
	}
	o->go = id;
	o->token_type = TokenPrimary;
	return o;
}

BOOL WINAPI OpenProcessToken(HANDLE process, DWORD access, PHANDLE token)
{
	DWORD has;
	struct cp_object *p = cp_get(process, CP_PROCESS, &has);
	if (p == NULL)
		return FALSE;
	bool may = (has & (PROCESS_QUERY_INFORMATION | PROCESS_QUERY_LIMITED_INFORMATION)) != 0;
	bool self = p->pid == (uint32_t)getpid();
	uintptr_t id = 0;
	uint32_t code = may ? 0 : ERROR_ACCESS_DENIED;
	if (may && !self && (code = cp_remote(p)) == 0)
		CP_GO(code, cpgo_token_of_process(p->go, &id));
	cp_release(p);
	if (code != 0)
		return cp_fail(code);
	if (!self)
		return cp_new_token(id, access, NULL, SecurityAnonymous, TokenPrimary, token);
	struct cp_object *o = own();
	HANDLE h = o != NULL ? cp_open(o, map_access(access), false) : NULL;
	if (h != NULL)
		*token = h;
	return h != NULL;
}

BOOL WINAPI OpenThreadToken(HANDLE thread, DWORD access, BOOL as_self, PHANDLE token)
{
	(void)access;
	(void)as_self;
	(void)token;
	struct cp_object *o = cp_get(thread, CP_THREAD | CP_PRIMARY, NULL);
	if (o == NULL)
		return FALSE;
	cp_release(o);
	return cp_fail(ERROR_NO_TOKEN); /* no thread impersonates */
}

BOOL WINAPI DuplicateTokenEx(HANDLE token, DWORD access, LPSECURITY_ATTRIBUTES attributes, SECURITY_IMPERSONATION_LEVEL level, TOKEN_TYPE type,
	PHANDLE duplicate)
{
	if (type != TokenPrimary && type != TokenImpersonation)
		return cp_fail(ERROR_INVALID_PARAMETER);
	if (level > SecurityDelegation)
		return cp_fail(ERROR_BAD_IMPERSONATION_LEVEL);
	if (attributes != NULL && attributes->lpSecurityDescriptor != NULL)
		return cp_fail(ERROR_NOT_SUPPORTED);
	DWORD has;
	struct cp_object *o = cp_get(token, CP_TOKEN, &has);
	if (o == NULL)
		return FALSE;
	if (!(has & TOKEN_DUPLICATE)) {
		cp_release(o);
		return cp_fail(ERROR_ACCESS_DENIED);
	}
	/* No level above that of one which impersonates. */
	if (o->token_type == TokenImpersonation && level > o->token_level) {
		cp_release(o);
		return cp_fail(ERROR_BAD_IMPERSONATION_LEVEL);
	}
	uintptr_t id = 0;
	uint32_t code;
	CP_GO(code, (cpgo_token_duplicate(o->go, &id), 0u));
	cp_release(o);
	if (code != 0)
		return cp_fail(code);
	return cp_new_token(id, access == 0 ? has : access, attributes, level, type, duplicate);
}

BOOL WINAPI DuplicateToken(HANDLE token, SECURITY_IMPERSONATION_LEVEL level, PHANDLE duplicate)
{
	return DuplicateTokenEx(token, TOKEN_IMPERSONATE | TOKEN_QUERY, NULL, level, TokenImpersonation, duplicate);
}

/* --- Restricted ones --- */

/* SIDs as the Go side takes them; NULL: the last error says why. */
static struct cp_group *lower_sids(DWORD count, PSID_AND_ATTRIBUTES list)
{
	struct cp_group *out = calloc(count + 1u, sizeof *out);
	if (out == NULL) {
		SetLastError(ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	for (DWORD i = 0; i < count; i++) {
		if (!CopySid(sizeof out[i].sid, out[i].sid, list[i].Sid)) {
			free(out);
			return NULL;
		}
	}
	return out;
}

static struct cp_privilege *lower_privileges(DWORD count, const LUID_AND_ATTRIBUTES *list)
{
	struct cp_privilege *out = calloc(count + 1u, sizeof *out);
	if (out == NULL)
		SetLastError(ERROR_NOT_ENOUGH_MEMORY);
	for (DWORD i = 0; out != NULL && i < count; i++) /* one with an upper half is none */
		out[i] = (struct cp_privilege){list[i].Luid.HighPart == 0 ? list[i].Luid.LowPart : 0, list[i].Attributes};
	return out;
}

static void raise_privilege(const struct cp_privilege *p, LUID_AND_ATTRIBUTES *out)
{
	*out = (LUID_AND_ATTRIBUTES){{p->id, 0}, p->attributes};
}

BOOL WINAPI CreateRestrictedToken(HANDLE token, DWORD flags, DWORD disable_count, PSID_AND_ATTRIBUTES disable, DWORD remove_count,
	PLUID_AND_ATTRIBUTES remove, DWORD restrict_count, PSID_AND_ATTRIBUTES restricting, PHANDLE restricted)
{
	DWORD has;
	struct cp_object *o = cp_get(token, CP_TOKEN, &has);
	if (o == NULL)
		return FALSE;
	BOOL ok = FALSE;
	struct cp_group *d = NULL, *s = NULL;
	struct cp_privilege *p = NULL;
	if (!(has & TOKEN_DUPLICATE)) {
		SetLastError(ERROR_ACCESS_DENIED);
	} else if ((d = lower_sids(disable_count, disable)) != NULL && (s = lower_sids(restrict_count, restricting)) != NULL &&
		   (p = lower_privileges(remove_count, remove)) != NULL) {
		struct cp_restriction r = {flags, d, s, p, disable_count, restrict_count, remove_count};
		uintptr_t id = 0;
		uint32_t code;
		CP_GO(code, cpgo_token_restrict(o->go, &r, &id));
		ok = cp_done(code) && cp_new_token(id, has, NULL, o->token_level, o->token_type, restricted);
	}
	free(d);
	free(s);
	free(p);
	cp_release(o);
	return ok;
}

/* --- What they are --- */

static DWORD read_token(struct cp_object *o, struct cp_token *t)
{
	uint32_t code;
	memset(t, 0, sizeof *t);
	CP_GO(code, cpgo_token_read(o->go, t));
	return code;
}

static void free_token(struct cp_token *t)
{
	free(t->groups);
	free(t->restricted);
	free(t->privileges);
	free(t->descriptor);
}

/* Where an answer is written: as much of it as there is room for. */
struct answer {
	char *out;
	DWORD size, used;
};

/* Room for a part; NULL: it is counted, and there is none. */
static void *part(struct answer *a, size_t size)
{
	DWORD at = a->used;
	a->used += (DWORD)size;
	return a->out != NULL && a->used <= a->size ? a->out + at : NULL;
}

static PSID put_sid(struct answer *a, const struct cp_group *g)
{
	DWORD size = GetLengthSid((PSID)g->sid);
	void *p = part(a, size);
	return p != NULL ? memcpy(p, g->sid, size) : NULL;
}

static void put_groups(struct answer *a, const struct cp_group *groups, DWORD n)
{
	TOKEN_GROUPS *head = part(a, offsetof(TOKEN_GROUPS, Groups) + n * sizeof(SID_AND_ATTRIBUTES));
	if (head != NULL)
		head->GroupCount = n;
	for (DWORD i = 0; i < n; i++) {
		PSID sid = put_sid(a, &groups[i]);
		if (sid != NULL)
			head->Groups[i] = (SID_AND_ATTRIBUTES){sid, groups[i].attributes};
	}
}

static void put_privileges(struct answer *a, const struct cp_privilege *list, DWORD n)
{
	TOKEN_PRIVILEGES *head = part(a, offsetof(TOKEN_PRIVILEGES, Privileges) + n * sizeof(LUID_AND_ATTRIBUTES));
	if (head == NULL)
		return;
	head->PrivilegeCount = n;
	for (DWORD i = 0; i < n; i++)
		raise_privilege(&list[i], &head->Privileges[i]);
}

static void put_number(struct answer *a, DWORD number)
{
	DWORD *p = part(a, sizeof number);
	if (p != NULL)
		*p = number;
}

/* A structure that is a pointer to a SID, and the SID. */
static void put_pointer(struct answer *a, const struct cp_group *g)
{
	PSID *head = part(a, sizeof *head), sid = put_sid(a, g);
	if (sid != NULL)
		*head = sid;
}

static void put_user(struct answer *a, const struct cp_group *g)
{
	TOKEN_USER *head = part(a, sizeof *head);
	PSID sid = put_sid(a, g);
	if (sid != NULL)
		head->User = (SID_AND_ATTRIBUTES){sid, g->attributes};
}

static void put_dacl(struct answer *a, struct cp_token *t)
{
	BOOL present = FALSE, defaulted;
	PACL acl = NULL;
	GetSecurityDescriptorDacl(t->descriptor, &present, &acl, &defaulted);
	TOKEN_DEFAULT_DACL *head = part(a, sizeof *head);
	if (head != NULL)
		head->DefaultDacl = NULL;
	if (!present || acl == NULL)
		return;
	void *p = part(a, acl->AclSize);
	if (p != NULL)
		head->DefaultDacl = memcpy(p, acl, acl->AclSize);
}

/* The integrity level, if the token has one. */
static const struct cp_group *level_of(const struct cp_token *t)
{
	for (DWORD i = 0; i < t->group_count; i++)
		if (t->groups[i].attributes & SE_GROUP_INTEGRITY)
			return &t->groups[i];
	return NULL;
}

/* 0, or why there is no answer. */
static DWORD put(struct answer *a, const struct cp_object *o, struct cp_token *t, TOKEN_INFORMATION_CLASS what)
{
	switch (what) {
	case TokenUser:
		put_user(a, &t->user);
		return 0;
	case TokenGroups:
		put_groups(a, t->groups, t->group_count);
		return 0;
	case TokenRestrictedSids:
		put_groups(a, t->restricted, t->restricted_count);
		return 0;
	case TokenPrivileges:
		put_privileges(a, t->privileges, t->privilege_count);
		return 0;
	case TokenOwner:
		put_pointer(a, &t->owner);
		return 0;
	case TokenPrimaryGroup:
		put_pointer(a, &t->group);
		return 0;
	case TokenDefaultDacl:
		put_dacl(a, t);
		return 0;
	case TokenIntegrityLevel:
		if (level_of(t) == NULL)
			return ERROR_NOT_SUPPORTED;
		put_user(a, level_of(t));
		return 0;
	case TokenType:
		put_number(a, o->token_type);
		return 0;
	case TokenImpersonationLevel:
		if (o->token_type != TokenImpersonation)
			return ERROR_INVALID_PARAMETER;
		put_number(a, o->token_level);
		return 0;
	case TokenElevation:
		put_number(a, t->elevated);
		return 0;
	case TokenElevationType: /* there is no other token that goes with it */
		put_number(a, TokenElevationTypeDefault);
		return 0;
	case TokenHasRestrictions:
		put_number(a, t->restricted_count != 0);
		return 0;
	default:
		return what >= TokenUser && what <= TokenLogonSid ? ERROR_NOT_SUPPORTED : ERROR_INVALID_PARAMETER;
	}
}

BOOL WINAPI GetTokenInformation(HANDLE token, TOKEN_INFORMATION_CLASS what, LPVOID information, DWORD size, PDWORD returned)
{
	struct cp_object *o = cp_use(token, CP_TOKEN, TOKEN_QUERY);
	if (o == NULL)
		return FALSE;
	struct cp_token t;
	struct answer a = {information, size, 0};
	DWORD code = read_token(o, &t);
	if (code == 0)
		code = put(&a, o, &t, what);
	if (code == 0) {
		if (returned != NULL)
			*returned = a.used;
		if (information == NULL || a.used > size)
			code = ERROR_INSUFFICIENT_BUFFER;
	}
	free_token(&t);
	cp_release(o);
	return cp_done(code);
}

BOOL WINAPI IsTokenRestricted(HANDLE token)
{
	struct cp_object *o = cp_use(token, CP_TOKEN, TOKEN_QUERY);
	if (o == NULL)
		return FALSE;
	struct cp_token t;
	DWORD code = read_token(o, &t);
	BOOL answer = code == 0 && t.restricted_count != 0;
	free_token(&t);
	cp_release(o);
	return cp_done(code) && answer;
}

static bool has_sid(const struct cp_group *list, DWORD n, PSID sid)
{
	for (DWORD i = 0; i < n; i++)
		if (EqualSid((PSID)list[i].sid, sid) && (list[i].attributes & SE_GROUP_ENABLED) && !(list[i].attributes & SE_GROUP_USE_FOR_DENY_ONLY))
			return true;
	return false;
}

BOOL WINAPI CheckTokenMembership(HANDLE token, PSID sid, PBOOL member)
{
	if (!IsValidSid(sid))
		return cp_fail(ERROR_INVALID_SID);
	struct cp_object *o = token == NULL ? own() : cp_use(token, CP_TOKEN, TOKEN_QUERY);
	if (o == NULL)
		return FALSE;
	struct cp_token t;
	DWORD code = token != NULL && o->token_type != TokenImpersonation ? ERROR_NO_IMPERSONATION_TOKEN : read_token(o, &t);
	if (code == 0) {
		bool is = has_sid(t.groups, t.group_count, sid) ||
			  (EqualSid((PSID)t.user.sid, sid) && !(t.user.attributes & SE_GROUP_USE_FOR_DENY_ONLY));
		*member = is && (t.restricted_count == 0 || has_sid(t.restricted, t.restricted_count, sid));
		free_token(&t);
	}
	cp_release(o);
	return cp_done(code);
}

/* --- Privileges --- */

BOOL WINAPI AdjustTokenPrivileges(HANDLE token, BOOL disable_all, PTOKEN_PRIVILEGES wanted, DWORD size, PTOKEN_PRIVILEGES previous, PDWORD returned)
{
	if (!disable_all && wanted == NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	if (previous != NULL && returned == NULL)
		return cp_fail(ERROR_NOACCESS);
	struct cp_object *o = cp_use(token, CP_TOKEN, TOKEN_ADJUST_PRIVILEGES | (previous != NULL ? TOKEN_QUERY : 0));
	if (o == NULL)
		return FALSE;
	struct cp_token t;
	DWORD code = read_token(o, &t), n = disable_all ? t.privilege_count : wanted->PrivilegeCount;
	free_token(&t);
	/* What the former state needs at the most, before anything is changed. */
	DWORD need = (DWORD)(offsetof(TOKEN_PRIVILEGES, Privileges) + n * sizeof(LUID_AND_ATTRIBUTES));
	if (code == 0 && previous != NULL && size < need) {
		*returned = need;
		code = ERROR_INSUFFICIENT_BUFFER;
	}
	struct cp_privilege *list = code == 0 ? lower_privileges(disable_all ? 0 : n, disable_all ? NULL : wanted->Privileges) : NULL;
	struct cp_privilege *before = calloc(n + 1u, sizeof *before);
	uint32_t changed = 0;
	if (code == 0 && (list == NULL || before == NULL))
		code = ERROR_NOT_ENOUGH_MEMORY;
	if (code == 0) {
		CP_GO(code, cpgo_token_adjust(o->go, disable_all != FALSE, list, disable_all ? 0 : n, before, &changed));
	}
	bool ok = code == 0 || code == ERROR_NOT_ALL_ASSIGNED;
	if (ok && previous != NULL) {
		struct answer a = {(char *)previous, size, 0};
		put_privileges(&a, before, changed);
		*returned = a.used;
	}
	free(list);
	free(before);
	cp_release(o);
	SetLastError(code); /* also of success: a program asks whether all were assigned */
	return ok;
}

BOOL WINAPI PrivilegeCheck(HANDLE token, PPRIVILEGE_SET required, LPBOOL result)
{
	struct cp_object *o = cp_use(token, CP_TOKEN, TOKEN_QUERY);
	if (o == NULL)
		return FALSE;
	struct cp_token t;
	DWORD code = read_token(o, &t);
	if (code == 0) {
		DWORD found = 0;
		for (DWORD i = 0; i < required->PrivilegeCount; i++) {
			LUID_AND_ATTRIBUTES *r = &required->Privilege[i];
			for (DWORD k = 0; k < t.privilege_count; k++) {
				if (r->Luid.HighPart == 0 && r->Luid.LowPart == t.privileges[k].id && (t.privileges[k].attributes & SE_PRIVILEGE_ENABLED)) {
					r->Attributes |= SE_PRIVILEGE_USED_FOR_ACCESS;
					found++;
					break;
				}
			}
		}
		*result = required->Control & PRIVILEGE_SET_ALL_NECESSARY ? found == required->PrivilegeCount : found > 0;
		free_token(&t);
	}
	cp_release(o);
	return cp_done(code);
}

/* --- The access check --- */

BOOL WINAPI AccessCheck(PSECURITY_DESCRIPTOR descriptor, HANDLE token, DWORD desired, PGENERIC_MAPPING mapping, PPRIVILEGE_SET privileges,
	LPDWORD privileges_size, LPDWORD granted, LPBOOL status)
{
	if (privileges_size == NULL || mapping == NULL)
		return cp_fail(ERROR_NOACCESS);
	if (desired & (GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL))
		return cp_fail(ERROR_GENERIC_NOT_MAPPED);
	struct cp_object *o = cp_use(token, CP_TOKEN, TOKEN_QUERY);
	if (o == NULL)
		return FALSE;
	struct cp_check c = {
		.desired = desired,
		.mapping = {mapping->GenericRead, mapping->GenericWrite, mapping->GenericExecute, mapping->GenericAll},
	};
	DWORD code = o->token_type != TokenImpersonation ? ERROR_NO_IMPERSONATION_TOKEN
		     : o->token_level < SecurityIdentification ? ERROR_BAD_IMPERSONATION_LEVEL : 0;
	void *bytes = NULL;
	if (code == 0 && (bytes = cp_descriptor(descriptor, &c.descriptor_size)) == NULL)
		code = GetLastError();
	if (code == 0) {
		c.descriptor = bytes;
		CP_GO(code, cpgo_access_check(o->go, &c));
	}
	free(bytes);
	cp_release(o);
	if (code != 0)
		return cp_fail(code);
	/* At least one privilege has room, as on Windows. */
	DWORD n = c.used_count > 1 ? c.used_count : 1;
	DWORD need = (DWORD)(offsetof(PRIVILEGE_SET, Privilege) + n * sizeof(LUID_AND_ATTRIBUTES));
	if (privileges == NULL || *privileges_size < need) {
		*privileges_size = need;
		return cp_fail(ERROR_INSUFFICIENT_BUFFER);
	}
	memset(privileges, 0, need);
	privileges->PrivilegeCount = c.used_count;
	for (DWORD i = 0; i < c.used_count; i++)
		raise_privilege(&c.used[i], &privileges->Privilege[i]);
	*granted = c.granted;
	*status = c.ok != 0;
	if (!c.ok)
		SetLastError(ERROR_ACCESS_DENIED);
	return TRUE;
}
