/* Prints what the functions for SIDs, access control lists and security
 * descriptors answer. Compiled with mingw-w64 and run under Wine it must print
 * the same as with our library, but for what security.differences lists. */
#ifdef __MINGW32__
#define _WIN32_WINNT 0x0A00
#define __USE_MINGW_ANSI_STDIO 0
#endif
#include <windows.h>
#include <sddl.h>
#include <stdio.h>
#include <string.h>

static void bytes(const char *what, const void *p, size_t n)
{
    printf("%s:", what);
    for (size_t i = 0; i < n; i++)
        printf(" %02x", ((const unsigned char *)p)[i]);
    printf("\n");
}

/* What a function answers and, if it fails, the last error. */
#define ANSWER(call)                                                                        \
    do {                                                                                    \
        SetLastError(0);                                                                    \
        int answer = (int)(call);                                                           \
        printf("%s: %d %u\n", #call, answer, answer ? 0u : (unsigned)GetLastError());        \
    } while (0)

static union {
    SID sid;
    char room[SECURITY_MAX_SID_SIZE];
} one, two;

static void show(PSID sid)
{
    char *text;
    if (ConvertSidToStringSidA(sid, &text)) {
        printf("%s\n", text);
        LocalFree(text);
    }
}

static void well_known(void)
{
    SID_IDENTIFIER_AUTHORITY nt = SECURITY_NT_AUTHORITY;
    PSID domain;
    AllocateAndInitializeSid(&nt, 4, 21, 1, 2, 3, 0, 0, 0, 0, &domain);
    for (int type = 0; type <= WinCreatorOwnerRightsSid; type++) {
        DWORD size = sizeof one;
        memset(&one, 0, sizeof one);
        SetLastError(0);
        BOOL ok = CreateWellKnownSid((WELL_KNOWN_SID_TYPE)type, domain, &one, &size);
        printf("%d: %d %u %d ", type, ok, ok ? 0u : (unsigned)GetLastError(), (int)size);
        if (ok)
            show(&one);
        else
            printf("\n");
        /* Of a domain's Wine knows the given one's alone. */
        if (ok && (type < WinAccountAdministratorSid || type > WinAccountRasAndIasServersSid))
            printf("  is %d, is next %d\n", IsWellKnownSid(&one, (WELL_KNOWN_SID_TYPE)type), IsWellKnownSid(&one, (WELL_KNOWN_SID_TYPE)(type + 1)));
    }
    DWORD size = 4;
    ANSWER(CreateWellKnownSid(WinWorldSid, NULL, &one, &size));
    printf("%d\n", (int)size);
    size = sizeof one;
    ANSWER(CreateWellKnownSid((WELL_KNOWN_SID_TYPE)4000, NULL, &one, &size));
    ANSWER(CreateWellKnownSid(WinAccountAdministratorSid, NULL, &one, &size));
    ANSWER(CreateWellKnownSid(WinWorldSid, NULL, &one, NULL));
    FreeSid(domain);
}

static void sids(void)
{
    SID_IDENTIFIER_AUTHORITY nt = SECURITY_NT_AUTHORITY, world = SECURITY_WORLD_SID_AUTHORITY, large = {{1, 2, 3, 4, 5, 6}};
    PSID sid;
    ANSWER(AllocateAndInitializeSid(&nt, 8, 1, 2, 3, 4, 5, 6, 7, 0xffffffff, &sid));
    show(sid);
    printf("%d %d\n", (int)GetLengthSid(sid), *GetSidSubAuthorityCount(sid));
    FreeSid(sid);
    ANSWER(AllocateAndInitializeSid(&nt, 9, 1, 2, 3, 4, 5, 6, 7, 8, &sid));
    ANSWER(InitializeSid(&one, &large, 2));
    *GetSidSubAuthority(&one, 0) = 7;
    *GetSidSubAuthority(&one, 1) = 8;
    show(&one);
    ANSWER(InitializeSid(&two, &world, 16));
    ANSWER(InitializeSid(&two, &large, 2));
    *GetSidSubAuthority(&two, 0) = 7;
    *GetSidSubAuthority(&two, 1) = 9;
    ANSWER(EqualSid(&one, &two));
    ANSWER(EqualPrefixSid(&one, &two));
    ANSWER(CopySid(8, &two, &one));
    ANSWER(CopySid(sizeof two, &two, &one));
    ANSWER(EqualSid(&one, &two));
    ANSWER(IsValidSid(&one));
    ANSWER(ConvertSidToStringSidA(&one, NULL));
    one.sid.Revision = 2;
    ANSWER(IsValidSid(&one));
    one.sid.Revision = 1;
    one.sid.SubAuthorityCount = 16;
    ANSWER(IsValidSid(&one));
    printf("%d %d\n", (int)GetSidLengthRequired(0), (int)GetSidLengthRequired(15));
}

static void lists(void)
{
    union {
        ACL acl;
        char room[120];
    } list;
    memset(&list, 0, sizeof list);
    DWORD size = sizeof one;
    CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, &one, &size);
    size = sizeof two;
    CreateWellKnownSid(WinWorldSid, NULL, &two, &size);
    ANSWER(InitializeAcl(&list.acl, 4, ACL_REVISION));
    ANSWER(InitializeAcl(&list.acl, sizeof list, 7));
    ANSWER(InitializeAcl(&list.acl, sizeof list, ACL_REVISION));
    ANSWER(AddAccessAllowedAce(&list.acl, ACL_REVISION, GENERIC_ALL, &one));
    ANSWER(AddAccessDeniedAceEx(&list.acl, ACL_REVISION, CONTAINER_INHERIT_ACE | OBJECT_INHERIT_ACE, 0x1234, &two));
    ANSWER(AddAccessAllowedAceEx(&list.acl, ACL_REVISION_DS, INHERIT_ONLY_ACE, 0x12345678, &one));
    ANSWER(AddAuditAccessAce(&list.acl, ACL_REVISION, 1, &two, TRUE, FALSE));
    bytes("acl", &list, sizeof list);
    ANSWER(AddAccessDeniedAce(&list.acl, ACL_REVISION, 1, &one));
    ACL_SIZE_INFORMATION sizes;
    ANSWER(GetAclInformation(&list.acl, &sizes, sizeof sizes, AclSizeInformation));
    printf("%d %d %d\n", (int)sizes.AceCount, (int)sizes.AclBytesInUse, (int)sizes.AclBytesFree);
    ACL_REVISION_INFORMATION revision;
    ANSWER(GetAclInformation(&list.acl, &revision, sizeof revision, AclRevisionInformation));
    printf("%d\n", (int)revision.AclRevision);
    ANSWER(GetAclInformation(&list.acl, &sizes, 4, AclSizeInformation));
    void *ace, *end;
    ANSWER(FindFirstFreeAce(&list.acl, &end));
    printf("%d\n", (int)((char *)end - list.room));
    ANSWER(GetAce(&list.acl, 1, &ace));
    bytes("ace", ace, ((ACE_HEADER *)ace)->AceSize);
    ANSWER(GetAce(&list.acl, 4, &ace));
    ANSWER(DeleteAce(&list.acl, 1));
    ANSWER(DeleteAce(&list.acl, 9));
    GetAclInformation(&list.acl, &sizes, sizeof sizes, AclSizeInformation);
    printf("%d %d %d\n", (int)sizes.AceCount, (int)sizes.AclBytesInUse, (int)sizes.AclBytesFree);
    bytes("less", &list, sizes.AclBytesInUse);
    unsigned char own[] = {ACCESS_ALLOWED_ACE_TYPE, 0, 20, 0, 3, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
    ANSWER(AddAce(&list.acl, ACL_REVISION, 1, own, sizeof own));
    ANSWER(AddAce(&list.acl, ACL_REVISION, MAXDWORD, own, sizeof own));
    GetAclInformation(&list.acl, &sizes, sizeof sizes, AclSizeInformation);
    bytes("added", &list, sizes.AclBytesInUse);
    ANSWER(IsValidAcl(&list.acl));
    list.acl.AceCount = 100;
    ANSWER(IsValidAcl(&list.acl));
    list.acl.AceCount = 0;
    list.acl.AclRevision = 1;
    ANSWER(IsValidAcl(&list.acl));
}

static void show_descriptor(PSECURITY_DESCRIPTOR d)
{
    BOOL present = -1, defaulted = -1;
    ACL *acl = NULL;
    void *sid = NULL;
    SECURITY_DESCRIPTOR_CONTROL control = 0;
    DWORD revision = 0;
    ANSWER(GetSecurityDescriptorControl(d, &control, &revision));
    printf("%x %d\n", control, (int)revision);
    ANSWER(GetSecurityDescriptorOwner(d, &sid, &defaulted));
    printf("%d ", defaulted);
    show(sid);
    ANSWER(GetSecurityDescriptorGroup(d, &sid, &defaulted));
    printf("%d ", defaulted);
    show(sid);
    ANSWER(GetSecurityDescriptorDacl(d, &present, &acl, &defaulted));
    printf("%d\n", present);
    if (present)
        printf("%d %d\n", defaulted, acl != NULL);
    if (acl != NULL)
        bytes("dacl", acl, acl->AclSize);
    ANSWER(GetSecurityDescriptorSacl(d, &present, &acl, &defaulted));
    printf("%d\n", present);
}

static void descriptors(void)
{
    SECURITY_DESCRIPTOR d, made;
    union {
        ACL acl;
        char room[64];
    } list, list2;
    union {
        SECURITY_DESCRIPTOR_RELATIVE head;
        char room[256];
    } relative;
    memset(&list, 0, sizeof list);
    memset(&relative, 0, sizeof relative);
    DWORD size = sizeof one;
    CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, &one, &size);
    size = sizeof two;
    CreateWellKnownSid(WinLocalSystemSid, NULL, &two, &size);
    ANSWER(InitializeSecurityDescriptor(&d, 7));
    ANSWER(InitializeSecurityDescriptor(&d, SECURITY_DESCRIPTOR_REVISION));
    ANSWER(IsValidSecurityDescriptor(&d));
    ANSWER(IsValidSecurityDescriptor(NULL));
    printf("%d\n", (int)GetSecurityDescriptorLength(&d));
    InitializeAcl(&list.acl, sizeof list, ACL_REVISION);
    AddAccessAllowedAce(&list.acl, ACL_REVISION, 0x1fffff, &one);
    ANSWER(SetSecurityDescriptorOwner(&d, &one, FALSE));
    ANSWER(SetSecurityDescriptorGroup(&d, &two, TRUE));
    ANSWER(SetSecurityDescriptorDacl(&d, TRUE, &list.acl, FALSE));
    ANSWER(SetSecurityDescriptorControl(&d, SE_DACL_PROTECTED, SE_DACL_PROTECTED));
    ANSWER(SetSecurityDescriptorControl(&d, SE_DACL_PRESENT, SE_DACL_PRESENT));
    show_descriptor(&d);
    size = 4;
    ANSWER(MakeSelfRelativeSD(&d, &relative.head, &size));
    printf("%d\n", (int)size);
    ANSWER(MakeSelfRelativeSD(&d, &relative.head, &size));
    printf("%d %d\n", (int)size, (int)GetSecurityDescriptorLength(&relative));
    ANSWER(MakeSelfRelativeSD(&relative.head, &relative.head, &size));
    show_descriptor(&relative.head);
    ANSWER(SetSecurityDescriptorOwner(&relative.head, &two, FALSE));
    DWORD sizes[5] = {0, 0, 0, 0, 0};
    ANSWER(MakeAbsoluteSD(&relative.head, &made, &sizes[0], &list2.acl, &sizes[1], NULL, &sizes[2], &one, &sizes[3], &two, &sizes[4]));
    printf("%d %d %d %d %d\n", sizes[0] == sizeof made, (int)sizes[1], (int)sizes[2], (int)sizes[3], (int)sizes[4]);
    ANSWER(MakeAbsoluteSD(&relative.head, &made, &sizes[0], &list2.acl, &sizes[1], NULL, &sizes[2], &one, &sizes[3], &two, &sizes[4]));
    show_descriptor(&made);
    ANSWER(SetSecurityDescriptorDacl(&made, TRUE, NULL, TRUE));
    ANSWER(SetSecurityDescriptorSacl(&made, TRUE, &list2.acl, FALSE));
    ANSWER(SetSecurityDescriptorOwner(&made, NULL, TRUE));
    show_descriptor(&made);
    ANSWER(SetSecurityDescriptorDacl(&made, FALSE, NULL, FALSE));
    size = sizeof relative;
    ANSWER(MakeSelfRelativeSD(&made, &relative.head, &size));
    printf("%d\n", (int)size);
    show_descriptor(&relative.head);
    made.Revision = 2;
    ANSWER(GetSecurityDescriptorOwner(&made, (PSID *)&relative, (BOOL *)&size));
    ANSWER(IsValidSecurityDescriptor(&made));
}

static void masks(void)
{
    GENERIC_MAPPING mapping = {0x20410, 0x2002a, 0x121000, 0x1fffff};
    static const DWORD given[] = {0, 1, GENERIC_READ, GENERIC_WRITE, GENERIC_EXECUTE, GENERIC_ALL, GENERIC_READ | GENERIC_EXECUTE | 1, MAXIMUM_ALLOWED | GENERIC_WRITE};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        DWORD mask = given[i];
        MapGenericMask(&mask, &mapping);
        printf("%x -> %x\n", (unsigned)given[i], (unsigned)mask);
    }
    ANSWER(AreAllAccessesGranted(7, 3));
    ANSWER(AreAllAccessesGranted(5, 3));
    ANSWER(AreAnyAccessesGranted(5, 3));
    ANSWER(AreAnyAccessesGranted(4, 3));
}

int main(void)
{
    well_known();
    sids();
    lists();
    descriptors();
    masks();
    return 0;
}
