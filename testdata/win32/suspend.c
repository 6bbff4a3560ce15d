/* CREATE_SUSPENDED, SuspendThread, ResumeThread and the count of them. */
#include "transcript.h"

int main(int argc, char **argv)
{
    PROCESS_INFORMATION pi;
    HANDLE weak;
    DWORD i, last = 0;

    play_child(argc, argv);
    pi = start("exit 7", CREATE_SUSPENDED);
    say_count("suspended, wait 50 ms", WaitForSingleObject(pi.hProcess, 50));
    say_exit_code("suspended, exit code", pi.hProcess);
    say_count("first suspend", SuspendThread(pi.hThread));
    say_count("second suspend", SuspendThread(pi.hThread));
    say_count("first resume", ResumeThread(pi.hThread));
    say_count("second resume", ResumeThread(pi.hThread));
    say_count("still suspended, wait 20 ms", WaitForSingleObject(pi.hProcess, 20));
    say_count("third resume", ResumeThread(pi.hThread));
    WaitForSingleObject(pi.hProcess, INFINITE);
    say_exit_code("exit code", pi.hProcess);
    say_bool("resume after the end fails", ResumeThread(pi.hThread) == (DWORD)-1);
    say_bool("suspend after the end fails", SuspendThread(pi.hThread) == (DWORD)-1);
    close_both(&pi);

    pi = start("sleep", 0);
    say_count("resume of a running thread", ResumeThread(pi.hThread));
    for (i = 0; i < 127; i++)
        last = SuspendThread(pi.hThread);
    say_count("suspend 127", last);
    say_count("suspend 128", SuspendThread(pi.hThread));
    say_count("resume 1", ResumeThread(pi.hThread));
    DuplicateHandle(GetCurrentProcess(), pi.hThread, GetCurrentProcess(), &weak, SYNCHRONIZE, FALSE, 0);
    say_count("suspend without the right", SuspendThread(weak));
    say_count("resume without the right", ResumeThread(weak));
    CloseHandle(weak);
    say_result("terminate while suspended", TerminateProcess(pi.hProcess, 8));
    finish("terminated while suspended", &pi);

    pi = start("exit 7", CREATE_SUSPENDED);
    say_result("terminate one that never ran", TerminateProcess(pi.hProcess, 9));
    finish("terminated before it ran", &pi);
    return 0;
}
