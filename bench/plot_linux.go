package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
)

// curve is one of the plot's panels: spawn time against one thing.
type curve struct {
	title  string
	at     []int // along the axis
	set    func(t *task, n int)
	label  func(n int) string
	points map[string][]float64 // microseconds by peer; NaN: not measured
}

var curves = []curve{
	{title: "open files in the creator", at: []int{0, 2500, 5000, 10000, 15000, 19000},
		set: func(t *task, n int) { t.Files = n }, label: thousands},
	{title: "touched heap of the creator, GiB", at: []int{0, 512, 1024, 2048, 3072, 4096},
		set: func(t *task, n int) { t.HeapMiB = n }, label: func(n int) string { return fmt.Sprintf("%g", float64(n)/1024) }},
	{title: "live children, each waited for", at: []int{0, 1000, 2500, 5000, 7500, 9500},
		set: func(t *task, n int) { t.Live = n }, label: thousands},
}

// plotted are the peers, with what they are called.
var plotted = []struct{ peer, name string }{{"ours", "createprocess"}, {"os_exec", "os/exec"}, {"posix_spawn", "posix_spawn"}}

// drawPlot measures the curves and draws them. As with the rows, a run goes over
// all of them before the next one begins.
func drawPlot(o options, peers *peers) error {
	type point struct {
		curve, at int
		peer      string
	}
	figures := make(map[point][]float64)
	for run := range o.runs {
		for i, c := range curves {
			for j, n := range c.at {
				t := task{Spawners: 1, Spawns: 500}
				if o.quick {
					t.Spawns, n = 8, n/100
				}
				c.set(&t, n)
				if why := t.impossible(); why != "" {
					fmt.Fprintf(os.Stderr, "%s, %d: left out: %s\n", c.title, n, why)
					continue
				}
				for _, p := range plotted {
					progress("plot, run %d of %d: %s, %d", run+1, o.runs, c.title, n)
					f, err := peers.run(p.peer, t)
					if err != nil {
						return fmt.Errorf("%s, %d: %w", c.title, n, err)
					}
					at := point{i, j, p.peer}
					figures[at] = append(figures[at], f["us"])
				}
			}
		}
	}
	progress("")
	measured := slices.Clone(curves)
	for i := range measured {
		c := &measured[i]
		c.points = make(map[string][]float64)
		for j := range c.at {
			for _, p := range plotted {
				us := math.NaN()
				if list := figures[point{i, j, p.peer}]; list != nil {
					us = median(list)
				}
				c.points[p.peer] = append(c.points[p.peer], us)
			}
		}
	}
	return os.WriteFile(o.plot, []byte(svg(measured)), 0o666)
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%gk", float64(n)/1000)
}

// Sizes in the plot.
const (
	panelWidth, panelHeight = 280, 220
	panelLeft, panelTop     = 52, 56 // of the first panel's axes
	panelGap                = 60
)

// style has the colours twice, for a light and a dark page. The plot brings its
// background along, so that it can be read on either though the page's own
// scheme is not the system's. The lines differ by their marks, too.
const style = `<style>
text { font: 12px system-ui, sans-serif; fill: #24292f }
.paper { fill: #ffffff }
.grid { stroke: #d8dee4 }
.axis { stroke: #24292f }
.line { stroke-width: 2 }
.ours { stroke: #0969da; fill: #0969da }
.os_exec { stroke: #bc4c00; fill: #bc4c00 }
.posix_spawn { stroke: #57606a; fill: #57606a }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.paper { fill: #0d1117 }
.grid { stroke: #30363d }
.axis { stroke: #e6edf3 }
.ours { stroke: #58a6ff; fill: #58a6ff }
.os_exec { stroke: #f0883e; fill: #f0883e }
.posix_spawn { stroke: #9ea7b3; fill: #9ea7b3 }
}
.line.ours, .line.os_exec, .line.posix_spawn { fill: none }
</style>
`

// svg draws the curves side by side, each with an axis of its own.
func svg(curves []curve) string {
	var b strings.Builder
	width := panelLeft + len(curves)*(panelWidth+panelGap) - panelGap + 24
	const height = panelTop + panelHeight + 48
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="Spawn time in microseconds against %s">`+"\n",
		width, height, strings.Join(titles(curves), "; "))
	b.WriteString(style)
	fmt.Fprintf(&b, `<rect class="paper" width="%d" height="%d"/>`+"\n", width, height)
	x := panelLeft
	for _, p := range plotted {
		fmt.Fprintf(&b, `<path class="line %s" d="M%d 18h28"/>%s<text x="%d" y="22">%s</text>`+"\n",
			p.peer, x, mark(p.peer, float64(x+14), 18), x+36, p.name)
		x += 60 + 8*len(p.name)
	}
	for i, c := range curves {
		c.draw(&b, panelLeft+i*(panelWidth+panelGap))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func titles(curves []curve) (list []string) {
	for _, c := range curves {
		list = append(list, c.title)
	}
	return list
}

// draw draws one panel, whose axes begin at left.
func (c curve) draw(b *strings.Builder, left int) {
	highest := 0.0
	for _, points := range c.points {
		for _, us := range points {
			if us > highest { // and a number
				highest = us
			}
		}
	}
	step := niceStep(highest)
	top := math.Max(step, step*math.Ceil(highest/step))
	bottom := panelTop + panelHeight
	x := func(n int) float64 { return float64(left) + float64(n)/float64(c.at[len(c.at)-1])*panelWidth }
	y := func(us float64) float64 { return float64(bottom) - us/top*panelHeight }
	fmt.Fprintf(b, `<text x="%d" y="%d">µs per spawn</text>`+"\n", left-40, panelTop-12)
	for us := 0.0; us <= top; us += step {
		fmt.Fprintf(b, `<path class="grid" d="M%d %.1fh%d"/><text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n",
			left, y(us), panelWidth, left-6, y(us)+4, us)
	}
	fmt.Fprintf(b, `<path class="axis" d="M%d %dh%d"/>`+"\n", left, bottom, panelWidth)
	for _, n := range c.at {
		fmt.Fprintf(b, `<path class="axis" d="M%.1f %dv4"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n",
			x(n), bottom, x(n), bottom+18, c.label(n))
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", left+panelWidth/2, bottom+38, c.title)
	for _, p := range plotted {
		var line, marks strings.Builder
		for i, us := range c.points[p.peer] {
			if math.IsNaN(us) {
				continue
			}
			command := "L"
			if line.Len() == 0 {
				command = "M"
			}
			fmt.Fprintf(&line, "%s%.1f %.1f", command, x(c.at[i]), y(us))
			marks.WriteString(mark(p.peer, x(c.at[i]), y(us)))
		}
		fmt.Fprintf(b, `<path class="line %s" d="%s"/>%s`+"\n", p.peer, line.String(), marks.String())
	}
}

// mark is a point of the peer's line: a disc, a square or a triangle.
func mark(peer string, x, y float64) string {
	switch peer {
	case "ours":
		return fmt.Sprintf(`<circle class="%s" cx="%.1f" cy="%.1f" r="3"/>`, peer, x, y)
	case "os_exec":
		return fmt.Sprintf(`<rect class="%s" x="%.1f" y="%.1f" width="5" height="5"/>`, peer, x-2.5, y-2.5)
	}
	return fmt.Sprintf(`<path class="%s" d="M%.1f %.1fl3.5 6h-7z"/>`, peer, x, y-4)
}

// niceStep is the distance between the lines of a grid: 1, 2 or 5 times a power
// of ten, four to ten of them up to the highest point.
func niceStep(highest float64) float64 {
	if highest <= 0 {
		return 1
	}
	step := math.Pow(10, math.Floor(math.Log10(highest)))
	for _, part := range []float64{0.1, 0.2, 0.5, 1} {
		if n := highest / (step * part); n <= 10 {
			return step * part
		}
	}
	return step
}
