/* memoryapi.h: pages of the calling process's memory. */
#ifndef CREATEPROCESS_MEMORYAPI_H
#define CREATEPROCESS_MEMORYAPI_H

#include <minwinbase.h>

CREATEPROCESS_BEGIN
LPVOID WINAPI VirtualAlloc(LPVOID address, SIZE_T size, DWORD type, DWORD protection);
BOOL WINAPI VirtualFree(LPVOID address, SIZE_T size, DWORD type);
CREATEPROCESS_END

#endif
