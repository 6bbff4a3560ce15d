/* wincontypes.h: the structures of consoles. */
#ifndef CREATEPROCESS_WINCONTYPES_H
#define CREATEPROCESS_WINCONTYPES_H

#include <windef.h>

typedef struct _COORD {
    SHORT X;
    SHORT Y;
} COORD, *PCOORD;

typedef struct _SMALL_RECT {
    SHORT Left;
    SHORT Top;
    SHORT Right;
    SHORT Bottom;
} SMALL_RECT, *PSMALL_RECT;

typedef VOID *HPCON;

#endif
