/* Security identifiers as structures in memory. Nothing here asks the system. */
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

BOOL WINAPI EqualPrefixSid(PSID a, PSID b)
{
    if (!IsValidSid(a) || !IsValidSid(b) || ((SID *)a)->SubAuthorityCount != ((SID *)b)->SubAuthorityCount)
        return FALSE;
    UCHAR n = ((SID *)a)->SubAuthorityCount;
    return memcmp(a, b, GetSidLengthRequired(n ? n - 1 : 0)) == 0;
}

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

/* --- Those that are the same everywhere --- */

enum { NT = 5, LABEL = 16, BUILTIN = 32, DOMAIN_OWN = 21, PACKAGE = 64 };

/* By the type's number: the authority and up to two sub-authorities; a third one is
 * 0. One whose first is DOMAIN_OWN is the given domain's, with the second behind it. */
static const struct known {
    BYTE authority, count;
    WORD first, second;
} known[] = {
    [WinNullSid] = {0, 1, 0, 0},
    [WinWorldSid] = {1, 1, 0, 0},
    [WinLocalSid] = {2, 1, 0, 0},
    [WinCreatorOwnerSid] = {3, 1, 0, 0},
    [WinCreatorGroupSid] = {3, 1, 1, 0},
    [WinCreatorOwnerServerSid] = {3, 1, 2, 0},
    [WinCreatorGroupServerSid] = {3, 1, 3, 0},
    [WinNtAuthoritySid] = {NT, 0, 0, 0},
    [WinDialupSid] = {NT, 1, 1, 0},
    [WinNetworkSid] = {NT, 1, 2, 0},
    [WinBatchSid] = {NT, 1, 3, 0},
    [WinInteractiveSid] = {NT, 1, 4, 0},
    [WinServiceSid] = {NT, 1, 6, 0},
    [WinAnonymousSid] = {NT, 1, 7, 0},
    [WinProxySid] = {NT, 1, 8, 0},
    [WinEnterpriseControllersSid] = {NT, 1, 9, 0},
    [WinSelfSid] = {NT, 1, 10, 0},
    [WinAuthenticatedUserSid] = {NT, 1, 11, 0},
    [WinRestrictedCodeSid] = {NT, 1, 12, 0},
    [WinTerminalServerSid] = {NT, 1, 13, 0},
    [WinRemoteLogonIdSid] = {NT, 1, 14, 0},
    [WinLogonIdsSid] = {NT, 3, 5, 0},
    [WinLocalSystemSid] = {NT, 1, 18, 0},
    [WinLocalServiceSid] = {NT, 1, 19, 0},
    [WinNetworkServiceSid] = {NT, 1, 20, 0},
    [WinBuiltinDomainSid] = {NT, 1, BUILTIN, 0},
    [WinBuiltinAdministratorsSid] = {NT, 2, BUILTIN, 544},
    [WinBuiltinUsersSid] = {NT, 2, BUILTIN, 545},
    [WinBuiltinGuestsSid] = {NT, 2, BUILTIN, 546},
    [WinBuiltinPowerUsersSid] = {NT, 2, BUILTIN, 547},
    [WinBuiltinAccountOperatorsSid] = {NT, 2, BUILTIN, 548},
    [WinBuiltinSystemOperatorsSid] = {NT, 2, BUILTIN, 549},
    [WinBuiltinPrintOperatorsSid] = {NT, 2, BUILTIN, 550},
    [WinBuiltinBackupOperatorsSid] = {NT, 2, BUILTIN, 551},
    [WinBuiltinReplicatorSid] = {NT, 2, BUILTIN, 552},
    [WinBuiltinPreWindows2000CompatibleAccessSid] = {NT, 2, BUILTIN, 554},
    [WinBuiltinRemoteDesktopUsersSid] = {NT, 2, BUILTIN, 555},
    [WinBuiltinNetworkConfigurationOperatorsSid] = {NT, 2, BUILTIN, 556},
    [WinAccountAdministratorSid] = {NT, 1, DOMAIN_OWN, 500},
    [WinAccountGuestSid] = {NT, 1, DOMAIN_OWN, 501},
    [WinAccountKrbtgtSid] = {NT, 1, DOMAIN_OWN, 502},
    [WinAccountDomainAdminsSid] = {NT, 1, DOMAIN_OWN, 512},
    [WinAccountDomainUsersSid] = {NT, 1, DOMAIN_OWN, 513},
    [WinAccountDomainGuestsSid] = {NT, 1, DOMAIN_OWN, 514},
    [WinAccountComputersSid] = {NT, 1, DOMAIN_OWN, 515},
    [WinAccountControllersSid] = {NT, 1, DOMAIN_OWN, 516},
    [WinAccountCertAdminsSid] = {NT, 1, DOMAIN_OWN, 517},
    [WinAccountSchemaAdminsSid] = {NT, 1, DOMAIN_OWN, 518},
    [WinAccountEnterpriseAdminsSid] = {NT, 1, DOMAIN_OWN, 519},
    [WinAccountPolicyAdminsSid] = {NT, 1, DOMAIN_OWN, 520},
    [WinAccountRasAndIasServersSid] = {NT, 1, DOMAIN_OWN, 553},
    [WinNTLMAuthenticationSid] = {NT, 2, PACKAGE, 10},
    [WinDigestAuthenticationSid] = {NT, 2, PACKAGE, 21},
    [WinSChannelAuthenticationSid] = {NT, 2, PACKAGE, 14},
    [WinThisOrganizationSid] = {NT, 1, 15, 0},
    [WinOtherOrganizationSid] = {NT, 1, 1000, 0},
    [WinBuiltinIncomingForestTrustBuildersSid] = {NT, 2, BUILTIN, 557},
    [WinBuiltinPerfMonitoringUsersSid] = {NT, 2, BUILTIN, 558},
    [WinBuiltinPerfLoggingUsersSid] = {NT, 2, BUILTIN, 559},
    [WinBuiltinAuthorizationAccessSid] = {NT, 2, BUILTIN, 560},
    [WinBuiltinTerminalServerLicenseServersSid] = {NT, 2, BUILTIN, 561},
    [WinBuiltinDCOMUsersSid] = {NT, 2, BUILTIN, 562},
    [WinBuiltinIUsersSid] = {NT, 2, BUILTIN, 568},
    [WinIUserSid] = {NT, 1, 17, 0},
    [WinBuiltinCryptoOperatorsSid] = {NT, 2, BUILTIN, 569},
    [WinUntrustedLabelSid] = {LABEL, 1, 0, 0},
    [WinLowLabelSid] = {LABEL, 1, 4096, 0},
    [WinMediumLabelSid] = {LABEL, 1, 8192, 0},
    [WinHighLabelSid] = {LABEL, 1, 12288, 0},
    [WinSystemLabelSid] = {LABEL, 1, 16384, 0},
    [WinWriteRestrictedCodeSid] = {NT, 1, 33, 0},
    [WinCreatorOwnerRightsSid] = {3, 1, 4, 0},
};

static BOOL of_domain(const struct known *k) { return k->authority == NT && k->first == DOMAIN_OWN; }

BOOL WINAPI CreateWellKnownSid(WELL_KNOWN_SID_TYPE type, PSID domain, PSID sid, DWORD *size)
{
    if (size == NULL || (unsigned)type >= sizeof known / sizeof *known || (domain && !IsValidSid(domain)))
        return fail(ERROR_INVALID_PARAMETER);
    const struct known *k = &known[type];
    UCHAR count = k->count;
    if (of_domain(k)) {
        if (domain == NULL || *GetSidSubAuthorityCount(domain) == SID_MAX_SUB_AUTHORITIES)
            return fail(ERROR_INVALID_PARAMETER);
        count = (UCHAR)(*GetSidSubAuthorityCount(domain) + 1);
    }
    DWORD need = GetSidLengthRequired(count), has = *size;
    *size = need;
    if (has < need)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    if (sid == NULL)
        return fail(ERROR_INVALID_PARAMETER);
    if (of_domain(k)) {
        CopySid(need, sid, domain);
        *GetSidSubAuthorityCount(sid) = count;
        *GetSidSubAuthority(sid, count - 1u) = k->second;
        return TRUE;
    }
    SID_IDENTIFIER_AUTHORITY authority = {{0, 0, 0, 0, 0, k->authority}};
    InitializeSid(sid, &authority, count);
    const DWORD values[3] = {k->first, k->second, 0};
    memcpy(GetSidSubAuthority(sid, 0), values, count * sizeof *values);
    return TRUE;
}

BOOL WINAPI IsWellKnownSid(PSID sid, WELL_KNOWN_SID_TYPE type)
{
    if (!IsValidSid(sid) || (unsigned)type >= sizeof known / sizeof *known)
        return FALSE;
    const struct known *k = &known[type];
    if (of_domain(k)) {
        /* S-1-5-21-x-y-z-RID, whichever domain it is. */
        UCHAR n = *GetSidSubAuthorityCount(sid);
        return GetSidIdentifierAuthority(sid)->Value[5] == NT && n == 5 && *GetSidSubAuthority(sid, 0) == DOMAIN_OWN &&
               *GetSidSubAuthority(sid, 4) == k->second;
    }
    union {
        SID sid;
        char room[SECURITY_MAX_SID_SIZE];
    } own;
    DWORD size = sizeof own;
    return CreateWellKnownSid(type, NULL, &own, &size) && EqualSid(sid, &own);
}
