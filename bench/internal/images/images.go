//go:build linux

// Package images compiles the programs in C that the benchmark and the soak
// spawn, and those that they are compared with (bench/peers).
//
//	path, err := images.Build(dir, images.Noop)
package images

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Image is a program: the name of its file, and how it is compiled.
type Image struct {
	name, source string
	flags        []string
}

var (
	static = []string{"-O2", "-static", "-nostdlib"}
	thread = []string{"-O2", "-std=gnu11", "-pthread"}

	Noop       = Image{"noop", "noop.c", static}                                         // does nothing
	Idle       = Image{"idle", "idle.c", static}                                         // lives until its input ends
	Output     = Image{"output", "output.c", static}                                     // writes 64 KiB
	PosixSpawn = Image{"posix_spawn", "posix_spawn.c", thread}                           // the peer in C
	Floor      = Image{"floor", "posix_spawn.c", append([]string{"-DFLOOR"}, thread...)} // the same with vfork
)

// Build compiles the image into dir and returns its path.
func Build(dir string, image Image) (path string, err error) {
	_, file, _, _ := runtime.Caller(0)
	source := filepath.Join(filepath.Dir(file), "..", "..", "peers", image.source)
	path = filepath.Join(dir, image.name)
	out, err := exec.Command("cc", append(image.flags, "-o", path, source)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("the images in C need a compiler (apt-get install gcc libc6-dev): %w\n%s", err, out)
	}
	return path, nil
}
