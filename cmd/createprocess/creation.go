package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/seed-f798aa80/createprocess"
)

// creation is the flags of run that say how the process is created.
type creation struct {
	suspended, newGroup, noWindow bool
	priority, affinity            string
	noNewPrivileges, noChildren   bool
	sddl                          string
}

func (c *creation) register(f *pflag.FlagSet) {
	f.BoolVar(&c.suspended, "suspended", false, "create it suspended: 'createprocess resume PID' lets it run")
	f.BoolVar(&c.newGroup, "new-group", false, "in a process group of its own")
	f.BoolVar(&c.noWindow, "no-window", false, "without a console window: its standard files are the null device unless given")
	f.StringVar(&c.priority, "priority", "", "its priority `CLASS`: "+strings.Join(slices.Sorted(maps.Keys(priorityFlags)), ", "))
	f.StringVar(&c.affinity, "affinity", "", "the processors it may run on, `CPUS`: numbers and ranges such as 0-3,6")
	f.BoolVar(&c.noNewPrivileges, "no-new-privileges", false, "set-user-ID images give it no privileges; Linux")
	registerSDDL(f, &c.sddl)
	f.BoolVar(&c.noChildren, "no-children", false, "it may make threads, but no processes")
}

func registerSDDL(f *pflag.FlagSet, sddl *string) {
	f.StringVar(sddl, "sddl", "", "the process's security descriptor, `SDDL`: who may open it, for what")
}

// protect gives p the security descriptor.
func protect(p *createprocess.Params, sddl string) error {
	if sddl == "" {
		return nil
	}
	attributes, err := createprocess.SecurityAttributesFromSDDL(sddl, false)
	if e := (*createprocess.Error)(nil); errors.As(err, &e) {
		return fmt.Errorf("--sddl: %w", e.Err)
	}
	p.ProcessAttributes = attributes
	return nil
}

var priorityFlags = map[string]createprocess.CreationFlags{
	"idle":         createprocess.IDLE_PRIORITY_CLASS,
	"below-normal": createprocess.BELOW_NORMAL_PRIORITY_CLASS,
	"normal":       createprocess.NORMAL_PRIORITY_CLASS,
	"above-normal": createprocess.ABOVE_NORMAL_PRIORITY_CLASS,
	"high":         createprocess.HIGH_PRIORITY_CLASS,
	"realtime":     createprocess.REALTIME_PRIORITY_CLASS,
}

// apply puts the flags into p.
func (c *creation) apply(p *createprocess.Params) error {
	for flag, on := range map[createprocess.CreationFlags]bool{
		createprocess.CREATE_SUSPENDED:         c.suspended,
		createprocess.CREATE_NEW_PROCESS_GROUP: c.newGroup,
		createprocess.CREATE_NO_WINDOW:         c.noWindow,
	} {
		if on {
			p.CreationFlags |= flag
		}
	}
	if c.priority != "" {
		class, ok := priorityFlags[c.priority]
		if !ok {
			return fmt.Errorf("--priority %q: it is one of %s", c.priority, strings.Join(slices.Sorted(maps.Keys(priorityFlags)), ", "))
		}
		p.CreationFlags |= class
	}
	if err := protect(p, c.sddl); err != nil {
		return err
	}
	add := func(key createprocess.AttributeKey, value any) {
		p.StartupInfo.Attributes = append(p.StartupInfo.Attributes, createprocess.Attribute{Key: key, Value: value})
	}
	if c.affinity != "" {
		group, err := parseAffinity(c.affinity)
		if err != nil {
			return err
		}
		add(createprocess.PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY, group)
	}
	if c.noNewPrivileges {
		add(createprocess.PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY, createprocess.MitigationPolicy{NoNewPrivileges: true})
	}
	if c.noChildren {
		add(createprocess.PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY, createprocess.PROCESS_CREATION_CHILD_PROCESS_RESTRICTED)
	}
	return nil
}

// parseAffinity reads numbers and ranges, all of one group of 64 processors.
func parseAffinity(text string) (createprocess.GroupAffinity, error) {
	var mask uint64
	group := -1
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err := strconv.ParseUint(first, 10, 16)
		to, err2 := strconv.ParseUint(last, 10, 16)
		if err != nil || err2 != nil || from > to {
			return createprocess.GroupAffinity{}, fmt.Errorf("--affinity %q: %q is neither a processor's number nor a range", text, part)
		}
		if group < 0 {
			group = int(from / 64)
		}
		if int(from/64) != group || int(to/64) != group {
			return createprocess.GroupAffinity{}, fmt.Errorf("--affinity %q: the processors are not of one group of 64 (0-63, 64-127, …)", text)
		}
		mask |= ^uint64(0) >> (63 - to%64) &^ (1<<(from%64) - 1)
	}
	return createprocess.GroupAffinity{Mask: mask, Group: uint16(group)}, nil
}
