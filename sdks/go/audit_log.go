package cevvo

import (
	"context"
	"iter"
	"time"
)

// AuditLogService reads who did what; it takes a key with ScopeAdmin.
type AuditLogService struct {
	client *Client
}

// ActorKind is what did something: a key, a person or a command on the server.
type ActorKind string

// The kinds of actors.
const (
	ActorKindKey    ActorKind = "key"
	ActorKindPerson ActorKind = "person"
	ActorKindCLI    ActorKind = "cli"
	ActorKindServer ActorKind = "server"
)

// Actor is who did something.
type Actor struct {
	Kind ActorKind `json:"kind"`
	// ID is that of the key or person; of a command, its user on the server.
	ID   string `json:"id"`
	Name string `json:"name"`
}

// AuditEntry is something that was done.
type AuditEntry struct {
	Raw
	ID string    `json:"id"`
	At time.Time `json:"at"`
	// Action is such as api_key.revoked.
	Action   string `json:"action"`
	Actor    Actor  `json:"actor"`
	TargetID string `json:"target_id"`
	// TargetName is what it was called then.
	TargetName string `json:"target_name"`
	// Detail is what else is worth knowing; never a secret.
	Detail map[string]any `json:"detail"`
	// Address is where the request came from; empty for a command.
	Address string `json:"address"`
	// DoneByRequest is the id of the request by which it was done; RequestID, as in all results, is
	// that of the request for this list.
	DoneByRequest string `json:"request_id"`
}

// AuditLogParams chooses entries and a page of them.
type AuditLogParams struct {
	Page    int // from 1
	PerPage int // 1 to 100 (20)
	// Action is one, such as api_key.revoked, or all on a kind, such as api_key.
	Action string
	// Actor is the id of an API key or person, or a command's user.
	Actor string
	Since time.Time // from this time on
	Until time.Time // before this time
}

// List returns a page of what was done, newest first.
func (s *AuditLogService) List(ctx context.Context, params AuditLogParams, options ...Option) (*Page[AuditEntry], error) {
	rq := get("/audit-log").with("action", params.Action).with("actor", params.Actor)
	rq = rq.withTime("since", params.Since).withTime("until", params.Until)
	return list[AuditEntry](ctx, s.client, rq, ListParams{params.Page, params.PerPage}, options)
}

// All yields the entries of all pages, newest first.
func (s *AuditLogService) All(ctx context.Context, params AuditLogParams, options ...Option) iter.Seq2[AuditEntry, error] {
	return all(ctx, func() (*Page[AuditEntry], error) { return s.List(ctx, params, options...) })
}
