//go:build !linux

// Command stdtest is for Linux only.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "stdtest: it runs on Linux only")
	os.Exit(1)
}
