/* aclapi.h: the security descriptor of an object, by its handle. */
#ifndef CREATEPROCESS_ACLAPI_H
#define CREATEPROCESS_ACLAPI_H

#include <accctrl.h>

CREATEPROCESS_BEGIN
DWORD WINAPI GetSecurityInfo(HANDLE object, SE_OBJECT_TYPE kind, SECURITY_INFORMATION what, PSID *owner, PSID *group, PACL *dacl, PACL *sacl,
                             PSECURITY_DESCRIPTOR *descriptor);
DWORD WINAPI SetSecurityInfo(HANDLE object, SE_OBJECT_TYPE kind, SECURITY_INFORMATION what, PSID owner, PSID group, PACL dacl, PACL sacl);
CREATEPROCESS_END

#endif
