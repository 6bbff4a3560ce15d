/* lstrcpy and its family, CharUpper and CharLower. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

LPSTR WINAPI lstrcpyA(LPSTR to, LPCSTR from) { return to && from ? strcpy(to, from) : NULL; }
LPSTR WINAPI lstrcatA(LPSTR to, LPCSTR from) { return to && from ? strcat(to, from) : NULL; }
int WINAPI lstrlenA(LPCSTR s) { return s ? (int)strlen(s) : 0; }
int WINAPI lstrlenW(LPCWSTR s) { return s ? (int)createprocess_units(s) : 0; }

LPWSTR WINAPI lstrcpyW(LPWSTR to, LPCWSTR from)
{
    return to && from ? memmove(to, from, (createprocess_units(from) + 1) * sizeof *to) : NULL;
}

LPWSTR WINAPI lstrcatW(LPWSTR to, LPCWSTR from)
{
    if (to == NULL || from == NULL)
        return NULL;
    lstrcpyW(to + createprocess_units(to), from);
    return to;
}

LPSTR WINAPI lstrcpynA(LPSTR to, LPCSTR from, int size)
{
    if (to == NULL || from == NULL || size <= 0)
        return size <= 0 ? to : NULL;
    size_t n = strnlen(from, (size_t)size - 1);
    memmove(to, from, n);
    to[n] = 0;
    return to;
}

LPWSTR WINAPI lstrcpynW(LPWSTR to, LPCWSTR from, int size)
{
    if (to == NULL || from == NULL || size <= 0)
        return size <= 0 ? to : NULL;
    size_t n = 0;
    for (; n < (size_t)size - 1 && from[n]; n++)
        to[n] = from[n];
    to[n] = 0;
    return to;
}

static int sign(int n) { return n < 0 ? -1 : n > 0; }

/* As in a dictionary: first without regard to case, and of texts that differ in
 * case only the one with the small letter is first. */
static int compare(const WCHAR *a, const WCHAR *b, bool ignore)
{
    if (a == NULL || b == NULL)
        return a == b ? 0 : a == NULL ? -1 : 1;
    int small = 0;
    for (size_t i = 0;; i++) {
        int n = createprocess_lower(a[i]) - createprocess_lower(b[i]);
        if (n != 0)
            return sign(n);
        if (small == 0 && a[i] != b[i])
            small = a[i] == createprocess_lower(a[i]) ? -1 : 1;
        if (a[i] == 0)
            return ignore ? 0 : small;
    }
}

static int compare_narrow(const char *a, const char *b, bool ignore)
{
    WCHAR *wa = a ? createprocess_new_wide(a) : NULL, *wb = b ? createprocess_new_wide(b) : NULL;
    int answer = compare(wa, wb, ignore);
    free(wa);
    free(wb);
    return answer;
}

int WINAPI lstrcmpW(LPCWSTR a, LPCWSTR b) { return compare(a, b, false); }
int WINAPI lstrcmpiW(LPCWSTR a, LPCWSTR b) { return compare(a, b, true); }
int WINAPI lstrcmpA(LPCSTR a, LPCSTR b) { return compare_narrow(a, b, false); }
int WINAPI lstrcmpiA(LPCSTR a, LPCSTR b) { return compare_narrow(a, b, true); }

int WINAPI CompareStringOrdinal(LPCWCH a, int sizeA, LPCWCH b, int sizeB, BOOL ignoreCase)
{
    if (a == NULL || b == NULL || sizeA < -1 || sizeB < -1) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    size_t m = sizeA < 0 ? createprocess_units(a) : (size_t)sizeA, n = sizeB < 0 ? createprocess_units(b) : (size_t)sizeB;
    for (size_t i = 0; i < m && i < n; i++) {
        int x = ignoreCase ? createprocess_upper(a[i]) : a[i], y = ignoreCase ? createprocess_upper(b[i]) : b[i];
        if (x != y)
            return x < y ? CSTR_LESS_THAN : CSTR_GREATER_THAN;
    }
    return m < n ? CSTR_LESS_THAN : m > n ? CSTR_GREATER_THAN : CSTR_EQUAL;
}

/* A "text" whose pointer is below 64 KiB is one character, and so is the answer. */
static bool is_character(const void *text) { return (uintptr_t)text >> 16 == 0; }

LPWSTR WINAPI CharUpperW(LPWSTR text)
{
    if (is_character(text))
        return (LPWSTR)(uintptr_t)createprocess_upper((WCHAR)(uintptr_t)text);
    for (WCHAR *p = text; *p; p++)
        *p = createprocess_upper(*p);
    return text;
}

LPWSTR WINAPI CharLowerW(LPWSTR text)
{
    if (is_character(text))
        return (LPWSTR)(uintptr_t)createprocess_lower((WCHAR)(uintptr_t)text);
    for (WCHAR *p = text; *p; p++)
        *p = createprocess_lower(*p);
    return text;
}

/* Both cases of every pair have as many bytes in UTF-8. A text that is none is left alone. */
static LPSTR in_place(LPSTR text, LPWSTR (WINAPI *change)(LPWSTR))
{
    if (is_character(text)) {
        uintptr_t c = (uintptr_t)text;
        return c < 0x80 ? (LPSTR)change((LPWSTR)c) : text;
    }
    WCHAR *wide = createprocess_new_wide(text);
    if (wide == NULL)
        return NULL;
    size_t size = strlen(text) + 1;
    bool invalid;
    createprocess_widen(text, size, NULL, 0, &invalid);
    if (!invalid)
        createprocess_narrow(change(wide), createprocess_units(wide) + 1, text, size, NULL);
    free(wide);
    return text;
}

LPSTR WINAPI CharUpperA(LPSTR text) { return in_place(text, CharUpperW); }
LPSTR WINAPI CharLowerA(LPSTR text) { return in_place(text, CharLowerW); }
