/* securitybaseapi.h: tokens, SIDs and security descriptors. */
#ifndef CREATEPROCESS_SECURITYBASEAPI_H
#define CREATEPROCESS_SECURITYBASEAPI_H

#include <minwinbase.h>

CREATEPROCESS_BEGIN
BOOL WINAPI GetTokenInformation(HANDLE token, TOKEN_INFORMATION_CLASS what, LPVOID information, DWORD size, PDWORD returned);
BOOL WINAPI DuplicateToken(HANDLE token, SECURITY_IMPERSONATION_LEVEL level, PHANDLE duplicate);
BOOL WINAPI DuplicateTokenEx(HANDLE token, DWORD access, LPSECURITY_ATTRIBUTES attributes, SECURITY_IMPERSONATION_LEVEL level, TOKEN_TYPE type,
                             PHANDLE duplicate);
BOOL WINAPI CreateRestrictedToken(HANDLE token, DWORD flags, DWORD disableCount, PSID_AND_ATTRIBUTES disable, DWORD deleteCount,
                                  PLUID_AND_ATTRIBUTES remove, DWORD restrictCount, PSID_AND_ATTRIBUTES restricting, PHANDLE restricted);
BOOL WINAPI ImpersonateLoggedOnUser(HANDLE token);
BOOL WINAPI RevertToSelf(void);

BOOL WINAPI InitializeSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, DWORD revision);
BOOL WINAPI IsValidSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor);
BOOL WINAPI SetSecurityDescriptorDacl(PSECURITY_DESCRIPTOR descriptor, BOOL present, PACL acl, BOOL defaulted);
BOOL WINAPI GetSecurityDescriptorDacl(PSECURITY_DESCRIPTOR descriptor, LPBOOL present, PACL *acl, LPBOOL defaulted);
BOOL WINAPI SetSecurityDescriptorOwner(PSECURITY_DESCRIPTOR descriptor, PSID owner, BOOL defaulted);
BOOL WINAPI SetSecurityDescriptorGroup(PSECURITY_DESCRIPTOR descriptor, PSID group, BOOL defaulted);

BOOL WINAPI AllocateAndInitializeSid(PSID_IDENTIFIER_AUTHORITY authority, BYTE count, DWORD a0, DWORD a1, DWORD a2, DWORD a3, DWORD a4, DWORD a5,
                                     DWORD a6, DWORD a7, PSID *sid);
BOOL WINAPI InitializeSid(PSID sid, PSID_IDENTIFIER_AUTHORITY authority, BYTE count);
PVOID WINAPI FreeSid(PSID sid);
BOOL WINAPI IsValidSid(PSID sid);
BOOL WINAPI EqualSid(PSID a, PSID b);
DWORD WINAPI GetLengthSid(PSID sid);
DWORD WINAPI GetSidLengthRequired(UCHAR count);
BOOL WINAPI CopySid(DWORD size, PSID to, PSID from);
PSID_IDENTIFIER_AUTHORITY WINAPI GetSidIdentifierAuthority(PSID sid);
PDWORD WINAPI GetSidSubAuthority(PSID sid, DWORD index);
PUCHAR WINAPI GetSidSubAuthorityCount(PSID sid);

BOOL WINAPI InitializeAcl(PACL acl, DWORD size, DWORD revision);
BOOL WINAPI IsValidAcl(PACL acl);
BOOL WINAPI AddAccessAllowedAce(PACL acl, DWORD revision, DWORD mask, PSID sid);
BOOL WINAPI AddAccessDeniedAce(PACL acl, DWORD revision, DWORD mask, PSID sid);
BOOL WINAPI GetAce(PACL acl, DWORD index, LPVOID *ace);
CREATEPROCESS_END

#endif
