package cevvo

import (
	"context"
	"net/http"
	"os"
	"time"
)

// Version is that of this client; it is sent in User-Agent.
const Version = "0.1.0"

const (
	defaultBaseURL     = "https://api.cevvo.com/api/v1"
	defaultTimeout     = 60 * time.Second
	defaultWaitTimeout = 10 * time.Minute
	defaultMaxRetries  = 2
)

// Client is the Cevvo API. Each group of operations is a field. It may be used by many goroutines
// at once, and should be: it keeps connections open.
type Client struct {
	Chat          *ChatService
	Conversations *ConversationService
	Sources       *SourceService
	Ingest        *IngestService
	Analytics     *AnalyticsService
	Messages      *MessageService
	Settings      *SettingsService
	APIKeys       *APIKeyService
	AuditLog      *AuditLogService
	VisitorTokens *VisitorTokenService
	Webhooks      *WebhookService

	config config
}

// NewClient returns a client with the options, which hold for each of its calls. The key and the
// base URL that are not given come from the environment variables CEVVO_API_KEY and
// CEVVO_BASE_URL. CEVVO_LOG=info writes a line for every request to standard error,
// CEVVO_LOG=debug also why one is tried again.
//
// It returns an *Error if there is no key, or if an option cannot be followed.
func NewClient(options ...Option) (*Client, error) {
	log, err := newLogger(os.Getenv("CEVVO_LOG"), os.Stderr)
	if err != nil {
		return nil, err
	}
	start := config{
		apiKey:      os.Getenv("CEVVO_API_KEY"),
		baseURL:     os.Getenv("CEVVO_BASE_URL"),
		httpClient:  newHTTPClient(),
		timeout:     defaultTimeout,
		waitTimeout: defaultWaitTimeout,
		maxRetries:  defaultMaxRetries,
		header:      http.Header{},
		log:         log,
	}
	if start.baseURL == "" {
		start.baseURL = defaultBaseURL
	}
	config, err := start.with(options)
	if err != nil {
		return nil, err
	}
	if config.idempotencyKey != "" {
		return nil, &Error{Message: "WithIdempotencyKey belongs to a single call: with one key for all, only the first would be carried out."}
	}
	client := &Client{config: config}
	client.Chat = &ChatService{client}
	client.Conversations = &ConversationService{client}
	client.Sources = &SourceService{client}
	client.Ingest = &IngestService{client}
	client.Analytics = &AnalyticsService{client}
	client.Messages = &MessageService{client}
	client.Settings = &SettingsService{client}
	client.APIKeys = &APIKeyService{client}
	client.AuditLog = &AuditLogService{client}
	client.VisitorTokens = &VisitorTokenService{client}
	client.Webhooks = &WebhookService{client}
	return client, nil
}

// Response is an answer as it came; RawJSON is its body.
type Response struct {
	Raw
	StatusCode int
}

// Request sends any request to the API, such as one that is newer than this client. The path is below
// the base URL and may have a query; the content is sent as JSON, unless it is nil.
func (c *Client) Request(ctx context.Context, method, path string, content any, options ...Option) (*Response, error) {
	reply, err := c.send(ctx, withJSON(method, path, content), options)
	if err != nil {
		return nil, err
	}
	response := &Response{StatusCode: reply.status}
	response.keep(reply.answer)
	return response, nil
}

// call sends a request and decodes the JSON answer into a new T.
func call[T any](ctx context.Context, c *Client, rq request, options []Option) (*T, error) {
	reply, err := c.send(ctx, rq, options)
	if err != nil {
		return nil, err
	}
	result := new(T)
	if err := reply.decode(result); err != nil {
		return nil, err
	}
	return result, nil
}
