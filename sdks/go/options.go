package cevvo

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Option sets something for all calls of a client, when given to NewClient, or for one call.
type Option func(*config)

type config struct {
	apiKey         string
	baseURL        string
	httpClient     *http.Client
	timeout        time.Duration
	waitTimeout    time.Duration
	maxRetries     int
	header         http.Header
	idempotencyKey string
	onProgress     func(*Job)
	log            *slog.Logger
}

// WithAPIKey gives the key that calls are authorized with.
func WithAPIKey(key string) Option {
	return func(c *config) { c.apiKey = key }
}

// WithBaseURL names another server, such as http://127.0.0.1:8420/api/v1.
func WithBaseURL(base string) Option {
	return func(c *config) { c.baseURL = base }
}

// WithHTTPClient makes the requests with this client: for a proxy, certificates of your own,
// tracing. A Timeout in it also ends streams. Redirects are not followed unless it says how.
func WithHTTPClient(client *http.Client) Option {
	return func(c *config) {
		if client == nil {
			c.httpClient = nil
			return
		}
		own := *client
		if own.CheckRedirect == nil {
			own.CheckRedirect = refuseRedirect
		}
		c.httpClient = &own
	}
}

// WithTimeout limits each attempt of a call, and the silence of a stream (60 s).
func WithTimeout(limit time.Duration) Option {
	return func(c *config) { c.timeout = limit }
}

// WithMaxRetries sets how often a call that failed is tried again (2).
func WithMaxRetries(n int) Option {
	return func(c *config) { c.maxRetries = n }
}

// WithHeader sends a header in addition, or instead of one that is sent by itself.
func WithHeader(name, value string) Option {
	return func(c *config) {
		c.header = c.header.Clone()
		c.header.Set(name, value)
	}
}

// WithIdempotencyKey names a POST: the server carries it out once, however often it is sent within
// 24 hours. Each POST has a random key by itself, which it keeps over its retries.
func WithIdempotencyKey(key string) Option {
	return func(c *config) { c.idempotencyKey = key }
}

// WithWaitTimeout limits how long Wait and UploadAndWait wait (10 minutes). The job itself goes on.
func WithWaitTimeout(limit time.Duration) Option {
	return func(c *config) { c.waitTimeout = limit }
}

// WithProgress has Wait and UploadAndWait call f with the job each time they have looked at it.
func WithProgress(f func(*Job)) Option {
	return func(c *config) { c.onProgress = f }
}

// with returns the configuration changed by the options, or what is wrong with it.
func (c config) with(options []Option) (config, error) {
	for _, option := range options {
		option(&c)
	}
	c.apiKey = strings.TrimSpace(c.apiKey)
	c.baseURL = strings.TrimRight(strings.TrimSpace(c.baseURL), "/")
	if wrong := c.problem(); wrong != "" {
		return c, &Error{Message: wrong}
	}
	return c, nil
}

func (c config) problem() string {
	base, err := url.Parse(c.baseURL)
	switch {
	case c.apiKey == "":
		return "No API key: pass WithAPIKey or set the environment variable CEVVO_API_KEY. The dashboard makes one under API Keys, the command line with: cevvo keys create"
	case strings.ContainsFunc(c.apiKey, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "The API key has characters in it that no key has: copy it again."
	case err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") || base.RawQuery != "":
		return "The base URL must be one such as http://127.0.0.1:8420/api/v1, but it is \"" + c.baseURL + "\"."
	case c.httpClient == nil:
		return "WithHTTPClient needs a client."
	case c.timeout <= 0 || c.waitTimeout <= 0:
		return "A timeout must be longer than nothing."
	case c.maxRetries < 0:
		return "WithMaxRetries takes 0 or more."
	}
	return ""
}
