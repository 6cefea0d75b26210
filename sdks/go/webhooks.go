package cevvo

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
	"time"
)

// WebhookService manages where the server sends events; it takes a key with ScopeAdmin. To check an
// event that came, see VerifyWebhook.
type WebhookService struct {
	client *Client
}

// WebhookEventType is a kind of event.
type WebhookEventType string

// The events that webhooks can ask for.
const (
	EventSourceFailed          WebhookEventType = "source.failed"
	EventConversationEscalated WebhookEventType = "conversation.escalated"
	EventFeedbackNegative      WebhookEventType = "feedback.negative"
	EventAnswerInvalidated     WebhookEventType = "answer.invalidated"
	EventGapOpened             WebhookEventType = "gap.opened"
	EventGapClosed             WebhookEventType = "gap.closed"
)

// WebhookStatus is whether events are sent.
type WebhookStatus string

// The states of a webhook: while it is paused, events wait.
const (
	WebhookStatusActive WebhookStatus = "active"
	WebhookStatusPaused WebhookStatus = "paused"
)

// DeliveryStatus is what became of an event.
type DeliveryStatus string

// The states of a delivery: to be sent (again), sent, given up.
const (
	DeliveryStatusPending   DeliveryStatus = "pending"
	DeliveryStatusDelivered DeliveryStatus = "delivered"
	DeliveryStatusFailed    DeliveryStatus = "failed"
)

// Webhook is where events are sent, and which.
type Webhook struct {
	Raw
	ID     string             `json:"id"`
	URL    string             `json:"url"`
	Events []WebhookEventType `json:"events"`
	// IncludeText: with what people wrote.
	IncludeText bool          `json:"include_text"`
	Status      WebhookStatus `json:"status"`
	// PausedAt is zero if it is active.
	PausedAt time.Time `json:"paused_at"`
	// PauseReason is why the server paused it, and empty if somebody did.
	PauseReason string `json:"pause_reason"`
	// FailingSince is the first failure after the last success, and zero if nothing fails.
	FailingSince time.Time `json:"failing_since"`
	// PreviousSecretExpiresAt: until then the secret before the last rotation signs, too.
	PreviousSecretExpiresAt time.Time `json:"previous_secret_expires_at"`
	CreatedAt               time.Time `json:"created_at"`
	UpdatedAt               time.Time `json:"updated_at"`
}

// NewWebhook is a webhook whose secret was just made. Keep it now: it cannot be read again.
type NewWebhook struct {
	Webhook
	Secret string `json:"secret"`
}

// WebhookCreate is a webhook to make.
type WebhookCreate struct {
	// URL is where events are sent, by POST.
	URL    string             `json:"url"`
	Events []WebhookEventType `json:"events"`
	// IncludeText: with what people wrote.
	IncludeText bool `json:"include_text,omitempty"`
}

// WebhookUpdate is what is to be changed; what is not set stays as it is.
type WebhookUpdate struct {
	URL         string             `json:"url,omitempty"`
	Events      []WebhookEventType `json:"events,omitempty"`
	IncludeText *bool              `json:"include_text,omitempty"`
	// Paused: events wait, for 30 days at most; once it is false, what waited is sent.
	Paused *bool `json:"paused,omitempty"`
}

// WebhookRotate says how long the old secret signs beside the new one: 0 to 720 hours, 24 if it is
// nil.
type WebhookRotate struct {
	OverlapHours *int `json:"overlap_hours,omitempty"`
}

// WebhookDelivery is an event on its way to one webhook, and what came of its last attempt.
type WebhookDelivery struct {
	Raw
	ID string `json:"id"`
	// EventID is the header webhook-id: the same for all webhooks and attempts.
	EventID  string         `json:"event_id"`
	Type     string         `json:"type"`
	Status   DeliveryStatus `json:"status"`
	Attempts int            `json:"attempts"`
	// NextAttemptAt is zero unless it is pending.
	NextAttemptAt time.Time `json:"next_attempt_at"`
	AttemptedAt   time.Time `json:"attempted_at"`
	// StatusCode is what the endpoint answered; nil: nothing.
	StatusCode *int `json:"status_code"`
	// LatencyMS is how long that took, in milliseconds.
	LatencyMS *int   `json:"latency_ms"`
	Error     string `json:"error"`
	// Payload is what is sent.
	Payload   json.RawMessage `json:"payload"`
	CreatedAt time.Time       `json:"created_at"`
}

// WebhookDeliveryListParams chooses deliveries and a page of them.
type WebhookDeliveryListParams struct {
	Page    int // from 1
	PerPage int // 1 to 100 (20)
	Status  DeliveryStatus
}

// List returns a page of the webhooks, newest first.
func (s *WebhookService) List(ctx context.Context, params ListParams, options ...Option) (*Page[Webhook], error) {
	return list[Webhook](ctx, s.client, get("/webhooks"), params, options)
}

// All yields the webhooks of all pages, newest first.
func (s *WebhookService) All(ctx context.Context, params ListParams, options ...Option) iter.Seq2[Webhook, error] {
	return all(ctx, func() (*Page[Webhook], error) { return s.List(ctx, params, options...) })
}

// Create has events sent to an address. Its Secret is in this answer and nowhere else, ever.
func (s *WebhookService) Create(ctx context.Context, webhook WebhookCreate, options ...Option) (*NewWebhook, error) {
	return call[NewWebhook](ctx, s.client, post("/webhooks", webhook), options)
}

// Get returns one webhook.
func (s *WebhookService) Get(ctx context.Context, id string, options ...Option) (*Webhook, error) {
	return call[Webhook](ctx, s.client, get(webhookPath(id)).requireID(id), options)
}

// Update changes what is set.
func (s *WebhookService) Update(ctx context.Context, id string, changes WebhookUpdate, options ...Option) (*Webhook, error) {
	return call[Webhook](ctx, s.client, put(webhookPath(id), changes).requireID(id), options)
}

// Delete deletes a webhook with the log of its deliveries.
func (s *WebhookService) Delete(ctx context.Context, id string, options ...Option) (*Deleted, error) {
	return call[Deleted](ctx, s.client, remove(webhookPath(id)).requireID(id), options)
}

// Rotate makes a new secret; the old one signs, too, for a while.
func (s *WebhookService) Rotate(ctx context.Context, id string, rotation WebhookRotate, options ...Option) (*NewWebhook, error) {
	return call[NewWebhook](ctx, s.client, post(webhookPath(id)+"/rotate", rotation).requireID(id), options)
}

// Test sends an event of type webhook.test now, once.
func (s *WebhookService) Test(ctx context.Context, id string, options ...Option) (*WebhookDelivery, error) {
	return call[WebhookDelivery](ctx, s.client, post(webhookPath(id)+"/test", nil).requireID(id), options)
}

// Deliveries returns a page of what was and will be sent, newest first; it is kept for 30 days.
func (s *WebhookService) Deliveries(ctx context.Context, id string, params WebhookDeliveryListParams, options ...Option) (*Page[WebhookDelivery], error) {
	rq := get(webhookPath(id)+"/deliveries").with("status", string(params.Status)).requireID(id)
	return list[WebhookDelivery](ctx, s.client, rq, ListParams{params.Page, params.PerPage}, options)
}

// AllDeliveries yields the deliveries of all pages, newest first.
func (s *WebhookService) AllDeliveries(ctx context.Context, id string, params WebhookDeliveryListParams, options ...Option) iter.Seq2[WebhookDelivery, error] {
	return all(ctx, func() (*Page[WebhookDelivery], error) { return s.Deliveries(ctx, id, params, options...) })
}

// Retry sends an event again, whatever came of it before.
func (s *WebhookService) Retry(ctx context.Context, id, deliveryID string, options ...Option) (*WebhookDelivery, error) {
	rq := post(webhookPath(id)+"/deliveries/"+url.PathEscape(deliveryID)+"/retry", nil)
	return call[WebhookDelivery](ctx, s.client, rq.requireID(id, deliveryID), options)
}

func webhookPath(id string) string { return "/webhooks/" + url.PathEscape(id) }
