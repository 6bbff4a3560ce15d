/* stdio.h: the system's, and then what Windows has besides. With -fshort-wchar
 * printf is ours: glibc's would take the texts of %ls for 32-bit ones. */
#ifndef CREATEPROCESS_WRAPPED_STDIO_H
#define CREATEPROCESS_WRAPPED_STDIO_H
#pragma GCC system_header

#if __SIZEOF_WCHAR_T__ == 2
#define printf createprocess_system_printf
#define fprintf createprocess_system_fprintf
#define sprintf createprocess_system_sprintf
#define snprintf createprocess_system_snprintf
#define vprintf createprocess_system_vprintf
#define vfprintf createprocess_system_vfprintf
#define vsprintf createprocess_system_vsprintf
#define vsnprintf createprocess_system_vsnprintf
#endif
#include_next <stdio.h>
#if __SIZEOF_WCHAR_T__ == 2
#undef printf
#undef fprintf
#undef sprintf
#undef snprintf
#undef vprintf
#undef vfprintf
#undef vsprintf
#undef vsnprintf
#endif
#include <createprocess_crt.h>

#endif
