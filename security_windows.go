package createprocess

import (
	"unsafe"

	"github.com/seed-f798aa80/createprocess/security"
	"golang.org/x/sys/windows"
)

// descriptorOf reads a kernel object's security descriptor, as much of it as
// READ_CONTROL lets one see: the audit entries are for SeSecurityPrivilege.
func descriptorOf(h windows.Handle) (*security.SecurityDescriptor, error) {
	const parts = windows.OWNER_SECURITY_INFORMATION | windows.GROUP_SECURITY_INFORMATION | windows.DACL_SECURITY_INFORMATION
	read, err := windows.GetSecurityInfo(h, windows.SE_KERNEL_OBJECT, parts)
	if err != nil {
		return nil, err
	}
	sd := &security.SecurityDescriptor{}
	return sd, sd.UnmarshalBinary(unsafe.Slice((*byte)(unsafe.Pointer(read)), read.Length()))
}

// setDescriptorOf changes those parts that sd has.
func setDescriptorOf(h windows.Handle, sd *security.SecurityDescriptor) error {
	bytes, err := sd.MarshalBinary()
	if err != nil {
		return err
	}
	var parts windows.SECURITY_INFORMATION
	if !sd.Owner.IsZero() {
		parts |= windows.OWNER_SECURITY_INFORMATION
	}
	if !sd.Group.IsZero() {
		parts |= windows.GROUP_SECURITY_INFORMATION
	}
	if sd.HasDACL() {
		parts |= windows.DACL_SECURITY_INFORMATION
	}
	if sd.SACL != nil || sd.Control&security.SE_SACL_PRESENT != 0 {
		parts |= windows.SACL_SECURITY_INFORMATION
	}
	return windows.SetKernelObjectSecurity(h, parts, alignedDescriptor(bytes))
}
