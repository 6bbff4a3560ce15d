/* SIDs, access control lists and security descriptors as structures in memory.
 * Nothing here asks the system. */
#include "internal.h"
#include <sddl.h>

#include <stdio.h>
#include <string.h>

static BOOL fail(DWORD code)
{
    SetLastError(code);
    return FALSE;
}

DWORD WINAPI GetSidLengthRequired(UCHAR count) { return (DWORD)(offsetof(SID, SubAuthority) + count * sizeof(DWORD)); }
DWORD WINAPI GetLengthSid(PSID sid) { return GetSidLengthRequired(((SID *)sid)->SubAuthorityCount); }
PSID_IDENTIFIER_AUTHORITY WINAPI GetSidIdentifierAuthority(PSID sid) { return &((SID *)sid)->IdentifierAuthority; }
PDWORD WINAPI GetSidSubAuthority(PSID sid, DWORD index) { return (PDWORD)(void *)((char *)sid + offsetof(SID, SubAuthority)) + index; }
PUCHAR WINAPI GetSidSubAuthorityCount(PSID sid) { return &((SID *)sid)->SubAuthorityCount; }

BOOL WINAPI IsValidSid(PSID sid)
{
    const SID *s = sid;
    return s && s->Revision == SID_REVISION && s->SubAuthorityCount <= SID_MAX_SUB_AUTHORITIES;
}

BOOL WINAPI EqualSid(PSID a, PSID b) { return IsValidSid(a) && IsValidSid(b) && GetLengthSid(a) == GetLengthSid(b) && memcmp(a, b, GetLengthSid(a)) == 0; }

BOOL WINAPI CopySid(DWORD size, PSID to, PSID from)
{
    if (!IsValidSid(from))
        return fail(ERROR_INVALID_SID);
    if (size < GetLengthSid(from))
        return fail(ERROR_INSUFFICIENT_BUFFER);
    memcpy(to, from, GetLengthSid(from));
    return TRUE;
}

BOOL WINAPI InitializeSid(PSID sid, PSID_IDENTIFIER_AUTHORITY authority, BYTE count)
{
    if (count > SID_MAX_SUB_AUTHORITIES)
        return fail(ERROR_INVALID_PARAMETER);
    SID *s = sid;
    s->Revision = SID_REVISION;
    s->SubAuthorityCount = count;
    s->IdentifierAuthority = *authority;
    return TRUE;
}

BOOL WINAPI AllocateAndInitializeSid(PSID_IDENTIFIER_AUTHORITY authority, BYTE count, DWORD a0, DWORD a1, DWORD a2, DWORD a3, DWORD a4, DWORD a5,
                                     DWORD a6, DWORD a7, PSID *sid)
{
    const DWORD values[8] = {a0, a1, a2, a3, a4, a5, a6, a7};
    if (count > 8)
        return fail(ERROR_INVALID_SID);
    *sid = LocalAlloc(LPTR, GetSidLengthRequired(8));
    if (*sid == NULL)
        return FALSE;
    InitializeSid(*sid, authority, count);
    for (BYTE i = 0; i < count; i++)
        *GetSidSubAuthority(*sid, i) = values[i];
    return TRUE;
}

PVOID WINAPI FreeSid(PSID sid)
{
    LocalFree(sid);
    return NULL;
}

BOOL WINAPI ConvertSidToStringSidA(PSID sid, LPSTR *text)
{
    if (text == NULL)
        return fail(ERROR_INVALID_PARAMETER);
    if (!IsValidSid(sid))
        return fail(ERROR_INVALID_SID);
    const SID *s = sid;
    const BYTE *v = s->IdentifierAuthority.Value;
    char out[256];
    unsigned long long authority = 0;
    for (int i = 0; i < 6; i++)
        authority = authority << 8 | v[i];
    /* Above 32 bits it is written in hexadecimal. */
    int n = snprintf(out, sizeof out, authority >> 32 ? "S-%d-0x%012llX" : "S-%d-%llu", s->Revision, authority);
    for (BYTE i = 0; i < s->SubAuthorityCount; i++)
        n += snprintf(out + n, sizeof out - (size_t)n, "-%u", *GetSidSubAuthority(sid, i));
    *text = LocalAlloc(LMEM_FIXED, (SIZE_T)n + 1);
    if (*text == NULL)
        return FALSE;
    memcpy(*text, out, (size_t)n + 1);
    return TRUE;
}

BOOL WINAPI ConvertSidToStringSidW(PSID sid, LPWSTR *text)
{
    char *narrow;
    if (!ConvertSidToStringSidA(sid, &narrow))
        return FALSE;
    size_t n = strlen(narrow) + 1;
    *text = LocalAlloc(LMEM_FIXED, n * sizeof(WCHAR));
    if (*text)
        createprocess_widen(narrow, n, *text, n, NULL);
    LocalFree(narrow);
    return *text != NULL;
}

BOOL WINAPI InitializeSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, DWORD revision)
{
    if (revision != SECURITY_DESCRIPTOR_REVISION)
        return fail(ERROR_UNKNOWN_REVISION);
    *(SECURITY_DESCRIPTOR *)descriptor = (SECURITY_DESCRIPTOR){.Revision = SECURITY_DESCRIPTOR_REVISION};
    return TRUE;
}

BOOL WINAPI IsValidSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor)
{
    return descriptor && ((SECURITY_DESCRIPTOR *)descriptor)->Revision == SECURITY_DESCRIPTOR_REVISION;
}

/* The descriptor to change: absolute, so that its parts are pointers. */
static SECURITY_DESCRIPTOR *absolute(PSECURITY_DESCRIPTOR descriptor)
{
    SECURITY_DESCRIPTOR *d = descriptor;
    if (!IsValidSecurityDescriptor(d))
        SetLastError(ERROR_UNKNOWN_REVISION);
    else if (d->Control & SE_SELF_RELATIVE)
        SetLastError(ERROR_INVALID_SECURITY_DESCR);
    else
        return d;
    return NULL;
}

static void flag(SECURITY_DESCRIPTOR *d, WORD bit, BOOL on) { d->Control = (WORD)(on ? d->Control | bit : d->Control & ~bit); }

BOOL WINAPI SetSecurityDescriptorDacl(PSECURITY_DESCRIPTOR descriptor, BOOL present, PACL acl, BOOL defaulted)
{
    SECURITY_DESCRIPTOR *d = absolute(descriptor);
    if (d == NULL)
        return FALSE;
    flag(d, SE_DACL_PRESENT, present);
    if (present) {
        d->Dacl = acl;
        flag(d, SE_DACL_DEFAULTED, defaulted);
    }
    return TRUE;
}

BOOL WINAPI GetSecurityDescriptorDacl(PSECURITY_DESCRIPTOR descriptor, LPBOOL present, PACL *acl, LPBOOL defaulted)
{
    SECURITY_DESCRIPTOR *d = descriptor;
    if (!IsValidSecurityDescriptor(d))
        return fail(ERROR_UNKNOWN_REVISION);
    *present = (d->Control & SE_DACL_PRESENT) != 0;
    if (*present) {
        if (d->Control & SE_SELF_RELATIVE) {
            DWORD offset; /* the last of four offsets behind the four bytes */
            memcpy(&offset, (char *)d + 16, sizeof offset);
            *acl = offset ? (PACL)(void *)((char *)d + offset) : NULL;
        } else {
            *acl = d->Dacl;
        }
        *defaulted = (d->Control & SE_DACL_DEFAULTED) != 0;
    }
    return TRUE;
}

BOOL WINAPI SetSecurityDescriptorOwner(PSECURITY_DESCRIPTOR descriptor, PSID owner, BOOL defaulted)
{
    SECURITY_DESCRIPTOR *d = absolute(descriptor);
    if (d == NULL)
        return FALSE;
    d->Owner = owner;
    flag(d, SE_OWNER_DEFAULTED, defaulted);
    return TRUE;
}

BOOL WINAPI SetSecurityDescriptorGroup(PSECURITY_DESCRIPTOR descriptor, PSID group, BOOL defaulted)
{
    SECURITY_DESCRIPTOR *d = absolute(descriptor);
    if (d == NULL)
        return FALSE;
    d->Group = group;
    flag(d, SE_GROUP_DEFAULTED, defaulted);
    return TRUE;
}

BOOL WINAPI InitializeAcl(PACL acl, DWORD size, DWORD revision)
{
    if (revision < ACL_REVISION || revision > ACL_REVISION_DS || size > 0xfffc)
        return fail(ERROR_INVALID_PARAMETER);
    if (size < sizeof *acl)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    *acl = (ACL){.AclRevision = (BYTE)revision, .AclSize = (WORD)(size & ~3u)};
    return TRUE;
}

/* The place behind the last entry; NULL: the list is not valid. */
static char *end_of(PACL acl, DWORD entries)
{
    char *p = (char *)(acl + 1), *end = (char *)acl + acl->AclSize;
    for (DWORD i = 0; i < entries; i++) {
        if (p + sizeof(ACE_HEADER) > end)
            return NULL;
        WORD size = ((ACE_HEADER *)(void *)p)->AceSize;
        if (size < sizeof(ACE_HEADER) || size > end - p)
            return NULL;
        p += size;
    }
    return p;
}

BOOL WINAPI IsValidAcl(PACL acl)
{
    return acl && acl->AclRevision >= ACL_REVISION && acl->AclRevision <= ACL_REVISION_DS && acl->AclSize >= sizeof *acl &&
           end_of(acl, acl->AceCount) != NULL;
}

static BOOL add(PACL acl, DWORD revision, BYTE type, DWORD mask, PSID sid)
{
    if (!IsValidSid(sid))
        return fail(ERROR_INVALID_SID);
    if (!IsValidAcl(acl))
        return fail(ERROR_INVALID_ACL);
    if (revision < ACL_REVISION || revision > ACL_REVISION_DS)
        return fail(ERROR_REVISION_MISMATCH);
    char *p = end_of(acl, acl->AceCount);
    size_t size = offsetof(ACCESS_ALLOWED_ACE, SidStart) + GetLengthSid(sid);
    if (size > (size_t)((char *)acl + acl->AclSize - p))
        return fail(ERROR_ALLOTTED_SPACE_EXCEEDED);
    ACCESS_ALLOWED_ACE ace = {.Header = {.AceType = type, .AceSize = (WORD)size}, .Mask = mask};
    memcpy(p, &ace, offsetof(ACCESS_ALLOWED_ACE, SidStart));
    memcpy(p + offsetof(ACCESS_ALLOWED_ACE, SidStart), sid, GetLengthSid(sid));
    acl->AceCount++;
    if (revision > acl->AclRevision)
        acl->AclRevision = (BYTE)revision;
    return TRUE;
}

BOOL WINAPI AddAccessAllowedAce(PACL acl, DWORD revision, DWORD mask, PSID sid) { return add(acl, revision, ACCESS_ALLOWED_ACE_TYPE, mask, sid); }
BOOL WINAPI AddAccessDeniedAce(PACL acl, DWORD revision, DWORD mask, PSID sid) { return add(acl, revision, ACCESS_DENIED_ACE_TYPE, mask, sid); }

BOOL WINAPI GetAce(PACL acl, DWORD index, LPVOID *ace)
{
    if (acl == NULL || index >= acl->AceCount || end_of(acl, index + 1) == NULL)
        return fail(ERROR_INVALID_PARAMETER);
    *ace = end_of(acl, index);
    return TRUE;
}
