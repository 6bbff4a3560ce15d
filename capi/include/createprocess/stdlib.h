/* stdlib.h: the system's, and then what Windows has besides. */
#ifndef CREATEPROCESS_WRAPPED_STDLIB_H
#define CREATEPROCESS_WRAPPED_STDLIB_H
#pragma GCC system_header

#include_next <stdlib.h>
#include <createprocess_crt.h>

#endif
