/* Creation flags: those that contradict each other, and those that need no console to be seen. */
#include "transcript.h"

static void attempt(const char *what, DWORD flags)
{
    PROCESS_INFORMATION pi;
    if (try_start("hello", flags, &pi))
        finish(what, &pi);
    else
        say_error(what);
}

int main(int argc, char **argv)
{
    if (is_child(argc, argv, "hello"))
        return 5;
    attempt("none", 0);
    attempt("DETACHED_PROCESS", DETACHED_PROCESS);
    attempt("CREATE_NO_WINDOW", CREATE_NO_WINDOW);
    attempt("CREATE_NEW_PROCESS_GROUP", CREATE_NEW_PROCESS_GROUP);
    attempt("CREATE_NEW_CONSOLE", CREATE_NEW_CONSOLE);
    attempt("CREATE_DEFAULT_ERROR_MODE", CREATE_DEFAULT_ERROR_MODE);
    attempt("CREATE_UNICODE_ENVIRONMENT", CREATE_UNICODE_ENVIRONMENT);
    attempt("DETACHED_PROCESS and CREATE_NEW_PROCESS_GROUP", DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP);
    attempt("DETACHED_PROCESS and CREATE_NO_WINDOW", DETACHED_PROCESS | CREATE_NO_WINDOW);
    attempt("CREATE_NEW_CONSOLE and CREATE_NO_WINDOW", CREATE_NEW_CONSOLE | CREATE_NO_WINDOW);
    attempt("DETACHED_PROCESS and CREATE_NEW_CONSOLE", DETACHED_PROCESS | CREATE_NEW_CONSOLE);
    attempt("two priority classes", IDLE_PRIORITY_CLASS | NORMAL_PRIORITY_CLASS);
    attempt("CREATE_SEPARATE_WOW_VDM and CREATE_SHARED_WOW_VDM", CREATE_SEPARATE_WOW_VDM | CREATE_SHARED_WOW_VDM);
    attempt("an unknown flag", 0x00100000);
    SetLastError(0);
    say_result("GenerateConsoleCtrlEvent, no such event", GenerateConsoleCtrlEvent(7, 0));
    return 0;
}
