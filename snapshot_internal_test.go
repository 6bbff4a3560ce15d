package createprocess

import (
	"errors"
	"os"
	"testing"
	"time"
)

// TestEntryOfAnother: the number of an entry that is another process's now.
func TestEntryOfAnother(t *testing.T) {
	entries, err := Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.ProcessID != os.Getpid() {
			continue
		}
		e.start = before(e.start)
		if p, err := e.Open(SYNCHRONIZE, false); !errors.Is(err, ERROR_INVALID_PARAMETER) {
			t.Errorf("%v, %v", p, err)
		}
	}
}

// before is the mark of a process that was there an hour earlier.
func before[T time.Time | time.Duration](mark T) T {
	switch m := any(mark).(type) {
	case time.Time:
		return any(m.Add(-time.Hour)).(T)
	case time.Duration:
		return any(m - time.Hour).(T)
	}
	return mark
}
