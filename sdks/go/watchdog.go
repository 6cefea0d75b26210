package cevvo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"
)

var errExpired = errors.New("time limit passed")

// watchdog ends a request that is silent for longer than its limit.
type watchdog struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	limit  time.Duration
}

func newWatchdog(parent context.Context, limit time.Duration) *watchdog {
	ctx, cancel := context.WithCancelCause(parent)
	timer := time.AfterFunc(limit, func() { cancel(errExpired) })
	return &watchdog{ctx: ctx, cancel: cancel, timer: timer, limit: limit}
}

// wait says that from now on something is waited for.
func (w *watchdog) wait() { w.timer.Reset(w.limit) }

// rest says that nothing is waited for, until it is again.
func (w *watchdog) rest() { w.timer.Stop() }

// stop ends the watch, and the request with it.
func (w *watchdog) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// explain turns what went wrong underneath into the error that the caller gets; ctx is the
// caller's own context.
func (w *watchdog) explain(ctx context.Context, rq request, err error, what string) error {
	if ctx.Err() != nil {
		return ended(ctx, rq)
	}
	if context.Cause(w.ctx) == errExpired {
		return &Error{kind: ErrTimeout, Message: fmt.Sprintf("Waited %s for %s %s in vain.", w.limit, rq.method, rq.path), cause: err, retry: true}
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // without the method and address that are said already
	}
	kind := ErrConnection
	var network net.Error
	if errors.As(err, &network) && network.Timeout() {
		kind = ErrTimeout
	}
	message := fmt.Sprintf("%s: %v.", what, err)
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		message += " Is the server running there? WithBaseURL or CEVVO_BASE_URL names another."
	}
	return &Error{kind: kind, Message: message, cause: err, retry: true}
}

// ended is the error of a call whose own context is done.
func ended(ctx context.Context, rq request) error {
	err := fmt.Errorf("cevvo: %s %s: %w", rq.method, rq.path, ctx.Err())
	if cause := context.Cause(ctx); cause != ctx.Err() {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	return err
}
