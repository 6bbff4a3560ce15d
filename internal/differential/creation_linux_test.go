package differential

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf16"

	. "github.com/seed-f798aa80/createprocess"
)

func exitCodes(t *transcript) {
	for _, code := range []string{"0", "1", "255", "256", "258", "259", "65536", "3221225477", "4294967295"} {
		t.finish("ExitProcess "+code, t.start(0, "exit", code))
	}
	for _, code := range []string{"0", "1", "255", "256", "3221225477"} {
		t.finish("return "+code, t.start(0, "return", code))
	}
	t.finish("abort", t.start(0, "ABRT"))
	t.finish("write through a null pointer", t.start(0, "SEGV"))
}

// exitCodeChild returns, or ends by a signal: the Go runtime would end by
// another way, a shell does not.
func exitCodeChild(t *transcript, args []string) int {
	if args[0] == "return" {
		code, _ := strconv.ParseUint(args[1], 10, 32)
		return int(code)
	}
	t.must(syscall.Exec("/bin/sh", []string{"sh", "-c", "ulimit -c 0; kill -s " + args[0] + " $$"}, nil))
	return 0
}

func refusals(t *transcript) {
	t.write("text", "just text\n")
	t.write("empty", "")
	t.must(os.Mkdir("folder", 0o755))
	attempt := func(label string, p Params) {
		pi, err := t.try(p)
		t.result(label, err)
		if err == nil {
			_, err = WaitForSingleObject(pi.Process, INFINITE)
			t.must(err)
			t.must(pi.Close())
		}
	}
	attempt("no such application", Params{ApplicationName: "./missing"})
	attempt("no such application in a folder that is missing", Params{ApplicationName: "missing/missing"})
	attempt("no such name", Params{CommandLine: "createprocess-nope a b"})
	attempt("no such path", Params{CommandLine: "./missing a b"})
	attempt("no such path, quoted", Params{CommandLine: `"./missing" a`})
	attempt("no such path in a folder that is missing", Params{CommandLine: "missing/missing"})
	attempt("an application that is a file's child", Params{ApplicationName: "text/missing"})
	attempt("empty command line", Params{CommandLine: ""})
	attempt("blank command line", Params{CommandLine: " \t "})
	attempt("a folder", Params{ApplicationName: "folder"})
	attempt("a text", Params{ApplicationName: "text"})
	attempt("an empty file", Params{ApplicationName: "empty"})
	longest := "x " + strings.Repeat("x", 32764)
	attempt("a command line of 32,766 characters", Params{ApplicationName: t.image, CommandLine: longest})
	attempt("a command line of 32,767 characters", Params{ApplicationName: t.image, CommandLine: longest + "x"})
}

const lineKey = "COMMANDLINE_CHILD"

func commandLines(t *transcript) {
	for i, line := range []string{
		"x",
		"x a b  c\td",
		`x "two words" "" e`,
		`x a"b c"d`,
		`x \a \\b c\ "d\\"`,
		`x a\"b "c\"d" \\"e f"`,
		`x "a""b" """ c"`,
		`x "open end`,
		`x """"`,
		`x * ? %PATH% $HOME 'a b' ^ & | < >`,
		"x new\nline",
		"x \u00e9 \u20ac \U0001F600",
		`"quoted first" a`,
		`fi"rst"x a`,
		`back\slash\ "a"`,
		`"first"behind a`,
	} {
		t.Setenv(lineKey, strconv.Itoa(i))
		t.attempt(fmt.Sprintf("line %d, arguments", i), Params{ApplicationName: t.image, CommandLine: line})
	}
}

// commandLineChild prints what is not ASCII by its UTF-16 units.
func commandLineChild(t *transcript, _ []string) int {
	for i, arg := range os.Args {
		var text strings.Builder
		for _, unit := range utf16.Encode([]rune(arg)) {
			if unit >= ' ' && unit < 0x7f {
				text.WriteByte(byte(unit))
			} else {
				fmt.Fprintf(&text, "{%04x}", unit)
			}
		}
		t.say(fmt.Sprintf("line %s, argument %d", os.Getenv(lineKey), i), text.String())
	}
	return len(os.Args)
}

func environments(t *transcript) {
	t.Setenv("DIFF_A", "creator")
	t.Setenv("DIFF_B", "gone")
	t.must(os.Unsetenv("DIFF_B"))
	attempt := func(which string, block []string) {
		if block != nil {
			block = append(block, childKey+"=environment") // by which the child knows its part
		}
		t.attempt(which, Params{ApplicationName: t.image, CommandLine: `x child "` + which + `"`, Environment: block})
	}
	attempt("inherited", nil)
	attempt("block", []string{"DIFF_A=1", "DIFF_B=x=y", "DIFF_EMPTY=", "DIFF_TEXT=two words"})
	attempt("wide block", []string{"DIFF_A=3", "DIFF_TEXT=wide"})
	attempt("one name twice", []string{"DIFF_A=first", "DIFF_A=second"})
	attempt("unsorted", []string{"DIFF_TEXT=1", "DIFF_B=2", "DIFF_A=3"})
	attempt("entry without =", []string{"DIFF_A=1", "DIFF_B"})
	attempt("entry without a name", []string{"=DIFF=x", "DIFF_A=1"})
	attempt("empty block", []string{})
}

func environmentChild(t *transcript, args []string) int {
	for _, name := range []string{"DIFF_A", "DIFF_B", "DIFF_EMPTY", "DIFF_TEXT", "diff_a", "DIFF_ABSENT"} {
		label := args[1] + ", " + name
		if value, ok := os.LookupEnv(name); ok {
			t.say(label, "<"+value+">")
		} else {
			t.say(label, "error 203") // ERROR_ENVVAR_NOT_FOUND: the C function's, not ours
		}
	}
	return 0
}

func directories(t *transcript) {
	t.must(os.MkdirAll("here/below", 0o755))
	t.Chdir("here")
	t.write("below/marker", "")
	t.copyImage("copy.image")
	t.copyImage("below/other.image")
	attempt := func(which, application, directory string) {
		t.attempt(which, Params{ApplicationName: application, CommandLine: `x child "` + which + `"`, CurrentDirectory: directory})
	}
	attempt("inherited", t.image, "")
	attempt("relative", t.image, "below")
	attempt("with a slash at the end", t.image, "below/")
	attempt("dots", t.image, "below/../below/.")
	attempt("missing", t.image, "missing")
	attempt("a file", t.image, "copy.image")
	attempt("below a file", t.image, "copy.image/x")
	attempt("relative image in the creator's directory", "./copy.image", "below")
	attempt("relative image in the child's directory", "./other.image", "below")
	attempt("missing image and missing directory", "./missing", "missing")
	dir, err := os.Getwd()
	t.must(err)
	t.say("the creator stays", filepath.Base(dir))
}

func directoryChild(t *transcript, args []string) int {
	dir, err := os.Getwd()
	t.must(err)
	t.say(args[1]+", current directory", filepath.Base(dir))
	_, err = os.Stat("marker")
	t.yes(args[1]+", sees the marker", err == nil)
	return 0
}

func flags(t *transcript) {
	attempt := func(label string, flags CreationFlags) {
		t.attempt(label, Params{Args: []string{t.image, "hello"}, CreationFlags: flags})
	}
	attempt("none", 0)
	attempt("DETACHED_PROCESS", DETACHED_PROCESS)
	attempt("CREATE_NO_WINDOW", CREATE_NO_WINDOW)
	attempt("CREATE_NEW_PROCESS_GROUP", CREATE_NEW_PROCESS_GROUP)
	attempt("CREATE_NEW_CONSOLE", CREATE_NEW_CONSOLE)
	attempt("CREATE_DEFAULT_ERROR_MODE", CREATE_DEFAULT_ERROR_MODE)
	attempt("CREATE_UNICODE_ENVIRONMENT", CREATE_UNICODE_ENVIRONMENT)
	attempt("DETACHED_PROCESS and CREATE_NEW_PROCESS_GROUP", DETACHED_PROCESS|CREATE_NEW_PROCESS_GROUP)
	attempt("DETACHED_PROCESS and CREATE_NO_WINDOW", DETACHED_PROCESS|CREATE_NO_WINDOW)
	attempt("CREATE_NEW_CONSOLE and CREATE_NO_WINDOW", CREATE_NEW_CONSOLE|CREATE_NO_WINDOW)
	attempt("DETACHED_PROCESS and CREATE_NEW_CONSOLE", DETACHED_PROCESS|CREATE_NEW_CONSOLE)
	attempt("two priority classes", IDLE_PRIORITY_CLASS|NORMAL_PRIORITY_CLASS)
	attempt("CREATE_SEPARATE_WOW_VDM and CREATE_SHARED_WOW_VDM", CREATE_SEPARATE_WOW_VDM|CREATE_SHARED_WOW_VDM)
	attempt("an unknown flag", 0x00100000)
	t.result("GenerateConsoleCtrlEvent, no such event", GenerateConsoleCtrlEvent(7, 0))
}

func standardHandles(t *transcript) {
	t.finish("the creator's files, exit code", t.start(0, "inherits"))
	with := func(in, out, err *os.File) *ProcessInformation {
		p := Params{ApplicationName: t.image, CommandLine: "x echo"}
		p.StartupInfo.UseStdHandles(in, out, err)
		pi, failure := CreateProcess(p)
		t.must(failure)
		return pi
	}
	childIn, toChild, err := os.Pipe()
	t.must(err)
	fromChild, childOut, err := os.Pipe()
	t.must(err)
	pi := with(childIn, childOut, childOut)
	childIn.Close()
	childOut.Close()
	_, err = toChild.WriteString("one\ntwo\n")
	t.result("write to the child", err)
	toChild.Close()
	text, err := io.ReadAll(fromChild)
	t.must(err)
	fromChild.Close()
	t.yes("pipes, it has read the first line", strings.Contains(string(text), "<one>"))
	t.yes("pipes, and the second", strings.Contains(string(text), "<two>"))
	t.yes("pipes, and seen the end", strings.Contains(string(text), "end"))
	t.yes("pipes, standard error is the same", strings.Contains(string(text), "[two]"))
	t.finish("pipes, exit code", pi)

	t.write("input", "first\nsecond\n")
	in, err := os.Open("input")
	t.must(err)
	out, err := os.Create("output")
	t.must(err)
	errors, err := os.Create("error")
	t.must(err)
	pi = with(in, out, errors)
	in.Close()
	out.Close()
	errors.Close()
	t.finish("files, exit code", pi)
	for _, name := range []string{"output", "error"} {
		text, err := os.ReadFile(name)
		t.must(err)
		for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
			t.say(fmt.Sprintf("%s, line %d", name, i), line)
		}
	}
	t.finish("no files, exit code", with(nil, nil, nil))
}

func standardHandlesChild(t *transcript, args []string) int {
	if args[0] == "inherits" {
		t.say("a child with the creator's files", "prints")
		return 0
	}
	text, err := io.ReadAll(os.Stdin)
	t.must(err)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		fmt.Printf("<%s>\n", line)
		fmt.Fprintf(os.Stderr, "[%s]\n", line)
	}
	fmt.Println("end")
	return 6
}

func handleLists(t *transcript) {
	a, err := os.Create("a")
	t.must(err)
	b, err := os.Create("b")
	t.must(err)
	numbers := []string{strconv.Itoa(int(a.Fd())), strconv.Itoa(int(b.Fd()))}
	attempt := func(label string, inherit bool, files ...*os.File) {
		p := Params{Args: append([]string{t.image, "child"}, numbers...), InheritHandles: inherit}
		var list []InheritedHandle
		for _, f := range files {
			list = append(list, InheritedHandle{File: f})
		}
		p.StartupInfo.Attributes = []Attribute{HandleList(list...)}
		t.attempt(label, p)
	}
	attempt("only the first", true, a)
	attempt("only the second", true, b)
	attempt("both", true, a, b)
	attempt("both, without bInheritHandles", false, a, b)
	attempt("one twice", true, a, a)
	attempt("one that is not inheritable", true, a, b) // as every file of a Go program
	t.must(b.Close())
	attempt("one that is closed", true, a, b)
	t.must(a.Close())
}

// handleListChild writes through the descriptors whose numbers it is given.
func handleListChild(_ *transcript, args []string) (written int) {
	for i, arg := range args[1:] {
		fd, _ := strconv.Atoi(arg)
		if n, err := syscall.Write(fd, []byte("x")); n == 1 && err == nil {
			written |= 1 << i
		}
	}
	return written
}

const imageKey = "IMAGE_CHILD"

func images(t *transcript) {
	pi := t.start(0, "sleep")
	name, err := pi.Process.ImageName()
	t.result("its name", err)
	t.yes("its name is the creator's", filepath.Base(name) == filepath.Base(t.image))
	weak, err := OpenProcess(SYNCHRONIZE, false, pi.ProcessID)
	t.must(err)
	_, err = weak.ImageName()
	t.result("its name without the right", err)
	t.must(weak.Close())
	t.putAway(pi)

	attempt := func(which, line string) {
		t.Setenv(imageKey, which)
		t.attempt(which, Params{CommandLine: line})
	}
	t.must(os.Mkdir("a folder", 0o755))
	t.copyImage("a folder/my own.image")
	attempt("quoted", `"./a folder/my own.image" x`)
	attempt("unquoted", "./a folder/my own.image x")
	attempt("white space in front", `  "./a folder/my own.image"`)
	t.copyImage("a folder/my.image")
	attempt("a shorter name with another ending", "./a folder/my own.image x")
	t.must(os.Mkdir("a", 0o755))
	attempt("a folder with a shorter name", "./a folder/my own.image x")
	attempt("quoted in the middle", `./"a folder"/my.image`)
	attempt("no such image", "./a folder/no such.image x")
}

func imageChild(t *transcript, _ []string) int {
	name, err := os.Executable()
	t.must(err)
	t.say(os.Getenv(imageKey)+", runs", filepath.Base(name))
	return 0
}
