/* The formatter behind printf, wprintf, wsprintf, StringCchPrintf and
 * FormatMessage: Microsoft's formats, narrow and wide.
 *
 * "l" is a DWORD or a LONG in Windows' sources, and a long of 64 bits in others.
 * Both arrive in 64 bits; a DWORD's upper half is zero. So %lu prints all of it,
 * and %ld takes what has an upper half for a long and else the lower half. */
#include "internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* glibc's own, by a name that stdio.h does not turn into ours. */
int libc_snprintf(char *to, size_t size, const char *format, ...) __asm__("snprintf");

struct text {
    void *units;
    size_t used, capacity;
};

struct spec {
    bool left, zero, plus, space, alternate;
    int width, precision;
};

enum length { L_INT, L_CHAR, L_SHORT, L_LONG, L_LONGLONG, L_LONGDOUBLE };

static bool grow(struct text *t, size_t n, size_t size)
{
    if (n > SIZE_MAX / 4 - t->used)
        return false;
    if (t->used + n > t->capacity || t->units == NULL) {
        size_t capacity = (t->used + n) * 2 + 64;
        void *units = realloc(t->units, capacity * size);
        if (units == NULL)
            return false;
        t->units = units;
        t->capacity = capacity;
    }
    return true;
}

static bool append_bytes(struct text *t, const char *s, size_t n)
{
    if (!grow(t, n, 1))
        return false;
    memcpy((char *)t->units + t->used, s, n);
    t->used += n;
    return true;
}

static bool append_units(struct text *t, const WCHAR *s, size_t n)
{
    if (!grow(t, n, sizeof *s))
        return false;
    memcpy((WCHAR *)t->units + t->used, s, n * sizeof *s);
    t->used += n;
    return true;
}

static bool append_ascii(struct text *t, const char *s, size_t n, int wide)
{
    if (!wide)
        return append_bytes(t, s, n);
    if (!grow(t, n, sizeof(WCHAR)))
        return false;
    for (size_t i = 0; i < n; i++)
        ((WCHAR *)t->units)[t->used++] = (unsigned char)s[i];
    return true;
}

static bool fill(struct text *t, char c, size_t n, int wide)
{
    if (!grow(t, n, wide ? sizeof(WCHAR) : 1))
        return false;
    for (; n > 0; n--) {
        if (wide)
            ((WCHAR *)t->units)[t->used++] = (WCHAR)c;
        else
            ((char *)t->units)[t->used++] = c;
    }
    return true;
}

/* Appends bytes or units, whichever is not NULL, as what t is made of. */
static bool append_text(struct text *t, const struct spec *s, const char *bytes, const WCHAR *units, size_t n, int wide)
{
    void *converted = NULL;
    if (wide && bytes != NULL) {
        WCHAR *w = converted = malloc((n + 1) * sizeof *w);
        if (w == NULL)
            return false;
        n = createprocess_widen(bytes, n, w, n, NULL);
        if (s->precision >= 0 && n > (size_t)s->precision)
            n = (size_t)s->precision;
        units = w;
    } else if (!wide && units != NULL) {
        char *b = converted = malloc(3 * n + 1);
        if (b == NULL)
            return false;
        n = createprocess_narrow(units, n, b, 3 * n, NULL);
        if (s->precision >= 0 && n > (size_t)s->precision)
            for (n = (size_t)s->precision; n > 0 && (b[n] & 0xc0) == 0x80; n--)
                ; /* no half character */
        bytes = b;
    }
    size_t pad = (size_t)s->width > n ? (size_t)s->width - n : 0;
    bool good = (s->left || fill(t, s->zero ? '0' : ' ', pad, wide)) && (wide ? append_units(t, units, n) : append_bytes(t, bytes, n)) &&
                (!s->left || fill(t, ' ', pad, wide));
    free(converted);
    return good;
}

static bool append_number(struct text *t, const struct spec *s, char conversion, uint64_t value, int wide)
{
    char digits[32], sign[3];
    size_t n = 0, signs = 0;
    bool negative = (conversion == 'd' || conversion == 'i') && (int64_t)value < 0;
    uint64_t rest = negative ? 0 - value : value;
    unsigned base = conversion == 'o' ? 8 : conversion == 'x' || conversion == 'X' ? 16 : 10;
    for (; rest != 0; rest /= base)
        digits[n++] = (conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef")[rest % base];
    if (negative)
        sign[signs++] = '-';
    else if ((conversion == 'd' || conversion == 'i') && (s->plus || s->space))
        sign[signs++] = s->plus ? '+' : ' ';
    if (s->alternate && base == 16 && value != 0) {
        sign[signs++] = '0';
        sign[signs++] = conversion;
    }
    size_t least = s->precision < 0 ? 1 : (size_t)s->precision;
    if (s->alternate && base == 8 && least <= n)
        least = n + 1;
    size_t zeros = least > n ? least - n : 0, length = signs + zeros + n, width = (size_t)s->width;
    if (s->zero && !s->left && s->precision < 0 && width > length) {
        zeros += width - length;
        length = width;
    }
    size_t pad = width > length ? width - length : 0;
    if ((!s->left && !fill(t, ' ', pad, wide)) || !append_ascii(t, sign, signs, wide) || !fill(t, '0', zeros, wide))
        return false;
    while (n > 0)
        if (!fill(t, digits[--n], 1, wide))
            return false;
    return !s->left || fill(t, ' ', pad, wide);
}

struct arguments {
    va_list list;
};

static uint64_t fetch(enum length length, bool is_signed, struct arguments *a)
{
    switch (length) {
    case L_CHAR: {
        int v = va_arg(a->list, int);
        return is_signed ? (uint64_t)(int64_t)(signed char)v : (uint64_t)(unsigned char)v;
    }
    case L_SHORT: {
        int v = va_arg(a->list, int);
        return is_signed ? (uint64_t)(int64_t)(short)v : (uint64_t)(unsigned short)v;
    }
    case L_LONG: {
        long v = va_arg(a->list, long);
#if LONG_MAX > INT_MAX
        if (is_signed && (unsigned long)v >> 32 == 0)
            return (uint64_t)(int64_t)(int32_t)v;
#endif
        return is_signed ? (uint64_t)(int64_t)v : (uint64_t)(unsigned long)v;
    }
    case L_LONGLONG:
        return (uint64_t)va_arg(a->list, long long);
    default: {
        int v = va_arg(a->list, int);
        return is_signed ? (uint64_t)(int64_t)v : (uint64_t)(unsigned)v;
    }
    }
}

#define UNIT char
#define FORMAT format_bytes
#define APPEND append_bytes
#define OWN 0
#include "format.inc"
#undef UNIT
#undef FORMAT
#undef APPEND
#undef OWN
#define UNIT WCHAR
#define FORMAT format_units
#define APPEND append_units
#define OWN 1
#include "format.inc"

char *createprocess_format(const char *format, va_list list, size_t *length)
{
    struct text t = {0};
    struct arguments a;
    va_copy(a.list, list);
    bool good = format_bytes(&t, format, &a) && grow(&t, 1, 1);
    va_end(a.list);
    if (!good) {
        free(t.units);
        errno = ENOMEM;
        return NULL;
    }
    ((char *)t.units)[t.used] = 0;
    *length = t.used;
    return t.units;
}

WCHAR *createprocess_format_wide(const WCHAR *format, va_list list, size_t *length)
{
    struct text t = {0};
    struct arguments a;
    va_copy(a.list, list);
    bool good = format_units(&t, format, &a) && grow(&t, 1, sizeof(WCHAR));
    va_end(a.list);
    if (!good) {
        free(t.units);
        errno = ENOMEM;
        return NULL;
    }
    ((WCHAR *)t.units)[t.used] = 0;
    *length = t.used;
    return t.units;
}
