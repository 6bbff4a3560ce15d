package job

import "github.com/seed-f798aa80/createprocess/internal/cgroupfs"

// limitEvents are what the kernel counts.
var limitEvents = []struct {
	message   Message
	file, key string
}{
	{JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT, "pids.events", "max"},
	{JOB_OBJECT_MSG_JOB_MEMORY_LIMIT, "memory.events", "max"},
}

// readCounts tells of those that have grown. The file that counts may be missing,
// as its controller is.
func (s *subscription) readCounts(tell func(Message, int)) {
	for _, e := range limitEvents {
		text, err := s.object.cgroup.Read(e.file)
		if err != nil {
			continue
		}
		n := cgroupfs.ParseFlat(text)[e.key]
		if n > s.counts[e.message] && tell != nil {
			tell(e.message, 0)
		}
		s.counts[e.message] = n
	}
}
