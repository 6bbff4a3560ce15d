/* consoleapi.h: consoles: modes, control signals, pseudo consoles. */
#ifndef CREATEPROCESS_CONSOLEAPI_H
#define CREATEPROCESS_CONSOLEAPI_H

#include <wincontypes.h>
#include <minwinbase.h>

#define ENABLE_PROCESSED_INPUT 0x0001
#define ENABLE_LINE_INPUT 0x0002
#define ENABLE_ECHO_INPUT 0x0004
#define ENABLE_WINDOW_INPUT 0x0008
#define ENABLE_MOUSE_INPUT 0x0010
#define ENABLE_INSERT_MODE 0x0020
#define ENABLE_QUICK_EDIT_MODE 0x0040
#define ENABLE_EXTENDED_FLAGS 0x0080
#define ENABLE_VIRTUAL_TERMINAL_INPUT 0x0200
#define ENABLE_PROCESSED_OUTPUT 0x0001
#define ENABLE_WRAP_AT_EOL_OUTPUT 0x0002
#define ENABLE_VIRTUAL_TERMINAL_PROCESSING 0x0004
#define DISABLE_NEWLINE_AUTO_RETURN 0x0008
#define CTRL_C_EVENT 0
#define CTRL_BREAK_EVENT 1
#define CTRL_CLOSE_EVENT 2
#define CTRL_LOGOFF_EVENT 5
#define CTRL_SHUTDOWN_EVENT 6
#define PSEUDOCONSOLE_INHERIT_CURSOR 0x1
#define ATTACH_PARENT_PROCESS ((DWORD)-1)

typedef BOOL (WINAPI *PHANDLER_ROUTINE)(DWORD event);

CREATEPROCESS_BEGIN
BOOL WINAPI AllocConsole(void);
BOOL WINAPI AttachConsole(DWORD process);
BOOL WINAPI FreeConsole(void);
BOOL WINAPI GetConsoleMode(HANDLE console, LPDWORD mode);
BOOL WINAPI SetConsoleMode(HANDLE console, DWORD mode);
BOOL WINAPI ReadConsoleA(HANDLE console, LPVOID buffer, DWORD size, LPDWORD count, LPVOID control);
BOOL WINAPI ReadConsoleW(HANDLE console, LPVOID buffer, DWORD size, LPDWORD count, LPVOID control);
BOOL WINAPI WriteConsoleA(HANDLE console, const VOID *text, DWORD size, LPDWORD count, LPVOID reserved);
BOOL WINAPI WriteConsoleW(HANDLE console, const VOID *text, DWORD size, LPDWORD count, LPVOID reserved);
BOOL WINAPI SetConsoleCtrlHandler(PHANDLER_ROUTINE handler, BOOL add);
UINT WINAPI GetConsoleCP(void);
UINT WINAPI GetConsoleOutputCP(void);
HRESULT WINAPI CreatePseudoConsole(COORD size, HANDLE input, HANDLE output, DWORD flags, HPCON *console);
HRESULT WINAPI ResizePseudoConsole(HPCON console, COORD size);
void WINAPI ClosePseudoConsole(HPCON console);
CREATEPROCESS_END

#define ReadConsole CREATEPROCESS_AW(ReadConsole)
#define WriteConsole CREATEPROCESS_AW(WriteConsole)

#endif
