package differential

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// absent stands for an observation that is not made: there is nothing to observe.
const absent = "—"

// A difference is one that is meant, or one by which Wine 8 differs from
// Windows. The label may have one "*", and so may Wine's answer.
type difference struct {
	way                                 way
	program, label, wine, linux, reason string
}

// A way is one of the two that the programs go on Linux.
type way string

const (
	both  way = "both"
	goAPI way = "Go" // the counterparts in Go
	cLib  way = "C"  // the C programs themselves, with libcreateprocess
)

func (d difference) String() string {
	cell := func(s string) string {
		if s == absent {
			return s
		}
		return "`" + s + "`"
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s |", d.program, d.way, cell(d.label), cell(d.wine), cell(d.linux), d.reason)
}

const (
	byteReason       = "The kernel keeps 8 bits of what main returns. ExitProcess has all 32."
	caseReason       = "Names of variables differ by case on Linux."
	entryReason      = "A block that is malformed is a mistake, and refused; of the creator's own environment such entries are left out."
	notExecutable    = "What fopen makes may not be executed on Linux. The counterpart in Go makes it so that it may: 193."
	moreReason       = "A handle never gets more rights than it has; on Microsoft's page it does in some cases."
	twiceReason      = "On Microsoft's page the array cannot have one handle twice; Wine 8 does not look."
	terminatedReason = "ERROR_ACCESS_DENIED, as Microsoft's page has it; Wine 8 does not look."
	wineFlagReason   = "Wine 8 does not look at the priority class among the creation flags."
	wineWaitReason   = "What is no handle is 6 for every wait; Wine 8 does not look at it."
)

var differences = []difference{
	{both, "duplicate", "more rights again", "ok", "error 5", moreReason},
	{both, "duplicate", "more rights, terminate", "ok", absent, moreReason},
	{both, "environment", "inherited, diff_a", "<creator>", "error 203", caseReason},
	{both, "environment", "block, diff_a", "<1>", "error 203", caseReason},
	{both, "environment", "wide block, diff_a", "<3>", "error 203", caseReason},
	{both, "environment", "one name twice, diff_a", "<first>", "error 203", caseReason},
	{both, "environment", "unsorted, diff_a", "<3>", "error 203", caseReason},
	{both, "environment", "entry without =", "0", "error 87", entryReason},
	{both, "environment", "entry without =, *", "*", absent, entryReason},
	{both, "environment", "entry without a name", "0", "error 87", entryReason},
	{both, "environment", "entry without a name, *", "*", absent, entryReason},
	{both, "exitcode", "return 256", "256", "0", byteReason},
	{both, "exitcode", "return 3221225477", "0xC0000005", "5", byteReason},
	{both, "exitcode", "abort", "3", "0xC0000409", "The C library's: msvcrt, which these programs use, ends with 3; Microsoft's newer one (UCRT) with 0xC0000409."},
	{both, "flags", "DETACHED_PROCESS and CREATE_NEW_CONSOLE", "5", "error 87", "On Microsoft's page the one cannot be used with the other; Wine 8 does not look."},
	{both, "flags", "CREATE_SEPARATE_WOW_VDM and CREATE_SHARED_WOW_VDM", "5", "error 87", "They ask for opposites; Wine 8 does not look."},
	{both, "flags", "two priority classes", "5", "error 87", "There is no saying which one is meant. Microsoft's page does not say it either."},
	{both, "flags", "an unknown flag", "5", "error 87", "What the flag asks for would not be done: it is refused rather than ignored."},
	{both, "flags", "GenerateConsoleCtrlEvent, no such event", "error 0", "error 87", "Wine 8 fails without an error code."},
	{both, "handlelist", "both, without bInheritHandles", "0", "error 87", "Microsoft's page asks for bInheritHandles with a list; Wine 8 does not look."},
	{goAPI, "handlelist", "one twice", "1", "error 87", "One number in the child cannot be two files; Wine 8 does not look."},
	{cLib, "handlelist", "one that is not inheritable", "1", "error 87", "Microsoft's page asks for the mark; Wine 8 leaves out what has none."},
	{goAPI, "handlelist", "one that is not inheritable", "1", "3", "A file of a Go program has no such mark: to be listed is enough. Microsoft's page asks for the mark, and Wine 8 leaves out what has none."},
	{both, "handlelist", "one that is closed", "1", "error 6", "Wine 8 leaves a closed handle out; here it is an error that names the list."},
	{both, "image", "white space in front", "error 2", "0", "White space in front of the name is passed over; Wine 8 takes it for an empty name."},
	{both, "image", "white space in front, runs", absent, "my own.image", "White space in front of the name is passed over; Wine 8 takes it for an empty name."},
	{both, "image", "no such image", "error 2", "error 5", "If none of the names is an image, a folder that has one of them (`./a`) is the error, rather than that the others are missing."},
	{both, "inheritable", "process", "no", "yes", "Wine 8 does not look at bInheritHandle of the process attributes."},
	{goAPI, "inheritable", "an inheritable event", "ok", "error 50", "An event of the Go API is of one program; libcreateprocess hands its events on."},
	{both, "open", "open one that has ended while a handle is left", "ok", "error 87", "Linux gives the number of a collected process to the next one, whatever handles are open."},
	{both, "priority", "created with 16384", "32", "16384", wineFlagReason},
	{both, "priority", "created with 64", "32", "64", wineFlagReason},
	{both, "refusals", "no such application in a folder that is missing", "error 3", "error 2", "ENOENT does not say which part of the path is missing. errors.Is knows both codes as fs.ErrNotExist."},
	{both, "refusals", "an application that is a file's child", "error 3", "error 267", "ENOTDIR is ERROR_DIRECTORY, whichever path it is about; the error names the path."},
	{both, "refusals", "empty command line", "error 2", "error 87", "In Go an empty text is none, as lpCommandLine NULL is in Win32."},
	{both, "refusals", "a folder", "error 6", "error 5", "A folder may not be executed; the 6 is Wine 8's own."},
	{both, "refusals", "a command line of 32,767 characters", "error 87", "error 206", "Too long is 206, as it is for a path. Microsoft's page has the limit, and no code."},
	{cLib, "refusals", "a text", "error 193", "error 5", notExecutable},
	{cLib, "refusals", "an empty file", "error 193", "error 5", notExecutable},
	{both, "registered", "no handle", "ok", "error 6", wineWaitReason},
	{both, "registered", "a closed handle", "ok", "error 6", wineWaitReason},
	{both, "suspend", "resume after the end fails", "no", "yes", "Who resumes what has ended is told; Wine answers that the count was 0."},
	{both, "terminate", "*, terminate again", "ok", "error 5", terminatedReason},
	{both, "terminate", "terminate one that has ended by itself", "ok", "error 5", terminatedReason},
	{both, "toolhelp", "the child's base priority", "2", "8", "8 is the normal class's on Microsoft's page; Wine 8 has numbers of its own."},
	{goAPI, "waitmany", "any, one handle twice", "0", "error 87", twiceReason},
	{both, "waitmany", "all, one handle twice", "0", "error 87", twiceReason},
	{goAPI, "waitmany", "all, two handles to one object", "258", "error 87", "One object cannot be had twice at one moment: it is the same mistake."},
	{goAPI, "waitmany", "65 handles", "error 87", "63", "There is no limit of 64 handles."},
}

// TestDocument: the section "Differences" of the contract has the rows of this
// table, and no other.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/semantics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Differences\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var have, want []string
	for line := range strings.Lines(section) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "| ") {
			have = append(have, line)
		}
	}
	if len(have) > 0 {
		have = have[1:] // the heading
	}
	for _, d := range differences {
		want = append(want, d.String())
	}
	for _, row := range want {
		if !slices.Contains(have, row) {
			t.Errorf("docs/semantics.md lacks\n%s", row)
		}
	}
	for _, row := range have {
		if !slices.Contains(want, row) {
			t.Errorf("docs/semantics.md has a row that is not in the table:\n%s", row)
		}
	}
	if !slices.Equal(have, want) {
		t.Error("the rows of docs/semantics.md and the table are not the same, or not in the same order")
	}
}

// TestTable: no difference is listed twice, without a reason, or of a program that is not there.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range differences {
		key := d.program + "\x00" + d.label + "\x00"
		if seen[key+string(d.way)] || (d.way != both && seen[key+string(both)]) || (d.way == both && (seen[key+string(goAPI)] || seen[key+string(cLib)])) || d.reason == "" || d.wine == d.linux || programs[d.program].creator == nil {
			t.Errorf("%+v", d)
		}
		seen[key+string(d.way)] = true
	}
}
