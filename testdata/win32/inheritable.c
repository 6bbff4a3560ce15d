/* SECURITY_ATTRIBUTES.bInheritHandle and HANDLE_FLAG_INHERIT. */
#include "transcript.h"

static void say_inheritable(const char *what, HANDLE h)
{
    DWORD flags = 0;
    if (GetHandleInformation(h, &flags))
        say_bool(what, (flags & HANDLE_FLAG_INHERIT) != 0);
    else
        say_error(what);
}

int main(int argc, char **argv)
{
    static char image[PATH_SIZE], line[] = "x exit 0";
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOA si = own_files();
    PROCESS_INFORMATION pi;
    HANDLE event, opened;

    play_child(argc, argv);
    own_image(image);
    fflush(stdout);
    if (!CreateProcessA(image, line, &inherit, NULL, TRUE, 0, NULL, NULL, &si, &pi)) {
        say_error("CreateProcess");
        return 1;
    }
    say_inheritable("process", pi.hProcess);
    say_inheritable("thread", pi.hThread);
    say_result("mark the thread", SetHandleInformation(pi.hThread, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
    say_inheritable("thread, marked", pi.hThread);
    say_result("unmark the process", SetHandleInformation(pi.hProcess, HANDLE_FLAG_INHERIT, 0));
    say_inheritable("process, unmarked", pi.hProcess);
    opened = OpenProcess(SYNCHRONIZE, TRUE, pi.dwProcessId);
    if (opened != NULL) {
        say_inheritable("opened so", opened);
        CloseHandle(opened);
    }
    finish("exit code", &pi);
    say_result("mark a closed handle", SetHandleInformation(pi.hProcess, HANDLE_FLAG_INHERIT, 0));
    event = CreateEventA(&inherit, TRUE, FALSE, NULL);
    say_result("an inheritable event", event != NULL);
    if (event != NULL)
        CloseHandle(event);
    return 0;
}
