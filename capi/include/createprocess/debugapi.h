/* debugapi.h: what a program says to its debugger. */
#ifndef CREATEPROCESS_DEBUGAPI_H
#define CREATEPROCESS_DEBUGAPI_H

#include <minwinbase.h>

CREATEPROCESS_BEGIN
void WINAPI OutputDebugStringA(LPCSTR text);
void WINAPI OutputDebugStringW(LPCWSTR text);
BOOL WINAPI IsDebuggerPresent(void);
void WINAPI DebugBreak(void);
CREATEPROCESS_END

#define OutputDebugString CREATEPROCESS_AW(OutputDebugString)

#endif
