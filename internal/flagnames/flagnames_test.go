package flagnames

import "testing"

func TestTable(t *testing.T) {
	type flags uint32
	table := Table[flags]{{4, "FOUR"}, {1, "ONE"}}
	for f, want := range map[flags]string{0: "0x0", 1: "ONE", 5: "FOUR|ONE", 2: "0x2", 0x80000005: "FOUR|ONE|0x80000000"} {
		if got := table.String(f); got != want {
			t.Errorf("%#x: %q, want %q", uint32(f), got, want)
		}
	}
	if table.All() != 5 {
		t.Errorf("all: %#x", uint32(table.All()))
	}
}
