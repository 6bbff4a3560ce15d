/* DuplicateHandle of processes: rights, inheritance, lifetime. */
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
    HANDLE me = GetCurrentProcess(), weak = NULL, same = NULL, more = NULL, real = NULL;
    PROCESS_INFORMATION pi;

    play_child(argc, argv);
    pi = start("sleep", 0);
    say_result("fewer rights", DuplicateHandle(me, pi.hProcess, me, &weak, SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, TRUE, 0));
    say_inheritable("fewer rights, inheritable", weak);
    say_result("fewer rights, terminate", TerminateProcess(weak, 1));
    say_exit_code("fewer rights, exit code", weak);
    say_bool("fewer rights, same process", GetProcessId(weak) == pi.dwProcessId);
    say_result("more rights again", DuplicateHandle(me, weak, me, &more, PROCESS_TERMINATE, FALSE, 0));
    if (more != NULL) {
        say_result("more rights, terminate", TerminateProcess(more, 21));
        CloseHandle(more);
    }
    say_result("the same rights", DuplicateHandle(me, weak, me, &same, 0, FALSE, DUPLICATE_SAME_ACCESS));
    say_inheritable("the same rights, inheritable", same);
    say_result("the same rights, terminate", TerminateProcess(same, 1));
    TerminateProcess(pi.hProcess, 21);
    close_both(&pi);
    CloseHandle(weak);
    say_count("the last handle, wait", WaitForSingleObject(same, INFINITE));
    say_exit_code("the last handle, exit code", same);
    CloseHandle(same);
    say_result("of a closed handle", DuplicateHandle(me, same, me, &more, 0, FALSE, DUPLICATE_SAME_ACCESS));

    say_result("of the own process", DuplicateHandle(me, me, me, &real, PROCESS_QUERY_LIMITED_INFORMATION, FALSE, 0));
    say_exit_code("the own process, exit code", real);
    say_result("the own process, terminate", TerminateProcess(real, 1));
    say_result("the own process, close", CloseHandle(real));
    say_result("the own process, close again", CloseHandle(real));
    return 0;
}
