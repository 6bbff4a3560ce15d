/* WaitForMultipleObjects: of processes and events. */
#include "transcript.h"

int main(int argc, char **argv)
{
    HANDLE h[65], event, again;
    PROCESS_INFORMATION a, b;
    int i;

    play_child(argc, argv);
    a = start("sleep", 0);
    b = start("sleep", 0);
    event = CreateEventA(NULL, FALSE, FALSE, NULL);
    h[0] = a.hProcess;
    h[1] = b.hProcess;
    h[2] = event;
    say_count("any, nothing signaled, 0 ms", WaitForMultipleObjects(3, h, FALSE, 0));
    say_count("any, nothing signaled, 10 ms", WaitForMultipleObjects(3, h, FALSE, 10));
    say_count("all, nothing signaled, 10 ms", WaitForMultipleObjects(3, h, TRUE, 10));
    SetEvent(event);
    say_count("any, the event", WaitForMultipleObjects(3, h, FALSE, INFINITE));
    say_count("any, the event is taken", WaitForMultipleObjects(3, h, FALSE, 0));
    TerminateProcess(b.hProcess, 1);
    say_count("any, the second process", WaitForMultipleObjects(2, h, FALSE, INFINITE));
    say_count("all, one of two has ended", WaitForMultipleObjects(2, h, TRUE, 10));
    SetEvent(event);
    say_count("any, the lowest index", WaitForMultipleObjects(3, h, FALSE, INFINITE));
    say_count("all, one runs, 10 ms", WaitForMultipleObjects(3, h, TRUE, 10));
    say_count("the event has not been taken", WaitForSingleObject(event, 0));
    TerminateProcess(a.hProcess, 1);
    say_count("all, two processes", WaitForMultipleObjects(2, h, TRUE, INFINITE));
    SetEvent(event);
    say_count("all, three objects", WaitForMultipleObjects(3, h, TRUE, INFINITE));
    say_count("all, the event is taken", WaitForMultipleObjects(3, h, TRUE, 0));
    say_count("one handle", WaitForMultipleObjects(1, h, FALSE, 0));

    say_count("no handle", WaitForMultipleObjects(0, h, FALSE, 0));
    h[1] = a.hProcess;
    say_count("any, one handle twice", WaitForMultipleObjects(2, h, FALSE, 0));
    say_count("all, one handle twice", WaitForMultipleObjects(2, h, TRUE, 0));
    again = OpenProcess(SYNCHRONIZE, FALSE, GetCurrentProcessId());
    h[0] = again;
    DuplicateHandle(GetCurrentProcess(), again, GetCurrentProcess(), &h[1], SYNCHRONIZE, FALSE, 0);
    say_count("any, two handles to one object", WaitForMultipleObjects(2, h, FALSE, 0));
    say_count("all, two handles to one object", WaitForMultipleObjects(2, h, TRUE, 0));
    CloseHandle(h[1]);
    say_count("a closed handle behind", WaitForMultipleObjects(2, h, FALSE, 0));
    h[1] = OpenProcess(PROCESS_TERMINATE, FALSE, GetCurrentProcessId());
    say_count("a handle without SYNCHRONIZE", WaitForMultipleObjects(2, h, FALSE, 0));
    CloseHandle(h[1]);
    CloseHandle(again);
    close_both(&a);
    close_both(&b);

    for (i = 0; i < 65; i++)
        h[i] = CreateEventA(NULL, TRUE, i == 63, NULL);
    say_count("64 handles", WaitForMultipleObjects(64, h, FALSE, 0));
    say_count("65 handles", WaitForMultipleObjects(65, h, FALSE, 0));
    for (i = 0; i < 65; i++)
        CloseHandle(h[i]);
    CloseHandle(event);
    return 0;
}
