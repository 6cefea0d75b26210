package cevvo

import "context"

// UsageParams chooses the window of a report.
type UsageParams struct {
	Period Period
}

// UsageReport is what language models took on the days that the period touches, the newest first.
type UsageReport struct {
	Raw
	Period           Period       `json:"period"`
	Requests         int          `json:"requests"`
	PromptTokens     int64        `json:"prompt_tokens"`
	CompletionTokens int64        `json:"completion_tokens"`
	Cost             float64      `json:"cost"`
	Data             []UsageEntry `json:"data"`
	// Refused are the requests answered with 429, by day and key.
	Refused []RefusedRequests `json:"refused"`
}

// RefusedRequests is how many requests of one API key were answered with 429 on one day.
type RefusedRequests struct {
	// Day is one of UTC, such as 2026-03-14.
	Day   string `json:"day"`
	KeyID string `json:"key_id"`
	// KeyName is empty if the key is gone.
	KeyName  string `json:"key_name"`
	Requests int    `json:"requests"`
}

// UsageEntry is what one model took for one API key on one day.
type UsageEntry struct {
	// Day is one of UTC, such as 2026-03-14.
	Day   string `json:"day"`
	KeyID string `json:"key_id"`
	// KeyName is empty if the key is gone.
	KeyName string `json:"key_name"`
	Model   string `json:"model"`
	// Requests counts answers that are finished.
	Requests         int   `json:"requests"`
	PromptTokens     int64 `json:"prompt_tokens"`
	CompletionTokens int64 `json:"completion_tokens"`
	// Cost, in the currency of the operator's prices; 0 for a model without a price.
	Cost float64 `json:"cost"`
}

// Usage returns what language models took, by day, key and model.
func (c *Client) Usage(ctx context.Context, params UsageParams, options ...Option) (*UsageReport, error) {
	return call[UsageReport](ctx, c, get("/usage").with("period", string(params.Period)), options)
}
