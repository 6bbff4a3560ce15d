/* jobapi2.h: job objects: a tree of processes as one thing. */
#ifndef CREATEPROCESS_JOBAPI2_H
#define CREATEPROCESS_JOBAPI2_H

#include <minwinbase.h>

CREATEPROCESS_BEGIN
HANDLE WINAPI CreateJobObjectW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name);
HANDLE WINAPI OpenJobObjectW(DWORD access, BOOL inherit, LPCWSTR name);
BOOL WINAPI AssignProcessToJobObject(HANDLE job, HANDLE process);
BOOL WINAPI TerminateJobObject(HANDLE job, UINT code);
BOOL WINAPI SetInformationJobObject(HANDLE job, JOBOBJECTINFOCLASS what, LPVOID information, DWORD size);
BOOL WINAPI QueryInformationJobObject(HANDLE job, JOBOBJECTINFOCLASS what, LPVOID information, DWORD size, LPDWORD returned);
CREATEPROCESS_END

#endif
