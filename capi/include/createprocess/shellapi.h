/* shellapi.h: the shell's way to take a command line apart. */
#ifndef CREATEPROCESS_SHELLAPI_H
#define CREATEPROCESS_SHELLAPI_H

#include <windef.h>

CREATEPROCESS_BEGIN
LPWSTR *WINAPI CommandLineToArgvW(LPCWSTR commandLine, int *count);
CREATEPROCESS_END

#endif
