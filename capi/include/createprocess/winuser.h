/* winuser.h: the few of windows' things that programs without windows mention. */
#ifndef CREATEPROCESS_WINUSER_H
#define CREATEPROCESS_WINUSER_H

#include <stdarg.h>
#include <windef.h>

#define SW_HIDE 0
#define SW_SHOWNORMAL 1
#define SW_NORMAL 1
#define SW_SHOWMINIMIZED 2
#define SW_SHOWMAXIMIZED 3
#define SW_MAXIMIZE 3
#define SW_SHOWNOACTIVATE 4
#define SW_SHOW 5
#define SW_MINIMIZE 6
#define SW_SHOWMINNOACTIVE 7
#define SW_SHOWNA 8
#define SW_RESTORE 9
#define SW_SHOWDEFAULT 10
#define SW_FORCEMINIMIZE 11
#define MB_OK 0x00000000
#define MB_OKCANCEL 0x00000001
#define MB_ABORTRETRYIGNORE 0x00000002
#define MB_YESNOCANCEL 0x00000003
#define MB_YESNO 0x00000004
#define MB_RETRYCANCEL 0x00000005
#define MB_ICONHAND 0x00000010
#define MB_ICONQUESTION 0x00000020
#define MB_ICONEXCLAMATION 0x00000030
#define MB_ICONASTERISK 0x00000040
#define MB_ICONWARNING MB_ICONEXCLAMATION
#define MB_ICONERROR MB_ICONHAND
#define MB_ICONINFORMATION MB_ICONASTERISK
#define MB_ICONSTOP MB_ICONHAND
#define MB_SYSTEMMODAL 0x00001000
#define MB_TASKMODAL 0x00002000
#define MB_SETFOREGROUND 0x00010000
#define MB_TOPMOST 0x00040000
#define IDOK 1
#define IDCANCEL 2
#define IDABORT 3
#define IDRETRY 4
#define IDIGNORE 5
#define IDYES 6
#define IDNO 7

CREATEPROCESS_BEGIN
int WINAPIV wsprintfA(LPSTR to, LPCSTR format, ...);
int WINAPIV wsprintfW(LPWSTR to, LPCWSTR format, ...);
int WINAPI wvsprintfA(LPSTR to, LPCSTR format, va_list arguments);
int WINAPI wvsprintfW(LPWSTR to, LPCWSTR format, va_list arguments);
LPSTR WINAPI CharUpperA(LPSTR text);
LPWSTR WINAPI CharUpperW(LPWSTR text);
LPSTR WINAPI CharLowerA(LPSTR text);
LPWSTR WINAPI CharLowerW(LPWSTR text);
/* There are no windows: a text with MB_OK alone goes to standard error, and the
 * answer is IDOK; a question fails with ERROR_NOT_SUPPORTED (50). */
int WINAPI MessageBoxA(HWND owner, LPCSTR text, LPCSTR caption, UINT type);
int WINAPI MessageBoxW(HWND owner, LPCWSTR text, LPCWSTR caption, UINT type);
DWORD WINAPI WaitForInputIdle(HANDLE process, DWORD milliseconds);
CREATEPROCESS_END

#define wsprintf CREATEPROCESS_AW(wsprintf)
#define wvsprintf CREATEPROCESS_AW(wvsprintf)
#define CharUpper CREATEPROCESS_AW(CharUpper)
#define CharLower CREATEPROCESS_AW(CharLower)
#define MessageBox CREATEPROCESS_AW(MessageBox)

#endif
