package createprocess

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/seed-f798aa80/createprocess/console"
)

// StartFlags say which fields of a [StartupInfo] count; Microsoft's page is
// that of STARTUPINFOW's dwFlags.
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
// files, window, extended attributes. It follows STARTUPINFOEXW. The zero
// value gives the child its creator's standard files.
//
// On Linux a process has no window: Desktop, Title and what is about a window
// are accepted there and have no effect. XCountChars and YCountChars are the
// size of the console that CREATE_NEW_CONSOLE makes, on both systems.
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

// Attribute is an extended attribute: a key and what UpdateProcThreadAttribute
// would be given as lpValue. This version honours
//
//	PROC_THREAD_ATTRIBUTE_HANDLE_LIST     []InheritedHandle
//	PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE   *console.PseudoConsole
//
// and refuses the others with ERROR_NOT_SUPPORTED (50).
type Attribute struct {
	Key   AttributeKey
	Value any
}

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

// value is that of an attribute; nil if there is none.
func (s *StartupInfo) value(key AttributeKey) any {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value
		}
	}
	return nil
}

func (s *StartupInfo) handleList() []InheritedHandle {
	list, _ := s.value(PROC_THREAD_ATTRIBUTE_HANDLE_LIST).([]InheritedHandle)
	return list
}

func (s *StartupInfo) pseudoConsole() *console.PseudoConsole {
	c, _ := s.value(PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE).(*console.PseudoConsole)
	return c
}

// checkValue refuses an attribute that is not honoured, or of a wrong type.
func (a *Attribute) checkValue() error {
	var ok bool
	var want string
	switch a.Key {
	case PROC_THREAD_ATTRIBUTE_HANDLE_LIST:
		_, ok = a.Value.([]InheritedHandle)
		want = "[]InheritedHandle"
	case PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE:
		var c *console.PseudoConsole
		c, ok = a.Value.(*console.PseudoConsole)
		if ok && c == nil {
			return invalid("attribute", a.Key.String(), "its value is nil")
		}
		want = "*console.PseudoConsole"
	default:
		return unsupported("attribute", a.Key.String())
	}
	if !ok {
		return invalid("attribute", a.Key.String(), fmt.Sprintf("its value is a %T, not a %s", a.Value, want))
	}
	return nil
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
		if err := a.checkValue(); err != nil {
			return err
		}
		if slices.ContainsFunc(s.Attributes[:i], func(earlier Attribute) bool { return earlier.Key == a.Key }) {
			return invalid("attribute", a.Key.String(), "given twice")
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
