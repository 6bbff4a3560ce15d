package job

import (
	"strconv"
	"time"
)

// Accounting is JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION, and the peak of
// memory. What the system does not tell is in Unknown, and zero.
type Accounting struct {
	TotalUserTime   time.Duration
	TotalKernelTime time.Duration

	ActiveProcesses uint32

	// TotalProcesses is how many have been in the job so far. The Linux kernel
	// does not count them: there it is those that this program has created in
	// the job, assigned to it or seen in it.
	TotalProcesses uint32

	ReadOperations, WriteOperations uint64 // on Linux, those that reached a device
	ReadBytes, WriteBytes           uint64

	MemoryUsed        uint64 // bytes, now
	PeakJobMemoryUsed uint64 // bytes, of all processes at one time

	// Unknown names the fields that could not be had, with the reason.
	Unknown map[string]string
}

// Message is what a notification tells. The values are those of JOB_OBJECT_MSG_
// in winnt.h.
type Message uint32

const (
	JOB_OBJECT_MSG_END_OF_JOB_TIME       Message = 1
	JOB_OBJECT_MSG_END_OF_PROCESS_TIME   Message = 2
	JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT  Message = 3
	JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO   Message = 4
	JOB_OBJECT_MSG_NEW_PROCESS           Message = 6
	JOB_OBJECT_MSG_EXIT_PROCESS          Message = 7
	JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS Message = 8
	JOB_OBJECT_MSG_PROCESS_MEMORY_LIMIT  Message = 9
	JOB_OBJECT_MSG_JOB_MEMORY_LIMIT      Message = 10
	JOB_OBJECT_MSG_NOTIFICATION_LIMIT    Message = 11
)

var messageNames = map[Message]string{
	JOB_OBJECT_MSG_END_OF_JOB_TIME:       "JOB_OBJECT_MSG_END_OF_JOB_TIME",
	JOB_OBJECT_MSG_END_OF_PROCESS_TIME:   "JOB_OBJECT_MSG_END_OF_PROCESS_TIME",
	JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT:  "JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT",
	JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO:   "JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO",
	JOB_OBJECT_MSG_NEW_PROCESS:           "JOB_OBJECT_MSG_NEW_PROCESS",
	JOB_OBJECT_MSG_EXIT_PROCESS:          "JOB_OBJECT_MSG_EXIT_PROCESS",
	JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS: "JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS",
	JOB_OBJECT_MSG_PROCESS_MEMORY_LIMIT:  "JOB_OBJECT_MSG_PROCESS_MEMORY_LIMIT",
	JOB_OBJECT_MSG_JOB_MEMORY_LIMIT:      "JOB_OBJECT_MSG_JOB_MEMORY_LIMIT",
	JOB_OBJECT_MSG_NOTIFICATION_LIMIT:    "JOB_OBJECT_MSG_NOTIFICATION_LIMIT",
}

// String is the message's name in the SDK, or its number.
func (m Message) String() string {
	if name := messageNames[m]; name != "" {
		return name
	}
	return "message " + strconv.Itoa(int(m))
}

// Notification is something that has happened in a job.
type Notification struct {
	Message   Message
	ProcessID int // 0 where the message is about none
}

// Level is what a job is made of, the strongest first. docs/job.md says what
// each guarantees.
type Level uint8

const (
	// LevelSystem: a job object of Windows.
	LevelSystem Level = iota + 1
	// LevelCgroup: a cgroup. No process leaves it, whatever it does.
	LevelCgroup
	// LevelSubreaper: a walk over the tree, by a program that has called [Job.Adopt].
	// Every process is found as long as the program lives.
	LevelSubreaper
	// LevelMarker: a walk over the tree. A process whose parent has ended is found
	// by the variable CREATEPROCESS_JOB in its environment.
	LevelMarker
)

var levelNames = [...]string{LevelSystem: "system", LevelCgroup: "cgroup", LevelSubreaper: "subreaper", LevelMarker: "marker"}

// String is "system", "cgroup", "subreaper" or "marker".
func (l Level) String() string { return levelNames[l] }
