/* Security descriptors as structures in memory. In the absolute form the parts
 * are pointers; in the self-relative one they are behind the head, and there are
 * four offsets of 32 bits to them. Nothing here asks the system. */
#include "internal.h"

#include <string.h>

static BOOL fail(DWORD code)
{
    SetLastError(code);
    return FALSE;
}

enum { HEAD = sizeof(SECURITY_DESCRIPTOR_RELATIVE) };

/* The parts of a descriptor in either form. */
struct parts {
    WORD control;
    PSID owner, group;
    PACL sacl, dacl;
};

static BOOL read_parts(PSECURITY_DESCRIPTOR descriptor, struct parts *p)
{
    const SECURITY_DESCRIPTOR *d = descriptor;
    if (d == NULL || d->Revision != SECURITY_DESCRIPTOR_REVISION)
        return FALSE;
    if (d->Control & SE_SELF_RELATIVE) {
        SECURITY_DESCRIPTOR_RELATIVE r;
        memcpy(&r, descriptor, sizeof r);
        char *base = descriptor;
        p->owner = r.Owner ? base + r.Owner : NULL;
        p->group = r.Group ? base + r.Group : NULL;
        p->sacl = r.Sacl ? (PACL)(void *)(base + r.Sacl) : NULL;
        p->dacl = r.Dacl ? (PACL)(void *)(base + r.Dacl) : NULL;
    } else {
        p->owner = d->Owner;
        p->group = d->Group;
        p->sacl = d->Sacl;
        p->dacl = d->Dacl;
    }
    p->control = d->Control;
    if (!(p->control & SE_SACL_PRESENT))
        p->sacl = NULL;
    if (!(p->control & SE_DACL_PRESENT))
        p->dacl = NULL;
    return TRUE;
}

static BOOL valid(const struct parts *p)
{
    return (!p->owner || IsValidSid(p->owner)) && (!p->group || IsValidSid(p->group)) && (!p->sacl || IsValidAcl(p->sacl)) &&
           (!p->dacl || IsValidAcl(p->dacl));
}

BOOL WINAPI IsValidSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor)
{
    struct parts p;
    return (read_parts(descriptor, &p) && valid(&p)) || fail(ERROR_INVALID_SECURITY_DESCR);
}

BOOL WINAPI InitializeSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, DWORD revision)
{
    if (revision != SECURITY_DESCRIPTOR_REVISION)
        return fail(ERROR_UNKNOWN_REVISION);
    *(SECURITY_DESCRIPTOR *)descriptor = (SECURITY_DESCRIPTOR){.Revision = SECURITY_DESCRIPTOR_REVISION};
    return TRUE;
}

/* The descriptor to change: absolute, so that its parts are pointers. */
static SECURITY_DESCRIPTOR *absolute(PSECURITY_DESCRIPTOR descriptor)
{
    SECURITY_DESCRIPTOR *d = descriptor;
    if (d == NULL || d->Revision != SECURITY_DESCRIPTOR_REVISION)
        SetLastError(ERROR_UNKNOWN_REVISION);
    else if (d->Control & SE_SELF_RELATIVE)
        SetLastError(ERROR_INVALID_SECURITY_DESCR);
    else
        return d;
    return NULL;
}

static void flag(SECURITY_DESCRIPTOR *d, WORD bit, BOOL on) { d->Control = (WORD)(on ? d->Control | bit : d->Control & ~bit); }

enum list { SACL, DACL };

static BOOL set_list(PSECURITY_DESCRIPTOR descriptor, enum list which, BOOL present, PACL acl, BOOL defaulted)
{
    SECURITY_DESCRIPTOR *d = absolute(descriptor);
    if (d == NULL)
        return FALSE;
    flag(d, which == DACL ? SE_DACL_PRESENT : SE_SACL_PRESENT, present);
    if (present) {
        *(which == DACL ? &d->Dacl : &d->Sacl) = acl;
        flag(d, which == DACL ? SE_DACL_DEFAULTED : SE_SACL_DEFAULTED, defaulted);
    }
    return TRUE;
}

BOOL WINAPI SetSecurityDescriptorDacl(PSECURITY_DESCRIPTOR descriptor, BOOL present, PACL acl, BOOL defaulted)
{
    return set_list(descriptor, DACL, present, acl, defaulted);
}

BOOL WINAPI SetSecurityDescriptorSacl(PSECURITY_DESCRIPTOR descriptor, BOOL present, PACL acl, BOOL defaulted)
{
    return set_list(descriptor, SACL, present, acl, defaulted);
}

enum account { OWNER, GROUP };

static BOOL set_account(PSECURITY_DESCRIPTOR descriptor, enum account which, PSID sid, BOOL defaulted)
{
    SECURITY_DESCRIPTOR *d = absolute(descriptor);
    if (d == NULL)
        return FALSE;
    *(which == OWNER ? &d->Owner : &d->Group) = sid;
    flag(d, which == OWNER ? SE_OWNER_DEFAULTED : SE_GROUP_DEFAULTED, defaulted);
    return TRUE;
}

BOOL WINAPI SetSecurityDescriptorOwner(PSECURITY_DESCRIPTOR descriptor, PSID owner, BOOL defaulted)
{
    return set_account(descriptor, OWNER, owner, defaulted);
}

BOOL WINAPI SetSecurityDescriptorGroup(PSECURITY_DESCRIPTOR descriptor, PSID group, BOOL defaulted)
{
    return set_account(descriptor, GROUP, group, defaulted);
}

/* Those of the control's bits that are not about what the descriptor has. */
enum {
    FREE_BITS = SE_DACL_AUTO_INHERIT_REQ | SE_SACL_AUTO_INHERIT_REQ | SE_DACL_AUTO_INHERITED | SE_SACL_AUTO_INHERITED | SE_DACL_PROTECTED |
                SE_SACL_PROTECTED
};

BOOL WINAPI SetSecurityDescriptorControl(PSECURITY_DESCRIPTOR descriptor, SECURITY_DESCRIPTOR_CONTROL mask, SECURITY_DESCRIPTOR_CONTROL bits)
{
    SECURITY_DESCRIPTOR *d = descriptor;
    if (d == NULL || (mask & ~FREE_BITS) || (bits & ~mask))
        return fail(ERROR_INVALID_PARAMETER);
    d->Control = (WORD)((d->Control & ~mask) | bits);
    return TRUE;
}

BOOL WINAPI GetSecurityDescriptorControl(PSECURITY_DESCRIPTOR descriptor, PSECURITY_DESCRIPTOR_CONTROL control, LPDWORD revision)
{
    const SECURITY_DESCRIPTOR *d = descriptor;
    *revision = d->Revision;
    if (d->Revision != SECURITY_DESCRIPTOR_REVISION)
        return fail(ERROR_UNKNOWN_REVISION);
    *control = d->Control;
    return TRUE;
}

static BOOL get_list(PSECURITY_DESCRIPTOR descriptor, enum list which, LPBOOL present, PACL *acl, LPBOOL defaulted)
{
    struct parts p;
    if (!read_parts(descriptor, &p))
        return fail(ERROR_UNKNOWN_REVISION);
    *present = (p.control & (which == DACL ? SE_DACL_PRESENT : SE_SACL_PRESENT)) != 0;
    if (*present) {
        *acl = which == DACL ? p.dacl : p.sacl;
        *defaulted = (p.control & (which == DACL ? SE_DACL_DEFAULTED : SE_SACL_DEFAULTED)) != 0;
    }
    return TRUE;
}

BOOL WINAPI GetSecurityDescriptorDacl(PSECURITY_DESCRIPTOR descriptor, LPBOOL present, PACL *acl, LPBOOL defaulted)
{
    return get_list(descriptor, DACL, present, acl, defaulted);
}

BOOL WINAPI GetSecurityDescriptorSacl(PSECURITY_DESCRIPTOR descriptor, LPBOOL present, PACL *acl, LPBOOL defaulted)
{
    return get_list(descriptor, SACL, present, acl, defaulted);
}

static BOOL get_account(PSECURITY_DESCRIPTOR descriptor, enum account which, PSID *sid, LPBOOL defaulted)
{
    struct parts p;
    if (!read_parts(descriptor, &p))
        return fail(ERROR_UNKNOWN_REVISION);
    *sid = which == OWNER ? p.owner : p.group;
    *defaulted = (p.control & (which == OWNER ? SE_OWNER_DEFAULTED : SE_GROUP_DEFAULTED)) != 0;
    return TRUE;
}

BOOL WINAPI GetSecurityDescriptorOwner(PSECURITY_DESCRIPTOR descriptor, PSID *owner, LPBOOL defaulted)
{
    return get_account(descriptor, OWNER, owner, defaulted);
}

BOOL WINAPI GetSecurityDescriptorGroup(PSECURITY_DESCRIPTOR descriptor, PSID *group, LPBOOL defaulted)
{
    return get_account(descriptor, GROUP, group, defaulted);
}

static DWORD sid_size(PSID sid) { return sid ? GetLengthSid(sid) : 0; }
static DWORD acl_size(PACL acl) { return acl ? (acl->AclSize + 3u) & ~3u : 0; }

static DWORD relative_size(const struct parts *p)
{
    return HEAD + sid_size(p->owner) + sid_size(p->group) + acl_size(p->sacl) + acl_size(p->dacl);
}

DWORD WINAPI GetSecurityDescriptorLength(PSECURITY_DESCRIPTOR descriptor)
{
    struct parts p;
    if (!read_parts(descriptor, &p))
        return 0;
    return relative_size(&p) + (p.control & SE_SELF_RELATIVE ? 0 : (DWORD)sizeof(SECURITY_DESCRIPTOR) - HEAD);
}

/* Puts a part at *at, and answers its offset. */
static DWORD put(char *base, DWORD *at, const void *part, DWORD size, DWORD room)
{
    if (part == NULL)
        return 0;
    DWORD offset = *at;
    memcpy(base + offset, part, size);
    memset(base + offset + size, 0, room - size);
    *at += room;
    return offset;
}

BOOL WINAPI MakeSelfRelativeSD(PSECURITY_DESCRIPTOR descriptor, PSECURITY_DESCRIPTOR out, LPDWORD size)
{
    struct parts p;
    if (!read_parts(descriptor, &p) || !valid(&p))
        return fail(ERROR_INVALID_SECURITY_DESCR);
    DWORD need = relative_size(&p), at = HEAD;
    if (*size < need) {
        *size = need;
        return fail(ERROR_INSUFFICIENT_BUFFER);
    }
    if (out == descriptor)
        return (p.control & SE_SELF_RELATIVE) != 0 || fail(ERROR_INVALID_PARAMETER);
    SECURITY_DESCRIPTOR_RELATIVE r = {.Revision = SECURITY_DESCRIPTOR_REVISION, .Control = (WORD)(p.control | SE_SELF_RELATIVE)};
    r.Sacl = put(out, &at, p.sacl, p.sacl ? p.sacl->AclSize : 0, acl_size(p.sacl));
    r.Dacl = put(out, &at, p.dacl, p.dacl ? p.dacl->AclSize : 0, acl_size(p.dacl));
    r.Owner = put(out, &at, p.owner, sid_size(p.owner), sid_size(p.owner));
    r.Group = put(out, &at, p.group, sid_size(p.group), sid_size(p.group));
    memcpy(out, &r, sizeof r);
    return TRUE;
}

BOOL WINAPI MakeAbsoluteSD(PSECURITY_DESCRIPTOR descriptor, PSECURITY_DESCRIPTOR out, LPDWORD size, PACL dacl, LPDWORD dacl_room, PACL sacl,
                           LPDWORD sacl_room, PSID owner, LPDWORD owner_room, PSID group, LPDWORD group_room)
{
    struct parts p;
    if (!read_parts(descriptor, &p) || !valid(&p))
        return fail(ERROR_INVALID_SECURITY_DESCR);
    if (!(p.control & SE_SELF_RELATIVE))
        return fail(ERROR_BAD_DESCRIPTOR_FORMAT);
    const struct {
        LPDWORD has;
        DWORD need;
    } rooms[] = {
        {size, sizeof(SECURITY_DESCRIPTOR)},
        {dacl_room, p.dacl ? p.dacl->AclSize : 0},
        {sacl_room, p.sacl ? p.sacl->AclSize : 0},
        {owner_room, sid_size(p.owner)},
        {group_room, sid_size(p.group)},
    };
    BOOL enough = TRUE;
    for (int i = 0; i < 5; i++)
        enough &= *rooms[i].has >= rooms[i].need;
    if (!enough) {
        for (int i = 0; i < 5; i++)
            *rooms[i].has = rooms[i].need;
        return fail(ERROR_INSUFFICIENT_BUFFER);
    }
    SECURITY_DESCRIPTOR d = {.Revision = SECURITY_DESCRIPTOR_REVISION, .Control = (WORD)(p.control & ~SE_SELF_RELATIVE)};
    if (p.dacl)
        d.Dacl = memcpy(dacl, p.dacl, p.dacl->AclSize);
    if (p.sacl)
        d.Sacl = memcpy(sacl, p.sacl, p.sacl->AclSize);
    if (p.owner)
        d.Owner = memcpy(owner, p.owner, sid_size(p.owner));
    if (p.group)
        d.Group = memcpy(group, p.group, sid_size(p.group));
    *(SECURITY_DESCRIPTOR *)out = d;
    return TRUE;
}
