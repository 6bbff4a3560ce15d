/* A path and its parts, as Microsoft's C library has them. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define UNIT char
#define PARTS parts_a
#define SPLIT split_a
#define NAME(x) _##x
#include "splitpath.inc"
#undef UNIT
#undef PARTS
#undef SPLIT
#undef NAME

#define UNIT WCHAR
#define PARTS parts_w
#define SPLIT split_w
#define NAME(x) _w##x
#include "splitpath.inc"
