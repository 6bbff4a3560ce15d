package exec_test

import (
	osexec "os/exec"
	"testing"

	"github.com/seed-f798aa80/createprocess/exec"
)

func nothing(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("true")
	if err != nil {
		t.Skip("it needs true(1):", err)
	}
	return path
}

// TestAllocations holds what Run allocates, all in all; os/exec's needs 34.
func TestAllocations(t *testing.T) {
	path := nothing(t)
	n := testing.AllocsPerRun(100, func() {
		if err := exec.Command(path).Run(); err != nil {
			t.Fatal(err)
		}
	})
	if n > 16 { // one of them with the race detector only
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkRun(b *testing.B) {
	path := nothing(b)
	b.Run("exec", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := exec.Command(path).Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("os_exec", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := osexec.Command(path).Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
