/* Which image runs, and what it is called: unquoted paths with spaces, QueryFullProcessImageName. */
#include "transcript.h"

static int child(const char *which)
{
    static char image[PATH_SIZE];
    own_image(image);
    say(label("%s, runs", which), base_name(image));
    return 0;
}

static void attempt(const char *which, const char *path)
{
    static char line[PATH_SIZE];
    STARTUPINFOA si = own_files();
    PROCESS_INFORMATION pi;
    snprintf(line, sizeof line, "%s", path);
    SetEnvironmentVariableA("IMAGE_CHILD", which);
    fflush(stdout);
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &si, &pi)) {
        say_error(which);
        return;
    }
    finish(which, &pi);
}

int main(int argc, char **argv)
{
    static char image[PATH_SIZE], name[PATH_SIZE];
    PROCESS_INFORMATION pi;
    HANDLE weak;
    DWORD size;
    char which[64];

    if (GetEnvironmentVariableA("IMAGE_CHILD", which, sizeof which) > 0)
        return child(which);
    play_child(argc, argv);
    own_image(image);

    pi = start("sleep", 0);
    size = sizeof name;
    say_result("its name", QueryFullProcessImageNameA(pi.hProcess, 0, name, &size));
    say_bool("its name is the creator's", strcmp(base_name(name), base_name(image)) == 0);
    weak = OpenProcess(SYNCHRONIZE, FALSE, pi.dwProcessId);
    size = sizeof name;
    say_result("its name without the right", QueryFullProcessImageNameA(weak, 0, name, &size));
    CloseHandle(weak);
    put_away(&pi);

    CreateDirectoryA("a folder", NULL);
    CopyFileA(image, "a folder/my own.image", FALSE);
    attempt("quoted", "\"./a folder/my own.image\" x");
    attempt("unquoted", "./a folder/my own.image x");
    attempt("white space in front", "  \"./a folder/my own.image\"");
    CopyFileA(image, "a folder/my.image", FALSE);
    attempt("a shorter name with another ending", "./a folder/my own.image x");
    CreateDirectoryA("a", NULL);
    attempt("a folder with a shorter name", "./a folder/my own.image x");
    attempt("quoted in the middle", "./\"a folder\"/my.image");
    attempt("no such image", "./a folder/no such.image x");
    return 0;
}
