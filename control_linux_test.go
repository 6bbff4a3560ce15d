package createprocess_test

import (
	"os"
	"testing"

	. "github.com/seed-f798aa80/createprocess"
)

// mayRaisePriority: a class above the creator's own needs CAP_SYS_NICE.
func mayRaisePriority(class CreationFlags) bool {
	return os.Geteuid() == 0 || class == IDLE_PRIORITY_CLASS || class == BELOW_NORMAL_PRIORITY_CLASS || class == NORMAL_PRIORITY_CLASS
}

func affinityAttribute(_ testing.TB, processor int) []Attribute {
	return []Attribute{{PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY, GroupAffinity{Mask: 1 << (processor % 64), Group: uint16(processor / 64)}}}
}
