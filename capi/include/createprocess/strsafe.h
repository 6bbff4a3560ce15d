/* strsafe.h: copying and formatting that never overruns and always terminates. */
#ifndef CREATEPROCESS_STRSAFE_H
#define CREATEPROCESS_STRSAFE_H

#include <stdarg.h>
#include <windef.h>
#include <winerror.h>

#define STRSAFE_MAX_CCH 2147483647
#define STRSAFE_E_INSUFFICIENT_BUFFER ((HRESULT)0x8007007A)
#define STRSAFE_E_INVALID_PARAMETER ((HRESULT)0x80070057)
#define STRSAFE_E_END_OF_FILE ((HRESULT)0x80070026)

typedef LPSTR STRSAFE_LPSTR;
typedef LPCSTR STRSAFE_LPCSTR;
typedef LPWSTR STRSAFE_LPWSTR;
typedef LPCWSTR STRSAFE_LPCWSTR;

CREATEPROCESS_BEGIN
HRESULT WINAPI StringCchCopyA(CHAR *to, size_t size, const CHAR *from);
HRESULT WINAPI StringCchCatA(CHAR *to, size_t size, const CHAR *from);
HRESULT WINAPI StringCchCopyNA(CHAR *to, size_t size, const CHAR *from, size_t count);
HRESULT WINAPI StringCchCatNA(CHAR *to, size_t size, const CHAR *from, size_t count);
HRESULT WINAPI StringCchPrintfA(CHAR *to, size_t size, const CHAR *format, ...);
HRESULT WINAPI StringCchVPrintfA(CHAR *to, size_t size, const CHAR *format, va_list arguments);
HRESULT WINAPI StringCchLengthA(const CHAR *text, size_t maximum, size_t *length);
HRESULT WINAPI StringCchCopyW(WCHAR *to, size_t size, const WCHAR *from);
HRESULT WINAPI StringCchCatW(WCHAR *to, size_t size, const WCHAR *from);
HRESULT WINAPI StringCchCopyNW(WCHAR *to, size_t size, const WCHAR *from, size_t count);
HRESULT WINAPI StringCchCatNW(WCHAR *to, size_t size, const WCHAR *from, size_t count);
HRESULT WINAPI StringCchPrintfW(WCHAR *to, size_t size, const WCHAR *format, ...);
HRESULT WINAPI StringCchVPrintfW(WCHAR *to, size_t size, const WCHAR *format, va_list arguments);
HRESULT WINAPI StringCchLengthW(const WCHAR *text, size_t maximum, size_t *length);
HRESULT WINAPI StringCbCopyA(CHAR *to, size_t size, const CHAR *from);
HRESULT WINAPI StringCbCatA(CHAR *to, size_t size, const CHAR *from);
HRESULT WINAPI StringCbCopyNA(CHAR *to, size_t size, const CHAR *from, size_t count);
HRESULT WINAPI StringCbCatNA(CHAR *to, size_t size, const CHAR *from, size_t count);
HRESULT WINAPI StringCbPrintfA(CHAR *to, size_t size, const CHAR *format, ...);
HRESULT WINAPI StringCbVPrintfA(CHAR *to, size_t size, const CHAR *format, va_list arguments);
HRESULT WINAPI StringCbLengthA(const CHAR *text, size_t maximum, size_t *length);
HRESULT WINAPI StringCbCopyW(WCHAR *to, size_t size, const WCHAR *from);
HRESULT WINAPI StringCbCatW(WCHAR *to, size_t size, const WCHAR *from);
HRESULT WINAPI StringCbCopyNW(WCHAR *to, size_t size, const WCHAR *from, size_t count);
HRESULT WINAPI StringCbCatNW(WCHAR *to, size_t size, const WCHAR *from, size_t count);
HRESULT WINAPI StringCbPrintfW(WCHAR *to, size_t size, const WCHAR *format, ...);
HRESULT WINAPI StringCbVPrintfW(WCHAR *to, size_t size, const WCHAR *format, va_list arguments);
HRESULT WINAPI StringCbLengthW(const WCHAR *text, size_t maximum, size_t *length);
CREATEPROCESS_END

#define StringCchCopy CREATEPROCESS_AW(StringCchCopy)
#define StringCchCat CREATEPROCESS_AW(StringCchCat)
#define StringCchCopyN CREATEPROCESS_AW(StringCchCopyN)
#define StringCchCatN CREATEPROCESS_AW(StringCchCatN)
#define StringCchPrintf CREATEPROCESS_AW(StringCchPrintf)
#define StringCchVPrintf CREATEPROCESS_AW(StringCchVPrintf)
#define StringCchLength CREATEPROCESS_AW(StringCchLength)
#define StringCbCopy CREATEPROCESS_AW(StringCbCopy)
#define StringCbCat CREATEPROCESS_AW(StringCbCat)
#define StringCbCopyN CREATEPROCESS_AW(StringCbCopyN)
#define StringCbCatN CREATEPROCESS_AW(StringCbCatN)
#define StringCbPrintf CREATEPROCESS_AW(StringCbPrintf)
#define StringCbVPrintf CREATEPROCESS_AW(StringCbVPrintf)
#define StringCbLength CREATEPROCESS_AW(StringCbLength)

#endif
