/* GetCurrentProcess. */
#include "transcript.h"

int main(int argc, char **argv)
{
    HANDLE h;
    play_child(argc, argv);
    say_bool("its number", GetProcessId(GetCurrentProcess()) == GetCurrentProcessId());
    say_exit_code("exit code", GetCurrentProcess());
    say_result("close", CloseHandle(GetCurrentProcess()));
    say_result("close again", CloseHandle(GetCurrentProcess()));
    say_count("wait after that", WaitForSingleObject(GetCurrentProcess(), 0));
    say_number("priority class", GetPriorityClass(GetCurrentProcess()));
    h = OpenProcess(SYNCHRONIZE, FALSE, GetCurrentProcessId());
    say_result("open", h != NULL);
    say_count("opened, wait", WaitForSingleObject(h, 0));
    say_result("opened, terminate", TerminateProcess(h, 1));
    say_exit_code("opened, exit code", h);
    CloseHandle(h);
    return 0;
}
