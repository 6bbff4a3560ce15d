package createprocess_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/seed-f798aa80/createprocess"
)

func entry(t testing.TB, pid int) (ProcessEntry, bool) {
	t.Helper()
	entries, err := Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	var found []ProcessEntry
	for _, e := range entries {
		if e.ProcessID == pid {
			found = append(found, e)
		}
	}
	switch len(found) {
	case 0:
		return ProcessEntry{}, false
	case 1:
		return found[0], true
	}
	t.Fatalf("process %d is there more than once: %+v", pid, found)
	panic("unreachable")
}

// TestSnapshot: semantics row "CreateToolhelp32Snapshot".
func TestSnapshot(t *testing.T) {
	own, ok := entry(t, os.Getpid())
	if !ok || own.ParentProcessID != os.Getppid() || own.Threads < 2 || !strings.EqualFold(own.ExeFile, filepath.Base(self(t))) {
		t.Errorf("this process: %+v, %v", own, ok)
	}
	pi, stop := running(t)
	child, ok := entry(t, pi.ProcessID)
	if !ok || child.ParentProcessID != os.Getpid() || child.Threads < 1 || child.BasePriority != own.BasePriority || child.ExeFile != own.ExeFile {
		t.Errorf("a child: %+v, %v; this process: %+v", child, ok, own)
	}
	stop()
	wait(t, pi)
	pi.Close()
	if child, ok := entry(t, pi.ProcessID); ok && child.Threads > 0 {
		t.Errorf("a child that has ended: %+v", child)
	}
}

// BenchmarkSnapshot looks at what happens to run on the machine.
func BenchmarkSnapshot(b *testing.B) {
	entries, err := Snapshot()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Snapshot(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(entries)), "processes")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(entries)), "ns/process")
}
