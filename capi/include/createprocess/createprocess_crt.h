/* createprocess_crt.h: what Microsoft's C library has and glibc has not, and the
 * wide functions for 16-bit units. stdio.h, stdlib.h, string.h, wchar.h, tchar.h
 * and windows.h include it.
 *
 * In these printf functions, as in Microsoft's, %s of a wide function is a wide
 * text and %S the other kind; %I64d and %Iu are known; and %ld and %lu take a
 * LONG and a DWORD (see docs/c.md). */
#ifndef CREATEPROCESS_CRT_H
#define CREATEPROCESS_CRT_H

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <basetsd.h>

#if __SIZEOF_WCHAR_T__ == 2
typedef wchar_t createprocess_unit;
#elif defined(__cplusplus)
typedef char16_t createprocess_unit;
#else
typedef __CHAR16_TYPE__ createprocess_unit;
#endif
typedef int errno_t;
typedef size_t rsize_t;
#define _TRUNCATE ((size_t)-1)
#define STRUNCATE 80
#define _MAX_PATH 260
#define _MAX_DRIVE 3
#define _MAX_DIR 256
#define _MAX_FNAME 256
#define _MAX_EXT 256

CREATEPROCESS_BEGIN
/* Ours, under names that are there whatever wchar_t is. */
size_t createprocess_wcslen(const createprocess_unit *s);
size_t createprocess_wcsnlen(const createprocess_unit *s, size_t n);
createprocess_unit *createprocess_wcscpy(createprocess_unit *to, const createprocess_unit *from);
createprocess_unit *createprocess_wcsncpy(createprocess_unit *to, const createprocess_unit *from, size_t n);
createprocess_unit *createprocess_wcscat(createprocess_unit *to, const createprocess_unit *from);
createprocess_unit *createprocess_wcsncat(createprocess_unit *to, const createprocess_unit *from, size_t n);
int createprocess_wcscmp(const createprocess_unit *a, const createprocess_unit *b);
int createprocess_wcsncmp(const createprocess_unit *a, const createprocess_unit *b, size_t n);
int createprocess_wcscoll(const createprocess_unit *a, const createprocess_unit *b);
createprocess_unit *createprocess_wcschr(const createprocess_unit *s, createprocess_unit c);
createprocess_unit *createprocess_wcsrchr(const createprocess_unit *s, createprocess_unit c);
createprocess_unit *createprocess_wcsstr(const createprocess_unit *s, const createprocess_unit *part);
createprocess_unit *createprocess_wcspbrk(const createprocess_unit *s, const createprocess_unit *set);
size_t createprocess_wcsspn(const createprocess_unit *s, const createprocess_unit *set);
size_t createprocess_wcscspn(const createprocess_unit *s, const createprocess_unit *set);
createprocess_unit *createprocess_wcstok(createprocess_unit *s, const createprocess_unit *set, createprocess_unit **state);
createprocess_unit *createprocess_wcsdup(const createprocess_unit *s);
int createprocess_wcscasecmp(const createprocess_unit *a, const createprocess_unit *b);
int createprocess_wcsncasecmp(const createprocess_unit *a, const createprocess_unit *b, size_t n);
createprocess_unit *createprocess_wmemchr(const createprocess_unit *s, createprocess_unit c, size_t n);
int createprocess_wmemcmp(const createprocess_unit *a, const createprocess_unit *b, size_t n);
createprocess_unit *createprocess_wmemcpy(createprocess_unit *to, const createprocess_unit *from, size_t n);
createprocess_unit *createprocess_wmemmove(createprocess_unit *to, const createprocess_unit *from, size_t n);
createprocess_unit *createprocess_wmemset(createprocess_unit *to, createprocess_unit c, size_t n);
long createprocess_wcstol(const createprocess_unit *s, createprocess_unit **end, int base);
unsigned long createprocess_wcstoul(const createprocess_unit *s, createprocess_unit **end, int base);
long long createprocess_wcstoll(const createprocess_unit *s, createprocess_unit **end, int base);
unsigned long long createprocess_wcstoull(const createprocess_unit *s, createprocess_unit **end, int base);
double createprocess_wcstod(const createprocess_unit *s, createprocess_unit **end);
int createprocess_wprintf(const createprocess_unit *format, ...);
int createprocess_fwprintf(FILE *file, const createprocess_unit *format, ...);
int createprocess_swprintf(createprocess_unit *to, size_t size, const createprocess_unit *format, ...);
int createprocess_vwprintf(const createprocess_unit *format, va_list arguments);
int createprocess_vfwprintf(FILE *file, const createprocess_unit *format, va_list arguments);
int createprocess_vswprintf(createprocess_unit *to, size_t size, const createprocess_unit *format, va_list arguments);
int createprocess_fputws(const createprocess_unit *s, FILE *file);
wint_t createprocess_fputwc(createprocess_unit c, FILE *file);
wint_t createprocess_putwc(createprocess_unit c, FILE *file);
wint_t createprocess_putwchar(createprocess_unit c);
createprocess_unit *createprocess_fgetws(createprocess_unit *s, int size, FILE *file);
wint_t createprocess_fgetwc(FILE *file);
wint_t createprocess_getwc(FILE *file);
wint_t createprocess_getwchar(void);
size_t createprocess_mbstowcs(createprocess_unit *to, const char *from, size_t n);
size_t createprocess_wcstombs(char *to, const createprocess_unit *from, size_t n);

#if __SIZEOF_WCHAR_T__ == 2
size_t wcslen(const createprocess_unit *s) __asm__("createprocess_wcslen");
size_t wcsnlen(const createprocess_unit *s, size_t n) __asm__("createprocess_wcsnlen");
createprocess_unit *wcscpy(createprocess_unit *to, const createprocess_unit *from) __asm__("createprocess_wcscpy");
createprocess_unit *wcsncpy(createprocess_unit *to, const createprocess_unit *from, size_t n) __asm__("createprocess_wcsncpy");
createprocess_unit *wcscat(createprocess_unit *to, const createprocess_unit *from) __asm__("createprocess_wcscat");
createprocess_unit *wcsncat(createprocess_unit *to, const createprocess_unit *from, size_t n) __asm__("createprocess_wcsncat");
int wcscmp(const createprocess_unit *a, const createprocess_unit *b) __asm__("createprocess_wcscmp");
int wcsncmp(const createprocess_unit *a, const createprocess_unit *b, size_t n) __asm__("createprocess_wcsncmp");
int wcscoll(const createprocess_unit *a, const createprocess_unit *b) __asm__("createprocess_wcscoll");
size_t wcsspn(const createprocess_unit *s, const createprocess_unit *set) __asm__("createprocess_wcsspn");
size_t wcscspn(const createprocess_unit *s, const createprocess_unit *set) __asm__("createprocess_wcscspn");
createprocess_unit *wcstok(createprocess_unit *s, const createprocess_unit *set, createprocess_unit **state) __asm__("createprocess_wcstok");
createprocess_unit *wcsdup(const createprocess_unit *s) __asm__("createprocess_wcsdup");
int wcscasecmp(const createprocess_unit *a, const createprocess_unit *b) __asm__("createprocess_wcscasecmp");
int wcsncasecmp(const createprocess_unit *a, const createprocess_unit *b, size_t n) __asm__("createprocess_wcsncasecmp");
int wmemcmp(const createprocess_unit *a, const createprocess_unit *b, size_t n) __asm__("createprocess_wmemcmp");
createprocess_unit *wmemcpy(createprocess_unit *to, const createprocess_unit *from, size_t n) __asm__("createprocess_wmemcpy");
createprocess_unit *wmemmove(createprocess_unit *to, const createprocess_unit *from, size_t n) __asm__("createprocess_wmemmove");
createprocess_unit *wmemset(createprocess_unit *to, createprocess_unit c, size_t n) __asm__("createprocess_wmemset");
long wcstol(const createprocess_unit *s, createprocess_unit **end, int base) __asm__("createprocess_wcstol");
unsigned long wcstoul(const createprocess_unit *s, createprocess_unit **end, int base) __asm__("createprocess_wcstoul");
long long wcstoll(const createprocess_unit *s, createprocess_unit **end, int base) __asm__("createprocess_wcstoll");
unsigned long long wcstoull(const createprocess_unit *s, createprocess_unit **end, int base) __asm__("createprocess_wcstoull");
double wcstod(const createprocess_unit *s, createprocess_unit **end) __asm__("createprocess_wcstod");
int wprintf(const createprocess_unit *format, ...) __asm__("createprocess_wprintf");
int fwprintf(FILE *file, const createprocess_unit *format, ...) __asm__("createprocess_fwprintf");
int swprintf(createprocess_unit *to, size_t size, const createprocess_unit *format, ...) __asm__("createprocess_swprintf");
int vwprintf(const createprocess_unit *format, va_list arguments) __asm__("createprocess_vwprintf");
int vfwprintf(FILE *file, const createprocess_unit *format, va_list arguments) __asm__("createprocess_vfwprintf");
int vswprintf(createprocess_unit *to, size_t size, const createprocess_unit *format, va_list arguments) __asm__("createprocess_vswprintf");
int fputws(const createprocess_unit *s, FILE *file) __asm__("createprocess_fputws");
wint_t fputwc(createprocess_unit c, FILE *file) __asm__("createprocess_fputwc");
wint_t putwc(createprocess_unit c, FILE *file) __asm__("createprocess_putwc");
wint_t putwchar(createprocess_unit c) __asm__("createprocess_putwchar");
createprocess_unit *fgetws(createprocess_unit *s, int size, FILE *file) __asm__("createprocess_fgetws");
wint_t fgetwc(FILE *file) __asm__("createprocess_fgetwc");
wint_t getwc(FILE *file) __asm__("createprocess_getwc");
wint_t getwchar(void) __asm__("createprocess_getwchar");
size_t mbstowcs(createprocess_unit *to, const char *from, size_t n) __asm__("createprocess_mbstowcs");
size_t wcstombs(char *to, const createprocess_unit *from, size_t n) __asm__("createprocess_wcstombs");
int printf(const char *format, ...) __asm__("createprocess_printf");
int fprintf(FILE *file, const char *format, ...) __asm__("createprocess_fprintf");
int sprintf(char *to, const char *format, ...) __asm__("createprocess_sprintf");
int snprintf(char *to, size_t size, const char *format, ...) __asm__("createprocess_snprintf");
int vprintf(const char *format, va_list arguments) __asm__("createprocess_vprintf");
int vfprintf(FILE *file, const char *format, va_list arguments) __asm__("createprocess_vfprintf");
int vsprintf(char *to, const char *format, va_list arguments) __asm__("createprocess_vsprintf");
int vsnprintf(char *to, size_t size, const char *format, va_list arguments) __asm__("createprocess_vsnprintf");
#ifdef __cplusplus
}
extern "C++" {
const createprocess_unit *wcschr(const createprocess_unit *s, createprocess_unit c) __asm__("createprocess_wcschr");
createprocess_unit *wcschr(createprocess_unit *s, createprocess_unit c) __asm__("createprocess_wcschr");
const createprocess_unit *wcsrchr(const createprocess_unit *s, createprocess_unit c) __asm__("createprocess_wcsrchr");
createprocess_unit *wcsrchr(createprocess_unit *s, createprocess_unit c) __asm__("createprocess_wcsrchr");
const createprocess_unit *wcsstr(const createprocess_unit *s, const createprocess_unit *part) __asm__("createprocess_wcsstr");
createprocess_unit *wcsstr(createprocess_unit *s, const createprocess_unit *part) __asm__("createprocess_wcsstr");
const createprocess_unit *wcspbrk(const createprocess_unit *s, const createprocess_unit *set) __asm__("createprocess_wcspbrk");
createprocess_unit *wcspbrk(createprocess_unit *s, const createprocess_unit *set) __asm__("createprocess_wcspbrk");
const createprocess_unit *wmemchr(const createprocess_unit *s, createprocess_unit c, size_t n) __asm__("createprocess_wmemchr");
createprocess_unit *wmemchr(createprocess_unit *s, createprocess_unit c, size_t n) __asm__("createprocess_wmemchr");
}
extern "C" {
#else
createprocess_unit *wcschr(const createprocess_unit *s, createprocess_unit c) __asm__("createprocess_wcschr");
createprocess_unit *wcsrchr(const createprocess_unit *s, createprocess_unit c) __asm__("createprocess_wcsrchr");
createprocess_unit *wcsstr(const createprocess_unit *s, const createprocess_unit *part) __asm__("createprocess_wcsstr");
createprocess_unit *wcspbrk(const createprocess_unit *s, const createprocess_unit *set) __asm__("createprocess_wcspbrk");
createprocess_unit *wmemchr(const createprocess_unit *s, createprocess_unit c, size_t n) __asm__("createprocess_wmemchr");
#endif
#endif

int _snwprintf(createprocess_unit *to, size_t size, const createprocess_unit *format, ...);
int _vsnwprintf(createprocess_unit *to, size_t size, const createprocess_unit *format, va_list arguments);
int swprintf_s(createprocess_unit *to, size_t size, const createprocess_unit *format, ...);
int vswprintf_s(createprocess_unit *to, size_t size, const createprocess_unit *format, va_list arguments);
int _snwprintf_s(createprocess_unit *to, size_t size, size_t count, const createprocess_unit *format, ...);
int _vsnwprintf_s(createprocess_unit *to, size_t size, size_t count, const createprocess_unit *format, va_list arguments);
int _swprintf(createprocess_unit *to, const createprocess_unit *format, ...);
int _vscwprintf(const createprocess_unit *format, va_list arguments);
int _scwprintf(const createprocess_unit *format, ...);
int wprintf_s(const createprocess_unit *format, ...);
int fwprintf_s(FILE *file, const createprocess_unit *format, ...);
int _putws(const createprocess_unit *s);
errno_t wcscpy_s(createprocess_unit *to, size_t size, const createprocess_unit *from);
errno_t wcscat_s(createprocess_unit *to, size_t size, const createprocess_unit *from);
errno_t wcsncpy_s(createprocess_unit *to, size_t size, const createprocess_unit *from, size_t count);
errno_t wcsncat_s(createprocess_unit *to, size_t size, const createprocess_unit *from, size_t count);
createprocess_unit *wcstok_s(createprocess_unit *s, const createprocess_unit *set, createprocess_unit **state);
size_t wcsnlen_s(const createprocess_unit *s, size_t size);
createprocess_unit *_wcsdup(const createprocess_unit *s);
int _wcsicmp(const createprocess_unit *a, const createprocess_unit *b);
int _wcsnicmp(const createprocess_unit *a, const createprocess_unit *b, size_t n);
createprocess_unit *_wcslwr(createprocess_unit *s);
createprocess_unit *_wcsupr(createprocess_unit *s);
createprocess_unit *_wcsrev(createprocess_unit *s);
int _wtoi(const createprocess_unit *s);
long _wtol(const createprocess_unit *s);
long long _wtoi64(const createprocess_unit *s);
double _wtof(const createprocess_unit *s);
createprocess_unit *_itow(int value, createprocess_unit *to, int base);
createprocess_unit *_ltow(long value, createprocess_unit *to, int base);
errno_t _itow_s(int value, createprocess_unit *to, size_t size, int base);
FILE *_wfopen(const createprocess_unit *name, const createprocess_unit *mode);
errno_t _wfopen_s(FILE **file, const createprocess_unit *name, const createprocess_unit *mode);
int _wsystem(const createprocess_unit *command);
createprocess_unit *_wgetenv(const createprocess_unit *name);
int _wremove(const createprocess_unit *name);
int _snprintf(char *to, size_t size, const char *format, ...);
int _vsnprintf(char *to, size_t size, const char *format, va_list arguments);
int sprintf_s(char *to, size_t size, const char *format, ...);
int vsprintf_s(char *to, size_t size, const char *format, va_list arguments);
int _snprintf_s(char *to, size_t size, size_t count, const char *format, ...);
int _vsnprintf_s(char *to, size_t size, size_t count, const char *format, va_list arguments);
int _scprintf(const char *format, ...);
int _vscprintf(const char *format, va_list arguments);
int printf_s(const char *format, ...);
int fprintf_s(FILE *file, const char *format, ...);
errno_t strcpy_s(char *to, size_t size, const char *from);
errno_t strcat_s(char *to, size_t size, const char *from);
errno_t strncpy_s(char *to, size_t size, const char *from, size_t count);
errno_t strncat_s(char *to, size_t size, const char *from, size_t count);
char *strtok_s(char *s, const char *set, char **state);
size_t strnlen_s(const char *s, size_t size);
errno_t memcpy_s(void *to, size_t size, const void *from, size_t count);
errno_t memmove_s(void *to, size_t size, const void *from, size_t count);
char *_strdup(const char *s);
int _stricmp(const char *a, const char *b);
int _strnicmp(const char *a, const char *b, size_t n);
int stricmp(const char *a, const char *b);
int strnicmp(const char *a, const char *b, size_t n);
int _strcmpi(const char *a, const char *b);
char *_strlwr(char *s);
char *_strupr(char *s);
char *_strrev(char *s);
char *_itoa(int value, char *to, int base);
char *_ltoa(long value, char *to, int base);
char *_ultoa(unsigned long value, char *to, int base);
errno_t _itoa_s(int value, char *to, size_t size, int base);
long long _atoi64(const char *s);
long long _strtoi64(const char *s, char **end, int base);
unsigned long long _strtoui64(const char *s, char **end, int base);
errno_t fopen_s(FILE **file, const char *name, const char *mode);
errno_t freopen_s(FILE **file, const char *name, const char *mode, FILE *old);
void _splitpath(const char *path, char *drive, char *dir, char *name, char *ext);
void _wsplitpath(const createprocess_unit *path, createprocess_unit *drive, createprocess_unit *dir, createprocess_unit *name, createprocess_unit *ext);
errno_t _splitpath_s(const char *path, char *drive, size_t driveSize, char *dir, size_t dirSize, char *name, size_t nameSize, char *ext, size_t extSize);
errno_t _wsplitpath_s(const createprocess_unit *path, createprocess_unit *drive, size_t driveSize, createprocess_unit *dir, size_t dirSize,
                      createprocess_unit *name, size_t nameSize, createprocess_unit *ext, size_t extSize);
void _makepath(char *path, const char *drive, const char *dir, const char *name, const char *ext);
void _wmakepath(createprocess_unit *path, const createprocess_unit *drive, const createprocess_unit *dir, const createprocess_unit *name, const createprocess_unit *ext);
errno_t _makepath_s(char *path, size_t size, const char *drive, const char *dir, const char *name, const char *ext);
errno_t _wmakepath_s(createprocess_unit *path, size_t size, const createprocess_unit *drive, const createprocess_unit *dir, const createprocess_unit *name,
                     const createprocess_unit *ext);
errno_t strerror_s(char *to, size_t size, int code);
errno_t _dupenv_s(char **value, size_t *size, const char *name);
errno_t getenv_s(size_t *needed, char *to, size_t size, const char *name);
errno_t mbstowcs_s(size_t *converted, createprocess_unit *to, size_t size, const char *from, size_t count);
errno_t wcstombs_s(size_t *converted, char *to, size_t size, const createprocess_unit *from, size_t count);
int _getpid(void);
int _fileno(FILE *file);
int _isatty(int fd);
int _setmode(int fd, int mode);
FILE *_popen(const char *command, const char *mode);
int _pclose(FILE *file);
int _putenv(const char *entry);
int _wputenv(const createprocess_unit *entry);
int _wunlink(const createprocess_unit *name);
int _flushall(void);
CREATEPROCESS_END

#ifdef __cplusplus
/* An array knows its size. */
template <size_t n> errno_t strcpy_s(char (&to)[n], const char *from) { return strcpy_s(to, n, from); }
template <size_t n> errno_t strcat_s(char (&to)[n], const char *from) { return strcat_s(to, n, from); }
template <size_t n> errno_t strncpy_s(char (&to)[n], const char *from, size_t count) { return strncpy_s(to, n, from, count); }
template <size_t n> errno_t strncat_s(char (&to)[n], const char *from, size_t count) { return strncat_s(to, n, from, count); }
template <size_t n, class... T> int sprintf_s(char (&to)[n], const char *format, T... values) { return sprintf_s(to, n, format, values...); }
template <size_t n> errno_t wcscpy_s(createprocess_unit (&to)[n], const createprocess_unit *from) { return wcscpy_s(to, n, from); }
template <size_t n> errno_t wcscat_s(createprocess_unit (&to)[n], const createprocess_unit *from) { return wcscat_s(to, n, from); }
template <size_t n> errno_t wcsncpy_s(createprocess_unit (&to)[n], const createprocess_unit *from, size_t count)
{
    return wcsncpy_s(to, n, from, count);
}
template <size_t n, class... T> int swprintf_s(createprocess_unit (&to)[n], const createprocess_unit *format, T... values)
{
    return swprintf_s(to, n, format, values...);
}
#endif

#ifndef _countof
#ifdef __cplusplus
template <class T, size_t n> char (*createprocess_countof(T (&)[n]))[n];
#define _countof(array) (sizeof(*createprocess_countof(array)) + 0)
#else
#define _countof(array) (sizeof(array) / sizeof((array)[0]))
#endif
#endif
#define _TRUNCATE ((size_t)-1)
#ifndef __max
#define __max(a, b) ((a) > (b) ? (a) : (b))
#define __min(a, b) ((a) < (b) ? (a) : (b))
#endif
#define _O_RDONLY 0
#define _O_WRONLY 1
#define _O_RDWR 2
#define _O_APPEND 0x8
#define _O_NOINHERIT 0x80
#define _O_CREAT 0x100
#define _O_TRUNC 0x200
#define _O_EXCL 0x400
#define _O_TEXT 0x4000
#define _O_BINARY 0x8000
#define _O_WTEXT 0x10000
#define _O_U16TEXT 0x20000
#define _O_U8TEXT 0x40000

#endif
