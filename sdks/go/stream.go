package cevvo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strings"
	"sync/atomic"
)

// ChatEvent is a piece of a streamed answer.
type ChatEvent struct {
	Raw
	// Type is text or sources.
	Type string
	// Text is what comes next of the answer; empty in other events.
	Text string
	// Answer is all of it, in the sources event, which is the last.
	Answer *ChatResponse
}

// ChatStream is an answer as it is written. Read its Events, or go straight to Final. One goroutine
// reads; any may Close.
type ChatStream struct {
	ctx     context.Context // the caller's, only to tell its end from other failures
	reply   *reply
	events  *sseReader
	text    strings.Builder
	answer  *ChatResponse
	err     error
	started bool
	closed  atomic.Bool
}

func newChatStream(ctx context.Context, r *reply) *ChatStream {
	return &ChatStream{ctx: ctx, reply: r, events: r.events()}
}

// MessageID and ThreadID are known before the first word.
func (s *ChatStream) MessageID() string { return s.reply.header.Get("X-Message-Id") }

// ThreadID is the conversation's.
func (s *ChatStream) ThreadID() string { return s.reply.header.Get("X-Thread-Id") }

// RequestID finds the request in the server's log.
func (s *ChatStream) RequestID() string { return s.reply.requestID() }

// Text is what has arrived so far.
func (s *ChatStream) Text() string { return s.text.String() }

// Close ends the answer, if it is not at its end, and a loop over its events; Final then returns an
// error. It may be called more than once. Its error is always nil.
func (s *ChatStream) Close() error {
	s.closed.Store(true)
	s.reply.leave()
	return nil
}

// Events yields the answer piece by piece, once. An error is the last that it yields. Leaving the
// loop closes the stream.
func (s *ChatStream) Events() iter.Seq2[ChatEvent, error] {
	return func(yield func(ChatEvent, error) bool) {
		if s.started {
			yield(ChatEvent{}, streamError("A stream can be read only once."))
			return
		}
		s.started = true
		defer s.Close()
		for {
			event, err := s.next()
			if s.closed.Load() {
				s.err = streamError("The stream was closed before its end.")
				return
			}
			if err != nil {
				if s.err = err; err != io.EOF {
					yield(ChatEvent{}, err)
				}
				return
			}
			if !yield(event, nil) {
				s.err = streamError("The loop over the stream was left before its end.")
				return
			}
		}
	}
}

// Final returns the whole answer. It reads what was not read.
func (s *ChatStream) Final() (*ChatResponse, error) {
	if !s.started {
		for range s.Events() {
		}
	}
	switch s.err {
	case io.EOF:
		return s.answer, nil
	case nil:
		return nil, streamError("The stream is still being read.")
	}
	return nil, s.err
}

// next returns the next event that this version knows, or io.EOF after [DONE].
func (s *ChatStream) next() (ChatEvent, error) {
	for {
		data, err := s.events.next()
		switch {
		case err != nil:
			return ChatEvent{}, s.reply.brokenOff(s.ctx, err)
		case data != "[DONE]":
			if event, err := s.parse(data); err != nil || event.Type != "" {
				return event, err
			}
		case s.answer == nil:
			return ChatEvent{}, streamError("The stream ended without its sources.")
		default:
			return ChatEvent{}, io.EOF
		}
	}
}

// parse reads an event; it has no type if this version does not know it.
func (s *ChatStream) parse(data string) (ChatEvent, error) {
	var content struct {
		Type, Text string
		Error      reported
	}
	if err := json.Unmarshal([]byte(data), &content); err != nil {
		return ChatEvent{}, notJSON(err)
	}
	event := ChatEvent{Type: content.Type}
	event.keep(answer{[]byte(data), s.reply.status, s.reply.header})
	switch content.Type {
	case "text":
		event.Text = content.Text
		s.text.WriteString(content.Text)
	case "sources":
		var err error
		s.answer, err = s.assemble(event.RawJSON())
		event.Answer = s.answer
		return event, err
	case "error":
		return event, content.Error.error()
	default:
		event.Type = ""
	}
	return event, nil
}

// assemble makes what Chat.Create would have returned out of the sources event, the text before it
// and, where a server sends only what is documented, the headers.
func (s *ChatStream) assemble(event json.RawMessage) (*ChatResponse, error) {
	var known struct{ Sources []json.RawMessage }
	var sent map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(event, &known), json.Unmarshal(event, &sent)); err != nil {
		return nil, streamError("The sources of the stream are not as they should be: " + err.Error() + ".")
	}
	whole := map[string]any{
		"id": s.MessageID(), "thread_id": s.ThreadID(), "answered": len(known.Sources) > 0,
	}
	for name, value := range sent {
		whole[name] = value
	}
	whole["answer"] = s.Text()
	delete(whole, "type")
	body, err := json.Marshal(whole)
	if err != nil {
		return nil, err
	}
	assembled := *s.reply
	assembled.body = body
	result := new(ChatResponse)
	return result, assembled.decode(result)
}

// reported is what an error event says.
type reported struct {
	Code, Message, Param string
	RequestID            string `json:"request_id"`
}

func (r reported) error() *Error {
	e := streamError(r.Message)
	e.Code, e.Param, e.RequestID = r.Code, r.Param, r.RequestID
	return e
}

// events reads the open answer as a stream of events.
func (r *reply) events() *sseReader {
	return &sseReader{from: bufio.NewReader(watched{r.open, r.watch})}
}

// leave closes the open answer.
func (r *reply) leave() {
	r.watch.stop()
	r.open.Close()
}

// brokenOff says why no further event came.
func (r *reply) brokenOff(ctx context.Context, err error) error {
	if err == io.EOF {
		return streamError("The stream broke off before its end.")
	}
	return r.watch.explain(ctx, r.request, err, "The connection broke in the middle of the stream")
}

func notJSON(err error) *Error {
	return streamError("The stream carried something that is not JSON: " + err.Error() + ".")
}

func streamError(message string) *Error {
	return &Error{kind: ErrStream, Message: message}
}
