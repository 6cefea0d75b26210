package cevvo_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cevvo/cevvo-go"
)

const exampleSources = `"sources": [{"title": "Getting started", "url": "https://docs.example.com/start", "score": 0.9}]`

// What the examples ask the server, and what it answers.
var exampleAnswers = map[string]string{
	"POST /chat":                   `{"id": "msg_1", "thread_id": "thr_1", "answer": "Create a source [1].", ` + exampleSources + `}`,
	"POST /feedback":               `{"message_id": "msg_1", "rating": "positive", "comment": null}`,
	"POST /sources":                `{"id": "src_1", "name": "Docs", "status": "syncing", "job_id": "job_1"}`,
	"POST /sources/preview":        `{"pages": [{"url": "https://docs.example.com/blog", "taken": false, "reason": "excluded"}]}`,
	"POST /ingest/upload":          `{"job_id": "job_1", "status": "processing"}`,
	"GET /ingest/jobs/job_1/pages": `{"data": [{"url": "https://docs.example.com/old", "reason": "noindex"}], "meta": {"page": 1, "per_page": 20, "total": 1}}`,
	"GET /ingest/status/job_1":     `{"job_id": "job_1", "status": "completed", "progress": 1, "documents_processed": 2}`,
	"GET /sources":                 `{"data": [{"name": "Docs", "status": "synced"}, {"name": "Shop", "status": "synced"}], "meta": {"page": 1, "per_page": 20, "total": 2}}`,
	"GET /conversations":           `{"data": [{"id": "thr_1"}], "meta": {"page": 1, "per_page": 1, "total": 2}}`,
	"GET /conversations?page=2":    `{"data": [{"id": "thr_2"}], "meta": {"page": 2, "per_page": 1, "total": 2}}`,
	"PUT /settings/answers":        `{"refuse": [{"topic": "discounts", "reply": null}], "tokens_per_day": null}`,
	"GET /analytics/coverage-gaps": `{"data": [{"count": 3, "question": "Do you support single sign-on?"}]}`,
	"POST /api-keys":               `{"id": "key_1", "key": "cevvo_pk_1"}`,
	"POST /api-keys/key_1/rotate":  `{"id": "key_2", "key": "cevvo_pk_2"}`,
	"GET /audit-log":               `{"data": [{"action": "api_key.created", "target_name": "Website"}], "meta": {"page": 1, "per_page": 20, "total": 1}}`,
	"POST /visitor-tokens":         `{"visitor_token": "cevvo_vt_1", "visitor_id": "vis_1"}`,
	"DELETE /conversations":        `{"deleted": true, "count": 3}`,
	"GET /analytics/overview":      `{"resolution_rate": 0.75}`,
}

var exampleLooks atomic.Int32 // how often the job was looked at

func answerExample(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/api/v1")
	if r.FormValue("page") == "2" {
		path += "?page=2"
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-RateLimit-Remaining", "99")
	answer := exampleAnswers[r.Method+" "+path]
	switch {
	case path == "/chat/stream":
		w.Header().Set("Content-Type", "text/event-stream")
		answer = "data: {\"type\": \"text\", \"text\": \"Create a \"}\n\ndata: {\"type\": \"text\", \"text\": \"source [1].\"}\n\n" +
			"data: {\"type\": \"sources\", " + exampleSources + "}\n\ndata: [DONE]\n\n"
	case path == "/ingest/status/job_1" && exampleLooks.Add(1) == 1:
		answer = `{"job_id": "job_1", "status": "processing", "progress": 0.5}`
	case answer == "":
		w.WriteHeader(http.StatusNotFound)
		answer = `{"error": {"code": "not_found", "message": "There is no conversation with this id."}}`
	}
	io.WriteString(w, answer)
}

// elsewhere sends all requests to one server.
type elsewhere struct {
	host  string
	usual http.RoundTripper
}

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	moved := r.Clone(r.Context())
	moved.URL.Scheme, moved.URL.Host = "http", e.host
	return e.usual.RoundTrip(moved)
}

// exampleClient makes a client whose server is not far, in a folder with a file to upload.
func exampleClient() (*cevvo.Client, context.Context, func()) {
	exampleLooks.Store(0)
	running := httptest.NewServer(http.HandlerFunc(answerExample))
	usual := http.DefaultTransport
	http.DefaultTransport = elsewhere{strings.TrimPrefix(running.URL, "http://"), usual}
	here, err := os.Getwd()
	must(err)
	folder, err := os.MkdirTemp("", "cevvo")
	must(err)
	must(os.Chdir(folder))
	must(os.WriteFile("handbook.md", []byte("# Handbook"), 0o600))
	client, err := cevvo.NewClient(cevvo.WithAPIKey("cevvo_sk_test"))
	must(err)
	return client, context.Background(), func() {
		http.DefaultTransport = usual
		running.Close()
		must(os.Chdir(here))
		must(os.RemoveAll(folder))
	}
}

// deliver sends a signed webhook to what the program serves.
func deliver() *httptest.ResponseRecorder {
	key, err := base64.StdEncoding.DecodeString("C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
	must(err)
	body, sent := `{"type": "gap.opened", "data": {"question":"SSO?"}}`, fmt.Sprint(time.Now().Unix())
	mac := hmac.New(sha256.New, key)
	io.WriteString(mac, "msg_1."+sent+"."+body)
	request := httptest.NewRequest("POST", "/webhook", strings.NewReader(body))
	request.Header.Set("Webhook-Id", "msg_1")
	request.Header.Set("Webhook-Timestamp", sent)
	request.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	recorder := httptest.NewRecorder()
	http.DefaultServeMux.ServeHTTP(recorder, request)
	return recorder
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Each snippet of the README is in an example, and so compiles and runs.
func TestTheReadmeIsInTheExamples(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	must(err)
	examples, err := os.ReadFile("example_test.go")
	must(err)
	run := strings.ReplaceAll(string(examples), "\n\t", "\n")
	snippets := regexp.MustCompile("(?ms)^```go\n(.*?)^```").FindAllStringSubmatch(string(readme), -1)
	if len(snippets) < 10 {
		t.Errorf("only %d snippets", len(snippets))
	}
	for _, snippet := range snippets {
		if !strings.Contains(run, snippet[1]) {
			t.Errorf("no example has\n%s", snippet[1])
		}
	}
}
