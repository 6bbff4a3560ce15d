package createprocess

import (
	"fmt"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-f798aa80/createprocess/console"
	"github.com/seed-f798aa80/createprocess/job"
)

// StartFlags say which fields of a [StartupInfo] count; Microsoft's page is
// that of [STARTUPINFOW]'s dwFlags.
//
// [STARTUPINFOW]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/ns-processthreadsapi-startupinfow
type StartFlags uint32

const (
	STARTF_USESHOWWINDOW    StartFlags = 0x00000001
	STARTF_USESIZE          StartFlags = 0x00000002
	STARTF_USEPOSITION      StartFlags = 0x00000004
	STARTF_USECOUNTCHARS    StartFlags = 0x00000008
	STARTF_USEFILLATTRIBUTE StartFlags = 0x00000010
	STARTF_RUNFULLSCREEN    StartFlags = 0x00000020
	STARTF_FORCEONFEEDBACK  StartFlags = 0x00000040
	STARTF_FORCEOFFFEEDBACK StartFlags = 0x00000080
	STARTF_USESTDHANDLES    StartFlags = 0x00000100
)

// StartupInfo is what a process is started with besides its image: standard
// files, window, extended attributes. It follows [STARTUPINFOEXW]. The zero
// value gives the child its creator's standard files.
//
// On Linux a process has no window: Desktop, Title and what is about a window
// are accepted there and have no effect. XCountChars and YCountChars are the
// size of the console that CREATE_NEW_CONSOLE makes, on both systems.
//
// [STARTUPINFOEXW]: https://learn.microsoft.com/windows/win32/api/winbase/ns-winbase-startupinfoexw
type StartupInfo struct {
	Desktop       string
	Title         string
	X, Y          uint32 // pixels; STARTF_USEPOSITION
	XSize, YSize  uint32 // pixels; STARTF_USESIZE
	XCountChars   uint32 // characters; STARTF_USECOUNTCHARS
	YCountChars   uint32 // characters; STARTF_USECOUNTCHARS
	FillAttribute uint32 // STARTF_USEFILLATTRIBUTE
	Flags         StartFlags
	ShowWindow    uint16 // STARTF_USESHOWWINDOW

	// The standard files, with STARTF_USESTDHANDLES; see UseStdHandles. A nil
	// one is the null device then. Without the flag they must be nil.
	StdInput, StdOutput, StdError *os.File

	// Attributes are the extended attributes. Each may be given once.
	Attributes []Attribute
}

var standardFileNames = [...]string{"StdInput", "StdOutput", "StdError"}

// UseStdHandles gives the child these standard files, and the null device for
// one that is nil. They stay the caller's, who may close them as soon as
// CreateProcess has returned.
func (s *StartupInfo) UseStdHandles(input, output, err *os.File) {
	s.Flags |= STARTF_USESTDHANDLES
	s.StdInput, s.StdOutput, s.StdError = input, output, err
}

// AttributeKey names an extended attribute, as UpdateProcThreadAttribute does.
type AttributeKey uint32

const (
	PROC_THREAD_ATTRIBUTE_PARENT_PROCESS        AttributeKey = 0x00020000
	PROC_THREAD_ATTRIBUTE_HANDLE_LIST           AttributeKey = 0x00020002
	PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY        AttributeKey = 0x00030003
	PROC_THREAD_ATTRIBUTE_PREFERRED_NODE        AttributeKey = 0x00020004
	PROC_THREAD_ATTRIBUTE_IDEAL_PROCESSOR       AttributeKey = 0x00030005
	PROC_THREAD_ATTRIBUTE_UMS_THREAD            AttributeKey = 0x00030006
	PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY     AttributeKey = 0x00020007
	PROC_THREAD_ATTRIBUTE_SECURITY_CAPABILITIES AttributeKey = 0x00020009
	PROC_THREAD_ATTRIBUTE_PROTECTION_LEVEL      AttributeKey = 0x0002000b
	PROC_THREAD_ATTRIBUTE_JOB_LIST              AttributeKey = 0x0002000d
	PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY  AttributeKey = 0x0002000e
	PROC_THREAD_ATTRIBUTE_DESKTOP_APP_POLICY    AttributeKey = 0x00020012
	PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE         AttributeKey = 0x00020016
)

var attributeNames = map[AttributeKey]string{
	PROC_THREAD_ATTRIBUTE_PARENT_PROCESS:        "PROC_THREAD_ATTRIBUTE_PARENT_PROCESS",
	PROC_THREAD_ATTRIBUTE_HANDLE_LIST:           "PROC_THREAD_ATTRIBUTE_HANDLE_LIST",
	PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY:        "PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY",
	PROC_THREAD_ATTRIBUTE_PREFERRED_NODE:        "PROC_THREAD_ATTRIBUTE_PREFERRED_NODE",
	PROC_THREAD_ATTRIBUTE_IDEAL_PROCESSOR:       "PROC_THREAD_ATTRIBUTE_IDEAL_PROCESSOR",
	PROC_THREAD_ATTRIBUTE_UMS_THREAD:            "PROC_THREAD_ATTRIBUTE_UMS_THREAD",
	PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY:     "PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY",
	PROC_THREAD_ATTRIBUTE_SECURITY_CAPABILITIES: "PROC_THREAD_ATTRIBUTE_SECURITY_CAPABILITIES",
	PROC_THREAD_ATTRIBUTE_PROTECTION_LEVEL:      "PROC_THREAD_ATTRIBUTE_PROTECTION_LEVEL",
	PROC_THREAD_ATTRIBUTE_JOB_LIST:              "PROC_THREAD_ATTRIBUTE_JOB_LIST",
	PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY:  "PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY",
	PROC_THREAD_ATTRIBUTE_DESKTOP_APP_POLICY:    "PROC_THREAD_ATTRIBUTE_DESKTOP_APP_POLICY",
	PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE:         "PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE",
}

// String is the attribute's name in the SDK, or its number in hexadecimal.
func (k AttributeKey) String() string {
	if n, ok := attributeNames[k]; ok {
		return n
	}
	return fmt.Sprintf("0x%x", uint32(k))
}

// Attribute is an extended attribute: a key and what [UpdateProcThreadAttribute]
// would be given as lpValue.
//
//	PROC_THREAD_ATTRIBUTE_HANDLE_LIST           []InheritedHandle
//	PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY        GroupAffinity
//	PROC_THREAD_ATTRIBUTE_IDEAL_PROCESSOR       int, the processor's number; Linux keeps no such hint
//	PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY     MitigationPolicy
//	PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY  ChildProcessPolicy
//	PROC_THREAD_ATTRIBUTE_PARENT_PROCESS        *Process; Windows
//	PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE         *console.PseudoConsole
//	PROC_THREAD_ATTRIBUTE_JOB_LIST              []*job.Job
//
// The others are refused with ERROR_NOT_SUPPORTED (50).
//
// [UpdateProcThreadAttribute]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-updateprocthreadattribute
type Attribute struct {
	Key   AttributeKey
	Value any
}

// GroupAffinity is [GROUP_AFFINITY]: the processors, of a group of 64, that the
// child may run on. On Linux processor n is bit n%64 of group n/64.
//
// [GROUP_AFFINITY]: https://learn.microsoft.com/windows/win32/api/winnt/ns-winnt-group_affinity
type GroupAffinity struct {
	Mask  uint64
	Group uint16
}

// MitigationPolicy is what the child is protected against. The names and values
// of Policy are those of [UpdateProcThreadAttribute]'s page.
//
// On Linux the policies that ask for no executable data (DEP) and for a random
// layout of memory (ASLR) are granted, the latter by switching on what the
// creator may have switched off for itself (personality(2));
// PROHIBIT_DYNAMIC_CODE_ALWAYS_ON is PR_SET_MDWE, from Linux 6.3 on and at the
// cost of copying the creator's page tables; each other bit is refused with
// ERROR_NOT_SUPPORTED (50).
//
// [UpdateProcThreadAttribute]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-updateprocthreadattribute
type MitigationPolicy struct {
	Policy Mitigations

	// NoNewPrivileges makes set-user-ID images and file capabilities of no
	// effect for the child and all below it (PR_SET_NO_NEW_PRIVS). Linux only.
	NoNewPrivileges bool
}

// Mitigations are PROCESS_CREATION_MITIGATION_POLICY_ flags; [UpdateProcThreadAttribute] says
// what each means.
//
// [UpdateProcThreadAttribute]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-updateprocthreadattribute
type Mitigations uint64

const (
	PROCESS_CREATION_MITIGATION_POLICY_DEP_ENABLE                             Mitigations = 0x01
	PROCESS_CREATION_MITIGATION_POLICY_DEP_ATL_THUNK_ENABLE                   Mitigations = 0x02
	PROCESS_CREATION_MITIGATION_POLICY_SEHOP_ENABLE                           Mitigations = 0x04
	PROCESS_CREATION_MITIGATION_POLICY_FORCE_RELOCATE_IMAGES_ALWAYS_ON        Mitigations = 1 << 8
	PROCESS_CREATION_MITIGATION_POLICY_HEAP_TERMINATE_ALWAYS_ON               Mitigations = 1 << 12
	PROCESS_CREATION_MITIGATION_POLICY_BOTTOM_UP_ASLR_ALWAYS_ON               Mitigations = 1 << 16
	PROCESS_CREATION_MITIGATION_POLICY_HIGH_ENTROPY_ASLR_ALWAYS_ON            Mitigations = 1 << 20
	PROCESS_CREATION_MITIGATION_POLICY_STRICT_HANDLE_CHECKS_ALWAYS_ON         Mitigations = 1 << 24
	PROCESS_CREATION_MITIGATION_POLICY_WIN32K_SYSTEM_CALL_DISABLE_ALWAYS_ON   Mitigations = 1 << 28
	PROCESS_CREATION_MITIGATION_POLICY_EXTENSION_POINT_DISABLE_ALWAYS_ON      Mitigations = 1 << 32
	PROCESS_CREATION_MITIGATION_POLICY_PROHIBIT_DYNAMIC_CODE_ALWAYS_ON        Mitigations = 1 << 36
	PROCESS_CREATION_MITIGATION_POLICY_CONTROL_FLOW_GUARD_ALWAYS_ON           Mitigations = 1 << 40
	PROCESS_CREATION_MITIGATION_POLICY_BLOCK_NON_MICROSOFT_BINARIES_ALWAYS_ON Mitigations = 1 << 44
	PROCESS_CREATION_MITIGATION_POLICY_FONT_DISABLE_ALWAYS_ON                 Mitigations = 1 << 48
	PROCESS_CREATION_MITIGATION_POLICY_IMAGE_LOAD_NO_REMOTE_ALWAYS_ON         Mitigations = 1 << 52
	PROCESS_CREATION_MITIGATION_POLICY_IMAGE_LOAD_NO_LOW_LABEL_ALWAYS_ON      Mitigations = 1 << 56
	PROCESS_CREATION_MITIGATION_POLICY_IMAGE_LOAD_PREFER_SYSTEM32_ALWAYS_ON   Mitigations = 1 << 60
)

// ChildProcessPolicy says whether the child may create processes, as
// [UpdateProcThreadAttribute] has it.
//
// [UpdateProcThreadAttribute]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-updateprocthreadattribute
type ChildProcessPolicy uint32

const (
	// PROCESS_CREATION_CHILD_PROCESS_RESTRICTED: it may not. On Linux a seccomp
	// filter gives it EPERM for fork and its like, threads excepted, and the
	// child has no_new_privs. An image of another architecture (32 bits) is killed.
	PROCESS_CREATION_CHILD_PROCESS_RESTRICTED ChildProcessPolicy = 1
	// PROCESS_CREATION_CHILD_PROCESS_OVERRIDE: it may, though its creator may not. Windows only.
	PROCESS_CREATION_CHILD_PROCESS_OVERRIDE ChildProcessPolicy = 2
)

// InheritedHandle is a file that the child gets beside its standard files.
type InheritedHandle struct {
	File *os.File // the creator's; it may be closed once CreateProcess has returned

	// Number is the descriptor's number in the child. Zero keeps the number
	// that the file has here; 1 and 2 are refused (use the standard files).
	// On Windows a handle keeps its value, and Number must be zero.
	Number int
}

// HandleList is the attribute PROC_THREAD_ATTRIBUTE_HANDLE_LIST: the child
// inherits these files and, with the standard files, nothing else. As in
// Win32, Params.InheritHandles must be true with it.
func HandleList(handles ...InheritedHandle) Attribute {
	return Attribute{PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles}
}

// PseudoConsole is the attribute PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE: the child
// has c as its console, and its standard files are c's unless
// STARTF_USESTDHANDLES gives others. On Linux the child leads a new session
// whose controlling terminal c is, so that job control works in it.
func PseudoConsole(c *console.PseudoConsole) Attribute {
	return Attribute{PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, c}
}

// JobList is the attribute PROC_THREAD_ATTRIBUTE_JOB_LIST: the child begins its
// life in these jobs, and no instruction of it runs outside. On Linux several
// jobs must be nested in each other (50 if they are not).
func JobList(jobs ...*job.Job) Attribute {
	return Attribute{PROC_THREAD_ATTRIBUTE_JOB_LIST, jobs}
}

// attribute is the value of one attribute, and whether it is given.
func attribute[T any](s *StartupInfo, key AttributeKey) (value T, ok bool) {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.(T), true
		}
	}
	return value, false
}

func (s *StartupInfo) handleList() []InheritedHandle {
	list, _ := attribute[[]InheritedHandle](s, PROC_THREAD_ATTRIBUTE_HANDLE_LIST)
	return list
}

// attributeTypes are the attributes that are known, with the zero value of what
// each takes.
var attributeTypes = map[AttributeKey]any{
	PROC_THREAD_ATTRIBUTE_HANDLE_LIST:          []InheritedHandle(nil),
	PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY:       GroupAffinity{},
	PROC_THREAD_ATTRIBUTE_IDEAL_PROCESSOR:      int(0),
	PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY:    MitigationPolicy{},
	PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY: ChildProcessPolicy(0),
	PROC_THREAD_ATTRIBUTE_PARENT_PROCESS:       (*Process)(nil),
	PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE:        (*console.PseudoConsole)(nil),
	PROC_THREAD_ATTRIBUTE_JOB_LIST:             []*job.Job(nil),
}

func (a Attribute) check() error {
	zero, known := attributeTypes[a.Key]
	if !known {
		return unsupported("attribute", a.Key.String())
	}
	if reflect.TypeOf(a.Value) != reflect.TypeOf(zero) {
		return invalid("attribute", a.Key.String(), fmt.Sprintf("its value is a %T, not a %T", a.Value, zero))
	}
	reason := ""
	switch v := a.Value.(type) {
	case GroupAffinity:
		if v.Mask == 0 {
			reason = "there is no processor in it"
		}
	case int:
		if v < 0 || v >= runtime.NumCPU() {
			reason = "there is no processor " + strconv.Itoa(v)
		}
	case *Process:
		if v == nil {
			reason = "its value is nil"
		}
	case *console.PseudoConsole:
		if v == nil {
			reason = "its value is nil"
		}
	case []*job.Job:
		if len(v) == 0 || slices.Contains(v, nil) {
			reason = "there is no job in it"
		}
	case ChildProcessPolicy:
		if v&^(PROCESS_CREATION_CHILD_PROCESS_RESTRICTED|PROCESS_CREATION_CHILD_PROCESS_OVERRIDE) != 0 {
			reason = fmt.Sprintf("0x%x has flags that do not exist", uint32(v))
		}
	}
	if reason != "" {
		return invalid("attribute", a.Key.String(), reason)
	}
	return a.checkSystem()
}

func (s *StartupInfo) pseudoConsole() *console.PseudoConsole {
	c, _ := attribute[*console.PseudoConsole](s, PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE)
	return c
}

func (s *StartupInfo) jobs() []*job.Job {
	list, _ := attribute[[]*job.Job](s, PROC_THREAD_ATTRIBUTE_JOB_LIST)
	return list
}

func (s *StartupInfo) check(inherit bool) error {
	if s.Flags&STARTF_USESTDHANDLES == 0 {
		for i, f := range [...]*os.File{s.StdInput, s.StdOutput, s.StdError} {
			if f != nil {
				return invalid("startup info", standardFileNames[i], "set without STARTF_USESTDHANDLES")
			}
		}
	}
	for i, a := range s.Attributes {
		if slices.ContainsFunc(s.Attributes[:i], func(b Attribute) bool { return b.Key == a.Key }) {
			return invalid("attribute", a.Key.String(), "given twice")
		}
		if err := a.check(); err != nil {
			return err
		}
	}
	if unknown := s.Flags &^ (STARTF_USESTDHANDLES<<1 - 1); unknown != 0 {
		return unsupported("startup info", fmt.Sprintf("STARTF flags 0x%x", uint32(unknown)))
	}
	if list := s.handleList(); len(list) > 0 && !inherit {
		return invalid("attribute", PROC_THREAD_ATTRIBUTE_HANDLE_LIST.String(), "InheritHandles is false")
	}
	for name, text := range map[string]string{"Desktop": s.Desktop, "Title": s.Title} {
		if strings.IndexByte(text, 0) >= 0 {
			return invalid("startup info", name, "it has a NUL in it")
		}
	}
	return nil
}
