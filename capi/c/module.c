/* Modules: the program and its shared libraries. The names of Windows' own
 * libraries, such as kernel32.dll, are this one. */
#include "internal.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void *program(void)
{
    static void *handle;
    void *h = __atomic_load_n(&handle, __ATOMIC_ACQUIRE);
    if (h == NULL) {
        h = dlopen(NULL, RTLD_NOW);
        __atomic_store_n(&handle, h, __ATOMIC_RELEASE);
    }
    return h;
}

/* Without another reference to it. */
static void *loaded(const char *name)
{
    void *h = dlopen(name, RTLD_NOW | RTLD_NOLOAD);
    if (h)
        dlclose(h);
    return h;
}

static bool is_ours(const char *name)
{
    static const char *const ours[] = {"kernel32", "kernelbase", "ntdll", "advapi32", "user32", "shell32", "userenv", "msvcrt", "ucrtbase"};
    size_t n = strlen(name);
    if (n > 4 && strcasecmp(name + n - 4, ".dll") == 0)
        n -= 4;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strlen(ours[i]) == n && strncasecmp(ours[i], name, n) == 0)
            return true;
    return false;
}

static void *own(void)
{
    Dl_info info;
    void *h = dladdr((void *)(uintptr_t)GetModuleHandleA, &info) ? loaded(info.dli_fname) : NULL;
    return h ? h : program(); /* linked statically */
}

HMODULE WINAPI GetModuleHandleA(LPCSTR name)
{
    void *h = name == NULL ? program() : is_ours(name) ? own() : loaded(name);
    if (h == NULL)
        SetLastError(ERROR_MOD_NOT_FOUND);
    return h;
}

HMODULE WINAPI GetModuleHandleW(LPCWSTR name)
{
    char *n = name ? createprocess_new_narrow(name) : NULL;
    HMODULE h = name && n == NULL ? NULL : GetModuleHandleA(n);
    free(n);
    return h;
}

HMODULE WINAPI LoadLibraryA(LPCSTR name)
{
    if (name == NULL) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (is_ours(name))
        return own();
    void *h = dlopen(name, RTLD_NOW);
    if (h == NULL)
        SetLastError(ERROR_MOD_NOT_FOUND);
    return h;
}

HMODULE WINAPI LoadLibraryW(LPCWSTR name)
{
    char *n = name ? createprocess_new_narrow(name) : NULL;
    HMODULE h = name && n == NULL ? NULL : LoadLibraryA(n);
    free(n);
    return h;
}

BOOL WINAPI FreeLibrary(HMODULE module)
{
    if (module == NULL) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    if ((void *)module == program() || (void *)module == own())
        return TRUE;
    if (dlclose(module) == 0)
        return TRUE;
    SetLastError(ERROR_INVALID_HANDLE);
    return FALSE;
}

FARPROC WINAPI GetProcAddress(HMODULE module, LPCSTR name)
{
    void *p = (uintptr_t)name >> 16 == 0 ? NULL : dlsym(module ? (void *)module : program(), name);
    if (p == NULL)
        SetLastError(ERROR_PROC_NOT_FOUND);
    FARPROC f;
    memcpy(&f, &p, sizeof f);
    return f;
}

static char *file_of(HMODULE module)
{
    char path[4096];
    if (module == NULL || (void *)module == program()) {
        ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
        if (n < 0) {
            createprocess_fail_errno();
            return NULL;
        }
        path[n] = 0;
        return strdup(path);
    }
    struct link_map *map;
    if (dlinfo(module, RTLD_DI_LINKMAP, &map) != 0) {
        SetLastError(ERROR_MOD_NOT_FOUND);
        return NULL;
    }
    return strdup(map->l_name);
}

/* A name that is too long is cut off, with its NUL, and the answer is the size. */
DWORD WINAPI GetModuleFileNameA(HMODULE module, LPSTR name, DWORD size)
{
    char *file = file_of(module);
    if (file == NULL)
        return 0;
    size_t n = strlen(file);
    if (n < size) {
        memcpy(name, file, n + 1);
    } else {
        if (size > 0) {
            memcpy(name, file, size - 1);
            name[size - 1] = 0;
        }
        n = size;
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
    }
    free(file);
    return (DWORD)n;
}

DWORD WINAPI GetModuleFileNameW(HMODULE module, LPWSTR name, DWORD size)
{
    char *file = file_of(module);
    if (file == NULL)
        return 0;
    size_t length = strlen(file), n = createprocess_widen(file, length, name, size, NULL);
    if (n < size) {
        name[n] = 0;
    } else {
        if (size > 0)
            name[size - 1] = 0;
        n = size;
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
    }
    free(file);
    return (DWORD)n;
}
