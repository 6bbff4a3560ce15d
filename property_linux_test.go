package createprocess_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	. "github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/cmdline"
	"golang.org/x/sys/unix"
)

// whatItIs is all that a child finds itself to be.
type whatItIs struct {
	Args      []string
	Env       []string
	Dir       string
	Files     map[string]string // number -> what it is
	OwnGroup  bool
	OwnSess   bool
	CPUs      int
	Nice      int
	Mask      string // of blocked signals
	NoNewPriv string
	NoFile    uint64 // RLIMIT_NOFILE
}

func init() {
	childRoles["what"] = func(args []string) int {
		json.NewEncoder(os.Stdout).Encode(whatIAm(args))
		return 0
	}
}

func whatIAm(args []string) whatItIs {
	w := whatItIs{Args: args, Env: []string{}, Files: make(map[string]string)}
	for _, e := range os.Environ() {
		if strings.HasPrefix(e, "PROPERTY_") {
			w.Env = append(w.Env, e)
		}
	}
	w.Dir, _ = os.Getwd()
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		// Those that the Go runtime opens for itself do not count.
		if err == nil && !strings.HasPrefix(target, "anon_inode:") && !strings.HasPrefix(target, "/sys/fs/cgroup/") && target != fmt.Sprintf("/proc/%d/fd", os.Getpid()) {
			w.Files[e.Name()] = target
		}
	}
	w.OwnGroup = syscall.Getpgrp() == os.Getpid()
	sid, _ := unix.Getsid(0)
	w.OwnSess = sid == os.Getpid()
	var set unix.CPUSet
	unix.SchedGetaffinity(0, &set)
	w.CPUs = set.Count()
	n, _ := unix.Getpriority(unix.PRIO_PROCESS, 0)
	w.Nice = 20 - n
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":\t")
		switch name {
		case "SigBlk":
			w.Mask = value
		case "NoNewPrivs":
			w.NoNewPriv = value
		}
	}
	var limit unix.Rlimit
	unix.Getrlimit(unix.RLIMIT_NOFILE, &limit)
	w.NoFile = limit.Cur
	return w
}

// gambler makes parameters, and what a child with them must find.
type gambler struct {
	*rand.Rand
	t     *testing.T
	dir   string
	files []*os.File // to be handed on
	out   *os.File
	base  whatItIs // what the creator is
}

func (g *gambler) one(n int) bool { return g.IntN(n) == 0 }

func (g *gambler) word() string {
	letters := []rune(`ab "\\'$é日	*%&|;<>^~` + "\n")
	w := make([]rune, g.IntN(12))
	for i := range w {
		w[i] = letters[g.IntN(len(letters))]
	}
	return string(w)
}

// good makes parameters that work.
func (g *gambler) good() (p Params, want whatItIs) {
	want = g.base
	want.Files = map[string]string{"0": "/dev/null", "1": g.out.Name(), "2": "/dev/null"}
	args := []string{self(g.t)}
	want.Args = []string{}
	for range g.IntN(5) {
		want.Args = append(want.Args, g.word())
	}
	args = append(args, want.Args...)
	if g.one(2) {
		line, err := cmdline.Join(args)
		if err != nil {
			g.t.Fatal(err)
		}
		p.CommandLine = line
	} else {
		p.Args = args
	}
	if g.one(3) {
		p.ApplicationName = args[0]
	}
	p.Environment = []string{childKey + "=what", "GORACE=atexit_sleep_ms=0", "PATH=/bin"}
	want.Env = []string{}
	for i := range g.IntN(6) {
		entry := fmt.Sprintf("PROPERTY_%d=%s", i, g.word())
		want.Env = append(want.Env, entry)
		p.Environment = append(p.Environment, entry)
	}
	if g.one(2) {
		p.CurrentDirectory = []string{"/", "/usr/bin", g.dir}[g.IntN(3)]
		want.Dir = p.CurrentDirectory
	}
	for _, f := range []CreationFlags{CREATE_SUSPENDED, CREATE_UNICODE_ENVIRONMENT, CREATE_DEFAULT_ERROR_MODE, CREATE_BREAKAWAY_FROM_JOB,
		CREATE_NO_WINDOW, INHERIT_PARENT_AFFINITY, CREATE_PRESERVE_CODE_AUTHZ_LEVEL, EXTENDED_STARTUPINFO_PRESENT} {
		if g.one(5) {
			p.CreationFlags |= f
		}
	}
	if g.one(4) {
		p.CreationFlags |= CREATE_NEW_PROCESS_GROUP
		want.OwnGroup = true
	}
	if g.one(4) {
		p.CreationFlags |= DETACHED_PROCESS
		want.OwnGroup, want.OwnSess = true, true
	}
	if g.one(3) {
		classes := map[CreationFlags]int{IDLE_PRIORITY_CLASS: 19, BELOW_NORMAL_PRIORITY_CLASS: 10}
		if want.Nice <= 0 {
			classes[NORMAL_PRIORITY_CLASS] = 0
		}
		for class, nice := range classes {
			p.CreationFlags |= class
			want.Nice = nice
			break
		}
	}
	input := (*os.File)(nil)
	if g.one(3) {
		input = g.files[0]
		want.Files["0"] = input.Name()
	}
	p.StartupInfo.UseStdHandles(input, g.out, nil)
	g.attributes(&p, &want)
	return p, want
}

func (g *gambler) attributes(p *Params, want *whatItIs) {
	add := func(key AttributeKey, value any) {
		p.StartupInfo.Attributes = append(p.StartupInfo.Attributes, Attribute{key, value})
	}
	if g.one(2) {
		p.InheritHandles = true
		var list []InheritedHandle
		for range g.IntN(5) {
			f, number := g.files[g.IntN(len(g.files))], 3+g.IntN(40)
			if _, taken := want.Files[strconv.Itoa(number)]; taken {
				continue
			}
			want.Files[strconv.Itoa(number)] = f.Name()
			list = append(list, InheritedHandle{File: f, Number: number})
		}
		add(PROC_THREAD_ATTRIBUTE_HANDLE_LIST, list)
	}
	if g.one(4) {
		add(PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY, GroupAffinity{Mask: 1})
		want.CPUs = 1
	}
	if g.one(4) {
		add(PROC_THREAD_ATTRIBUTE_IDEAL_PROCESSOR, 0)
	}
	if g.one(4) {
		m := MitigationPolicy{NoNewPrivileges: g.one(2), Policy: PROCESS_CREATION_MITIGATION_POLICY_BOTTOM_UP_ASLR_ALWAYS_ON}
		if g.one(4) && hasMDWE() {
			m.Policy |= PROCESS_CREATION_MITIGATION_POLICY_PROHIBIT_DYNAMIC_CODE_ALWAYS_ON
		}
		if m.NoNewPrivileges {
			want.NoNewPriv = "1"
		}
		add(PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY, m)
	}
	if g.one(4) {
		add(PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY, PROCESS_CREATION_CHILD_PROCESS_RESTRICTED)
		want.NoNewPriv = "1"
	}
	g.Shuffle(len(p.StartupInfo.Attributes), func(i, j int) {
		a := p.StartupInfo.Attributes
		a[i], a[j] = a[j], a[i]
	})
}

// spoil makes parameters such that they cannot work, and says how they fail.
func (g *gambler) spoil(p *Params) Errno {
	missing := filepath.Join(g.dir, "missing")
	switch g.IntN(12) {
	case 0:
		p.CreationFlags |= HIGH_PRIORITY_CLASS | IDLE_PRIORITY_CLASS
		return ERROR_INVALID_PARAMETER
	case 1:
		p.CreationFlags |= DEBUG_PROCESS
		p.CreationFlags &^= CREATE_SUSPENDED
		return ERROR_NOT_SUPPORTED
	case 2:
		p.CurrentDirectory = missing
		return ERROR_DIRECTORY
	case 3:
		p.ApplicationName = missing
		return ERROR_FILE_NOT_FOUND
	case 4:
		p.ApplicationName = g.dir
		return ERROR_ACCESS_DENIED
	case 5:
		p.Environment = append(p.Environment, "PROPERTY\x00=")
		return ERROR_INVALID_PARAMETER
	case 6:
		p.StartupInfo.Attributes = append(p.StartupInfo.Attributes, Attribute{PROC_THREAD_ATTRIBUTE_PROTECTION_LEVEL, uint32(0)})
		return ERROR_NOT_SUPPORTED
	case 7:
		p.StartupInfo.Flags &^= STARTF_USESTDHANDLES
		return ERROR_INVALID_PARAMETER
	case 8:
		p.InheritHandles = true
		p.StartupInfo.Attributes = []Attribute{HandleList(InheritedHandle{File: g.out, Number: 5}, InheritedHandle{File: g.out, Number: 5})}
		return ERROR_INVALID_PARAMETER
	case 9:
		p.ApplicationName = filepath.Join(g.dir, "text")
		return ERROR_BAD_EXE_FORMAT
	case 10:
		p.Environment = append(p.Environment, "PROPERTY_BIG="+strings.Repeat("x", 1<<18)) // over MAX_ARG_STRLEN
		return ERROR_FILENAME_EXCED_RANGE
	default:
		p.StartupInfo.Attributes = []Attribute{{PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY, GroupAffinity{Mask: 1, Group: 15}}}
		return ERROR_INVALID_PARAMETER
	}
}

// TestProperty: random parameters either make a child that finds itself to be
// exactly what was asked for, or fail with the right code. What they may leave
// behind, descriptors and processes, leaktest finds.
func TestProperty(t *testing.T) {
	cases := 10000
	if testing.Short() {
		cases = 500
	}
	seed := uint64(20261123)
	if s, err := strconv.ParseUint(os.Getenv("CREATEPROCESS_TEST_SEED"), 10, 64); err == nil {
		seed = s
	}
	const players = 4
	var wg sync.WaitGroup
	for player := range players {
		dir := t.TempDir()
		wg.Go(func() { play(t, dir, rand.New(rand.NewPCG(seed, uint64(player))), cases/players) })
	}
	wg.Wait()
}

func play(t *testing.T, dir string, random *rand.Rand, cases int) {
	g := &gambler{Rand: random, t: t, dir: dir, base: whatIAm(nil)}
	g.base.Mask = strings.Repeat("0", 16)
	g.base.OwnGroup, g.base.OwnSess = false, false // the creator's are not the child's own
	var err error
	if g.out, err = os.Create(filepath.Join(dir, "out")); err != nil {
		t.Error(err)
		return
	}
	defer g.out.Close()
	if err := os.WriteFile(filepath.Join(dir, "text"), []byte("not an image"), 0o755); err != nil {
		t.Error(err)
		return
	}
	for i := range 4 {
		f, err := os.Create(filepath.Join(dir, "file"+strconv.Itoa(i)))
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		g.files = append(g.files, f)
	}
	for i := range cases {
		p, want := g.good()
		code := ERROR_SUCCESS
		if g.one(5) {
			code = g.spoil(&p)
		}
		if err := g.check(p, want, code); err != nil {
			t.Errorf("case %d: %+v: %v", i, p, err)
			return
		}
	}
}

func (g *gambler) check(p Params, want whatItIs, code Errno) error {
	if err := errors.Join(g.out.Truncate(0), seekStart(g.out)); err != nil {
		return err
	}
	pi, err := CreateProcess(p)
	if code != ERROR_SUCCESS {
		if err == nil {
			pi.Process.Terminate(1)
			pi.Close()
		}
		if !errors.Is(err, code) {
			return fmt.Errorf("error %v, want %v", err, code)
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer pi.Close()
	if p.CreationFlags&CREATE_SUSPENDED != 0 {
		if n, err := pi.Thread.Resume(); n != 1 || err != nil {
			return fmt.Errorf("Resume: %d, %v", n, err)
		}
	}
	if code, err := pi.Process.Wait(context.Background()); code != 0 || err != nil {
		return fmt.Errorf("exit code %#x, %v", code, err)
	}
	text, err := os.ReadFile(g.out.Name())
	if err != nil {
		return err
	}
	var got whatItIs
	if err := json.Unmarshal(text, &got); err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	slices.Sort(got.Env)
	slices.Sort(want.Env)
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("the child is\n%+v, want\n%+v", got, want)
	}
	return nil
}

func seekStart(f *os.File) error {
	_, err := f.Seek(0, 0)
	return err
}
