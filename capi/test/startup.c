/* Where a program begins: KIND says with what. It is compiled as C and as C++.
 * Started with the argument "äx", it checks that, and answers. */
#include <windows.h>
#include <tchar.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((unused)) static int right(int argc, TCHAR **argv)
{
	return argc == 2 && lstrcmp(argv[1], TEXT("\u00e4x")) == 0;
}

#if KIND == 1 /* answers 300, of which a plain exit code would keep 44 */
int _tmain(int argc, TCHAR *argv[])
{
	return right(argc, argv) ? 300 : 1;
}
#elif KIND == 2 /* an answer that is none: the exit code is 0 */
void _tmain(int argc, _TCHAR **argv)
{
	if (!right(argc, argv))
		exit(1);
}
#elif KIND == 3 /* declared beforehand; with the environment */
int _tmain(int argc, TCHAR *argv[], TCHAR *envp[]);
int _tmain(int argc, TCHAR *argv[], TCHAR *envp[])
{
	return right(argc, argv) && envp[0] != NULL ? 7 : 1;
}
#elif KIND == 4
int __cdecl _tmain(void)
{
	return 8;
}
#elif KIND == 5
int wmain(int argc, wchar_t *argv[])
{
	return argc == 2 && lstrcmpW(argv[1], L"\u00e4x") == 0 ? 9 : 1;
}
#elif KIND == 6
int main(int argc, char **argv)
{
	return argc == 2 && strcmp(argv[1], "\xc3\xa4x") == 0 ? 10 : 1;
}
#elif KIND == 7
int WINAPI WinMain(HINSTANCE instance, HINSTANCE previous, LPSTR line, int show)
{
	(void)instance, (void)show;
	return previous == NULL && strcmp(line, "\xc3\xa4x") == 0 ? 11 : 1;
}
#endif
