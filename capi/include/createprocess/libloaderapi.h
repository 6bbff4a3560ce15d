/* libloaderapi.h: the modules of the calling process: the program and its shared libraries. */
#ifndef CREATEPROCESS_LIBLOADERAPI_H
#define CREATEPROCESS_LIBLOADERAPI_H

#include <minwinbase.h>

CREATEPROCESS_BEGIN
DWORD WINAPI GetModuleFileNameA(HMODULE module, LPSTR name, DWORD size);
DWORD WINAPI GetModuleFileNameW(HMODULE module, LPWSTR name, DWORD size);
HMODULE WINAPI GetModuleHandleA(LPCSTR name);
HMODULE WINAPI GetModuleHandleW(LPCWSTR name);
HMODULE WINAPI LoadLibraryA(LPCSTR name);
HMODULE WINAPI LoadLibraryW(LPCWSTR name);
BOOL WINAPI FreeLibrary(HMODULE module);
FARPROC WINAPI GetProcAddress(HMODULE module, LPCSTR name);
CREATEPROCESS_END

#define GetModuleFileName CREATEPROCESS_AW(GetModuleFileName)
#define GetModuleHandle CREATEPROCESS_AW(GetModuleHandle)
#define LoadLibrary CREATEPROCESS_AW(LoadLibrary)

#endif
