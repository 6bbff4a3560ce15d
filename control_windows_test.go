package createprocess_test

import (
	"testing"

	"golang.org/x/sys/windows"

	. "github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/winetest"
)

// mayRaisePriority: REALTIME needs a privilege.
func mayRaisePriority(class CreationFlags) bool { return class != REALTIME_PRIORITY_CLASS }

// affinityAttribute is none under Wine 8, which does not know the attribute.
func affinityAttribute(_ testing.TB, processor int) []Attribute {
	if winetest.OnWine() {
		return nil
	}
	return []Attribute{{PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY, GroupAffinity{Mask: 1 << (processor % 64), Group: uint16(processor / 64)}}}
}

func closeValue(t *testing.T, value uintptr) {
	if err := windows.CloseHandle(windows.Handle(value)); err != nil {
		t.Error(err)
	}
}
