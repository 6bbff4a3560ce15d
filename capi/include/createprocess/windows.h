/* windows.h: everything. WIN32_LEAN_AND_MEAN leaves shellapi.h out, NOMINMAX min and max. */
#ifndef CREATEPROCESS_WINDOWS_H
#define CREATEPROCESS_WINDOWS_H

#include <stdarg.h>
#include <windef.h>
#include <winbase.h>
#include <winuser.h>
#include <winnls.h>
#include <wincon.h>

#ifndef WIN32_LEAN_AND_MEAN
#include <shellapi.h>
#endif
#include <createprocess_crt.h>

#endif
