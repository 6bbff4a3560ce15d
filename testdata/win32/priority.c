/* Priority classes. They only go down, since going up may need a privilege. */
#include "transcript.h"

int main(int argc, char **argv)
{
    static const DWORD classes[] = {NORMAL_PRIORITY_CLASS, BELOW_NORMAL_PRIORITY_CLASS, IDLE_PRIORITY_CLASS};
    static const DWORD wrong[] = {0, CREATE_SUSPENDED, IDLE_PRIORITY_CLASS | NORMAL_PRIORITY_CLASS, 0x80000000};
    PROCESS_INFORMATION pi;
    size_t i;

    play_child(argc, argv);
    for (i = 0; i < 3; i++) {
        pi = start("sleep", classes[i]);
        say_number(label("created with %lu", (unsigned long)classes[i]), GetPriorityClass(pi.hProcess));
        put_away(&pi);
    }
    pi = start("sleep", 0);
    say_number("created without", GetPriorityClass(pi.hProcess));
    for (i = 0; i < 3; i++) {
        say_result(label("set %lu", (unsigned long)classes[i]), SetPriorityClass(pi.hProcess, classes[i]));
        say_number(label("got after %lu", (unsigned long)classes[i]), GetPriorityClass(pi.hProcess));
    }
    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        say_result(label("set 0x%lx", (unsigned long)wrong[i]), SetPriorityClass(pi.hProcess, wrong[i]));
    say_number("got after those", GetPriorityClass(pi.hProcess));
    put_away(&pi);
    say_result("set by a closed handle", SetPriorityClass(pi.hProcess, NORMAL_PRIORITY_CLASS));
    say_result("got by a closed handle", GetPriorityClass(pi.hProcess) != 0);
    return 0;
}
