package procfile

import (
	"os"
	"path/filepath"
	"testing"
)

func TestNumber(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("7\nThreads:\t12\nRss:   40 kB\nName: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"": 7, "Threads:": 12, "Rss:": 40} {
		if got, err := Number(path, name); got != want || err != nil {
			t.Errorf("%q: %d, %v, want %d", name, got, err, want)
		}
	}
	for _, name := range []string{"Name:", "None:"} {
		if got, err := Number(path, name); err == nil {
			t.Errorf("%q: %d", name, got)
		}
	}
	if _, err := Number(path+"x", ""); err == nil {
		t.Error("no such file: no error")
	}
}
