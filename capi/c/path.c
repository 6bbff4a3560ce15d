/* Files and directories by their names. */
#include "internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What a name that does not work is: 2 if the directory is there, 3 if not. */
static BOOL fail_name(const char *name)
{
    DWORD code = createprocess_from_errno(errno);
    if (errno == ENOTDIR)
        code = ERROR_PATH_NOT_FOUND;
    if (errno == EISDIR)
        code = ERROR_ACCESS_DENIED;
    if (errno == ENOENT) {
        const char *slash = strrchr(name, '/');
        char *directory = slash && slash != name ? strndup(name, (size_t)(slash - name)) : NULL;
        struct stat st;
        if (directory && stat(directory, &st) != 0)
            code = ERROR_PATH_NOT_FOUND;
        free(directory);
    }
    SetLastError(code);
    return FALSE;
}

static BOOL check(int result, const char *name) { return result == 0 ? TRUE : fail_name(name); }

/* A W function is the A function of the name in UTF-8. */
#define BY_NAME(call) \
    { \
        if (name == NULL) { \
            SetLastError(ERROR_PATH_NOT_FOUND); \
            return FALSE; \
        } \
        char *n = createprocess_new_narrow(name); \
        BOOL answer = n ? call : FALSE; \
        free(n); \
        return answer; \
    }

BOOL WINAPI DeleteFileA(LPCSTR name) { return check(unlink(name), name); }
BOOL WINAPI DeleteFileW(LPCWSTR name) BY_NAME(DeleteFileA(n))
BOOL WINAPI RemoveDirectoryA(LPCSTR name) { return check(rmdir(name), name); }
BOOL WINAPI RemoveDirectoryW(LPCWSTR name) BY_NAME(RemoveDirectoryA(n))

BOOL WINAPI CreateDirectoryA(LPCSTR name, LPSECURITY_ATTRIBUTES attributes)
{
    if (attributes && attributes->lpSecurityDescriptor) {
        SetLastError(ERROR_NOT_SUPPORTED);
        return FALSE;
    }
    if (mkdir(name, 0777) == 0)
        return TRUE;
    if (errno == ENOENT) {
        SetLastError(ERROR_PATH_NOT_FOUND);
        return FALSE;
    }
    return fail_name(name);
}

BOOL WINAPI CreateDirectoryW(LPCWSTR name, LPSECURITY_ATTRIBUTES attributes) BY_NAME(CreateDirectoryA(n, attributes))

DWORD WINAPI GetFileAttributesA(LPCSTR name)
{
    struct stat st;
    if (stat(name, &st) != 0) {
        fail_name(name);
        return INVALID_FILE_ATTRIBUTES;
    }
    const char *last = strrchr(name, '/');
    DWORD attributes = S_ISDIR(st.st_mode) ? FILE_ATTRIBUTE_DIRECTORY : 0;
    last = last ? last + 1 : name;
    if (*last == '.' && strcmp(last, ".") != 0 && strcmp(last, "..") != 0)
        attributes |= FILE_ATTRIBUTE_HIDDEN;
    if (!(st.st_mode & 0222))
        attributes |= FILE_ATTRIBUTE_READONLY;
    return attributes ? attributes : FILE_ATTRIBUTE_NORMAL;
}

DWORD WINAPI GetFileAttributesW(LPCWSTR name)
{
    char *n = createprocess_new_narrow(name);
    DWORD answer = n ? GetFileAttributesA(n) : INVALID_FILE_ATTRIBUTES;
    free(n);
    return answer;
}

static FILETIME file_time(struct timespec t)
{
    ULONGLONG ticks = ((ULONGLONG)t.tv_sec + 11644473600u) * 10000000u + (ULONGLONG)t.tv_nsec / 100;
    return (FILETIME){(DWORD)ticks, (DWORD)(ticks >> 32)};
}

/* When the file was made the oldest of its times says, as far as Linux tells by stat. */
BOOL WINAPI GetFileAttributesExA(LPCSTR name, GET_FILEEX_INFO_LEVELS level, LPVOID information)
{
    struct stat st;
    if (level != GetFileExInfoStandard || information == NULL || name == NULL) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (stat(name, &st) != 0)
        return fail_name(name);
    FILETIME changed = file_time(st.st_ctim), written = file_time(st.st_mtim);
    *(WIN32_FILE_ATTRIBUTE_DATA *)information = (WIN32_FILE_ATTRIBUTE_DATA){
        .dwFileAttributes = GetFileAttributesA(name),
        .ftCreationTime = CompareFileTime(&changed, &written) < 0 ? changed : written,
        .ftLastAccessTime = file_time(st.st_atim),
        .ftLastWriteTime = written,
        .nFileSizeHigh = (DWORD)((ULONGLONG)st.st_size >> 32),
        .nFileSizeLow = (DWORD)st.st_size,
    };
    return TRUE;
}

BOOL WINAPI GetFileAttributesExW(LPCWSTR name, GET_FILEEX_INFO_LEVELS level, LPVOID information) BY_NAME(GetFileAttributesExA(n, level, information))

static BOOL move(const char *from, const char *to, DWORD flags)
{
    int result = flags & MOVEFILE_REPLACE_EXISTING ? rename(from, to) : renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
    if (result == 0)
        return TRUE;
    if (errno == EXDEV && flags & MOVEFILE_COPY_ALLOWED)
        return CopyFileA(from, to, !(flags & MOVEFILE_REPLACE_EXISTING)) && DeleteFileA(from);
    return fail_name(from);
}

BOOL WINAPI MoveFileExA(LPCSTR from, LPCSTR to, DWORD flags)
{
    if (from == NULL || to == NULL || flags & ~(DWORD)(MOVEFILE_REPLACE_EXISTING | MOVEFILE_COPY_ALLOWED | MOVEFILE_WRITE_THROUGH)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return move(from, to, flags);
}

BOOL WINAPI MoveFileA(LPCSTR from, LPCSTR to) { return MoveFileExA(from, to, MOVEFILE_COPY_ALLOWED); }

BOOL WINAPI MoveFileExW(LPCWSTR from, LPCWSTR to, DWORD flags)
{
    char *f = from ? createprocess_new_narrow(from) : NULL, *t = to ? createprocess_new_narrow(to) : NULL;
    BOOL answer = MoveFileExA(f, t, flags);
    free(f);
    free(t);
    return answer;
}

BOOL WINAPI MoveFileW(LPCWSTR from, LPCWSTR to) { return MoveFileExW(from, to, MOVEFILE_COPY_ALLOWED); }

BOOL WINAPI CopyFileA(LPCSTR from, LPCSTR to, BOOL failIfExists)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (in < 0 || fstat(in, &st) != 0) {
        int error = errno;
        if (in >= 0)
            close(in);
        errno = error;
        return fail_name(from);
    }
    if (S_ISDIR(st.st_mode)) {
        close(in);
        SetLastError(ERROR_ACCESS_DENIED);
        return FALSE;
    }
    int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC | (failIfExists ? O_EXCL : 0), st.st_mode & 0777);
    struct stat target;
    if (out >= 0 && fstat(out, &target) == 0 && target.st_dev == st.st_dev && target.st_ino == st.st_ino) {
        close(in);
        close(out);
        SetLastError(ERROR_SHARING_VIOLATION);
        return FALSE;
    }
    int error = out < 0 || ftruncate(out, 0) != 0 ? errno : 0;
    char buffer[1 << 16];
    for (ssize_t n; error == 0 && (n = read(in, buffer, sizeof buffer)) != 0;) {
        for (char *p = buffer; n > 0 && error == 0;) {
            ssize_t written = write(out, p, (size_t)n);
            if (written < 0)
                error = errno;
            else
                p += written, n -= written;
        }
        if (n < 0)
            error = errno;
    }
    if (out >= 0 && close(out) != 0 && error == 0)
        error = errno;
    close(in);
    errno = error;
    if (error == EEXIST)
        SetLastError(ERROR_FILE_EXISTS);
    else if (error)
        fail_name(to);
    return error == 0;
}

BOOL WINAPI CopyFileW(LPCWSTR from, LPCWSTR to, BOOL failIfExists)
{
    char *f = createprocess_new_narrow(from), *t = createprocess_new_narrow(to);
    BOOL answer = f && t && CopyFileA(f, t, failIfExists);
    free(f);
    free(t);
    return answer;
}

DWORD WINAPI GetCurrentDirectoryA(DWORD size, LPSTR buffer)
{
    char *name = getcwd(NULL, 0);
    if (name == NULL)
        return (DWORD)createprocess_fail_errno();
    DWORD answer = createprocess_answer(name, buffer, size, false);
    free(name);
    return answer;
}

DWORD WINAPI GetCurrentDirectoryW(DWORD size, LPWSTR buffer)
{
    char *name = getcwd(NULL, 0);
    if (name == NULL)
        return (DWORD)createprocess_fail_errno();
    DWORD answer = createprocess_answer_wide(name, buffer, size, false);
    free(name);
    return answer;
}

BOOL WINAPI SetCurrentDirectoryA(LPCSTR name)
{
    if (chdir(name) == 0)
        return TRUE;
    if (errno == ENOTDIR) {
        SetLastError(ERROR_DIRECTORY);
        return FALSE;
    }
    return fail_name(name);
}

BOOL WINAPI SetCurrentDirectoryW(LPCWSTR name) BY_NAME(SetCurrentDirectoryA(n))

/* TMPDIR, or what a program of Windows has set, or /tmp; with a slash behind. */
static char *temporary(void)
{
    static const char *const names[] = {"TMPDIR", "TMP", "TEMP"};
    const char *found = NULL;
    for (size_t i = 0; i < 3 && (found == NULL || *found == 0); i++)
        found = getenv(names[i]);
    if (found == NULL || *found == 0)
        found = "/tmp";
    char *out = malloc(strlen(found) + 2);
    if (out == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    strcpy(out, found);
    if (out[strlen(out) - 1] != '/')
        strcat(out, "/");
    return out;
}

DWORD WINAPI GetTempPathA(DWORD size, LPSTR buffer)
{
    char *name = temporary();
    DWORD answer = name ? createprocess_answer(name, buffer, size, false) : 0;
    free(name);
    return answer;
}

DWORD WINAPI GetTempPathW(DWORD size, LPWSTR buffer)
{
    char *name = temporary();
    DWORD answer = name ? createprocess_answer_wide(name, buffer, size, false) : 0;
    free(name);
    return answer;
}

/* DIRECTORY/PREXXXX.tmp; XXXX is the number in hexadecimal. 0: the first from the
 * clock on that there is no file of, and the file is created. */
UINT WINAPI GetTempFileNameA(LPCSTR directory, LPCSTR prefix, UINT unique, LPSTR name)
{
    struct stat st;
    if (directory == NULL || name == NULL) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    if (strlen(directory) > MAX_PATH - 14) {
        SetLastError(ERROR_BUFFER_OVERFLOW);
        return 0;
    }
    if (stat(directory, &st) != 0 || !S_ISDIR(st.st_mode)) {
        SetLastError(ERROR_DIRECTORY);
        return 0;
    }
    char pre[4] = {0};
    strncpy(pre, prefix ? prefix : "", 3);
    const char *slash = directory[0] && directory[strlen(directory) - 1] == '/' ? "" : "/";
    UINT number = unique ? unique & 0xffff : GetTickCount() & 0xffff;
    for (UINT tries = 0; tries < 0x10000; tries++, number = (number + 1) & 0xffff) {
        if (number == 0)
            continue;
        snprintf(name, MAX_PATH, "%s%s%s%x.tmp", directory, slash, pre, number);
        if (unique)
            return unique;
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0) {
            close(fd);
            return number;
        }
        if (errno != EEXIST) {
            fail_name(name);
            return 0;
        }
    }
    SetLastError(ERROR_FILE_EXISTS);
    return 0;
}

UINT WINAPI GetTempFileNameW(LPCWSTR directory, LPCWSTR prefix, UINT unique, LPWSTR name)
{
    char narrow[MAX_PATH], *d = directory ? createprocess_new_narrow(directory) : NULL, *p = prefix ? createprocess_new_narrow(prefix) : NULL;
    UINT answer = GetTempFileNameA(d, p, unique, narrow);
    if (answer)
        createprocess_widen(narrow, strlen(narrow) + 1, name, MAX_PATH, NULL);
    free(d);
    free(p);
    return answer;
}

/* The name from the root on, without ".", ".." and double slashes. No file needs
 * to be there, and links are not followed. */
static char *full_name(const char *name)
{
    char *directory = *name == '/' ? strdup("") : getcwd(NULL, 0);
    char *out = directory ? malloc(strlen(directory) + strlen(name) + 3) : NULL;
    if (out == NULL) {
        createprocess_fail_errno();
        free(directory);
        return NULL;
    }
    size_t used = 0;
    const char *parts[] = {directory, name};
    for (int i = 0; i < 2; i++)
        for (const char *p = parts[i]; *p;) {
            size_t n = strcspn(p, "/");
            if (n == 2 && p[0] == '.' && p[1] == '.') {
                while (used > 0 && out[--used] != '/')
                    ;
            } else if (n > 0 && !(n == 1 && *p == '.')) {
                out[used++] = '/';
                memcpy(out + used, p, n);
                used += n;
            }
            p += n;
            p += strspn(p, "/");
        }
    if (used == 0 || name[strlen(name) - 1] == '/')
        out[used++] = '/';
    out[used] = 0;
    free(directory);
    return out;
}

DWORD WINAPI GetFullPathNameA(LPCSTR name, DWORD size, LPSTR buffer, LPSTR *file)
{
    char *full = name && *name ? full_name(name) : NULL;
    if (name == NULL || *name == 0)
        SetLastError(ERROR_INVALID_NAME);
    DWORD answer = full ? createprocess_answer(full, buffer, size, false) : 0;
    if (file && answer) {
        char *last = answer < size ? strrchr(buffer, '/') : NULL;
        *file = last && last[1] ? last + 1 : NULL;
    }
    free(full);
    return answer;
}

DWORD WINAPI GetFullPathNameW(LPCWSTR name, DWORD size, LPWSTR buffer, LPWSTR *file)
{
    char *narrow = name && *name ? createprocess_new_narrow(name) : NULL, *full = narrow ? full_name(narrow) : NULL;
    if (name == NULL || *name == 0)
        SetLastError(ERROR_INVALID_NAME);
    DWORD answer = full ? createprocess_answer_wide(full, buffer, size, false) : 0;
    if (file && answer) {
        WCHAR *last = answer < size ? wcsrchr(buffer, '/') : NULL;
        *file = last && last[1] ? last + 1 : NULL;
    }
    free(narrow);
    free(full);
    return answer;
}
