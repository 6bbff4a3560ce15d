/* PROC_THREAD_ATTRIBUTE_HANDLE_LIST: the child gets what is listed, and nothing else. */
#include "transcript.h"

/* Writes through the handles whose numbers it is given. */
static int child(int argc, char **argv)
{
    int i, written = 0;
    for (i = 2; i < argc; i++) {
        HANDLE h = (HANDLE)(ULONG_PTR)strtoull(argv[i], NULL, 10);
        DWORD n;
        if (WriteFile(h, "x", 1, &n, NULL) && n == 1)
            written |= 1 << (i - 2);
    }
    return written;
}

static void attempt(const char *what, HANDLE *list, size_t count, BOOL inherit, HANDLE a, HANDLE b)
{
    static char image[PATH_SIZE], line[128], space[4096];
    LPPROC_THREAD_ATTRIBUTE_LIST attributes = (LPPROC_THREAD_ATTRIBUTE_LIST)space;
    SIZE_T size = sizeof space;
    STARTUPINFOEXA si;
    PROCESS_INFORMATION pi;

    memset(&si, 0, sizeof si);
    si.StartupInfo.cb = sizeof si;
    si.lpAttributeList = attributes;
    if (!InitializeProcThreadAttributeList(attributes, 1, 0, &size)) {
        say_error(label("%s, attribute list", what));
        return;
    }
    own_image(image);
    snprintf(line, sizeof line, "x child %llu %llu", (unsigned long long)(ULONG_PTR)a, (unsigned long long)(ULONG_PTR)b);
    if (!UpdateProcThreadAttribute(attributes, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, list, count * sizeof list[0], NULL, NULL))
        say_error(label("%s, attribute", what));
    else if (!CreateProcessA(image, line, NULL, NULL, inherit, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL, &si.StartupInfo, &pi))
        say_error(what);
    else
        finish(what, &pi);
    DeleteProcThreadAttributeList(attributes);
}

int main(int argc, char **argv)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    HANDLE a, b, list[2];

    if (is_child(argc, argv, "child"))
        return child(argc, argv);
    a = CreateFileA("a", GENERIC_WRITE, FILE_SHARE_READ, &inherit, CREATE_ALWAYS, 0, NULL);
    b = CreateFileA("b", GENERIC_WRITE, FILE_SHARE_READ, &inherit, CREATE_ALWAYS, 0, NULL);

    list[0] = a;
    attempt("only the first", list, 1, TRUE, a, b);
    list[0] = b;
    attempt("only the second", list, 1, TRUE, a, b);
    list[0] = a;
    list[1] = b;
    attempt("both", list, 2, TRUE, a, b);
    attempt("both, without bInheritHandles", list, 2, FALSE, a, b);
    list[1] = a;
    attempt("one twice", list, 2, TRUE, a, b);
    SetHandleInformation(b, HANDLE_FLAG_INHERIT, 0);
    list[1] = b;
    attempt("one that is not inheritable", list, 2, TRUE, a, b);
    CloseHandle(b);
    attempt("one that is closed", list, 2, TRUE, a, b);
    CloseHandle(a);
    return 0;
}
