package cevvo_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cevvo/cevvo-go"
)

var how = cevvo.ChatRequest{Message: "How?"}

func open(t *testing.T, ctx context.Context, left chan<- struct{}) *cevvo.ChatStream {
	t.Helper()
	stream, err := serve(t, streams(left)).client(t).Chat.Stream(ctx, how)
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

func TestIdsAreKnownBeforeTheFirstWord(t *testing.T) {
	stream := open(t, t.Context(), make(chan struct{}))
	defer stream.Close()
	if stream.MessageID() != "msg_1" || stream.ThreadID() != "thr_1" || stream.RequestID() != "req_1" || stream.Text() != "" {
		t.Error(stream.MessageID(), stream.ThreadID(), stream.RequestID(), stream.Text())
	}
}

func TestCloseEndsTheLoopAndTellsTheServer(t *testing.T) {
	left := make(chan struct{})
	stream := open(t, t.Context(), left)
	for event, err := range stream.Events() {
		if err != nil || !strings.Contains(string(event.RawJSON()), "newer") {
			t.Error(event, err)
		}
		stream.Close()
	}
	<-left
	if _, err := stream.Final(); !errors.Is(err, cevvo.ErrStream) || !strings.Contains(err.Error(), "closed") {
		t.Error(err)
	}
	if stream.Text() != "a" {
		t.Error(stream.Text())
	}
}

func TestAnotherGoroutineMayClose(t *testing.T) {
	left := make(chan struct{})
	stream := open(t, t.Context(), left)
	go stream.Close()
	for _, err := range stream.Events() {
		if err != nil {
			t.Error(err)
		}
	}
	<-left
	if stream.Close() != nil {
		t.Error("a second Close fails")
	}
}

func TestLeavingTheLoopTellsTheServer(t *testing.T) {
	left := make(chan struct{})
	stream := open(t, t.Context(), left)
	for range stream.Events() {
		if _, err := stream.Final(); err == nil || !strings.Contains(err.Error(), "still being read") {
			t.Error(err)
		}
		break
	}
	<-left
	if _, err := stream.Final(); !errors.Is(err, cevvo.ErrStream) || !strings.Contains(err.Error(), "left") {
		t.Error(err)
	}
}

func TestWhoTakesTimeOverAnEventIsNotTakenForASilentServer(t *testing.T) {
	paused := make(chan struct{})
	answering := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "data: {\"type\":\"text\",\"text\":\"a\"}\n\n")
		w.(http.Flusher).Flush()
		<-paused
		io.WriteString(w, "data: {\"type\":\"sources\",\"sources\":[]}\n\ndata: [DONE]\n\n")
	})
	const patience = time.Second
	stream, err := answering.client(t, cevvo.WithTimeout(patience)).Chat.Stream(t.Context(), how)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(patience * 3 / 2)
	for event, err := range stream.Events() {
		if err != nil {
			t.Fatal(err)
		}
		if event.Type == "text" {
			time.Sleep(patience * 3 / 2)
			close(paused)
		}
	}
	if answer, err := stream.Final(); err != nil || answer.Answer != "a" {
		t.Error(answer, err)
	}
}

func TestTheCallersContextEndsAStream(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	reason := errors.New("gone")
	left := make(chan struct{})
	var last error
	for _, err := range open(t, ctx, left).Events() {
		cancel(reason)
		last = err
	}
	<-left
	if !errors.Is(last, context.Canceled) || !errors.Is(last, reason) {
		t.Error(last)
	}
}

func TestAStreamIsReadOnce(t *testing.T) {
	stream := open(t, t.Context(), make(chan struct{}))
	for range stream.Events() {
		break
	}
	for _, err := range stream.Events() {
		if err == nil || !strings.Contains(err.Error(), "only once") {
			t.Error(err)
		}
	}
}

func TestSourcesThatAreNone(t *testing.T) {
	s := serve(t, sends(200, "data: {\"type\":\"sources\",\"sources\":7}\n\ndata: [DONE]\n\n", "Content-Type", "text/event-stream"))
	stream, err := s.client(t).Chat.Stream(t.Context(), how)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Final(); !errors.Is(err, cevvo.ErrStream) || !strings.Contains(err.Error(), "sources") {
		t.Error(err)
	}
}
