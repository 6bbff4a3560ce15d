package job

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// cpuPeriod is that of cpu.max, in microseconds.
const cpuPeriod = 100_000

func cpus(n float64) CPURateControl {
	rate := math.Round(n / float64(runtime.NumCPU()) * 10000)
	return CPURateControl{
		Flags:   JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP,
		CPURate: uint32(min(max(rate, 1), 10000)),
	}
}

func (o *object) setCPURate(op string, c CPURateControl) error {
	const hard, weight, pair = JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP, JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED, JOB_OBJECT_CPU_RATE_CONTROL_MIN_MAX_RATE
	quota, share := "max", "100"
	rate := uint32(0)
	switch {
	case c.Flags&JOB_OBJECT_CPU_RATE_CONTROL_NOTIFY != 0:
		return unsupported(op, "JOB_OBJECT_CPU_RATE_CONTROL_NOTIFY", "Linux does not have it")
	case c.Flags == 0:
	case c.Flags&pair != 0 && c.MinRate != 0:
		return unsupported(op, "MinRate", "Linux does not have it")
	case c.Flags&pair != 0:
		rate = uint32(c.MaxRate)
	case c.Flags&weight != 0:
		share = strconv.Itoa(int(c.Weight) * 20) // 5 is the kernel's 100
	case c.Flags&hard == 0:
		return unsupported(op, "CPURate", "on Linux a cap is hard: JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP")
	default:
		rate = c.CPURate
	}
	if rate != 0 {
		// The kernel takes no quota below a millisecond.
		quota = strconv.Itoa(max(int(rate)*runtime.NumCPU()*cpuPeriod/10000, 1000))
	}
	if err := o.need(op, "CPURate", "cpu"); err != nil {
		return err
	}
	return wrap(op, o.name, o.change(func(s *state) error {
		if err := o.cgroup.Write("cpu.max", quota+" "+strconv.Itoa(cpuPeriod)); err != nil {
			return err
		}
		if err := o.cgroup.Write("cpu.weight", share); err != nil {
			return err
		}
		s.CPU = c
		return nil
	}))
}

func (o *object) cpuRate(op string) (CPURateControl, error) {
	s, err := readState(o.file)
	if err != nil {
		return CPURateControl{}, wrap(op, o.name, err)
	}
	return s.CPU, nil
}

func (o *object) setIORate(op string, c IORateControl) error {
	if err := o.need(op, "MaxBandwidth", "io"); err != nil {
		return err
	}
	device, err := deviceOf(c.VolumeName)
	if err != nil {
		return wrap(op, c.VolumeName, err)
	}
	limit := func(n uint64) string {
		if n == 0 {
			return "max"
		}
		return strconv.FormatUint(n, 10)
	}
	line := fmt.Sprintf("%s rbps=%s wbps=%[2]s riops=%s wiops=%[3]s", device, limit(c.MaxBandwidth), limit(c.MaxIops))
	return wrap(op, o.name, o.cgroup.Write("io.max", line))
}

// deviceOf is the number of the disk that a path is on, or is.
func deviceOf(path string) (string, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return "", &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	dev := st.Dev
	if st.Mode&unix.S_IFMT == unix.S_IFBLK {
		dev = st.Rdev
	}
	number := fmt.Sprintf("%d:%d", unix.Major(dev), unix.Minor(dev))
	// The kernel limits disks, not their partitions.
	sys := "/sys/dev/block/" + number
	if _, err := os.Stat(sys + "/partition"); err == nil {
		whole, err := os.ReadFile(sys + "/../dev")
		return string(slices.DeleteFunc(whole, func(b byte) bool { return b == '\n' })), err
	}
	if _, err := os.Stat(sys); err != nil {
		return "", &fs.PathError{Op: "find the disk of", Path: path, Err: syscall.ENOTBLK}
	}
	return number, nil
}
