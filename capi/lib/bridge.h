/* What the C side (capi/core) and the Go side (capi/lib) of libcreateprocess
 * say to each other. Every function of the Go side answers a Win32 error code,
 * 0 for success; none of them blocks for long. */
#ifndef CREATEPROCESS_BRIDGE_H
#define CREATEPROCESS_BRIDGE_H

#include <stdint.h>

/* A descriptor that the child gets, and its number there. */
struct cp_file {
	int fd, number;
};

struct cp_create {
	const char *application, *command_line, *directory; /* UTF-8; NULL: not given */
	const char *path;                                   /* the creator's PATH */
	const char *const *environment;                     /* up to a NULL */
	const char *const *more_environment;                /* of ours, in front; or NULL */
	uint32_t flags, start_flags;
	uint32_t x_chars, y_chars;
	int inherit;
	int use_std;
	int std[3]; /* -1: the null device */
	const struct cp_file *files;
	int file_count;

	uint64_t affinity_mask; /* 0: not given */
	uint64_t mitigation;
	uint16_t affinity_group;
	uint8_t has_mitigation, has_child_policy, has_processor;
	uint32_t child_policy, processor;
	uintptr_t console; /* 0: not given */
	const uintptr_t *jobs;
	int job_count;

	/* As whom: neither of these, as the creator. */
	uintptr_t token;
	const char *user, *domain; /* CreateProcessWithLogonW */
	const void *password;
	uint32_t password_size, logon_flags;
	uint8_t own_environment; /* the user's, in the place of environment */

	const void *process_descriptor, *thread_descriptor; /* self-relative; NULL: the default */
	uint32_t process_descriptor_size, thread_descriptor_size;
};

struct cp_created {
	uint32_t pid, tid;
	uintptr_t process, thread;
};

/* FILETIMEs, all of them. */
struct cp_times {
	uint64_t creation, exit, kernel, user;
};

/* Of a job. Times are in units of 100 ns. */
struct cp_limits {
	uint32_t flags, active_processes, priority_class, scheduling_class;
	uint64_t process_time, job_time, minimum_working_set, maximum_working_set;
	uint64_t affinity, process_memory, job_memory;
};

struct cp_accounting {
	uint64_t user, kernel, reads, writes, read_bytes, written_bytes, peak_memory;
	uint32_t processes, active;
};

struct cp_cpu_rate {
	uint32_t flags, rate, weight;
	uint16_t minimum, maximum;
};

/* What comes through a completion port. */
struct cp_packet {
	uint32_t bytes;
	uintptr_t key, overlapped;
};

struct cp_entry {
	uint32_t pid, parent, threads, base_priority;
	char name[260];
};

#endif
