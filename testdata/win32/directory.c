/* The current directory of the child, and what a relative image counts from. */
#include "transcript.h"

static int child(const char *which)
{
    static char path[PATH_SIZE];
    if (GetCurrentDirectoryA(PATH_SIZE, path) == 0)
        say_error(label("%s, current directory", which));
    else
        say(label("%s, current directory", which), base_name(path));
    say_bool(label("%s, sees the marker", which), GetFileAttributesA("marker") != INVALID_FILE_ATTRIBUTES);
    return 0;
}

static void attempt(const char *which, const char *application, const char *directory)
{
    static char line[64];
    STARTUPINFOA si = own_files();
    PROCESS_INFORMATION pi;
    snprintf(line, sizeof line, "x child \"%s\"", which);
    fflush(stdout);
    if (!CreateProcessA(application, line, NULL, NULL, TRUE, 0, NULL, directory, &si, &pi)) {
        say_error(which);
        return;
    }
    finish(which, &pi);
}

int main(int argc, char **argv)
{
    static char image[PATH_SIZE], path[PATH_SIZE];
    if (is_child(argc, argv, "child"))
        return child(argv[2]);
    own_image(image);
    CreateDirectoryA("here", NULL);
    SetCurrentDirectoryA("here");
    CreateDirectoryA("below", NULL);
    write_file("below/marker", "");
    CopyFileA(image, "copy.image", FALSE);
    CopyFileA(image, "below/other.image", FALSE);

    attempt("inherited", image, NULL);
    attempt("relative", image, "below");
    attempt("with a slash at the end", image, "below/");
    attempt("dots", image, "below/../below/.");
    attempt("missing", image, "missing");
    attempt("a file", image, "copy.image");
    attempt("below a file", image, "copy.image/x");
    attempt("relative image in the creator's directory", "./copy.image", "below");
    attempt("relative image in the child's directory", "./other.image", "below");
    attempt("missing image and missing directory", "./missing", "missing");
    GetCurrentDirectoryA(PATH_SIZE, path);
    say("the creator stays", base_name(path));
    return 0;
}
