/* A command line on its way to the child's arguments. */
#include "transcript.h"

#include <shellapi.h>

static const WCHAR *const lines[] = {
    L"x",
    L"x a b  c\td",
    L"x \"two words\" \"\" e",
    L"x a\"b c\"d",
    L"x \\a \\\\b c\\ \"d\\\\\"",
    L"x a\\\"b \"c\\\"d\" \\\\\"e f\"",
    L"x \"a\"\"b\" \"\"\" c\"",
    L"x \"open end",
    L"x \"\"\"\"",
    L"x * ? %PATH% $HOME 'a b' ^ & | < >",
    L"x new\nline",
    L"x \u00e9 \u20ac \U0001F600",
    L"\"quoted first\" a",
    L"fi\"rst\"x a",
    L"back\\slash\\ \"a\"",
    L"\"first\"behind a",
};
enum { LINES = sizeof lines / sizeof lines[0] };

/* Prints what is not ASCII by its UTF-16 units. */
static void print(const WCHAR *text)
{
    for (; *text; text++)
        if (*text >= ' ' && *text < 0x7f)
            putchar(*text);
        else
            printf("{%04x}", (unsigned)*text);
    putchar('\n');
}

static int child(const char *number)
{
    int i, argc;
    WCHAR **argv = CommandLineToArgvW(GetCommandLineW(), &argc);
    if (argv == NULL) {
        say_error("CommandLineToArgvW");
        return 1;
    }
    for (i = 0; i < argc; i++) {
        printf("line %s, argument %d: ", number, i);
        print(argv[i]);
    }
    LocalFree(argv);
    return argc;
}

int main(void)
{
    static WCHAR image[PATH_SIZE], line[PATH_SIZE];
    static STARTUPINFOW si;
    char number[16];
    int i;

    /* The arguments being what is looked at, the child knows its part by the environment. */
    if (GetEnvironmentVariableA("COMMANDLINE_CHILD", number, sizeof number) > 0)
        return child(number);
    GetModuleFileNameW(NULL, image, PATH_SIZE);
    si.cb = sizeof si;
    si.dwFlags = STARTF_USESTDHANDLES;
    si.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    si.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    si.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    for (i = 0; i < LINES; i++) {
        PROCESS_INFORMATION pi;
        snprintf(number, sizeof number, "%d", i);
        SetEnvironmentVariableA("COMMANDLINE_CHILD", number);
        memcpy(line, lines[i], (wcslen(lines[i]) + 1) * sizeof line[0]);
        fflush(stdout);
        if (!CreateProcessW(image, line, NULL, NULL, TRUE, 0, NULL, NULL, &si, &pi)) {
            say_error(label("line %d", i));
            continue;
        }
        finish(label("line %d, arguments", i), &pi);
    }
    return 0;
}
