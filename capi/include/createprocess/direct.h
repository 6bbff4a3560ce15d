/* direct.h: Microsoft's functions for directories. */
#ifndef CREATEPROCESS_DIRECT_H
#define CREATEPROCESS_DIRECT_H

#include <createprocess_crt.h>

CREATEPROCESS_BEGIN
char *_getcwd(char *to, int size);
int _chdir(const char *name);
int _mkdir(const char *name);
int _rmdir(const char *name);
CREATEPROCESS_END

#endif
