/* The environment: inherited, or a block. */
#include "transcript.h"

static const char *const names[] = {"DIFF_A", "DIFF_B", "DIFF_EMPTY", "DIFF_TEXT", "diff_a", "DIFF_ABSENT"};

static int child(const char *which)
{
    size_t i;
    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        char value[64];
        const char *what = label("%s, %s", which, names[i]);
        DWORD n;
        SetLastError(0);
        n = GetEnvironmentVariableA(names[i], value, sizeof value);
        if (n > 0 || GetLastError() == 0)
            printf("%s: <%s>\n", what, value);
        else
            say_error(what);
    }
    return 0;
}

static void attempt(const char *which, DWORD flags, void *block)
{
    static char image[PATH_SIZE], line[64];
    STARTUPINFOA si = own_files();
    PROCESS_INFORMATION pi;
    own_image(image);
    snprintf(line, sizeof line, "x child \"%s\"", which);
    fflush(stdout);
    if (!CreateProcessA(image, line, NULL, NULL, TRUE, flags, block, NULL, &si, &pi)) {
        say_error(which);
        return;
    }
    finish(which, &pi);
}

int main(int argc, char **argv)
{
    static char block[] = "DIFF_A=1\0DIFF_B=x=y\0DIFF_EMPTY=\0DIFF_TEXT=two words\0";
    static WCHAR wide[] = L"DIFF_A=3\0DIFF_TEXT=wide\0";
    static char twice[] = "DIFF_A=first\0DIFF_A=second\0";
    static char unsorted[] = "DIFF_TEXT=1\0DIFF_B=2\0DIFF_A=3\0";
    static char no_equals[] = "DIFF_A=1\0DIFF_B\0";
    static char no_name[] = "=DIFF=x\0DIFF_A=1\0";
    static char empty[] = "\0";

    if (is_child(argc, argv, "child"))
        return child(argv[2]);
    SetEnvironmentVariableA("DIFF_A", "creator");
    SetEnvironmentVariableA("DIFF_B", "gone");
    SetEnvironmentVariableA("DIFF_B", NULL);
    attempt("inherited", 0, NULL);
    attempt("block", 0, block);
    attempt("wide block", CREATE_UNICODE_ENVIRONMENT, wide);
    attempt("one name twice", 0, twice);
    attempt("unsorted", 0, unsorted);
    attempt("entry without =", 0, no_equals);
    attempt("entry without a name", 0, no_name);
    attempt("empty block", 0, empty);
    return 0;
}
