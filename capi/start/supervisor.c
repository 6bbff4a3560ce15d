/* The program that ends the jobs of one that has been killed: lib/createprocess/
 * job-supervisor. All of it is in the library: the Go side, which begins with the
 * first call that needs it, sees by the arguments what it is started for, and does
 * not come back. Nobody but the library starts it. */
#include <stdio.h>
#include <windows.h>

int main(void)
{
	OpenProcess(SYNCHRONIZE, FALSE, 0);
	fputs("job-supervisor: libcreateprocess starts it\n", stderr);
	return 2;
}
