/* The printf functions, in all their endings. */
#include "internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* How the result is put into a buffer that may be too small. */
enum overflow {
    C99,       /* snprintf: cut off; the length it would have had */
    COUNTED,   /* _snprintf: cut off, perhaps without NUL; -1 */
    STANDARD,  /* swprintf: cut off; -1 */
    SECURE,    /* sprintf_s: an empty text; -1 */
};

#define PUT(NAME, UNIT, MAKE) \
    static int NAME(UNIT *to, size_t size, enum overflow how, const UNIT *format, va_list list) \
    { \
        size_t n; \
        UNIT *text = format ? MAKE(format, list, &n) : NULL; \
        if (text == NULL || (to == NULL && size != 0) || n > INT_MAX) { \
            free(text); \
            if (how == SECURE && to != NULL && size != 0) \
                to[0] = 0; \
            if (format == NULL) \
                errno = EINVAL; \
            return -1; \
        } \
        bool fits = n < size; \
        int answer = fits || how == C99 ? (int)n : -1; \
        if (fits) { \
            memcpy(to, text, (n + 1) * sizeof *to); \
        } else if (how == COUNTED) { \
            memcpy(to, text, (n < size ? n : size) * sizeof *to); \
            if (n == size) \
                answer = (int)n; \
        } else if (how == SECURE) { \
            if (size != 0) \
                to[0] = 0; \
            errno = ERANGE; \
        } else if (size != 0) { \
            memcpy(to, text, (size - 1) * sizeof *to); \
            to[size - 1] = 0; \
        } \
        free(text); \
        return answer; \
    }

PUT(put, char, createprocess_format)
PUT(put_wide, WCHAR, createprocess_format_wide)

static int print(FILE *file, const char *format, va_list list)
{
    size_t n;
    char *text = createprocess_format(format, list, &n);
    if (text == NULL)
        return -1;
    bool good = fwrite(text, 1, n, file) == n && n <= INT_MAX;
    free(text);
    return good ? (int)n : -1;
}

static bool write_units(FILE *file, const WCHAR *units, size_t n)
{
    char *bytes = malloc(3 * n + 1);
    if (bytes == NULL)
        return false;
    size_t length = createprocess_narrow(units, n, bytes, 3 * n, NULL);
    bool good = fwrite(bytes, 1, length, file) == length;
    free(bytes);
    return good;
}

static int print_wide(FILE *file, const WCHAR *format, va_list list)
{
    size_t n;
    WCHAR *text = createprocess_format_wide(format, list, &n);
    if (text == NULL)
        return -1;
    bool good = write_units(file, text, n) && n <= INT_MAX;
    free(text);
    return good ? (int)n : -1;
}

/* VARIADIC(declaration, last parameter, call): the body of a function with "...". */
#define VARIADIC(last, call) \
    { \
        va_list list; \
        va_start(list, last); \
        int answer = call; \
        va_end(list); \
        return answer; \
    }

int vprintf(const char *format, va_list list) { return print(stdout, format, list); }
int vfprintf(FILE *file, const char *format, va_list list) { return print(file, format, list); }
int vsprintf(char *to, const char *format, va_list list) { return put(to, INT_MAX, C99, format, list); }
int vsnprintf(char *to, size_t size, const char *format, va_list list) { return put(to, size, C99, format, list); }
int printf(const char *format, ...) VARIADIC(format, print(stdout, format, list))
int fprintf(FILE *file, const char *format, ...) VARIADIC(format, print(file, format, list))
int sprintf(char *to, const char *format, ...) VARIADIC(format, put(to, INT_MAX, C99, format, list))
int snprintf(char *to, size_t size, const char *format, ...) VARIADIC(format, put(to, size, C99, format, list))

int vwprintf(const WCHAR *format, va_list list) { return print_wide(stdout, format, list); }
int vfwprintf(FILE *file, const WCHAR *format, va_list list) { return print_wide(file, format, list); }
int vswprintf(WCHAR *to, size_t size, const WCHAR *format, va_list list) { return put_wide(to, size, STANDARD, format, list); }
int wprintf(const WCHAR *format, ...) VARIADIC(format, print_wide(stdout, format, list))
int fwprintf(FILE *file, const WCHAR *format, ...) VARIADIC(format, print_wide(file, format, list))
int swprintf(WCHAR *to, size_t size, const WCHAR *format, ...) VARIADIC(format, put_wide(to, size, STANDARD, format, list))

int _vsnprintf(char *to, size_t size, const char *format, va_list list) { return put(to, size, COUNTED, format, list); }
int vsprintf_s(char *to, size_t size, const char *format, va_list list) { return put(to, size, SECURE, format, list); }
int _vscprintf(const char *format, va_list list) { return put(NULL, 0, C99, format, list); }
int _snprintf(char *to, size_t size, const char *format, ...) VARIADIC(format, put(to, size, COUNTED, format, list))
int sprintf_s(char *to, size_t size, const char *format, ...) VARIADIC(format, put(to, size, SECURE, format, list))
int _scprintf(const char *format, ...) VARIADIC(format, put(NULL, 0, C99, format, list))
int printf_s(const char *format, ...) VARIADIC(format, print(stdout, format, list))
int fprintf_s(FILE *file, const char *format, ...) VARIADIC(format, print(file, format, list))

int _vsnwprintf(WCHAR *to, size_t size, const WCHAR *format, va_list list) { return put_wide(to, size, COUNTED, format, list); }
int vswprintf_s(WCHAR *to, size_t size, const WCHAR *format, va_list list) { return put_wide(to, size, SECURE, format, list); }
int _vscwprintf(const WCHAR *format, va_list list) { return put_wide(NULL, 0, C99, format, list); }
int _snwprintf(WCHAR *to, size_t size, const WCHAR *format, ...) VARIADIC(format, put_wide(to, size, COUNTED, format, list))
int swprintf_s(WCHAR *to, size_t size, const WCHAR *format, ...) VARIADIC(format, put_wide(to, size, SECURE, format, list))
int _swprintf(WCHAR *to, const WCHAR *format, ...) VARIADIC(format, put_wide(to, INT_MAX, STANDARD, format, list))
int _scwprintf(const WCHAR *format, ...) VARIADIC(format, put_wide(NULL, 0, C99, format, list))
int wprintf_s(const WCHAR *format, ...) VARIADIC(format, print_wide(stdout, format, list))
int fwprintf_s(FILE *file, const WCHAR *format, ...) VARIADIC(format, print_wide(file, format, list))

/* _snprintf_s: at most count units and a NUL; more than size has room for is an
 * empty text, or with _TRUNCATE is cut off. */
int _vsnprintf_s(char *to, size_t size, size_t count, const char *format, va_list list)
{
    if (count != _TRUNCATE && count >= size)
        return put(to, size, SECURE, format, list);
    return put(to, count == _TRUNCATE ? size : count + 1, STANDARD, format, list);
}

int _vsnwprintf_s(WCHAR *to, size_t size, size_t count, const WCHAR *format, va_list list)
{
    if (count != _TRUNCATE && count >= size)
        return put_wide(to, size, SECURE, format, list);
    return put_wide(to, count == _TRUNCATE ? size : count + 1, STANDARD, format, list);
}

int _snprintf_s(char *to, size_t size, size_t count, const char *format, ...) VARIADIC(format, _vsnprintf_s(to, size, count, format, list))
int _snwprintf_s(WCHAR *to, size_t size, size_t count, const WCHAR *format, ...) VARIADIC(format, _vsnwprintf_s(to, size, count, format, list))

/* wsprintf's buffer is said to have 1024 units. */
int WINAPI wvsprintfA(LPSTR to, LPCSTR format, va_list list)
{
    int n = put(to, 1025, C99, format, list);
    return n > 1024 ? 1024 : n;
}

int WINAPI wvsprintfW(LPWSTR to, LPCWSTR format, va_list list)
{
    size_t n;
    WCHAR *text = createprocess_format_wide(format, list, &n);
    if (text == NULL)
        return 0;
    if (n > 1024)
        n = 1024;
    memcpy(to, text, n * sizeof *to);
    to[n] = 0;
    free(text);
    return (int)n;
}

int WINAPIV wsprintfA(LPSTR to, LPCSTR format, ...) VARIADIC(format, wvsprintfA(to, format, list))
int WINAPIV wsprintfW(LPWSTR to, LPCWSTR format, ...) VARIADIC(format, wvsprintfW(to, format, list))

int fputws(const WCHAR *s, FILE *file) { return write_units(file, s, createprocess_units(s)) ? 0 : EOF; }

int _putws(const WCHAR *s)
{
    flockfile(stdout);
    bool good = write_units(stdout, s, createprocess_units(s)) && putc_unlocked('\n', stdout) != EOF;
    funlockfile(stdout);
    return good ? 0 : EOF;
}

wint_t fputwc(WCHAR c, FILE *file) { return write_units(file, &c, 1) ? c : WEOF; }
wint_t putwc(WCHAR c, FILE *file) { return fputwc(c, file); }
wint_t putwchar(WCHAR c) { return fputwc(c, stdout); }

/* One character of UTF-8. What has two units is read as U+FFFD: there is no
 * place to keep the second. Bytes that are none are U+FFFD, too. */
wint_t fgetwc(FILE *file)
{
    int c = getc(file);
    if (c == EOF)
        return WEOF;
    if (c < 0x80)
        return (wint_t)c;
    char b[4] = {(char)c};
    int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc2 ? 1 : 0, n = 1;
    while (more-- > 0 && (c = getc(file)) != EOF) {
        if ((c & 0xc0) != 0x80) {
            ungetc(c, file);
            break;
        }
        b[n++] = (char)c;
    }
    WCHAR units[4];
    return createprocess_widen(b, (size_t)n, units, 4, NULL) == 1 ? units[0] : 0xfffd;
}

wint_t getwc(FILE *file) { return fgetwc(file); }
wint_t getwchar(void) { return fgetwc(stdin); }

WCHAR *fgetws(WCHAR *s, int size, FILE *file)
{
    int n = 0;
    while (n < size - 1) {
        wint_t c = fgetwc(file);
        if (c == WEOF)
            break;
        s[n++] = (WCHAR)c;
        if (c == '\n')
            break;
    }
    if (n == 0)
        return NULL;
    s[n] = 0;
    return s;
}
