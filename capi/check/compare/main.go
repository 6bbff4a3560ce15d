// Command compare writes a C program that prints what the headers of this module
// say: the value of each constant, the size of each type, and where each field of
// a structure is. The same program, compiled with mingw-w64's headers and run
// under Wine, must print the same: that is how the headers are held to Windows'.
//
//	go run ./capi/check/compare capi/include/createprocess >compare.c
//
// The headers are written in a regular way (a #define on a line, a typedef as in
// winnt.h), and this reads no other.
package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var (
	define    = regexp.MustCompile(`^#define ([A-Z][A-Za-z0-9_]*) +(\S.*)$`)
	structure = regexp.MustCompile(`^typedef (?:struct|union) _?\w+ \{$`)
	enum      = regexp.MustCompile(`^typedef enum \w+ \{$`)
	name      = regexp.MustCompile(`\b([A-Za-z_]\w*)(?:\[[^\]]*\])?$`)
	alias     = regexp.MustCompile(`^(?:__extension__ )?typedef [^({]*;$`)
	word      = regexp.MustCompile(`\w+`)
)

// notValues are macros that are words of the language or make declarations.
var notValues = map[string]string{}

// notInMingw are fields and members of enums that mingw-w64 10 does not have.
var notInMingw = map[string]bool{
	"JOBOBJECT_CPU_RATE_CONTROL_INFORMATION.MinRate": true, // since Windows 10
	"JOBOBJECT_CPU_RATE_CONTROL_INFORMATION.MaxRate": true,
}

func init() {
	for _, w := range strings.Fields(`WINAPI WINAPIV APIENTRY APIPRIVATE CALLBACK NTAPI PASCAL STDMETHODCALLTYPE STDAPICALLTYPE CDECL
		FORCEINLINE DECLSPEC_NORETURN DECLSPEC_NOINLINE DECLSPEC_SELECTANY DECLSPEC_DEPRECATED EXTERN_C CONST VOID
		RESTRICTED_POINTER IN OUT`) {
		notValues[w] = "a word, not a value"
	}
	notValues["WINVER"] = "the version that a program asks for; its own choice"
}

func main() {
	var constants, sizes []string
	fields := map[string][]string{}
	files, err := filepath.Glob(filepath.Join(os.Args[1], "*.h"))
	if err != nil || len(files) == 0 {
		fmt.Fprintln(os.Stderr, "no headers in", os.Args[1])
		os.Exit(1)
	}
	for _, f := range files {
		switch filepath.Base(f) {
		case "createprocess_crt.h", "sal.h", "tchar.h", "tmain.h":
			continue // names of the C library, annotations
		}
		read(f, &constants, &sizes, fields)
	}
	slices.Sort(constants)
	constants = slices.Compact(constants)
	slices.Sort(sizes)
	sizes = slices.Compact(sizes)

	os.Stdout.WriteString(head)
	for _, c := range constants {
		if strings.HasSuffix(c, "_NAME") || strings.HasSuffix(c, "_AUTHORITY") || strings.HasSuffix(c, "_INIT") {
			continue // texts and initializers
		}
		if member, ok := strings.CutPrefix(c, "="); ok {
			fmt.Printf("    VALUE(%s);\n", member)
			continue
		}
		fmt.Printf("#ifdef %[1]s\n    VALUE(%[1]s);\n#else\n    printf(\"%[1]s absent\\n\");\n#endif\n", c)
	}
	for _, t := range sizes {
		fmt.Printf("    SIZE(%s);\n", t)
		for _, f := range fields[t] {
			if notInMingw[t+"."+f] {
				continue
			}
			fmt.Printf("    FIELD(%s, %s);\n", t, f)
		}
	}
	fmt.Print("    return 0;\n}\n")
}

func read(file string, constants, sizes *[]string, fields map[string][]string) {
	f, err := os.Open(file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		switch m := define.FindStringSubmatch(line); {
		case m != nil:
			if _, no := notValues[m[1]]; no || strings.HasPrefix(m[1], "CREATEPROCESS_") || isFunction(m[2]) {
				continue
			}
			*constants = append(*constants, m[1])
		case structure.MatchString(line):
			t, fs := readStructure(lines)
			*sizes = append(*sizes, t)
			fields[t] = fs
		case enum.MatchString(line):
			for lines.Scan() && !strings.HasPrefix(lines.Text(), "}") {
				if m := word.FindString(lines.Text()); !notInMingw[m] {
					*constants = append(*constants, "="+m)
				}
			}
		case alias.MatchString(line) && !strings.Contains(line, "CREATEPROCESS_AW"):
			for i, part := range strings.Split(strings.TrimSuffix(line, ";"), ",") {
				if i == 0 && strings.Contains(part, "struct") {
					break
				}
				w := word.FindAllString(part, -1)
				*sizes = append(*sizes, w[len(w)-1])
			}
		}
	}
	*sizes = slices.DeleteFunc(*sizes, func(s string) bool { return s == "" || strings.HasPrefix(s, "STRSAFE") || s == "hyper" })
}

// isFunction tells a macro that renames a function or a type from a value.
func isFunction(value string) bool {
	w := word.FindString(value)
	return strings.HasPrefix(value, "CREATEPROCESS_") || strings.HasPrefix(value, "__attribute__") ||
		(w == value && w != "" && strings.ToUpper(w) != w)
}

// readStructure reads up to the closing brace. Members of a nameless structure
// inside are members of this one; of one with a name, only the name is.
func readStructure(lines *bufio.Scanner) (string, []string) {
	var fields []string
	var outer [][]string
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		switch {
		case strings.HasSuffix(line, "{"):
			outer = append(outer, fields)
			fields = nil
		case strings.HasPrefix(line, "}"):
			names := word.FindAllString(line, -1)
			if len(outer) == 0 {
				if i := slices.Index(names, "4"); i >= 0 { // an attribute in front of the name
					names = names[i+1:]
				}
				return names[0], fields
			}
			if strings.HasPrefix(names[0], "DUMMY") {
				fields = append(outer[len(outer)-1], fields...)
			} else {
				fields = append(outer[len(outer)-1], names[0])
			}
			outer = outer[:len(outer)-1]
		case strings.HasSuffix(line, ";"):
			if m := name.FindStringSubmatch(strings.TrimSuffix(line, ";")); m != nil {
				fields = append(fields, m[1])
			}
		}
	}
	return "", nil
}

const head = `#ifdef __MINGW32__
#define WINVER 0x0A00
#define _WIN32_WINNT 0x0A00
#define NTDDI_VERSION 0x0A000006
#endif
#include <windows.h>
#include <tlhelp32.h>
#include <aclapi.h>
#include <psapi.h>
#include <sddl.h>
#include <userenv.h>
#include <lmcons.h>
#include <stddef.h>
#ifdef __MINGW32__
#include <stdio.h>
#define LONGLONGFORMAT "%I64d"
#define __STRSAFE_NO_INLINE
#else
#define LONGLONGFORMAT "%lld"
#endif
#include <strsafe.h>
#define VALUE(x) printf(#x " " LONGLONGFORMAT " %d\n", (long long)(x), (int)sizeof(x))
#define SIZE(t) printf("sizeof " #t " %d\n", (int)sizeof(t))
#define FIELD(t, f) printf("offsetof " #t " " #f " %d %d\n", (int)offsetof(t, f), (int)sizeof(((t *)0)->f))

int main(void)
{
`
