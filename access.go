package createprocess

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-f798aa80/createprocess/internal/flagnames"
	"github.com/seed-f798aa80/createprocess/security"
)

// AccessMask is a set of access rights. The names and values are those of
// Microsoft's pages [Process Security and Access Rights],
// [Thread Security and Access Rights] and [Standard Access Rights].
//
// [Process Security and Access Rights]: https://learn.microsoft.com/windows/win32/procthread/process-security-and-access-rights
// [Thread Security and Access Rights]: https://learn.microsoft.com/windows/win32/procthread/thread-security-and-access-rights
// [Standard Access Rights]: https://learn.microsoft.com/windows/win32/secauthz/standard-access-rights
type AccessMask = security.AccessMask

// Rights to a process.
const (
	PROCESS_TERMINATE                 AccessMask = 0x0001
	PROCESS_CREATE_THREAD             AccessMask = 0x0002
	PROCESS_VM_OPERATION              AccessMask = 0x0008
	PROCESS_VM_READ                   AccessMask = 0x0010
	PROCESS_VM_WRITE                  AccessMask = 0x0020
	PROCESS_DUP_HANDLE                AccessMask = 0x0040
	PROCESS_CREATE_PROCESS            AccessMask = 0x0080
	PROCESS_SET_QUOTA                 AccessMask = 0x0100
	PROCESS_SET_INFORMATION           AccessMask = 0x0200
	PROCESS_QUERY_INFORMATION         AccessMask = 0x0400
	PROCESS_SUSPEND_RESUME            AccessMask = 0x0800
	PROCESS_QUERY_LIMITED_INFORMATION AccessMask = 0x1000
	PROCESS_ALL_ACCESS                AccessMask = 0x1fffff
)

// Rights to a thread.
const (
	THREAD_TERMINATE                 AccessMask = 0x0001
	THREAD_SUSPEND_RESUME            AccessMask = 0x0002
	THREAD_GET_CONTEXT               AccessMask = 0x0008
	THREAD_SET_CONTEXT               AccessMask = 0x0010
	THREAD_SET_INFORMATION           AccessMask = 0x0020
	THREAD_QUERY_INFORMATION         AccessMask = 0x0040
	THREAD_SET_THREAD_TOKEN          AccessMask = 0x0080
	THREAD_IMPERSONATE               AccessMask = 0x0100
	THREAD_DIRECT_IMPERSONATION      AccessMask = 0x0200
	THREAD_SET_LIMITED_INFORMATION   AccessMask = 0x0400
	THREAD_QUERY_LIMITED_INFORMATION AccessMask = 0x0800
	THREAD_ALL_ACCESS                AccessMask = 0x1fffff
)

// Standard and generic rights. MAXIMUM_ALLOWED asks for all that one may have.
const (
	DELETE          = security.DELETE
	READ_CONTROL    = security.READ_CONTROL
	WRITE_DAC       = security.WRITE_DAC
	WRITE_OWNER     = security.WRITE_OWNER
	SYNCHRONIZE     = security.SYNCHRONIZE
	MAXIMUM_ALLOWED = security.MAXIMUM_ALLOWED
	GENERIC_ALL     = security.GENERIC_ALL
	GENERIC_EXECUTE = security.GENERIC_EXECUTE
	GENERIC_WRITE   = security.GENERIC_WRITE
	GENERIC_READ    = security.GENERIC_READ
)

// rights are those of one kind of object: their names, and what the generic
// ones stand for.
type rights struct {
	mapping security.GenericMapping
	names   rightNames
}

type rightNames = flagnames.Table[AccessMask]

var processRights = rights{
	mapping: security.ProcessMapping,
	names: rightNames{
		{PROCESS_TERMINATE, "PROCESS_TERMINATE"},
		{PROCESS_CREATE_THREAD, "PROCESS_CREATE_THREAD"},
		{PROCESS_VM_OPERATION, "PROCESS_VM_OPERATION"},
		{PROCESS_VM_READ, "PROCESS_VM_READ"},
		{PROCESS_VM_WRITE, "PROCESS_VM_WRITE"},
		{PROCESS_DUP_HANDLE, "PROCESS_DUP_HANDLE"},
		{PROCESS_CREATE_PROCESS, "PROCESS_CREATE_PROCESS"},
		{PROCESS_SET_QUOTA, "PROCESS_SET_QUOTA"},
		{PROCESS_SET_INFORMATION, "PROCESS_SET_INFORMATION"},
		{PROCESS_QUERY_INFORMATION, "PROCESS_QUERY_INFORMATION"},
		{PROCESS_SUSPEND_RESUME, "PROCESS_SUSPEND_RESUME"},
		{PROCESS_QUERY_LIMITED_INFORMATION, "PROCESS_QUERY_LIMITED_INFORMATION"},
	},
}

var threadRights = rights{
	mapping: security.ThreadMapping,
	names: rightNames{
		{THREAD_TERMINATE, "THREAD_TERMINATE"},
		{THREAD_SUSPEND_RESUME, "THREAD_SUSPEND_RESUME"},
		{THREAD_GET_CONTEXT, "THREAD_GET_CONTEXT"},
		{THREAD_SET_CONTEXT, "THREAD_SET_CONTEXT"},
		{THREAD_SET_INFORMATION, "THREAD_SET_INFORMATION"},
		{THREAD_QUERY_INFORMATION, "THREAD_QUERY_INFORMATION"},
		{THREAD_SET_THREAD_TOKEN, "THREAD_SET_THREAD_TOKEN"},
		{THREAD_IMPERSONATE, "THREAD_IMPERSONATE"},
		{THREAD_DIRECT_IMPERSONATION, "THREAD_DIRECT_IMPERSONATION"},
		{THREAD_SET_LIMITED_INFORMATION, "THREAD_SET_LIMITED_INFORMATION"},
		{THREAD_QUERY_LIMITED_INFORMATION, "THREAD_QUERY_LIMITED_INFORMATION"},
	},
}

var standardRightNames = rightNames{
	{DELETE, "DELETE"},
	{READ_CONTROL, "READ_CONTROL"},
	{WRITE_DAC, "WRITE_DAC"},
	{WRITE_OWNER, "WRITE_OWNER"},
	{SYNCHRONIZE, "SYNCHRONIZE"},
}

// Names that are asked for and never granted, or that stand for many.
var wantedRightNames = rightNames{
	{PROCESS_ALL_ACCESS, "PROCESS_ALL_ACCESS"},
	{THREAD_ALL_ACCESS, "THREAD_ALL_ACCESS"},
	{security.ACCESS_SYSTEM_SECURITY, "ACCESS_SYSTEM_SECURITY"},
	{MAXIMUM_ALLOWED, "MAXIMUM_ALLOWED"},
	{GENERIC_ALL, "GENERIC_ALL"},
	{GENERIC_EXECUTE, "GENERIC_EXECUTE"},
	{GENERIC_WRITE, "GENERIC_WRITE"},
	{GENERIC_READ, "GENERIC_READ"},
}

// ParseAccessMask reads access rights: names of this package and numbers, which
// are hexadecimal behind 0x, with | between them: "PROCESS_TERMINATE|0x100000".
// ERROR_INVALID_PARAMETER (87).
func ParseAccessMask(text string) (AccessMask, error) {
	var mask AccessMask
	for part := range strings.SplitSeq(text, "|") {
		value, ok := parseRight(strings.TrimSpace(part))
		if !ok {
			return 0, &Error{Op: "ParseAccessMask", Object: strconv.Quote(text), Code: ERROR_INVALID_PARAMETER,
				Err: fmt.Errorf("%q is neither an access right nor a number of 32 bits", part)}
		}
		mask |= value
	}
	return mask, nil
}

func parseRight(text string) (AccessMask, bool) {
	for _, list := range [...]rightNames{processRights.names, threadRights.names, standardRightNames, wantedRightNames} {
		for _, right := range list {
			if right.Name == text {
				return right.Flag, true
			}
		}
	}
	base := 10
	if hex, ok := strings.CutPrefix(strings.ToLower(text), "0x"); ok {
		base, text = 16, hex
	}
	n, err := strconv.ParseUint(text, base, 32)
	return AccessMask(n), err == nil
}

// generic maps the generic rights of a mask to those that they stand for, and
// adds what the system adds: who may query may query a little.
func (r *rights) generic(mask AccessMask) AccessMask {
	mask = r.mapping.Map(mask)
	if r == &processRights && mask&PROCESS_QUERY_INFORMATION != 0 {
		mask |= PROCESS_QUERY_LIMITED_INFORMATION
	}
	if r == &threadRights {
		if mask&THREAD_QUERY_INFORMATION != 0 {
			mask |= THREAD_QUERY_LIMITED_INFORMATION
		}
		if mask&THREAD_SET_INFORMATION != 0 {
			mask |= THREAD_SET_LIMITED_INFORMATION
		}
	}
	return mask
}

// choose is what a handle gets whose opener wants a mask and may have allowed:
// all of it or nothing. With MAXIMUM_ALLOWED it is all that is allowed, which
// must have the rest of what is wanted.
func (r *rights) choose(wanted, allowed AccessMask) (granted AccessMask, ok bool) {
	maximum := wanted&MAXIMUM_ALLOWED != 0
	wanted = r.generic(wanted &^ MAXIMUM_ALLOWED)
	if wanted&^allowed != 0 {
		return 0, false
	}
	if maximum {
		wanted |= allowed
	}
	return wanted, true
}

// FormatProcessAccess is rights to a process in words, as ParseAccessMask reads
// them: "PROCESS_TERMINATE|SYNCHRONIZE". What has no name is a number.
func FormatProcessAccess(mask AccessMask) string {
	if mask == PROCESS_ALL_ACCESS {
		return "PROCESS_ALL_ACCESS"
	}
	return processRights.describe(mask)
}

// describe is the mask in words.
func (r *rights) describe(mask AccessMask) string {
	return slices.Concat(r.names, standardRightNames).String(mask)
}
