/* UTF-16 and UTF-8. A surrogate that is alone is carried over as three bytes, so
 * that what came as a name goes as that name. */
#include "core.h"

#include <stdlib.h>

char *cp_narrow(const WCHAR *s)
{
	if (s == NULL)
		return NULL;
	size_t n = 0;
	while (s[n] != 0)
		n++;
	char *out = malloc(3 * n + 1), *p = out;
	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		uint32_t c = (uint16_t)s[i];
		if (c >= 0xd800 && c < 0xdc00 && (uint16_t)s[i + 1] >= 0xdc00 && (uint16_t)s[i + 1] < 0xe000)
			c = 0x10000 + ((c - 0xd800) << 10) + ((uint16_t)s[++i] - 0xdc00u);
		if (c < 0x80) {
			*p++ = (char)c;
			continue;
		}
		if (c < 0x800) {
			*p++ = (char)(0xc0 | c >> 6);
		} else {
			if (c < 0x10000) {
				*p++ = (char)(0xe0 | c >> 12);
			} else {
				*p++ = (char)(0xf0 | c >> 18);
				*p++ = (char)(0x80 | (c >> 12 & 0x3f));
			}
			*p++ = (char)(0x80 | (c >> 6 & 0x3f));
		}
		*p++ = (char)(0x80 | (c & 0x3f));
	}
	*p = 0;
	return out;
}

bool cp_text(const WCHAR *s, char **out)
{
	*out = cp_narrow(s);
	if (s != NULL && *out == NULL) {
		SetLastError(ERROR_NOT_ENOUGH_MEMORY);
		return false;
	}
	return true;
}

/* The next character of UTF-8; a byte that is none of it is U+FFFD. */
static uint32_t next(const unsigned char **s)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t c = *(*s)++;
	int length = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
	if (length == 1)
		return c;
	if (length == 0)
		return 0xfffd;
	uint32_t whole = c & (0x7fu >> length);
	for (int i = 1; i < length; i++) {
		if (((*s)[i - 1] & 0xc0) != 0x80)
			return 0xfffd;
		whole = whole << 6 | ((*s)[i - 1] & 0x3fu);
	}
	if (whole < least[length] || whole > 0x10ffff)
		return 0xfffd;
	*s += length - 1;
	return whole;
}

size_t cp_widen(const char *s, WCHAR *out, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t used = 0;
	for (;;) {
		uint32_t c = *p == 0 ? 0 : next(&p);
		uint16_t units[2] = {(uint16_t)c, 0};
		int count = 1;
		if (c > 0xffff) {
			units[0] = (uint16_t)(0xd7c0 + (c >> 10));
			units[1] = (uint16_t)(0xdc00 | (c & 0x3ff));
			count = 2;
		}
		for (int i = 0; i < count; i++, used++)
			if (used < n)
				out[used] = (WCHAR)units[i];
		if (c == 0)
			return used;
	}
}
