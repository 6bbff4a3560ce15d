/* What the C side (capi/core) and the Go side (capi/lib) say to each other about
 * tokens, SIDs and security descriptors. As in bridge.h every function of the Go
 * side answers a Win32 error code. What it answers besides is for the caller to
 * free. */
#ifndef CREATEPROCESS_TOKEN_BRIDGE_H
#define CREATEPROCESS_TOKEN_BRIDGE_H

#include <stdint.h>

enum { CP_SID_SIZE = 68 }; /* SECURITY_MAX_SID_SIZE */

struct cp_group {
	uint8_t sid[CP_SID_SIZE];
	uint32_t attributes;
};

struct cp_privilege {
	uint32_t id, attributes;
};

/* What a token says of itself. */
struct cp_token {
	struct cp_group user, owner, group; /* the last two have no attributes */
	struct cp_group *groups, *restricted;
	struct cp_privilege *privileges;
	uint32_t group_count, restricted_count, privilege_count;
	uint8_t *descriptor; /* the default one, self-relative */
	uint32_t descriptor_size;
	uint8_t elevated;
};

struct cp_restriction {
	uint32_t flags;
	const struct cp_group *disable, *restrict_to;
	const struct cp_privilege *remove;
	uint32_t disable_count, restrict_count, remove_count;
};

struct cp_check {
	const void *descriptor; /* self-relative */
	uint32_t descriptor_size;
	uint32_t desired;
	uint32_t mapping[4];
	uint32_t granted, ok;
	struct cp_privilege used[2]; /* without which it would not be granted */
	uint32_t used_count;
};

#endif
