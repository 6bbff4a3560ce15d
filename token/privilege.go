package token

import (
	"strings"

	"github.com/seed-f798aa80/createprocess/security"
)

// The privileges, by the lower half of their LUIDs (winnt.h, "Privilege
// Constants").
const (
	SeCreateTokenPrivilege                    security.Privilege = 2
	SeAssignPrimaryTokenPrivilege             security.Privilege = 3
	SeLockMemoryPrivilege                     security.Privilege = 4
	SeIncreaseQuotaPrivilege                  security.Privilege = 5
	SeMachineAccountPrivilege                 security.Privilege = 6
	SeTcbPrivilege                            security.Privilege = 7
	SeSecurityPrivilege                                          = security.SeSecurityPrivilege
	SeTakeOwnershipPrivilege                                     = security.SeTakeOwnershipPrivilege
	SeLoadDriverPrivilege                     security.Privilege = 10
	SeSystemProfilePrivilege                  security.Privilege = 11
	SeSystemtimePrivilege                     security.Privilege = 12
	SeProfileSingleProcessPrivilege           security.Privilege = 13
	SeIncreaseBasePriorityPrivilege           security.Privilege = 14
	SeCreatePagefilePrivilege                 security.Privilege = 15
	SeCreatePermanentPrivilege                security.Privilege = 16
	SeBackupPrivilege                         security.Privilege = 17
	SeRestorePrivilege                                           = security.SeRestorePrivilege
	SeShutdownPrivilege                       security.Privilege = 19
	SeDebugPrivilege                                             = security.SeDebugPrivilege
	SeAuditPrivilege                          security.Privilege = 21
	SeSystemEnvironmentPrivilege              security.Privilege = 22
	SeChangeNotifyPrivilege                   security.Privilege = 23
	SeRemoteShutdownPrivilege                 security.Privilege = 24
	SeUndockPrivilege                         security.Privilege = 25
	SeSyncAgentPrivilege                      security.Privilege = 26
	SeEnableDelegationPrivilege               security.Privilege = 27
	SeManageVolumePrivilege                   security.Privilege = 28
	SeImpersonatePrivilege                    security.Privilege = 29
	SeCreateGlobalPrivilege                   security.Privilege = 30
	SeTrustedCredManAccessPrivilege           security.Privilege = 31
	SeRelabelPrivilege                                           = security.SeRelabelPrivilege
	SeIncreaseWorkingSetPrivilege             security.Privilege = 33
	SeTimeZonePrivilege                       security.Privilege = 34
	SeCreateSymbolicLinkPrivilege             security.Privilege = 35
	SeDelegateSessionUserImpersonatePrivilege security.Privilege = 36
)

// A Privilege is one that a token has.
type Privilege struct {
	ID      security.Privilege `json:"id"`
	Name    string             `json:"name"` // "SeDebugPrivilege"; "" if it is none of winnt.h's
	Enabled bool               `json:"enabled"`
}

var privilegeNames = map[security.Privilege]string{
	SeCreateTokenPrivilege:                    "SeCreateTokenPrivilege",
	SeAssignPrimaryTokenPrivilege:             "SeAssignPrimaryTokenPrivilege",
	SeLockMemoryPrivilege:                     "SeLockMemoryPrivilege",
	SeIncreaseQuotaPrivilege:                  "SeIncreaseQuotaPrivilege",
	SeMachineAccountPrivilege:                 "SeMachineAccountPrivilege",
	SeTcbPrivilege:                            "SeTcbPrivilege",
	SeSecurityPrivilege:                       "SeSecurityPrivilege",
	SeTakeOwnershipPrivilege:                  "SeTakeOwnershipPrivilege",
	SeLoadDriverPrivilege:                     "SeLoadDriverPrivilege",
	SeSystemProfilePrivilege:                  "SeSystemProfilePrivilege",
	SeSystemtimePrivilege:                     "SeSystemtimePrivilege",
	SeProfileSingleProcessPrivilege:           "SeProfileSingleProcessPrivilege",
	SeIncreaseBasePriorityPrivilege:           "SeIncreaseBasePriorityPrivilege",
	SeCreatePagefilePrivilege:                 "SeCreatePagefilePrivilege",
	SeCreatePermanentPrivilege:                "SeCreatePermanentPrivilege",
	SeBackupPrivilege:                         "SeBackupPrivilege",
	SeRestorePrivilege:                        "SeRestorePrivilege",
	SeShutdownPrivilege:                       "SeShutdownPrivilege",
	SeDebugPrivilege:                          "SeDebugPrivilege",
	SeAuditPrivilege:                          "SeAuditPrivilege",
	SeSystemEnvironmentPrivilege:              "SeSystemEnvironmentPrivilege",
	SeChangeNotifyPrivilege:                   "SeChangeNotifyPrivilege",
	SeRemoteShutdownPrivilege:                 "SeRemoteShutdownPrivilege",
	SeUndockPrivilege:                         "SeUndockPrivilege",
	SeSyncAgentPrivilege:                      "SeSyncAgentPrivilege",
	SeEnableDelegationPrivilege:               "SeEnableDelegationPrivilege",
	SeManageVolumePrivilege:                   "SeManageVolumePrivilege",
	SeImpersonatePrivilege:                    "SeImpersonatePrivilege",
	SeCreateGlobalPrivilege:                   "SeCreateGlobalPrivilege",
	SeTrustedCredManAccessPrivilege:           "SeTrustedCredManAccessPrivilege",
	SeRelabelPrivilege:                        "SeRelabelPrivilege",
	SeIncreaseWorkingSetPrivilege:             "SeIncreaseWorkingSetPrivilege",
	SeTimeZonePrivilege:                       "SeTimeZonePrivilege",
	SeCreateSymbolicLinkPrivilege:             "SeCreateSymbolicLinkPrivilege",
	SeDelegateSessionUserImpersonatePrivilege: "SeDelegateSessionUserImpersonatePrivilege",
}

// PrivilegeName is the privilege's name (LookupPrivilegeName); "" if there is
// no such one.
func PrivilegeName(p security.Privilege) string { return privilegeNames[p] }

// LookupPrivilege is the privilege that has the name (LookupPrivilegeValue).
// Upper and lower case are the same.
func LookupPrivilege(name string) (p security.Privilege, ok bool) {
	for p, n := range privilegeNames {
		if strings.EqualFold(n, name) {
			return p, true
		}
	}
	return 0, false
}
