package createprocess

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"syscall"

	"github.com/seed-f798aa80/createprocess/internal/spawn"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// What the kernel always does, and what a child can be made to do.
const (
	alwaysMitigated = PROCESS_CREATION_MITIGATION_POLICY_DEP_ENABLE
	randomLayout    = PROCESS_CREATION_MITIGATION_POLICY_FORCE_RELOCATE_IMAGES_ALWAYS_ON |
		PROCESS_CREATION_MITIGATION_POLICY_BOTTOM_UP_ASLR_ALWAYS_ON |
		PROCESS_CREATION_MITIGATION_POLICY_HIGH_ENTROPY_ASLR_ALWAYS_ON
	noDynamicCode = PROCESS_CREATION_MITIGATION_POLICY_PROHIBIT_DYNAMIC_CODE_ALWAYS_ON
)

// checkSystem refuses what Linux does not have.
func (a Attribute) checkSystem() error {
	refuse := func(reason string) error {
		return &Error{Op: "attribute", Object: a.Key.String(), Code: ERROR_NOT_SUPPORTED, Err: errors.New(reason)}
	}
	switch v := a.Value.(type) {
	case *Process:
		return refuse("on Linux the parent is the creator")
	case MitigationPolicy:
		if rest := v.Policy &^ (alwaysMitigated | randomLayout | noDynamicCode); rest != 0 {
			return refuse(fmt.Sprintf("Linux does not have policy 0x%x", uint64(rest)))
		}
	case ChildProcessPolicy:
		switch {
		case v&PROCESS_CREATION_CHILD_PROCESS_OVERRIDE != 0:
			return refuse("on Linux a restriction cannot be lifted")
		case v != 0 && auditArch == 0:
			return refuse("there is no seccomp filter for " + runtime.GOARCH)
		}
	}
	return nil
}

// lower puts the attributes that are about the process into r.
func (s *StartupInfo) lower(r *spawn.Request) error {
	if len(s.Attributes) == 0 {
		return nil
	}
	if a, ok := attribute[GroupAffinity](s, PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY); ok {
		var processors []int
		for n := range 64 {
			if a.Mask>>n&1 != 0 {
				processors = append(processors, int(a.Group)*64+n)
			}
		}
		set, err := cpuSet(processors)
		if err != nil {
			return err
		}
		r.Affinity = set
	}
	if m, ok := attribute[MitigationPolicy](s, PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY); ok {
		r.NoNewPrivs = m.NoNewPrivileges
		r.NoExecGain = m.Policy&noDynamicCode != 0
		r.RandomLayout = m.Policy&randomLayout != 0
	}
	if c, _ := attribute[ChildProcessPolicy](s, PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY); c&PROCESS_CREATION_CHILD_PROCESS_RESTRICTED != 0 {
		r.Filter = noChildren()
	}
	return nil
}

// noChildren is a seccomp filter that lets a process make threads and nothing
// else: seccomp(2), and the system call numbers of this architecture.
var noChildren = sync.OnceValue(func() []unix.SockFilter {
	const (
		nrOffset, archOffset, flagsOffset = 0, 4, 16 // of struct seccomp_data; the flags are clone's first argument
		refuse                            = unix.SECCOMP_RET_ERRNO | uint32(syscall.EPERM)
		isNotThere                        = unix.SECCOMP_RET_ERRNO | uint32(syscall.ENOSYS)
		x32                               = 0x40000000
	)
	program := []bpf.Instruction{
		// The numbers below mean something else to another architecture.
		bpf.LoadAbsolute{Off: archOffset, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: auditArch, SkipTrue: 1},
		bpf.RetConstant{Val: unix.SECCOMP_RET_KILL_PROCESS},
		bpf.LoadAbsolute{Off: nrOffset, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpLessThan, Val: x32, SkipTrue: 1},
		bpf.RetConstant{Val: isNotThere},
		// The flags of clone3 are in memory, where a filter cannot look. The C
		// library goes on with clone.
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: unix.SYS_CLONE3, SkipTrue: 1},
		bpf.RetConstant{Val: isNotThere},
	}
	for _, nr := range forks {
		program = append(program,
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: nr, SkipTrue: 1},
			bpf.RetConstant{Val: refuse})
	}
	program = append(program,
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: unix.SYS_CLONE, SkipTrue: 3},
		bpf.LoadAbsolute{Off: flagsOffset, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: unix.CLONE_THREAD, SkipTrue: 1},
		bpf.RetConstant{Val: refuse},
		bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW})
	raw, err := bpf.Assemble(program)
	if err != nil {
		panic(err) // a mistake above
	}
	filter := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		filter[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	return filter
})
