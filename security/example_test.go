package security_test

import (
	"fmt"
	"log"

	"github.com/seed-f798aa80/createprocess/security"
)

func ExampleAccessCheck() {
	// User 1000's process: the user may do everything, group 100 may wait for it.
	sd, err := security.ParseSDDL("O:S-1-22-1-1000D:(A;;GA;;;S-1-22-1-1000)(A;;0x100000;;;S-1-22-2-100)")
	if err != nil {
		log.Fatal(err)
	}
	colleague := security.UnixToken(1001, 100)
	granted, ok := security.AccessCheck(sd, colleague, security.SYNCHRONIZE, security.ProcessMapping)
	fmt.Printf("0x%x %v\n", uint32(granted), ok)
	granted, ok = security.AccessCheck(sd, colleague, security.GENERIC_ALL, security.ProcessMapping)
	fmt.Printf("0x%x %v\n", uint32(granted), ok)
	granted, ok = security.AccessCheck(sd, colleague, security.MAXIMUM_ALLOWED, security.ProcessMapping)
	fmt.Printf("0x%x %v\n", uint32(granted), ok)
	// Output:
	// 0x100000 true
	// 0x0 false
	// 0x100000 true
}

func ExampleParseSDDL() {
	sd, err := security.ParseSDDL("O:BA D:P (A;;FA;;;SY) (A;;0x80000000;;;AU)")
	if err != nil {
		log.Fatal(err)
	}
	for _, ace := range sd.DACL.ACEs {
		fmt.Printf("%s: 0x%08x\n", ace.SID.Name(), uint32(ace.Mask))
	}
	fmt.Println(sd.SDDL())

	_, err = security.ParseSDDL("D:(A;;GB;;;WD)")
	fmt.Println(err)
	// Output:
	// NT AUTHORITY\SYSTEM: 0x001f01ff
	// NT AUTHORITY\Authenticated Users: 0x80000000
	// O:BAD:P(A;;FA;;;SY)(A;;GR;;;AU) <nil>
	// security: SDDL, offset 6: "GB" is not an access right: ERROR_INVALID_ACL (1336)
}

func ExampleProcessDescriptor() {
	fmt.Println(security.ProcessDescriptor(security.UnixUser(1000), security.UnixGroup(100)).SDDL())
	// Output:
	// O:S-1-22-1-1000G:S-1-22-2-100D:(A;;0x1fffff;;;S-1-22-1-1000)(A;;0x1fffff;;;SY) <nil>
}

func ExampleParseSID() {
	for _, text := range []string{"BA", "S-1-5-18", "S-1-22-1-1000"} {
		sid, err := security.ParseSID(text)
		fmt.Println(sid, sid.SDDL(), sid.Name(), err)
	}
	// Output:
	// S-1-5-32-544 BA BUILTIN\Administrators <nil>
	// S-1-5-18 SY NT AUTHORITY\SYSTEM <nil>
	// S-1-22-1-1000 S-1-22-1-1000  <nil>
}
