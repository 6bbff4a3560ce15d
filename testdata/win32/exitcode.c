/* Exit codes: by ExitProcess, by main's return, and of processes that crash. */
#include "transcript.h"

static void crash(void)
{
    volatile int *nowhere = NULL;
    *nowhere = 1;
}

int main(int argc, char **argv)
{
    static const char *codes[] = {"0", "1", "255", "256", "258", "259", "65536", "3221225477", "4294967295"};
    static const char *returned[] = {"0", "1", "255", "256", "3221225477"};
    PROCESS_INFORMATION pi;
    char arguments[64];
    size_t i;

    play_child(argc, argv);
    if (is_child(argc, argv, "return"))
        return (int)strtoul(argv[2], NULL, 10);
    if (is_child(argc, argv, "abort"))
        abort();
    if (is_child(argc, argv, "crash"))
        crash();

    for (i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        snprintf(arguments, sizeof arguments, "exit %s", codes[i]);
        pi = start(arguments, 0);
        finish(label("ExitProcess %s", codes[i]), &pi);
    }
    for (i = 0; i < sizeof returned / sizeof returned[0]; i++) {
        snprintf(arguments, sizeof arguments, "return %s", returned[i]);
        pi = start(arguments, 0);
        finish(label("return %s", returned[i]), &pi);
    }
    pi = start("abort", 0);
    finish("abort", &pi);
    pi = start("crash", 0);
    finish("write through a null pointer", &pi);
    return 0;
}
