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
type difference struct{ program, label, wine, linux, reason string }

func (d difference) String() string {
	cell := func(s string) string {
		if s == absent {
			return s
		}
		return "`" + s + "`"
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s |", d.program, cell(d.label), cell(d.wine), cell(d.linux), d.reason)
}

const (
	byteReason       = "The kernel keeps 8 bits of what main returns. ExitProcess has all 32."
	caseReason       = "Names of variables differ by case on Linux."
	entryReason      = "A block that is malformed is a mistake, and refused; of the creator's own environment such entries are left out."
	moreReason       = "A handle never gets more rights than it has; on Microsoft's page it does in some cases."
	twiceReason      = "On Microsoft's page the array cannot have one handle twice; Wine 8 does not look."
	terminatedReason = "ERROR_ACCESS_DENIED, as Microsoft's page has it; Wine 8 does not look."
	wineFlagReason   = "Wine 8 does not look at the priority class among the creation flags."
	wineWaitReason   = "What is no handle is 6 for every wait; Wine 8 does not look at it."
)

var differences = []difference{
	{"duplicate", "more rights again", "ok", "error 5", moreReason},
	{"duplicate", "more rights, terminate", "ok", absent, moreReason},
	{"environment", "inherited, diff_a", "<creator>", "error 203", caseReason},
	{"environment", "block, diff_a", "<1>", "error 203", caseReason},
	{"environment", "wide block, diff_a", "<3>", "error 203", caseReason},
	{"environment", "one name twice, diff_a", "<first>", "error 203", caseReason},
	{"environment", "unsorted, diff_a", "<3>", "error 203", caseReason},
	{"environment", "entry without =", "0", "error 87", entryReason},
	{"environment", "entry without =, *", "*", absent, entryReason},
	{"environment", "entry without a name", "0", "error 87", entryReason},
	{"environment", "entry without a name, *", "*", absent, entryReason},
	{"exitcode", "return 256", "256", "0", byteReason},
	{"exitcode", "return 3221225477", "0xC0000005", "5", byteReason},
	{"exitcode", "abort", "3", "0xC0000409", "The C library's: msvcrt, which these programs use, ends with 3; Microsoft's newer one (UCRT) with 0xC0000409."},
	{"flags", "DETACHED_PROCESS and CREATE_NEW_CONSOLE", "5", "error 87", "On Microsoft's page the one cannot be used with the other; Wine 8 does not look."},
	{"flags", "CREATE_SEPARATE_WOW_VDM and CREATE_SHARED_WOW_VDM", "5", "error 87", "They ask for opposites; Wine 8 does not look."},
	{"flags", "two priority classes", "5", "error 87", "There is no saying which one is meant. Microsoft's page does not say it either."},
	{"flags", "an unknown flag", "5", "error 87", "What the flag asks for would not be done: it is refused rather than ignored."},
	{"flags", "GenerateConsoleCtrlEvent, no such event", "error 0", "error 87", "Wine 8 fails without an error code."},
	{"handlelist", "both, without bInheritHandles", "0", "error 87", "Microsoft's page asks for bInheritHandles with a list; Wine 8 does not look."},
	{"handlelist", "one twice", "1", "error 87", "One number in the child cannot be two files; Wine 8 does not look."},
	{"handlelist", "one that is not inheritable", "1", "3", "A file of a Go program has no such mark: to be listed is enough. Microsoft's page asks for the mark, and Wine 8 leaves out what has none."},
	{"handlelist", "one that is closed", "1", "error 6", "Wine 8 leaves a closed handle out; here it is an error that names the list."},
	{"image", "white space in front", "error 2", "0", "White space in front of the name is passed over; Wine 8 takes it for an empty name."},
	{"image", "white space in front, runs", absent, "my own.image", "White space in front of the name is passed over; Wine 8 takes it for an empty name."},
	{"image", "no such image", "error 2", "error 5", "If none of the names is an image, a folder that has one of them (`./a`) is the error, rather than that the others are missing."},
	{"inheritable", "process", "no", "yes", "Wine 8 does not look at bInheritHandle of the process attributes."},
	{"inheritable", "an inheritable event", "ok", "error 50", "This version cannot hand an event on to a child, and says so."},
	{"open", "open one that has ended while a handle is left", "ok", "error 87", "Linux gives the number of a collected process to the next one, whatever handles are open."},
	{"priority", "created with 16384", "32", "16384", wineFlagReason},
	{"priority", "created with 64", "32", "64", wineFlagReason},
	{"refusals", "no such application in a folder that is missing", "error 3", "error 2", "ENOENT does not say which part of the path is missing. errors.Is knows both codes as fs.ErrNotExist."},
	{"refusals", "an application that is a file's child", "error 3", "error 267", "ENOTDIR is ERROR_DIRECTORY, whichever path it is about; the error names the path."},
	{"refusals", "empty command line", "error 2", "error 87", "In Go an empty text is none, as lpCommandLine NULL is in Win32."},
	{"refusals", "a folder", "error 6", "error 5", "A folder may not be executed; the 6 is Wine 8's own."},
	{"refusals", "a command line of 32,767 characters", "error 87", "error 206", "Too long is 206, as it is for a path. Microsoft's page has the limit, and no code."},
	{"registered", "no handle", "ok", "error 6", wineWaitReason},
	{"registered", "a closed handle", "ok", "error 6", wineWaitReason},
	{"suspend", "resume after the end fails", "no", "yes", "Who resumes what has ended is told; Wine answers that the count was 0."},
	{"terminate", "*, terminate again", "ok", "error 5", terminatedReason},
	{"terminate", "terminate one that has ended by itself", "ok", "error 5", terminatedReason},
	{"toolhelp", "the child's base priority", "2", "8", "8 is the normal class's on Microsoft's page; Wine 8 has numbers of its own."},
	{"waitmany", "any, one handle twice", "0", "error 87", twiceReason},
	{"waitmany", "all, one handle twice", "0", "error 87", twiceReason},
	{"waitmany", "all, two handles to one object", "258", "error 87", "One object cannot be had twice at one moment: it is the same mistake."},
	{"waitmany", "65 handles", "error 87", "63", "There is no limit of 64 handles."},
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
		key := d.program + "\x00" + d.label
		if seen[key] || d.reason == "" || d.wine == d.linux || programs[d.program].creator == nil {
			t.Errorf("%+v", d)
		}
		seen[key] = true
	}
}
