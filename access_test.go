package createprocess

import (
	"errors"
	"testing"

	"github.com/seed-f798aa80/createprocess/security"
)

// TestGenericRights: what package security has in numbers is what the rights here say.
func TestGenericRights(t *testing.T) {
	if want := (security.GenericMapping{
		Read:    READ_CONTROL | PROCESS_VM_READ | PROCESS_QUERY_INFORMATION,
		Write:   READ_CONTROL | PROCESS_CREATE_THREAD | PROCESS_VM_OPERATION | PROCESS_VM_WRITE,
		Execute: READ_CONTROL | SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION,
		All:     PROCESS_ALL_ACCESS,
	}); security.ProcessMapping != want {
		t.Errorf("processes: %x, want %x", security.ProcessMapping, want)
	}
	if want := (security.GenericMapping{
		Read:    READ_CONTROL | THREAD_GET_CONTEXT | THREAD_QUERY_INFORMATION,
		Write:   READ_CONTROL | THREAD_TERMINATE | THREAD_SUSPEND_RESUME | THREAD_SET_CONTEXT | THREAD_SET_INFORMATION | THREAD_SET_LIMITED_INFORMATION,
		Execute: READ_CONTROL | SYNCHRONIZE | THREAD_QUERY_LIMITED_INFORMATION,
		All:     THREAD_ALL_ACCESS,
	}); security.ThreadMapping != want {
		t.Errorf("threads: %x, want %x", security.ThreadMapping, want)
	}
}

func TestParseAccessMask(t *testing.T) {
	for text, want := range map[string]AccessMask{
		"PROCESS_TERMINATE":                 PROCESS_TERMINATE,
		"PROCESS_TERMINATE|SYNCHRONIZE":     PROCESS_TERMINATE | SYNCHRONIZE,
		" THREAD_GET_CONTEXT | 0x100000 |2": THREAD_GET_CONTEXT | SYNCHRONIZE | 2,
		"MAXIMUM_ALLOWED|GENERIC_READ":      MAXIMUM_ALLOWED | GENERIC_READ,
		"PROCESS_ALL_ACCESS":                PROCESS_ALL_ACCESS,
		"0":                                 0,
		"010":                               10,
		"4294967295":                        0xffffffff,
		"0XfF":                              0xff,
	} {
		if mask, err := ParseAccessMask(text); mask != want || err != nil {
			t.Errorf("%q: 0x%x, %v; want 0x%x", text, uint32(mask), err, uint32(want))
		}
	}
	for _, text := range []string{"", "|", "1|", "NOTHING", "process_terminate", "-1", "4294967296", "0x", "1_0", "0b1"} {
		var e *Error
		if mask, err := ParseAccessMask(text); mask != 0 || !errors.As(err, &e) || e.Code != ERROR_INVALID_PARAMETER {
			t.Errorf("%q: 0x%x, %v", text, uint32(mask), err)
		}
	}
}
