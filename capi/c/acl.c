/* Access control lists as structures in memory. Nothing here asks the system. */
#include "internal.h"

#include <string.h>

static BOOL fail(DWORD code)
{
    SetLastError(code);
    return FALSE;
}

static BOOL known_revision(DWORD revision) { return revision >= ACL_REVISION && revision <= ACL_REVISION_DS; }

BOOL WINAPI InitializeAcl(PACL acl, DWORD size, DWORD revision)
{
    if (!known_revision(revision) || size > 0xfffc)
        return fail(ERROR_INVALID_PARAMETER);
    if (size < sizeof *acl)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    *acl = (ACL){.AclRevision = (BYTE)revision, .AclSize = (WORD)(size & ~3u)};
    return TRUE;
}

/* The place behind so many entries; NULL: the list is not valid. */
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
    return acl && known_revision(acl->AclRevision) && acl->AclSize >= sizeof *acl && end_of(acl, acl->AceCount) != NULL;
}

BOOL WINAPI FindFirstFreeAce(PACL acl, LPVOID *ace)
{
    if (!IsValidAcl(acl))
        return fail(ERROR_INVALID_ACL);
    *ace = end_of(acl, acl->AceCount);
    return TRUE;
}

BOOL WINAPI GetAclInformation(PACL acl, LPVOID information, DWORD size, ACL_INFORMATION_CLASS what)
{
    if (!IsValidAcl(acl))
        return fail(ERROR_INVALID_PARAMETER);
    switch (what) {
    case AclRevisionInformation:
        if (size < sizeof(ACL_REVISION_INFORMATION))
            return fail(ERROR_INSUFFICIENT_BUFFER);
        *(ACL_REVISION_INFORMATION *)information = (ACL_REVISION_INFORMATION){acl->AclRevision};
        return TRUE;
    case AclSizeInformation:
        if (size < sizeof(ACL_SIZE_INFORMATION))
            return fail(ERROR_INSUFFICIENT_BUFFER);
        DWORD used = (DWORD)(end_of(acl, acl->AceCount) - (char *)acl);
        *(ACL_SIZE_INFORMATION *)information = (ACL_SIZE_INFORMATION){acl->AceCount, used, acl->AclSize - used};
        return TRUE;
    }
    return fail(ERROR_INVALID_PARAMETER);
}

/* Puts bytes, which are whole entries, in front of the entry with the number.
 * FALSE: they do not fit. */
static BOOL insert(PACL acl, DWORD revision, DWORD index, const void *bytes, size_t size, WORD entries)
{
    char *end = end_of(acl, acl->AceCount);
    if (size > (size_t)((char *)acl + acl->AclSize - end))
        return FALSE;
    char *p = index < acl->AceCount ? end_of(acl, index) : end;
    memmove(p + size, p, (size_t)(end - p));
    memcpy(p, bytes, size);
    acl->AceCount = (WORD)(acl->AceCount + entries);
    if (revision > acl->AclRevision)
        acl->AclRevision = (BYTE)revision;
    return TRUE;
}

static BOOL add(PACL acl, DWORD revision, BYTE type, DWORD flags, DWORD mask, PSID sid)
{
    if (!IsValidSid(sid))
        return fail(ERROR_INVALID_SID);
    if (!IsValidAcl(acl))
        return fail(ERROR_INVALID_ACL);
    if (!known_revision(revision))
        return fail(ERROR_REVISION_MISMATCH);
    union {
        ACCESS_ALLOWED_ACE ace;
        char room[offsetof(ACCESS_ALLOWED_ACE, SidStart) + SECURITY_MAX_SID_SIZE];
    } one;
    DWORD size = (DWORD)offsetof(ACCESS_ALLOWED_ACE, SidStart) + GetLengthSid(sid);
    one.ace = (ACCESS_ALLOWED_ACE){.Header = {.AceType = type, .AceFlags = (BYTE)flags, .AceSize = (WORD)size}, .Mask = mask};
    memcpy(one.room + offsetof(ACCESS_ALLOWED_ACE, SidStart), sid, GetLengthSid(sid));
    return insert(acl, revision, acl->AceCount, &one, size, 1) || fail(ERROR_ALLOTTED_SPACE_EXCEEDED);
}

BOOL WINAPI AddAccessAllowedAce(PACL acl, DWORD revision, DWORD mask, PSID sid) { return add(acl, revision, ACCESS_ALLOWED_ACE_TYPE, 0, mask, sid); }
BOOL WINAPI AddAccessDeniedAce(PACL acl, DWORD revision, DWORD mask, PSID sid) { return add(acl, revision, ACCESS_DENIED_ACE_TYPE, 0, mask, sid); }

BOOL WINAPI AddAccessAllowedAceEx(PACL acl, DWORD revision, DWORD flags, DWORD mask, PSID sid)
{
    return add(acl, revision, ACCESS_ALLOWED_ACE_TYPE, flags, mask, sid);
}

BOOL WINAPI AddAccessDeniedAceEx(PACL acl, DWORD revision, DWORD flags, DWORD mask, PSID sid)
{
    return add(acl, revision, ACCESS_DENIED_ACE_TYPE, flags, mask, sid);
}

BOOL WINAPI AddAuditAccessAceEx(PACL acl, DWORD revision, DWORD flags, DWORD mask, PSID sid, BOOL success, BOOL failure)
{
    if (success)
        flags |= SUCCESSFUL_ACCESS_ACE_FLAG;
    if (failure)
        flags |= FAILED_ACCESS_ACE_FLAG;
    return add(acl, revision, SYSTEM_AUDIT_ACE_TYPE, flags, mask, sid);
}

BOOL WINAPI AddAuditAccessAce(PACL acl, DWORD revision, DWORD mask, PSID sid, BOOL success, BOOL failure)
{
    return AddAuditAccessAceEx(acl, revision, 0, mask, sid, success, failure);
}

BOOL WINAPI AddAce(PACL acl, DWORD revision, DWORD index, LPVOID list, DWORD size)
{
    if (!IsValidAcl(acl) || !known_revision(revision))
        return fail(ERROR_INVALID_PARAMETER);
    WORD entries = 0;
    for (DWORD at = 0; at < size; entries++) {
        ACE_HEADER h;
        if (size - at < sizeof h)
            return fail(ERROR_INVALID_PARAMETER);
        memcpy(&h, (char *)list + at, sizeof h);
        if (h.AceSize < sizeof h || h.AceSize > size - at)
            return fail(ERROR_INVALID_PARAMETER);
        at += h.AceSize;
    }
    return insert(acl, revision, index, list, size, entries) || fail(ERROR_INSUFFICIENT_BUFFER);
}

BOOL WINAPI GetAce(PACL acl, DWORD index, LPVOID *ace)
{
    if (acl == NULL || index >= acl->AceCount || end_of(acl, index + 1) == NULL)
        return fail(ERROR_INVALID_PARAMETER);
    *ace = end_of(acl, index);
    return TRUE;
}

BOOL WINAPI DeleteAce(PACL acl, DWORD index)
{
    if (!IsValidAcl(acl) || index >= acl->AceCount)
        return fail(ERROR_INVALID_PARAMETER);
    char *p = end_of(acl, index), *next = end_of(acl, index + 1), *end = end_of(acl, acl->AceCount);
    memmove(p, next, (size_t)(end - next));
    memset(p + (end - next), 0, (size_t)(next - p));
    acl->AceCount--;
    return TRUE;
}

VOID WINAPI MapGenericMask(PDWORD mask, PGENERIC_MAPPING mapping)
{
    const struct {
        DWORD bit, rights;
    } rows[] = {
        {GENERIC_READ, mapping->GenericRead},
        {GENERIC_WRITE, mapping->GenericWrite},
        {GENERIC_EXECUTE, mapping->GenericExecute},
        {GENERIC_ALL, mapping->GenericAll},
    };
    DWORD given = *mask;
    for (int i = 0; i < 4; i++)
        if (given & rows[i].bit)
            *mask = (*mask & ~rows[i].bit) | rows[i].rights;
}

BOOL WINAPI AreAllAccessesGranted(DWORD granted, DWORD desired) { return (granted & desired) == desired; }
BOOL WINAPI AreAnyAccessesGranted(DWORD granted, DWORD desired) { return (granted & desired) != 0; }
