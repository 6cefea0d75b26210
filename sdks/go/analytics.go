package cevvo

import (
	"context"
	"time"
)

// AnalyticsService tells what people ask and whether it helped.
type AnalyticsService struct {
	client *Client
}

// Period is a rolling window that ends now.
type Period string

// The periods; Last7Days where none is given.
const (
	Last24Hours Period = "24h"
	Last7Days   Period = "7d"
	Last30Days  Period = "30d"
	Last90Days  Period = "90d"
)

// OverviewParams chooses the window of an overview.
type OverviewParams struct {
	Period Period
}

// InsightParams chooses the window, and how many to return, 1 to 50 (10).
type InsightParams struct {
	Period Period
	Limit  int
}

// Overview is what happened in a window.
type Overview struct {
	Raw
	TotalConversations int `json:"total_conversations"`
	// ResolutionRate is 0 to 1; nil when no question was asked.
	ResolutionRate *float64 `json:"resolution_rate"`
	// AvgResponseTimeMS is from the question to the last word of its answer.
	AvgResponseTimeMS *int `json:"avg_response_time_ms"`
	P50ResponseTimeMS *int `json:"p50_response_time_ms"`
	P95ResponseTimeMS *int `json:"p95_response_time_ms"`
	AvgFirstTokenMS   *int `json:"avg_first_token_ms"`
	// ResolutionConversations are those with a question: what the rates are shares of.
	ResolutionConversations int `json:"resolution_conversations"`
	// ResolutionInterval is nil when no question was asked.
	ResolutionInterval *Interval `json:"resolution_interval"`
	// ConfirmedRate is the share that a positive rating confirms: the stricter rate.
	ConfirmedRate *float64 `json:"confirmed_rate"`
	// ResolutionExplained is where the rule is written down.
	ResolutionExplained string `json:"resolution_explained"`
	TotalMessages       int    `json:"total_messages"`
	Period              Period `json:"period"`
	Trend               Trend  `json:"trend"`
}

// Interval is where the true rate lies in 95 of 100 cases.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// TimeSeries is a window in hours or days of UTC, the oldest first and none left out.
type TimeSeries struct {
	Raw
	Period Period `json:"period"`
	// Unit is hour or day.
	Unit string   `json:"unit"`
	Data []Bucket `json:"data"`
}

// Bucket is what happened in one hour or day; what is nil has nothing to count.
type Bucket struct {
	Start                   time.Time `json:"start"`
	Conversations           int       `json:"conversations"`
	Messages                int       `json:"messages"`
	ResolutionRate          *float64  `json:"resolution_rate"`
	ResolutionConversations int       `json:"resolution_conversations"`
	ConfirmedRate           *float64  `json:"confirmed_rate"`
	AvgResponseTimeMS       *int      `json:"avg_response_time_ms"`
}

// Trend is against the window of the same length before; nil when that one is empty.
type Trend struct {
	// Conversations is relative: 0.12 is 12 % more.
	Conversations *float64 `json:"conversations"`
	// ResolutionRate is a difference: 0.03 is three points more.
	ResolutionRate *float64 `json:"resolution_rate"`
}

// TopQuestions are the most frequent questions, the most frequent one first.
type TopQuestions struct {
	Raw
	Data []TopQuestion `json:"data"`
}

// TopQuestion is questions that mean the same. ResolvedRate is 0 to 1.
type TopQuestion struct {
	// ID chooses the conversations that asked it, in ConversationFilter.
	ID           string  `json:"id"`
	Question     string  `json:"question"`
	Count        int     `json:"count"`
	ResolvedRate float64 `json:"resolved_rate"`
}

// CoverageGaps are the questions that the sources do not answer.
type CoverageGaps struct {
	Raw
	Data []CoverageGap `json:"data"`
}

// CoverageGap is a question that the sources do not answer.
type CoverageGap struct {
	ID         string    `json:"id"`
	Question   string    `json:"question"`
	Count      int       `json:"count"`
	FirstAsked time.Time `json:"first_asked"`
	LastAsked  time.Time `json:"last_asked"`
	Status     GapStatus `json:"status"`
	// NearestSources came nearest to answering it, best first.
	NearestSources []NearestSource `json:"nearest_sources"`
	// Suggestion is why that did not suffice.
	Suggestion string `json:"suggestion"`
}

// Overview returns the figures of a window.
func (s *AnalyticsService) Overview(ctx context.Context, params OverviewParams, options ...Option) (*Overview, error) {
	return call[Overview](ctx, s.client, get("/analytics/overview").with("period", string(params.Period)), options)
}

// TimeSeries returns the figures by hour (24h) or by day of UTC, empty ones included.
func (s *AnalyticsService) TimeSeries(ctx context.Context, params OverviewParams, options ...Option) (*TimeSeries, error) {
	return call[TimeSeries](ctx, s.client, get("/analytics/timeseries").with("period", string(params.Period)), options)
}

// TopQuestions counts questions that mean the same as one.
func (s *AnalyticsService) TopQuestions(ctx context.Context, params InsightParams, options ...Option) (*TopQuestions, error) {
	return call[TopQuestions](ctx, s.client, params.request("/analytics/top-questions"), options)
}

// CoverageGaps returns the questions that the sources do not answer.
func (s *AnalyticsService) CoverageGaps(ctx context.Context, params GapParams, options ...Option) (*CoverageGaps, error) {
	rq := InsightParams{params.Period, params.Limit}.request("/analytics/coverage-gaps")
	rq = rq.with("status", string(params.Status)).with("sort", string(params.Sort))
	return call[CoverageGaps](ctx, s.client, rq, options)
}

func (p InsightParams) request(path string) request {
	return get(path).with("period", string(p.Period)).withNumber("limit", p.Limit)
}
