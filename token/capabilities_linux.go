package token

import (
	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/security"
)

// Capabilities is a set of capabilities: bit n is the one whose number is n
// (capabilities(7)). Linux only.
type Capabilities uint64

// AllCapabilities is every capability that any kernel may have.
const AllCapabilities = ^Capabilities(0)

func capabilitySet(list ...uint) (set Capabilities) {
	for _, c := range list {
		set |= 1 << c
	}
	return set
}

func (c Capabilities) has(all Capabilities) bool { return c&all == all }

// privilegeCapabilities says which capabilities stand behind a privilege: who
// has all of them has it, and who loses it loses them. A capability that is not
// here has no privilege of Win32's.
var privilegeCapabilities = []struct {
	privilege    security.Privilege
	capabilities Capabilities
}{
	{SeAssignPrimaryTokenPrivilege, capabilitySet(unix.CAP_SETUID, unix.CAP_SETGID)},
	{SeLockMemoryPrivilege, capabilitySet(unix.CAP_IPC_LOCK)},
	{SeIncreaseQuotaPrivilege, capabilitySet(unix.CAP_SYS_RESOURCE)},
	{SeTcbPrivilege, capabilitySet(unix.CAP_SYS_ADMIN)},
	{SeSecurityPrivilege, capabilitySet(unix.CAP_AUDIT_CONTROL)},
	{SeTakeOwnershipPrivilege, capabilitySet(unix.CAP_CHOWN, unix.CAP_FOWNER)},
	{SeLoadDriverPrivilege, capabilitySet(unix.CAP_SYS_MODULE)},
	{SeSystemProfilePrivilege, capabilitySet(unix.CAP_PERFMON)},
	{SeSystemtimePrivilege, capabilitySet(unix.CAP_SYS_TIME)},
	{SeIncreaseBasePriorityPrivilege, capabilitySet(unix.CAP_SYS_NICE)},
	{SeBackupPrivilege, capabilitySet(unix.CAP_DAC_READ_SEARCH)},
	{SeRestorePrivilege, capabilitySet(unix.CAP_DAC_OVERRIDE)},
	{SeShutdownPrivilege, capabilitySet(unix.CAP_SYS_BOOT)},
	{SeDebugPrivilege, capabilitySet(unix.CAP_SYS_PTRACE)},
	{SeAuditPrivilege, capabilitySet(unix.CAP_AUDIT_WRITE)},
	{SeChangeNotifyPrivilege, 0}, // everybody has it, as on Windows
	{SeRelabelPrivilege, capabilitySet(unix.CAP_MAC_ADMIN)},
}

// Held are the capability sets of a thread. Linux only.
type Held struct{ Permitted, Effective, Inheritable, Bounding Capabilities }

// HeldCapabilities is what this program has, by the thread that asks.
func HeldCapabilities() (h Held, err error) {
	var data [2]unix.CapUserData
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if err := unix.Capget(&header, &data[0]); err != nil {
		return h, &Error{Op: "capget", Code: errorGenFailure, Err: err}
	}
	join := func(low, high uint32) Capabilities { return Capabilities(high)<<32 | Capabilities(low) }
	h.Permitted = join(data[0].Permitted, data[1].Permitted)
	h.Effective = join(data[0].Effective, data[1].Effective)
	h.Inheritable = join(data[0].Inheritable, data[1].Inheritable)
	for n := range 64 {
		is, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(n), 0, 0, 0)
		if err != nil { // the kernel has no more
			break
		}
		if is == 1 {
			h.Bounding |= 1 << n
		}
	}
	return h, nil
}

// capabilitiesOf is what a user's processes have: root all that the bounding set
// leaves, others none.
func capabilitiesOf(uid uint32) Capabilities {
	if uid != 0 {
		return 0
	}
	h, err := HeldCapabilities()
	if err != nil {
		return 0
	}
	return h.Bounding
}

func noNewPrivs() bool {
	is, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	return err == nil && is == 1
}

var capabilityNames = [...]string{
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
	"linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
	"sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
	"sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
	"mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
	"checkpoint_restore",
}
