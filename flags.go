package createprocess

import "github.com/seed-f798aa80/createprocess/internal/flagnames"

// CreationFlags control how a process is created. The names and values are
// those of Microsoft's page [Process Creation Flags].
//
// [Process Creation Flags]: https://learn.microsoft.com/windows/win32/procthread/process-creation-flags
type CreationFlags uint32

const (
	DEBUG_PROCESS                    CreationFlags = 0x00000001
	DEBUG_ONLY_THIS_PROCESS          CreationFlags = 0x00000002
	CREATE_SUSPENDED                 CreationFlags = 0x00000004
	DETACHED_PROCESS                 CreationFlags = 0x00000008
	CREATE_NEW_CONSOLE               CreationFlags = 0x00000010
	NORMAL_PRIORITY_CLASS            CreationFlags = 0x00000020
	IDLE_PRIORITY_CLASS              CreationFlags = 0x00000040
	HIGH_PRIORITY_CLASS              CreationFlags = 0x00000080
	REALTIME_PRIORITY_CLASS          CreationFlags = 0x00000100
	CREATE_NEW_PROCESS_GROUP         CreationFlags = 0x00000200
	CREATE_UNICODE_ENVIRONMENT       CreationFlags = 0x00000400
	CREATE_SEPARATE_WOW_VDM          CreationFlags = 0x00000800
	CREATE_SHARED_WOW_VDM            CreationFlags = 0x00001000
	BELOW_NORMAL_PRIORITY_CLASS      CreationFlags = 0x00004000
	ABOVE_NORMAL_PRIORITY_CLASS      CreationFlags = 0x00008000
	INHERIT_PARENT_AFFINITY          CreationFlags = 0x00010000
	CREATE_PROTECTED_PROCESS         CreationFlags = 0x00040000
	EXTENDED_STARTUPINFO_PRESENT     CreationFlags = 0x00080000
	CREATE_SECURE_PROCESS            CreationFlags = 0x00400000
	CREATE_BREAKAWAY_FROM_JOB        CreationFlags = 0x01000000
	CREATE_PRESERVE_CODE_AUTHZ_LEVEL CreationFlags = 0x02000000
	CREATE_DEFAULT_ERROR_MODE        CreationFlags = 0x04000000
	CREATE_NO_WINDOW                 CreationFlags = 0x08000000
)

var creationFlagNames = flagnames.Table[CreationFlags]{
	{DEBUG_PROCESS, "DEBUG_PROCESS"},
	{DEBUG_ONLY_THIS_PROCESS, "DEBUG_ONLY_THIS_PROCESS"},
	{CREATE_SUSPENDED, "CREATE_SUSPENDED"},
	{DETACHED_PROCESS, "DETACHED_PROCESS"},
	{CREATE_NEW_CONSOLE, "CREATE_NEW_CONSOLE"},
	{NORMAL_PRIORITY_CLASS, "NORMAL_PRIORITY_CLASS"},
	{IDLE_PRIORITY_CLASS, "IDLE_PRIORITY_CLASS"},
	{HIGH_PRIORITY_CLASS, "HIGH_PRIORITY_CLASS"},
	{REALTIME_PRIORITY_CLASS, "REALTIME_PRIORITY_CLASS"},
	{CREATE_NEW_PROCESS_GROUP, "CREATE_NEW_PROCESS_GROUP"},
	{CREATE_UNICODE_ENVIRONMENT, "CREATE_UNICODE_ENVIRONMENT"},
	{CREATE_SEPARATE_WOW_VDM, "CREATE_SEPARATE_WOW_VDM"},
	{CREATE_SHARED_WOW_VDM, "CREATE_SHARED_WOW_VDM"},
	{BELOW_NORMAL_PRIORITY_CLASS, "BELOW_NORMAL_PRIORITY_CLASS"},
	{ABOVE_NORMAL_PRIORITY_CLASS, "ABOVE_NORMAL_PRIORITY_CLASS"},
	{INHERIT_PARENT_AFFINITY, "INHERIT_PARENT_AFFINITY"},
	{CREATE_PROTECTED_PROCESS, "CREATE_PROTECTED_PROCESS"},
	{EXTENDED_STARTUPINFO_PRESENT, "EXTENDED_STARTUPINFO_PRESENT"},
	{CREATE_SECURE_PROCESS, "CREATE_SECURE_PROCESS"},
	{CREATE_BREAKAWAY_FROM_JOB, "CREATE_BREAKAWAY_FROM_JOB"},
	{CREATE_PRESERVE_CODE_AUTHZ_LEVEL, "CREATE_PRESERVE_CODE_AUTHZ_LEVEL"},
	{CREATE_DEFAULT_ERROR_MODE, "CREATE_DEFAULT_ERROR_MODE"},
	{CREATE_NO_WINDOW, "CREATE_NO_WINDOW"},
}

// String is the flags' names, joined by "|"; bits without a name are in hexadecimal.
func (f CreationFlags) String() string { return creationFlagNames.String(f) }

// priorityClasses are the flags of which at most one may be set.
const priorityClasses = IDLE_PRIORITY_CLASS | BELOW_NORMAL_PRIORITY_CLASS | NORMAL_PRIORITY_CLASS |
	ABOVE_NORMAL_PRIORITY_CLASS | HIGH_PRIORITY_CLASS | REALTIME_PRIORITY_CLASS

// check refuses flags that do not exist, contradict each other, or that the
// system does not have.
func (f CreationFlags) check() error {
	const plain = CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT
	if f&^plain == 0 {
		return nil
	}
	for _, exclusive := range [...]CreationFlags{
		DETACHED_PROCESS | CREATE_NEW_CONSOLE,
		CREATE_SEPARATE_WOW_VDM | CREATE_SHARED_WOW_VDM,
		priorityClasses,
	} {
		if both := f & exclusive; both&(both-1) != 0 {
			return invalid("creation flags", both.String(), "they contradict each other")
		}
	}
	if rest := f &^ creationFlagNames.All(); rest != 0 {
		return invalid("creation flags", rest.String(), "no such flag")
	}
	if rest := f & unsupportedFlags; rest != 0 {
		return unsupported("creation flags", rest.String())
	}
	return nil
}
