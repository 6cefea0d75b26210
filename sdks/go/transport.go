package cevvo

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

const connectTimeout = 5 * time.Second

// newHTTPClient is http.DefaultClient with time limits for connecting, more idle connections to
// the one server that there is, and no redirects.
func newHTTPClient() *http.Client {
	shared, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // the program has put something of its own there, such as tracing
		return &http.Client{CheckRedirect: refuseRedirect}
	}
	transport := shared.Clone()
	transport.DialContext = (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}).DialContext
	transport.TLSHandshakeTimeout = connectTimeout
	transport.MaxIdleConnsPerHost = transport.MaxIdleConns
	return &http.Client{Transport: transport, CheckRedirect: refuseRedirect}
}

// refuseRedirect: a redirect would turn a POST into a GET, or carry documents to another place.
func refuseRedirect(*http.Request, []*http.Request) error {
	return http.ErrUseLastResponse
}

// send makes attempts until one succeeds, or trying again would not help.
func (c *Client) send(ctx context.Context, rq request, options []Option) (*reply, error) {
	config, err := c.config.with(options)
	if err != nil {
		return nil, err
	}
	if rq.err != nil {
		return nil, rq.err
	}
	key := rq.idempotencyKey(config.idempotencyKey)
	for n := 0; ; n++ {
		start := time.Now()
		reply, err := attempt(ctx, rq, config, key)
		logAttempt(ctx, config.log, rq, reply, err, time.Since(start))
		var failure *Error
		if err == nil || n >= config.maxRetries || !errors.As(err, &failure) || !failure.retry {
			return reply, err
		}
		pause := retryDelay(n, failure, rand.Float64())
		config.log.DebugContext(ctx, "trying again", "attempt", n+2, "after", pause, "because", failure.kind)
		if err := sleep(ctx, pause); err != nil {
			return nil, ended(ctx, rq)
		}
	}
}

// attempt sends the request once. Of a stream, the answer's body is left to be read.
func attempt(ctx context.Context, rq request, c config, key string) (*reply, error) {
	watch := newWatchdog(ctx, c.timeout)
	sent, err := rq.build(watch.ctx, c, key)
	if err != nil {
		watch.stop()
		return nil, err
	}
	response, err := c.httpClient.Do(sent)
	if err != nil {
		defer watch.stop()
		return nil, watch.explain(ctx, rq, err, "No connection to "+sent.URL.Redacted())
	}
	got := &reply{
		answer:  answer{status: response.StatusCode, header: response.Header},
		request: rq, url: sent.URL.Redacted(),
	}
	if rq.stream && got.ok() && got.mediaType() == rq.accept {
		watch.rest()
		got.open, got.watch = response.Body, watch
		return got, nil
	}
	defer watch.stop()
	defer response.Body.Close()
	got.body, err = io.ReadAll(response.Body)
	switch {
	case !got.ok():
		return nil, got.failure()
	case err != nil:
		return nil, watch.explain(ctx, rq, err, "The connection broke in the middle of the answer")
	case rq.stream:
		return nil, got.notTheAPI()
	}
	return got, nil
}
