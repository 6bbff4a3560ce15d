/* io.h: Microsoft's low-level files: descriptors. */
#ifndef CREATEPROCESS_IO_H
#define CREATEPROCESS_IO_H

#include <stdint.h>
#include <unistd.h>
#include <createprocess_crt.h>

CREATEPROCESS_BEGIN
int _access(const char *name, int mode);
int _unlink(const char *name);
int _open(const char *name, int flags, ...);
int _wopen(const createprocess_unit *name, int flags, ...);
long _lseek(int fd, long offset, int from);
long long _lseeki64(int fd, long long offset, int from);
int _pipe(int *fds, unsigned size, int flags);
intptr_t _get_osfhandle(int fd);
int _open_osfhandle(intptr_t handle, int flags);
FILE *_fdopen(int fd, const char *mode);
int _close(int fd);
int _read(int fd, void *buffer, unsigned size);
int _write(int fd, const void *buffer, unsigned size);
int _dup(int fd);
int _dup2(int from, int to);
CREATEPROCESS_END

#endif
