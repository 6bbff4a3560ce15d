package main

import (
	"context"
	"log/slog"
	"os"
	"strings"

	"github.com/coreos/go-systemd/v22/journal"
)

// newLog is the journal if that reads standard error, else JSON there.
func newLog() *slog.Logger {
	if is, err := journal.StderrIsJournalStream(); err == nil && is {
		return slog.New(&journalHandler{})
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, nil))
}

// journalHandler gives each attribute a field of its own, so that they can be
// looked for: journalctl CREATEPROCESS_USER=alice. The service logs without
// groups and without attributes of a logger's own.
type journalHandler struct{}

func (*journalHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h *journalHandler) WithAttrs([]slog.Attr) slog.Handler { return h }

func (h *journalHandler) WithGroup(string) slog.Handler { return h }

func (*journalHandler) Handle(_ context.Context, r slog.Record) error {
	fields := make(map[string]string)
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		fields["CREATEPROCESS_"+strings.ToUpper(a.Key)] = a.Value.String()
		text += " " + a.String()
		return true
	})
	return journal.Send(text, priority(r.Level), fields)
}

func priority(l slog.Level) journal.Priority {
	switch {
	case l >= slog.LevelError:
		return journal.PriErr
	case l >= slog.LevelWarn:
		return journal.PriWarning
	}
	return journal.PriInfo
}
