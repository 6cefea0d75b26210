package cevvo

import (
	"encoding/json"
	"net/http"
)

// Raw is the answer that a result was read from, with all that this version does not know.
type Raw struct {
	answer *answer
}

// answer is one of the server, or the part of it that one result was read from.
type answer struct {
	body   json.RawMessage
	status int
	header http.Header
}

// RawJSON is the object as the server sent it.
func (r Raw) RawJSON() json.RawMessage { return r.got().body }

// Header is that of the HTTP answer.
func (r Raw) Header() http.Header { return r.got().header }

// RequestID finds the request in the server's log.
func (r Raw) RequestID() string { return r.got().requestID() }

// got is empty for what was not read from an answer.
func (r Raw) got() answer {
	if r.answer == nil {
		return answer{}
	}
	return *r.answer
}

func (r *Raw) keep(from answer) { r.answer = &from }

func (a answer) requestID() string { return a.header.Get("X-Request-Id") }

type keeper interface{ keep(answer) }
