package cevvo_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/cevvo/cevvo-go"
)

// seen is a request that came in.
type seen struct {
	method, url, body string
	header            http.Header
}

// server answers each request with the next of its steps, and all after them with the last.
type server struct {
	address string
	mutex   sync.Mutex
	seen    []seen
}

func serve(t *testing.T, steps ...http.HandlerFunc) *server {
	s := &server{}
	running := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mutex.Lock()
		s.seen = append(s.seen, seen{r.Method, r.URL.RequestURI(), string(body), r.Header})
		step := steps[min(len(s.seen), len(steps))-1]
		s.mutex.Unlock()
		step(w, r)
	}))
	t.Cleanup(running.Close)
	s.address = running.URL
	return s
}

func (s *server) client(t *testing.T, options ...cevvo.Option) *cevvo.Client {
	t.Helper()
	first := []cevvo.Option{cevvo.WithAPIKey("cevvo_sk_test"), cevvo.WithBaseURL(s.address + "/api/v1/")}
	client, err := cevvo.NewClient(append(first, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func (s *server) requests() []seen {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.seen
}

func sends(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Request-Id", "req_1")
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// streams sends a piece of an answer and stays open until the client leaves.
func streams(left chan<- struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		w.Header().Set("X-Message-Id", "msg_1")
		w.Header().Set("X-Thread-Id", "thr_1")
		w.Header().Set("X-Request-Id", "req_1")
		io.WriteString(w, "data: {\"type\":\"text\",\"text\":\"a\",\"newer\":1}\n\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(left)
	}
}
