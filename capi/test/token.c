/* Tests of tokens that Wine has no answer to: Unix users, and processes as them.
 *
 *	token NAME                   one of the tests: exit code 0, or what failed
 *	token logon USER PASSWORD    a user that there is; needs root
 *	token refused CODE USER PASSWORD   a logon that fails
 *	token service USER PASSWORD  by createprocessd, at CREATEPROCESS_SOCKET, as who may nothing
 */
#include <windows.h>
#include <sddl.h>
#include <userenv.h>
#include <aclapi.h>

#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(condition)                                                                                                  \
	do {                                                                                                              \
		if (!(condition)) {                                                                                       \
			fprintf(stderr, "%s:%d: %s (last error %u)\n", __FILE__, __LINE__, #condition, GetLastError()); \
			exit(1);                                                                                          \
		}                                                                                                         \
	} while (0)

#define FAILS(call, code) CHECK(!(call) && GetLastError() == (code))

static union sid {
	SID sid;
	char room[SECURITY_MAX_SID_SIZE];
} user_sid;

/* What a token says, in memory that the next call writes over. */
static void *about(HANDLE token, TOKEN_INFORMATION_CLASS what)
{
	static char out[65536] __attribute__((aligned(8)));
	DWORD size;
	CHECK(GetTokenInformation(token, what, out, sizeof out, &size));
	return out;
}

static bool is_user(HANDLE token, uid_t uid)
{
	SID_IDENTIFIER_AUTHORITY authority = {{0, 0, 0, 0, 0, 22}};
	CHECK(InitializeSid(&user_sid, &authority, 2));
	*GetSidSubAuthority(&user_sid, 0) = 1;
	*GetSidSubAuthority(&user_sid, 1) = uid;
	return EqualSid(((TOKEN_USER *)about(token, TokenUser))->User.Sid, &user_sid);
}

static HANDLE own(DWORD access)
{
	HANDLE token;
	CHECK(OpenProcessToken(GetCurrentProcess(), access, &token));
	return token;
}

static DWORD finish(PROCESS_INFORMATION pi)
{
	DWORD code;
	CHECK(WaitForSingleObject(pi.hProcess, 20000) == WAIT_OBJECT_0);
	CHECK(GetExitCodeProcess(pi.hProcess, &code));
	CHECK(CloseHandle(pi.hThread) && CloseHandle(pi.hProcess));
	return code;
}

static PROCESS_INFORMATION start(HANDLE token, const char *line)
{
	STARTUPINFOA si = {.cb = sizeof si};
	PROCESS_INFORMATION pi;
	char text[512];
	snprintf(text, sizeof text, "%s", line);
	CHECK(CreateProcessAsUserA(token, NULL, text, NULL, NULL, FALSE, 0, NULL, "/", &si, &pi));
	return pi;
}

static void names(void)
{
	char name[64], domain[64];
	WCHAR wide[64], wide_domain[64];
	DWORD n = sizeof user_sid, d = sizeof domain;
	SID_NAME_USE use;
	CHECK(LookupAccountNameA(NULL, "root", &user_sid, &n, domain, &d, &use) && use == SidTypeUser && strcmp(domain, "Unix User") == 0);
	LPSTR text;
	CHECK(ConvertSidToStringSidA(&user_sid, &text) && strcmp(text, "S-1-22-1-0") == 0);
	LocalFree(text);
	n = sizeof name, d = sizeof domain;
	CHECK(LookupAccountSidA("", &user_sid, name, &n, domain, &d, &use) && strcmp(name, "root") == 0 && n == 4 && d == 9);
	n = d = 64;
	CHECK(LookupAccountSidW(NULL, &user_sid, wide, &n, wide_domain, &d, &use) && wcscmp(wide, L"root") == 0 && wcscmp(wide_domain, L"Unix User") == 0);
	n = sizeof user_sid, d = 64;
	CHECK(LookupAccountNameW(NULL, L"unix group\\root", &user_sid, &n, wide_domain, &d, &use) && use == SidTypeGroup);
	CHECK(ConvertSidToStringSidA(&user_sid, &text) && strcmp(text, "S-1-22-2-0") == 0);
	LocalFree(text);
	n = sizeof name, d = sizeof domain;
	CHECK(LookupAccountSidA(NULL, &user_sid, name, &n, domain, &d, &use) && use == SidTypeGroup && strcmp(domain, "Unix Group") == 0);
	char full[128];
	DWORD size = 64;
	CHECK(GetComputerNameA(domain, &size));
	snprintf(full, sizeof full, "%s\\root", domain);
	const char *const all[] = {".\\root", "Unix User\\root", full};
	for (int i = 0; i < 3; i++) {
		n = sizeof user_sid, d = sizeof domain;
		CHECK(LookupAccountNameA(NULL, all[i], &user_sid, &n, domain, &d, &use));
	}
	n = 4, d = sizeof domain;
	FAILS(LookupAccountNameA(NULL, "root", &user_sid, &n, domain, &d, &use), ERROR_INSUFFICIENT_BUFFER);
	CHECK(n == 16);
	n = sizeof user_sid, d = 2;
	FAILS(LookupAccountNameA(NULL, "root", &user_sid, &n, domain, &d, &use), ERROR_INSUFFICIENT_BUFFER);
	CHECK(d == 10);
	const char *const none[] = {"elsewhere\\root", "nobody-has-this-name", "", "\\", "Unix User\\"};
	for (int i = 0; i < 5; i++) {
		n = sizeof user_sid, d = sizeof domain;
		FAILS(LookupAccountNameA(NULL, none[i], &user_sid, &n, domain, &d, &use), ERROR_NONE_MAPPED);
	}
	FAILS(LookupAccountNameA("server", "root", &user_sid, &n, domain, &d, &use), ERROR_NOT_SUPPORTED);
	FAILS(LookupAccountNameA(NULL, NULL, &user_sid, &n, domain, &d, &use), ERROR_INVALID_PARAMETER);
	PSID sid;
	CHECK(ConvertStringSidToSidA("S-1-22-1-4000000000", &sid));
	n = sizeof name, d = sizeof domain;
	FAILS(LookupAccountSidA(NULL, sid, name, &n, domain, &d, &use), ERROR_NONE_MAPPED);
	LocalFree(sid);
}

static void current(void)
{
	HANDLE token = own(TOKEN_QUERY);
	CHECK(is_user(token, geteuid()));
	CHECK(((TOKEN_ELEVATION *)about(token, TokenElevation))->TokenIsElevated == (geteuid() == 0));
	FAILS(GetTokenInformation(token, TokenStatistics, NULL, 0, &(DWORD){0}), ERROR_NOT_SUPPORTED);
	FAILS(GetTokenInformation(token, TokenIntegrityLevel, NULL, 0, &(DWORD){0}), ERROR_NOT_SUPPORTED);
	/* What every thread has cannot be taken away here. */
	HANDLE all = own(TOKEN_ALL_ACCESS);
	FAILS(AdjustTokenPrivileges(all, TRUE, NULL, 0, NULL, NULL), ERROR_NOT_SUPPORTED);
	TOKEN_PRIVILEGES wanted = {1, {{{23, 0}, SE_PRIVILEGE_REMOVED}}}, before;
	FAILS(AdjustTokenPrivileges(all, FALSE, &wanted, 0, NULL, NULL), ERROR_NOT_SUPPORTED);
	wanted.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
	DWORD size = 0;
	FAILS(AdjustTokenPrivileges(all, FALSE, &wanted, 1, &before, &size), ERROR_INSUFFICIENT_BUFFER);
	CHECK(size == sizeof before);
	CHECK(AdjustTokenPrivileges(all, FALSE, &wanted, sizeof before, &before, &size) && before.PrivilegeCount == 0);
	/* All of a duplicate can. */
	HANDLE copy;
	CHECK(DuplicateTokenEx(all, 0, NULL, SecurityImpersonation, TokenImpersonation, &copy));
	CHECK(AdjustTokenPrivileges(copy, TRUE, NULL, 0, NULL, NULL) && GetLastError() == 0);
	TOKEN_PRIVILEGES *p = about(copy, TokenPrivileges);
	for (DWORD i = 0; i < p->PrivilegeCount; i++)
		CHECK(p->Privileges[i].Attributes == 0);
	DWORD n = p->PrivilegeCount;
	wanted.Privileges[0].Attributes = SE_PRIVILEGE_REMOVED;
	CHECK(AdjustTokenPrivileges(copy, FALSE, &wanted, 0, NULL, NULL) && GetLastError() == 0);
	CHECK(((TOKEN_PRIVILEGES *)about(copy, TokenPrivileges))->PrivilegeCount == n - 1);
	CHECK(((TOKEN_PRIVILEGES *)about(token, TokenPrivileges))->PrivilegeCount == n);
	HANDLE same;
	CHECK(DuplicateHandle(GetCurrentProcess(), copy, GetCurrentProcess(), &same, 0, FALSE, DUPLICATE_SAME_ACCESS));
	CHECK(CloseHandle(copy) && is_user(same, geteuid()));
	FAILS(TerminateProcess(same, 1), ERROR_INVALID_HANDLE);
	CHECK(CloseHandle(same) && CloseHandle(all) && CloseHandle(token));
	FAILS(CloseHandle(token), ERROR_INVALID_HANDLE);
	/* Who has become somebody else has another token. */
	if (geteuid() == 0) {
		CHECK(seteuid(65534) == 0);
		token = own(TOKEN_QUERY);
		CHECK(is_user(token, 65534) && !((TOKEN_ELEVATION *)about(token, TokenElevation))->TokenIsElevated);
		CHECK(CloseHandle(token) && seteuid(0) == 0);
	}
}

static void others(void)
{
	PROCESS_INFORMATION pi = start(NULL, "/bin/sleep 60");
	HANDLE token, limited;
	CHECK(OpenProcessToken(pi.hProcess, TOKEN_QUERY, &token) && is_user(token, geteuid()) && CloseHandle(token));
	CHECK(DuplicateHandle(GetCurrentProcess(), pi.hProcess, GetCurrentProcess(), &limited, SYNCHRONIZE, FALSE, 0));
	FAILS(OpenProcessToken(limited, TOKEN_QUERY, &token), ERROR_ACCESS_DENIED);
	FAILS(OpenProcessToken(pi.hThread, TOKEN_QUERY, &token), ERROR_INVALID_HANDLE);
	CHECK(TerminateProcess(pi.hProcess, 3) && WaitForSingleObject(pi.hProcess, 20000) == WAIT_OBJECT_0);
	FAILS(OpenProcessToken(pi.hProcess, TOKEN_QUERY, &token), ERROR_INVALID_PARAMETER);
	CHECK(CloseHandle(limited) && finish(pi) == 3);
}

static void restricted(void)
{
	HANDLE token = own(TOKEN_ALL_ACCESS), less, again;
	SID_AND_ATTRIBUTES everyone = {&user_sid, 0};
	DWORD size = sizeof user_sid;
	CHECK(CreateWellKnownSid(WinWorldSid, NULL, &user_sid, &size));
	CHECK(CreateRestrictedToken(token, DISABLE_MAX_PRIVILEGE, 0, NULL, 0, NULL, 1, &everyone, &less));
	CHECK(IsTokenRestricted(less) && !IsTokenRestricted(token));
	TOKEN_PRIVILEGES *p = about(less, TokenPrivileges);
	CHECK(p->PrivilegeCount == 1 && p->Privileges[0].Luid.LowPart == 23);
	FAILS(CreateRestrictedToken(token, LUA_TOKEN, 0, NULL, 0, NULL, 0, NULL, &again), ERROR_NOT_SUPPORTED);
	FAILS(CreateRestrictedToken(token, 0x100, 0, NULL, 0, NULL, 0, NULL, &again), ERROR_INVALID_PARAMETER);
	user_sid.sid.Revision = 9;
	FAILS(CreateRestrictedToken(token, 0, 1, &everyone, 0, NULL, 0, NULL, &again), ERROR_INVALID_SID);
	CHECK(CloseHandle(less));
	/* The child has no capability, and gets none. */
	CHECK(CreateRestrictedToken(token, DISABLE_MAX_PRIVILEGE, 0, NULL, 0, NULL, 0, NULL, &less));
	CHECK(finish(start(less, "/bin/sh -c \"grep -Eq '^CapEff:.0+$' /proc/self/status && grep -Eq '^NoNewPrivs:.1$' /proc/self/status\"")) == 0);
	HANDLE impersonation;
	CHECK(DuplicateToken(less, SecurityImpersonation, &impersonation));
	STARTUPINFOA si = {.cb = sizeof si};
	PROCESS_INFORMATION pi;
	char line[] = "/bin/true";
	FAILS(CreateProcessAsUserA(impersonation, NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &si, &pi), ERROR_ACCESS_DENIED);
	CHECK(CloseHandle(impersonation) && DuplicateTokenEx(less, TOKEN_ALL_ACCESS, NULL, SecurityImpersonation, TokenImpersonation, &impersonation));
	FAILS(CreateProcessAsUserA(impersonation, NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &si, &pi), ERROR_BAD_TOKEN_TYPE);
	CHECK(CloseHandle(impersonation) && CloseHandle(less) && CloseHandle(token));
}

static void environment(void)
{
	HANDLE token = own(TOKEN_QUERY);
	WCHAR *block;
	CHECK(setenv("CP_TOKEN_TEST", "ä", 1) == 0);
	for (int inherit = 0; inherit < 2; inherit++) {
		CHECK(CreateEnvironmentBlock((void **)&block, token, inherit));
		bool home = false, other = false;
		for (WCHAR *p = block; *p != 0; p += wcslen(p) + 1) {
			home = home || wcsncmp(p, L"HOME=/", 6) == 0;
			other = other || wcscmp(p, L"CP_TOKEN_TEST=ä") == 0;
		}
		CHECK(home && other == (inherit != 0));
		CHECK(DestroyEnvironmentBlock(block));
	}
	FAILS(CreateEnvironmentBlock((void **)&block, NULL, FALSE), ERROR_NOT_SUPPORTED);
	FAILS(CreateEnvironmentBlock(NULL, token, FALSE), ERROR_INVALID_PARAMETER);
	FAILS(CreateEnvironmentBlock((void **)&block, GetCurrentProcess(), FALSE), ERROR_INVALID_HANDLE);
	FAILS(DestroyEnvironmentBlock(NULL), ERROR_INVALID_PARAMETER);
	char directory[256], narrow[256];
	WCHAR wide[256];
	DWORD n = 1;
	FAILS(GetUserProfileDirectoryA(token, directory, &n), ERROR_INSUFFICIENT_BUFFER);
	CHECK(GetUserProfileDirectoryA(token, directory, &n) && strcmp(directory, getpwuid(geteuid())->pw_dir) == 0 && n == strlen(directory) + 1);
	n = 256;
	CHECK(GetUserProfileDirectoryW(token, wide, &n) && WideCharToMultiByte(CP_UTF8, 0, wide, -1, narrow, 256, NULL, NULL) == (int)n);
	CHECK(strcmp(narrow, directory) == 0 && CloseHandle(token));
}

/* The service is elsewhere, and what it needs to be asked is checked first. */
static void with_logon(void)
{
	STARTUPINFOW si = {.cb = sizeof si};
	PROCESS_INFORMATION pi;
	WCHAR line[] = L"/bin/true";
	CHECK(setenv("CREATEPROCESS_SOCKET", "/nowhere/socket", 1) == 0);
	FAILS(CreateProcessWithLogonW(L"nobody", NULL, L"secret", LOGON_NETCREDENTIALS_ONLY, NULL, line, 0, NULL, NULL, &si, &pi), ERROR_NOT_SUPPORTED);
	FAILS(CreateProcessWithLogonW(L"nobody", NULL, L"secret", 0x80, NULL, line, 0, NULL, NULL, &si, &pi), ERROR_INVALID_PARAMETER);
	FAILS(CreateProcessWithLogonW(NULL, NULL, L"secret", 0, NULL, line, 0, NULL, NULL, &si, &pi), ERROR_INVALID_PARAMETER);
	FAILS(CreateProcessWithLogonW(L"nobody", NULL, L"secret", 0, NULL, line, 0, NULL, NULL, &si, &pi), ERROR_SERVICE_NOT_ACTIVE);
	HANDLE token = own(TOKEN_ALL_ACCESS);
	FAILS(CreateProcessWithTokenW(token, LOGON_WITH_PROFILE, NULL, line, 0, NULL, NULL, &si, &pi), ERROR_NOT_SUPPORTED);
	FAILS(CreateProcessWithTokenW(token, 0x80, NULL, line, 0, NULL, NULL, &si, &pi), ERROR_INVALID_PARAMETER);
	FAILS(CreateProcessWithTokenW(GetCurrentProcess(), 0, NULL, line, 0, NULL, NULL, &si, &pi), ERROR_INVALID_HANDLE);
	CHECK(CloseHandle(token));
	FAILS(LogonUserA("nobody", "elsewhere", "x", LOGON32_LOGON_INTERACTIVE, 0, &token), ERROR_NOT_SUPPORTED);
	FAILS(LogonUserA("nobody", NULL, "x", LOGON32_LOGON_NEW_CREDENTIALS, 0, &token), ERROR_NOT_SUPPORTED);
	FAILS(LogonUserA("nobody", NULL, "x", 77, 0, &token), ERROR_INVALID_PARAMETER);
	FAILS(LogonUserA(NULL, NULL, "x", LOGON32_LOGON_INTERACTIVE, 0, &token), ERROR_INVALID_PARAMETER);
}

/* What CreateProcessWithLogonW has a service do. */
static void by_service(const char *name, const char *password)
{
	STARTUPINFOW si = {.cb = sizeof si}, plain = si;
	PROCESS_INFORMATION pi;
	WCHAR user[64], secret[64], line[128];
	HANDLE read, write, token;
	SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
	char answer[64], expected[64];
	DWORD n, code;
	CHECK(getuid() != 0 && MultiByteToWideChar(CP_UTF8, 0, name, -1, user, 64) && MultiByteToWideChar(CP_UTF8, 0, password, -1, secret, 64));
	/* Who it runs as, with an environment of the user's and files of the caller's. */
	CHECK(CreatePipe(&read, &write, &inheritable, 0));
	si.dwFlags = STARTF_USESTDHANDLES;
	si.hStdOutput = write;
	CHECK(CreateProcessWithLogonW(user, L".", secret, 0, L"/bin/sh", wcscpy(line, L"sh -c \"id -un; echo $LOGNAME; exit 7\""), 0, NULL, L"/", &si, &pi));
	CHECK(CloseHandle(write) && pi.dwProcessId != 0 && pi.dwThreadId != 0);
	for (n = 0; ReadFile(read, answer + n, (DWORD)sizeof answer - 1 - n, &code, NULL) && code > 0;)
		n += code;
	answer[n] = 0;
	snprintf(expected, sizeof expected, "%s\n%s\n", name, name);
	CHECK(strcmp(answer, expected) == 0 && CloseHandle(read) && finish(pi) == 7);
	/* A block, which is all that it has. */
	CHECK(CreateProcessWithLogonW(user, NULL, secret, 0, NULL, wcscpy(line, L"/bin/sh -c \"test $KEY.$LOGNAME = value.\""), CREATE_UNICODE_ENVIRONMENT,
				      L"KEY=value\0", L"/", &plain, &pi));
	CHECK(finish(pi) == 0);
	/* Its handles have every right, though the kernel lets the caller do nothing to it. */
	CHECK(CreateProcessWithLogonW(user, NULL, secret, LOGON_WITH_PROFILE, NULL, wcscpy(line, L"/bin/sleep 1000"), CREATE_SUSPENDED, NULL, L"/", &plain, &pi));
	CHECK(OpenProcessToken(pi.hProcess, TOKEN_QUERY, &token) && is_user(token, getpwnam(name)->pw_uid) && CloseHandle(token));
	CHECK(ResumeThread(pi.hThread) == 1 && WaitForSingleObject(pi.hProcess, 0) == WAIT_TIMEOUT);
	CHECK(GetExitCodeProcess(pi.hProcess, &code) && code == STILL_ACTIVE);
	FAILS(OpenProcess(PROCESS_TERMINATE, FALSE, pi.dwProcessId), ERROR_ACCESS_DENIED); /* only what its descriptor says */
	CHECK(TerminateProcess(pi.hProcess, 0xC0FFEE) && finish(pi) == 0xC0FFEE);
	/* Refusals of the service's. */
	wcscpy(line, L"/bin/true");
	FAILS(CreateProcessWithLogonW(user, NULL, L"wrong", 0, NULL, line, 0, NULL, L"/", &plain, &pi), ERROR_LOGON_FAILURE);
	FAILS(CreateProcessWithLogonW(L"nobody-of-that-name", NULL, secret, 0, NULL, line, 0, NULL, L"/", &plain, &pi), ERROR_LOGON_FAILURE);
	FAILS(CreateProcessWithLogonW(user, NULL, secret, 0, NULL, line, 0, NULL, L"/nowhere", &plain, &pi), ERROR_DIRECTORY);
	FAILS(CreateProcessWithLogonW(user, NULL, secret, 0, NULL, line, CREATE_NEW_CONSOLE, NULL, L"/", &plain, &pi), ERROR_NOT_SUPPORTED);
}

/* A user of whom the password is known. */
static void logon(const char *name, const char *password)
{
	struct passwd *entry = getpwnam(name);
	CHECK(entry != NULL);
	uid_t uid = entry->pw_uid;
	HANDLE token, network;
	WCHAR wide[64], wide_password[64];
	CHECK(MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, 64) && MultiByteToWideChar(CP_UTF8, 0, password, -1, wide_password, 64));
	CHECK(LogonUserW(wide, L".", wide_password, LOGON32_LOGON_INTERACTIVE, LOGON32_PROVIDER_DEFAULT, &token));
	CHECK(is_user(token, uid) && *(TOKEN_TYPE *)about(token, TokenType) == TokenPrimary);
	CHECK(!((TOKEN_ELEVATION *)about(token, TokenElevation))->TokenIsElevated);
	CHECK(LogonUserA(name, NULL, password, LOGON32_LOGON_NETWORK, LOGON32_PROVIDER_DEFAULT, &network));
	CHECK(*(TOKEN_TYPE *)about(network, TokenType) == TokenImpersonation && CloseHandle(network));
	char line[256];
	snprintf(line, sizeof line, "/bin/sh -c \"test $(id -u) = %u && test $(id -ru) = %u\"", uid, uid);
	CHECK(finish(start(token, line)) == 0);
	/* The user's own environment, or the creator's. */
	STARTUPINFOW si = {.cb = sizeof si};
	PROCESS_INFORMATION pi;
	WCHAR own[] = L"/bin/sh -c \"test $LOGNAME = $(id -un) && test -z \\\"$CP_TOKEN_TEST\\\"\"";
	WCHAR creators[] = L"/bin/sh -c \"test $CP_TOKEN_TEST = yes\"";
	CHECK(setenv("CP_TOKEN_TEST", "yes", 1) == 0);
	CHECK(CreateProcessWithTokenW(token, 0, NULL, own, 0, NULL, L"/", &si, &pi) && finish(pi) == 0);
	CHECK(CreateProcessAsUserW(token, NULL, creators, NULL, NULL, FALSE, 0, NULL, L"/", &si, &pi) && finish(pi) == 0);
	/* A block that was made for it, into a file of a handle that it inherits. */
	void *block;
	HANDLE read, write;
	SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
	char answer[64];
	DWORD n;
	CHECK(CreateEnvironmentBlock(&block, token, FALSE) && CreatePipe(&read, &write, &inheritable, 0));
	si.dwFlags = STARTF_USESTDHANDLES;
	si.hStdOutput = write;
	WCHAR print[] = L"/bin/sh -c \"echo $HOME\"";
	CHECK(CreateProcessAsUserW(token, NULL, print, NULL, NULL, TRUE, CREATE_UNICODE_ENVIRONMENT, block, L"/", &si, &pi));
	CHECK(finish(pi) == 0 && DestroyEnvironmentBlock(block) && CloseHandle(write));
	CHECK(ReadFile(read, answer, sizeof answer - 1, &n, NULL) && n > 1);
	answer[n - 1] = 0;
	CHECK(strcmp(answer, entry->pw_dir) == 0 && CloseHandle(read));
	/* A directory that the user may not enter. */
	WCHAR *line_true = wcscpy(own, L"/bin/true");
	char closed[] = "/tmp/createprocess-token-XXXXXX";
	CHECK(mkdtemp(closed) != NULL && MultiByteToWideChar(CP_UTF8, 0, closed, -1, wide, 64));
	si.dwFlags = 0;
	bool entered = CreateProcessAsUserW(token, NULL, line_true, NULL, NULL, FALSE, 0, NULL, wide, &si, &pi);
	DWORD code = GetLastError();
	rmdir(closed);
	CHECK(!entered && code == ERROR_ACCESS_DENIED);
	CHECK(CloseHandle(token));
}

/* The descriptor of a process is what its creator says, in either form. */
static void descriptors(void)
{
	const char *sddl = "D:(A;;GR;;;WD)";
	PSECURITY_DESCRIPTOR relative;
	CHECK(ConvertStringSecurityDescriptorToSecurityDescriptorA(sddl, SDDL_REVISION_1, &relative, NULL));
	SECURITY_DESCRIPTOR absolute;
	PACL acl;
	BOOL present, defaulted;
	CHECK(InitializeSecurityDescriptor(&absolute, SECURITY_DESCRIPTOR_REVISION));
	CHECK(GetSecurityDescriptorDacl(relative, &present, &acl, &defaulted) && SetSecurityDescriptorDacl(&absolute, TRUE, acl, FALSE));
	PSECURITY_DESCRIPTOR both[] = {relative, &absolute};
	for (int i = 0; i < 2; i++) {
		SECURITY_ATTRIBUTES attributes = {sizeof attributes, both[i], FALSE};
		STARTUPINFOA si = {.cb = sizeof si};
		PROCESS_INFORMATION pi;
		char line[] = "/bin/sleep 60";
		CHECK(CreateProcessA(NULL, line, &attributes, NULL, FALSE, 0, NULL, NULL, &si, &pi));
		PSECURITY_DESCRIPTOR read;
		PACL dacl;
		PSID owner;
		CHECK(GetSecurityInfo(pi.hProcess, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, NULL, &dacl, NULL, &read) == 0);
		CHECK(owner != NULL && dacl != NULL && dacl->AceCount == 1);
		LocalFree(read);
		DWORD size = 0;
		FAILS(GetKernelObjectSecurity(pi.hProcess, DACL_SECURITY_INFORMATION, NULL, 0, &size), ERROR_INSUFFICIENT_BUFFER);
		/* Another list, by the one function and by the other. */
		DWORD room = sizeof user_sid;
		union {
			ACL acl;
			char room[64];
		} list;
		CHECK(CreateWellKnownSid(WinLocalSystemSid, NULL, &user_sid, &room) && InitializeAcl(&list.acl, sizeof list, ACL_REVISION));
		CHECK(AddAccessAllowedAce(&list.acl, ACL_REVISION, PROCESS_ALL_ACCESS, &user_sid) && AddAccessDeniedAce(&list.acl, ACL_REVISION, 1, &user_sid));
		if (i == 0) {
			CHECK(SetSecurityInfo(pi.hProcess, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &list.acl, NULL) == 0);
		} else {
			SECURITY_DESCRIPTOR other;
			CHECK(InitializeSecurityDescriptor(&other, SECURITY_DESCRIPTOR_REVISION) && SetSecurityDescriptorDacl(&other, TRUE, &list.acl, FALSE));
			CHECK(SetKernelObjectSecurity(pi.hProcess, DACL_SECURITY_INFORMATION, &other));
			FAILS(SetKernelObjectSecurity(pi.hProcess, OWNER_SECURITY_INFORMATION, &other), ERROR_INVALID_SECURITY_DESCR);
			FAILS(SetKernelObjectSecurity(pi.hProcess, SACL_SECURITY_INFORMATION, &other), ERROR_NOT_SUPPORTED);
		}
		CHECK(GetSecurityInfo(pi.hProcess, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &dacl, NULL, &read) == 0);
		CHECK(dacl != NULL && dacl->AceCount == 2);
		LocalFree(read);
		CHECK(GetSecurityInfo(pi.hThread, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL, &read) == 0 && owner != NULL);
		LocalFree(read);
		CHECK(GetSecurityInfo(pi.hProcess, SE_KERNEL_OBJECT, SACL_SECURITY_INFORMATION, NULL, NULL, NULL, NULL, &read) == ERROR_NOT_SUPPORTED);
		CHECK(GetSecurityInfo(pi.hProcess, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, NULL, NULL, &read) == ERROR_NOT_SUPPORTED);
		HANDLE limited;
		CHECK(DuplicateHandle(GetCurrentProcess(), pi.hProcess, GetCurrentProcess(), &limited, SYNCHRONIZE, FALSE, 0));
		FAILS(GetKernelObjectSecurity(limited, DACL_SECURITY_INFORMATION, NULL, 0, &size), ERROR_ACCESS_DENIED);
		CHECK(SetSecurityInfo(limited, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &list.acl, NULL) == ERROR_ACCESS_DENIED);
		CHECK(CloseHandle(limited));
		FAILS(GetKernelObjectSecurity(limited, DACL_SECURITY_INFORMATION, NULL, 0, &size), ERROR_INVALID_HANDLE);
		CHECK(TerminateProcess(pi.hProcess, 0) && finish(pi) == 0);
	}
	HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
	DWORD size;
	FAILS(GetKernelObjectSecurity(event, DACL_SECURITY_INFORMATION, NULL, 0, &size), ERROR_NOT_SUPPORTED);
	CHECK(CloseHandle(event));
	SECURITY_ATTRIBUTES broken = {sizeof broken, &absolute, FALSE};
	absolute.Revision = 7;
	STARTUPINFOA si = {.cb = sizeof si};
	PROCESS_INFORMATION pi;
	char line[] = "/bin/true";
	FAILS(CreateProcessA(NULL, line, &broken, NULL, FALSE, 0, NULL, NULL, &si, &pi), ERROR_INVALID_SECURITY_DESCR);
	LocalFree(relative);
}

int main(int argc, char **argv)
{
	const struct {
		const char *name;
		void (*test)(void);
	} tests[] = {{"names", names},	     {"current", current},	   {"others", others},	       {"restricted", restricted},
		     {"environment", environment}, {"with_logon", with_logon}, {"descriptors", descriptors}};
	if (argc == 4 && strcmp(argv[1], "logon") == 0) {
		logon(argv[2], argv[3]);
		return 0;
	}
	if (argc == 4 && strcmp(argv[1], "service") == 0) {
		by_service(argv[2], argv[3]);
		return 0;
	}
	if (argc == 5 && strcmp(argv[1], "refused") == 0) {
		HANDLE token;
		FAILS(LogonUserA(argv[3], NULL, argv[4], LOGON32_LOGON_INTERACTIVE, LOGON32_PROVIDER_DEFAULT, &token), (DWORD)atoi(argv[2]));
		return 0;
	}
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
		if (argc == 2 && strcmp(argv[1], tests[i].name) == 0) {
			tests[i].test();
			return 0;
		}
	}
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		puts(tests[i].name);
	return argc == 1 ? 0 : 2;
}
