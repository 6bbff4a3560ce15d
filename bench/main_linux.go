// Command bench measures what a spawn costs, side by side with os/exec and with
// C's posix_spawn: microseconds from the creation of a process that does
// nothing to its exit code. The floor is what the kernel alone needs: a loop of
// vfork, execve and waitpid in C. Further rows have what many children, and many
// spawns, cost the rest of the program.
//
//	go run ./bench
//	go run ./bench -write docs/performance.md -plot docs/spawn-time.svg
//
// Each figure is the median of several runs, and the runs of the peers are
// interleaved, so that what disturbs one disturbs all. Every run is a process
// of its own. Compare the ratios: the microseconds are this machine's. The last
// column has the bars that this project has set itself, each "ok" or "MISSED".
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// options are the command's flags.
type options struct {
	rows        []string // nil: all
	runs        int
	quick, json bool
	page, plot  string // files to be written
}

func main() {
	var o options
	flag.BoolVar(&o.json, "json", false, "print an array of objects: name, ours_us, os_exec_us, posix_spawn_us, floor_us, figures, bars; of logon and tree what they have")
	only := flag.String("rows", "", "measure only these `rows`, separated by commas")
	flag.IntVar(&o.runs, "runs", 9, "the `number` of runs behind a median")
	flag.BoolVar(&o.quick, "quick", false, "one short run of each row: to see that it works")
	flag.StringVar(&o.page, "write", "", "put the tables into this `page`, in the place of those that it has")
	flag.StringVar(&o.plot, "plot", "", "draw spawn time against open files, heap and live children into this SVG `file`")
	peer := flag.String("peer", "", "be one of the `peers`, ours or os_exec; what follows is the task")
	flag.Usage = usage
	flag.Parse()
	var err error
	switch {
	case *peer != "":
		err = bePeer(*peer, flag.Arg(0))
	case flag.NArg() > 0:
		err = fmt.Errorf("what is %q? See -help", flag.Arg(0))
	default:
		if *only != "" {
			o.rows = strings.Split(*only, ",")
		}
		err = run(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "Usage: go run ./bench [flags]\n\nRows:")
	for _, r := range rows {
		fmt.Fprintf(os.Stderr, "  %-20s%s\n", r.name, r.what)
	}
	fmt.Fprintf(os.Stderr, "  %-20s%s\n", sampleRow, "Microsoft's sample program, against Wine")
	fmt.Fprintf(os.Stderr, "  %-20s%s\n", logonRow, "as another user, by createprocessd, against sudo and runuser")
	fmt.Fprintf(os.Stderr, "  %-20s%s\n", treeRow, treeWhat)
	fmt.Fprintln(os.Stderr, "\nFlags:")
	flag.PrintDefaults()
}

func run(o options) error {
	for _, name := range o.rows {
		if name != sampleRow && name != logonRow && name != treeRow && !slices.ContainsFunc(rows, func(r row) bool { return r.name == name }) {
			return fmt.Errorf("there is no row %q", name)
		}
	}
	if o.runs = max(o.runs, 1); o.quick {
		o.runs = 1
	}
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
	if o.plot != "" {
		if err := drawPlot(o, peers); err != nil {
			return err
		}
		if o.page == "" && o.rows == nil {
			return nil // who wants the plot wants no table
		}
	}
	results, err := measure(o, peers)
	if err != nil {
		return err
	}
	if o.rows == nil && !o.quick || slices.Contains(o.rows, sampleRow) {
		result, err := measureSample(dir, max(10*o.runs, 10))
		if err != nil {
			return err
		}
		results = append(results, result...)
	}
	if o.rows == nil || slices.Contains(o.rows, logonRow) {
		result, err := measureLogon(dir, peers.noop, o)
		if err != nil {
			return err
		}
		results = append(results, result...)
	}
	if o.rows == nil || slices.Contains(o.rows, treeRow) {
		result, err := measureTree(dir, o.runs)
		if err != nil {
			return err
		}
		results = append(results, result)
	}
	if o.page != "" {
		return writePage(o.page, results, o.runs)
	}
	if o.json {
		return writeJSON(os.Stdout, results)
	}
	return writeText(os.Stdout, results)
}

// measure measures the rows, but for the sample.
func measure(o options, peers *peers) ([]result, error) {
	var chosen []row
	for _, r := range rows {
		if o.rows != nil && !slices.Contains(o.rows, r.name) {
			continue
		}
		if o.quick {
			r = r.shortened()
		}
		if why := r.task.impossible(); why != "" {
			fmt.Fprintf(os.Stderr, "%s: left out: %s\n", r.name, why)
			continue
		}
		chosen = append(chosen, r)
	}
	// figures[row][run][peer]: the rows are interleaved too, since they are compared.
	figures := make([][]map[string]map[string]float64, len(chosen))
	for run := range o.runs {
		for i, r := range chosen {
			progress("run %d of %d: %s", run+1, o.runs, r.name)
			byPeer := make(map[string]map[string]float64)
			for _, p := range r.peers() {
				f, err := peers.run(p, r.forPeer(p))
				if err != nil {
					return nil, fmt.Errorf("%s: %w", r.name, err)
				}
				byPeer[p] = f
			}
			figures[i] = append(figures[i], byPeer)
		}
	}
	progress("")
	var results []result
	for i, r := range chosen {
		results = append(results, r.summary(figures[i]))
	}
	return results, nil
}

// progress says, if somebody looks, how far it is.
func progress(format string, args ...any) {
	if _, err := unix.IoctlGetTermios(int(os.Stderr.Fd()), unix.TCGETS); err == nil {
		fmt.Fprintf(os.Stderr, "\r\x1b[K"+format, args...)
	}
}
