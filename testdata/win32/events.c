/* Events without a name. */
#include "transcript.h"

static void show(const char *kind, BOOL manual)
{
    HANDLE h = CreateEventA(NULL, manual, FALSE, NULL);
    say_count(label("%s, new", kind), WaitForSingleObject(h, 0));
    say_result(label("%s, set", kind), SetEvent(h));
    say_result(label("%s, set again", kind), SetEvent(h));
    say_count(label("%s, first wait", kind), WaitForSingleObject(h, 0));
    say_count(label("%s, second wait", kind), WaitForSingleObject(h, 0));
    say_result(label("%s, reset", kind), ResetEvent(h));
    say_result(label("%s, reset again", kind), ResetEvent(h));
    say_count(label("%s, wait when reset", kind), WaitForSingleObject(h, 10));
    say_result(label("%s, close", kind), CloseHandle(h));
    say_result(label("%s, set when closed", kind), SetEvent(h));
    say_result(label("%s, reset when closed", kind), ResetEvent(h));
    say_count(label("%s, wait when closed", kind), WaitForSingleObject(h, 0));
    say_result(label("%s, close again", kind), CloseHandle(h));

    h = CreateEventA(NULL, manual, TRUE, NULL);
    say_count(label("%s, new and set", kind), WaitForSingleObject(h, 0));
    say_count(label("%s, after that", kind), WaitForSingleObject(h, 0));
    CloseHandle(h);
}

int main(void)
{
    show("auto", FALSE);
    show("manual", TRUE);
    return 0;
}
