package job_test

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/job"
)

// BenchmarkIdleListeners tells what listening costs while nothing happens: the
// processor time of this program in each second, for so many jobs with a process.
//
//	go test -run '^$' -bench IdleListeners -benchtime 1x ./job
func BenchmarkIdleListeners(b *testing.B) {
	benchLevels(b, func(b *testing.B) {
		for _, n := range []int{1, 100, 1000} {
			b.Run(strconv.Itoa(n), func(b *testing.B) {
				for range n {
					j := newJob(b, "")
					spawned(b, in(createprocess.Params{Args: []string{"sleep", "1000"}}, j))
					_, stop, err := j.Notify()
					if err != nil {
						b.Fatal(err)
					}
					b.Cleanup(stop)
				}
				const settle, idle = 10 * time.Second, 10 * time.Second // the pauses have become long
				time.Sleep(settle)
				for b.Loop() {
					before := processorTime()
					time.Sleep(idle)
					b.ReportMetric(float64((processorTime()-before).Microseconds())/idle.Seconds(), "µs/s")
				}
			})
		}
	})
}

// BenchmarkNotification tells how long it takes until one hears of a process that
// another process of the job has made (new) and of its end (end), while the job has
// been quiet for a second before.
func BenchmarkNotification(b *testing.B) {
	benchLevels(b, func(b *testing.B) {
		j := newJob(b, "")
		messages, stop, err := j.Notify()
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(stop)
		r := start(b, in(params(b, "maker"), j))
		var come, gone []time.Duration
		for b.Loop() {
			time.Sleep(time.Second)
			begin := time.Now()
			io.WriteString(r.input, "\n")
			line, err := r.out.ReadString('\n')
			if err != nil {
				b.Fatal(err)
			}
			await(b, messages, job.JOB_OBJECT_MSG_NEW_PROCESS, atoi(line))
			come = append(come, time.Since(begin))
			time.Sleep(time.Second)
			begin = time.Now()
			unix.Kill(atoi(line), unix.SIGKILL)
			await(b, messages, job.JOB_OBJECT_MSG_EXIT_PROCESS, atoi(line))
			gone = append(gone, time.Since(begin))
		}
		for unit, list := range map[string][]time.Duration{"new-ms": come, "end-ms": gone} {
			slices.Sort(list)
			b.ReportMetric(float64(list[len(list)/2].Microseconds())/1000, unit)
		}
	})
}

// BenchmarkTerminate ends a job of so many processes and waits until it is empty.
func BenchmarkTerminate(b *testing.B) {
	benchLevels(b, func(b *testing.B) {
		for _, n := range []int{1000, 5000} {
			b.Run(strconv.Itoa(n), func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					j := newJob(b, "")
					start(b, in(params(b, "crowd", fmt.Sprint(n)), j))
					b.StartTimer()
					if err := j.Terminate(1); err != nil {
						b.Fatal(err)
					}
					if err := j.Wait(soon(b)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}

func benchLevels(b *testing.B, f func(b *testing.B)) {
	b.Run("Cgroup", func(b *testing.B) {
		needCgroup(b)
		f(b)
	})
	b.Run("Walk", func(b *testing.B) {
		defer job.WalkOnly()()
		f(b)
	})
}

func processorTime() time.Duration {
	var u unix.Rusage
	unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
