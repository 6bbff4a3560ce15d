/* psapi.h: the processes that there are, and the memory that one has. */
#ifndef CREATEPROCESS_PSAPI_H
#define CREATEPROCESS_PSAPI_H

#include <minwindef.h>

typedef struct _PROCESS_MEMORY_COUNTERS {
    DWORD cb;
    DWORD PageFaultCount;
    SIZE_T PeakWorkingSetSize;
    SIZE_T WorkingSetSize;
    SIZE_T QuotaPeakPagedPoolUsage;
    SIZE_T QuotaPagedPoolUsage;
    SIZE_T QuotaPeakNonPagedPoolUsage;
    SIZE_T QuotaNonPagedPoolUsage;
    SIZE_T PagefileUsage;
    SIZE_T PeakPagefileUsage;
} PROCESS_MEMORY_COUNTERS, *PPROCESS_MEMORY_COUNTERS;

CREATEPROCESS_BEGIN
BOOL WINAPI EnumProcesses(DWORD *ids, DWORD size, LPDWORD needed);
BOOL WINAPI GetProcessMemoryInfo(HANDLE process, PPROCESS_MEMORY_COUNTERS counters, DWORD size);
DWORD WINAPI GetModuleFileNameExA(HANDLE process, HMODULE module, LPSTR name, DWORD size);
DWORD WINAPI GetModuleFileNameExW(HANDLE process, HMODULE module, LPWSTR name, DWORD size);
DWORD WINAPI GetModuleBaseNameA(HANDLE process, HMODULE module, LPSTR name, DWORD size);
DWORD WINAPI GetModuleBaseNameW(HANDLE process, HMODULE module, LPWSTR name, DWORD size);
DWORD WINAPI GetProcessImageFileNameA(HANDLE process, LPSTR name, DWORD size);
DWORD WINAPI GetProcessImageFileNameW(HANDLE process, LPWSTR name, DWORD size);
CREATEPROCESS_END

#define GetModuleFileNameEx CREATEPROCESS_AW(GetModuleFileNameEx)
#define GetModuleBaseName CREATEPROCESS_AW(GetModuleBaseName)
#define GetProcessImageFileName CREATEPROCESS_AW(GetProcessImageFileName)

#endif
