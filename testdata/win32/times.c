/* GetProcessTimes. */
#include "transcript.h"

static long long ticks(FILETIME t)
{
    return (long long)t.dwHighDateTime << 32 | t.dwLowDateTime;
}

int main(int argc, char **argv)
{
    FILETIME now, creation, exit_time, kernel, user;
    PROCESS_INFORMATION pi;
    const long long second = 10000000;
    long long created;
    HANDLE weak;

    play_child(argc, argv);
    pi = start("sleep", 0);
    GetSystemTimeAsFileTime(&now);
    say_result("running", GetProcessTimes(pi.hProcess, &creation, &exit_time, &kernel, &user));
    created = ticks(creation);
    say_bool("created by now", created <= ticks(now) + second);
    say_bool("created within the last minute", created > ticks(now) - 60 * second);
    TerminateProcess(pi.hProcess, 1);
    WaitForSingleObject(pi.hProcess, INFINITE);
    say_result("ended", GetProcessTimes(pi.hProcess, &creation, &exit_time, &kernel, &user));
    say_bool("the creation stays", ticks(creation) - created < second && created - ticks(creation) < second);
    say_bool("it has ended after its creation", ticks(exit_time) >= ticks(creation));
    say_bool("processor time is below a minute", ticks(kernel) + ticks(user) < 60 * second);
    DuplicateHandle(GetCurrentProcess(), pi.hProcess, GetCurrentProcess(), &weak, SYNCHRONIZE, FALSE, 0);
    say_result("without the right", GetProcessTimes(weak, &creation, &exit_time, &kernel, &user));
    CloseHandle(weak);
    close_both(&pi);
    say_result("closed handle", GetProcessTimes(pi.hProcess, &creation, &exit_time, &kernel, &user));
    say_result("own process", GetProcessTimes(GetCurrentProcess(), &creation, &exit_time, &kernel, &user));
    say_bool("the own process is older than its child", ticks(creation) <= created);
    return 0;
}
