package cevvo

import (
	"net/http"
	"slices"
	"testing"
	"time"
)

func TestRetryDelayDoublesLessJitter(t *testing.T) {
	var delays []time.Duration
	for _, n := range []int{0, 1, 2, 3, 4, 70} {
		delays = append(delays, retryDelay(n, &Error{}, 0)/time.Millisecond)
	}
	if !slices.Equal(delays, []time.Duration{500, 1000, 2000, 4000, 8000, 8000}) {
		t.Error(delays)
	}
	if least := retryDelay(0, &Error{}, 1); least != 375*time.Millisecond {
		t.Error(least)
	}
	asked := &Error{RetryAfter: 119 * time.Second, asked: true}
	if retryDelay(0, asked, 1) != asked.RetryAfter {
		t.Error("what the server asks for is not obeyed")
	}
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	now := time.Date(2026, 3, 10, 14, 30, 0, 0, time.UTC)
	for value, right := range map[string]time.Duration{
		"1.5":                           1500 * time.Millisecond,
		" 7 ":                           7 * time.Second,
		"Tue, 10 Mar 2026 14:30:07 GMT": 7 * time.Second,
		"Tue, 10 Mar 2026 14:00:00 GMT": 0,
	} {
		if found, ok := retryAfter(http.Header{"Retry-After": {value}}, now); !ok || found != right {
			t.Errorf("%q: %v %v", value, found, ok)
		}
	}
	for _, value := range []string{"", "soon", "-1", "NaN", "Inf", "1e300"} {
		if found, ok := retryAfter(http.Header{"Retry-After": {value}}, now); ok {
			t.Errorf("%q: %v", value, found)
		}
	}
}
