/* minwindef.h: the basic types and the words that Windows sources are written
 * in. Sizes and signs are those of 64-bit Windows; see docs/c.md for why DWORD
 * is an unsigned int and what WCHAR is. */
#ifndef CREATEPROCESS_MINWINDEF_H
#define CREATEPROCESS_MINWINDEF_H

#include <basetsd.h>
#include <sal.h>
#ifdef __cplusplus
#include <type_traits>
#endif

#if defined(_UNICODE) && !defined(UNICODE)
#define UNICODE
#endif
#if defined(UNICODE) && !defined(_UNICODE)
#define _UNICODE
#endif

/* What is said to Microsoft's compiler, in the words of this one. There is one
 * calling convention. */
#ifndef _MSC_VER
#define __stdcall
#define __cdecl
#define __fastcall
#define __thiscall
#define __vectorcall
#define __pascal
#define _cdecl
#define _stdcall
#define __unaligned
#define __w64
#define __ptr32
#define __ptr64
#define __int8 char
#define __int16 short
#define __int32 int
#define __int64 long long
#ifndef __forceinline
#define __forceinline inline __attribute__((__always_inline__))
#endif
#ifdef __declspec
#undef __declspec
#endif
#define __declspec(what) CREATEPROCESS_DECLSPEC_##what
#define CREATEPROCESS_DECLSPEC_dllexport __attribute__((__visibility__("default")))
#define CREATEPROCESS_DECLSPEC_dllimport
#define CREATEPROCESS_DECLSPEC_noreturn __attribute__((__noreturn__))
#define CREATEPROCESS_DECLSPEC_nothrow __attribute__((__nothrow__))
#define CREATEPROCESS_DECLSPEC_noinline __attribute__((__noinline__))
#define CREATEPROCESS_DECLSPEC_noalias
#define CREATEPROCESS_DECLSPEC_restrict __attribute__((__malloc__))
#define CREATEPROCESS_DECLSPEC_naked __attribute__((__naked__))
#define CREATEPROCESS_DECLSPEC_novtable
#define CREATEPROCESS_DECLSPEC_selectany __attribute__((__weak__))
#define CREATEPROCESS_DECLSPEC_thread __thread
#define CREATEPROCESS_DECLSPEC_align(n) __attribute__((__aligned__(n)))
#define CREATEPROCESS_DECLSPEC_deprecated __attribute__((__deprecated__))
#define CREATEPROCESS_DECLSPEC_uuid(id)
#define CREATEPROCESS_DECLSPEC_allocate(section) __attribute__((__section__(section)))
#endif

#define WINAPI __stdcall
#define WINAPIV __cdecl
#define APIENTRY WINAPI
#define APIPRIVATE __stdcall
#define CALLBACK __stdcall
#define NTAPI __stdcall
#define PASCAL __stdcall
#define STDMETHODCALLTYPE __stdcall
#define STDAPICALLTYPE __stdcall
#define CDECL __cdecl
#define WINBASEAPI
#define WINADVAPI
#define WINUSERAPI
#define NTSYSAPI
#define FORCEINLINE __forceinline
#define DECLSPEC_IMPORT
#define DECLSPEC_NORETURN CREATEPROCESS_NORETURN
#define DECLSPEC_NOINLINE __attribute__((__noinline__))
#define DECLSPEC_ALIGN(n) __attribute__((__aligned__(n)))
#define DECLSPEC_SELECTANY __attribute__((__weak__))
#define DECLSPEC_DEPRECATED __attribute__((__deprecated__))
#define DECLSPEC_ALLOCATOR
#ifdef __cplusplus
#define EXTERN_C extern "C"
#else
#define EXTERN_C extern
#endif

#define IN
#define OUT
#define OPTIONAL
#define FAR
#define NEAR
#define CONST const
#define VOID void
#define UNALIGNED
#define RESTRICTED_POINTER __restrict
#define DUMMYSTRUCTNAME
#define DUMMYUNIONNAME
#define DUMMYUNIONNAME2
#define DUMMYUNIONNAME3
#define ANYSIZE_ARRAY 1

#ifndef FALSE
#define FALSE 0
#endif
#ifndef TRUE
#define TRUE 1
#endif
#define MAX_PATH 260

typedef char CHAR, *PCHAR, CCHAR;
typedef unsigned char UCHAR, *PUCHAR;
typedef unsigned char BYTE, *PBYTE, *LPBYTE;
typedef short SHORT, *PSHORT;
typedef unsigned short USHORT, *PUSHORT;
typedef unsigned short WORD, *PWORD, *LPWORD;
typedef int INT, *PINT, *LPINT;
typedef unsigned int UINT, *PUINT;
typedef int LONG, *PLONG, *LPLONG;
typedef unsigned int ULONG, *PULONG;
typedef unsigned int DWORD, *PDWORD, *LPDWORD;
typedef INT64 LONGLONG, *PLONGLONG;
typedef UINT64 ULONGLONG, *PULONGLONG;
typedef UINT64 DWORDLONG, *PDWORDLONG;
typedef LONGLONG USN;
typedef float FLOAT, *PFLOAT;
typedef int BOOL, *PBOOL, *LPBOOL;
typedef BYTE BOOLEAN, *PBOOLEAN;
typedef LONG HRESULT;
typedef LONG NTSTATUS, *PNTSTATUS;
typedef WORD ATOM;
typedef WORD LANGID;
typedef DWORD LCID, *PLCID;
typedef DWORD LCTYPE;
typedef DWORD COLORREF;
typedef void *PVOID, *LPVOID;
typedef const void *LPCVOID;
typedef UINT_PTR WPARAM;
typedef LONG_PTR LPARAM, LRESULT;

/* 16 bits. With -fshort-wchar (pkg-config --cflags createprocess) it is
 * wchar_t, and L"" is a text of the W functions, as on Windows. Without, it is
 * the type of u"", which is what TEXT("") then is; a program that has an L""
 * where a WCHAR is meant does not compile. */
#if __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#define CREATEPROCESS_WIDE(text) L##text
#elif defined(__cplusplus)
typedef char16_t WCHAR;
#define CREATEPROCESS_WIDE(text) u##text
#else
typedef __CHAR16_TYPE__ WCHAR;
#define CREATEPROCESS_WIDE(text) u##text
#endif

typedef CHAR *PSTR, *LPSTR, *NPSTR, *LPCH, *PCH;
typedef const CHAR *PCSTR, *LPCSTR, *LPCCH, *PCCH;
typedef PSTR *PZPSTR;
typedef CHAR *PZZSTR;
typedef const CHAR *PCZZSTR;
typedef WCHAR *PWCHAR, *PWSTR, *LPWSTR, *NWPSTR, *LPWCH, *PWCH, *BSTR;
typedef const WCHAR *PCWSTR, *LPCWSTR, *LPCWCH, *PCWCH, *LPCUWSTR;
typedef WCHAR *PZZWSTR;
typedef const WCHAR *PCZZWSTR;

#ifdef UNICODE
#define CREATEPROCESS_AW(name) name##W
#ifndef _TCHAR_DEFINED
#define _TCHAR_DEFINED
typedef WCHAR TCHAR, *PTCHAR, TBYTE, *PTBYTE;
#endif
typedef LPWSTR LPTSTR, PTSTR, LPTCH, PTCH;
typedef LPCWSTR LPCTSTR, PCTSTR, LPCTCH, PCTCH;
#define __TEXT(quote) CREATEPROCESS_WIDE(quote)
#else
#define CREATEPROCESS_AW(name) name##A
#ifndef _TCHAR_DEFINED
#define _TCHAR_DEFINED
typedef char TCHAR, *PTCHAR;
typedef unsigned char TBYTE, *PTBYTE;
#endif
typedef LPSTR LPTSTR, PTSTR, LPTCH, PTCH;
typedef LPCSTR LPCTSTR, PCTSTR, LPCTCH, PCTCH;
#define __TEXT(quote) quote
#endif
#define TEXT(quote) __TEXT(quote)

typedef void *HANDLE, **PHANDLE, **LPHANDLE;
#ifdef NO_STRICT
#define DECLARE_HANDLE(name) typedef HANDLE name
#else
#define DECLARE_HANDLE(name) struct name##__ { int unused; }; typedef struct name##__ *name
#endif
DECLARE_HANDLE(HINSTANCE);
DECLARE_HANDLE(HKEY);
DECLARE_HANDLE(HKL);
DECLARE_HANDLE(HRSRC);
DECLARE_HANDLE(HTASK);
DECLARE_HANDLE(HWINSTA);
typedef HKEY *PHKEY;
typedef HINSTANCE HMODULE;
typedef HANDLE HGLOBAL, HLOCAL, GLOBALHANDLE, LOCALHANDLE;
typedef int HFILE;
typedef INT_PTR (WINAPI *FARPROC)(void);
typedef INT_PTR (WINAPI *NEARPROC)(void);
typedef INT_PTR (WINAPI *PROC)(void);

typedef struct _FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

#define MAKEWORD(low, high) ((WORD)(((BYTE)((DWORD_PTR)(low) & 0xff)) | ((WORD)((BYTE)((DWORD_PTR)(high) & 0xff))) << 8))
#define MAKELONG(low, high) ((LONG)(((DWORD)((WORD)((DWORD_PTR)(low) & 0xffff))) | ((DWORD)((WORD)((DWORD_PTR)(high) & 0xffff))) << 16))
#define LOWORD(n) ((WORD)((DWORD_PTR)(n) & 0xffff))
#define HIWORD(n) ((WORD)(((DWORD_PTR)(n) >> 16) & 0xffff))
#define LOBYTE(n) ((BYTE)((DWORD_PTR)(n) & 0xff))
#define HIBYTE(n) ((BYTE)(((DWORD_PTR)(n) >> 8) & 0xff))

/* In C++ they are functions, since macros of these names break the standard
 * library's headers. */
#ifndef NOMINMAX
#ifdef __cplusplus
template <class A, class B>
constexpr typename std::common_type<A, B>::type min(const A &a, const B &b) { return a < b ? a : b; }
template <class A, class B>
constexpr typename std::common_type<A, B>::type max(const A &a, const B &b) { return a > b ? a : b; }
#else
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef max
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#endif
#endif

#define UNREFERENCED_PARAMETER(p) ((void)(p))
#define DBG_UNREFERENCED_PARAMETER(p) ((void)(p))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(v) ((void)(v))

#endif
