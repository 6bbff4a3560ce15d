/* A program that is not linked with the library, and loads it. */
#include <windows.h>

#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	void *library = argc == 3 ? dlopen(argv[1], RTLD_NOW) : NULL;
	if (library == NULL) {
		puts(argc == 3 ? dlerror() : "load LIBRARY COMMAND"); /* printf would be the library's */
		return 1;
	}
	__typeof__(&CreateProcessA) create = (__typeof__(&CreateProcessA))dlsym(library, "CreateProcessA");
	__typeof__(&WaitForSingleObject) wait = (__typeof__(&WaitForSingleObject))dlsym(library, "WaitForSingleObject");
	__typeof__(&GetExitCodeProcess) code = (__typeof__(&GetExitCodeProcess))dlsym(library, "GetExitCodeProcess");
	__typeof__(&CloseHandle) close = (__typeof__(&CloseHandle))dlsym(library, "CloseHandle");
	STARTUPINFOA si = {.cb = sizeof si};
	PROCESS_INFORMATION pi;
	DWORD answer = 0;
	if (!create(NULL, argv[2], NULL, NULL, FALSE, 0, NULL, NULL, &si, &pi) || wait(pi.hProcess, INFINITE) != WAIT_OBJECT_0 ||
	    !code(pi.hProcess, &answer) || !close(pi.hProcess) || !close(pi.hThread))
		return 2;
	/* It stays: a Go runtime does not go. What was there is there still. */
	for (int i = 0; i < 3; i++) {
		DWORD again = 0;
		if (dlclose(library) != 0 || !create(NULL, argv[2], NULL, NULL, FALSE, 0, NULL, NULL, &si, &pi) || wait(pi.hProcess, INFINITE) != WAIT_OBJECT_0 ||
		    !code(pi.hProcess, &again) || again != answer || !close(pi.hProcess) || !close(pi.hThread))
			return 3;
		library = dlopen(argv[1], RTLD_NOW);
		if (library == NULL || dlsym(library, "CreateProcessA") != (void *)create)
			return 4;
	}
	return (int)answer;
}
