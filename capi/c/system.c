/* The machine and the user. */
#include "internal.h"

#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

/* The size counts the NUL when it is too small, and else does not. */
static BOOL give_name(const char *text, char *name, LPDWORD size, DWORD too_small)
{
    size_t n = strlen(text);
    if (name == NULL || *size <= n) {
        *size = (DWORD)n + 1;
        SetLastError(too_small);
        return FALSE;
    }
    memcpy(name, text, n + 1);
    *size = (DWORD)n;
    return TRUE;
}

static BOOL give_wide_name(const char *text, WCHAR *name, LPDWORD size, DWORD too_small)
{
    size_t bytes = strlen(text), n = createprocess_widen(text, bytes, NULL, 0, NULL);
    if (name == NULL || *size <= n) {
        *size = (DWORD)n + 1;
        SetLastError(too_small);
        return FALSE;
    }
    createprocess_widen(text, bytes + 1, name, *size, NULL);
    *size = (DWORD)n;
    return TRUE;
}

/* The host's name up to its first dot, cut off where a NetBIOS name would be. */
static void computer(char *name)
{
    struct utsname u;
    uname(&u);
    size_t n = strcspn(u.nodename, ".");
    if (n > MAX_COMPUTERNAME_LENGTH)
        n = MAX_COMPUTERNAME_LENGTH;
    memcpy(name, u.nodename, n);
    name[n] = 0;
}

BOOL WINAPI GetComputerNameA(LPSTR name, LPDWORD size)
{
    char text[MAX_COMPUTERNAME_LENGTH + 1];
    computer(text);
    return give_name(text, name, size, ERROR_BUFFER_OVERFLOW);
}

BOOL WINAPI GetComputerNameW(LPWSTR name, LPDWORD size)
{
    char text[MAX_COMPUTERNAME_LENGTH + 1];
    computer(text);
    return give_wide_name(text, name, size, ERROR_BUFFER_OVERFLOW);
}

/* The name of the effective user; of one without a name, the number. */
static char *user(void)
{
    char buffer[4096], *name = NULL;
    struct passwd entry, *found;
    if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found)
        name = strdup(found->pw_name);
    else if (asprintf(&name, "%u", geteuid()) < 0)
        name = NULL;
    if (name == NULL)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return name;
}

BOOL WINAPI GetUserNameA(LPSTR name, LPDWORD size)
{
    char *text = user();
    BOOL answer = text && give_name(text, name, size, ERROR_INSUFFICIENT_BUFFER);
    if (answer)
        ++*size; /* this one counts the NUL in either case */
    free(text);
    return answer;
}

BOOL WINAPI GetUserNameW(LPWSTR name, LPDWORD size)
{
    char *text = user();
    BOOL answer = text && give_wide_name(text, name, size, ERROR_INSUFFICIENT_BUFFER);
    if (answer)
        ++*size;
    free(text);
    return answer;
}

void WINAPI GetSystemInfo(LPSYSTEM_INFO info)
{
    *info = (SYSTEM_INFO){
#if defined(__x86_64__)
        .wProcessorArchitecture = PROCESSOR_ARCHITECTURE_AMD64,
        .dwProcessorType = PROCESSOR_AMD_X8664,
#elif defined(__aarch64__)
        .wProcessorArchitecture = PROCESSOR_ARCHITECTURE_ARM64,
#elif defined(__i386__)
        .wProcessorArchitecture = PROCESSOR_ARCHITECTURE_INTEL,
        .dwProcessorType = PROCESSOR_INTEL_PENTIUM,
#else
        .wProcessorArchitecture = PROCESSOR_ARCHITECTURE_UNKNOWN,
#endif
        .dwPageSize = (DWORD)sysconf(_SC_PAGESIZE),
        .lpMinimumApplicationAddress = (LPVOID)(uintptr_t)0x10000,
#if __SIZEOF_POINTER__ == 8
        .lpMaximumApplicationAddress = (LPVOID)(uintptr_t)0x7ffffffeffff,
#else
        .lpMaximumApplicationAddress = (LPVOID)(uintptr_t)0xbfffffff,
#endif
        .dwNumberOfProcessors = (DWORD)sysconf(_SC_NPROCESSORS_ONLN),
        .dwAllocationGranularity = (DWORD)sysconf(_SC_PAGESIZE),
    };
    DWORD n = info->dwNumberOfProcessors;
    info->dwActiveProcessorMask = n >= 8 * sizeof(DWORD_PTR) ? ~(DWORD_PTR)0 : ((DWORD_PTR)1 << n) - 1;
}

void WINAPI GetNativeSystemInfo(LPSYSTEM_INFO info) { GetSystemInfo(info); }

BOOL WINAPI GlobalMemoryStatusEx(LPMEMORYSTATUSEX status)
{
    struct sysinfo s;
    if (status == NULL || status->dwLength != sizeof *status) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (sysinfo(&s) != 0)
        return createprocess_fail_errno();
    DWORDLONG available = (DWORDLONG)s.freeram * s.mem_unit;
    FILE *file = fopen("/proc/meminfo", "re");
    if (file) {
        char line[128];
        while (fgets(line, sizeof line, file))
            if (strncmp(line, "MemAvailable:", 13) == 0)
                available = strtoull(line + 13, NULL, 10) * 1024;
        fclose(file);
    }
    status->ullTotalPhys = (DWORDLONG)s.totalram * s.mem_unit;
    status->ullAvailPhys = available;
    status->dwMemoryLoad = (DWORD)(100 - available * 100 / status->ullTotalPhys);
    status->ullTotalPageFile = status->ullTotalPhys + (DWORDLONG)s.totalswap * s.mem_unit;
    status->ullAvailPageFile = available + (DWORDLONG)s.freeswap * s.mem_unit;
    status->ullTotalVirtual = status->ullAvailVirtual = (DWORDLONG)1 << 47;
    status->ullAvailExtendedVirtual = 0;
    return TRUE;
}

DWORD WINAPI GetCurrentProcessorNumber(void) { return (DWORD)sched_getcpu(); }
