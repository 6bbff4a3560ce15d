/* stringapiset.h: texts from one encoding to the other. */
#ifndef CREATEPROCESS_STRINGAPISET_H
#define CREATEPROCESS_STRINGAPISET_H

#include <winnls.h>

CREATEPROCESS_BEGIN
int WINAPI MultiByteToWideChar(UINT codePage, DWORD flags, LPCCH bytes, int size, LPWSTR wide, int capacity);
int WINAPI WideCharToMultiByte(UINT codePage, DWORD flags, LPCWCH wide, int size, LPSTR bytes, int capacity, LPCCH fallback, LPBOOL usedFallback);
int WINAPI CompareStringOrdinal(LPCWCH a, int sizeA, LPCWCH b, int sizeB, BOOL ignoreCase);
CREATEPROCESS_END

#endif
