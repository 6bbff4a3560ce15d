/* Handles that a child has with the values that they have here. The child's
 * descriptors come by the Go side's list; which handle is which descriptor comes
 * in a variable of the environment, that this library reads and removes when it
 * is loaded. An entry also says which file it is (device and inode), so that one
 * that has come by way of a program without this library, which has opened
 * something else there since, is passed over. */
#include "core.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VARIABLE "CREATEPROCESS_HANDLES"

char *cp_handle_table(const struct cp_inherited *list, const struct cp_file *files, size_t n)
{
	enum { ENTRY = 96 };
	char *table = malloc(sizeof VARIABLE + n * ENTRY + 1);
	size_t used = 0;
	if (table == NULL)
		return NULL;
	table[0] = 0;
	for (size_t i = 0; i < n; i++) {
		struct stat st;
		if (files[i].number < 0 || fstat(files[i].fd, &st) != 0)
			continue;
		used += (size_t)sprintf(table + used, "%s%x,%d,%llx,%llx,%x", used == 0 ? VARIABLE "=" : ";",
			(unsigned)(uintptr_t)list[i].handle, files[i].number,
			(unsigned long long)st.st_dev, (unsigned long long)st.st_ino, (unsigned)list[i].access);
	}
	return table;
}

static void adopt(unsigned handle, int fd, DWORD access)
{
	int own = fd;
	if (fd > 2)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	else
		own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	struct cp_object *o = own < 0 ? NULL : cp_new_object(CP_FILE);
	if (o == NULL)
		return;
	atomic_store(&o->fd, own);
	if (!cp_adopt((HANDLE)(uintptr_t)handle, o, access))
		cp_release(o);
}

__attribute__((constructor)) static void read_handle_table(void)
{
	char *table = secure_getenv(VARIABLE);
	if (table == NULL)
		return;
	for (char *entry = table, *rest; entry != NULL && *entry != 0; entry = rest) {
		unsigned handle, access;
		unsigned long long device, inode;
		int fd;
		struct stat st;
		rest = strchr(entry, ';');
		if (rest != NULL)
			*rest++ = 0;
		if (sscanf(entry, "%x,%d,%llx,%llx,%x", &handle, &fd, &device, &inode, &access) == 5 &&
		    fstat(fd, &st) == 0 && st.st_dev == device && st.st_ino == inode)
			adopt(handle, fd, access);
	}
	unsetenv(VARIABLE);
}
