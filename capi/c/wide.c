/* The wide functions of the C library, for 16-bit units. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

size_t wcslen(const WCHAR *s) { return createprocess_units(s); }

size_t wcsnlen(const WCHAR *s, size_t n)
{
    size_t i = 0;
    while (i < n && s[i])
        i++;
    return i;
}

WCHAR *wcscpy(WCHAR *to, const WCHAR *from) { return memcpy(to, from, (createprocess_units(from) + 1) * sizeof *to); }

WCHAR *wcsncpy(WCHAR *to, const WCHAR *from, size_t n)
{
    size_t i = 0;
    for (; i < n && from[i]; i++)
        to[i] = from[i];
    for (; i < n; i++)
        to[i] = 0;
    return to;
}

WCHAR *wcsncat(WCHAR *to, const WCHAR *from, size_t n)
{
    WCHAR *p = to + createprocess_units(to);
    for (; n > 0 && *from; n--)
        *p++ = *from++;
    *p = 0;
    return to;
}

WCHAR *wcscat(WCHAR *to, const WCHAR *from) { return wcsncat(to, from, SIZE_MAX); }

int wcsncmp(const WCHAR *a, const WCHAR *b, size_t n)
{
    for (; n > 0; n--, a++, b++) {
        if (*a != *b)
            return *a < *b ? -1 : 1;
        if (*a == 0)
            break;
    }
    return 0;
}

int wcscmp(const WCHAR *a, const WCHAR *b) { return wcsncmp(a, b, SIZE_MAX); }
int wcscoll(const WCHAR *a, const WCHAR *b) { return wcscmp(a, b); }

int _wcsnicmp(const WCHAR *a, const WCHAR *b, size_t n)
{
    for (; n > 0; n--, a++, b++) {
        int difference = createprocess_lower(*a) - createprocess_lower(*b);
        if (difference != 0 || *a == 0)
            return difference;
    }
    return 0;
}

int _wcsicmp(const WCHAR *a, const WCHAR *b) { return _wcsnicmp(a, b, SIZE_MAX); }
int wcscasecmp(const WCHAR *a, const WCHAR *b) { return _wcsicmp(a, b); }
int wcsncasecmp(const WCHAR *a, const WCHAR *b, size_t n) { return _wcsnicmp(a, b, n); }

WCHAR *wcschr(const WCHAR *s, WCHAR c)
{
    for (;; s++) {
        if (*s == c)
            return (WCHAR *)s;
        if (*s == 0)
            return NULL;
    }
}

WCHAR *wcsrchr(const WCHAR *s, WCHAR c)
{
    for (const WCHAR *p = s + createprocess_units(s);; p--) {
        if (*p == c)
            return (WCHAR *)p;
        if (p == s)
            return NULL;
    }
}

WCHAR *wcsstr(const WCHAR *s, const WCHAR *part)
{
    size_t n = createprocess_units(part);
    for (;; s++) {
        if (wcsncmp(s, part, n) == 0)
            return (WCHAR *)s;
        if (*s == 0)
            return NULL;
    }
}

size_t wcscspn(const WCHAR *s, const WCHAR *set)
{
    size_t n = 0;
    while (s[n] && wcschr(set, s[n]) == NULL)
        n++;
    return n;
}

size_t wcsspn(const WCHAR *s, const WCHAR *set)
{
    size_t n = 0;
    while (s[n] && wcschr(set, s[n]) != NULL)
        n++;
    return n;
}

WCHAR *wcspbrk(const WCHAR *s, const WCHAR *set)
{
    s += wcscspn(s, set);
    return *s ? (WCHAR *)s : NULL;
}

WCHAR *wcstok(WCHAR *s, const WCHAR *set, WCHAR **state)
{
    if (s == NULL)
        s = *state;
    s += wcsspn(s, set);
    *state = s + wcscspn(s, set);
    if (s == *state)
        return NULL;
    if (**state)
        *(*state)++ = 0;
    return s;
}

WCHAR *wcstok_s(WCHAR *s, const WCHAR *set, WCHAR **state) { return wcstok(s, set, state); }

WCHAR *_wcsdup(const WCHAR *s)
{
    size_t size = (createprocess_units(s) + 1) * sizeof *s;
    WCHAR *copy = malloc(size);
    return copy ? memcpy(copy, s, size) : NULL;
}

WCHAR *wcsdup(const WCHAR *s) { return _wcsdup(s); }

WCHAR *wmemchr(const WCHAR *s, WCHAR c, size_t n)
{
    for (; n > 0; n--, s++)
        if (*s == c)
            return (WCHAR *)s;
    return NULL;
}

int wmemcmp(const WCHAR *a, const WCHAR *b, size_t n)
{
    for (; n > 0; n--, a++, b++)
        if (*a != *b)
            return *a < *b ? -1 : 1;
    return 0;
}

WCHAR *wmemcpy(WCHAR *to, const WCHAR *from, size_t n) { return memcpy(to, from, n * sizeof *to); }
WCHAR *wmemmove(WCHAR *to, const WCHAR *from, size_t n) { return memmove(to, from, n * sizeof *to); }

WCHAR *wmemset(WCHAR *to, WCHAR c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = c;
    return to;
}

/* A number is ASCII: what is not ends it. The narrow function reads it. */
static char *ascii(const WCHAR *s)
{
    size_t n = 0;
    while (s[n] > 0 && s[n] < 0x80)
        n++;
    char *out = malloc(n + 1);
    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++)
        out[i] = (char)s[i];
    out[n] = 0;
    return out;
}

#define NUMBER(TYPE, NAME, NARROW, ...) \
    { \
        char *text = ascii(s), *stop = text; \
        TYPE value = text ? NARROW(text, &stop __VA_ARGS__) : 0; \
        if (end) \
            *end = (WCHAR *)s + (stop - text); \
        free(text); \
        return value; \
    }

long wcstol(const WCHAR *s, WCHAR **end, int base) NUMBER(long, wcstol, strtol, , base)
unsigned long wcstoul(const WCHAR *s, WCHAR **end, int base) NUMBER(unsigned long, wcstoul, strtoul, , base)
long long wcstoll(const WCHAR *s, WCHAR **end, int base) NUMBER(long long, wcstoll, strtoll, , base)
unsigned long long wcstoull(const WCHAR *s, WCHAR **end, int base) NUMBER(unsigned long long, wcstoull, strtoull, , base)
double wcstod(const WCHAR *s, WCHAR **end) NUMBER(double, wcstod, strtod, )

int _wtoi(const WCHAR *s) { return (int)wcstol(s, NULL, 10); }
long _wtol(const WCHAR *s) { return wcstol(s, NULL, 10); }
long long _wtoi64(const WCHAR *s) { return wcstoll(s, NULL, 10); }
double _wtof(const WCHAR *s) { return wcstod(s, NULL); }

size_t mbstowcs(WCHAR *to, const char *from, size_t n)
{
    size_t length = strlen(from);
    bool invalid;
    size_t units = createprocess_widen(from, length, NULL, 0, &invalid);
    if (invalid) {
        errno = EILSEQ;
        return (size_t)-1;
    }
    if (to == NULL)
        return units;
    if (units < n) {
        createprocess_widen(from, length + 1, to, n, NULL);
        return units;
    }
    /* Of a character of two units that the end would cut nothing is written. */
    if (n > 0)
        to[n - 1] = 0;
    createprocess_widen(from, length, to, n, NULL);
    return n > 0 && to[n - 1] == 0 ? n - 1 : n;
}

size_t wcstombs(char *to, const WCHAR *from, size_t n)
{
    size_t length = createprocess_units(from);
    bool invalid;
    size_t bytes = createprocess_narrow(from, length, NULL, 0, &invalid);
    if (invalid) {
        errno = EILSEQ;
        return (size_t)-1;
    }
    if (to == NULL)
        return bytes;
    while (length > 0 && (bytes = createprocess_narrow(from, length, NULL, 0, NULL)) > n)
        length--;
    createprocess_narrow(from, length, to, n, NULL);
    if (bytes < n)
        to[bytes] = 0;
    return bytes;
}

static WCHAR *each(WCHAR *s, WCHAR (*change)(WCHAR))
{
    for (WCHAR *p = s; *p; p++)
        *p = change(*p);
    return s;
}

WCHAR *_wcslwr(WCHAR *s) { return each(s, createprocess_lower); }
WCHAR *_wcsupr(WCHAR *s) { return each(s, createprocess_upper); }

WCHAR *_wcsrev(WCHAR *s)
{
    size_t n = createprocess_units(s);
    for (size_t i = 0; i < n / 2; i++) {
        WCHAR c = s[i];
        s[i] = s[n - 1 - i];
        s[n - 1 - i] = c;
    }
    return s;
}

size_t wcsnlen_s(const WCHAR *s, size_t size) { return s ? wcsnlen(s, size) : 0; }
