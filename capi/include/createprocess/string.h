/* string.h: the system's, and then what Windows has besides. */
#ifndef CREATEPROCESS_WRAPPED_STRING_H
#define CREATEPROCESS_WRAPPED_STRING_H
#pragma GCC system_header

#include_next <string.h>
#include <createprocess_crt.h>

#endif
