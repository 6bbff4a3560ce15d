/* internal.h: what the files of this directory share. */
#ifndef CREATEPROCESS_INTERNAL_H
#define CREATEPROCESS_INTERNAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <windows.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

/* An errno as Win32 has it: the table of docs/semantics.md. */
DWORD createprocess_from_errno(int error);

/* Sets the last error to what the errno says, and is FALSE. */
BOOL createprocess_fail_errno(void);

/* The number of units that n bytes of UTF-8 are; as many as fit are written.
 * invalid, if not NULL, is set if some are no UTF-8; they become U+FFFD. */
size_t createprocess_widen(const char *bytes, size_t n, WCHAR *out, size_t capacity, bool *invalid);
size_t createprocess_narrow(const WCHAR *units, size_t n, char *out, size_t capacity, bool *invalid);

/* A new text, to be freed. NULL: no memory, and the last error says so. */
WCHAR *createprocess_new_wide(const char *bytes);
char *createprocess_new_narrow(const WCHAR *units);

/* Win32's answer for a text in a buffer: its length if it fits with its NUL, else
 * the size that it needs, with ERROR_INSUFFICIENT_BUFFER if short_is_error. */
DWORD createprocess_answer(const char *text, char *buffer, DWORD size, bool short_is_error);
DWORD createprocess_answer_wide(const char *text, WCHAR *buffer, DWORD size, bool short_is_error);

size_t createprocess_units(const WCHAR *s);
WCHAR createprocess_lower(WCHAR c);
WCHAR createprocess_upper(WCHAR c);

/* A new text made from a format, to be freed; NULL: no memory. */
char *createprocess_format(const char *format, va_list arguments, size_t *length);
WCHAR *createprocess_format_wide(const WCHAR *format, va_list arguments, size_t *length);

#endif
