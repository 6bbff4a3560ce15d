/* RegisterWaitForSingleObject and UnregisterWaitEx. */
#include "transcript.h"

static HANDLE called;  /* set by each call */
static HANDLE go_on;   /* what a slow callback waits for */
static volatile LONG calls, timeouts;

static VOID CALLBACK count(PVOID parameter, BOOLEAN timed_out)
{
    (void)parameter;
    InterlockedIncrement(timed_out ? &timeouts : &calls);
    SetEvent(called);
}

static VOID CALLBACK slow(PVOID parameter, BOOLEAN timed_out)
{
    count(parameter, timed_out);
    WaitForSingleObject(go_on, INFINITE);
}

static void say_calls(const char *what)
{
    say_number(label("%s, calls", what), (DWORD)calls);
    say_number(label("%s, timeouts", what), (DWORD)timeouts);
    calls = timeouts = 0;
}

int main(int argc, char **argv)
{
    PROCESS_INFORMATION pi;
    HANDLE wait, event;

    play_child(argc, argv);
    called = CreateEventA(NULL, FALSE, FALSE, NULL);
    go_on = CreateEventA(NULL, TRUE, FALSE, NULL);

    pi = start("sleep", 0);
    say_result("a process", RegisterWaitForSingleObject(&wait, pi.hProcess, count, NULL, INFINITE, WT_EXECUTEONLYONCE));
    say_count("while it runs, called", WaitForSingleObject(called, 20));
    TerminateProcess(pi.hProcess, 1);
    say_count("when it ends, called", WaitForSingleObject(called, INFINITE));
    say_result("a process, unregister", UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
    say_calls("a process");
    say_result("one that has ended", RegisterWaitForSingleObject(&wait, pi.hProcess, count, NULL, INFINITE, WT_EXECUTEONLYONCE));
    say_count("one that has ended, called", WaitForSingleObject(called, INFINITE));
    UnregisterWaitEx(wait, INVALID_HANDLE_VALUE);
    say_calls("one that has ended");
    close_both(&pi);

    event = CreateEventA(NULL, FALSE, FALSE, NULL);
    say_result("an event", RegisterWaitForSingleObject(&wait, event, count, NULL, INFINITE, WT_EXECUTEDEFAULT));
    SetEvent(event);
    say_count("first set, called", WaitForSingleObject(called, INFINITE));
    SetEvent(event);
    say_count("second set, called", WaitForSingleObject(called, INFINITE));
    say_result("an event, unregister", UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
    SetEvent(event);
    say_count("set after that, called", WaitForSingleObject(called, 20));
    say_count("the event is still set", WaitForSingleObject(event, 0));
    say_calls("an event");

    say_result("once", RegisterWaitForSingleObject(&wait, event, count, NULL, INFINITE, WT_EXECUTEONLYONCE));
    SetEvent(event);
    WaitForSingleObject(called, INFINITE);
    SetEvent(event);
    say_count("once, called again", WaitForSingleObject(called, 20));
    say_count("once, the event is still set", WaitForSingleObject(event, 0));
    UnregisterWaitEx(wait, INVALID_HANDLE_VALUE);
    say_calls("once");

    say_result("a timeout", RegisterWaitForSingleObject(&wait, event, count, NULL, 10, WT_EXECUTEONLYONCE));
    say_count("a timeout, called", WaitForSingleObject(called, INFINITE));
    UnregisterWaitEx(wait, INVALID_HANDLE_VALUE);
    say_calls("a timeout");

    say_result("a slow callback", RegisterWaitForSingleObject(&wait, event, slow, NULL, INFINITE, WT_EXECUTEONLYONCE));
    SetEvent(event);
    WaitForSingleObject(called, INFINITE);
    say_result("unregister while it runs", UnregisterWaitEx(wait, NULL));
    SetEvent(go_on);
    Sleep(50);
    say_calls("a slow callback");

    say_result("no handle", RegisterWaitForSingleObject(&wait, NULL, count, NULL, INFINITE, WT_EXECUTEONLYONCE));
    CloseHandle(event);
    say_result("a closed handle", RegisterWaitForSingleObject(&wait, event, count, NULL, INFINITE, WT_EXECUTEONLYONCE));
    CloseHandle(called);
    CloseHandle(go_on);
    return 0;
}
