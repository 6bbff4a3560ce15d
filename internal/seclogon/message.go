//go:build linux

// Package seclogon is how a program asks the service (createprocessd) for
// processes that it may not create itself: the messages, what they may be, and
// the client's end of the connection. It creates nothing and decides nothing.
//
//	conn, err := seclogon.Dial(seclogon.SocketPath())
//	defer conn.Close()
//	response, files, err := conn.Call(&seclogon.Request{Op: seclogon.OpOpen, PID: 4711, Access: 1}, nil, nil)
//
// # The protocol
//
// A Unix socket of type SOCK_SEQPACKET; each packet is one message. The client
// sends a request and reads its response, then may send the next one. A
// connection holds at most one process: create and open give it one, the other
// requests are about it, and to close the connection is to close the handle.
//
// A packet is a head of eight bytes, a JSON object and, in a request only, a
// secret. The head is "CPS", the version, and the object's length in four bytes,
// the lowest first. The secret is what is left: it never becomes part of the
// JSON, so that no encoder keeps a copy of it. Descriptors travel as SCM_RIGHTS.
//
// JSON has no text that is not UTF-8; what the kernel takes as any bytes
// (paths, arguments, variables) is []byte here, base64 on the wire.
package seclogon

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	// Version is the protocol's. A service answers requests of its own only.
	Version = 1

	// MaxPacket is the most that a packet may have. A socket's buffer holds more.
	MaxPacket = 128 << 10

	// MaxSecret is what PAM takes (PAM_MAX_RESP_SIZE), without its NUL.
	MaxSecret = 511

	// MaxFiles is how many descriptors a request may have.
	MaxFiles = 64

	headSize = 8
)

// Op is what a request asks for.
type Op string

const (
	OpCreate        Op = "create"         // a process; the response has its pidfd
	OpOpen          Op = "open"           // the process PID, for Access; the pidfd comes with SYNCHRONIZE
	OpQuery         Op = "query"          // has it ended, and how: PROCESS_QUERY_LIMITED_INFORMATION
	OpTerminate     Op = "terminate"      // with Code: PROCESS_TERMINATE
	OpSignal        Op = "signal"         // Signal, one of those that ask a process to end: PROCESS_TERMINATE
	OpSuspend       Op = "suspend"        // PROCESS_SUSPEND_RESUME
	OpResume        Op = "resume"         // PROCESS_SUSPEND_RESUME
	OpDescriptor    Op = "descriptor"     // its security descriptor: READ_CONTROL
	OpSetDescriptor Op = "set-descriptor" // Descriptor: WRITE_DAC, and WRITE_OWNER for another owner or group
	OpAnswer        Op = "answer"         // the secret answers a Prompt, and the service goes on with a creation
	OpList          Op = "list"           // the processes that the caller may query, from After on; needs no process
)

// Request is what a client sends.
type Request struct {
	Op         Op      `json:"op"`
	Create     *Create `json:"create,omitempty"`
	PID        int     `json:"pid,omitempty"`
	Access     uint32  `json:"access,omitempty"`
	Code       uint32  `json:"code,omitempty"`
	Signal     int     `json:"signal,omitempty"`
	After      int     `json:"after,omitempty"`
	Descriptor []byte  `json:"descriptor,omitempty"` // self-relative
}

// Create is the process that is asked for. The client has found the image; all
// else is checked, and done, as the user that the process is to run as.
type Create struct {
	// User is who it is to run as; "" is the caller. The secret is the password.
	User   string `json:"user,omitempty"`
	Domain string `json:"domain,omitempty"`
	// NoPassword: the caller is root, or User is the caller. It is not the same
	// as an empty password.
	NoPassword bool   `json:"no_password,omitempty"`
	LogonFlags uint32 `json:"logon_flags,omitempty"`
	// Prompts: the client can answer what is asked beside the password.
	Prompts bool `json:"prompts,omitempty"`

	Image           []byte    `json:"image"` // absolute
	Args            [][]byte  `json:"args"`
	Environment     [][]byte  `json:"environment,omitempty"`
	OwnEnvironment  bool      `json:"own_environment,omitempty"` // the user's; Environment is nil
	Directory       []byte    `json:"directory,omitempty"`
	CreationFlags   uint32    `json:"creation_flags,omitempty"`
	Files           []File    `json:"files"` // 0, 1 and 2 first
	Process         *Security `json:"process,omitempty"`
	Thread          *Security `json:"thread,omitempty"`
	Affinity        *Affinity `json:"affinity,omitempty"`
	Mitigations     uint64    `json:"mitigations,omitempty"`
	NoNewPrivileges bool      `json:"no_new_privileges,omitempty"`
	ChildPolicy     uint32    `json:"child_policy,omitempty"`
}

// File is a descriptor of the child: the packet's next one, or the null device.
type File struct {
	Number int  `json:"number"`
	Null   bool `json:"null,omitempty"`
}

// Security is a security descriptor in self-relative form.
type Security struct {
	Descriptor []byte `json:"descriptor"`
}

// Affinity is a GROUP_AFFINITY.
type Affinity struct {
	Mask  uint64 `json:"mask"`
	Group uint16 `json:"group"`
}

// Response is what the service answers.
type Response struct {
	Error        *Failure  `json:"error,omitempty"`
	Prompt       *Prompt   `json:"prompt,omitempty"` // to be answered with OpAnswer
	PID          int       `json:"pid,omitempty"`
	Access       uint32    `json:"access,omitempty"` // granted
	ThreadAccess uint32    `json:"thread_access,omitempty"`
	Created      int64     `json:"created,omitempty"` // nanoseconds since 1970
	End          *End      `json:"end,omitempty"`
	Previous     uint32    `json:"previous,omitempty"` // suspend count
	Descriptor   []byte    `json:"descriptor,omitempty"`
	Processes    []Process `json:"processes,omitempty"`
	More         bool      `json:"more,omitempty"` // than these
}

// Prompt is what PAM asks beside the password.
type Prompt struct {
	Message string `json:"message"`
	Echo    bool   `json:"echo,omitempty"` // what is typed may be seen
}

// Failure is an error: what createprocess.Error has.
type Failure struct {
	Code   uint32 `json:"code"`
	Op     string `json:"op"`
	Object string `json:"object,omitempty"`
	Text   string `json:"text,omitempty"`
}

func (f *Failure) Error() string {
	return fmt.Sprintf("%s %s: Win32 error %d: %s", f.Op, f.Object, f.Code, f.Text)
}

// End is how a process has ended. Times are in nanoseconds.
type End struct {
	Code   uint32 `json:"code"`
	Signal int    `json:"signal,omitempty"`
	Exit   int64  `json:"exit"` // since 1970
	Usage  *Usage `json:"usage,omitempty"`
}

// Usage is what it has used, where that is known.
type Usage struct {
	Kernel              int64  `json:"kernel"`
	User                int64  `json:"user"`
	PeakMemory          uint64 `json:"peak_memory"`
	PageFaults          uint64 `json:"page_faults"`
	MajorFaults         uint64 `json:"major_faults"`
	VoluntarySwitches   uint64 `json:"voluntary_switches"`
	InvoluntarySwitches uint64 `json:"involuntary_switches"`
	ReadBytes           uint64 `json:"read_bytes"`
	WriteBytes          uint64 `json:"write_bytes"`
}

// Process is an entry of a list.
type Process struct {
	PID     int    `json:"pid"`
	User    uint32 `json:"user"`
	Creator uint32 `json:"creator"`
	Created int64  `json:"created"`
	Ended   bool   `json:"ended,omitempty"`
}

var (
	errHead    = errors.New("the packet is not of this protocol, or of another version")
	errLength  = errors.New("the packet's length is wrong")
	errTooLong = fmt.Errorf("the message has over %d bytes", MaxPacket)
	errSecret  = fmt.Errorf("the secret has over %d bytes", MaxSecret)
)

// ErrTooLong tells whether err says that a request is longer than a packet.
func ErrTooLong(err error) bool { return errors.Is(err, errTooLong) }

// encode lays a message out as a packet. Who sends a secret clears the packet
// when it has been sent.
func encode(message any, secret []byte) ([]byte, error) {
	body, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	if len(secret) > MaxSecret {
		return nil, errSecret
	}
	if headSize+len(body)+len(secret) > MaxPacket {
		return nil, errTooLong
	}
	packet := make([]byte, headSize, headSize+len(body)+len(secret))
	copy(packet, "CPS")
	packet[3] = Version
	binary.LittleEndian.PutUint32(packet[4:], uint32(len(body)))
	return append(append(packet, body...), secret...), nil
}

// Decode reads a packet into a message. The secret is part of the packet.
func Decode(packet []byte, message any) (secret []byte, err error) {
	if len(packet) < headSize || string(packet[:3]) != "CPS" || packet[3] != Version {
		return nil, errHead
	}
	n := binary.LittleEndian.Uint32(packet[4:])
	if uint64(n) > uint64(len(packet)-headSize) {
		return nil, errLength
	}
	body, secret := packet[headSize:headSize+int(n)], packet[headSize+int(n):]
	if len(secret) > MaxSecret {
		return nil, errSecret
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(message); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errLength
	}
	return secret, nil
}

// DecodeRequest reads a request, and refuses what no client sends.
func DecodeRequest(packet []byte) (r *Request, secret []byte, err error) {
	r = new(Request)
	if secret, err = Decode(packet, r); err != nil {
		return nil, nil, err
	}
	if (r.Op == OpCreate) != (r.Create != nil) {
		return nil, nil, errors.New("a request has what to create if that is what it asks for, and else not")
	}
	if len(secret) > 0 && r.Op != OpAnswer && (r.Create == nil || r.Create.NoPassword) {
		return nil, nil, errors.New("the request has a secret that nothing is to be done with")
	}
	if c := r.Create; c != nil {
		if err := c.check(); err != nil {
			return nil, nil, err
		}
	}
	return r, secret, nil
}

// check refuses what no client sends; what a client may get wrong is refused
// later, by CreateProcess, with its own words.
func (c *Create) check() error {
	if len(c.Image) == 0 || c.Image[0] != '/' {
		return errors.New("the image's path is not absolute")
	}
	if len(c.Image) >= 4096 || len(c.User) > 256 || len(c.Domain) > 256 {
		return errors.New("the image's path, the user's name or the domain's is too long")
	}
	if len(c.Args) == 0 {
		return errors.New("there are no arguments")
	}
	if c.OwnEnvironment && c.Environment != nil {
		return errors.New("the environment is both the user's and given")
	}
	if len(c.Files) < 3 || len(c.Files) > MaxFiles {
		return fmt.Errorf("the child has %d files", len(c.Files))
	}
	for i, f := range c.Files {
		if i < 3 && f.Number != i || i >= 3 && (f.Number < 3 || f.Number > 1<<20 || f.Null) {
			return fmt.Errorf("the child's file %d has the number %d", i, f.Number)
		}
	}
	return nil
}

// Sent is how many descriptors the request travels with.
func (c *Create) Sent() (n int) {
	for _, f := range c.Files {
		if !f.Null {
			n++
		}
	}
	return n
}
