// Command bench measures what a spawn costs, side by side with os/exec and with
// C's posix_spawn: microseconds from the creation of a process that does
// nothing to its exit code.
//
//	go run ./bench
//
// Each figure is the median of several runs, and the runs of the three are
// interleaved, so that what disturbs one disturbs all. Every run is a process
// of its own. Compare the ratios: the microseconds are this machine's.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	ourexec "github.com/seed-f798aa80/createprocess/exec"
)

// row is a situation in which a spawn is measured.
type row struct {
	name     string
	spawners int
	files    int // open in the creator
	heapMiB  int // touched by the creator
	env      int // variables
	spawns   int // a run
	what     string

	// api, if not "", is what is called of package exec and of os/exec. There is
	// no posix_spawn to compare with then.
	api string
}

var rows = []row{
	{name: "sequential", spawners: 1, spawns: 2000, what: "one after the other"},
	{name: "parallel8", spawners: 8, spawns: 4000, what: "8 spawners"},
	{name: "files15000", spawners: 1, files: 15000, spawns: 1000, what: "15,000 files open in the creator"},
	{name: "heap4g", spawners: 1, heapMiB: 4096, spawns: 1000, what: "4 GiB of touched heap in the creator"},
	{name: "env1000", spawners: 1, env: 1000, spawns: 1000, what: "1,000 environment variables"},
	{name: "exec_run", spawners: 1, spawns: 2000, api: "run", what: "package exec: Run, beside os/exec's"},
	{name: "exec_output", spawners: 1, spawns: 2000, api: "output", what: "package exec: Output of a process that writes 64 KiB"},
	{name: "exec_parallel", spawners: 32, spawns: 6400, api: "output", what: "the same, 32 goroutines"},
}

// result has the names that readers of --json know. PosixSpawn is null where
// there is nothing of that kind to measure: a row has its three figures always.
type result struct {
	Name       string   `json:"name"`
	Ours       float64  `json:"ours_us"`
	OSExec     float64  `json:"os_exec_us,omitempty"`
	PosixSpawn *float64 `json:"posix_spawn_us"`
	Wine       float64  `json:"wine_us,omitempty"` // of the row "sample", which has no other
}

func main() {
	asJSON := flag.Bool("json", false, "print an array of objects: name, ours_us, os_exec_us, posix_spawn_us")
	only := flag.String("rows", "", "measure only these `rows`, separated by commas")
	runs := flag.Int("runs", 9, "the `number` of runs behind a median")
	quick := flag.Bool("quick", false, "one short run of each row: to see that it works")
	peer := flag.String("peer", "", "be one of the peers; what follows is IMAGE SPAWNERS SPAWNS FILES HEAP_MIB [API]")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "Usage: go run ./bench [flags]\n\nRows:")
		for _, r := range rows {
			fmt.Fprintf(os.Stderr, "  %-14s%s\n", r.name, r.what)
		}
		fmt.Fprintf(os.Stderr, "  %-14s%s\n", sampleRow, "Microsoft's sample program, against Wine")
		fmt.Fprintf(os.Stderr, "  %-14s%s\n", treeRow, "100 processes in a job and their end, against setsid and kill of the group")
		fmt.Fprintln(os.Stderr, "\nFlags:")
		flag.PrintDefaults()
	}
	flag.Parse()
	var err error
	if *peer != "" {
		err = bePeer(*peer, flag.Args())
	} else if *only == treeRow {
		err = tree(*runs, *quick, *asJSON)
	} else {
		if *quick {
			*runs = 1
		}
		err = measure(*only, *runs, *quick, *asJSON)
		if err == nil && *only == "" && !*asJSON { // with -json it is asked for by its name
			fmt.Println()
			err = tree(*runs, *quick, false)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func measure(only string, runs int, quick, asJSON bool) error {
	dir, err := os.MkdirTemp("", "createprocess-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	peers, err := buildPeers(dir)
	if err != nil {
		return err
	}
	raiseFileLimit()
	var chosen []row
	for _, r := range rows {
		if only != "" && !slices.Contains(strings.Split(only, ","), r.name) {
			continue
		}
		if why := r.impossible(); why != "" {
			fmt.Fprintf(os.Stderr, "%s: left out: %s\n", r.name, why)
			continue
		}
		if quick {
			r.spawns = 8 * r.spawners
		}
		chosen = append(chosen, r)
	}
	// figures[row][run][peer]: the rows are interleaved too, since they are compared.
	figures := make([][][]float64, len(chosen))
	for run := range runs {
		for i, r := range chosen {
			progress("run %d of %d: %s", run+1, runs, r.name)
			figures[i] = append(figures[i], nil)
			for _, p := range r.peers(peers) {
				us, err := p.run(r)
				if err != nil {
					return fmt.Errorf("%s: %w", r.name, err)
				}
				figures[i][run] = append(figures[i][run], us)
			}
		}
	}
	progress("")
	var results []result
	for i, r := range chosen {
		of := func(peer int) float64 {
			var list []float64
			for _, run := range figures[i] {
				list = append(list, run[peer])
			}
			return median(list)
		}
		result := result{Name: r.name, Ours: of(0), OSExec: of(1)}
		if r.api == "" {
			us := of(2)
			result.PosixSpawn = &us
		}
		results = append(results, result)
	}
	if only == "" && !quick || slices.Contains(strings.Split(only, ","), sampleRow) {
		switch s, err := prepareSample(dir); {
		case err != nil:
			fmt.Fprintf(os.Stderr, "%s: left out: %v\n", sampleRow, err)
		default:
			defer s.close()
			ours, wine, err := s.run(max(10*runs, 10))
			if err != nil {
				return err
			}
			results = append(results, result{Name: sampleRow, Ours: ours, Wine: wine})
		}
	}
	if asJSON {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(results)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "row\tours µs\tos/exec µs\tposix_spawn µs\tours/os/exec\tours/posix_spawn\tours/sequential\t")
	for _, r := range results {
		if r.Name == sampleRow {
			continue
		}
		base := "-"
		if results[0].Name == "sequential" {
			base = fmt.Sprintf("%.2f", r.Ours/results[0].Ours)
		}
		us, ratio := "-", "-"
		if r.PosixSpawn != nil {
			us, ratio = fmt.Sprintf("%.1f", *r.PosixSpawn), fmt.Sprintf("%.2f", r.Ours / *r.PosixSpawn)
		}
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%s\t%.2f\t%s\t%s\t\n", r.Name, r.Ours, r.OSExec, us, r.Ours/r.OSExec, ratio, base)
	}
	for _, r := range results {
		if r.Name == sampleRow {
			fmt.Fprintf(w, "\nrow\tours µs\tWine µs\tours/Wine\t\n%s\t%.0f\t%.0f\t%.2f\t\n", r.Name, r.Ours, r.Wine, r.Ours/r.Wine)
		}
	}
	return w.Flush()
}

// progress says, if somebody looks, how far it is.
func progress(format string, args ...any) {
	if _, err := unix.IoctlGetTermios(int(os.Stderr.Fd()), unix.TCGETS); err == nil {
		fmt.Fprintf(os.Stderr, "\r\x1b[K"+format, args...)
	}
}

func median(list []float64) float64 {
	slices.Sort(list)
	if n := len(list); n%2 == 0 {
		return (list[n/2-1] + list[n/2]) / 2
	}
	return list[len(list)/2]
}

// impossible says why this machine cannot have the row; "" if it can.
func (r row) impossible() string {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); limit.Cur < uint64(r.files)+100 {
		return fmt.Sprintf("at most %d files may be open (ulimit -n)", limit.Cur)
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info); uint64(info.Freeram+info.Bufferram)*uint64(info.Unit)>>20 < uint64(r.heapMiB)*5/4 {
		return "there is too little free memory"
	}
	return ""
}

func raiseFileLimit() {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: limit.Max, Max: limit.Max})
	}
}

// peer is a program that spawns.
type peer struct {
	argv         []string
	noop, output string // the images
}

// peers are those that can take part in the row.
func (r row) peers(all []peer) []peer {
	if r.api != "" {
		return all[:2]
	}
	return all
}

// buildPeers makes the images that are spawned and the three that spawn them:
// this program twice, and the one in C.
func buildPeers(dir string) ([]peer, error) {
	_, file, _, _ := runtime.Caller(0)
	source := filepath.Join(filepath.Dir(file), "peers")
	noop, cPeer := filepath.Join(dir, "noop"), filepath.Join(dir, "posix_spawn")
	output := filepath.Join(dir, "output")
	for _, args := range [][]string{
		{"-O2", "-static", "-nostdlib", "-o", noop, filepath.Join(source, "noop.c")},
		{"-O2", "-static", "-nostdlib", "-o", output, filepath.Join(source, "output.c")},
		{"-O2", "-std=gnu11", "-pthread", "-o", cPeer, filepath.Join(source, "posix_spawn.c")},
	} {
		if out, err := exec.Command("cc", args...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("the peers in C need a compiler (apt-get install gcc libc6-dev): %w\n%s", err, out)
		}
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return []peer{
		{[]string{self, "-peer", "ours"}, noop, output},
		{[]string{self, "-peer", "os_exec"}, noop, output},
		{[]string{cPeer}, noop, output},
	}, nil
}

// run is one run: microseconds for a spawn.
func (p peer) run(r row) (float64, error) {
	image := p.noop
	if r.api == "output" {
		image = p.output
	}
	args := append(slices.Clone(p.argv[1:]), image, strconv.Itoa(r.spawners), strconv.Itoa(r.spawns), strconv.Itoa(r.files), strconv.Itoa(r.heapMiB))
	if r.api != "" {
		args = append(args, r.api)
	}
	cmd := exec.Command(p.argv[0], args...)
	cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr
	cmd.Env = os.Environ()
	for i := range r.env {
		cmd.Env = append(cmd.Env, fmt.Sprintf("BENCH_VARIABLE_%d=the value of variable %d", i, i))
	}
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", filepath.Base(p.argv[0]), err)
	}
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}

// bePeer is a run of one of the peers in Go.
func bePeer(name string, args []string) error {
	if len(args) != 5 && len(args) != 6 {
		return fmt.Errorf("-peer takes IMAGE SPAWNERS SPAWNS FILES HEAP_MIB [API]")
	}
	image := args[0]
	if len(args) == 6 {
		name += " " + args[5]
	}
	var n [4]int
	for i := range n {
		var err error
		if n[i], err = strconv.Atoi(args[1+i]); err != nil {
			return err
		}
	}
	spawners, spawns, files, heap := n[0], n[1], n[2], n[3]
	spawn := map[string]func(string) error{
		"ours": spawnOurs, "ours run": runOurs, "ours output": outputOurs,
		"os_exec": spawnOSExec, "os_exec run": runOSExec, "os_exec output": outputOSExec,
	}[name]
	if spawn == nil {
		return fmt.Errorf("there is no peer %q", name)
	}
	for range files {
		if _, err := syscall.Open("/dev/null", syscall.O_RDONLY|syscall.O_CLOEXEC, 0); err != nil {
			return err
		}
	}
	memory := make([]byte, heap<<20)
	for i := 0; i < len(memory); i += 4096 {
		memory[i] = 1
	}
	if spawners == 1 {
		us, err := medianBatch(spawns, func() error { return spawn(image) })
		runtime.KeepAlive(memory)
		if err == nil {
			fmt.Printf("%.3f\n", us)
		}
		return err
	}
	var wg sync.WaitGroup
	errs := make(chan error, spawners)
	begin := time.Now()
	for range spawners {
		wg.Go(func() {
			for range spawns / spawners {
				if err := spawn(image); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(begin)
	runtime.KeepAlive(memory)
	select {
	case err := <-errs:
		return err
	default:
	}
	fmt.Printf("%.3f\n", float64(elapsed.Nanoseconds())/1e3/float64(spawns/spawners*spawners))
	return nil
}

// batch is how many spawns are timed together. The median of the batches is
// the run's figure: it leaves out the first ones, and what a busy host does to a few.
const batch = 50

func medianBatch(spawns int, spawn func() error) (float64, error) {
	var figures []float64
	for range max(spawns/batch, 1) {
		begin := time.Now()
		for range batch {
			if err := spawn(); err != nil {
				return 0, err
			}
		}
		figures = append(figures, float64(time.Since(begin).Nanoseconds())/1e3/batch)
	}
	return median(figures), nil
}

func spawnOurs(image string) error {
	pi, err := createprocess.CreateProcess(createprocess.Params{ApplicationName: image})
	if err != nil {
		return err
	}
	defer pi.Close()
	code, err := pi.Process.Wait(context.Background())
	if err == nil && code != 0 {
		err = fmt.Errorf("exit code %d", code)
	}
	return err
}

// spawnOSExec gives the child the creator's standard files, as the other two do.
func spawnOSExec(image string) error {
	cmd := exec.Command(image)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}

func runOurs(image string) error { return ourexec.Command(image).Run() }

func runOSExec(image string) error { return exec.Command(image).Run() }

func outputOurs(image string) error { return whole(ourexec.Command(image).Output()) }

func outputOSExec(image string) error { return whole(exec.Command(image).Output()) }

// whole refuses an output that is not what the image writes.
func whole(output []byte, err error) error {
	if err == nil && len(output) != 64<<10 {
		err = fmt.Errorf("%d bytes of output", len(output))
	}
	return err
}
