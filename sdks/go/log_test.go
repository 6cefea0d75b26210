package cevvo

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTheLogTellsRequestsAndNoSecrets(t *testing.T) {
	answers := 0
	running := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "req_1")
		w.Header().Set("Retry-After", "0")
		w.Header().Set("Content-Type", "application/json")
		if answers++; answers == 1 {
			w.WriteHeader(503)
		}
		w.Write([]byte(`{"answer": "An answer."}`))
	}))
	defer running.Close()
	var out bytes.Buffer
	for level, right := range map[string]string{"info": "", "debug": "trying again", "": ""} {
		out.Reset()
		answers = 0
		client, err := NewClient(WithAPIKey("cevvo_sk_secret"), WithBaseURL(running.URL))
		if err != nil {
			t.Fatal(err)
		}
		if client.config.log, err = newLogger(level, &out); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Chat.Create(context.Background(), ChatRequest{Message: "A question."}); err != nil {
			t.Fatal(err)
		}
		written := out.String()
		for _, secret := range []string{"cevvo_sk_secret", "question", "An answer"} {
			if strings.Contains(written, secret) {
				t.Errorf("%s: %q is in the log", level, secret)
			}
		}
		told := strings.Count(written, "path=/chat status=503") + strings.Count(written, "path=/chat status=200")
		if (level != "") != (told == 2) || strings.Contains(written, "trying again") != (right != "") {
			t.Errorf("%s: %s", level, written)
		}
	}
}
