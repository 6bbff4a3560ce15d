/* UTF-8 and UTF-16. Bytes that are no UTF-8 become U+FFFD, one for each longest
 * beginning of a character; so do surrogates that are alone. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* The character that p begins with. length is what it takes; the answer of bytes
 * that are none is U+FFFD, with *invalid set. */
static uint32_t decode(const unsigned char *p, size_t n, size_t *length, bool *invalid)
{
    uint32_t c = p[0];
    *length = 1;
    if (c < 0x80)
        return c;
    unsigned char low = 0x80, high = 0xbf;
    size_t more;
    if (c >= 0xc2 && c <= 0xdf) {
        more = 1;
        c &= 0x1f;
    } else if (c >= 0xe0 && c <= 0xef) {
        low = c == 0xe0 ? 0xa0 : 0x80;
        high = c == 0xed ? 0x9f : 0xbf;
        more = 2;
        c &= 0x0f;
    } else if (c >= 0xf0 && c <= 0xf4) {
        low = c == 0xf0 ? 0x90 : 0x80;
        high = c == 0xf4 ? 0x8f : 0xbf;
        more = 3;
        c &= 0x07;
    } else {
        *invalid = true;
        return 0xfffd;
    }
    for (; more > 0; more--, low = 0x80, high = 0xbf) {
        if (*length >= n || p[*length] < low || p[*length] > high) {
            *invalid = true;
            return 0xfffd;
        }
        c = c << 6 | (p[(*length)++] & 0x3f);
    }
    return c;
}

size_t createprocess_widen(const char *bytes, size_t n, WCHAR *out, size_t capacity, bool *invalid)
{
    bool wrong = false;
    size_t used = 0, length;
    for (size_t i = 0; i < n; i += length) {
        uint32_t c = decode((const unsigned char *)bytes + i, n - i, &length, &wrong);
        if (c < 0x10000) {
            if (used < capacity)
                out[used] = (WCHAR)c;
            used++;
        } else {
            if (used + 1 < capacity) {
                out[used] = (WCHAR)(0xd7c0 + (c >> 10));
                out[used + 1] = (WCHAR)(0xdc00 | (c & 0x3ff));
            }
            used += 2;
        }
    }
    if (invalid)
        *invalid = wrong;
    return used;
}

size_t createprocess_narrow(const WCHAR *units, size_t n, char *out, size_t capacity, bool *invalid)
{
    bool wrong = false;
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = units[i];
        if (c >= 0xd800 && c < 0xdc00 && i + 1 < n && units[i + 1] >= 0xdc00 && units[i + 1] < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (units[++i] - 0xdc00u);
        } else if (c >= 0xd800 && c < 0xe000) {
            wrong = true;
            c = 0xfffd;
        }
        unsigned char b[4];
        size_t length;
        if (c < 0x80) {
            b[0] = (unsigned char)c;
            length = 1;
        } else if (c < 0x800) {
            b[0] = (unsigned char)(0xc0 | c >> 6);
            b[1] = (unsigned char)(0x80 | (c & 0x3f));
            length = 2;
        } else if (c < 0x10000) {
            b[0] = (unsigned char)(0xe0 | c >> 12);
            b[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
            b[2] = (unsigned char)(0x80 | (c & 0x3f));
            length = 3;
        } else {
            b[0] = (unsigned char)(0xf0 | c >> 18);
            b[1] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
            b[2] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
            b[3] = (unsigned char)(0x80 | (c & 0x3f));
            length = 4;
        }
        if (used + length <= capacity)
            memcpy(out + used, b, length);
        used += length;
    }
    if (invalid)
        *invalid = wrong;
    return used;
}

size_t createprocess_units(const WCHAR *s)
{
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}

WCHAR *createprocess_new_wide(const char *bytes)
{
    size_t n = strlen(bytes) + 1;
    WCHAR *out = malloc(n * sizeof *out);
    if (out == NULL)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    else
        createprocess_widen(bytes, n, out, n, NULL);
    return out;
}

char *createprocess_new_narrow(const WCHAR *units)
{
    size_t n = createprocess_units(units) + 1;
    char *out = malloc(3 * n);
    if (out == NULL)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    else
        createprocess_narrow(units, n, out, 3 * n, NULL);
    return out;
}

DWORD createprocess_answer(const char *text, char *buffer, DWORD size, bool short_is_error)
{
    size_t n = strlen(text);
    if (n < size) {
        memcpy(buffer, text, n + 1);
        return (DWORD)n;
    }
    if (short_is_error)
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
    return (DWORD)n + 1;
}

DWORD createprocess_answer_wide(const char *text, WCHAR *buffer, DWORD size, bool short_is_error)
{
    size_t n = strlen(text) + 1, units = createprocess_widen(text, n, NULL, 0, NULL);
    if (units <= size) {
        createprocess_widen(text, n, buffer, size, NULL);
        return (DWORD)units - 1;
    }
    if (short_is_error)
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
    return (DWORD)units;
}

static bool is_utf8(UINT codePage) { return codePage == CP_UTF8 || codePage == CP_ACP || codePage == CP_OEMCP || codePage == CP_THREAD_ACP; }

static int fail(DWORD code)
{
    SetLastError(code);
    return 0;
}

int WINAPI MultiByteToWideChar(UINT codePage, DWORD flags, LPCCH bytes, int size, LPWSTR wide, int capacity)
{
    if (bytes == NULL || size == 0 || capacity < 0 || (wide == NULL && capacity != 0) || !is_utf8(codePage))
        return fail(ERROR_INVALID_PARAMETER);
    DWORD known = MB_ERR_INVALID_CHARS | (codePage == CP_UTF8 ? 0 : MB_PRECOMPOSED | MB_COMPOSITE | MB_USEGLYPHCHARS);
    if (flags & ~known)
        return fail(ERROR_INVALID_FLAGS);
    size_t n = size < 0 ? strlen(bytes) + 1 : (size_t)size;
    bool invalid;
    size_t units = createprocess_widen(bytes, n, wide, (size_t)capacity, &invalid);
    if (units > INT32_MAX)
        return fail(ERROR_INVALID_PARAMETER);
    if (capacity != 0 && units > (size_t)capacity)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    if (invalid && flags & MB_ERR_INVALID_CHARS)
        return fail(ERROR_NO_UNICODE_TRANSLATION);
    return (int)units;
}

int WINAPI WideCharToMultiByte(UINT codePage, DWORD flags, LPCWCH wide, int size, LPSTR bytes, int capacity, LPCCH fallback, LPBOOL usedFallback)
{
    if (wide == NULL || size == 0 || capacity < 0 || (bytes == NULL && capacity != 0) || !is_utf8(codePage))
        return fail(ERROR_INVALID_PARAMETER);
    if (codePage == CP_UTF8 && (fallback != NULL || usedFallback != NULL))
        return fail(ERROR_INVALID_PARAMETER);
    DWORD known = WC_ERR_INVALID_CHARS;
    if (codePage != CP_UTF8)
        known |= WC_DISCARDNS | WC_SEPCHARS | WC_DEFAULTCHAR | WC_COMPOSITECHECK | WC_NO_BEST_FIT_CHARS;
    if (flags & ~known)
        return fail(ERROR_INVALID_FLAGS);
    size_t n = size < 0 ? createprocess_units(wide) + 1 : (size_t)size;
    bool invalid;
    size_t length = createprocess_narrow(wide, n, bytes, (size_t)capacity, &invalid);
    if (usedFallback)
        *usedFallback = invalid;
    if (length > INT32_MAX)
        return fail(ERROR_INVALID_PARAMETER);
    if (capacity != 0 && length > (size_t)capacity)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    if (invalid && flags & WC_ERR_INVALID_CHARS)
        return fail(ERROR_NO_UNICODE_TRANSLATION);
    return (int)length;
}

UINT WINAPI GetACP(void) { return CP_UTF8; }
UINT WINAPI GetOEMCP(void) { return CP_UTF8; }

/* The case of a character does not depend on the program's locale: ASCII, Latin-1,
 * Latin Extended-A, Greek and Cyrillic, whose pairs are regular. */
WCHAR createprocess_lower(WCHAR c)
{
    if (c < 0x80)
        return (WCHAR)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3ab && c != 0x3a2) || (c >= 0x410 && c <= 0x42f))
        return (WCHAR)(c + 32);
    if (c >= 0x400 && c <= 0x40f)
        return (WCHAR)(c + 80);
    if ((c >= 0x100 && c <= 0x12e && c % 2 == 0) || (c >= 0x132 && c <= 0x136 && c % 2 == 0) || (c >= 0x14a && c <= 0x176 && c % 2 == 0))
        return (WCHAR)(c + 1);
    if ((c >= 0x139 && c <= 0x147 && c % 2 == 1) || (c >= 0x179 && c <= 0x17d && c % 2 == 1))
        return (WCHAR)(c + 1);
    return c == 0x178 ? 0xff : c;
}

WCHAR createprocess_upper(WCHAR c)
{
    if (c < 0x80)
        return (WCHAR)(c >= 'a' && c <= 'z' ? c - 32 : c);
    if (c == 0xff)
        return 0x178;
    if ((c >= 0xe0 && c <= 0xfe && c != 0xf7) || (c >= 0x3b1 && c <= 0x3cb && c != 0x3c2) || (c >= 0x430 && c <= 0x44f))
        return (WCHAR)(c - 32);
    if (c >= 0x450 && c <= 0x45f)
        return (WCHAR)(c - 80);
    if (c >= 0x101 && c <= 0x17e && c > 0 && createprocess_lower((WCHAR)(c - 1)) == c)
        return (WCHAR)(c - 1);
    return c;
}
