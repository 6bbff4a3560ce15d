/* userenv.h: a user's environment and profile. */
#ifndef CREATEPROCESS_USERENV_H
#define CREATEPROCESS_USERENV_H

#include <windef.h>

CREATEPROCESS_BEGIN
BOOL WINAPI CreateEnvironmentBlock(LPVOID *environment, HANDLE token, BOOL inherit);
BOOL WINAPI DestroyEnvironmentBlock(LPVOID environment);
BOOL WINAPI GetUserProfileDirectoryA(HANDLE token, LPSTR directory, LPDWORD size);
BOOL WINAPI GetUserProfileDirectoryW(HANDLE token, LPWSTR directory, LPDWORD size);
CREATEPROCESS_END

#define GetUserProfileDirectory CREATEPROCESS_AW(GetUserProfileDirectory)

#endif
