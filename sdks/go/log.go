package cevvo

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"
)

// newLogger writes to out what CEVVO_LOG asks for: nothing, info or debug. Neither the key nor what
// is asked and answered is ever written.
func newLogger(level string, out io.Writer) (*slog.Logger, error) {
	switch strings.ToLower(level) {
	case "":
		return slog.New(slog.DiscardHandler), nil
	case "info":
		return slog.New(slog.NewTextHandler(out, nil)), nil
	case "debug":
		return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug})), nil
	}
	return nil, &Error{Message: "CEVVO_LOG is \"" + level + "\": set it to info or debug, or leave it out."}
}

func logAttempt(ctx context.Context, log *slog.Logger, rq request, got *reply, err error, took time.Duration) {
	var status int
	var id string
	var failure *Error
	switch {
	case err == nil:
		status, id = got.status, got.requestID()
	case errors.As(err, &failure):
		status, id = failure.Status, failure.RequestID
	}
	log.InfoContext(ctx, "request", "method", rq.method, "path", rq.path, "status", status, "took", took.Round(time.Millisecond), "request_id", id)
}
