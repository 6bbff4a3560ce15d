/* tchar.h: one source for narrow texts and, with _UNICODE, for wide ones. */
#ifndef CREATEPROCESS_TCHAR_H
#define CREATEPROCESS_TCHAR_H

#include <minwindef.h>
#include <createprocess_crt.h>
#include <ctype.h>
#include <wctype.h>

typedef TCHAR _TCHAR, _TSCHAR, _TUCHAR, _TXCHAR;
#ifdef _UNICODE
typedef wint_t _TINT;
#define _TEOF WEOF
#define _istspace iswspace
#define _istdigit iswdigit
#define _istalpha iswalpha
#define _istalnum iswalnum
#define _istupper iswupper
#define _istlower iswlower
#define _istprint iswprint
#define _totupper towupper
#define _totlower towlower
#define _tWinMain wWinMain
#define _tcslen createprocess_wcslen
#define _tcsnlen createprocess_wcsnlen
#define _tcscpy createprocess_wcscpy
#define _tcsncpy createprocess_wcsncpy
#define _tcscat createprocess_wcscat
#define _tcsncat createprocess_wcsncat
#define _tcscmp createprocess_wcscmp
#define _tcsncmp createprocess_wcsncmp
#define _tcsicmp _wcsicmp
#define _tcsnicmp _wcsnicmp
#define _tcscoll createprocess_wcscoll
#if defined(__cplusplus) && __SIZEOF_WCHAR_T__ == 2
#define _tcschr wcschr
#define _tcsrchr wcsrchr
#define _tcsstr wcsstr
#define _tcspbrk wcspbrk
#else
#define _tcschr createprocess_wcschr
#define _tcsrchr createprocess_wcsrchr
#define _tcsstr createprocess_wcsstr
#define _tcspbrk createprocess_wcspbrk
#endif
#define _tcsspn createprocess_wcsspn
#define _tcscspn createprocess_wcscspn
#define _tcsdup _wcsdup
#define _tcslwr _wcslwr
#define _tcsupr _wcsupr
#define _tcsrev _wcsrev
#define _tcstok_s wcstok_s
#define _tcscpy_s wcscpy_s
#define _tcscat_s wcscat_s
#define _tcsncpy_s wcsncpy_s
#define _tcsncat_s wcsncat_s
#define _tcsnlen_s wcsnlen_s
#define _tcstol createprocess_wcstol
#define _tcstoul createprocess_wcstoul
#define _tcstoll createprocess_wcstoll
#define _tcstoull createprocess_wcstoull
#define _tcstoui64 createprocess_wcstoull
#define _tcstoi64 createprocess_wcstoll
#define _tcstod createprocess_wcstod
#define _ttoi _wtoi
#define _tstoi _wtoi
#define _ttol _wtol
#define _tstol _wtol
#define _ttoi64 _wtoi64
#define _ttof _wtof
#define _tstof _wtof
#define _itot _itow
#define _ltot _ltow
#define _itot_s _itow_s
#define _tprintf createprocess_wprintf
#define _ftprintf createprocess_fwprintf
#define _vtprintf createprocess_vwprintf
#define _vftprintf createprocess_vfwprintf
#define _tprintf_s wprintf_s
#define _ftprintf_s fwprintf_s
#define _stprintf _swprintf
#define _sntprintf _snwprintf
#define _vsntprintf _vsnwprintf
#define _stprintf_s swprintf_s
#define _vstprintf_s vswprintf_s
#define _sntprintf_s _snwprintf_s
#define _vsntprintf_s _vsnwprintf_s
#define _sctprintf _scwprintf
#define _vsctprintf _vscwprintf
#define _putts _putws
#define _fputts createprocess_fputws
#define _fputtc createprocess_fputwc
#define _puttc createprocess_putwc
#define _puttchar createprocess_putwchar
#define _fgetts createprocess_fgetws
#define _fgettc createprocess_fgetwc
#define _gettc createprocess_getwc
#define _gettchar createprocess_getwchar
#define _tfopen _wfopen
#define _tfopen_s _wfopen_s
#define _tsystem _wsystem
#define _tgetenv _wgetenv
#define _tputenv _wputenv
#define _tsplitpath _wsplitpath
#define _tsplitpath_s _wsplitpath_s
#define _tmakepath _wmakepath
#define _tmakepath_s _wmakepath_s
#define _topen _wopen
#define _tunlink _wunlink
#define _tremove _wremove
#else
typedef int _TINT;
#define _TEOF EOF
#define _istspace(c) isspace((unsigned char)(c))
#define _istdigit(c) isdigit((unsigned char)(c))
#define _istalpha(c) isalpha((unsigned char)(c))
#define _istalnum(c) isalnum((unsigned char)(c))
#define _istupper(c) isupper((unsigned char)(c))
#define _istlower(c) islower((unsigned char)(c))
#define _istprint(c) isprint((unsigned char)(c))
#define _totupper(c) toupper((unsigned char)(c))
#define _totlower(c) tolower((unsigned char)(c))
#define _tWinMain WinMain
#define _tcslen strlen
#define _tcsnlen strnlen
#define _tcscpy strcpy
#define _tcsncpy strncpy
#define _tcscat strcat
#define _tcsncat strncat
#define _tcscmp strcmp
#define _tcsncmp strncmp
#define _tcsicmp _stricmp
#define _tcsnicmp _strnicmp
#define _tcscoll strcoll
#define _tcschr strchr
#define _tcsrchr strrchr
#define _tcsstr strstr
#define _tcspbrk strpbrk
#define _tcsspn strspn
#define _tcscspn strcspn
#define _tcsdup _strdup
#define _tcslwr _strlwr
#define _tcsupr _strupr
#define _tcsrev _strrev
#define _tcstok_s strtok_s
#define _tcscpy_s strcpy_s
#define _tcscat_s strcat_s
#define _tcsncpy_s strncpy_s
#define _tcsncat_s strncat_s
#define _tcsnlen_s strnlen_s
#define _tcstol strtol
#define _tcstoul strtoul
#define _tcstoll strtoll
#define _tcstoull strtoull
#define _tcstoui64 strtoull
#define _tcstoi64 strtoll
#define _tcstod strtod
#define _ttoi atoi
#define _tstoi atoi
#define _ttol atol
#define _tstol atol
#define _ttoi64 _atoi64
#define _ttof atof
#define _tstof atof
#define _itot _itoa
#define _ltot _ltoa
#define _itot_s _itoa_s
#define _tprintf printf
#define _ftprintf fprintf
#define _vtprintf vprintf
#define _vftprintf vfprintf
#define _tprintf_s printf_s
#define _ftprintf_s fprintf_s
#define _stprintf sprintf
#define _sntprintf _snprintf
#define _vsntprintf _vsnprintf
#define _stprintf_s sprintf_s
#define _vstprintf_s vsprintf_s
#define _sntprintf_s _snprintf_s
#define _vsntprintf_s _vsnprintf_s
#define _sctprintf _scprintf
#define _vsctprintf _vscprintf
#define _putts puts
#define _fputts fputs
#define _fputtc fputc
#define _puttc putc
#define _puttchar putchar
#define _fgetts fgets
#define _fgettc fgetc
#define _gettc getc
#define _gettchar getchar
#define _tfopen fopen
#define _tfopen_s fopen_s
#define _tsystem system
#define _tgetenv getenv
#define _tputenv _putenv
#define _tsplitpath _splitpath
#define _tsplitpath_s _splitpath_s
#define _tmakepath _makepath
#define _tmakepath_s _makepath_s
#define _topen _open
#define _tunlink _unlink
#define _tremove remove
#endif
#include <tmain.h>
#define _T(quote) __TEXT(quote)
#define _TEXT(quote) __TEXT(quote)

#endif
