/* WaitForSingleObject: of a process. */
#include "transcript.h"

int main(int argc, char **argv)
{
    PROCESS_INFORMATION pi;

    play_child(argc, argv);
    pi = start("sleep", 0);
    say_count("running, 0 ms", WaitForSingleObject(pi.hProcess, 0));
    say_count("running, 10 ms", WaitForSingleObject(pi.hProcess, 10));
    TerminateProcess(pi.hProcess, 1);
    say_count("INFINITE", WaitForSingleObject(pi.hProcess, INFINITE));
    say_count("ended, 0 ms", WaitForSingleObject(pi.hProcess, 0));
    say_count("ended, 10 ms", WaitForSingleObject(pi.hProcess, 10));
    say_count("ended, INFINITE", WaitForSingleObject(pi.hProcess, INFINITE));
    close_both(&pi);
    say_count("closed handle", WaitForSingleObject(pi.hProcess, 0));
    say_count("no handle", WaitForSingleObject(NULL, 0));
    say_count("the own process", WaitForSingleObject(GetCurrentProcess(), 0));
    return 0;
}
