/* What CreateProcess refuses: images that are missing or none. */
#include "transcript.h"

static void attempt(const char *what, const char *application, char *line)
{
    STARTUPINFOA si = own_files();
    PROCESS_INFORMATION pi;
    if (!CreateProcessA(application, line, NULL, NULL, TRUE, 0, NULL, NULL, &si, &pi)) {
        say_error(what);
        return;
    }
    say(what, "ok");
    WaitForSingleObject(pi.hProcess, INFINITE);
    close_both(&pi);
}

int main(int argc, char **argv)
{
    static char image[PATH_SIZE], longest[32800];
    char missing_name[] = "createprocess-nope a b", missing_path[] = "./missing a b";
    char missing_folder[] = "missing/missing", quoted[] = "\"./missing\" a", empty[] = "", blank[] = " \t ";

    if (argc > 1)
        return 0;
    (void)argv;
    own_image(image);
    write_file("text", "just text\n");
    write_file("empty", "");
    CreateDirectoryA("folder", NULL);

    attempt("no such application", "./missing", NULL);
    attempt("no such application in a folder that is missing", "missing/missing", NULL);
    attempt("no such name", NULL, missing_name);
    attempt("no such path", NULL, missing_path);
    attempt("no such path, quoted", NULL, quoted);
    attempt("no such path in a folder that is missing", NULL, missing_folder);
    attempt("an application that is a file's child", "text/missing", NULL);
    attempt("empty command line", NULL, empty);
    attempt("blank command line", NULL, blank);
    attempt("a folder", "folder", NULL);
    attempt("a text", "text", NULL);
    attempt("an empty file", "empty", NULL);

    memset(longest, 'x', 32766);
    longest[1] = ' ';
    attempt("a command line of 32,766 characters", image, longest);
    longest[32766] = 'x';
    attempt("a command line of 32,767 characters", image, longest);
    return 0;
}
