/* Prints what the functions for tokens, names of accounts and texts of security
 * descriptors answer. Compiled with mingw-w64 and run under Wine it prints the
 * same as with our library, but for what security.differences lists. It needs
 * root, or a user with SeChangeNotifyPrivilege, which everybody has. */
#ifdef __MINGW32__
#define _WIN32_WINNT 0x0A00
#define __USE_MINGW_ANSI_STDIO 0
#endif
#include <windows.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a function answers and, if it fails, the last error. */
#define ANSWER(call)                                                                 \
    do {                                                                             \
        SetLastError(0);                                                             \
        int answer = (int)(call);                                                    \
        printf("%s: %d %u\n", #call, answer, answer ? 0u : (unsigned)GetLastError()); \
    } while (0)

enum { PARTS = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION | SACL_SECURITY_INFORMATION };

static void texts(void)
{
    static const char *const sddl[] = {
        "", "O:BA", "O:BAG:SY", "D:", "D:P", "D:(A;;GA;;;SY)", "O:BAG:SYD:P(A;;GA;;;BA)(D;CIOI;0x123;;;WD)",
        "D:(A;;FA;;;S-1-5-21-1-2-3-1000)", "D:AI(A;ID;RPWP;;;AU)", "S:(AU;SAFA;GA;;;WD)", "S:(ML;;NW;;;LW)", "D:(A;;;;;WD)",
        "O:XX", "D:(X;;GA;;;SY)", "D:(A;;ZZ;;;SY)", "D:(A;;GA;;;SY", "D:(A;;GA;;SY)", "nonsense", "O:S-1-5-", "D:(A;QQ;GA;;;SY)",
    };
    for (size_t i = 0; i < sizeof sddl / sizeof *sddl; i++) {
        PSECURITY_DESCRIPTOR d = NULL;
        ULONG size = 0;
        SetLastError(0);
        BOOL ok = ConvertStringSecurityDescriptorToSecurityDescriptorA(sddl[i], SDDL_REVISION_1, &d, &size);
        printf("\"%s\": %d %u\n", sddl[i], ok, ok ? 0u : (unsigned)GetLastError());
        if (!ok)
            continue;
        printf("  %d bytes, length %d, valid %d\n", (int)size, (int)GetSecurityDescriptorLength(d), IsValidSecurityDescriptor(d));
        LPSTR text = NULL;
        ULONG n = 0;
        if (ConvertSecurityDescriptorToStringSecurityDescriptorA(d, SDDL_REVISION_1, PARTS, &text, &n)) {
            printf("  %s %d\n", text, (int)n);
            LocalFree(text);
        }
        if (ConvertSecurityDescriptorToStringSecurityDescriptorA(d, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text, NULL)) {
            printf("  %s\n", text);
            LocalFree(text);
        }
        LocalFree(d);
    }
    PSECURITY_DESCRIPTOR d;
    ANSWER(ConvertStringSecurityDescriptorToSecurityDescriptorA("D:", 2, &d, NULL));
    ANSWER(ConvertStringSecurityDescriptorToSecurityDescriptorA(NULL, 1, &d, NULL));
    ANSWER(ConvertStringSecurityDescriptorToSecurityDescriptorW(L"O:SYD:(A;;GR;;;WD)", 1, &d, NULL));
    LPWSTR wide;
    ULONG n;
    ANSWER(ConvertSecurityDescriptorToStringSecurityDescriptorW(d, 1, PARTS, &wide, &n));
    for (ULONG i = 0; i < n; i++)
        printf("%c", wide[i] ? (char)wide[i] : '\n');
    LocalFree(wide);
    LocalFree(d);

    static const char *const sids[] = {"S-1-1-0", "SY", "BA", "S-1-5-32-544", "s-1-5-18", "S-1-5-21-1-2-3-500", "", "S-1", "S-2-1-0", "S-1-5-x", "QQ"};
    for (size_t i = 0; i < sizeof sids / sizeof *sids; i++) {
        PSID sid = NULL;
        SetLastError(0);
        BOOL ok = ConvertStringSidToSidA(sids[i], &sid);
        printf("%s: %d %u\n", sids[i], ok, ok ? 0u : (unsigned)GetLastError());
        LPSTR text;
        if (ok && ConvertSidToStringSidA(sid, &text)) {
            printf("  %s\n", text);
            LocalFree(text);
        }
        LocalFree(sid);
    }
}

static void names(void)
{
    static const char *const sids[] = {
        "S-1-0-0", "S-1-1-0", "S-1-3-0", "S-1-3-1", "S-1-5-2", "S-1-5-4", "S-1-5-6", "S-1-5-7", "S-1-5-11", "S-1-5-18", "S-1-5-19", "S-1-5-20",
        "S-1-5-32-544", "S-1-5-32-545", "S-1-5-32-546", "S-1-5-21-7-7-7-7777",
    };
    for (size_t i = 0; i < sizeof sids / sizeof *sids; i++) {
        PSID sid;
        if (!ConvertStringSidToSidA(sids[i], &sid))
            continue;
        char name[64] = "", domain[64] = "";
        DWORD n = sizeof name, d = sizeof domain;
        SID_NAME_USE use = SidTypeInvalid;
        SetLastError(0);
        BOOL ok = LookupAccountSidA(NULL, sid, name, &n, domain, &d, &use);
        printf("%s: %d %u %s\\%s %d\n", sids[i], ok, ok ? 0u : (unsigned)GetLastError(), domain, name, (int)use);
        if (ok) {
            WCHAR wide[64], wide_domain[64];
            n = d = 2;
            ANSWER(LookupAccountSidW(NULL, sid, wide, &n, wide_domain, &d, &use));
            n = d = 64; /* Wine 8 says of what it needed what it would have answered */
            ANSWER(LookupAccountSidW(NULL, sid, wide, &n, wide_domain, &d, &use));
            printf("%d %d\n", (int)n, (int)d);
        }
        LocalFree(sid);
    }
    static const char *const accounts[] = {"Everyone", "SYSTEM", "NT AUTHORITY\\SYSTEM", "nt authority\\system", "BUILTIN\\Administrators", "CREATOR OWNER"};
    for (size_t i = 0; i < sizeof accounts / sizeof *accounts; i++) {
        union {
            SID sid;
            char room[SECURITY_MAX_SID_SIZE];
        } sid;
        char domain[64] = "";
        DWORD n = sizeof sid, d = sizeof domain;
        SID_NAME_USE use = SidTypeInvalid;
        SetLastError(0);
        BOOL ok = LookupAccountNameA(NULL, accounts[i], &sid, &n, domain, &d, &use);
        LPSTR text = NULL;
        if (ok)
            ConvertSidToStringSidA(&sid, &text);
        printf("%s: %d %u %s %s %d %d %d\n", accounts[i], ok, ok ? 0u : (unsigned)GetLastError(), text ? text : "-", domain, (int)n, (int)d, (int)use);
        LocalFree(text);
    }
    static const char *const privileges[] = {SE_CREATE_TOKEN_NAME, SE_ASSIGNPRIMARYTOKEN_NAME, SE_TCB_NAME, SE_DEBUG_NAME, SE_SHUTDOWN_NAME,
        SE_CHANGE_NOTIFY_NAME, SE_IMPERSONATE_NAME, SE_CREATE_GLOBAL_NAME, "sedebugprivilege", "SeNoSuchPrivilege", ""};
    for (size_t i = 0; i < sizeof privileges / sizeof *privileges; i++) {
        LUID id = {0, 0};
        SetLastError(0);
        BOOL ok = LookupPrivilegeValueA(NULL, privileges[i], &id);
        printf("%s: %d %u %d %d\n", privileges[i], ok, ok ? 0u : (unsigned)GetLastError(), (int)id.HighPart, (int)id.LowPart);
    }
    LUID id;
    for (DWORD i = 0; i <= 30; i++) {
        id = (LUID){i, 0};
        char name[64] = "";
        DWORD n = sizeof name;
        SetLastError(0);
        BOOL ok = LookupPrivilegeNameA(NULL, &id, name, &n);
        printf("%d: %d %u %s %d\n", (int)i, ok, ok ? 0u : (unsigned)GetLastError(), name, ok ? (int)n : 0);
    }
    WCHAR wide[64];
    DWORD n = 4;
    id = (LUID){20, 0};
    ANSWER(LookupPrivilegeNameW(NULL, &id, wide, &n));
    printf("%d\n", (int)n);
    ANSWER(LookupPrivilegeNameW(NULL, &id, wide, &n));
    printf("%d %d\n", (int)n, wide[0]);
    ANSWER(LookupPrivilegeValueW(NULL, L"SeBackupPrivilege", &id));
    printf("%d\n", (int)id.LowPart);
}

/* Memory for what a token says; to be freed. */
static void *information(HANDLE token, TOKEN_INFORMATION_CLASS what)
{
    DWORD size = 0, again = 0;
    BOOL ok = GetTokenInformation(token, what, NULL, 0, &size);
    printf("class %d: %d %u\n", (int)what, ok, (unsigned)GetLastError());
    void *out = malloc(size + 1);
    ok = GetTokenInformation(token, what, out, size, &again);
    printf("  again %d, the same size %d\n", ok, size == again);
    if (ok)
        return out;
    free(out);
    return NULL;
}

static void tokens(void)
{
    HANDLE token, other, third;
    ANSWER(OpenProcessToken(NULL, TOKEN_QUERY, &token));
    ANSWER(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token));
    ANSWER(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, &token));
    TOKEN_USER *user = information(token, TokenUser);
    printf("user: valid %d, attributes %d\n", IsValidSid(user->User.Sid), (int)user->User.Attributes);
    TOKEN_OWNER *owner = information(token, TokenOwner);
    printf("owner: valid %d\n", IsValidSid(owner->Owner));
    TOKEN_PRIMARY_GROUP *group = information(token, TokenPrimaryGroup);
    printf("group: valid %d\n", IsValidSid(group->PrimaryGroup));
    TOKEN_GROUPS *groups = information(token, TokenGroups);
    int everyone = 0;
    for (DWORD i = 0; i < groups->GroupCount; i++)
        everyone += IsWellKnownSid(groups->Groups[i].Sid, WinWorldSid) && (groups->Groups[i].Attributes & SE_GROUP_ENABLED);
    printf("is in Everyone: %d\n", everyone);
    TOKEN_PRIVILEGES *privileges = information(token, TokenPrivileges);
    int change_notify = 0;
    for (DWORD i = 0; i < privileges->PrivilegeCount; i++)
        change_notify += privileges->Privileges[i].Luid.LowPart == 23 && (privileges->Privileges[i].Attributes & SE_PRIVILEGE_ENABLED);
    printf("SeChangeNotifyPrivilege: %d\n", change_notify);
    TOKEN_DEFAULT_DACL *dacl = information(token, TokenDefaultDacl);
    printf("default DACL: valid %d\n", IsValidAcl(dacl->DefaultDacl));
    TOKEN_TYPE *type = information(token, TokenType);
    printf("type %d\n", *type);
    TOKEN_ELEVATION_TYPE elevation;
    DWORD n, short_size = 2;
    ANSWER(GetTokenInformation(token, TokenElevationType, &elevation, sizeof elevation, &n));
    ANSWER(GetTokenInformation(token, TokenImpersonationLevel, &elevation, sizeof elevation, &n));
    ANSWER(GetTokenInformation(token, TokenUser, user, short_size, &n));
    ANSWER(GetTokenInformation(token, (TOKEN_INFORMATION_CLASS)0, &elevation, sizeof elevation, &n));
    ANSWER(GetTokenInformation(GetCurrentProcess(), TokenUser, &elevation, sizeof elevation, &n));

    ANSWER(DuplicateToken(token, SecurityImpersonation, &other));
    free(type);
    type = information(other, TokenType);
    printf("type %d\n", *type);
    SECURITY_IMPERSONATION_LEVEL *level = information(other, TokenImpersonationLevel);
    printf("level %d\n", *level);
    ANSWER(DuplicateToken(other, SecurityImpersonation, &third)); /* it may not be duplicated */
    ANSWER(DuplicateTokenEx(token, MAXIMUM_ALLOWED, NULL, SecurityIdentification, TokenImpersonation, &third));
    HANDLE fourth;
    ANSWER(DuplicateTokenEx(third, 0, NULL, SecurityImpersonation, TokenImpersonation, &fourth));
    ANSWER(DuplicateTokenEx(third, 0, NULL, SecurityIdentification, (TOKEN_TYPE)3, &fourth));

    BOOL member = -1;
    union {
        SID sid;
        char room[SECURITY_MAX_SID_SIZE];
    } sid;
    n = sizeof sid;
    CreateWellKnownSid(WinWorldSid, NULL, &sid, &n);
    ANSWER(CheckTokenMembership(NULL, &sid, &member));
    printf("%d\n", member);
    ANSWER(CheckTokenMembership(other, &sid, &member));
    printf("%d\n", member);
    n = sizeof sid;
    CreateWellKnownSid(WinAnonymousSid, NULL, &sid, &n);
    ANSWER(CheckTokenMembership(other, &sid, &member));
    printf("%d\n", member);
    ANSWER(CheckTokenMembership(token, &sid, &member));

    TOKEN_PRIVILEGES wanted = {1, {{{23, 0}, SE_PRIVILEGE_ENABLED}}};
    ANSWER(AdjustTokenPrivileges(token, FALSE, &wanted, 0, NULL, NULL)); /* not without the right */
    CloseHandle(token);
    ANSWER(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_ADJUST_PRIVILEGES | TOKEN_DUPLICATE, &token));
    ANSWER(AdjustTokenPrivileges(token, FALSE, &wanted, 0, NULL, NULL));
    printf("%u\n", (unsigned)GetLastError());
    wanted.Privileges[0].Luid.LowPart = 2; /* SeCreateTokenPrivilege: nobody's */
    ANSWER(AdjustTokenPrivileges(token, FALSE, &wanted, 0, NULL, NULL));
    printf("%u\n", (unsigned)GetLastError());

    /* One of a duplicate can be switched off, and on again. */
    ANSWER(DuplicateTokenEx(token, TOKEN_ALL_ACCESS, NULL, SecurityImpersonation, TokenImpersonation, &fourth));
    TOKEN_PRIVILEGES before;
    wanted.Privileges[0].Luid.LowPart = 23;
    wanted.Privileges[0].Attributes = 0;
    ANSWER(AdjustTokenPrivileges(fourth, FALSE, &wanted, sizeof before, &before, &n));
    printf("%u %d %d %d %d\n", (unsigned)GetLastError(), (int)n, (int)before.PrivilegeCount, (int)before.Privileges[0].Luid.LowPart,
           (int)(before.Privileges[0].Attributes & SE_PRIVILEGE_ENABLED));
    PRIVILEGE_SET set = {1, PRIVILEGE_SET_ALL_NECESSARY, {{{23, 0}, 0}}};
    ANSWER(PrivilegeCheck(fourth, &set, &member));
    printf("%d\n", member);
    ANSWER(AdjustTokenPrivileges(fourth, FALSE, &before, 0, NULL, NULL));
    ANSWER(PrivilegeCheck(fourth, &set, &member));
    printf("%d %x\n", member, (unsigned)set.Privilege[0].Attributes);
    ANSWER(PrivilegeCheck(token, &set, &member));
    free(user), free(owner), free(group), free(groups), free(privileges), free(dacl), free(type), free(level);
    CloseHandle(token), CloseHandle(other), CloseHandle(third), CloseHandle(fourth);
    ANSWER(GetTokenInformation(fourth, TokenUser, &elevation, sizeof elevation, &n));
}

static void checks(void)
{
    HANDLE primary, token;
    OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, &primary);
    DuplicateToken(primary, SecurityIdentification, &token);
    GENERIC_MAPPING mapping = {0x20410, 0x2002a, 0x121000, 0x1fffff};
    static const struct {
        const char *sddl;
        DWORD desired;
    } cells[] = {
        {"O:ANG:AND:(A;;GR;;;WD)", 0x400}, {"O:ANG:AND:(A;;GR;;;WD)", 0x20410}, {"O:ANG:AND:(A;;GR;;;WD)", 1}, {"O:ANG:AND:(A;;GA;;;AN)", 1},
        {"O:ANG:AND:(D;;0x1;;;WD)(A;;GA;;;WD)", 1}, {"O:ANG:AND:(D;;0x1;;;WD)(A;;GA;;;WD)", 2}, {"O:ANG:AND:(A;;GA;;;WD)(D;;0x1;;;WD)", 1},
        {"O:ANG:AND:(A;IOCI;GA;;;WD)", 1}, {"O:ANG:AND:", 1}, {"O:ANG:AN", 0x1fffff}, {"O:ANG:AND:(A;;0x1;;;WD)(A;;0x2;;;WD)", 3},
        {"O:ANG:AND:(A;;0x1;;;WD)(A;;0x6;;;WD)", MAXIMUM_ALLOWED},
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        PSECURITY_DESCRIPTOR d;
        if (!ConvertStringSecurityDescriptorToSecurityDescriptorA(cells[i].sddl, 1, &d, NULL))
            continue;
        PRIVILEGE_SET set;
        DWORD size = sizeof set, granted = 77;
        BOOL status = 77;
        SetLastError(0);
        BOOL ok = AccessCheck(d, token, cells[i].desired, &mapping, &set, &size, &granted, &status);
        printf("%s %x: %d %x %d %u\n", cells[i].sddl, (unsigned)cells[i].desired, ok, (unsigned)granted, status, (unsigned)GetLastError());
        LocalFree(d);
    }
    PSECURITY_DESCRIPTOR d;
    PRIVILEGE_SET set;
    DWORD size = sizeof set, granted;
    BOOL status;
    ConvertStringSecurityDescriptorToSecurityDescriptorA("O:ANG:AND:(A;;GR;;;WD)", 1, &d, NULL);
    ANSWER(AccessCheck(d, primary, 1, &mapping, &set, &size, &granted, &status));
    ANSWER(AccessCheck(d, token, GENERIC_READ, &mapping, &set, &size, &granted, &status));
    size = 4;
    ANSWER(AccessCheck(d, token, 1, &mapping, &set, &size, &granted, &status));
    printf("%d\n", (int)size);
    LocalFree(d);
    size = sizeof set;
    ConvertStringSecurityDescriptorToSecurityDescriptorA("D:(A;;GR;;;WD)", 1, &d, NULL);
    ANSWER(AccessCheck(d, token, 1, &mapping, &set, &size, &granted, &status));
    LocalFree(d);
    CloseHandle(primary), CloseHandle(token);
}

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "texts") == 0)
        texts();
    if (argc < 2 || strcmp(argv[1], "names") == 0)
        names();
    if (argc < 2 || strcmp(argv[1], "tokens") == 0)
        tokens();
    if (argc < 2 || strcmp(argv[1], "checks") == 0)
        checks();
    return 0;
}
