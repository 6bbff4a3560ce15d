package exec_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"syscall"
	"time"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/exec"
)

func ExampleCmd_Output() {
	out, err := exec.Command("uname", "-s").Output()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", out)
}

// The whole tree ends with the context: not only the shell, but what it has
// started, too.
func ExampleCommandContext() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", "make && make install")
	cmd.KillTree = true
	if err := cmd.Run(); err != nil {
		log.Fatal(err)
	}
}

func ExampleCmd_Lines() {
	for line, err := range exec.Command("git", "log", "--oneline").Lines() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(line)
	}
}

func ExampleHeadTail() {
	output := &exec.HeadTail{Head: 4 << 10, Tail: 60 << 10}
	cmd := exec.Command("make")
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Run(); err != nil {
		log.Fatalf("%v\n%s", err, output)
	}
}

// Ten thousand processes, and no goroutine that waits for one.
func ExampleProcess_OnExit() {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		log.Fatal(err)
	}
	_, err := cmd.Process.OnExit(func() {
		fmt.Println("it has ended:", cmd.Wait())
	})
	if err != nil {
		log.Fatal(err)
	}
}

// What a process has needed, without a wrapper like time(1).
func ExampleProcessState_PeakMemory() {
	cmd := exec.Command("make")
	err := cmd.Run()
	if s := cmd.ProcessState; s != nil {
		fmt.Printf("%v of processor time, %d MiB at most\n", s.UserTime()+s.SystemTime(), s.PeakMemory()>>20)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func ExampleProcess_KillTree() {
	cmd := exec.Command("sh", "-c", "sleep 1000 & sleep 1000")
	if err := cmd.Start(); err != nil {
		log.Fatal(err)
	}
	if err := cmd.Process.KillTree(); err != nil { // both sleeps, too
		log.Fatal(err)
	}
	fmt.Println(cmd.Wait())
	// Output: signal: killed
}

// The error says what is missing, the directory or the program, and which step
// has failed.
func ExampleCmd_Start() {
	cmd := exec.Command("/bin/true")
	cmd.Dir = "/nowhere"
	err := cmd.Start()
	var failed *fs.PathError
	if errors.As(err, &failed) && failed.Op == "chdir" {
		fmt.Println("it is the directory that is missing:", failed.Path)
	}

	cmd = exec.Command("/bin/true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: "/nowhere"}
	var step *createprocess.Error
	if errors.As(cmd.Start(), &step) {
		fmt.Println("the step that failed:", step.Op, step.Object)
	}
	// Output:
	// it is the directory that is missing: /nowhere
	// the step that failed: chroot /nowhere
}
