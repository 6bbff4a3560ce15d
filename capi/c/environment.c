/* The environment. It is the process's own, environ: getenv sees what is set
 * here. The lock is among these functions. Names differ by case. */
#include "internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static char *variable(const char *name)
{
    pthread_rwlock_rdlock(&lock);
    const char *value = *name ? getenv(name) : NULL;
    char *copy = value ? strdup(value) : NULL;
    pthread_rwlock_unlock(&lock);
    if (copy == NULL)
        SetLastError(value ? ERROR_NOT_ENOUGH_MEMORY : ERROR_ENVVAR_NOT_FOUND);
    return copy;
}

DWORD WINAPI GetEnvironmentVariableA(LPCSTR name, LPSTR buffer, DWORD size)
{
    char *value = name ? variable(name) : NULL;
    if (name == NULL)
        SetLastError(ERROR_INVALID_PARAMETER);
    DWORD answer = value ? createprocess_answer(value, buffer, size, false) : 0;
    free(value);
    return answer;
}

DWORD WINAPI GetEnvironmentVariableW(LPCWSTR name, LPWSTR buffer, DWORD size)
{
    if (name == NULL) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    char *n = createprocess_new_narrow(name), *value = n ? variable(n) : NULL;
    DWORD answer = value ? createprocess_answer_wide(value, buffer, size, false) : 0;
    free(value);
    free(n);
    return answer;
}

BOOL WINAPI SetEnvironmentVariableA(LPCSTR name, LPCSTR value)
{
    if (name == NULL || *name == 0 || strchr(name, '=')) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    pthread_rwlock_wrlock(&lock);
    DWORD code = 0;
    if (value == NULL && getenv(name) == NULL)
        code = ERROR_ENVVAR_NOT_FOUND;
    else if ((value ? setenv(name, value, 1) : unsetenv(name)) != 0)
        code = createprocess_from_errno(errno);
    pthread_rwlock_unlock(&lock);
    if (code)
        SetLastError(code);
    return code == 0;
}

BOOL WINAPI SetEnvironmentVariableW(LPCWSTR name, LPCWSTR value)
{
    char *n = name ? createprocess_new_narrow(name) : NULL, *v = value ? createprocess_new_narrow(value) : NULL;
    BOOL answer = FALSE;
    if ((name == NULL || n) && (value == NULL || v))
        answer = SetEnvironmentVariableA(n, v);
    free(n);
    free(v);
    return answer;
}

LPCH WINAPI GetEnvironmentStringsA(void)
{
    pthread_rwlock_rdlock(&lock);
    size_t size = 2;
    for (char **e = environ; e && *e; e++)
        size += strlen(*e) + 1;
    char *block = malloc(size), *p = block;
    for (char **e = environ; block && e && *e; e++)
        if (**e)
            p = stpcpy(p, *e) + 1;
    pthread_rwlock_unlock(&lock);
    if (block == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    if (p == block)
        *p++ = 0;
    *p = 0;
    return block;
}

LPWCH WINAPI GetEnvironmentStringsW(void)
{
    char *block = GetEnvironmentStringsA();
    if (block == NULL)
        return NULL;
    size_t n = 2;
    while (block[n - 2] || block[n - 1])
        n++;
    WCHAR *wide = malloc(n * sizeof *wide);
    if (wide)
        createprocess_widen(block, n, wide, n, NULL);
    else
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    free(block);
    return wide;
}

BOOL WINAPI FreeEnvironmentStringsA(LPCH strings)
{
    free(strings);
    return TRUE;
}

BOOL WINAPI FreeEnvironmentStringsW(LPWCH strings)
{
    free(strings);
    return TRUE;
}

/* %NAME% becomes the value; a name that there is not stays. */
static char *expand(const char *s)
{
    char *out = NULL;
    size_t used = 0, capacity = 0;
    while (true) {
        const char *piece = s, *end;
        char *value = NULL;
        size_t n;
        if (*s == '%' && (end = strchr(s + 1, '%')) != NULL) {
            char *name = strndup(s + 1, (size_t)(end - s - 1));
            DWORD before = GetLastError();
            value = name ? variable(name) : NULL;
            SetLastError(before);
            free(name);
            if (value) {
                piece = value;
                n = strlen(value);
                s = end + 1;
            } else {
                n = (size_t)(end - s);
                s = end;
            }
        } else {
            n = *s == '%' ? 1 + strcspn(s + 1, "%") : strcspn(s, "%");
            s += n;
        }
        if (used + n + 1 > capacity) {
            capacity = (used + n + 1) * 2;
            char *more = realloc(out, capacity);
            if (more == NULL) {
                free(out);
                free(value);
                SetLastError(ERROR_NOT_ENOUGH_MEMORY);
                return NULL;
            }
            out = more;
        }
        memcpy(out + used, piece, n);
        used += n;
        free(value);
        if (*s == 0) {
            out[used] = 0;
            return out;
        }
    }
}

/* These count the NUL in either case. */
DWORD WINAPI ExpandEnvironmentStringsA(LPCSTR source, LPSTR buffer, DWORD size)
{
    char *text = expand(source);
    if (text == NULL)
        return 0;
    size_t n = strlen(text) + 1;
    if (n <= size)
        memcpy(buffer, text, n);
    free(text);
    return (DWORD)n;
}

DWORD WINAPI ExpandEnvironmentStringsW(LPCWSTR source, LPWSTR buffer, DWORD size)
{
    char *narrow = createprocess_new_narrow(source), *text = narrow ? expand(narrow) : NULL;
    DWORD n = 0;
    if (text) {
        n = createprocess_answer_wide(text, buffer, size, false);
        if (n < size)
            n++;
    }
    free(narrow);
    free(text);
    return n;
}
