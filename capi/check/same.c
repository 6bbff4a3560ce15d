/* Prints what functions answer whose answers Windows defines. Compiled with
 * mingw-w64 and run under Wine it must print the same as with our library. */
#ifdef __MINGW32__
#define _WIN32_WINNT 0x0A00
#define __USE_MINGW_ANSI_STDIO 0
#define STRSAFE_NO_DEPRECATE
#endif
#include <windows.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <tchar.h>
#include <strsafe.h>
#include <sddl.h>

static void bytes(const char *what, const void *p, size_t n)
{
    printf("%s:", what);
    for (size_t i = 0; i < n; i++)
        printf(" %02x", ((const unsigned char *)p)[i]);
    printf("\n");
}

static void encodings(void)
{
    static const char *const texts[] = {"", "abc", "\xc3\xa4\xe2\x82\xac", "\xf0\x9f\x98\x80", "a\xff", "\xc3", "\xc0\x80", "x\xe2\x82y"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        WCHAR w[32];
        memset(w, 0, sizeof w);
        SetLastError(0);
        int n = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, texts[i], -1, w, 32);
        printf("to wide %d: %d %u\n", (int)i, n, (unsigned)GetLastError());
        if (n)
            bytes("units", w, 2 * (size_t)n);
        SetLastError(0);
        n = MultiByteToWideChar(CP_UTF8, 0, texts[i], -1, NULL, 0);
        printf("needs %d %u\n", n, (unsigned)GetLastError());
    }
    static const WCHAR wide[][4] = {{'a', 0xe4, 0x20ac, 0}, {0xd83d, 0xde00, 0, 0}, {0xd83d, 'x', 0, 0}, {0xde00, 0, 0, 0}};
    for (int i = 0; i < 4; i++) {
        char b[32];
        SetLastError(0);
        int n = WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, b, 32, NULL, NULL);
        printf("to bytes %d: %d %u\n", i, n, (unsigned)GetLastError());
        bytes("bytes", b, (size_t)n);
        SetLastError(0);
        n = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide[i], -1, b, 32, NULL, NULL);
        printf("strictly %d %u\n", n, (unsigned)GetLastError());
        SetLastError(0);
        n = WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, b, 2, NULL, NULL);
        printf("in 2: %d %u\n", n, (unsigned)GetLastError());
    }
    WCHAR w[4];
#define ANSWER(call) (SetLastError(0), printf("%s: ", #call), printf("%d ", (int)(call)), printf("%u\n", (unsigned)GetLastError()))
    ANSWER(MultiByteToWideChar(CP_UTF8, 0, "abc", 0, w, 4));
    ANSWER(MultiByteToWideChar(CP_UTF8, 0, "abc", 3, w, 4));
    ANSWER(MultiByteToWideChar(CP_UTF8, 0, "abcd", -1, w, 4));
    ANSWER(MultiByteToWideChar(CP_UTF8, 0, NULL, -1, w, 4));
    ANSWER(MultiByteToWideChar(CP_UTF8, 0, "abc", -1, w, -1));
    ANSWER(MultiByteToWideChar(CP_ACP, MB_PRECOMPOSED, "abc", -1, w, 4));
}

static void formats(void)
{
    char a[300];
    WCHAR w[300];
#define NARROW(...) (wsprintfA(a, __VA_ARGS__), printf("wsprintf: [%s]\n", a))
    NARROW("%d %5d %-5d| %05d %u %x %X %#x", -1, 42, 42, 42, 42u, 255, 255, 255);
    NARROW("%s %10s %-10s| %.2s %c %%", "abc", "abc", "abc", "abc", 'z');
    NARROW("%lu %ld %lx %I64d", (DWORD)4294967295u, (LONG)-5, (DWORD)255, (LONGLONG)1 << 40);
    NARROW("%S %ls %hs", TEXT("") == NULL ? NULL : w, w, "n");
    wsprintfW(w, (const WCHAR *)(const void *)"%\0s\0 \0%\0S\0 \0%\0h\0s\0 \0%\0d\0\0\0", (const WCHAR *)(const void *)"w\0\0\0", "n", "h", 7);
    bytes("wide", w, 2 * ((size_t)lstrlenW(w) + 1));
    a[0] = 'x';
    printf("%d\n", _snprintf(a, 4, "%s", "abc"));
    bytes("_snprintf", a, 4);
    printf("%d\n", _snprintf(a, 4, "%s", "abcd"));
    bytes("_snprintf", a, 4);
    printf("%d\n", _snprintf(a, 4, "%s", "abcde"));
    bytes("_snprintf", a, 4);
    printf("%x\n", (unsigned)StringCchPrintfA(a, 6, "%d-%s", 12, "abcdef"));
    bytes("StringCchPrintf", a, 6);
    printf("%x\n", (unsigned)StringCchCopyA(a, 3, "abc"));
    printf("%x\n", (unsigned)StringCchCatA(a, 10, "xyz"));
    printf("%s\n", a);
    size_t n = 99;
    printf("%x\n", (unsigned)StringCchLengthA("abc", 3, &n));
    printf("%x %d\n", (unsigned)StringCchLengthA("abc", 4, &n), (int)n);
}

static void messages(void)
{
    char a[200];
    DWORD_PTR values[] = {7, (DWORD_PTR)"seven", 255};
    static const char *const formats[] = {"plain", "%1!d! is %2, or %3!x!", "%1!05d!|%2!-8s!|%2!8.3s!", "a%nb%%c%.%!%0rest", "a\nb\r\nc"};
    for (int i = 0; i < 5; i++) {
        SetLastError(0);
        DWORD n = FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_ARGUMENT_ARRAY, formats[i], 0, 0, a, sizeof a, (va_list *)values);
        printf("message %d: %u %u\n", i, (unsigned)n, (unsigned)GetLastError());
        bytes("text", a, n);
    }
    SetLastError(0);
    printf("%u", (unsigned)FormatMessageA(FORMAT_MESSAGE_FROM_STRING, "too long", 0, 0, a, 4, NULL));
    printf(" %u\n", (unsigned)GetLastError());
    SetLastError(0);
    printf("%u", (unsigned)FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM, NULL, 0x12345, 0, a, sizeof a, NULL));
    printf(" %u\n", (unsigned)GetLastError());
    LPSTR allocated = NULL;
    DWORD n = FormatMessageA(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_IGNORE_INSERTS, "%1 %2!d!", 0, 0, (LPSTR)&allocated,
                             0, NULL);
    printf("%u %s %d\n", (unsigned)n, allocated, LocalSize(allocated) >= n + 1);
    LocalFree(allocated);
}

static void times(void)
{
    static const ULONGLONG ticks[] = {0, 1, 864000000000ull, 116444736000000000ull, 132223104000000000ull, 132539327999999999ull, 0x7fff35f4f06c58f0ull};
    for (int i = 0; i < 7; i++) {
        FILETIME f = {(DWORD)ticks[i], (DWORD)(ticks[i] >> 32)}, back;
        SYSTEMTIME s;
        BOOL good = FileTimeToSystemTime(&f, &s);
        printf("%d %d-%d-%d (%d) %d:%d:%d.%d", good, s.wYear, s.wMonth, s.wDay, s.wDayOfWeek, s.wHour, s.wMinute, s.wSecond, s.wMilliseconds);
        good = SystemTimeToFileTime(&s, &back);
        printf(" %d %u %u %d\n", good, (unsigned)back.dwHighDateTime, (unsigned)back.dwLowDateTime, (int)CompareFileTime(&f, &back));
    }
    SYSTEMTIME leap = {2024, 2, 0, 29, 0, 0, 0, 0};
    FILETIME f;
    ANSWER(SystemTimeToFileTime(&leap, &f));
    leap.wMonth = 13;
    ANSWER(SystemTimeToFileTime(&leap, &f));
}

static void environment(void)
{
    char a[64];
    ANSWER(SetEnvironmentVariableA("CP_TEST", "value"));
    ANSWER(GetEnvironmentVariableA("CP_TEST", a, 64));
    ANSWER(GetEnvironmentVariableA("CP_TEST", a, 5));
    ANSWER(GetEnvironmentVariableA("CP_TEST", NULL, 0));
    ANSWER(GetEnvironmentVariableA("CP_NO_TEST", a, 64));
    ANSWER(SetEnvironmentVariableA("CP=TEST", "x"));
    ANSWER(SetEnvironmentVariableA("", "x"));
    ANSWER(ExpandEnvironmentStringsA("a%CP_TEST%b%CP_NO_TEST%c%", a, 64));
    printf("%s\n", a);
    ANSWER(SetEnvironmentVariableA("CP_TEST", NULL));
    ANSWER(GetEnvironmentVariableA("CP_TEST", a, 64));
}

static void texts(void)
{
    char a[16];
    printf("%d %d %d %d\n", lstrcmpA("abc", "abd"), lstrcmpiA("ABC", "abc"), lstrlenA(NULL), lstrcmpA("a", "B"));
    printf("%s\n", lstrcpynA(a, "abcdef", 4));
    printf("%s\n", CharUpperA(lstrcpyA(a, "mixed Case1")));
    printf("%s\n", CharLowerA(a));
    printf("%d %d\n", CompareStringOrdinal(L"abc", -1, L"ABC", -1, TRUE), CompareStringOrdinal(L"abc", -1, L"ABC", -1, FALSE));
    printf("%d %d %d\n", (int)wcslen(L"abc"), wcscmp(L"abc", L"abd") < 0, _wcsicmp(L"ABC", L"abc"));
    printf("%d %d %d\n", (int)(wcsstr(L"hello", L"ll") != NULL), _wtoi(L" -42x"), (int)wcstoul(L"ff", NULL, 16));
}

static void security(void)
{
    SID_IDENTIFIER_AUTHORITY nt = SECURITY_NT_AUTHORITY;
    PSID sid;
    ANSWER(AllocateAndInitializeSid(&nt, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0, 0, 0, &sid));
    LPSTR text;
    ANSWER(ConvertSidToStringSidA(sid, &text));
    printf("%s %d\n", text, (int)GetLengthSid(sid));
    SECURITY_DESCRIPTOR d;
    ANSWER(InitializeSecurityDescriptor(&d, 2));
    ANSWER(InitializeSecurityDescriptor(&d, SECURITY_DESCRIPTOR_REVISION));
    ANSWER(SetSecurityDescriptorDacl(&d, TRUE, NULL, FALSE));
    bytes("descriptor", &d, sizeof d);
    union {
        ACL acl;
        char room[64];
    } list;
    memset(&list, 0, sizeof list);
    ANSWER(InitializeAcl(&list.acl, sizeof list, ACL_REVISION));
    ANSWER(AddAccessAllowedAce(&list.acl, ACL_REVISION, GENERIC_ALL, sid));
    ANSWER(AddAccessDeniedAce(&list.acl, ACL_REVISION, 1, sid));
    ANSWER(AddAccessDeniedAce(&list.acl, ACL_REVISION, 1, sid));
    bytes("acl", &list, sizeof list);
}

int main(void)
{
    encodings();
    formats();
    messages();
    times();
    environment();
    texts();
    security();
    return 0;
}
