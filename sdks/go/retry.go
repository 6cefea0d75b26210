package cevvo

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	firstDelay        = 500 * time.Millisecond
	longestDelay      = 8 * time.Second
	longestRetryAfter = 2 * time.Minute
)

// shouldRetry tells whether an answer that failed may turn out differently next time. A budget that
// is spent does not come back within any wait; x-should-retry is the server's own word on it. One that
// asks for more than two minutes is not asked again before that, whatever it says.
func shouldRetry(e *Error) bool {
	advice := e.Header.Get("X-Should-Retry")
	switch {
	case advice == "false" || e.RetryAfter > longestRetryAfter:
		return false
	case advice == "true":
		return true
	case e.Code == "budget_exceeded":
		return false
	}
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return true
	}
	return e.Status >= 500
}

// retryAfter reads the Retry-After header, seconds or an HTTP date; false if there is none that can
// be read.
func retryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds >= 0 && seconds < 1e9 {
		return time.Duration(seconds * float64(time.Second)), true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return max(0, date.Sub(now)), true
}

// retryDelay is the wait before retry number n, from 0: what the server asked for; else half a
// second, doubling to eight, less up to a quarter (random is in 0..1), so that clients do not come
// back in step.
func retryDelay(n int, e *Error, random float64) time.Duration {
	if e.asked {
		return e.RetryAfter
	}
	delay := longestDelay
	if n < 4 {
		delay = firstDelay << n
	}
	return time.Duration(float64(delay) * (1 - random/4))
}

// sleep waits, or returns the context's error as soon as it is done.
func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
