/* Tests of what only this library defines, or defines better than Wine 8. */
#include <windows.h>
#include <process.h>
#include <stdio.h>
#include <string.h>
#include <tchar.h>
#include <shellapi.h>
#include <pthread.h>
#include <unistd.h>

static int passed, failed;
#define CHECK(condition) ((condition) ? (void)passed++ : (void)(failed++, fprintf(stderr, "line %d: %s\n", __LINE__, #condition)))

static void encodings(void)
{
    WCHAR w[16];
    char b[16];
    BOOL used;
    /* The bytes of a surrogate are three characters that are none. */
    CHECK(MultiByteToWideChar(CP_UTF8, 0, "\xed\xa0\x80", -1, w, 16) == 4);
    CHECK(MultiByteToWideChar(CP_UTF8, 0, "\xf0\x9f\x98", -1, w, 16) == 2 && w[0] == 0xfffd);
    CHECK(MultiByteToWideChar(CP_UTF8, MB_COMPOSITE, "a", -1, w, 16) == 0 && GetLastError() == ERROR_INVALID_FLAGS);
    CHECK(WideCharToMultiByte(CP_UTF8, 0, L"a", -1, b, 16, "x", NULL) == 0 && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(WideCharToMultiByte(CP_ACP, 0, L"\x20ac", -1, b, 16, NULL, &used) == 4 && !used);
    CHECK(MultiByteToWideChar(1252, 0, "a", -1, w, 16) == 0 && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(WideCharToMultiByte(CP_UTF8, 0, L"\xd83d\xde00", 1, b, 16, NULL, NULL) == 3);
}

static void conversions(void)
{
    WCHAR w[4] = L"xxx";
    char b[8] = "xxxxxxx";
    size_t n;
    CHECK(mbstowcs_s(&n, w, 4, "a\xc3\xa9", _TRUNCATE) == 0 && n == 3 && wcscmp(w, L"a\x00e9") == 0);
    CHECK(mbstowcs_s(&n, w, 4, "abcde", _TRUNCATE) == STRUNCATE && n == 4 && wcscmp(w, L"abc") == 0);
    CHECK(mbstowcs_s(&n, w, 4, "abcde", 4) == ERANGE && w[0] == 0);
    CHECK(mbstowcs_s(&n, w, 4, "\xff", _TRUNCATE) == EILSEQ && w[0] == 0);
    CHECK(mbstowcs_s(&n, NULL, 0, "abcde", 0) == 0 && n == 6);
    CHECK(mbstowcs_s(&n, NULL, 1, "a", 0) == EINVAL);
    /* A character of two units that the end would cut is left out. */
    CHECK(mbstowcs_s(&n, w, 4, "ab\xf0\x9f\x98\x80", _TRUNCATE) == STRUNCATE && n == 3 && wcscmp(w, L"ab") == 0);
    memset(w, 'x', sizeof w);
    CHECK(mbstowcs(w, "ab\xf0\x9f\x98\x80", 3) == 2 && w[2] == 0);
    CHECK(mbstowcs(w, "a\xf0\x9f\x98\x80", 3) == 3 && w[2] == 0xde00);
    CHECK(wcstombs_s(&n, b, 8, L"a\x20ac", _TRUNCATE) == 0 && n == 5 && strcmp(b, "a\xe2\x82\xac") == 0);
    CHECK(wcstombs_s(&n, b, 4, L"a\x20ac", _TRUNCATE) == STRUNCATE && n == 2 && strcmp(b, "a") == 0);
    CHECK(wcstombs_s(&n, b, 4, L"a\x20ac", 4) == ERANGE && b[0] == 0);
    CHECK(wcstombs_s(&n, b, 4, L"\xd800", _TRUNCATE) == EILSEQ && b[0] == 0);
}

static void formats(void)
{
    char a[64];
    WCHAR w[64];
    CHECK(snprintf(a, sizeof a, "%ld %lu %d", (LONG)-1, (DWORD)0xC0000005, (int)GetLastError() * 0) > 0 && strcmp(a, "-1 3221225477 0") == 0);
    CHECK(snprintf(a, sizeof a, "%ld %lx", 1L << 40, 1UL << 40) > 0 && strcmp(a, "1099511627776 10000000000") == 0);
    CHECK(snprintf(a, sizeof a, "%ls %S", L"w\x00e9", L"x") > 0 && strcmp(a, "w\xc3\xa9 x") == 0);
    CHECK(snprintf(a, 4, "%s", "abcdef") == 6 && strcmp(a, "abc") == 0);
    CHECK(snprintf(NULL, 0, "%5.2f|%-6g|%e", 3.14159, 2.5, 1e10) == 5 + 1 + 6 + 1 + 12);
    CHECK(swprintf(w, 64, L"%s %hs %S %d", L"wide", "narrow", "other", 5) == 19 && wcscmp(w, L"wide narrow other 5") == 0);
    CHECK(swprintf(w, 4, L"%s", L"toolong") == -1);
    CHECK(_snwprintf(w, 64, L"%.3f", 1.5) == 5 && wcscmp(w, L"1.500") == 0);
    CHECK(sprintf_s(a, 4, "%d", 12345) == -1 && a[0] == 0);
    CHECK(_snprintf_s(a, 4, _TRUNCATE, "%d", 12345) == -1 && strcmp(a, "123") == 0);
    CHECK(_scprintf("%d", 12345) == 5);
    CHECK(strcpy_s(a, 3, "abc") == ERANGE && a[0] == 0);
    CHECK(strncpy_s(a, 3, "abc", _TRUNCATE) == STRUNCATE && strcmp(a, "ab") == 0);
    CHECK(wcscpy_s(w, 4, L"abc") == 0 && wcscat_s(w, 4, L"d") == ERANGE);
    CHECK(strcmp(_itoa(-255, a, 10), "-255") == 0 && strcmp(_itoa(255, a, 16), "ff") == 0);
    CHECK(_stprintf(w, TEXT("%d-%s"), 3, TEXT("t")) == 3 && _tcscmp(w, _T("3-t")) == 0);
    CHECK(_ttoi(_T("77")) == 77 && _tcslen(_T("four")) == 4);
    FILE *f = tmpfile();
    CHECK(fwprintf(f, L"%s\n", L"\x00fc\x20ac") == 3 && ftell(f) == 6);
    rewind(f);
    CHECK(fgetws(w, 64, f) != NULL && wcscmp(w, L"\x00fc\x20ac\n") == 0);
    fclose(f);
}

static void messages(void)
{
    char a[128];
    WCHAR *w = NULL;
    DWORD n = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, ERROR_FILE_NOT_FOUND, 0, a, sizeof a, NULL);
    CHECK(n == strlen(a) && strcmp(a, "There is no such file.\r\n") == 0);
    n = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_MAX_WIDTH_MASK, NULL, HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED), 0, a, sizeof a, NULL);
    CHECK(n == 18 && strcmp(a, "Access is denied. ") == 0);
    n = FormatMessageW(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM, NULL, ERROR_TIMEOUT, 0, (LPWSTR)&w, 0, NULL);
    CHECK(n == 17 && wcscmp(w, L"The time is up.\r\n") == 0);
    LocalFree(w);
    DWORD_PTR values[] = {(DWORD_PTR)L"w", (DWORD_PTR) "n"};
    n = FormatMessageW(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_ARGUMENT_ARRAY, L"%1 %2!hs!", 0, 0, (LPWSTR)&w, 0,
                       (va_list *)values);
    CHECK(n == 3 && wcscmp(w, L"w n") == 0);
    LocalFree(w);
}

static LONG counter;
static CRITICAL_SECTION section;
static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE condition = CONDITION_VARIABLE_INIT;
static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static int plain, under_srw, once_count, ready;

static BOOL CALLBACK initialize(PINIT_ONCE o, PVOID parameter, PVOID *context)
{
    (void)o;
    once_count++;
    *context = parameter;
    return TRUE;
}

static void *work(void *unused)
{
    for (int i = 0; i < 20000; i++) {
        InterlockedIncrement(&counter);
        EnterCriticalSection(&section);
        EnterCriticalSection(&section);
        plain++;
        LeaveCriticalSection(&section);
        LeaveCriticalSection(&section);
        AcquireSRWLockExclusive(&lock);
        under_srw++;
        ReleaseSRWLockExclusive(&lock);
        AcquireSRWLockShared(&lock);
        ReleaseSRWLockShared(&lock);
    }
    LPVOID context;
    InitOnceExecuteOnce(&once, initialize, &section, &context);
    EnterCriticalSection(&section);
    ready++;
    LeaveCriticalSection(&section);
    WakeConditionVariable(&condition);
    return context == &section ? unused : &once;
}

static void locks(void)
{
    pthread_t threads[4];
    InitializeCriticalSectionAndSpinCount(&section, 100);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    EnterCriticalSection(&section);
    while (ready < 4)
        SleepConditionVariableCS(&condition, &section, INFINITE);
    LeaveCriticalSection(&section);
    for (int i = 0; i < 4; i++) {
        void *answer = &ready;
        pthread_join(threads[i], &answer);
        CHECK(answer == NULL);
    }
    CHECK(counter == 80000 && plain == 80000 && under_srw == 80000 && once_count == 1);
    EnterCriticalSection(&section);
    CHECK(!SleepConditionVariableCS(&condition, &section, 20) && GetLastError() == ERROR_TIMEOUT);
    LeaveCriticalSection(&section);
    CHECK(TryAcquireSRWLockShared(&lock) && TryAcquireSRWLockShared(&lock) && !TryAcquireSRWLockExclusive(&lock));
    ReleaseSRWLockShared(&lock);
    ReleaseSRWLockShared(&lock);
    CHECK(TryAcquireSRWLockExclusive(&lock) && !TryAcquireSRWLockShared(&lock));
    ReleaseSRWLockExclusive(&lock);
    DeleteCriticalSection(&section);
    LONG64 value = 1, other = 2;
    CHECK(!WaitOnAddress(&value, &value, 8, 10) && GetLastError() == ERROR_TIMEOUT && WaitOnAddress(&value, &other, 8, INFINITE));
    DWORD slot = TlsAlloc();
    CHECK(slot != TLS_OUT_OF_INDEXES && TlsGetValue(slot) == NULL && TlsSetValue(slot, &slot) && TlsGetValue(slot) == &slot && TlsFree(slot));
    CHECK(!TlsSetValue(slot, NULL) && GetLastError() == ERROR_INVALID_PARAMETER);
    long l = 5;
    CHECK(InterlockedCompareExchange(&l, 7, 5) == 5 && l == 7 && InterlockedExchangeAdd(&counter, 1) == 80000);
}

static void memory(void)
{
    char *p = LocalAlloc(LPTR, 10);
    CHECK(p && LocalSize(p) == 10 && p[9] == 0 && (p = LocalReAlloc(p, 20, LMEM_ZEROINIT | LMEM_MOVEABLE)) && LocalSize(p) == 20 && p[19] == 0);
    CHECK(LocalFree(p) == NULL);
    HANDLE heap = HeapCreate(0, 0, 0);
    char *q = HeapAlloc(heap, HEAP_ZERO_MEMORY, 5);
    CHECK(q && HeapSize(heap, 0, q) == 5 && q[4] == 0 && !HeapFree(GetProcessHeap(), 0, q));
    q = HeapReAlloc(heap, HEAP_ZERO_MEMORY, q, 50);
    CHECK(q && q[49] == 0 && HeapDestroy(heap));
    char *v = VirtualAlloc(NULL, 100000, MEM_RESERVE, PAGE_READWRITE);
    CHECK(v && VirtualAlloc(v + 5000, 10, MEM_COMMIT, PAGE_READWRITE) == v + 4096);
    v[5000] = 1;
    CHECK(VirtualFree(v + 4096, 4096, MEM_DECOMMIT) && !VirtualFree(v + 4096, 0, MEM_RELEASE) && VirtualFree(v, 0, MEM_RELEASE));
}

static void names(void)
{
    char a[MAX_PATH], b[MAX_PATH], *file;
    CHECK(GetTempPathA(MAX_PATH, a) == strlen(a) && a[strlen(a) - 1] == '/');
    CHECK(GetTempFileNameA(a, "prefix", 0, b) != 0 && access(b, F_OK) == 0);
    CHECK(GetFileAttributesA(b) == FILE_ATTRIBUTE_NORMAL && DeleteFileA(b) && !DeleteFileA(b) && GetLastError() == ERROR_FILE_NOT_FOUND);
    CHECK(!DeleteFileA("/nowhere/x") && GetLastError() == ERROR_PATH_NOT_FOUND);
    CHECK(GetTempFileNameA("/nowhere", "p", 0, b) == 0 && GetLastError() == ERROR_DIRECTORY);
    CHECK(GetFullPathNameA("/a/./b//../c/d", MAX_PATH, a, &file) == 6 && strcmp(a, "/a/c/d") == 0 && strcmp(file, "d") == 0);
    CHECK(SetCurrentDirectoryA("/tmp") && GetCurrentDirectoryA(MAX_PATH, a) == 4 && GetCurrentDirectoryA(4, a) == 5);
    CHECK(!SetCurrentDirectoryA("/nowhere") && GetLastError() == ERROR_FILE_NOT_FOUND);
    CHECK(!SetCurrentDirectoryA("/dev/null") && GetLastError() == ERROR_DIRECTORY);
    CHECK(GetModuleFileNameA(NULL, a, MAX_PATH) > 0 && a[0] == '/' && GetModuleFileNameA(NULL, b, 3) == 3 && GetLastError() == ERROR_INSUFFICIENT_BUFFER);
    CHECK(GetModuleHandleA("KERNEL32.dll") != NULL && GetModuleHandleA("nothing.dll") == NULL && GetLastError() == ERROR_MOD_NOT_FOUND);
    DWORD n = MAX_PATH;
    CHECK(GetUserNameA(a, &n) && n == strlen(a) + 1);
    n = 1;
    CHECK(!GetUserNameA(a, &n) && GetLastError() == ERROR_INSUFFICIENT_BUFFER);
    n = MAX_PATH;
    CHECK(GetComputerNameA(a, &n) && n == strlen(a));
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    CHECK(info.dwNumberOfProcessors > 0 && info.dwPageSize >= 4096);
    DWORD before = GetTickCount();
    Sleep(20);
    CHECK(GetTickCount() - before >= 19 && GetTickCount() - before < 5000);
    SYSTEMTIME bad = {2023, 2, 0, 29, 0, 0, 0, 0};
    FILETIME f;
    CHECK(!SystemTimeToFileTime(&bad, &f) && GetLastError() == ERROR_INVALID_PARAMETER);
    LPWCH block = GetEnvironmentStringsW();
    CHECK(block && FreeEnvironmentStringsW(block));
}

/* With "argv": prints each line of standard input, split, one argument a line. */
int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "line") == 0) {
        puts(GetCommandLineA());
        return 0;
    }
    if (argc > 2 && strcmp(argv[1], "argv") == 0) {
        for (int i = 2; i < argc; i++) {
            int n;
            WCHAR line[4096];
            MultiByteToWideChar(CP_UTF8, 0, argv[i], -1, line, 4096);
            LPWSTR *list = CommandLineToArgvW(line, &n);
            for (int j = 0; j < n; j++)
                printf("%S%c", list[j], 0);
            putchar('\n');
            LocalFree(list);
        }
        return 0;
    }
    encodings();
    conversions();
    formats();
    messages();
    locks();
    memory();
    names();
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
