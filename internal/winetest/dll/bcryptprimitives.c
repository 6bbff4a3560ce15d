/*
 * bcryptprimitives.dll for Wine 8, which has none: without it no Go program
 * starts there. The one function that Go's runtime calls fills memory with
 * random bytes; advapi32 does that under another name (RtlGenRandom).
 *
 *   x86_64-w64-mingw32-gcc -shared -o bcryptprimitives.dll bcryptprimitives.c -ladvapi32
 */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length)
{
	const ULONG most = 1 << 28;

	while (length > 0) {
		ULONG part = length > most ? most : (ULONG)length;

		if (!SystemFunction036(buffer, part))
			return FALSE;
		buffer += part;
		length -= part;
	}
	return TRUE;
}
