/* TerminateProcess and GetExitCodeProcess. */
#include "transcript.h"

int main(int argc, char **argv)
{
    static const UINT codes[] = {0, 1, 255, 256, 259, 0xC0000005, 0xFFFFFFFF};
    PROCESS_INFORMATION pi;
    size_t i;

    play_child(argc, argv);
    if (is_child(argc, argv, "self")) {
        TerminateProcess(GetCurrentProcess(), 77);
        return 1;
    }
    for (i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        const unsigned long code = codes[i];
        pi = start("sleep", 0);
        say_exit_code(label("%lu, running", code), pi.hProcess);
        say_result(label("%lu, terminate", code), TerminateProcess(pi.hProcess, codes[i]));
        say_count(label("%lu, wait", code), WaitForSingleObject(pi.hProcess, INFINITE));
        say_exit_code(label("%lu, exit code", code), pi.hProcess);
        say_result(label("%lu, terminate again", code), TerminateProcess(pi.hProcess, 5));
        say_exit_code(label("%lu, exit code again", code), pi.hProcess);
        close_both(&pi);
    }
    pi = start("exit 3", 0);
    WaitForSingleObject(pi.hProcess, INFINITE);
    say_result("terminate one that has ended by itself", TerminateProcess(pi.hProcess, 4));
    finish("its exit code", &pi);
    pi = start("self", 0);
    finish("terminates itself with 77", &pi);
    return 0;
}
