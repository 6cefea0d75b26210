package cevvo

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// APIKeyService manages the keys of the workspace; it takes a key with ScopeAdmin.
type APIKeyService struct {
	client *Client
}

// APIKeyKind is where a key may be used.
type APIKeyKind string

// The kinds of keys: for servers, and for web pages.
const (
	APIKeyKindSecret      APIKeyKind = "secret"
	APIKeyKindPublishable APIKeyKind = "publishable"
)

// APIKeyStatus is whether a key holds.
type APIKeyStatus string

// The states of a key.
const (
	APIKeyStatusActive  APIKeyStatus = "active"
	APIKeyStatusExpired APIKeyStatus = "expired"
	APIKeyStatusRevoked APIKeyStatus = "revoked"
)

// Scope is something that a key may do.
type Scope string

// The scopes.
const (
	ScopeChat   Scope = "chat"
	ScopeRead   Scope = "read"
	ScopeIngest Scope = "ingest"
	ScopeAdmin  Scope = "admin"
)

// APIKey is a key, without what is secret of it.
type APIKey struct {
	Raw
	ID     string       `json:"id"`
	Name   string       `json:"name"`
	Kind   APIKeyKind   `json:"kind"`
	Status APIKeyStatus `json:"status"`
	// Prefix and LastFour are how it begins and ends.
	Prefix   string  `json:"prefix"`
	LastFour string  `json:"last_four"`
	Scopes   []Scope `json:"scopes"`
	// AllowedOrigins are the websites that may use a publishable key.
	AllowedOrigins []string `json:"allowed_origins"`
	// RateLimit, in requests a minute; nil: the server's default.
	RateLimit *int `json:"rate_limit"`
	// TokensPerDay, a day of UTC; nil: no bound.
	TokensPerDay *int `json:"tokens_per_day"`
	// MessagesPerDay, a day of UTC; nil: no bound.
	MessagesPerDay *int      `json:"messages_per_day"`
	CreatedAt      time.Time `json:"created_at"`
	// ExpiresAt is zero if it never does.
	ExpiresAt time.Time `json:"expires_at"`
	RevokedAt time.Time `json:"revoked_at"`
	// LastUsedAt is true to a minute, and zero if it was never used.
	LastUsedAt time.Time `json:"last_used_at"`
	// ReplacedBy is the id of the key that was made in its place.
	ReplacedBy string `json:"replaced_by"`
}

// NewAPIKey is a key that was just made. Keep its Key now: it cannot be read again.
type NewAPIKey struct {
	APIKey
	Key string `json:"key"`
}

// APIKeyCreate is a key to make. What is not set is as the server has it.
type APIKeyCreate struct {
	// Name is what it is for, 1 to 100 characters.
	Name string `json:"name"`
	// Kind is APIKeyKindSecret unless set.
	Kind APIKeyKind `json:"kind,omitempty"`
	// Scopes are what it may do; everything unless set; a publishable key: ScopeChat.
	Scopes []Scope `json:"scopes,omitempty"`
	// ExpiresAt: never unless set.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// RateLimit, in requests a minute.
	RateLimit int `json:"rate_limit,omitempty"`
	// TokensPerDay is what language models may take for it in a day of UTC.
	TokensPerDay int `json:"tokens_per_day,omitempty"`
	// MessagesPerDay, of a publishable key; 2000 unless set.
	MessagesPerDay int `json:"messages_per_day,omitempty"`
	// AllowedOrigins, of a publishable key: the websites that may use it.
	AllowedOrigins []string `json:"allowed_origins,omitempty"`
}

// APIKeyRotate says how long the old key holds beside the new one: 0 to 720 hours, 24 if it is nil.
type APIKeyRotate struct {
	OverlapHours *int `json:"overlap_hours,omitempty"`
}

// List returns a page of the keys, expired and revoked ones too, newest first.
func (s *APIKeyService) List(ctx context.Context, params ListParams, options ...Option) (*Page[APIKey], error) {
	return list[APIKey](ctx, s.client, get("/api-keys"), params, options)
}

// All yields the keys of all pages, newest first.
func (s *APIKeyService) All(ctx context.Context, params ListParams, options ...Option) iter.Seq2[APIKey, error] {
	return all(ctx, func() (*Page[APIKey], error) { return s.List(ctx, params, options...) })
}

// Create makes a key. Its Key is in this answer and nowhere else, ever.
func (s *APIKeyService) Create(ctx context.Context, key APIKeyCreate, options ...Option) (*NewAPIKey, error) {
	return call[NewAPIKey](ctx, s.client, post("/api-keys", key), options)
}

// Rotate makes a key like this one, which then expires.
func (s *APIKeyService) Rotate(ctx context.Context, id string, rotation APIKeyRotate, options ...Option) (*NewAPIKey, error) {
	rq := post(apiKeyPath(id)+"/rotate", rotation)
	return call[NewAPIKey](ctx, s.client, rq.requireID(id), options)
}

// Revoke ends a key: within a second it is refused everywhere, and its open streams end.
func (s *APIKeyService) Revoke(ctx context.Context, id string, options ...Option) (*Deleted, error) {
	return call[Deleted](ctx, s.client, remove(apiKeyPath(id)).requireID(id), options)
}

func apiKeyPath(id string) string { return "/api-keys/" + url.PathEscape(id) }
