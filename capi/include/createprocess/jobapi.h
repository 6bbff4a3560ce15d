/* jobapi.h: asks for a process's job. */
#ifndef CREATEPROCESS_JOBAPI_H
#define CREATEPROCESS_JOBAPI_H

#include <minwinbase.h>

CREATEPROCESS_BEGIN
BOOL WINAPI IsProcessInJob(HANDLE process, HANDLE job, PBOOL result);
CREATEPROCESS_END

#endif
