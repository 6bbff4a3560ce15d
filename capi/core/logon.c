/* LogonUser: PAM checks the password, as the service "createprocess" if
 * /etc/pam.d has that, else as whatever "other" says. libpam is loaded at the
 * first logon: who never logs anybody on does not need it. */
#include "token.h"

#include <dlfcn.h>
#include <shadow.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern uint32_t cpgo_token_of_user(const char *name, uintptr_t *out);

/* What is used of <security/pam_appl.h>, in the words of pam(3). */
struct pam_message {
	int msg_style;
	const char *msg;
};
struct pam_response {
	char *resp;
	int resp_retcode;
};
struct pam_conv {
	int (*conv)(int n, const struct pam_message **messages, struct pam_response **responses, void *data);
	void *appdata_ptr;
};
enum {
	PAM_SUCCESS = 0, PAM_PERM_DENIED = 6, PAM_AUTH_ERR = 7, PAM_CRED_INSUFFICIENT = 8, PAM_AUTHINFO_UNAVAIL = 9, PAM_USER_UNKNOWN = 10,
	PAM_MAXTRIES = 11, PAM_NEW_AUTHTOK_REQD = 12, PAM_ACCT_EXPIRED = 13, PAM_CRED_EXPIRED = 16, PAM_CONV_ERR = 19, PAM_AUTHTOK_ERR = 20,
	PAM_AUTHTOK_RECOVERY_ERR = 21, PAM_AUTHTOK_EXPIRED = 27,
	PAM_PROMPT_ECHO_OFF = 1, PAM_PROMPT_ECHO_ON = 2, PAM_USER = 2, PAM_SILENT = 0x8000,
};

static struct {
	int (*start)(const char *service, const char *user, const struct pam_conv *conv, void **handle);
	int (*authenticate)(void *handle, int flags);
	int (*acct_mgmt)(void *handle, int flags);
	int (*get_item)(const void *handle, int item, const void **out);
	int (*end)(void *handle, int status);
	bool there;
} pam;

static void load(void)
{
	void *library = dlopen("libpam.so.0", RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		return;
	*(void **)&pam.start = dlsym(library, "pam_start");
	*(void **)&pam.authenticate = dlsym(library, "pam_authenticate");
	*(void **)&pam.acct_mgmt = dlsym(library, "pam_acct_mgmt");
	*(void **)&pam.get_item = dlsym(library, "pam_get_item");
	*(void **)&pam.end = dlsym(library, "pam_end");
	pam.there = pam.start && pam.authenticate && pam.acct_mgmt && pam.get_item && pam.end;
}

/* The password answers whatever is asked without echo; what else is asked has
 * no answer. PAM frees the answers, and wipes them. */
static int answer(int n, const struct pam_message **messages, struct pam_response **responses, void *password)
{
	struct pam_response *out = calloc((size_t)n, sizeof *out);
	if (out == NULL)
		return PAM_CONV_ERR;
	for (int i = 0; i < n; i++) {
		int style = messages[i]->msg_style;
		if (style == PAM_PROMPT_ECHO_OFF)
			out[i].resp = strdup(password);
		if (style == PAM_PROMPT_ECHO_ON || (style == PAM_PROMPT_ECHO_OFF && out[i].resp == NULL)) {
			for (int k = 0; k < i; k++) {
				if (out[k].resp != NULL)
					explicit_bzero(out[k].resp, strlen(out[k].resp));
				free(out[k].resp);
			}
			free(out);
			return PAM_CONV_ERR;
		}
	}
	*responses = out;
	return PAM_SUCCESS;
}

/* What PAM does not tell: it has one code for a password that is too old and one
 * that must be changed, and none for one that is locked; and Debian's stack makes
 * of an account that has expired one that is refused. */
struct shadow {
	bool locked, must_change, expired;
};

static struct shadow read_shadow(const char *name)
{
	char buffer[4096];
	struct spwd one, *found = NULL;
	struct shadow s = {false, false, false};
	if (getspnam_r(name, &one, buffer, sizeof buffer, &found) == 0 && found != NULL) {
		s.locked = strncmp(one.sp_pwdp, "!$", 2) == 0;
		s.must_change = one.sp_lstchg == 0;
		s.expired = one.sp_expire > 0 && one.sp_expire <= time(NULL) / (24 * 60 * 60);
	}
	explicit_bzero(buffer, sizeof buffer);
	return s;
}

/* That there is no such user and that it is not the password are one answer. */
static DWORD code_of(int status, bool authenticated, const char *name)
{
	struct shadow s = read_shadow(name);
	switch (status) {
	case PAM_NEW_AUTHTOK_REQD:
		return s.must_change ? ERROR_PASSWORD_MUST_CHANGE : ERROR_PASSWORD_EXPIRED;
	case PAM_AUTHTOK_EXPIRED:
	case PAM_CRED_EXPIRED:
		return ERROR_PASSWORD_EXPIRED;
	case PAM_ACCT_EXPIRED:
		return ERROR_ACCOUNT_EXPIRED;
	case PAM_AUTHINFO_UNAVAIL:
		return ERROR_NO_LOGON_SERVERS;
	case PAM_AUTH_ERR:
	case PAM_CRED_INSUFFICIENT:
		if (authenticated)
			return s.expired ? ERROR_ACCOUNT_EXPIRED : ERROR_ACCOUNT_RESTRICTION;
		break;
	case PAM_PERM_DENIED:
		if (authenticated)
			return ERROR_LOGON_TYPE_NOT_GRANTED;
		break;
	case PAM_USER_UNKNOWN:
	case PAM_MAXTRIES:
	case PAM_CONV_ERR:
	case PAM_AUTHTOK_ERR:
	case PAM_AUTHTOK_RECOVERY_ERR:
		break;
	default:
		return ERROR_GEN_FAILURE;
	}
	return s.locked ? ERROR_ACCOUNT_DISABLED : ERROR_LOGON_FAILURE;
}

/* Checks the password, and who it is that has it: *name is to be freed. */
static DWORD authenticate(const char *user, const char *password, char **name)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, load);
	if (!pam.there)
		return ERROR_NOT_SUPPORTED;
	char *secret = strdup(password);
	if (secret == NULL)
		return ERROR_NOT_ENOUGH_MEMORY;
	struct pam_conv conv = {answer, secret};
	void *handle = NULL;
	bool authenticated = false;
	const void *item = NULL;
	DWORD code = 0;
	int status = pam.start("createprocess", user, &conv, &handle);
	if (status == PAM_SUCCESS && (status = pam.authenticate(handle, PAM_SILENT)) == PAM_SUCCESS) {
		authenticated = true;
		status = pam.acct_mgmt(handle, PAM_SILENT);
	}
	if (status == PAM_SUCCESS)
		status = pam.get_item(handle, PAM_USER, &item);
	if (status != PAM_SUCCESS)
		code = code_of(status, authenticated, user);
	else if ((*name = strdup(item)) == NULL)
		code = ERROR_NOT_ENOUGH_MEMORY;
	if (handle != NULL)
		pam.end(handle, status);
	explicit_bzero(secret, strlen(secret));
	free(secret);
	return code;
}

BOOL WINAPI LogonUserA(LPCSTR user, LPCSTR domain, LPCSTR password, DWORD type, DWORD provider, PHANDLE token)
{
	if (user == NULL || user[0] == 0 || password == NULL || token == NULL || provider > LOGON32_PROVIDER_WINNT50)
		return cp_fail(ERROR_INVALID_PARAMETER);
	if (domain != NULL && domain[0] != 0 && strcmp(domain, ".") != 0)
		return cp_fail(ERROR_NOT_SUPPORTED); /* what PAM asks is not ours to choose */
	TOKEN_TYPE kind = TokenPrimary;
	switch (type) {
	case LOGON32_LOGON_NETWORK:
		kind = TokenImpersonation;
		break;
	case LOGON32_LOGON_INTERACTIVE:
	case LOGON32_LOGON_BATCH:
	case LOGON32_LOGON_SERVICE:
	case LOGON32_LOGON_NETWORK_CLEARTEXT:
		break;
	case LOGON32_LOGON_UNLOCK:
	case LOGON32_LOGON_NEW_CREDENTIALS:
		return cp_fail(ERROR_NOT_SUPPORTED);
	default:
		return cp_fail(ERROR_INVALID_PARAMETER);
	}
	char *name = NULL;
	uintptr_t id = 0;
	uint32_t code = authenticate(user, password, &name);
	if (code == 0) {
		CP_GO(code, cpgo_token_of_user(name, &id));
	}
	free(name);
	if (code != 0)
		return cp_fail(code);
	return cp_new_token(id, TOKEN_ALL_ACCESS, NULL, SecurityImpersonation, kind, token);
}

BOOL WINAPI LogonUserW(LPCWSTR user, LPCWSTR domain, LPCWSTR password, DWORD type, DWORD provider, PHANDLE token)
{
	char *u = NULL, *d = NULL, *p = NULL;
	BOOL ok = cp_text(user, &u) && cp_text(domain, &d) && cp_text(password, &p) && LogonUserA(u, d, p, type, provider, token);
	if (p != NULL)
		explicit_bzero(p, strlen(p));
	free(u);
	free(d);
	free(p);
	return ok;
}
