/* Microsoft's C library: paths, files, formats. */
#include <windows.h>
#include <tchar.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <io.h>
#include <fcntl.h>
#include <direct.h>
#include <process.h>
#include <errno.h>

int _tmain(int argc, TCHAR *argv[])
{
    char drive[_MAX_DRIVE], dir[_MAX_DIR], fname[_MAX_FNAME], ext[_MAX_EXT], path[_MAX_PATH];
    wchar_t wide[64], wfname[_MAX_FNAME], wext[_MAX_EXT];
    (void)argc;
    (void)argv;
    _splitpath("dir/sub.d/file.tar.gz", drive, dir, fname, ext);
    printf("[%s] [%s] [%s] [%s]\n", drive, dir, fname, ext);
    _makepath(path, NULL, "a/b", "c", "txt");
    printf("%s\n", strchr(path, 'c'));
    _wsplitpath(L"x/y.z", NULL, NULL, wfname, wext);
    wprintf(L"%ls %ls\n", wfname, wext);
    _wsplitpath_s(L"x/y.z", NULL, 0, NULL, 0, wfname, _MAX_FNAME, wext, _MAX_EXT);
    wprintf(L"%ls %ls\n", wfname, wext);

    printf("%d ", _snwprintf(wide, 4, L"%ls", L"abcdef"));
    printf("%d\n", _snwprintf(wide, 64, L"%hs-%d-%ls", "narrow", 7, L"wide"));
    wprintf(L"%ls\n", wide);
    printf("%d %s\n", sprintf_s(path, sizeof path, "%I64u %#x %08.3f %-5s|", 1ULL << 40, 255, 3.14159, "ab"), path);

    FILE *f = _wfopen(L"crt.tmp", L"w");
    if (f == NULL)
        return 1;
    fprintf(f, "line one\nline two\n");
    fclose(f);
    if (fopen_s(&f, "crt.tmp", "r") != 0)
        return 2;
    while (fgets(path, sizeof path, f) != NULL)
        printf("%d %s", (int)strlen(path), path);
    printf("eof %d\n", feof(f) != 0);
    fclose(f);
    int fd = _open("crt.tmp", _O_WRONLY | _O_APPEND | _O_BINARY);
    printf("write %d\n", _write(fd, "end", 3));
    _close(fd);
    printf("create what is there %d\n", _open("crt.tmp", _O_CREAT | _O_EXCL | _O_WRONLY, 0600));
    fd = _open("crt.tmp", _O_RDONLY | _O_BINARY);
    char buffer[8];
    printf("read %d: %.8s\n", _read(fd, buffer, 8), buffer);
    printf("seek %ld\n", (long)_lseek(fd, 0, SEEK_SET));
    _close(fd);
    printf("standard handle %d\n", (HANDLE)_get_osfhandle(_fileno(stdout)) == GetStdHandle(STD_OUTPUT_HANDLE));
    HANDLE r, w;
    CreatePipe(&r, &w, NULL, 0);
    FILE *in = _fdopen(_open_osfhandle((intptr_t)r, _O_RDONLY | _O_TEXT), "rt"), *out = _fdopen(_open_osfhandle((intptr_t)w, _O_WRONLY), "w");
    fprintf(out, "through a pipe\n");
    fclose(out);
    printf("%s", fgets(path, sizeof path, in));
    printf("end %d\n", fgets(path, sizeof path, in) == NULL);
    fclose(in);
    printf("access %d %d\n", _access("crt.tmp", 0), _access("no.tmp", 0));
    _mkdir("crt.dir");
    int again = _mkdir("crt.dir");
    printf("mkdir again %d %d\n", again, errno == EEXIST);
    printf("rmdir %d\n", _rmdir("crt.dir"));
    printf("unlink %d\n", _wunlink(L"crt.tmp"));
    printf("cwd %d\n", _getcwd(path, sizeof path) != NULL);

    char text[] = "one,two;;three", *next = NULL;
    for (char *t = strtok_s(text, ",;", &next); t != NULL; t = strtok_s(NULL, ",;", &next))
        printf("<%s>", t);
    printf("\n%s %s\n", _strupr(_strdup("upper")), _strlwr(_strdup("LOWER")));
    printf("%d %d\n", _stricmp("AbC", "aBc"), _strnicmp("abX", "abY", 2));
    printf("%s %s\n", _itoa(-255, path, 10), _ultoa(255, buffer, 16));
    printf("%I64d %lld\n", _atoi64("-9000000000"), (long long)_strtoi64("123456789012", NULL, 10));
    printf("%d %d %d\n", __max(3, 4), __min(3, 4), _countof(buffer) == 8);
    wcscpy_s(wide, 64, L"copied");
    wcscat_s(wide, 64, L" and more");
    wprintf(L"%ls %d\n", wide, (int)wcsnlen(wide, 64));
    wchar_t *wnext = NULL;
    for (wchar_t *t = wcstok_s(wide, L" ", &wnext); t != NULL; t = wcstok_s(NULL, L" ", &wnext))
        wprintf(L"<%ls>", t);
    wprintf(L"\n%d %d\n", _wtoi(L"42"), _wcsicmp(L"A", L"a"));
    printf("pid %d\n", _getpid() == (int)GetCurrentProcessId());
    return 0;
}
