package cevvo_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cevvo/cevvo-go"
)

func TestWithoutAKeyItSaysWhatToDo(t *testing.T) {
	t.Setenv("CEVVO_API_KEY", "")
	_, err := cevvo.NewClient()
	var e *cevvo.Error
	if !errors.As(err, &e) || !strings.Contains(e.Message, "CEVVO_API_KEY") || !strings.Contains(e.Message, "cevvo keys create") {
		t.Error(err)
	}
}

func TestWrongOptionsAreNamed(t *testing.T) {
	for _, c := range []struct {
		right  string
		option cevvo.Option
	}{
		{"copy it again", cevvo.WithAPIKey("cevvo_sk_a\nb")},
		{"copy it again", cevvo.WithAPIKey("“cevvo_sk_a”")},
		{"http://127.0.0.1:8420/api/v1", cevvo.WithBaseURL("localhost:8420")},
		{"http://127.0.0.1:8420/api/v1", cevvo.WithBaseURL("http://[")},
		{"http://127.0.0.1:8420/api/v1", cevvo.WithBaseURL("http:///api/v1")},
		{"http://127.0.0.1:8420/api/v1", cevvo.WithBaseURL("http://a.example/?x=1")},
		{"WithHTTPClient", cevvo.WithHTTPClient(nil)},
		{"longer than nothing", cevvo.WithTimeout(0)},
		{"longer than nothing", cevvo.WithWaitTimeout(-1)},
		{"0 or more", cevvo.WithMaxRetries(-1)},
		{"single call", cevvo.WithIdempotencyKey("mine")},
	} {
		_, err := cevvo.NewClient(cevvo.WithAPIKey("cevvo_sk_test"), c.option)
		var e *cevvo.Error
		if !errors.As(err, &e) || !strings.Contains(e.Message, c.right) {
			t.Errorf("%v does not say %q", err, c.right)
		}
	}
}

func TestTheEnvironmentIsRead(t *testing.T) {
	s := serve(t, sends(200, `{"total_messages": 2}`))
	t.Setenv("CEVVO_API_KEY", " cevvo_sk_of_the_environment\n")
	t.Setenv("CEVVO_BASE_URL", s.address+"/api/v1")
	client, err := cevvo.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	overview, err := client.Analytics.Overview(t.Context(), cevvo.OverviewParams{})
	if err != nil || overview.TotalMessages != 2 {
		t.Error(overview, err)
	}
	if key := s.requests()[0].header.Get("Authorization"); key != "Bearer cevvo_sk_of_the_environment" {
		t.Error(key)
	}
	t.Setenv("CEVVO_LOG", "loud")
	if _, err := cevvo.NewClient(); err == nil || !strings.Contains(err.Error(), "info or debug") {
		t.Error(err)
	}
}

func TestOptionsOfACallHoldForItAlone(t *testing.T) {
	s := serve(t, sends(200, `{}`))
	client := s.client(t, cevvo.WithHeader("X-Trace", "all"))
	for _, option := range []cevvo.Option{cevvo.WithHeader("X-Trace", "one"), cevvo.WithAPIKey("cevvo_sk_other")} {
		if _, err := client.Usage(t.Context(), cevvo.UsageParams{}, option); err != nil {
			t.Error(err)
		}
	}
	if _, err := client.Usage(t.Context(), cevvo.UsageParams{}, cevvo.WithAPIKey("")); err == nil {
		t.Error("a call without a key was sent")
	}
	found := s.requests()
	if len(found) != 2 || found[0].header.Get("X-Trace") != "one" || found[1].header.Get("X-Trace") != "all" ||
		found[0].header.Get("Authorization") != "Bearer cevvo_sk_test" || found[1].header.Get("Authorization") != "Bearer cevvo_sk_other" {
		t.Error(found)
	}
}

func TestAServerThatIsDownIsNamed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	client := (&server{address: "http://user:secret@" + address}).client(t, cevvo.WithMaxRetries(0))
	_, err = client.Sources.Get(t.Context(), "src_1")
	if !errors.Is(err, cevvo.ErrConnection) || errors.Is(err, cevvo.ErrTimeout) {
		t.Fatal(err)
	}
	for _, part := range []string{address + "/api/v1/sources/src_1", "refused", "Is the server running", "CEVVO_BASE_URL"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not say %q", err, part)
		}
	}
	var network *net.OpError
	if !errors.As(err, &network) || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

// slowNetwork is a connection that takes too long to make.
type slowNetwork struct{}

func (slowNetwork) Error() string   { return "i/o timeout" }
func (slowNetwork) Timeout() bool   { return true }
func (slowNetwork) Temporary() bool { return true }

func (slowNetwork) RoundTrip(*http.Request) (*http.Response, error) { return nil, slowNetwork{} }

func TestConnectingForTooLongIsATimeout(t *testing.T) {
	client := (&server{address: "http://127.0.0.1:1"}).client(t, cevvo.WithMaxRetries(0), cevvo.WithHTTPClient(&http.Client{Transport: slowNetwork{}}))
	if _, err := client.Settings.Answers(t.Context()); !errors.Is(err, cevvo.ErrTimeout) {
		t.Error(err)
	}
}

func TestAProgramsOwnDefaultTransportIsUsed(t *testing.T) {
	usual := http.DefaultTransport
	http.DefaultTransport = slowNetwork{}
	defer func() { http.DefaultTransport = usual }()
	client := (&server{address: "http://127.0.0.1:1"}).client(t, cevvo.WithMaxRetries(0))
	if _, err := client.Settings.Answers(t.Context()); !errors.Is(err, cevvo.ErrTimeout) {
		t.Error(err)
	}
}

func TestTheEndOfTheCallersContextIsItsOwnError(t *testing.T) {
	s := serve(t, sends(503, `{}`, "Retry-After", "60"))
	client := s.client(t)
	reason := errors.New("enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Second, reason)
	defer cancel()
	_, err := client.Analytics.TopQuestions(ctx, cevvo.InsightParams{Limit: 5}) // ends between two attempts
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, reason) {
		t.Error(err)
	}
	var e *cevvo.Error
	if _, err = client.Analytics.CoverageGaps(ctx, cevvo.GapParams{}); errors.As(err, &e) || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if len(s.requests()) != 1 {
		t.Error(s.requests())
	}
}

func TestAnErrorTellsAllThatIsKnown(t *testing.T) {
	s := serve(t, sends(429, `{"error": {"code": "rate_limit_exceeded", "message": "Slower.", "param": null, "request_id": "req_9", "newer": 1}}`, "Retry-After", "3", "X-RateLimit-Limit", "100"))
	_, err := s.client(t, cevvo.WithMaxRetries(0)).Conversations.Get(t.Context(), "thr_1")
	var e *cevvo.Error
	if !errors.As(err, &e) || !errors.Is(err, cevvo.ErrRateLimit) || errors.Is(err, cevvo.ErrNotFound) {
		t.Fatal(err)
	}
	if e.Status != 429 || e.RetryAfter != 3*time.Second || e.Header.Get("X-RateLimit-Limit") != "100" || !strings.Contains(string(e.Body), "newer") {
		t.Errorf("%+v", e)
	}
	if e.Error() != "cevvo: 429 rate_limit_exceeded: Slower. (req_9)" {
		t.Error(e.Error())
	}
}

func TestResultsKeepWhatIsNewer(t *testing.T) {
	s := serve(t, sends(200, `{"data": [{"id": "a", "newer": 1}, {"id": "b"}], "meta": {"page": 1, "per_page": 20, "total": 2}}`, "X-RateLimit-Remaining", "99"))
	page, err := s.client(t).Sources.List(t.Context(), cevvo.SourceListParams{})
	if err != nil {
		t.Fatal(err)
	}
	if string(page.Data[0].RawJSON()) != `{"id": "a", "newer": 1}` || page.Data[1].RequestID() != "req_1" || page.Header().Get("X-RateLimit-Remaining") != "99" {
		t.Errorf("%s %+v", page.Data[0].RawJSON(), page)
	}
	if _, err := page.Next(t.Context()); err != io.EOF {
		t.Error(err)
	}
	made := cevvo.Source{}
	if made.RawJSON() != nil || made.RequestID() != "" || made.Header() != nil {
		t.Error("what was not received has an answer")
	}
}

func TestAnyRequestCanBeSent(t *testing.T) {
	s := serve(t, sends(201, `{"id": "new_1"}`))
	response, err := s.client(t).Request(t.Context(), "POST", "/newer?dry=1", map[string]int{"n": 1})
	if err != nil || response.StatusCode != 201 || string(response.RawJSON()) != `{"id": "new_1"}` {
		t.Error(response, err)
	}
	sent := s.requests()[0]
	if sent.method != "POST" || sent.url != "/api/v1/newer?dry=1" || sent.body != `{"n":1}` || sent.header.Get("Idempotency-Key") == "" {
		t.Error(sent)
	}
	if _, err := s.client(t).Request(t.Context(), "POST", "/newer", func() {}); err == nil {
		t.Error("a function was sent as JSON")
	}
}

func TestJSONThatDoesNotFitIsSaidToBeNewer(t *testing.T) {
	s := serve(t, sends(200, `{"id": 7}`))
	_, err := s.client(t).Sources.Get(t.Context(), "src_1")
	if err == nil || !strings.Contains(err.Error(), cevvo.Version) || !strings.Contains(err.Error(), "newer") {
		t.Error(err)
	}
}

func TestManyGoroutinesShareAClient(t *testing.T) {
	client := serve(t, sends(200, `{"id": "src_1"}`)).client(t)
	var group sync.WaitGroup
	for i := range 20 {
		group.Add(1)
		go func() {
			defer group.Done()
			source, err := client.Sources.Get(t.Context(), "src_1", cevvo.WithHeader("X-Trace", strconv.Itoa(i)))
			if err != nil || source.ID != "src_1" {
				t.Error(source, err)
			}
		}()
	}
	group.Wait()
}
