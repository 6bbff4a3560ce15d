/* conio.h: keys from the terminal, one by one. */
#ifndef CREATEPROCESS_CONIO_H
#define CREATEPROCESS_CONIO_H

#include <createprocess_crt.h>

CREATEPROCESS_BEGIN
int _getch(void);
int _getche(void);
int _kbhit(void);
int _putch(int c);
CREATEPROCESS_END

#endif
