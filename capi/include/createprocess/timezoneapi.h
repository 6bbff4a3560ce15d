/* timezoneapi.h: times and dates. */
#ifndef CREATEPROCESS_TIMEZONEAPI_H
#define CREATEPROCESS_TIMEZONEAPI_H

#include <minwinbase.h>

CREATEPROCESS_BEGIN
BOOL WINAPI FileTimeToSystemTime(const FILETIME *file, LPSYSTEMTIME system);
BOOL WINAPI SystemTimeToFileTime(const SYSTEMTIME *system, LPFILETIME file);
CREATEPROCESS_END

#endif
