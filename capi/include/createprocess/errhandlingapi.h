/* errhandlingapi.h: the calling thread's last error. */
#ifndef CREATEPROCESS_ERRHANDLINGAPI_H
#define CREATEPROCESS_ERRHANDLINGAPI_H

#include <minwindef.h>
#include <winnt.h>

#define SEM_FAILCRITICALERRORS 0x0001
#define SEM_NOGPFAULTERRORBOX 0x0002
#define SEM_NOALIGNMENTFAULTEXCEPT 0x0004
#define SEM_NOOPENFILEERRORBOX 0x8000

CREATEPROCESS_BEGIN
DWORD WINAPI GetLastError(void);
void WINAPI SetLastError(DWORD code);
UINT WINAPI GetErrorMode(void);
UINT WINAPI SetErrorMode(UINT mode);
CREATEPROCESS_END

#endif
