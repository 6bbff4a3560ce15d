/* What the files about tokens and security descriptors share. */
#ifndef CREATEPROCESS_CORE_TOKEN_H
#define CREATEPROCESS_CORE_TOKEN_H

#include "core.h"
#include "../lib/token_bridge.h"

/* token.c */
bool cp_new_token(uintptr_t id, DWORD access, const SECURITY_ATTRIBUTES *attributes, SECURITY_IMPERSONATION_LEVEL level, TOKEN_TYPE type, HANDLE *out);

/* sddl.c */
void *cp_descriptor(PSECURITY_DESCRIPTOR descriptor, uint32_t *size); /* self-relative, to be freed; NULL: the last error says why */

#endif
