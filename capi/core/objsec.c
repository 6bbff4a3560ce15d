/* The security descriptors of processes and of their primary threads. What they
 * are and who may see and change them is the Go side's. */
#include "token.h"

#include <aclapi.h>

#include <stdlib.h>
#include <string.h>

extern uint32_t cpgo_get_descriptor(uintptr_t id, uint32_t what, uint8_t **out, uint32_t *size);
extern uint32_t cpgo_set_descriptor(uintptr_t id, uint32_t what, const void *descriptor, uint32_t size);

/* The descriptor, to be freed. */
static DWORD read_descriptor(HANDLE object, SECURITY_INFORMATION what, uint8_t **out, uint32_t *size)
{
	struct cp_object *o = cp_get(object, CP_ANY, NULL);
	if (o == NULL)
		return ERROR_INVALID_HANDLE;
	uint32_t code = ERROR_NOT_SUPPORTED; /* no other object has one */
	if ((o->kind & CP_REMOTE) && (code = cp_remote(o)) == 0)
		CP_GO(code, cpgo_get_descriptor(o->go, what, out, size));
	cp_release(o);
	return code;
}

static DWORD write_descriptor(HANDLE object, SECURITY_INFORMATION what, PSECURITY_DESCRIPTOR descriptor)
{
	struct cp_object *o = cp_get(object, CP_ANY, NULL);
	if (o == NULL)
		return ERROR_INVALID_HANDLE;
	uint32_t code = ERROR_NOT_SUPPORTED, size = 0;
	if (o->kind & CP_REMOTE) {
		void *bytes = cp_descriptor(descriptor, &size);
		code = bytes == NULL ? GetLastError() : cp_remote(o);
		if (code == 0)
			CP_GO(code, cpgo_set_descriptor(o->go, what, bytes, size));
		free(bytes);
	}
	cp_release(o);
	return code;
}

BOOL WINAPI GetKernelObjectSecurity(HANDLE object, SECURITY_INFORMATION what, PSECURITY_DESCRIPTOR descriptor, DWORD size, LPDWORD needed)
{
	if (needed == NULL)
		return cp_fail(ERROR_NOACCESS);
	uint8_t *bytes = NULL;
	uint32_t n = 0;
	DWORD code = read_descriptor(object, what, &bytes, &n);
	if (code == 0) {
		*needed = n;
		if (descriptor == NULL || size < n)
			code = ERROR_INSUFFICIENT_BUFFER;
		else
			memcpy(descriptor, bytes, n);
	}
	free(bytes);
	return cp_done(code);
}

BOOL WINAPI SetKernelObjectSecurity(HANDLE object, SECURITY_INFORMATION what, PSECURITY_DESCRIPTOR descriptor)
{
	return cp_done(write_descriptor(object, what, descriptor));
}

DWORD WINAPI GetSecurityInfo(HANDLE object, SE_OBJECT_TYPE kind, SECURITY_INFORMATION what, PSID *owner, PSID *group, PACL *dacl, PACL *sacl,
	PSECURITY_DESCRIPTOR *descriptor)
{
	if (kind != SE_KERNEL_OBJECT)
		return ERROR_NOT_SUPPORTED;
	if (descriptor == NULL)
		return ERROR_INVALID_PARAMETER; /* what the others point into must be somebody's to free */
	uint8_t *bytes = NULL;
	uint32_t n = 0;
	DWORD code = read_descriptor(object, what, &bytes, &n);
	if (code != 0)
		return code;
	PSECURITY_DESCRIPTOR out = LocalAlloc(LMEM_FIXED, n);
	if (out != NULL)
		memcpy(out, bytes, n);
	free(bytes);
	if (out == NULL)
		return ERROR_NOT_ENOUGH_MEMORY;
	BOOL present, defaulted;
	if (owner != NULL && (what & OWNER_SECURITY_INFORMATION))
		GetSecurityDescriptorOwner(out, owner, &defaulted);
	if (group != NULL && (what & GROUP_SECURITY_INFORMATION))
		GetSecurityDescriptorGroup(out, group, &defaulted);
	if (dacl != NULL && (what & DACL_SECURITY_INFORMATION)) {
		*dacl = NULL;
		GetSecurityDescriptorDacl(out, &present, dacl, &defaulted);
	}
	if (sacl != NULL && (what & SACL_SECURITY_INFORMATION)) {
		*sacl = NULL;
		GetSecurityDescriptorSacl(out, &present, sacl, &defaulted);
	}
	*descriptor = out;
	return 0;
}

DWORD WINAPI SetSecurityInfo(HANDLE object, SE_OBJECT_TYPE kind, SECURITY_INFORMATION what, PSID owner, PSID group, PACL dacl, PACL sacl)
{
	if (kind != SE_KERNEL_OBJECT)
		return ERROR_NOT_SUPPORTED;
	SECURITY_DESCRIPTOR d;
	InitializeSecurityDescriptor(&d, SECURITY_DESCRIPTOR_REVISION);
	if (what & OWNER_SECURITY_INFORMATION)
		SetSecurityDescriptorOwner(&d, owner, FALSE);
	if (what & GROUP_SECURITY_INFORMATION)
		SetSecurityDescriptorGroup(&d, group, FALSE);
	if (what & DACL_SECURITY_INFORMATION)
		SetSecurityDescriptorDacl(&d, TRUE, dacl, FALSE);
	if (what & SACL_SECURITY_INFORMATION)
		SetSecurityDescriptorSacl(&d, TRUE, sacl, FALSE);
	return write_descriptor(object, what, &d);
}
