/* The command line: this process's as one text, and a text as arguments. The rules
 * are those of the Go package cmdline. */
#include "internal.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char *line;
static WCHAR *wide_line;

static char *read_arguments(size_t *size)
{
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    char *text = NULL;
    size_t used = 0, capacity = 0;
    while (fd >= 0) {
        if (capacity - used < 4096) {
            capacity = capacity * 2 + 8192;
            char *more = realloc(text, capacity);
            if (more == NULL)
                break;
            text = more;
        }
        ssize_t n = read(fd, text + used, capacity - used - 1);
        if (n <= 0)
            break;
        used += (size_t)n;
    }
    if (fd >= 0)
        close(fd);
    if (text)
        text[used] = 0;
    *size = used;
    return text;
}

/* One argument behind the first: quoted if it is empty or has white space. */
static char *escape(char *to, const char *s)
{
    bool quoted = *s == 0 || strpbrk(s, " \t\n\v\r\f");
    size_t backslashes = 0;
    if (quoted)
        *to++ = '"';
    for (; *s; s++) {
        if (*s == '\\') {
            backslashes++;
        } else {
            if (*s == '"')
                for (size_t i = 0; i <= backslashes; i++)
                    *to++ = '\\';
            backslashes = 0;
        }
        *to++ = *s;
    }
    if (quoted) {
        for (; backslashes > 0; backslashes--)
            *to++ = '\\';
        *to++ = '"';
    }
    return to;
}

static void make_line(void)
{
    DWORD before = GetLastError();
    size_t size;
    char *arguments = read_arguments(&size);
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += arguments[i] == 0;
    if (arguments && (line = malloc(2 * size + 4 * count + 16)) != NULL) {
        const char *s = arguments;
        char *p = line;
        /* The program's name has rules of its own: nothing in it is escaped. */
        if (size > 0) {
            bool quoted = *s == 0 || strpbrk(s, " \t");
            if (quoted)
                *p++ = '"';
            p = stpcpy(p, s);
            if (quoted)
                *p++ = '"';
            s += strlen(s) + 1;
        }
        for (; s < arguments + size; s += strlen(s) + 1) {
            *p++ = ' ';
            p = escape(p, s);
        }
        *p = 0;
    }
    free(arguments);
    wide_line = line ? createprocess_new_wide(line) : NULL;
    SetLastError(before);
}

/* Never NULL: with no memory or no /proc the line is empty. */
LPSTR WINAPI GetCommandLineA(void)
{
    static char none[1];
    pthread_once(&once, make_line);
    return line ? line : none;
}

LPWSTR WINAPI GetCommandLineW(void)
{
    static WCHAR none[1];
    pthread_once(&once, make_line);
    return wide_line ? wide_line : none;
}

static bool is_space(WCHAR c) { return c == ' ' || c == '\t'; }

/* Splits the line. argv and text may be NULL, to count the arguments and the units. */
static int split(const WCHAR *s, WCHAR **argv, WCHAR *text, size_t *units)
{
    int argc = 0;
    size_t n = 0;
#define UNIT(c) (text ? (void)(text[n] = (c)) : (void)0, n++)
#define BEGIN() (argv ? (void)(argv[argc] = text + n) : (void)0, argc++)
    BEGIN();
    if (*s == '"') {
        for (s++; *s && *s != '"'; s++)
            UNIT(*s);
        if (*s)
            s++;
    } else {
        for (; *s && !is_space(*s); s++)
            UNIT(*s);
    }
    UNIT(0);
    while (true) {
        while (is_space(*s))
            s++;
        if (*s == 0)
            break;
        BEGIN();
        bool quoting = false;
        while (*s && (quoting || !is_space(*s))) {
            size_t backslashes = 0;
            for (; *s == '\\'; s++)
                backslashes++;
            if (*s != '"') {
                for (; backslashes > 0; backslashes--)
                    UNIT('\\');
                if (*s && (quoting || !is_space(*s))) {
                    UNIT(*s);
                    s++;
                }
                continue;
            }
            for (size_t i = 0; i < backslashes / 2; i++)
                UNIT('\\');
            if (backslashes % 2) {
                UNIT('"');
                s++;
            }
            size_t marks = quoting;
            for (; *s == '"'; s++)
                marks++;
            for (size_t i = 0; i < marks / 3; i++)
                UNIT('"');
            quoting = marks % 3 == 1;
        }
        UNIT(0);
    }
#undef UNIT
#undef BEGIN
    *units = n;
    return argc;
}

/* One block, for LocalFree. */
LPWSTR *WINAPI CommandLineToArgvW(LPCWSTR commandLine, int *count)
{
    if (commandLine == NULL || count == NULL) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    size_t units;
    if (*commandLine == 0) {
        /* The path of the program that calls. */
        WCHAR path[4096];
        DWORD n = GetModuleFileNameW(NULL, path, 4096);
        LPWSTR *argv = LocalAlloc(LMEM_FIXED, 2 * sizeof *argv + (n + 1) * sizeof(WCHAR));
        if (argv == NULL)
            return NULL;
        argv[0] = (WCHAR *)(argv + 2);
        argv[1] = NULL;
        memcpy(argv[0], path, n * sizeof(WCHAR));
        argv[0][n] = 0;
        *count = 1;
        return argv;
    }
    int argc = split(commandLine, NULL, NULL, &units);
    LPWSTR *argv = LocalAlloc(LMEM_FIXED, ((size_t)argc + 1) * sizeof *argv + units * sizeof(WCHAR));
    if (argv == NULL)
        return NULL;
    split(commandLine, argv, (WCHAR *)(argv + argc + 1), &units);
    argv[argc] = NULL;
    *count = argc;
    return argv;
}
