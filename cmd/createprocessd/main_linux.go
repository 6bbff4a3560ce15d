// Command createprocessd creates processes for programs that may not do so
// themselves, as users whose passwords they know, and answers for them:
// docs/service.md, and its man page docs/man/createprocessd.8.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"github.com/seed-f798aa80/createprocess/service"
	"github.com/seed-f798aa80/createprocess/token/pam"
)

func main() {
	if err := rootCommand().Execute(); err != nil {
		fmt.Fprintf(os.Stderr, "createprocessd: %v\n", err)
		os.Exit(1)
	}
}

const help = `Create processes as other users for programs that may not do so themselves, and
answer for these processes by their security descriptors.

Its clients are 'createprocess runas' and every program that calls
CreateProcessWithLogon. It must be root. systemd starts it when somebody
connects (createprocessd.socket); started by hand it makes the socket itself.

Passwords are checked by PAM, service "createprocess": without the file
/etc/pam.d/createprocess the one named "other" counts, which as a rule denies.

Each creation, refusal and logon is a line of the log: in the journal if standard
error is that, else JSON on standard error. SIGTERM and SIGINT end the service;
the processes that it has created go on.`

// options are the command's flags.
type options struct {
	socket string
	pam    pam.Config
	limits service.Limits
}

func rootCommand() *cobra.Command {
	o := &options{limits: service.DefaultLimits}
	root := &cobra.Command{
		Use:           "createprocessd [flags]",
		Short:         "The service that creates processes as other users",
		Long:          help,
		Example:       "  createprocessd\n  createprocessd --socket /tmp/test.socket --pam-dir ./pam.d",
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(*cobra.Command, []string) error { return o.run() },
	}
	f := root.Flags()
	f.StringVar(&o.socket, "socket", seclogon.DefaultSocket, "listen at `PATH`; systemd's socket counts if there is one")
	f.IntVar(&o.limits.Connections, "connections", o.limits.Connections, "at most `N` connections")
	f.IntVar(&o.limits.UserConnections, "user-connections", o.limits.UserConnections, "at most `N` of one user")
	f.IntVar(&o.limits.Processes, "processes", o.limits.Processes, "at most `N` processes that run")
	f.IntVar(&o.limits.UserProcesses, "user-processes", o.limits.UserProcesses, "at most `N` that one user has had created")
	f.IntVar(&o.limits.Creations, "creations", o.limits.Creations, "at most `N` creations and logons at once")
	f.IntVar(&o.limits.UserCreations, "user-creations", o.limits.UserCreations, "at most `N` of one user")
	root.PersistentFlags().StringVar(&o.pam.ConfDir, "pam-dir", "", "look for PAM's files in `DIR` instead of /etc/pam.d")
	root.PersistentFlags().StringVar(&o.pam.Service, "pam-service", pam.Service, "be `NAME` to PAM")
	root.AddCommand(&cobra.Command{
		Use: "worker", Hidden: true, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return work(o.pam) },
	})
	return root
}

// work is a worker: see package service.
func work(config pam.Config) error {
	return service.Worker(func(caller string, prompt func(string, bool) ([]byte, error)) service.Logon {
		config.Caller, config.Prompt, config.OneProcess = caller, prompt, true
		return &config
	})
}

func (o *options) run() error {
	if os.Geteuid() != 0 {
		return errors.New("it must be root")
	}
	// Nobody looks into it, and it leaves no core.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("prctl(PR_SET_DUMPABLE): %w", err)
	}
	log := newLog()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	s, err := service.New(service.Config{
		Log: log, Limits: o.limits,
		Worker: []string{self, "worker", "--pam-dir", o.pam.ConfDir, "--pam-service", o.pam.Service},
	})
	if err != nil {
		return err
	}
	listener, err := o.listen()
	if err != nil {
		return err
	}
	path := listener.Addr().String()
	leave := mark(path, log)
	defer leave()
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
	defer stop()
	log.Info("ready", "socket", path, "pid", os.Getpid())
	daemon.SdNotify(false, daemon.SdNotifyReady)
	err = s.Serve(ctx, listener)
	daemon.SdNotify(false, daemon.SdNotifyStopping)
	log.Info("ended")
	return err
}

// listen is systemd's socket, or one of our own making.
func (o *options) listen() (*net.UnixListener, error) {
	files := activation.Files(true)
	if len(files) > 1 {
		return nil, fmt.Errorf("systemd has handed over %d sockets, and one is needed", len(files))
	}
	if len(files) == 1 {
		defer files[0].Close()
		l, err := net.FileListener(files[0])
		if err != nil {
			return nil, err
		}
		u, ok := l.(*net.UnixListener)
		if !ok || u.Addr().Network() != "unixpacket" {
			l.Close()
			return nil, errors.New("systemd's socket is not of the kind ListenSequentialPacket=")
		}
		return u, nil
	}
	if err := os.MkdirAll(filepath.Dir(o.socket), 0o755); err != nil {
		return nil, err
	}
	if c, err := net.Dial("unixpacket", o.socket); err == nil {
		c.Close()
		return nil, fmt.Errorf("somebody listens at %s already", o.socket)
	} else if errors.Is(err, unix.ECONNREFUSED) {
		if err := os.Remove(o.socket); err != nil { // who has listened there is gone
			return nil, err
		}
	}
	l, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: o.socket, Net: "unixpacket"})
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(o.socket, 0o666); err != nil { // everybody may ask
		l.Close()
		return nil, err
	}
	return l, nil
}

// mark leaves a file beside the socket while the service runs. One that is
// there already is of a service that was killed: what that knew, this one does not.
func mark(socket string, log *slog.Logger) (leave func()) {
	path := filepath.Join(filepath.Dir(socket), "running")
	if text, err := os.ReadFile(path); err == nil {
		pid, began, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
		log.Warn("not known any more", "why", "the service before this one was killed: the processes that it had created go on, and this one cannot answer for them",
			"service", pid, "began", began)
	}
	text := strconv.Itoa(os.Getpid()) + " " + time.Now().UTC().Format(time.RFC3339) + "\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		log.Warn("cannot leave a mark", "error", err)
		return func() {}
	}
	return func() { os.Remove(path) }
}
