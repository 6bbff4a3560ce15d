/* io.h and direct.h: Microsoft's low-level files, which are descriptors. */
#include "internal.h"
#include <direct.h>
#include <io.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Microsoft's flags as the system's. A descriptor stays this program's own: what a
 * child gets is listed by handles. */
static int open_flags(int flags)
{
    static const struct {
        int theirs, ours;
    } bits[] = {{_O_APPEND, O_APPEND}, {_O_CREAT, O_CREAT}, {_O_TRUNC, O_TRUNC}, {_O_EXCL, O_EXCL}};
    const int known = _O_WRONLY | _O_RDWR | _O_NOINHERIT | _O_TEXT | _O_BINARY | _O_WTEXT | _O_U16TEXT | _O_U8TEXT;
    int answer = O_CLOEXEC | (flags & (_O_WRONLY | _O_RDWR)), rest = flags & ~known;
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        if (rest & bits[i].theirs) {
            answer |= bits[i].ours;
            rest &= ~bits[i].theirs;
        }
    if (rest == 0)
        return answer;
    errno = EINVAL;
    return -1;
}

/* A file that may be written on Windows may be by everybody whom the umask lets. */
static mode_t open_mode(int mode) { return mode & S_IWUSR ? 0666 : 0444; }

static int open_with(const char *name, int flags, int mode)
{
    int system = open_flags(flags);
    return system < 0 ? -1 : open(name, system, open_mode(mode));
}

#define WITH_MODE(mode) \
    int mode = S_IWUSR; \
    if (flags & _O_CREAT) { \
        va_list arguments; \
        va_start(arguments, flags); \
        mode = va_arg(arguments, int); \
        va_end(arguments); \
    }

int _open(const char *name, int flags, ...)
{
    WITH_MODE(mode)
    return open_with(name, flags, mode);
}

int _wopen(const WCHAR *name, int flags, ...)
{
    WITH_MODE(mode)
    char *n = createprocess_new_narrow(name);
    int answer = n ? open_with(n, flags, mode) : -1;
    free(n);
    return answer;
}

long _lseek(int fd, long offset, int from) { return lseek(fd, offset, from); }
long long _lseeki64(int fd, long long offset, int from) { return lseek(fd, offset, from); }

int _pipe(int *fds, unsigned size, int flags)
{
    (void)size;
    (void)flags;
    return pipe2(fds, O_CLOEXEC);
}

FILE *_fdopen(int fd, const char *mode)
{
    char m[4] = {0};
    size_t n = 0;
    for (; *mode && n < 3; mode++) /* without "t", which the C library does not know */
        if (*mode != 't')
            m[n++] = *mode;
    return fdopen(fd, m);
}

int _access(const char *name, int mode) { return access(name, mode & (R_OK | W_OK)); }
int _unlink(const char *name) { return unlink(name); }
int _close(int fd) { return close(fd); }
int _read(int fd, void *buffer, unsigned size) { return (int)read(fd, buffer, size > INT32_MAX ? INT32_MAX : size); }
int _write(int fd, const void *buffer, unsigned size) { return (int)write(fd, buffer, size > INT32_MAX ? INT32_MAX : size); }
int _dup(int fd) { return dup(fd); }
int _dup2(int from, int to) { return dup2(from, to) < 0 ? -1 : 0; }
char *_getcwd(char *to, int size) { return getcwd(to, to ? (size_t)size : 0); }
int _chdir(const char *name) { return chdir(name); }
int _mkdir(const char *name) { return mkdir(name, 0777); }
int _rmdir(const char *name) { return rmdir(name); }
