package security

import "strings"

// SIDs that are the same everywhere.
var (
	Everyone           = NewSID(1, 0)
	CreatorOwner       = NewSID(3, 0)
	CreatorGroup       = NewSID(3, 1)
	OwnerRights        = NewSID(3, 4)
	Anonymous          = NewSID(5, 7)
	PrincipalSelf      = NewSID(5, 10)
	AuthenticatedUsers = NewSID(5, 11)
	LocalSystem        = NewSID(5, 18)
	LocalService       = NewSID(5, 19)
	NetworkService     = NewSID(5, 20)
	Administrators     = NewSID(5, 32, 544)
	Users              = NewSID(5, 32, 545)
	mediumLevel        = NewSID(16, 8192)
)

// wellKnown has the SIDs that do not depend on a domain, with SDDL's
// abbreviation ([MS-DTYP] 2.5.1.1) and the name that Windows shows.
var wellKnown = []struct {
	abbreviation string
	sid          SID
	name         string
}{
	{"", NewSID(0, 0), `NULL SID`},
	{"WD", Everyone, `Everyone`},
	{"", NewSID(2, 0), `LOCAL`},
	{"", NewSID(2, 1), `CONSOLE LOGON`},
	{"CO", CreatorOwner, `CREATOR OWNER`},
	{"CG", CreatorGroup, `CREATOR GROUP`},
	{"OW", OwnerRights, `OWNER RIGHTS`},
	{"", NewSID(5, 1), `NT AUTHORITY\DIALUP`},
	{"NU", NewSID(5, 2), `NT AUTHORITY\NETWORK`},
	{"", NewSID(5, 3), `NT AUTHORITY\BATCH`},
	{"IU", NewSID(5, 4), `NT AUTHORITY\INTERACTIVE`},
	{"SU", NewSID(5, 6), `NT AUTHORITY\SERVICE`},
	{"AN", Anonymous, `NT AUTHORITY\ANONYMOUS LOGON`},
	{"ED", NewSID(5, 9), `NT AUTHORITY\ENTERPRISE DOMAIN CONTROLLERS`},
	{"PS", PrincipalSelf, `NT AUTHORITY\SELF`},
	{"AU", AuthenticatedUsers, `NT AUTHORITY\Authenticated Users`},
	{"RC", NewSID(5, 12), `NT AUTHORITY\RESTRICTED`},
	{"SY", LocalSystem, `NT AUTHORITY\SYSTEM`},
	{"LS", LocalService, `NT AUTHORITY\LOCAL SERVICE`},
	{"NS", NetworkService, `NT AUTHORITY\NETWORK SERVICE`},
	{"WR", NewSID(5, 33), `NT AUTHORITY\WRITE RESTRICTED`},
	{"UD", NewSID(5, 84, 0, 0, 0, 0, 0), `NT AUTHORITY\USER MODE DRIVERS`},
	{"BA", Administrators, `BUILTIN\Administrators`},
	{"BU", Users, `BUILTIN\Users`},
	{"BG", NewSID(5, 32, 546), `BUILTIN\Guests`},
	{"PU", NewSID(5, 32, 547), `BUILTIN\Power Users`},
	{"AO", NewSID(5, 32, 548), `BUILTIN\Account Operators`},
	{"SO", NewSID(5, 32, 549), `BUILTIN\Server Operators`},
	{"PO", NewSID(5, 32, 550), `BUILTIN\Print Operators`},
	{"BO", NewSID(5, 32, 551), `BUILTIN\Backup Operators`},
	{"RE", NewSID(5, 32, 552), `BUILTIN\Replicator`},
	{"RU", NewSID(5, 32, 554), `BUILTIN\Pre-Windows 2000 Compatible Access`},
	{"RD", NewSID(5, 32, 555), `BUILTIN\Remote Desktop Users`},
	{"NO", NewSID(5, 32, 556), `BUILTIN\Network Configuration Operators`},
	{"MU", NewSID(5, 32, 558), `BUILTIN\Performance Monitor Users`},
	{"LU", NewSID(5, 32, 559), `BUILTIN\Performance Log Users`},
	{"IS", NewSID(5, 32, 568), `BUILTIN\IIS_IUSRS`},
	{"CY", NewSID(5, 32, 569), `BUILTIN\Cryptographic Operators`},
	{"ER", NewSID(5, 32, 573), `BUILTIN\Event Log Readers`},
	{"CD", NewSID(5, 32, 574), `BUILTIN\Certificate Service DCOM Access`},
	{"RA", NewSID(5, 32, 575), `BUILTIN\RDS Remote Access Servers`},
	{"ES", NewSID(5, 32, 576), `BUILTIN\RDS Endpoint Servers`},
	{"MS", NewSID(5, 32, 577), `BUILTIN\RDS Management Servers`},
	{"HA", NewSID(5, 32, 578), `BUILTIN\Hyper-V Administrators`},
	{"AA", NewSID(5, 32, 579), `BUILTIN\Access Control Assistance Operators`},
	{"RM", NewSID(5, 32, 580), `BUILTIN\Remote Management Users`},
	{"AC", NewSID(15, 2, 1), `APPLICATION PACKAGE AUTHORITY\ALL APPLICATION PACKAGES`},
	{"LW", NewSID(16, 4096), `Mandatory Label\Low Mandatory Level`},
	{"ME", mediumLevel, `Mandatory Label\Medium Mandatory Level`},
	{"MP", NewSID(16, 8448), `Mandatory Label\Medium Plus Mandatory Level`},
	{"HI", NewSID(16, 12288), `Mandatory Label\High Mandatory Level`},
	{"SI", NewSID(16, 16384), `Mandatory Label\System Mandatory Level`},
	{"AS", NewSID(18, 1), `Authentication authority asserted identity`},
	{"SS", NewSID(18, 2), `Service asserted identity`},
}

// domainRIDs are the abbreviations of SIDs that begin with a domain's, by what
// they end in. LA and LG are of the machine's domain, EA, SA, RO and EK of the
// forest's root.
var domainRIDs = map[string]uint32{
	"RO": 498, "LA": 500, "LG": 501, "DA": 512, "DU": 513, "DG": 514, "DC": 515, "DD": 516, "CA": 517,
	"SA": 518, "EA": 519, "PA": 520, "CN": 522, "AP": 525, "KA": 526, "EK": 527, "RS": 553,
}

// The table above, by what one looks for in it.
var (
	abbreviated   = map[string]SID{}
	abbreviations = map[SID]string{}
	namesOfSIDs   = map[SID]string{}
	namedSIDs     = map[string]SID{}
)

func init() {
	for _, w := range wellKnown {
		if w.abbreviation != "" {
			abbreviated[w.abbreviation] = w.sid
			abbreviations[w.sid] = w.abbreviation
		}
		namesOfSIDs[w.sid] = w.name
		namedSIDs[strings.ToLower(w.name)] = w.sid
	}
}

// SDDL is the SID as SDDL has it: the abbreviation, if there is one that does
// not depend on a domain, else as String.
func (s SID) SDDL() string {
	if a := abbreviations[s]; a != "" {
		return a
	}
	return s.String()
}

// Name is the English name that Windows shows for a SID that is the same
// everywhere: BUILTIN\Administrators. Of others it is empty.
func (s SID) Name() string { return namesOfSIDs[s] }

// LookupName is the SID that has the name, which is as Name has it; the part in
// front of the backslash may be missing, and upper and lower case are the same.
func LookupName(name string) (sid SID, ok bool) {
	name = strings.ToLower(name)
	if sid, ok = namedSIDs[name]; ok {
		return sid, true
	}
	for _, w := range wellKnown {
		if _, account, qualified := strings.Cut(w.name, `\`); qualified && strings.ToLower(account) == name {
			return w.sid, true
		}
	}
	return SID{}, false
}
