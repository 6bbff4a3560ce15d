/* wchar.h: the system's, and then what Windows has besides. With -fshort-wchar
 * glibc's wide functions, whose wchar_t has 32 bits, are put aside for ours. */
#ifndef CREATEPROCESS_WRAPPED_WCHAR_H
#define CREATEPROCESS_WRAPPED_WCHAR_H
#pragma GCC system_header

#if defined(__cplusplus) && __SIZEOF_WCHAR_T__ == 2
/* We declare wcschr and such for const and not, so that <cwchar> need not. */
#ifndef __CORRECT_ISO_CPP_WCHAR_H_PROTO
#define __CORRECT_ISO_CPP_WCHAR_H_PROTO
#endif
/* What libstdc++ has compiled of std::wstring is for 32 bits: without this its
 * headers count on it. Every one that does includes this one first. */
#undef _GLIBCXX_EXTERN_TEMPLATE
#define _GLIBCXX_EXTERN_TEMPLATE 0
#endif

#if __SIZEOF_WCHAR_T__ == 2
#define wcslen createprocess_system_wcslen
#define wcsnlen createprocess_system_wcsnlen
#define wcscpy createprocess_system_wcscpy
#define wcsncpy createprocess_system_wcsncpy
#define wcscat createprocess_system_wcscat
#define wcsncat createprocess_system_wcsncat
#define wcscmp createprocess_system_wcscmp
#define wcsncmp createprocess_system_wcsncmp
#define wcscoll createprocess_system_wcscoll
#define wcschr createprocess_system_wcschr
#define wcsrchr createprocess_system_wcsrchr
#define wcsstr createprocess_system_wcsstr
#define wcspbrk createprocess_system_wcspbrk
#define wcsspn createprocess_system_wcsspn
#define wcscspn createprocess_system_wcscspn
#define wcstok createprocess_system_wcstok
#define wcsdup createprocess_system_wcsdup
#define wcscasecmp createprocess_system_wcscasecmp
#define wcsncasecmp createprocess_system_wcsncasecmp
#define wmemchr createprocess_system_wmemchr
#define wmemcmp createprocess_system_wmemcmp
#define wmemcpy createprocess_system_wmemcpy
#define wmemmove createprocess_system_wmemmove
#define wmemset createprocess_system_wmemset
#define wcstol createprocess_system_wcstol
#define wcstoul createprocess_system_wcstoul
#define wcstoll createprocess_system_wcstoll
#define wcstoull createprocess_system_wcstoull
#define wcstod createprocess_system_wcstod
#define wprintf createprocess_system_wprintf
#define fwprintf createprocess_system_fwprintf
#define swprintf createprocess_system_swprintf
#define vwprintf createprocess_system_vwprintf
#define vfwprintf createprocess_system_vfwprintf
#define vswprintf createprocess_system_vswprintf
#define fputws createprocess_system_fputws
#define fputwc createprocess_system_fputwc
#define putwc createprocess_system_putwc
#define putwchar createprocess_system_putwchar
#define fgetws createprocess_system_fgetws
#define fgetwc createprocess_system_fgetwc
#define getwc createprocess_system_getwc
#define getwchar createprocess_system_getwchar
#endif
#include_next <wchar.h>
#if __SIZEOF_WCHAR_T__ == 2
#undef wcslen
#undef wcsnlen
#undef wcscpy
#undef wcsncpy
#undef wcscat
#undef wcsncat
#undef wcscmp
#undef wcsncmp
#undef wcscoll
#undef wcschr
#undef wcsrchr
#undef wcsstr
#undef wcspbrk
#undef wcsspn
#undef wcscspn
#undef wcstok
#undef wcsdup
#undef wcscasecmp
#undef wcsncasecmp
#undef wmemchr
#undef wmemcmp
#undef wmemcpy
#undef wmemmove
#undef wmemset
#undef wcstol
#undef wcstoul
#undef wcstoll
#undef wcstoull
#undef wcstod
#undef wprintf
#undef fwprintf
#undef swprintf
#undef vwprintf
#undef vfwprintf
#undef vswprintf
#undef fputws
#undef fputwc
#undef putwc
#undef putwchar
#undef fgetws
#undef fgetwc
#undef getwc
#undef getwchar
#endif
#include <createprocess_crt.h>

#endif
