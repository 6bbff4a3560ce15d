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

// attributeList is the extended attributes on their way to the system.
type attributeList []struct {
	key   AttributeKey
	value unsafe.Pointer
	size  uintptr
}

func (a *attributeList) add(key AttributeKey, value unsafe.Pointer, size uintptr) {
	*a = append(*a, struct {
		key   AttributeKey
		value unsafe.Pointer
		size  uintptr
	}{key, value, size})
}

// lower is nil for an empty list. It must be deleted.
func (a attributeList) lower() (*windows.ProcThreadAttributeListContainer, error) {
	if len(a) == 0 {
		return nil, nil
	}
	list, err := windows.NewProcThreadAttributeList(uint32(len(a)))
	if err != nil {
		return nil, systemError("InitializeProcThreadAttributeList", "", err)
	}
	for _, at := range a {
		if err := list.Update(uintptr(at.key), at.value, at.size); err != nil {
			list.Delete()
			return nil, systemError("UpdateProcThreadAttribute", at.key.String(), err)
		}
	}
	return list, nil
}

// attributeList is the handles, and the attributes but for the console.
func (s *StartupInfo) attributeList(in *inheritance) (list attributeList) {
	if len(in.list) > 0 {
		list.add(PROC_THREAD_ATTRIBUTE_HANDLE_LIST, unsafe.Pointer(&in.list[0]), uintptr(len(in.list))*unsafe.Sizeof(in.list[0]))
	}
	for _, a := range s.Attributes {
		switch v := a.Value.(type) {
		case GroupAffinity:
			g := &struct { // GROUP_AFFINITY
				mask     uintptr
				group    uint16
				reserved [3]uint16
			}{mask: uintptr(v.Mask), group: v.Group}
			list.add(a.Key, unsafe.Pointer(g), unsafe.Sizeof(*g))
		case int:
			n := &struct { // PROCESSOR_NUMBER
				group    uint16
				number   byte
				reserved byte
			}{group: uint16(v / 64), number: byte(v % 64)}
			list.add(a.Key, unsafe.Pointer(n), unsafe.Sizeof(*n))
		case MitigationPolicy:
			list.add(a.Key, unsafe.Pointer(&v.Policy), unsafe.Sizeof(v.Policy))
		case ChildProcessPolicy:
			list.add(a.Key, unsafe.Pointer(&v), unsafe.Sizeof(v))
		case *Process:
			h := &v.object.process
			list.add(a.Key, unsafe.Pointer(h), unsafe.Sizeof(*h))
		}
	}
	return list
}
