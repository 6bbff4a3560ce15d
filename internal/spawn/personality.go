//go:build linux

package spawn

import "golang.org/x/sys/unix"

// randomLayout is the creator's personality without ADDR_NO_RANDOMIZE.
func randomLayout() uintptr {
	const (
		query           = 0xffffffff
		addrNoRandomize = 0x0040000
	)
	current, _, _ := unix.RawSyscall(unix.SYS_PERSONALITY, query, 0, 0)
	return current &^ addrNoRandomize
}
