/* A user's environment and directory, by a token of the user's. */
#include "token.h"

#include <userenv.h>

#include <stdlib.h>
#include <string.h>

extern uint32_t cpgo_token_environment(uintptr_t id, char **creators, char **out, size_t *size);
extern uint32_t cpgo_token_home(uintptr_t id, char **out);
extern char **environ;

BOOL WINAPI CreateEnvironmentBlock(LPVOID *environment, HANDLE token, BOOL inherit)
{
	if (environment == NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	if (token == NULL)
		return cp_fail(ERROR_NOT_SUPPORTED); /* there is no environment of the system's alone */
	struct cp_object *o = cp_use(token, CP_TOKEN, TOKEN_QUERY);
	if (o == NULL)
		return FALSE;
	char *block = NULL;
	size_t size = 0;
	uint32_t code;
	CP_GO(code, cpgo_token_environment(o->go, inherit ? environ : NULL, &block, &size));
	cp_release(o);
	if (code != 0)
		return cp_fail(code);
	/* Its texts one by one, the empty one at the end too. */
	size_t n = 0;
	for (const char *p = block; p < block + size; p += strlen(p) + 1)
		n += cp_widen(p, NULL, 0);
	WCHAR *wide = malloc(n * sizeof *wide), *to = wide;
	for (const char *p = block; wide != NULL && p < block + size; p += strlen(p) + 1)
		to += cp_widen(p, to, n - (size_t)(to - wide));
	free(block);
	*environment = wide;
	return wide != NULL || cp_fail(ERROR_NOT_ENOUGH_MEMORY);
}

BOOL WINAPI DestroyEnvironmentBlock(LPVOID environment)
{
	if (environment == NULL)
		return cp_fail(ERROR_INVALID_PARAMETER);
	free(environment);
	return TRUE;
}

/* The directory, to be freed; NULL: the last error says why. */
static char *home(HANDLE token)
{
	struct cp_object *o = cp_use(token, CP_TOKEN, TOKEN_QUERY);
	if (o == NULL)
		return NULL;
	char *text = NULL;
	uint32_t code;
	CP_GO(code, cpgo_token_home(o->go, &text));
	cp_release(o);
	if (code != 0)
		SetLastError(code);
	return text;
}

BOOL WINAPI GetUserProfileDirectoryA(HANDLE token, LPSTR directory, LPDWORD size)
{
	char *text = home(token);
	if (text == NULL)
		return FALSE;
	DWORD n = (DWORD)strlen(text) + 1, has = *size;
	*size = n;
	if (has >= n && directory != NULL)
		memcpy(directory, text, n);
	free(text);
	return (has >= n && directory != NULL) || cp_fail(ERROR_INSUFFICIENT_BUFFER);
}

BOOL WINAPI GetUserProfileDirectoryW(HANDLE token, LPWSTR directory, LPDWORD size)
{
	char *text = home(token);
	if (text == NULL)
		return FALSE;
	DWORD n = (DWORD)cp_widen(text, NULL, 0), has = *size;
	*size = n;
	if (has >= n && directory != NULL)
		cp_widen(text, directory, n);
	free(text);
	return (has >= n && directory != NULL) || cp_fail(ERROR_INSUFFICIENT_BUFFER);
}
