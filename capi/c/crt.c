/* What Microsoft's C library has and glibc has not. Where Microsoft's would end
 * the program for an invalid parameter, these answer the error. */
#include "internal.h"
#include <direct.h>
#include <io.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define COPIES(PREFIX, UNIT, LENGTH) \
    errno_t PREFIX##ncat_s(UNIT *to, size_t size, const UNIT *from, size_t count) \
    { \
        if (to == NULL || size == 0) \
            return EINVAL; \
        size_t used = LENGTH(to, size); \
        if (from == NULL || used == size) { \
            to[0] = 0; \
            return EINVAL; \
        } \
        size_t n = LENGTH(from, count == _TRUNCATE ? size : count); \
        if (n >= size - used) { \
            if (count != _TRUNCATE) { \
                to[0] = 0; \
                return ERANGE; \
            } \
            memcpy(to + used, from, (size - used - 1) * sizeof *to); \
            to[size - 1] = 0; \
            return STRUNCATE; \
        } \
        memcpy(to + used, from, n * sizeof *to); \
        to[used + n] = 0; \
        return 0; \
    } \
    errno_t PREFIX##ncpy_s(UNIT *to, size_t size, const UNIT *from, size_t count) \
    { \
        if (to == NULL || size == 0) \
            return EINVAL; \
        to[0] = 0; \
        return PREFIX##ncat_s(to, size, from, count); \
    } \
    errno_t PREFIX##cat_s(UNIT *to, size_t size, const UNIT *from) { return PREFIX##ncat_s(to, size, from, SIZE_MAX - 1); } \
    errno_t PREFIX##cpy_s(UNIT *to, size_t size, const UNIT *from) { return PREFIX##ncpy_s(to, size, from, SIZE_MAX - 1); }

COPIES(str, char, strnlen)
COPIES(wcs, WCHAR, wcsnlen)

static errno_t copy(void *to, size_t size, const void *from, size_t count)
{
    if (count == 0)
        return 0;
    if (to == NULL)
        return EINVAL;
    if (from == NULL || count > size) {
        memset(to, 0, size);
        return from == NULL ? EINVAL : ERANGE;
    }
    memmove(to, from, count);
    return 0;
}

errno_t memcpy_s(void *to, size_t size, const void *from, size_t count) { return copy(to, size, from, count); }
errno_t memmove_s(void *to, size_t size, const void *from, size_t count) { return to && count > size ? ERANGE : copy(to, size, from, count); }

char *strtok_s(char *s, const char *set, char **state) { return strtok_r(s, set, state); }
size_t strnlen_s(const char *s, size_t size) { return s ? strnlen(s, size) : 0; }
char *_strdup(const char *s) { return strdup(s); }
int _stricmp(const char *a, const char *b) { return strcasecmp(a, b); }
int _strnicmp(const char *a, const char *b, size_t n) { return strncasecmp(a, b, n); }
int stricmp(const char *a, const char *b) { return strcasecmp(a, b); }
int strnicmp(const char *a, const char *b, size_t n) { return strncasecmp(a, b, n); }
int _strcmpi(const char *a, const char *b) { return strcasecmp(a, b); }

char *_strlwr(char *s)
{
    for (char *p = s; *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
    return s;
}

char *_strupr(char *s)
{
    for (char *p = s; *p; p++)
        *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
    return s;
}

char *_strrev(char *s)
{
    size_t n = strlen(s);
    for (size_t i = 0; i < n / 2; i++) {
        char c = s[i];
        s[i] = s[n - 1 - i];
        s[n - 1 - i] = c;
    }
    return s;
}

/* The digits of a value: to has room for 64 of them, a sign and a NUL. */
static size_t digits(unsigned long value, bool negative, char *to, int base)
{
    char reversed[66];
    size_t n = 0, i = 0;
    do
        reversed[n++] = "0123456789abcdefghijklmnopqrstuvwxyz"[value % (unsigned)base];
    while ((value /= (unsigned)base) != 0);
    if (negative)
        reversed[n++] = '-';
    for (; i < n; i++)
        to[i] = reversed[n - 1 - i];
    to[i] = 0;
    return n;
}

static size_t signed_digits(int value, char *to, int base)
{
    bool negative = base == 10 && value < 0;
    return digits(negative ? 0ul - (unsigned long)value : (unsigned)value, negative, to, base);
}

static char *bad_base(char *to)
{
    to[0] = 0;
    errno = EINVAL;
    return to;
}

static bool is_base(int base) { return base >= 2 && base <= 36; }

char *_itoa(int value, char *to, int base)
{
    if (!is_base(base))
        return bad_base(to);
    signed_digits(value, to, base);
    return to;
}

char *_ltoa(long value, char *to, int base)
{
    if (!is_base(base))
        return bad_base(to);
    bool negative = base == 10 && value < 0;
    digits(negative ? 0 - (unsigned long)value : (unsigned long)value, negative, to, base);
    return to;
}

char *_ultoa(unsigned long value, char *to, int base)
{
    if (!is_base(base))
        return bad_base(to);
    digits(value, false, to, base);
    return to;
}

errno_t _itoa_s(int value, char *to, size_t size, int base)
{
    char text[67];
    if (to == NULL || size == 0)
        return EINVAL;
    to[0] = 0;
    if (!is_base(base))
        return EINVAL;
    signed_digits(value, text, base);
    return strcpy_s(to, size, text);
}

static WCHAR *widen(const char *text, WCHAR *to)
{
    for (size_t i = 0; i == 0 || text[i - 1]; i++)
        to[i] = (WCHAR)text[i];
    return to;
}

WCHAR *_itow(int value, WCHAR *to, int base)
{
    char text[67];
    return widen(_itoa(value, text, base), to);
}

WCHAR *_ltow(long value, WCHAR *to, int base)
{
    char text[67];
    return widen(_ltoa(value, text, base), to);
}

errno_t _itow_s(int value, WCHAR *to, size_t size, int base)
{
    char text[67];
    WCHAR wide[67];
    if (to == NULL || size == 0)
        return EINVAL;
    to[0] = 0;
    return is_base(base) ? wcscpy_s(to, size, widen(_itoa(value, text, base), wide)) : EINVAL;
}

long long _atoi64(const char *s) { return strtoll(s, NULL, 10); }

/* Microsoft's mode has "t", "b" and "ccs=": there is one kind of file here. */
static FILE *open_file(const char *name, const char *mode)
{
    char plain[8] = {0};
    size_t n = 0;
    for (; *mode && *mode != ',' && n < sizeof plain - 1; mode++)
        if (strchr("rwa+x", *mode))
            plain[n++] = *mode;
    return fopen(name, plain);
}

errno_t fopen_s(FILE **file, const char *name, const char *mode)
{
    if (file == NULL)
        return EINVAL;
    *file = NULL;
    if (name == NULL || mode == NULL)
        return EINVAL;
    *file = open_file(name, mode);
    return *file ? 0 : errno;
}

errno_t freopen_s(FILE **file, const char *name, const char *mode, FILE *old)
{
    if (file == NULL || mode == NULL || old == NULL)
        return EINVAL;
    *file = freopen(name, mode, old);
    return *file ? 0 : errno;
}

FILE *_wfopen(const WCHAR *name, const WCHAR *mode)
{
    char *n = createprocess_new_narrow(name), *m = createprocess_new_narrow(mode);
    FILE *file = n && m ? open_file(n, m) : NULL;
    int error = errno;
    free(n);
    free(m);
    errno = error;
    return file;
}

errno_t _wfopen_s(FILE **file, const WCHAR *name, const WCHAR *mode)
{
    if (file == NULL)
        return EINVAL;
    *file = NULL;
    if (name == NULL || mode == NULL)
        return EINVAL;
    *file = _wfopen(name, mode);
    return *file ? 0 : errno;
}

int _wsystem(const WCHAR *command)
{
    if (command == NULL)
        return system(NULL);
    char *c = createprocess_new_narrow(command);
    int answer = c ? system(c) : -1;
    free(c);
    return answer;
}

int _wremove(const WCHAR *name)
{
    char *n = createprocess_new_narrow(name);
    int answer = n ? remove(n) : -1;
    free(n);
    return answer;
}

/* The answer stays as it is until the thread's next call. */
WCHAR *_wgetenv(const WCHAR *name)
{
    static __thread WCHAR *last;
    char *n = createprocess_new_narrow(name);
    const char *value = n ? getenv(n) : NULL;
    free(last);
    last = value ? createprocess_new_wide(value) : NULL;
    free(n);
    return last;
}

errno_t strerror_s(char *to, size_t size, int code) { return strncpy_s(to, size, strerror(code), _TRUNCATE) == EINVAL ? EINVAL : 0; }

errno_t _dupenv_s(char **value, size_t *size, const char *name)
{
    if (value == NULL || name == NULL)
        return EINVAL;
    const char *found = getenv(name);
    *value = found ? strdup(found) : NULL;
    if (size)
        *size = *value ? strlen(*value) + 1 : 0;
    return found && *value == NULL ? ENOMEM : 0;
}

errno_t getenv_s(size_t *needed, char *to, size_t size, const char *name)
{
    if (needed == NULL || name == NULL || (to == NULL && size != 0))
        return EINVAL;
    const char *found = getenv(name);
    *needed = found ? strlen(found) + 1 : 0;
    if (size != 0)
        to[0] = 0;
    if (found == NULL || size == 0)
        return 0;
    return strcpy_s(to, size, found);
}

#define CONVERSION(NAME, TO, FROM) \
    errno_t NAME##_s(size_t *converted, TO *to, size_t size, const FROM *from, size_t count) \
    { \
        if (from == NULL || (to == NULL) != (size == 0)) \
            return EINVAL; \
        size_t n = NAME(NULL, from, 0); \
        if (n == (size_t)-1) { \
            if (to) \
                to[0] = 0; \
            return EILSEQ; \
        } \
        errno_t result = 0; \
        if (to != NULL) { \
            bool cut = count == _TRUNCATE && n >= size; \
            if (count < n) \
                n = count; \
            if (cut) { \
                n = size - 1; \
                result = STRUNCATE; \
            } else if (n >= size) { \
                to[0] = 0; \
                return ERANGE; \
            } \
            n = NAME(to, from, n); /* fewer if a character would be cut in two */ \
            to[n] = 0; \
        } \
        if (converted) \
            *converted = n + 1; \
        return result; \
    }

CONVERSION(mbstowcs, WCHAR, char)
CONVERSION(wcstombs, char, WCHAR)

int _getpid(void) { return getpid(); }
int _fileno(FILE *file) { return fileno(file); }
int _isatty(int fd) { return isatty(fd); }
FILE *_popen(const char *command, const char *mode) { return popen(command, mode[0] == 'w' ? "w" : "r"); }
int _pclose(FILE *file) { return pclose(file); }
int _flushall(void) { return fflush(NULL) == 0 ? 0 : EOF; }

/* Every file is what Microsoft calls binary, and a wide text is UTF-8 in it. */
int _setmode(int fd, int mode)
{
    (void)mode;
    struct stat st;
    return fstat(fd, &st) == 0 ? _O_BINARY : -1;
}

int _putenv(const char *entry)
{
    const char *equals = strchr(entry, '=');
    if (equals == NULL || equals == entry) {
        errno = EINVAL;
        return -1;
    }
    char *name = strndup(entry, (size_t)(equals - entry));
    if (name == NULL)
        return -1;
    int answer = equals[1] ? setenv(name, equals + 1, 1) : unsetenv(name);
    free(name);
    return answer;
}

int _wputenv(const WCHAR *entry)
{
    char *e = createprocess_new_narrow(entry);
    int answer = e ? _putenv(e) : -1;
    free(e);
    return answer;
}

int _wunlink(const WCHAR *name)
{
    char *n = createprocess_new_narrow(name);
    int answer = n ? unlink(n) : -1;
    free(n);
    return answer;
}

long long _strtoi64(const char *s, char **end, int base) { return strtoll(s, end, base); }
unsigned long long _strtoui64(const char *s, char **end, int base) { return strtoull(s, end, base); }
