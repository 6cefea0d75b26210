package cevvo

import (
	"context"
	"time"
)

// VisitorTokenService makes the tokens by which the visitors of a website keep their conversations
// to themselves.
type VisitorTokenService struct {
	client *Client
}

// VisitorTokenRequest says whose token: UserID is your own id of the person, required with a secret
// key. With a publishable key it is empty, and the visitor one whom nobody knows.
type VisitorTokenRequest struct {
	UserID string `json:"user_id,omitempty"`
}

// VisitorToken holds for 24 hours. It is sent as X-Visitor-Token, with a publishable key.
type VisitorToken struct {
	Raw
	VisitorToken string    `json:"visitor_token"`
	VisitorID    string    `json:"visitor_id"`
	UserID       string    `json:"user_id"`
	ExpiresAt    time.Time `json:"expires_at"`
}

// Create makes a token, to be handed to the person's browser.
func (s *VisitorTokenService) Create(ctx context.Context, request VisitorTokenRequest, options ...Option) (*VisitorToken, error) {
	return call[VisitorToken](ctx, s.client, post("/visitor-tokens", request), options)
}
