/* lmcons.h: the length of a user's name. */
#ifndef CREATEPROCESS_LMCONS_H
#define CREATEPROCESS_LMCONS_H

#include <windef.h>

#define UNLEN 256
#define GNLEN UNLEN
#define PWLEN 256
#define DNLEN 15

#endif
