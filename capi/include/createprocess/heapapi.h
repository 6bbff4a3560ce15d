/* heapapi.h: heaps. There is one, malloc's; a heap that is created is a name for it. */
#ifndef CREATEPROCESS_HEAPAPI_H
#define CREATEPROCESS_HEAPAPI_H

#include <minwinbase.h>

CREATEPROCESS_BEGIN
HANDLE WINAPI GetProcessHeap(void);
HANDLE WINAPI HeapCreate(DWORD flags, SIZE_T initial, SIZE_T maximum);
BOOL WINAPI HeapDestroy(HANDLE heap);
LPVOID WINAPI HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size);
LPVOID WINAPI HeapReAlloc(HANDLE heap, DWORD flags, LPVOID memory, SIZE_T size);
BOOL WINAPI HeapFree(HANDLE heap, DWORD flags, LPVOID memory);
SIZE_T WINAPI HeapSize(HANDLE heap, DWORD flags, LPCVOID memory);
CREATEPROCESS_END

#endif
