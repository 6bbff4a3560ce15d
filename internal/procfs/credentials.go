//go:build linux

package procfs

import (
	"fmt"
	"strconv"
	"strings"
)

// Credentials are who a process is, by its status file: the real, effective,
// saved and file system numbers.
type Credentials struct {
	UID, GID                     [4]uint32
	Groups                       []uint32
	Inheritable, Permitted       uint64
	Effective, Bounding, Ambient uint64
	NoNewPrivs                   bool
}

// Credentials reads who the process is.
func (p Process) Credentials() (Credentials, error) {
	text, err := p.buffer.read(p.fd, []byte("status\x00"))
	if err != nil {
		return Credentials{}, err
	}
	return parseCredentials(string(text))
}

func parseCredentials(text string) (c Credentials, err error) {
	keep := func(e error) {
		if err == nil {
			err = e
		}
	}
	seen := 0
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		fields := strings.Fields(value)
		switch name {
		case "Uid", "Gid", "Groups":
			seen++
			var numbers []uint32
			for _, f := range fields {
				n, e := strconv.ParseUint(f, 10, 32)
				keep(e)
				numbers = append(numbers, uint32(n))
			}
			switch {
			case name == "Groups":
				c.Groups = numbers
			case len(numbers) != 4:
				keep(fmt.Errorf("%s has %d numbers", name, len(numbers)))
			case name == "Uid":
				c.UID = [4]uint32(numbers)
			default:
				c.GID = [4]uint32(numbers)
			}
		case "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb":
			seen++
			n, e := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
			keep(e)
			*map[string]*uint64{"CapInh": &c.Inheritable, "CapPrm": &c.Permitted, "CapEff": &c.Effective, "CapBnd": &c.Bounding, "CapAmb": &c.Ambient}[name] = n
		case "NoNewPrivs":
			c.NoNewPrivs = strings.TrimSpace(value) == "1"
		}
	}
	if seen < 8 {
		keep(fmt.Errorf("status has %d of the 8 lines about credentials", seen))
	}
	return c, err
}
