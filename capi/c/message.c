/* FormatMessage. The work is done in UTF-8, for both functions. */
#include "internal.h"
#include "messages.h"

#include <stdlib.h>
#include <string.h>

struct output {
    char *bytes;
    size_t used, capacity;
    bool failed;
};

static void put(struct output *o, const char *s, size_t n)
{
    if (o->used + n + 1 > o->capacity) {
        size_t capacity = (o->used + n) * 2 + 64;
        char *bytes = realloc(o->bytes, capacity);
        if (bytes == NULL) {
            o->failed = true;
            return;
        }
        o->bytes = bytes;
        o->capacity = capacity;
    }
    memcpy(o->bytes + o->used, s, n);
    o->used += n;
    o->bytes[o->used] = 0;
}

/* Where the inserts come from; each has the size of a pointer. */
struct inserts {
    va_list *list;
    const DWORD_PTR *array;
    DWORD_PTR taken[128];
    int count;
};

static DWORD_PTR insert(struct inserts *in, int index)
{
    if (in->array)
        return in->array[index];
    while (in->count <= index)
        in->taken[in->count++] = va_arg(*in->list, DWORD_PTR);
    return in->taken[index];
}

static char *format_values(size_t *n, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = createprocess_format(format, list, n);
    va_end(list);
    return text;
}

/* One insert: index is its number less one, format what is between the "!"s. */
static void put_insert(struct output *o, struct inserts *in, int index, const char *format, size_t size, bool wide)
{
    char spec[64] = "%";
    size_t used = 1;
    int stars = 0;
    for (size_t i = 0; i < size && used < sizeof spec - 4; i++) {
        char c = format[i], before = i > 0 ? format[i - 1] : 0;
        stars += c == '*';
        if (i + 1 == size && strchr("sScC", c) && !strchr("hlw", before)) {
            spec[used++] = (c == 's' || c == 'c') == wide ? 'l' : 'h';
            c = c == 'S' ? 's' : c == 'C' ? 'c' : c;
        }
        spec[used++] = c;
    }
    spec[used] = 0;
    size_t n;
    char *text;
    if (stars == 0) {
        text = format_values(&n, spec, insert(in, index));
    } else if (stars == 1) {
        DWORD_PTR width = insert(in, index);
        text = format_values(&n, spec, width, insert(in, index + 1));
    } else {
        DWORD_PTR width = insert(in, index), precision = insert(in, index + 1);
        text = format_values(&n, spec, width, precision, insert(in, index + 2));
    }
    if (text == NULL)
        o->failed = true;
    else
        put(o, text, n);
    free(text);
}

static void expand(struct output *o, const char *s, DWORD flags, struct inserts *in, bool wide)
{
    bool flow = (flags & FORMAT_MESSAGE_MAX_WIDTH_MASK) == FORMAT_MESSAGE_MAX_WIDTH_MASK;
    while (*s) {
        if (*s == '\r' || *s == '\n') {
            s += s[0] == '\r' && s[1] == '\n' ? 2 : 1;
            put(o, flow ? " " : "\r\n", flow ? 1 : 2);
        } else if (*s != '%') {
            size_t n = strcspn(s, "%\r\n");
            put(o, s, n);
            s += n;
        } else if (s[1] == '0') {
            return;
        } else if (s[1] >= '1' && s[1] <= '9') {
            const char *begin = s++;
            int index = *s++ - '0';
            if (*s >= '0' && *s <= '9')
                index = index * 10 + (*s++ - '0');
            const char *format = "s";
            size_t size = 1;
            if (*s == '!') {
                const char *end = strchr(s + 1, '!');
                if (end != NULL) {
                    format = s + 1;
                    size = (size_t)(end - format);
                    s = end + 1;
                }
            }
            if (flags & FORMAT_MESSAGE_IGNORE_INSERTS || (in->list == NULL && in->array == NULL))
                put(o, begin, (size_t)(s - begin));
            else
                put_insert(o, in, index - 1, format, size, wide);
        } else if (s[1] == 0) {
            put(o, "%", 1);
            s++;
        } else {
            char c = s[1];
            s += 2;
            if (flags & FORMAT_MESSAGE_IGNORE_INSERTS && c != 'n' && c != 'r' && c != 't') {
                char both[2] = {'%', c};
                put(o, both, 2);
            } else if (c == 'n')
                put(o, "\r\n", 2);
            else if (c == 'r')
                put(o, "\r", 1);
            else if (c == 't')
                put(o, "\t", 1);
            else if (c == 'b')
                put(o, " ", 1);
            else
                put(o, &c, 1);
        }
    }
}

/* The message, to be freed; NULL: the last error says why. */
static char *message(DWORD flags, const char *source, DWORD code, va_list *arguments, bool wide)
{
    struct output o = {0};
    struct inserts in = {.count = 0};
    if (!(flags & FORMAT_MESSAGE_IGNORE_INSERTS)) {
        if (flags & FORMAT_MESSAGE_ARGUMENT_ARRAY)
            in.array = (const DWORD_PTR *)arguments;
        else
            in.list = arguments;
    }
    if (flags & FORMAT_MESSAGE_FROM_STRING) {
        put(&o, "", 0);
        expand(&o, source, flags, &in, wide);
    } else if (flags & FORMAT_MESSAGE_FROM_SYSTEM) {
        const char *text = createprocess_message(code);
        if (text == NULL && code >> 16 == (0x8000 | FACILITY_WIN32))
            text = createprocess_message(code & 0xffff);
        if (text == NULL) {
            SetLastError(ERROR_MR_MID_NOT_FOUND);
            return NULL;
        }
        put(&o, text, strlen(text));
        bool flow = (flags & FORMAT_MESSAGE_MAX_WIDTH_MASK) == FORMAT_MESSAGE_MAX_WIDTH_MASK;
        put(&o, flow ? " " : "\r\n", flow ? 1 : 2);
    } else {
        SetLastError(flags & FORMAT_MESSAGE_FROM_HMODULE ? ERROR_MR_MID_NOT_FOUND : ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (o.failed || o.bytes == NULL) {
        free(o.bytes);
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    return o.bytes;
}

DWORD WINAPI FormatMessageA(DWORD flags, LPCVOID source, DWORD code, DWORD language, LPSTR buffer, DWORD size, va_list *arguments)
{
    (void)language;
    if (buffer == NULL || (flags & FORMAT_MESSAGE_FROM_STRING && source == NULL)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    char *text = message(flags, source, code, arguments, false);
    if (text == NULL)
        return 0;
    size_t n = strlen(text);
    if (flags & FORMAT_MESSAGE_ALLOCATE_BUFFER) {
        char *out = LocalAlloc(LMEM_FIXED, n + 1 > size ? n + 1 : size);
        *(char **)(void *)buffer = out;
        if (out == NULL)
            n = 0;
        else
            memcpy(out, text, n + 1);
    } else if (n < size) {
        memcpy(buffer, text, n + 1);
    } else {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        n = 0;
    }
    free(text);
    return (DWORD)n;
}

DWORD WINAPI FormatMessageW(DWORD flags, LPCVOID source, DWORD code, DWORD language, LPWSTR buffer, DWORD size, va_list *arguments)
{
    (void)language;
    if (buffer == NULL || (flags & FORMAT_MESSAGE_FROM_STRING && source == NULL)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    char *narrow = NULL;
    if (flags & FORMAT_MESSAGE_FROM_STRING && (narrow = createprocess_new_narrow(source)) == NULL)
        return 0;
    char *text = message(flags, narrow, code, arguments, true);
    free(narrow);
    if (text == NULL)
        return 0;
    WCHAR *wide = createprocess_new_wide(text);
    free(text);
    if (wide == NULL)
        return 0;
    size_t n = createprocess_units(wide);
    if (flags & FORMAT_MESSAGE_ALLOCATE_BUFFER) {
        WCHAR *out = LocalAlloc(LMEM_FIXED, (n + 1 > size ? n + 1 : size) * sizeof *out);
        *(WCHAR **)(void *)buffer = out;
        if (out == NULL)
            n = 0;
        else
            memcpy(out, wide, (n + 1) * sizeof *out);
    } else if (n < size) {
        memcpy(buffer, wide, (n + 1) * sizeof *wide);
    } else {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        n = 0;
    }
    free(wide);
    return (DWORD)n;
}
