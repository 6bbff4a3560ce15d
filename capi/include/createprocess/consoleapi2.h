/* consoleapi2.h: what a console's screen is. */
#ifndef CREATEPROCESS_CONSOLEAPI2_H
#define CREATEPROCESS_CONSOLEAPI2_H

#include <wincontypes.h>
#include <minwinbase.h>

#define FOREGROUND_BLUE 0x0001
#define FOREGROUND_GREEN 0x0002
#define FOREGROUND_RED 0x0004
#define FOREGROUND_INTENSITY 0x0008
#define BACKGROUND_BLUE 0x0010
#define BACKGROUND_GREEN 0x0020
#define BACKGROUND_RED 0x0040
#define BACKGROUND_INTENSITY 0x0080

typedef struct _CONSOLE_SCREEN_BUFFER_INFO {
    COORD dwSize;
    COORD dwCursorPosition;
    WORD wAttributes;
    SMALL_RECT srWindow;
    COORD dwMaximumWindowSize;
} CONSOLE_SCREEN_BUFFER_INFO, *PCONSOLE_SCREEN_BUFFER_INFO;

CREATEPROCESS_BEGIN
BOOL WINAPI GetConsoleScreenBufferInfo(HANDLE console, PCONSOLE_SCREEN_BUFFER_INFO info);
BOOL WINAPI SetConsoleCP(UINT codePage);
BOOL WINAPI SetConsoleOutputCP(UINT codePage);
BOOL WINAPI SetConsoleTitleA(LPCSTR title);
BOOL WINAPI SetConsoleTitleW(LPCWSTR title);
BOOL WINAPI GenerateConsoleCtrlEvent(DWORD event, DWORD group);
CREATEPROCESS_END

#define SetConsoleTitle CREATEPROCESS_AW(SetConsoleTitle)

#endif
