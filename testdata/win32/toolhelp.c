/* The list of processes: CreateToolhelp32Snapshot. */
#include "transcript.h"

#include <tlhelp32.h>

/* Finds a process in a new snapshot. */
static BOOL find(DWORD pid, PROCESSENTRY32 *entry)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    BOOL ok;
    entry->dwSize = sizeof *entry;
    for (ok = Process32First(snapshot, entry); ok && entry->th32ProcessID != pid; ok = Process32Next(snapshot, entry))
        ;
    CloseHandle(snapshot);
    return ok;
}

int main(int argc, char **argv)
{
    static char image[PATH_SIZE];
    PROCESSENTRY32 mine, child;
    PROCESS_INFORMATION pi;

    play_child(argc, argv);
    own_image(image);
    pi = start("sleep", 0);
    say_bool("the own process is listed", find(GetCurrentProcessId(), &mine));
    say_bool("the child is listed", find(pi.dwProcessId, &child));
    say_bool("the child's parent is the creator", child.th32ParentProcessID == GetCurrentProcessId());
    say_bool("the creator's parent is not the child", mine.th32ParentProcessID != pi.dwProcessId);
    say_bool("the child has threads", child.cntThreads >= 1);
    say_number("the child's base priority", (DWORD)child.pcPriClassBase);
    say_bool("the image's name is the file's", strcmp(base_name(child.szExeFile), base_name(image)) == 0);
    say_bool("it is the creator's", strcmp(child.szExeFile, mine.szExeFile) == 0);
    TerminateProcess(pi.hProcess, 1);
    WaitForSingleObject(pi.hProcess, INFINITE);
    close_both(&pi);
    say_bool("the child is listed when it is gone", find(pi.dwProcessId, &child));
    return 0;
}
