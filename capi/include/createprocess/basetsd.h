/* basetsd.h: the integers that have the same size everywhere, and those that
 * have a pointer's. A long of Windows has 32 bits, so there is no long below. */
#ifndef CREATEPROCESS_BASETSD_H
#define CREATEPROCESS_BASETSD_H

#include <stddef.h>

#ifdef __cplusplus
#define CREATEPROCESS_BEGIN extern "C" {
#define CREATEPROCESS_END }
#define CREATEPROCESS_NORETURN __attribute__((__noreturn__))
#else
#define CREATEPROCESS_BEGIN
#define CREATEPROCESS_END
#define CREATEPROCESS_NORETURN __attribute__((__noreturn__))
#endif

typedef signed char INT8, *PINT8;
typedef signed short INT16, *PINT16;
typedef signed int INT32, *PINT32;
__extension__ typedef signed long long INT64, *PINT64;
typedef unsigned char UINT8, *PUINT8;
typedef unsigned short UINT16, *PUINT16;
typedef unsigned int UINT32, *PUINT32;
__extension__ typedef unsigned long long UINT64, *PUINT64;
typedef signed int LONG32, *PLONG32;
typedef unsigned int ULONG32, *PULONG32;
typedef unsigned int DWORD32, *PDWORD32;
typedef INT64 LONG64, *PLONG64;
typedef UINT64 ULONG64, *PULONG64;
typedef UINT64 DWORD64, *PDWORD64;

/* The same types as size_t and ptrdiff_t, as they are on Windows. */
typedef __PTRDIFF_TYPE__ INT_PTR, *PINT_PTR;
typedef __SIZE_TYPE__ UINT_PTR, *PUINT_PTR;
typedef __PTRDIFF_TYPE__ LONG_PTR, *PLONG_PTR;
typedef __SIZE_TYPE__ ULONG_PTR, *PULONG_PTR;
typedef ULONG_PTR DWORD_PTR, *PDWORD_PTR;
typedef ULONG_PTR SIZE_T, *PSIZE_T;
typedef LONG_PTR SSIZE_T, *PSSIZE_T;
typedef ULONG_PTR KAFFINITY, *PKAFFINITY;
#if __SIZEOF_POINTER__ == 8
typedef unsigned int UHALF_PTR, *PUHALF_PTR;
typedef int HALF_PTR, *PHALF_PTR;
#else
typedef unsigned short UHALF_PTR, *PUHALF_PTR;
typedef short HALF_PTR, *PHALF_PTR;
#endif

#define MAXUINT_PTR (~((UINT_PTR)0))
#define MAXINT_PTR ((INT_PTR)(MAXUINT_PTR >> 1))
#define MININT_PTR (~MAXINT_PTR)
#define MAXULONG_PTR (~((ULONG_PTR)0))
#define MAXLONG_PTR ((LONG_PTR)(MAXULONG_PTR >> 1))
#define MINLONG_PTR (~MAXLONG_PTR)
#define MAXUINT8 ((UINT8)~((UINT8)0))
#define MAXINT8 ((INT8)(MAXUINT8 >> 1))
#define MININT8 ((INT8)~MAXINT8)
#define MAXUINT16 ((UINT16)~((UINT16)0))
#define MAXINT16 ((INT16)(MAXUINT16 >> 1))
#define MININT16 ((INT16)~MAXINT16)
#define MAXUINT32 ((UINT32)~((UINT32)0))
#define MAXINT32 ((INT32)(MAXUINT32 >> 1))
#define MININT32 ((INT32)~MAXINT32)
#define MAXUINT64 ((UINT64)~((UINT64)0))
#define MAXINT64 ((INT64)(MAXUINT64 >> 1))
#define MININT64 ((INT64)~MAXINT64)
#define MAXULONG32 ((ULONG32)~((ULONG32)0))
#define MAXLONG32 ((LONG32)(MAXULONG32 >> 1))
#define MAXSIZE_T ((SIZE_T)~((SIZE_T)0))
#define MAXSSIZE_T ((SSIZE_T)(MAXSIZE_T >> 1))

#define HandleToULong(h) ((ULONG)(ULONG_PTR)(h))
#define HandleToUlong(h) ((ULONG)(ULONG_PTR)(h))
#define HandleToLong(h) ((LONG)(LONG_PTR)(h))
#define ULongToHandle(n) ((HANDLE)(ULONG_PTR)(n))
#define UlongToHandle(n) ((HANDLE)(ULONG_PTR)(n))
#define LongToHandle(n) ((HANDLE)(LONG_PTR)(n))
#define PtrToUlong(p) ((ULONG)(ULONG_PTR)(p))
#define PtrToULong(p) ((ULONG)(ULONG_PTR)(p))
#define PtrToLong(p) ((LONG)(LONG_PTR)(p))
#define PtrToUint(p) ((UINT)(UINT_PTR)(p))
#define PtrToInt(p) ((INT)(INT_PTR)(p))
#define UlongToPtr(n) ((void *)(ULONG_PTR)(n))
#define ULongToPtr(n) ((void *)(ULONG_PTR)(n))
#define LongToPtr(n) ((void *)(LONG_PTR)(n))
#define UIntToPtr(n) ((void *)(UINT_PTR)(n))
#define UintToPtr(n) ((void *)(UINT_PTR)(n))
#define IntToPtr(n) ((void *)(INT_PTR)(n))

#endif
