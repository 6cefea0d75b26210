package cevvo

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// SourceService manages where answers come from.
type SourceService struct {
	client *Client
}

// SourceType is what a source is made of.
type SourceType string

// The types of sources.
const (
	SourceTypeWebsite SourceType = "website"
	SourceTypeFile    SourceType = "file"
	SourceTypeText    SourceType = "text"
)

// SourceStatus is how far a source is.
type SourceStatus string

// The states of a source.
const (
	SourceStatusPending SourceStatus = "pending"
	SourceStatusSyncing SourceStatus = "syncing"
	SourceStatusSynced  SourceStatus = "synced"
	SourceStatusFailed  SourceStatus = "failed"
	SourceStatusPaused  SourceStatus = "paused"
)

// Source is a website, files or texts that answers come from.
type Source struct {
	Raw
	ID     string       `json:"id"`
	Name   string       `json:"name"`
	Type   SourceType   `json:"type"`
	URL    string       `json:"url"`
	Status SourceStatus `json:"status"`
	// DocumentCount counts what citations point to: web pages, PDF pages, top-level sections.
	DocumentCount     int            `json:"document_count"`
	AutoSync          bool           `json:"auto_sync"`
	SyncIntervalHours int            `json:"sync_interval_hours"`
	Crawl             *CrawlSettings `json:"crawl"`
	LastSyncedAt      time.Time      `json:"last_synced_at"`
	// NextSyncAt is when it is crawled again by itself; zero without AutoSync.
	NextSyncAt time.Time `json:"next_sync_at"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
	// Error is why the source failed and has nothing to serve.
	Error string `json:"error"`
	// SyncError is why the last sync failed, while the content from before keeps being served.
	SyncError string `json:"sync_error"`
	// Progress of the running job, 0 to 1; nil when none runs.
	Progress *float64 `json:"progress"`
	// JobID is that of the job that runs or waits, else of the last one.
	JobID string `json:"job_id"`
}

// CrawlSettings say what a crawl takes and how far it goes; what is nil follows the server's limits.
type CrawlSettings struct {
	// Include: only pages that match one of these: a path such as /guide (that page and all below
	// it), a pattern with *, or a whole address. An empty list, not nil, includes everything.
	Include []string `json:"include,omitzero"`
	// Exclude: pages that match one of these are left out, whatever includes them.
	Exclude  []string `json:"exclude,omitzero"`
	MaxPages *int     `json:"max_pages,omitempty"`
	MaxDepth *int     `json:"max_depth,omitempty"`
	// CSSSelector is what is read of each page; without it, or empty, the main part is found.
	CSSSelector *string `json:"css_selector,omitempty"`
	// RenderJS: read pages after their JavaScript has run; not every server can.
	RenderJS *bool `json:"render_js,omitempty"`
}

// SourceCreate is a new source.
type SourceCreate struct {
	Name string     `json:"name"`
	Type SourceType `json:"type"`
	// URL is where the crawl of a website starts.
	URL string `json:"url,omitempty"`
	// Content: a text source may bring its text along.
	Content           string         `json:"content,omitempty"`
	AutoSync          bool           `json:"auto_sync,omitempty"`
	SyncIntervalHours int            `json:"sync_interval_hours,omitempty"`
	Crawl             *CrawlSettings `json:"crawl,omitempty"`
}

// SourceUpdate changes a source; what is nil or empty stays. See Ptr.
type SourceUpdate struct {
	Name              string         `json:"name,omitempty"`
	AutoSync          *bool          `json:"auto_sync,omitempty"`
	SyncIntervalHours int            `json:"sync_interval_hours,omitempty"`
	Crawl             *CrawlSettings `json:"crawl,omitempty"`
}

// SourceListParams chooses a page, and the sources of one type.
type SourceListParams struct {
	Page    int // from 1
	PerPage int // 1 to 100 (20)
	Type    SourceType
}

// List returns a page of the sources, newest first.
func (s *SourceService) List(ctx context.Context, params SourceListParams, options ...Option) (*Page[Source], error) {
	rq := get("/sources").with("type", string(params.Type))
	return list[Source](ctx, s.client, rq, ListParams{params.Page, params.PerPage}, options)
}

// All yields the sources of all pages, newest first.
func (s *SourceService) All(ctx context.Context, params SourceListParams, options ...Option) iter.Seq2[Source, error] {
	return all(ctx, func() (*Page[Source], error) { return s.List(ctx, params, options...) })
}

// Create adds a source. A website starts to be crawled at once.
func (s *SourceService) Create(ctx context.Context, source SourceCreate, options ...Option) (*Source, error) {
	return call[Source](ctx, s.client, post("/sources", source), options)
}

// Get returns a source.
func (s *SourceService) Get(ctx context.Context, id string, options ...Option) (*Source, error) {
	return call[Source](ctx, s.client, get(sourcePath(id)).requireID(id), options)
}

// Update changes what is given and leaves the rest.
func (s *SourceService) Update(ctx context.Context, id string, changes SourceUpdate, options ...Option) (*Source, error) {
	return call[Source](ctx, s.client, put(sourcePath(id), changes).requireID(id), options)
}

// Delete returns once nothing of the source can be retrieved any more.
func (s *SourceService) Delete(ctx context.Context, id string, options ...Option) (*Deleted, error) {
	return call[Deleted](ctx, s.client, remove(sourcePath(id)).requireID(id), options)
}

// Sync fetches a website's pages again.
func (s *SourceService) Sync(ctx context.Context, id string, options ...Option) (*JobAccepted, error) {
	return call[JobAccepted](ctx, s.client, post(sourcePath(id)+"/sync", nil).requireID(id), options)
}

func sourcePath(id string) string { return "/sources/" + url.PathEscape(id) }
