package job

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The sizes are those of winnt.h and jobapi2.h for 64 bits, on every processor.
func TestSizes(t *testing.T) {
	for name, c := range map[string]struct{ got, want uintptr }{
		"JOBOBJECT_BASIC_ACCOUNTING_INFORMATION":        {unsafe.Sizeof(basicAccounting{}), 48},
		"JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION": {unsafe.Sizeof(basicAndIOAccounting{}), 96},
		"JOBOBJECT_EXTENDED_LIMIT_INFORMATION":          {unsafe.Sizeof(windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}), 144},
		"JOBOBJECT_CPU_RATE_CONTROL_INFORMATION":        {unsafe.Sizeof(cpuRateControl{}), 8},
		"JOBOBJECT_IO_RATE_CONTROL_INFORMATION":         {unsafe.Sizeof(ioRateControl{}), 40},
		"JOBOBJECT_ASSOCIATE_COMPLETION_PORT":           {unsafe.Sizeof(associateCompletionPort{}), 16},
		"JOBOBJECT_MEMORY_USAGE_INFORMATION":            {unsafe.Sizeof(memoryUsage{}), 16},
		"TotalProcesses, its offset":                    {unsafe.Offsetof(basicAccounting{}.totalProcesses), 36},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", name, c.got, c.want)
		}
	}
}

// A limit that is shorter than the system's unit is not none.
func TestTicks(t *testing.T) {
	if n := ticks(1); n != 1 {
		t.Errorf("1 ns is %d", n)
	}
	if n := ticks(2 * tick); n != 2 {
		t.Errorf("200 ns is %d", n)
	}
}
