/*
 * What the programs of this folder share: each shows one subject of Win32's
 * process functions by starting itself as its child, and prints one line
 *
 *     label: value
 *
 * for each observation. A label occurs once in a program. Nothing that is
 * printed changes from one run, or one machine, to the next.
 */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0602
#endif
#include <windows.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096 };

/* Makes a label; the next call takes its place. */
static inline const char *label(const char *format, ...)
{
    static char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return text;
}

static inline void say(const char *what, const char *value)
{
    printf("%s: %s\n", what, value);
}

static inline void say_number(const char *what, DWORD value)
{
    if (value > 0xffff)
        printf("%s: 0x%08lX\n", what, (unsigned long)value);
    else
        printf("%s: %lu\n", what, (unsigned long)value);
}

static inline void say_bool(const char *what, BOOL value)
{
    say(what, value ? "yes" : "no");
}

static inline void say_error(const char *what)
{
    printf("%s: error %lu\n", what, (unsigned long)GetLastError());
}

/* What a function answers that says FALSE when it fails. */
static inline void say_result(const char *what, BOOL ok)
{
    if (ok)
        say(what, "ok");
    else
        say_error(what);
}

/* What a wait, SuspendThread and ResumeThread answer. */
static inline void say_count(const char *what, DWORD result)
{
    if (result == 0xffffffff)
        say_error(what);
    else
        say_number(what, result);
}

static inline void say_exit_code(const char *what, HANDLE process)
{
    DWORD code;
    if (GetExitCodeProcess(process, &code))
        say_number(what, code);
    else
        say_error(what);
}

/* The part of a path behind its last slash, of either kind. */
static inline const char *base_name(const char *path)
{
    const char *base = path;
    for (; *path; path++)
        if (*path == '/' || *path == '\\')
            base = path + 1;
    return base;
}

static inline void own_image(char path[PATH_SIZE])
{
    DWORD n = GetModuleFileNameA(NULL, path, PATH_SIZE);
    if (n == 0 || n == PATH_SIZE) {
        say_error("own image");
        exit(1);
    }
}

static inline STARTUPINFOA own_files(void)
{
    STARTUPINFOA si;
    memset(&si, 0, sizeof si);
    si.cb = sizeof si;
    si.dwFlags = STARTF_USESTDHANDLES;
    si.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    si.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    si.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    return si;
}

/* Starts this program again: the child has the arguments and the standard files. */
static inline BOOL try_start(const char *arguments, DWORD flags, PROCESS_INFORMATION *pi)
{
    static char image[PATH_SIZE], line[2 * PATH_SIZE];
    STARTUPINFOA si = own_files();
    own_image(image);
    snprintf(line, sizeof line, "\"%s\" %s", image, arguments);
    fflush(stdout);
    return CreateProcessA(image, line, NULL, NULL, TRUE, flags, NULL, NULL, &si, pi);
}

static inline PROCESS_INFORMATION start(const char *arguments, DWORD flags)
{
    PROCESS_INFORMATION pi;
    if (!try_start(arguments, flags, &pi)) {
        say_error(arguments);
        exit(1);
    }
    return pi;
}

static inline void close_both(PROCESS_INFORMATION *pi)
{
    CloseHandle(pi->hThread);
    CloseHandle(pi->hProcess);
}

/* Waits for the end of a child, says its exit code and closes its handles. */
static inline void finish(const char *what, PROCESS_INFORMATION *pi)
{
    WaitForSingleObject(pi->hProcess, INFINITE);
    say_exit_code(what, pi->hProcess);
    close_both(pi);
}

/* Ends a child that has served its purpose. */
static inline void put_away(PROCESS_INFORMATION *pi)
{
    TerminateProcess(pi->hProcess, 1);
    WaitForSingleObject(pi->hProcess, INFINITE);
    close_both(pi);
}

/* What most children do: "exit CODE" or "sleep". Any other arguments are the program's own business. */
static inline BOOL is_child(int argc, char **argv, const char *role)
{
    return argc > 1 && strcmp(argv[1], role) == 0;
}

static inline void play_child(int argc, char **argv)
{
    if (is_child(argc, argv, "exit"))
        ExitProcess((UINT)strtoul(argv[2], NULL, 10));
    if (is_child(argc, argv, "sleep")) {
        Sleep(60000);
        ExitProcess(0);
    }
}

static inline void write_file(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");
    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0) {
        say(name, "cannot be written");
        exit(1);
    }
}

#endif
