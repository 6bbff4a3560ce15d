/* io.h: Microsoft's low-level files: descriptors. */
#ifndef CREATEPROCESS_IO_H
#define CREATEPROCESS_IO_H

#include <unistd.h>
#include <createprocess_crt.h>

CREATEPROCESS_BEGIN
int _access(const char *name, int mode);
int _unlink(const char *name);
int _close(int fd);
int _read(int fd, void *buffer, unsigned size);
int _write(int fd, const void *buffer, unsigned size);
int _dup(int fd);
int _dup2(int from, int to);
CREATEPROCESS_END

#endif
