/* wincon.h: consoles. */
#ifndef CREATEPROCESS_WINCON_H
#define CREATEPROCESS_WINCON_H

#include <wincontypes.h>
#include <consoleapi.h>
#include <consoleapi2.h>
#include <consoleapi3.h>

#define CONSOLE_TEXTMODE_BUFFER 1

#endif
