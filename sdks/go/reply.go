package cevvo

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"strings"
	"time"
)

// reply is an answer of the server: its body, or, of a stream, the body that is still open.
type reply struct {
	answer
	request request
	url     string
	open    io.ReadCloser
	watch   *watchdog
}

func (r *reply) ok() bool { return r.status/100 == 2 }

func (r *reply) mediaType() string {
	name, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	return name
}

// decode reads the JSON into result, which keeps it, too.
func (r *reply) decode(result any) error {
	err := json.Unmarshal(r.body, result)
	switch {
	case err != nil && r.mediaType() != "application/json":
		return r.notTheAPI()
	case err != nil && !json.Valid(r.body):
		return r.error(fmt.Sprintf("The answer to %s %s is not JSON: %v.", r.request.method, r.url, err))
	case err != nil:
		return r.error(fmt.Sprintf("The JSON does not fit version %s of this client, a newer one may read it: %v.", Version, err))
	}
	if result, ok := result.(keeper); ok {
		result.keep(r.answer)
	}
	return nil
}

// error is about an answer that cannot be used, whatever its status.
func (r *reply) error(message string) *Error {
	return &Error{
		Status: r.status, Message: message, RequestID: r.requestID(), Header: r.header, Body: r.body,
		kind: kindOf(r.status),
	}
}

func (r *reply) notTheAPI() *Error {
	kind := r.mediaType()
	if kind == "" {
		kind = "no content type"
	}
	message := fmt.Sprintf("%s %s was answered with status %d and %s, not by the Cevvo API.", r.request.method, r.url, r.status, kind)
	if r.status < 500 {
		message += " Is the base URL right? It is one such as http://127.0.0.1:8420/api/v1."
	}
	return r.error(message)
}

// failure is the error that an answer with an error status stands for.
func (r *reply) failure() *Error {
	var content struct {
		Error *struct {
			Code, Message, Param string
			RequestID            string `json:"request_id"`
		}
	}
	var e *Error
	location := r.header.Get("Location")
	switch err := json.Unmarshal(r.body, &content); {
	case err == nil && content.Error != nil:
		e = r.error(content.Error.Message + r.remedy(content.Error.Message))
		e.Code, e.Param = content.Error.Code, content.Error.Param
		if content.Error.RequestID != "" {
			e.RequestID = content.Error.RequestID
		}
	case r.status/100 == 3 && location != "":
		e = r.error(fmt.Sprintf("%s redirects to %s. If that is meant, change the base URL.", r.url, location))
	default:
		e = r.notTheAPI()
	}
	e.RetryAfter, e.asked = retryAfter(r.header, time.Now())
	e.retry = shouldRetry(e)
	return e
}

// remedy is what to do where the server does not know the operation itself, which it says by
// naming the path.
func (r *reply) remedy(message string) string {
	if (r.status != 404 && r.status != 405) || !strings.Contains(message, r.request.path) {
		return ""
	}
	return fmt.Sprintf(" The server is older than this client (cevvo-go %s), or the base URL is wrong: it ends in /api/v1.", Version)
}
