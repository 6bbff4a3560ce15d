/* OpenProcess, and what a handle's access rights allow. */
#include "transcript.h"

static void use(const char *name, DWORD access, DWORD pid)
{
    HANDLE h = OpenProcess(access, FALSE, pid);
    FILETIME t[4];
    if (h == NULL) {
        say_error(name);
        return;
    }
    say_count(label("%s, wait", name), WaitForSingleObject(h, 0));
    say_exit_code(label("%s, exit code", name), h);
    say_result(label("%s, times", name), GetProcessTimes(h, &t[0], &t[1], &t[2], &t[3]));
    say_result(label("%s, priority class", name), GetPriorityClass(h) != 0);
    say_result(label("%s, set priority class", name), SetPriorityClass(h, NORMAL_PRIORITY_CLASS));
    CloseHandle(h);
}

int main(int argc, char **argv)
{
    PROCESS_INFORMATION pi;
    HANDLE h, other;

    play_child(argc, argv);
    pi = start("sleep", 0);
    use("no right", 0, pi.dwProcessId);
    use("SYNCHRONIZE", SYNCHRONIZE, pi.dwProcessId);
    use("PROCESS_QUERY_LIMITED_INFORMATION", PROCESS_QUERY_LIMITED_INFORMATION, pi.dwProcessId);
    use("PROCESS_QUERY_INFORMATION", PROCESS_QUERY_INFORMATION, pi.dwProcessId);
    use("PROCESS_SET_INFORMATION", PROCESS_SET_INFORMATION, pi.dwProcessId);
    use("PROCESS_TERMINATE", PROCESS_TERMINATE, pi.dwProcessId);
    use("PROCESS_ALL_ACCESS", PROCESS_ALL_ACCESS, pi.dwProcessId);
    use("MAXIMUM_ALLOWED", MAXIMUM_ALLOWED, pi.dwProcessId);

    h = OpenProcess(SYNCHRONIZE, FALSE, pi.dwProcessId);
    say_result("terminate by SYNCHRONIZE", TerminateProcess(h, 2));
    say_bool("its number", GetProcessId(pi.hProcess) == pi.dwProcessId);
    CloseHandle(h);
    h = OpenProcess(PROCESS_TERMINATE, FALSE, pi.dwProcessId);
    other = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pi.dwProcessId);
    say_result("terminate by PROCESS_TERMINATE", TerminateProcess(h, 3));
    say_count("the other handle, wait", WaitForSingleObject(other, INFINITE));
    say_exit_code("the other handle, exit code", other);
    say_exit_code("the creator's handle, exit code", pi.hProcess);
    CloseHandle(h);
    CloseHandle(other);
    h = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pi.dwProcessId);
    say_result("open one that has ended while a handle is left", h != NULL);
    if (h != NULL)
        CloseHandle(h);
    close_both(&pi);

    say_result("process 0", OpenProcess(SYNCHRONIZE, FALSE, 0) != NULL);
    say_result("no such process", OpenProcess(SYNCHRONIZE, FALSE, 0x7ffffffc) != NULL);
    return 0;
}
