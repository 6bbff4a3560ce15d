/* CloseHandle, twice, and what a closed handle is good for. */
#include "transcript.h"

int main(int argc, char **argv)
{
    PROCESS_INFORMATION pi;
    HANDLE other;
    FILETIME t[4];
    char name[64];
    DWORD size = sizeof name;

    play_child(argc, argv);
    pi = start("sleep", 0);
    other = OpenProcess(PROCESS_ALL_ACCESS, FALSE, pi.dwProcessId);
    say_result("close the process", CloseHandle(pi.hProcess));
    say_result("close the process again", CloseHandle(pi.hProcess));
    say_result("close the thread", CloseHandle(pi.hThread));
    say_result("close the thread again", CloseHandle(pi.hThread));
    say_count("wait", WaitForSingleObject(pi.hProcess, 0));
    say_exit_code("exit code", pi.hProcess);
    say_result("terminate", TerminateProcess(pi.hProcess, 1));
    say_result("times", GetProcessTimes(pi.hProcess, &t[0], &t[1], &t[2], &t[3]));
    say_result("image name", QueryFullProcessImageNameA(pi.hProcess, 0, name, &size));
    say_count("suspend", SuspendThread(pi.hThread));
    say_count("resume", ResumeThread(pi.hThread));

    say_count("the process goes on", WaitForSingleObject(other, 0));
    say_result("and can be ended by another handle", TerminateProcess(other, 6));
    say_count("and waited for", WaitForSingleObject(other, INFINITE));
    say_exit_code("and its exit code is", other);
    CloseHandle(other);
    return 0;
}
