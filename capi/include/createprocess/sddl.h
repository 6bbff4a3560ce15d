/* sddl.h: SIDs and security descriptors as texts. */
#ifndef CREATEPROCESS_SDDL_H
#define CREATEPROCESS_SDDL_H

#include <minwinbase.h>

#define SDDL_REVISION_1 1
#define SDDL_REVISION 1

CREATEPROCESS_BEGIN
BOOL WINAPI ConvertStringSecurityDescriptorToSecurityDescriptorA(LPCSTR text, DWORD revision, PSECURITY_DESCRIPTOR *descriptor, PULONG size);
BOOL WINAPI ConvertStringSecurityDescriptorToSecurityDescriptorW(LPCWSTR text, DWORD revision, PSECURITY_DESCRIPTOR *descriptor, PULONG size);
BOOL WINAPI ConvertSecurityDescriptorToStringSecurityDescriptorA(PSECURITY_DESCRIPTOR descriptor, DWORD revision, SECURITY_INFORMATION what,
                                                                 LPSTR *text, PULONG length);
BOOL WINAPI ConvertSecurityDescriptorToStringSecurityDescriptorW(PSECURITY_DESCRIPTOR descriptor, DWORD revision, SECURITY_INFORMATION what,
                                                                 LPWSTR *text, PULONG length);
BOOL WINAPI ConvertSidToStringSidA(PSID sid, LPSTR *text);
BOOL WINAPI ConvertSidToStringSidW(PSID sid, LPWSTR *text);
BOOL WINAPI ConvertStringSidToSidA(LPCSTR text, PSID *sid);
BOOL WINAPI ConvertStringSidToSidW(LPCWSTR text, PSID *sid);
CREATEPROCESS_END

#define ConvertStringSecurityDescriptorToSecurityDescriptor CREATEPROCESS_AW(ConvertStringSecurityDescriptorToSecurityDescriptor)
#define ConvertSecurityDescriptorToStringSecurityDescriptor CREATEPROCESS_AW(ConvertSecurityDescriptorToStringSecurityDescriptor)
#define ConvertSidToStringSid CREATEPROCESS_AW(ConvertSidToStringSid)
#define ConvertStringSidToSid CREATEPROCESS_AW(ConvertStringSidToSid)

#endif
