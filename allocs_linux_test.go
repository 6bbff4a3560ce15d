package createprocess_test

import (
	"context"
	osexec "os/exec"
	"testing"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
)

// nothing is an image that does nothing.
func nothing(t testing.TB) string {
	t.Helper()
	path, err := osexec.LookPath("true")
	if err != nil {
		t.Skip("it needs true(1):", err)
	}
	return path
}

// spawnOnce creates a process, waits for it and closes its handles.
func spawnOnce(t testing.TB, p *createprocess.Params) {
	pi, err := createprocess.CreateProcess(*p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pi.Process.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := pi.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestAllocations holds what a spawn allocates, all in all; os/exec needs 34. It
// matters because the caches are cold after a spawn.
func TestAllocations(t *testing.T) {
	if leaktest.Race {
		t.Skip("the race detector makes pools forget")
	}
	p := &createprocess.Params{ApplicationName: nothing(t)}
	if n := testing.AllocsPerRun(100, func() { spawnOnce(t, p) }); n > 10 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSpawn(b *testing.B) {
	b.Run("createprocess", func(b *testing.B) {
		p := &createprocess.Params{ApplicationName: nothing(b)}
		b.ReportAllocs()
		for b.Loop() {
			spawnOnce(b, p)
		}
	})
	b.Run("os_exec", func(b *testing.B) {
		path := nothing(b)
		b.ReportAllocs()
		for b.Loop() {
			if err := osexec.Command(path).Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
