package createprocess

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_X86_64

// forks are the system calls, beside clone and clone3, that make a process.
var forks = []uint32{unix.SYS_FORK, unix.SYS_VFORK}
