/* Events with a name, of one program. */
#include "transcript.h"

static HANDLE create(const char *what, BOOL manual, BOOL set, const char *name)
{
    HANDLE h;
    SetLastError(0);
    h = CreateEventA(NULL, manual, set, name);
    if (h == NULL)
        say_error(label("%s, create", what));
    else
        say_number(label("%s, created with", what), GetLastError());
    return h;
}

static HANDLE open_event(const char *what, const char *name)
{
    HANDLE h = OpenEventA(EVENT_ALL_ACCESS, FALSE, name);
    say_result(label("%s, open", what), h != NULL);
    return h;
}

int main(void)
{
    static char name[400];
    HANDLE first, second, third, opened;

    open_event("no such name", "diff-missing");
    first = create("first", TRUE, FALSE, "diff-name");
    second = create("second", FALSE, TRUE, "diff-name");
    say_count("the second's state does not count", WaitForSingleObject(second, 0));
    opened = open_event("an existing name", "diff-name");
    SetEvent(opened);
    say_count("set by one, seen by the other", WaitForSingleObject(first, 0));
    say_count("manual, as it was created", WaitForSingleObject(second, 0));
    third = create("another case", TRUE, FALSE, "DIFF-NAME");
    say_count("another case is another event", WaitForSingleObject(third, 0));
    CloseHandle(third);
    third = create("Local", TRUE, FALSE, "Local\\diff-name");
    say_count("Local is the same event", WaitForSingleObject(third, 0));
    CloseHandle(third);
    CloseHandle(first);
    CloseHandle(second);
    third = open_event("the last handle is open", "diff-name");
    CloseHandle(third);
    CloseHandle(opened);
    open_event("the last handle is closed", "diff-name");

    memset(name, 'x', 259);
    third = create("259 characters", TRUE, FALSE, name);
    if (third != NULL)
        CloseHandle(third);
    name[259] = 'x';
    third = create("260 characters", TRUE, FALSE, name);
    if (third != NULL)
        CloseHandle(third);
    third = create("a backslash", TRUE, FALSE, "diff\\name");
    if (third != NULL)
        CloseHandle(third);
    first = create("empty name", TRUE, TRUE, "");
    second = create("empty name again", TRUE, FALSE, "");
    say_count("empty names are no name", WaitForSingleObject(second, 0));
    CloseHandle(first);
    CloseHandle(second);
    return 0;
}
