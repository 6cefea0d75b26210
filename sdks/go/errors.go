package cevvo

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The kinds of *Error, for errors.Is.
var (
	ErrBadRequest       = errors.New("bad request")           // status 400
	ErrAuthentication   = errors.New("authentication failed") // 401
	ErrPermissionDenied = errors.New("permission denied")     // 403
	ErrNotFound         = errors.New("not found")             // 404
	ErrConflict         = errors.New("conflict")              // 409
	ErrPayloadTooLarge  = errors.New("payload too large")     // 413
	ErrRateLimit        = errors.New("rate limit exceeded")   // 429
	ErrInternalServer   = errors.New("server error")          // 500 and above

	ErrConnection = errors.New("no connection")                        // no answer arrived …
	ErrTimeout    = fmt.Errorf("time limit passed: %w", ErrConnection) // … in time
	ErrStream     = errors.New("stream failed")                        // a stream reported an error or broke off
	ErrWebhook    = errors.New("webhook not genuine")                  // see VerifyWebhook
)

// Error is what went wrong in a call. errors.Is tells the kind:
//
//	if errors.Is(err, cevvo.ErrRateLimit) { … }
//
// The end of the caller's own context is no Error, but an error that wraps context.Canceled or
// context.DeadlineExceeded; a job that ends without success is a *JobError.
type Error struct {
	// Status is that of the HTTP answer; 0 where there was none.
	Status int
	// Code is stable and machine-readable, such as not_found; empty if the API did not answer.
	Code string
	// Message says what was wrong and what would be right.
	Message string
	// Param is the field of the request that the error is about.
	Param string
	// RequestID finds the request in the server's log.
	RequestID string
	// RetryAfter is how long to wait, if the server said so.
	RetryAfter time.Duration
	// Header and Body are the whole answer.
	Header http.Header
	Body   []byte

	kind  error
	cause error
	asked bool // RetryAfter was said
	retry bool // it may turn out differently next time
}

func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString("cevvo: ")
	if e.Status != 0 {
		fmt.Fprintf(&text, "%d ", e.Status)
	}
	if e.Code != "" {
		text.WriteString(e.Code + ": ")
	}
	text.WriteString(e.Message)
	if e.RequestID != "" {
		fmt.Fprintf(&text, " (%s)", e.RequestID)
	}
	return text.String()
}

// Unwrap gives the kind and, for a connection, what the network said.
func (e *Error) Unwrap() []error {
	var inner []error
	for _, err := range []error{e.kind, e.cause} {
		if err != nil {
			inner = append(inner, err)
		}
	}
	return inner
}

// JobError is an ingestion job that failed or was cancelled.
type JobError struct {
	Job *Job
}

func (e *JobError) Error() string { return "cevvo: " + e.Message() }

// Message is the reason.
func (e *JobError) Message() string {
	if e.Job.Error != nil {
		return e.Job.Error.Message
	}
	return fmt.Sprintf("Job %s ended as %s.", e.Job.JobID, e.Job.Status)
}

func kindOf(status int) error {
	switch status {
	case http.StatusBadRequest:
		return ErrBadRequest
	case http.StatusUnauthorized:
		return ErrAuthentication
	case http.StatusForbidden:
		return ErrPermissionDenied
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusConflict:
		return ErrConflict
	case http.StatusRequestEntityTooLarge:
		return ErrPayloadTooLarge
	case http.StatusTooManyRequests:
		return ErrRateLimit
	}
	if status >= 500 {
		return ErrInternalServer
	}
	return nil
}
