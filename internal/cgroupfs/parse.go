//go:build linux

package cgroupfs

import (
	"errors"
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"
)

// ErrFormat is wrapped by the error about a text that is not as cgroups(7) and
// the kernel's cgroup-v2.rst say.
var ErrFormat = errors.New("not the format that the kernel's cgroup-v2 page describes")

// Max is how the kernel's "max", no limit, reads as a number.
const Max = math.MaxUint64

// ParseFlat reads lines of a key and a number: cgroup.events, memory.events,
// pids.events, cpu.stat. Lines of another kind, which a later kernel may have,
// are passed over.
func ParseFlat(text string) map[string]uint64 {
	values := make(map[string]uint64)
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if n, err := strconv.ParseUint(value, 10, 64); ok && err == nil {
			values[key] = n
		}
	}
	return values
}

// ParseNested adds up lines of a device and key=number pairs: io.stat.
func ParseNested(text string) map[string]uint64 {
	sums := make(map[string]uint64)
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		for i, word := range words {
			key, value, ok := strings.Cut(word, "=")
			if n, err := strconv.ParseUint(value, 10, 64); i > 0 && ok && err == nil {
				sums[key] += n
			}
		}
	}
	return sums
}

// ParseMax reads a number or "max": memory.max, pids.max.
func ParseMax(text string) (uint64, error) {
	text = strings.TrimSpace(text)
	if text == "max" {
		return Max, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q: %w", text, ErrFormat)
	}
	return n, nil
}

// ParsePIDs reads cgroup.procs. A process that is outside of the caller's pid
// namespace is a 0 there, and is left out.
func ParsePIDs(text string) ([]int, error) {
	var pids []int
	for _, word := range strings.Fields(text) {
		n, err := strconv.ParseInt(word, 10, 32)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("cgroup.procs: %q: %w", word, ErrFormat)
		}
		if n > 0 {
			pids = append(pids, int(n))
		}
	}
	return pids, nil
}

// maxCPU is above what any kernel is built for.
const maxCPU = 1 << 16

// ParseCPUs reads a list such as "0-3,7": cpuset.cpus.
func ParseCPUs(text string) ([]int, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	var list []int
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		first, err := strconv.ParseUint(from, 10, 31)
		last := first
		if err == nil && isRange {
			last, err = strconv.ParseUint(to, 10, 31)
		}
		if err != nil || last < first || last >= maxCPU {
			return nil, fmt.Errorf("processors %q: %w", part, ErrFormat)
		}
		for n := first; n <= last; n++ {
			list = append(list, int(n))
			if len(list) > maxCPU {
				return nil, fmt.Errorf("processors: too many: %w", ErrFormat)
			}
		}
	}
	return list, nil
}

// FormatCPUs is the list as cpuset.cpus takes it.
func FormatCPUs(list []int) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ",")
}

// ParseOwn is the process's cgroup of version 2 in /proc/PID/cgroup.
func ParseOwn(text string) (path string, ok bool) {
	for line := range strings.Lines(text) {
		if path, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::"); ok {
			// The kernel says so of one that has been removed.
			path = strings.TrimSuffix(path, " (deleted)")
			return path, strings.HasPrefix(path, "/")
		}
	}
	return "", false
}

// A Mount is where a cgroup file system of version 2 is mounted.
type Mount struct {
	Root string // the cgroup that is mounted
	Dir  string // where
}

// ParseMounts finds them in /proc/PID/mountinfo.
func ParseMounts(text string) []Mount {
	var mounts []Mount
	for line := range strings.Lines(text) {
		before, after, ok := strings.Cut(line, " - ")
		kind, _, _ := strings.Cut(after, " ")
		words := strings.Fields(before)
		if ok && kind == "cgroup2" && len(words) >= 5 {
			mounts = append(mounts, Mount{unescape(words[3]), unescape(words[4])})
		}
	}
	return mounts
}

// Find is the directory of a cgroup, if one of the mounts has it.
func Find(mounts []Mount, cgroup string) (dir string, mount Mount, ok bool) {
	for _, m := range mounts {
		rest, inside := cgroup, true
		if m.Root != "/" {
			rest, inside = strings.CutPrefix(cgroup, m.Root)
		}
		if inside && (rest == "" || rest[0] == '/') && !strings.HasPrefix(cgroup, "/..") {
			return path.Join(m.Dir, rest), m, true
		}
	}
	return "", Mount{}, false
}

// unescape undoes mountinfo's \040 for a blank, and its like.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
