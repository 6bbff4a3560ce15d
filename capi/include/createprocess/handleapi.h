/* handleapi.h: what can be done with any handle. */
#ifndef CREATEPROCESS_HANDLEAPI_H
#define CREATEPROCESS_HANDLEAPI_H

#include <minwindef.h>
#include <winnt.h>

#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)
#define HANDLE_FLAG_INHERIT 0x00000001
#define HANDLE_FLAG_PROTECT_FROM_CLOSE 0x00000002

CREATEPROCESS_BEGIN
BOOL WINAPI CloseHandle(HANDLE object);
BOOL WINAPI DuplicateHandle(HANDLE sourceProcess, HANDLE source, HANDLE targetProcess, LPHANDLE target, DWORD access, BOOL inherit, DWORD options);
BOOL WINAPI CompareObjectHandles(HANDLE a, HANDLE b);
BOOL WINAPI GetHandleInformation(HANDLE object, LPDWORD flags);
BOOL WINAPI SetHandleInformation(HANDLE object, DWORD mask, DWORD flags);
CREATEPROCESS_END

#endif
