package exec_test

import (
	osexec "os/exec"
	"testing"

	"github.com/seed-f798aa80/createprocess/exec"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
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
	if leaktest.Race {
		t.Skip("the race detector makes pools forget")
	}
	path := nothing(t)
	n := testing.AllocsPerRun(100, func() {
		if err := exec.Command(path).Run(); err != nil {
			t.Fatal(err)
		}
	})
	if n > 16 {
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
