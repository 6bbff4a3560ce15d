/* Where a program begins that has a _tmain or a wmain instead of a main. This is
 * linked in only if the program has no main of its own, and calls what it has;
 * the names are those of tmain.h and those that C and C++ give a plain wmain. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define WEAK __attribute__((weak))
extern int narrow_main(int, char **, char **) __asm__("createprocess_tmain") WEAK;
extern int wide_main(int, WCHAR **, WCHAR **) __asm__("createprocess_wmain") WEAK;
extern int wmain_c(int, WCHAR **, WCHAR **) __asm__("wmain") WEAK;
extern int wmain_cpp(int, WCHAR **, WCHAR **) __asm__("_Z5wmainiPPw") WEAK;
extern int wmain_cpp_const(int, WCHAR **, WCHAR **) __asm__("_Z5wmainiPPKw") WEAK;
extern int wmain_cpp_environment(int, WCHAR **, WCHAR **) __asm__("_Z5wmainiPPwS0_") WEAK;
extern int wmain_cpp_nothing(int, WCHAR **, WCHAR **) __asm__("_Z5wmainv") WEAK;
#pragma weak WinMain
#pragma weak wWinMain

extern const int nothing[] __asm__("__start_createprocess_begin") WEAK;

typedef int wide(int, WCHAR **, WCHAR **);

static WCHAR **widened(char **list)
{
	size_t n = 0;
	while (list[n] != NULL)
		n++;
	WCHAR **out = calloc(n + 1, sizeof *out);
	for (size_t i = 0; out != NULL && i < n; i++) {
		int units = MultiByteToWideChar(CP_UTF8, 0, list[i], -1, NULL, 0);
		out[i] = calloc((size_t)units + 1, sizeof *out[i]);
		if (out[i] == NULL)
			return NULL;
		MultiByteToWideChar(CP_UTF8, 0, list[i], -1, out[i], units);
	}
	return out;
}

/* What is behind the program's name in the command line. */
static WCHAR *rest(WCHAR *line)
{
	if (*line == '"') {
		for (line++; *line != 0 && *line != '"'; line++)
			;
		line += *line == '"';
	}
	while (*line != 0 && *line != ' ' && *line != '\t')
		line++;
	while (*line == ' ' || *line == '\t')
		line++;
	return line;
}

int main(int argc, char **argv, char **envp)
{
	wide *const all[] = {wide_main, wmain_c, wmain_cpp, wmain_cpp_const, wmain_cpp_environment, wmain_cpp_nothing};
	wide *found = NULL;
	int code;
	if (narrow_main != NULL) {
		code = narrow_main(argc, argv, envp);
	} else if (WinMain != NULL) {
		char *line = strdup(GetCommandLineA());
		WCHAR **words = widened((char *[]){line, NULL});
		int units = WideCharToMultiByte(CP_UTF8, 0, rest(words[0]), -1, line, (int)strlen(line) + 1, NULL, NULL);
		(void)units;
		code = WinMain(GetModuleHandleA(NULL), NULL, line, SW_SHOWDEFAULT);
	} else if (wWinMain != NULL) {
		code = wWinMain(GetModuleHandleA(NULL), NULL, rest(GetCommandLineW()), SW_SHOWDEFAULT);
	} else {
		for (size_t i = 0; found == NULL && i < sizeof all / sizeof all[0]; i++)
			found = all[i];
		WCHAR **words = widened(argv), **environment = widened(envp);
		if (found == NULL || words == NULL || environment == NULL) {
			fputs(found == NULL ? "createprocess: the program has no main, _tmain, wmain or WinMain\n" : "createprocess: no memory is left\n", stderr);
			return 1;
		}
		code = found(argc, words, environment);
	}
	if (nothing != NULL && nothing[0])
		code = 0;
	if ((code & ~0xff) != 0)
		ExitProcess((UINT)code); /* the exit code has 32 bits */
	return code;
}
