/* profileapi.h: the fine clock. */
#ifndef CREATEPROCESS_PROFILEAPI_H
#define CREATEPROCESS_PROFILEAPI_H

#include <minwinbase.h>

CREATEPROCESS_BEGIN
BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER *count);
BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER *frequency);
CREATEPROCESS_END

#endif
