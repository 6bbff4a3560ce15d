/* SIDs and security descriptors as texts. The Go side knows the language. */
#include "token.h"

#include <sddl.h>

#include <stdlib.h>
#include <string.h>

extern uint32_t cpgo_sid_parse(const char *text, struct cp_group *out);
extern uint32_t cpgo_sddl_parse(const char *text, uint8_t **out, uint32_t *size);
extern uint32_t cpgo_sddl_format(const void *descriptor, uint32_t size, uint32_t what, char **out);

void *cp_descriptor(PSECURITY_DESCRIPTOR descriptor, uint32_t *size)
{
	DWORD need = 0, before = GetLastError();
	if (MakeSelfRelativeSD(descriptor, NULL, &need) || GetLastError() != ERROR_INSUFFICIENT_BUFFER)
		return NULL;
	void *out = malloc(need);
	if (out == NULL) {
		SetLastError(ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	SetLastError(before);
	MakeSelfRelativeSD(descriptor, out, &need);
	*size = need;
	return out;
}

/* Memory for LocalFree. */
static void *local_copy(const void *from, size_t size)
{
	void *out = LocalAlloc(LMEM_FIXED, size);
	return out != NULL ? memcpy(out, from, size) : NULL;
}

BOOL WINAPI ConvertStringSidToSidA(LPCSTR text, PSID *sid)
{
	if (text == NULL || sid == NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	struct cp_group parsed;
	uint32_t code;
	CP_GO(code, cpgo_sid_parse(text, &parsed));
	if (code != 0)
		return cp_fail(code);
	*sid = local_copy(parsed.sid, GetLengthSid(parsed.sid));
	return *sid != NULL;
}

BOOL WINAPI ConvertStringSidToSidW(LPCWSTR text, PSID *sid)
{
	char *narrow;
	BOOL ok = cp_text(text, &narrow) && ConvertStringSidToSidA(narrow, sid);
	free(narrow);
	return ok;
}

BOOL WINAPI ConvertStringSecurityDescriptorToSecurityDescriptorA(LPCSTR text, DWORD revision, PSECURITY_DESCRIPTOR *descriptor, PULONG size)
{
	if (text == NULL || descriptor == NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	if (revision != SDDL_REVISION_1)
		return cp_fail(ERROR_UNKNOWN_REVISION);
	uint8_t *bytes = NULL;
	uint32_t n = 0, code;
	CP_GO(code, cpgo_sddl_parse(text, &bytes, &n));
	if (code != 0)
		return cp_fail(code);
	*descriptor = local_copy(bytes, n);
	free(bytes);
	if (size != NULL)
		*size = n;
	return *descriptor != NULL;
}

BOOL WINAPI ConvertStringSecurityDescriptorToSecurityDescriptorW(LPCWSTR text, DWORD revision, PSECURITY_DESCRIPTOR *descriptor, PULONG size)
{
	char *narrow;
	BOOL ok = cp_text(text, &narrow) && ConvertStringSecurityDescriptorToSecurityDescriptorA(narrow, revision, descriptor, size);
	free(narrow);
	return ok;
}

/* The text, to be freed; NULL: the last error says why. */
static char *format(PSECURITY_DESCRIPTOR descriptor, DWORD revision, SECURITY_INFORMATION what)
{
	if (revision != SDDL_REVISION_1) {
		SetLastError(ERROR_UNKNOWN_REVISION);
		return NULL;
	}
	uint32_t n = 0, code;
	char *text = NULL;
	void *bytes = cp_descriptor(descriptor, &n);
	if (bytes == NULL)
		return NULL;
	CP_GO(code, cpgo_sddl_format(bytes, n, what, &text));
	free(bytes);
	if (code != 0)
		SetLastError(code);
	return text;
}

BOOL WINAPI ConvertSecurityDescriptorToStringSecurityDescriptorA(PSECURITY_DESCRIPTOR descriptor, DWORD revision, SECURITY_INFORMATION what,
	LPSTR *text, PULONG length)
{
	char *own = format(descriptor, revision, what);
	if (own == NULL)
		return FALSE;
	size_t n = strlen(own) + 1;
	*text = local_copy(own, n);
	free(own);
	if (length != NULL)
		*length = (ULONG)n;
	return *text != NULL;
}

BOOL WINAPI ConvertSecurityDescriptorToStringSecurityDescriptorW(PSECURITY_DESCRIPTOR descriptor, DWORD revision, SECURITY_INFORMATION what,
	LPWSTR *text, PULONG length)
{
	char *own = format(descriptor, revision, what);
	if (own == NULL)
		return FALSE;
	size_t n = cp_widen(own, NULL, 0);
	*text = LocalAlloc(LMEM_FIXED, n * sizeof(WCHAR));
	if (*text != NULL)
		cp_widen(own, *text, n);
	free(own);
	if (length != NULL)
		*length = (ULONG)n;
	return *text != NULL;
}
