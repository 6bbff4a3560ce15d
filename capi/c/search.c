/* SearchPath: a file in a list of directories. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The full name of what has been found, to be freed; NULL: the last error says why. */
static char *search(const char *path, const char *name, const char *extension)
{
    char candidate[4096], full[4096];
    if (name == NULL || *name == 0) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    const char *last = strrchr(name, '/');
    bool add = extension && *extension && strchr(last ? last : name, '.') == NULL;
    if (path == NULL)
        path = getenv("PATH");
    if (last != NULL || path == NULL)
        path = ".";
    for (;;) {
        /* Windows separates by semicolons, Linux by colons; neither begins a directory. */
        size_t n = strcspn(path, ":;");
        int length = *name == '/' ? snprintf(candidate, sizeof candidate, "%s%s", name, add ? extension : "")
                                  : snprintf(candidate, sizeof candidate, "%.*s/%s%s", n ? (int)n : 1, n ? path : ".", name, add ? extension : "");
        if (length < (int)sizeof candidate && access(candidate, F_OK) == 0 && GetFullPathNameA(candidate, sizeof full, full, NULL) != 0)
            return strdup(full);
        if (path[n] == 0)
            break;
        path += n + 1;
    }
    SetLastError(ERROR_FILE_NOT_FOUND);
    return NULL;
}

DWORD WINAPI SearchPathA(LPCSTR path, LPCSTR name, LPCSTR extension, DWORD size, LPSTR buffer, LPSTR *file)
{
    char *found = search(path, name, extension);
    DWORD answer = found ? createprocess_answer(found, buffer, size, false) : 0;
    if (file)
        *file = answer && answer < size ? strrchr(buffer, '/') + 1 : NULL;
    free(found);
    return answer;
}

DWORD WINAPI SearchPathW(LPCWSTR path, LPCWSTR name, LPCWSTR extension, DWORD size, LPWSTR buffer, LPWSTR *file)
{
    char *p = path ? createprocess_new_narrow(path) : NULL, *n = name ? createprocess_new_narrow(name) : NULL,
         *e = extension ? createprocess_new_narrow(extension) : NULL;
    char *found = search(p, n, e);
    DWORD answer = found ? createprocess_answer_wide(found, buffer, size, false) : 0;
    if (file)
        *file = answer && answer < size ? wcsrchr(buffer, '/') + 1 : NULL;
    free(p);
    free(n);
    free(e);
    free(found);
    return answer;
}
