//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// disk loads what the kernel needs for the disk, which vm/run has numbered, and
// mounts its partition where temporary files are kept that last.
func disk() error {
	modules, err := filepath.Glob("/modules/*.ko")
	if err != nil {
		return err
	}
	for _, path := range modules {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		err = unix.FinitModule(int(f.Fd()), "", 0)
		f.Close()
		if err != nil {
			return fmt.Errorf("load %s: %w", path, err)
		}
	}
	if err := unix.Mount("/dev/vda1", "/var/tmp", "ext4", 0, ""); err != nil {
		return fmt.Errorf("mount /dev/vda1: %w", err)
	}
	return os.Chmod("/var/tmp", 0o1777)
}
