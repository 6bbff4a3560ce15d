/* ioapiset.h: completion ports. */
#ifndef CREATEPROCESS_IOAPISET_H
#define CREATEPROCESS_IOAPISET_H

#include <minwinbase.h>

CREATEPROCESS_BEGIN
HANDLE WINAPI CreateIoCompletionPort(HANDLE file, HANDLE port, ULONG_PTR key, DWORD threads);
BOOL WINAPI GetQueuedCompletionStatus(HANDLE port, LPDWORD bytes, PULONG_PTR key, LPOVERLAPPED *overlapped, DWORD ms);
BOOL WINAPI PostQueuedCompletionStatus(HANDLE port, DWORD bytes, ULONG_PTR key, LPOVERLAPPED overlapped);
CREATEPROCESS_END

#endif
