/* consoleapi3.h: the processes and the window of a console. */
#ifndef CREATEPROCESS_CONSOLEAPI3_H
#define CREATEPROCESS_CONSOLEAPI3_H

#include <wincontypes.h>
#include <minwinbase.h>

CREATEPROCESS_BEGIN
HWND WINAPI GetConsoleWindow(void);
DWORD WINAPI GetConsoleProcessList(LPDWORD list, DWORD count);
CREATEPROCESS_END

#endif
