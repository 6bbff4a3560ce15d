package security

// AccessMask is a set of access rights ([MS-DTYP] 2.4.3). The lower 16 bits
// are those of the kind of object; package createprocess has the names of a
// process's and a thread's.
//
// [MS-DTYP]: https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/
type AccessMask uint32

// Standard and generic rights. MAXIMUM_ALLOWED asks for all that one may have.
const (
	DELETE                 AccessMask = 0x00010000
	READ_CONTROL           AccessMask = 0x00020000
	WRITE_DAC              AccessMask = 0x00040000
	WRITE_OWNER            AccessMask = 0x00080000
	SYNCHRONIZE            AccessMask = 0x00100000
	ACCESS_SYSTEM_SECURITY AccessMask = 0x01000000
	MAXIMUM_ALLOWED        AccessMask = 0x02000000
	GENERIC_ALL            AccessMask = 0x10000000
	GENERIC_EXECUTE        AccessMask = 0x20000000
	GENERIC_WRITE          AccessMask = 0x40000000
	GENERIC_READ           AccessMask = 0x80000000
)

// GenericMapping is what the generic rights stand for with one kind of object.
type GenericMapping struct {
	Read, Write, Execute, All AccessMask
}

// The mappings of processes and threads.
var (
	// Read: READ_CONTROL, PROCESS_QUERY_INFORMATION, PROCESS_VM_READ. Write:
	// READ_CONTROL, PROCESS_CREATE_THREAD, PROCESS_VM_OPERATION, PROCESS_VM_WRITE.
	// Execute: READ_CONTROL, SYNCHRONIZE, PROCESS_QUERY_LIMITED_INFORMATION.
	ProcessMapping = GenericMapping{Read: 0x20410, Write: 0x2002a, Execute: 0x121000, All: 0x1fffff}
	// Read: READ_CONTROL, THREAD_GET_CONTEXT, THREAD_QUERY_INFORMATION. Write:
	// READ_CONTROL, THREAD_TERMINATE, THREAD_SUSPEND_RESUME, THREAD_SET_CONTEXT,
	// THREAD_SET_INFORMATION, THREAD_SET_LIMITED_INFORMATION. Execute: READ_CONTROL,
	// SYNCHRONIZE, THREAD_QUERY_LIMITED_INFORMATION.
	ThreadMapping = GenericMapping{Read: 0x20048, Write: 0x20433, Execute: 0x120800, All: 0x1fffff}
	// IdentityMapping leaves generic rights as they are.
	IdentityMapping = GenericMapping{GENERIC_READ, GENERIC_WRITE, GENERIC_EXECUTE, GENERIC_ALL}
)

const genericRights = GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL

// Map puts in the place of the generic rights those that they stand for, as
// MapGenericMask does.
func (g GenericMapping) Map(mask AccessMask) AccessMask {
	mapped := mask &^ genericRights
	for _, m := range [...]struct{ bit, rights AccessMask }{
		{GENERIC_READ, g.Read}, {GENERIC_WRITE, g.Write}, {GENERIC_EXECUTE, g.Execute}, {GENERIC_ALL, g.All},
	} {
		if mask&m.bit != 0 {
			mapped |= m.rights
		}
	}
	return mapped
}
