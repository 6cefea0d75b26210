package cevvo

import "context"

// PreviewRequest asks what a crawl would make of a website.
type PreviewRequest struct {
	URL   string         `json:"url"`
	Crawl *CrawlSettings `json:"crawl,omitempty"`
	// MaxPages is how many to look at, 1 to 50 (10).
	MaxPages int `json:"max_pages,omitempty"`
}

// Preview is the first pages of a crawl.
type Preview struct {
	Raw
	Pages []PreviewPage `json:"pages"`
	// Discovered counts the addresses found so far.
	Discovered int `json:"discovered"`
	// Complete: these are all pages of the site.
	Complete bool `json:"complete"`
	// Error is why the site cannot be crawled; nil if it can.
	Error *ErrorDetail `json:"error"`
}

// PreviewPage is what a crawl would make of a page.
type PreviewPage struct {
	URL   string `json:"url"`
	Taken bool   `json:"taken"`
	// Reason is why it would not be taken.
	Reason     string `json:"reason"`
	HTTPStatus *int   `json:"http_status"`
	Depth      int    `json:"depth"`
	Title      string `json:"title"`
	Language   string `json:"language"`
	Characters *int   `json:"characters"`
	// Excerpt is how its text begins.
	Excerpt   string `json:"excerpt"`
	ElapsedMS int    `json:"elapsed_ms"`
}

// ErrorDetail is why something failed. Code is stable and machine-readable.
type ErrorDetail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Preview tells what a crawl would take of a website, and why not the rest. Nothing is stored.
func (s *SourceService) Preview(ctx context.Context, preview PreviewRequest, options ...Option) (*Preview, error) {
	return call[Preview](ctx, s.client, post("/sources/preview", preview), options)
}
