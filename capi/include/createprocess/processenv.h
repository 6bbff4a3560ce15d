/* processenv.h: the calling process's command line, environment, directory and
 * standard files. */
#ifndef CREATEPROCESS_PROCESSENV_H
#define CREATEPROCESS_PROCESSENV_H

#include <minwinbase.h>

#define STD_INPUT_HANDLE ((DWORD)-10)
#define STD_OUTPUT_HANDLE ((DWORD)-11)
#define STD_ERROR_HANDLE ((DWORD)-12)

CREATEPROCESS_BEGIN
LPSTR WINAPI GetCommandLineA(void);
LPWSTR WINAPI GetCommandLineW(void);
LPCH WINAPI GetEnvironmentStringsA(void);
LPWCH WINAPI GetEnvironmentStringsW(void);
BOOL WINAPI FreeEnvironmentStringsA(LPCH strings);
BOOL WINAPI FreeEnvironmentStringsW(LPWCH strings);
DWORD WINAPI GetEnvironmentVariableA(LPCSTR name, LPSTR buffer, DWORD size);
DWORD WINAPI GetEnvironmentVariableW(LPCWSTR name, LPWSTR buffer, DWORD size);
BOOL WINAPI SetEnvironmentVariableA(LPCSTR name, LPCSTR value);
BOOL WINAPI SetEnvironmentVariableW(LPCWSTR name, LPCWSTR value);
DWORD WINAPI ExpandEnvironmentStringsA(LPCSTR source, LPSTR buffer, DWORD size);
DWORD WINAPI ExpandEnvironmentStringsW(LPCWSTR source, LPWSTR buffer, DWORD size);
DWORD WINAPI SearchPathA(LPCSTR path, LPCSTR name, LPCSTR extension, DWORD size, LPSTR buffer, LPSTR *file);
DWORD WINAPI SearchPathW(LPCWSTR path, LPCWSTR name, LPCWSTR extension, DWORD size, LPWSTR buffer, LPWSTR *file);
DWORD WINAPI GetCurrentDirectoryA(DWORD size, LPSTR buffer);
DWORD WINAPI GetCurrentDirectoryW(DWORD size, LPWSTR buffer);
BOOL WINAPI SetCurrentDirectoryA(LPCSTR name);
BOOL WINAPI SetCurrentDirectoryW(LPCWSTR name);
HANDLE WINAPI GetStdHandle(DWORD which);
BOOL WINAPI SetStdHandle(DWORD which, HANDLE handle);
BOOL WINAPI NeedCurrentDirectoryForExePathA(LPCSTR name);
BOOL WINAPI NeedCurrentDirectoryForExePathW(LPCWSTR name);
CREATEPROCESS_END

#define GetEnvironmentStrings CREATEPROCESS_AW(GetEnvironmentStrings)
#define GetCommandLine CREATEPROCESS_AW(GetCommandLine)
#define FreeEnvironmentStrings CREATEPROCESS_AW(FreeEnvironmentStrings)
#define GetEnvironmentVariable CREATEPROCESS_AW(GetEnvironmentVariable)
#define SetEnvironmentVariable CREATEPROCESS_AW(SetEnvironmentVariable)
#define ExpandEnvironmentStrings CREATEPROCESS_AW(ExpandEnvironmentStrings)
#define SearchPath CREATEPROCESS_AW(SearchPath)
#define GetCurrentDirectory CREATEPROCESS_AW(GetCurrentDirectory)
#define SetCurrentDirectory CREATEPROCESS_AW(SetCurrentDirectory)
#define NeedCurrentDirectoryForExePath CREATEPROCESS_AW(NeedCurrentDirectoryForExePath)

#endif
