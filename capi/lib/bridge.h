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

struct cp_entry {
	uint32_t pid, parent, threads, base_priority;
	char name[260];
};

#endif
