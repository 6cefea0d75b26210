package cevvo

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"time"
)

// request is what a call asks for; body is sent anew, byte for byte, with each attempt.
type request struct {
	method      string
	path        string
	query       url.Values
	body        []byte
	contentType string
	accept      string
	stream      bool  // the body of the answer is left to be read
	err         error // why it cannot be sent
}

func get(path string) request {
	return request{method: http.MethodGet, path: path, query: url.Values{}}
}

func remove(path string) request {
	return request{method: http.MethodDelete, path: path}
}

func post(path string, content any) request {
	return withJSON(http.MethodPost, path, content)
}

func put(path string, content any) request {
	return withJSON(http.MethodPut, path, content)
}

func withJSON(method, path string, content any) request {
	rq := request{method: method, path: path}
	if content == nil {
		return rq
	}
	rq.contentType = "application/json"
	rq.body, rq.err = json.Marshal(content)
	return rq
}

// with adds a parameter to the query, unless it is empty.
func (rq request) with(name, value string) request {
	if value != "" {
		rq.query.Set(name, value)
	}
	return rq
}

func (rq request) withNumber(name string, value int) request {
	if value == 0 {
		return rq
	}
	return rq.with(name, strconv.Itoa(value))
}

func (rq request) withTime(name string, value time.Time) request {
	if value.IsZero() {
		return rq
	}
	return rq.with(name, value.Format(time.RFC3339Nano))
}

// requireID has the request fail if an id is empty: it would go to another operation.
func (rq request) requireID(ids ...string) request {
	for _, id := range ids {
		if id == "" {
			rq.err = &Error{Message: "The id is empty."}
		}
	}
	return rq
}

// idempotencyKey is what the request is named by over its retries; empty for what is no POST.
func (rq request) idempotencyKey(own string) string {
	if rq.method != http.MethodPost || own != "" {
		return own
	}
	random := make([]byte, 16)
	rand.Read(random) // never fails
	return hex.EncodeToString(random)
}

// build makes the HTTP request of one attempt.
func (rq request) build(ctx context.Context, c config, key string) (*http.Request, error) {
	address := c.baseURL + rq.path
	if query := rq.query.Encode(); query != "" {
		address += "?" + query
	}
	var body io.Reader
	if rq.body != nil {
		body = bytes.NewReader(rq.body)
	}
	made, err := http.NewRequestWithContext(ctx, rq.method, address, body)
	if err != nil {
		return nil, &Error{Message: err.Error(), cause: err}
	}
	accept := rq.accept
	if accept == "" {
		accept = "application/json"
	}
	made.Header.Set("Authorization", "Bearer "+c.apiKey)
	made.Header.Set("Accept", accept)
	made.Header.Set("User-Agent", "cevvo-go/"+Version+" ("+runtime.Version()+"; "+runtime.GOOS+")")
	if rq.contentType != "" {
		made.Header.Set("Content-Type", rq.contentType)
	}
	if key != "" {
		made.Header.Set("Idempotency-Key", key)
	}
	for name, values := range c.header {
		made.Header[name] = values
	}
	return made, nil
}
