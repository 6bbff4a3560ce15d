/* Standard files of the child: the creator's, pipes, files. */
#include "transcript.h"

static int echo(void)
{
    char line[64];
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\r\n")] = 0;
        printf("<%s>\n", line);
        fprintf(stderr, "[%s]\n", line);
    }
    printf("end\n");
    return 6;
}

static BOOL start_with(HANDLE in, HANDLE out, HANDLE err, PROCESS_INFORMATION *pi)
{
    static char image[PATH_SIZE], line[] = "x echo";
    STARTUPINFOA si = own_files();
    si.hStdInput = in;
    si.hStdOutput = out;
    si.hStdError = err;
    own_image(image);
    fflush(stdout);
    return CreateProcessA(image, line, NULL, NULL, TRUE, 0, NULL, NULL, &si, pi);
}

static void say_file(const char *what, const char *name)
{
    char line[64];
    int n = 0;
    FILE *f = fopen(name, "r");
    if (f == NULL) {
        say(what, "missing");
        return;
    }
    while (fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\r\n")] = 0;
        say(label("%s, line %d", what, n++), line);
    }
    fclose(f);
}

int main(int argc, char **argv)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    HANDLE child_in, to_child, from_child, child_out, in, out, err;
    PROCESS_INFORMATION pi;
    char text[256];
    DWORD n, total = 0;

    if (is_child(argc, argv, "echo"))
        return echo();
    if (is_child(argc, argv, "inherits")) {
        say("a child with the creator's files", "prints");
        return 0;
    }

    pi = start("inherits", 0);
    finish("the creator's files, exit code", &pi);

    CreatePipe(&child_in, &to_child, &inherit, 0);
    CreatePipe(&from_child, &child_out, &inherit, 0);
    SetHandleInformation(to_child, HANDLE_FLAG_INHERIT, 0);
    SetHandleInformation(from_child, HANDLE_FLAG_INHERIT, 0);
    if (!start_with(child_in, child_out, child_out, &pi)) {
        say_error("pipes");
        return 1;
    }
    CloseHandle(child_in);
    CloseHandle(child_out);
    say_result("write to the child", WriteFile(to_child, "one\ntwo\n", 8, &n, NULL));
    CloseHandle(to_child);
    while (total < sizeof text - 1 && ReadFile(from_child, text + total, sizeof text - 1 - total, &n, NULL) && n > 0)
        total += n;
    text[total] = 0;
    CloseHandle(from_child);
    say_bool("pipes, it has read the first line", strstr(text, "<one>") != NULL);
    say_bool("pipes, and the second", strstr(text, "<two>") != NULL);
    say_bool("pipes, and seen the end", strstr(text, "end") != NULL);
    say_bool("pipes, standard error is the same", strstr(text, "[two]") != NULL);
    finish("pipes, exit code", &pi);

    write_file("input", "first\nsecond\n");
    in = CreateFileA("input", GENERIC_READ, FILE_SHARE_READ, &inherit, OPEN_EXISTING, 0, NULL);
    out = CreateFileA("output", GENERIC_WRITE, FILE_SHARE_READ, &inherit, CREATE_ALWAYS, 0, NULL);
    err = CreateFileA("error", GENERIC_WRITE, FILE_SHARE_READ, &inherit, CREATE_ALWAYS, 0, NULL);
    if (!start_with(in, out, err, &pi)) {
        say_error("files");
        return 1;
    }
    CloseHandle(in);
    CloseHandle(out);
    CloseHandle(err);
    finish("files, exit code", &pi);
    say_file("output", "output");
    say_file("error", "error");

    if (start_with(NULL, NULL, NULL, &pi))
        finish("no files, exit code", &pi);
    else
        say_error("no files");
    return 0;
}
