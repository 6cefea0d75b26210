// Package driver carries out calls by name, as the README of the SDKs describes it, so that all
// languages are held to the same cases.
package driver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cevvo/cevvo-go"
)

// Step is a call by name. Times are seconds.
type Step struct {
	Name    string            `json:"name"`
	Call    string            `json:"call"`
	Args    json.RawMessage   `json:"args"`
	Keep    map[string]string `json:"keep"`
	Options struct {
		Timeout        *float64          `json:"timeout"`
		MaxRetries     *int              `json:"max_retries"`
		IdempotencyKey string            `json:"idempotency_key"`
		Headers        map[string]string `json:"headers"`
	} `json:"options"`
}

// Outcome is what came of a call. Lost names what the server sent and the Go types do not hold.
type Outcome struct {
	Call      string          `json:"call,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	RequestID string          `json:"request_id,omitempty"`
	Texts     []string        `json:"texts,omitzero"`
	Error     *Failure        `json:"error,omitempty"`
	Lost      []string        `json:"-"`
}

// Failure is an error under the names that all languages have for it.
type Failure struct {
	Class      string   `json:"class"`
	Message    string   `json:"message"`
	Status     *int     `json:"status"`
	Code       *string  `json:"code"`
	Param      *string  `json:"param"`
	RequestID  *string  `json:"request_id"`
	RetryAfter *float64 `json:"retry_after"`
}

// Run carries out a step.
func Run(ctx context.Context, c *cevvo.Client, step Step) Outcome {
	if strings.HasPrefix(step.Call, "chat.stream") {
		return stream(ctx, c, step)
	}
	do, ok := calls[step.Call]
	if !ok {
		return Outcome{Error: &Failure{Class: "Driver", Message: "There is no call " + step.Call}}
	}
	if len(step.Args) == 0 {
		step.Args = json.RawMessage("{}")
	}
	outcome, err := do(ctx, c, step.Args, options(step))
	if err != nil {
		outcome = Outcome{Error: failure(err)}
	}
	return outcome
}

func options(step Step) []cevvo.Option {
	var chosen []cevvo.Option
	if step.Options.Timeout != nil {
		chosen = append(chosen, cevvo.WithTimeout(seconds(*step.Options.Timeout)))
	}
	if step.Options.MaxRetries != nil {
		chosen = append(chosen, cevvo.WithMaxRetries(*step.Options.MaxRetries))
	}
	if step.Options.IdempotencyKey != "" {
		chosen = append(chosen, cevvo.WithIdempotencyKey(step.Options.IdempotencyKey))
	}
	for name, value := range step.Options.Headers {
		chosen = append(chosen, cevvo.WithHeader(name, value))
	}
	return chosen
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

func stream(ctx context.Context, c *cevvo.Client, step Step) Outcome {
	outcome := Outcome{Texts: []string{}}
	var question cevvo.ChatRequest
	if err := json.Unmarshal(step.Args, &question); err != nil {
		return Outcome{Error: failure(err)}
	}
	opened, err := c.Chat.Stream(ctx, question, options(step)...)
	if err != nil {
		outcome.Error = failure(err)
		return outcome
	}
	defer opened.Close()
	for event, err := range opened.Events() {
		if err != nil {
			outcome.Error = failure(err)
			return outcome
		}
		if event.Type == "text" {
			outcome.Texts = append(outcome.Texts, event.Text)
			if step.Call == "chat.stream.leave" {
				return outcome
			}
		}
	}
	answer, err := opened.Final()
	if err != nil {
		outcome.Error = failure(err)
		return outcome
	}
	whole := returned(answer)
	whole.Texts = outcome.Texts
	return whole
}

// result is what all results have.
type result interface {
	RawJSON() json.RawMessage
	RequestID() string
}

func returned(r result) Outcome {
	return Outcome{Result: r.RawJSON(), RequestID: r.RequestID(), Lost: lost("", r.RawJSON(), r)}
}

// walked is every item of every page.
func walked[T any](items iter.Seq2[T, error]) (Outcome, error) {
	raw, missing, id := []json.RawMessage{}, []string{}, ""
	for item, err := range items {
		if err != nil {
			return Outcome{}, err
		}
		one, ok := any(item).(result)
		if !ok {
			return Outcome{}, fmt.Errorf("%T has no raw JSON", item)
		}
		if len(raw) == 0 {
			id = one.RequestID()
		}
		raw = append(raw, one.RawJSON())
		missing = append(missing, lost("data.", one.RawJSON(), one)...)
	}
	data, err := json.Marshal(map[string]any{"data": raw})
	return Outcome{Result: data, RequestID: id, Lost: missing}, err
}

var classes = []struct {
	kind error
	name string
}{
	{cevvo.ErrBadRequest, "BadRequestError"},
	{cevvo.ErrAuthentication, "AuthenticationError"},
	{cevvo.ErrPermissionDenied, "PermissionDeniedError"},
	{cevvo.ErrNotFound, "NotFoundError"},
	{cevvo.ErrConflict, "ConflictError"},
	{cevvo.ErrPayloadTooLarge, "PayloadTooLargeError"},
	{cevvo.ErrRateLimit, "RateLimitError"},
	{cevvo.ErrInternalServer, "InternalServerError"},
	{cevvo.ErrTimeout, "APITimeoutError"}, // before the connection, which it is, too
	{cevvo.ErrConnection, "APIConnectionError"},
	{cevvo.ErrStream, "StreamError"},
}

func failure(err error) *Failure {
	var job *cevvo.JobError
	if errors.As(err, &job) {
		return &Failure{Class: "JobError", Message: job.Message()}
	}
	var e *cevvo.Error
	if !errors.As(err, &e) {
		return &Failure{Class: fmt.Sprintf("%T", err), Message: err.Error()}
	}
	told := &Failure{Class: "CevvoError", Message: e.Message, Status: ifAny(e.Status), Code: ifAny(e.Code), Param: ifAny(e.Param), RequestID: ifAny(e.RequestID)}
	if e.RetryAfter != 0 {
		told.RetryAfter = cevvo.Ptr(e.RetryAfter.Seconds())
	}
	if e.Status != 0 {
		told.Class = "APIError"
	}
	for _, class := range classes {
		if errors.Is(err, class.kind) {
			told.Class = class.name
			break
		}
	}
	return told
}

// ifAny is nil for what is empty.
func ifAny[T comparable](value T) *T {
	var none T
	if value == none {
		return nil
	}
	return &value
}

// Names are those of all calls but the streams.
func Names() []string { return slices.Collect(maps.Keys(calls)) }
