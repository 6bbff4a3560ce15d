package main

import (
	"math/rand/v2"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/leaktest"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Main(m)) }

// TestExceeds: each thing that may be left is found.
func TestExceeds(t *testing.T) {
	before := state{descriptors: 10, goroutines: 1, threads: 8, memory: 5000}
	if err := before.exceeds(before); err != nil {
		t.Error(err)
	}
	for name, after := range map[string]state{
		"descriptors": {descriptors: 11, goroutines: 1, threads: 8, memory: 5000},
		"goroutines":  {descriptors: 10, goroutines: 2, threads: 8, memory: 5000},
		"threads":     {descriptors: 10, goroutines: 1, threads: 8 + moreThreads + 1, memory: 5000},
		"memory":      {descriptors: 10, goroutines: 1, threads: 8, memory: 5000 + moreMemory + 1},
		"children":    {descriptors: 10, goroutines: 1, threads: 8, memory: 5000, children: 1},
	} {
		if after.exceeds(before) == nil {
			t.Errorf("more %s: not found", name)
		}
	}
}

// TestTake counts what is there: a descriptor more is one more.
func TestTake(t *testing.T) {
	before, err := take()
	if err != nil {
		t.Fatal(err)
	}
	if before.goroutines < 1 || before.threads < 1 || before.memory < 1 || before.descriptors < 3 {
		t.Errorf("%v", before)
	}
	fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	after, err := take()
	unix.Close(fd)
	if err != nil || after.descriptors != before.descriptors+1 {
		t.Errorf("%v, %v, before %v", after, err, before)
	}
}

// TestWays goes each way once; a child that somebody leaves is counted.
func TestWays(t *testing.T) {
	f, err := newFixture(t.TempDir())
	if err != nil {
		t.Skip(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, w := range ways {
		if made, err := w.spawn(f, random); err != nil || made < 1 {
			t.Errorf("%s: %d, %v", w.name, made, err)
		}
	}
	pid, err := syscall.ForkExec(f.noop, []string{"noop"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	now, err := take()
	if err != nil || now.children < 1 {
		t.Errorf("a child of package syscall: %v, %v", now, err)
	}
	unix.Wait4(pid, nil, 0, nil)
}
