package createprocess

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"
)

// checkSystem refuses what Windows does not have.
func (a Attribute) checkSystem() error {
	switch v := a.Value.(type) {
	case *Process:
		_, err := v.use("PROC_THREAD_ATTRIBUTE_PARENT_PROCESS", PROCESS_CREATE_PROCESS)
		return err
	case MitigationPolicy:
		if v.NoNewPrivileges {
			return &Error{Op: "attribute", Object: a.Key.String(), Code: ERROR_NOT_SUPPORTED, Err: errors.New("NoNewPrivileges is Linux's")}
		}
	}
	return nil
}

// lowered is an attribute as UpdateProcThreadAttribute takes it.
type lowered struct {
	key   AttributeKey
	value unsafe.Pointer
	size  uintptr
}

// attributeList is what the system is given: the handles, and the other
// attributes. nil if there are none. The list points to what is in it, so that
// it must outlive the call; x/sys keeps the values alive with it.
func (s *StartupInfo) attributeList(in *inheritance) (*windows.ProcThreadAttributeListContainer, error) {
	var list []lowered
	if len(in.list) > 0 {
		list = append(list, lowered{PROC_THREAD_ATTRIBUTE_HANDLE_LIST, unsafe.Pointer(&in.list[0]), uintptr(len(in.list)) * unsafe.Sizeof(in.list[0])})
	}
	for _, a := range s.Attributes {
		switch v := a.Value.(type) {
		case GroupAffinity:
			g := &struct { // GROUP_AFFINITY
				mask     uintptr
				group    uint16
				reserved [3]uint16
			}{mask: uintptr(v.Mask), group: v.Group}
			list = append(list, lowered{a.Key, unsafe.Pointer(g), unsafe.Sizeof(*g)})
		case int:
			n := &struct { // PROCESSOR_NUMBER
				group    uint16
				number   byte
				reserved byte
			}{group: uint16(v / 64), number: byte(v % 64)}
			list = append(list, lowered{a.Key, unsafe.Pointer(n), unsafe.Sizeof(*n)})
		case MitigationPolicy:
			list = append(list, lowered{a.Key, unsafe.Pointer(&v.Policy), unsafe.Sizeof(v.Policy)})
		case ChildProcessPolicy:
			list = append(list, lowered{a.Key, unsafe.Pointer(&v), unsafe.Sizeof(v)})
		case *Process:
			h := &v.object.process
			list = append(list, lowered{a.Key, unsafe.Pointer(h), unsafe.Sizeof(*h)})
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	attributes, err := windows.NewProcThreadAttributeList(uint32(len(list)))
	if err != nil {
		return nil, systemError("InitializeProcThreadAttributeList", "", err)
	}
	for _, l := range list {
		if err := attributes.Update(uintptr(l.key), l.value, l.size); err != nil {
			attributes.Delete()
			return nil, systemError("UpdateProcThreadAttribute", l.key.String(), err)
		}
	}
	return attributes, nil
}
