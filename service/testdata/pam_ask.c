/* A module of PAM's that asks for a code, as one for one-time passwords does. */
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdlib.h>
#include <string.h>

int pam_sm_authenticate(pam_handle_t *handle, int flags, int argc, const char **argv)
{
	char *answer = NULL;
	(void)flags, (void)argc, (void)argv;
	if (pam_prompt(handle, PAM_PROMPT_ECHO_ON, &answer, "Code: ") != PAM_SUCCESS || answer == NULL)
		return PAM_CONV_ERR;
	int right = strcmp(answer, "123456") == 0;
	free(answer);
	return right ? PAM_SUCCESS : PAM_AUTH_ERR;
}

int pam_sm_setcred(pam_handle_t *handle, int flags, int argc, const char **argv)
{
	(void)handle, (void)flags, (void)argc, (void)argv;
	return PAM_SUCCESS;
}
