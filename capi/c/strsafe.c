/* StringCchCopy and its family. What does not fit is cut off, and terminated. */
#include "internal.h"
#include <strsafe.h>

#include <stdlib.h>
#include <string.h>

#define FAMILY(A, UNIT, FORMAT) \
    static HRESULT check##A(size_t size) { return size == 0 || size > STRSAFE_MAX_CCH ? STRSAFE_E_INVALID_PARAMETER : S_OK; } \
    static HRESULT length##A(const UNIT *s, size_t size, size_t *n) \
    { \
        for (*n = 0; *n < size; ++*n) \
            if (s[*n] == 0) \
                return S_OK; \
        *n = 0; \
        return STRSAFE_E_INVALID_PARAMETER; \
    } \
    static HRESULT append##A(UNIT *to, size_t used, size_t size, const UNIT *from, size_t count) \
    { \
        size_t n = 0; \
        for (; n < count && from[n]; n++) { \
            if (used + n + 1 >= size) { \
                to[used + n] = 0; \
                return STRSAFE_E_INSUFFICIENT_BUFFER; \
            } \
            to[used + n] = from[n]; \
        } \
        to[used + n] = 0; \
        return S_OK; \
    } \
    HRESULT WINAPI StringCchCopyN##A(UNIT *to, size_t size, const UNIT *from, size_t count) \
    { \
        return FAILED(check##A(size)) ? STRSAFE_E_INVALID_PARAMETER : append##A(to, 0, size, from, count); \
    } \
    HRESULT WINAPI StringCchCatN##A(UNIT *to, size_t size, const UNIT *from, size_t count) \
    { \
        size_t used; \
        if (FAILED(check##A(size)) || FAILED(length##A(to, size, &used))) \
            return STRSAFE_E_INVALID_PARAMETER; \
        return append##A(to, used, size, from, count); \
    } \
    HRESULT WINAPI StringCchCopy##A(UNIT *to, size_t size, const UNIT *from) { return StringCchCopyN##A(to, size, from, SIZE_MAX); } \
    HRESULT WINAPI StringCchCat##A(UNIT *to, size_t size, const UNIT *from) { return StringCchCatN##A(to, size, from, SIZE_MAX); } \
    HRESULT WINAPI StringCchVPrintf##A(UNIT *to, size_t size, const UNIT *format, va_list list) \
    { \
        if (FAILED(check##A(size))) \
            return STRSAFE_E_INVALID_PARAMETER; \
        size_t n; \
        UNIT *text = FORMAT(format, list, &n); \
        if (text == NULL) \
            return E_OUTOFMEMORY; \
        HRESULT result = append##A(to, 0, size, text, n); \
        free(text); \
        return result; \
    } \
    HRESULT WINAPI StringCchPrintf##A(UNIT *to, size_t size, const UNIT *format, ...) \
    { \
        va_list list; \
        va_start(list, format); \
        HRESULT result = StringCchVPrintf##A(to, size, format, list); \
        va_end(list); \
        return result; \
    } \
    HRESULT WINAPI StringCchLength##A(const UNIT *text, size_t maximum, size_t *length) \
    { \
        size_t n = 0; \
        HRESULT result = text == NULL || maximum > STRSAFE_MAX_CCH ? STRSAFE_E_INVALID_PARAMETER : length##A(text, maximum, &n); \
        if (length) \
            *length = n; \
        return result; \
    } \
    HRESULT WINAPI StringCbCopy##A(UNIT *to, size_t size, const UNIT *from) { return StringCchCopy##A(to, size / sizeof *to, from); } \
    HRESULT WINAPI StringCbCat##A(UNIT *to, size_t size, const UNIT *from) { return StringCchCat##A(to, size / sizeof *to, from); } \
    HRESULT WINAPI StringCbCopyN##A(UNIT *to, size_t size, const UNIT *from, size_t count) \
    { \
        return StringCchCopyN##A(to, size / sizeof *to, from, count / sizeof *to); \
    } \
    HRESULT WINAPI StringCbCatN##A(UNIT *to, size_t size, const UNIT *from, size_t count) \
    { \
        return StringCchCatN##A(to, size / sizeof *to, from, count / sizeof *to); \
    } \
    HRESULT WINAPI StringCbVPrintf##A(UNIT *to, size_t size, const UNIT *format, va_list list) \
    { \
        return StringCchVPrintf##A(to, size / sizeof *to, format, list); \
    } \
    HRESULT WINAPI StringCbPrintf##A(UNIT *to, size_t size, const UNIT *format, ...) \
    { \
        va_list list; \
        va_start(list, format); \
        HRESULT result = StringCchVPrintf##A(to, size / sizeof *to, format, list); \
        va_end(list); \
        return result; \
    } \
    HRESULT WINAPI StringCbLength##A(const UNIT *text, size_t maximum, size_t *length) \
    { \
        HRESULT result = StringCchLength##A(text, maximum / sizeof *text, length); \
        if (length) \
            *length *= sizeof *text; \
        return result; \
    }

FAMILY(A, char, createprocess_format)
FAMILY(W, WCHAR, createprocess_format_wide)
