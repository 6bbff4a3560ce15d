/* Keys from the terminal, one by one and without their echo. Where standard input
 * is no terminal, its bytes. */
#include "internal.h"
#include <conio.h>

#include <poll.h>
#include <stdio.h>
#include <termios.h>

/* Puts the terminal into that mode; tells whether there is one. */
static bool raw(struct termios *before)
{
    if (tcgetattr(STDIN_FILENO, before) != 0)
        return false;
    struct termios t = *before;
    t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    return tcsetattr(STDIN_FILENO, TCSANOW, &t) == 0;
}

int _getch(void)
{
    struct termios before;
    fflush(stdout);
    bool terminal = raw(&before);
    unsigned char c;
    ssize_t n;
    while ((n = read(STDIN_FILENO, &c, 1)) < 0 && errno == EINTR)
        ;
    if (terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    if (n != 1)
        return EOF;
    return terminal && c == '\n' ? '\r' : c;
}

int _getche(void)
{
    int c = _getch();
    return c == EOF ? EOF : _putch(c == '\r' ? '\n' : c) == EOF ? EOF : c;
}

int _kbhit(void)
{
    struct termios before;
    bool terminal = raw(&before);
    struct pollfd p = {STDIN_FILENO, POLLIN, 0};
    int n = poll(&p, 1, 0);
    if (terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    return n > 0;
}

int _putch(int c)
{
    int answer = putchar(c);
    fflush(stdout);
    return answer;
}
