/* threadpoollegacyapiset.h: registered waits. */
#ifndef CREATEPROCESS_THREADPOOLLEGACYAPISET_H
#define CREATEPROCESS_THREADPOOLLEGACYAPISET_H

#include <minwinbase.h>

CREATEPROCESS_BEGIN
BOOL WINAPI UnregisterWait(HANDLE wait);
BOOL WINAPI UnregisterWaitEx(HANDLE wait, HANDLE completion);
CREATEPROCESS_END

#endif
