package cevvo

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
	"time"
)

// JobStatus is how far a job is.
type JobStatus string

// The states of a job.
const (
	JobStatusProcessing JobStatus = "processing"
	JobStatusCompleted  JobStatus = "completed"
	JobStatusFailed     JobStatus = "failed"
	JobStatusCancelled  JobStatus = "cancelled"
)

// JobKind is what a job does.
type JobKind string

// The kinds of jobs.
const (
	JobKindUpload JobKind = "upload"
	JobKindURL    JobKind = "url"
	JobKindText   JobKind = "text"
	JobKindCrawl  JobKind = "crawl"
)

// Job is the work of taking something in.
type Job struct {
	Raw
	JobID              string    `json:"job_id"`
	Status             JobStatus `json:"status"`
	DocumentsProcessed int       `json:"documents_processed"`
	StartedAt          time.Time `json:"started_at"`
	// CompletedAt is when it ended, however it did.
	CompletedAt time.Time `json:"completed_at"`
	Kind        JobKind   `json:"kind"`
	// Queued: it waits for its turn, for the first time or again.
	Queued   bool   `json:"queued"`
	SourceID string `json:"source_id"`
	// Name is that of the file, the title of the text or the address of the page; empty of a crawl.
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
	// Progress is 0 to 1.
	Progress       float64 `json:"progress"`
	DocumentsTotal *int    `json:"documents_total"`
	// SecondsLeft is an estimate; nil until it can be told.
	SecondsLeft *int `json:"seconds_left"`
	// Attempts is how often it was begun since it last got any further; it fails after MaxAttempts.
	Attempts    int `json:"attempts"`
	MaxAttempts int `json:"max_attempts"`
	// NextAttemptAt is zero unless it failed and waits to be tried again.
	NextAttemptAt time.Time `json:"next_attempt_at"`
	Warnings      []string  `json:"warnings"`
	// Error is why it failed or, until it is completed, why its last attempt failed.
	Error *ErrorDetail `json:"error"`
	// Report is that of a crawl that has ended.
	Report *CrawlReport `json:"report"`
	// Pages of a crawl, at most 200, the ones not taken in first; in a list of jobs none.
	Pages []JobPage `json:"pages"`
}

// Verdict is what became of a page.
type Verdict string

// The verdicts. VerdictMissing: not found this time, its document is kept until the next.
const (
	VerdictAdded     Verdict = "added"
	VerdictChanged   Verdict = "changed"
	VerdictUnchanged Verdict = "unchanged"
	VerdictDuplicate Verdict = "duplicate"
	VerdictRefused   Verdict = "refused"
	VerdictFailed    Verdict = "failed"
	VerdictMissing   Verdict = "missing"
	VerdictRemoved   Verdict = "removed"
)

// JobPage is what became of one page of a crawl.
type JobPage struct {
	Raw
	URL string `json:"url"`
	// Depth counts the links between the start page and this one.
	Depth   int     `json:"depth"`
	Verdict Verdict `json:"verdict"`
	// Reason is why it was not taken in, or not asked for.
	Reason string `json:"reason"`
	// SameAs, of a duplicate: the page that has the same text.
	SameAs     string `json:"same_as"`
	HTTPStatus *int   `json:"http_status"`
	// Characters is the length of the text, where it is new.
	Characters *int `json:"characters"`
	// Bytes is the length of the response, unpacked.
	Bytes *int64 `json:"bytes"`
	// ContentHash is that of title, text and the places in it that answers link to.
	ContentHash string    `json:"content_hash"`
	ElapsedMS   *int      `json:"elapsed_ms"`
	VisitedAt   time.Time `json:"visited_at"`
	DocumentID  string    `json:"document_id"`
}

// CrawlReport is what a crawl came to: pages by verdict, what it cost, and why pages were not taken
// in.
type CrawlReport struct {
	Added            int           `json:"added"`
	Changed          int           `json:"changed"`
	Unchanged        int           `json:"unchanged"`
	Removed          int           `json:"removed"`
	Missing          int           `json:"missing"`
	Duplicate        int           `json:"duplicate"`
	Refused          int           `json:"refused"`
	Failed           int           `json:"failed"`
	Requests         int           `json:"requests"`
	Bytes            int64         `json:"bytes"`
	PassagesEmbedded int           `json:"passages_embedded"`
	PassagesReused   int           `json:"passages_reused"`
	Reasons          []ReasonCount `json:"reasons"`
}

// ReasonCount is for how many pages a reason held.
type ReasonCount struct {
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

// JobListParams chooses a page, and jobs that are so.
type JobListParams struct {
	Page     int // from 1
	PerPage  int // 1 to 100 (20)
	Status   JobStatus
	SourceID string
	Kind     JobKind
}

// JobPageListParams chooses a page of the list, and web pages with one verdict.
type JobPageListParams struct {
	Page    int // from 1
	PerPage int // 1 to 100 (20)
	Verdict Verdict
}

// Status returns a job as it is now.
func (s *IngestService) Status(ctx context.Context, jobID string, options ...Option) (*Job, error) {
	return call[Job](ctx, s.client, get("/ingest/status/"+url.PathEscape(jobID)).requireID(jobID), options)
}

// Jobs returns a page of the jobs, newest first, without the pages of crawls.
func (s *IngestService) Jobs(ctx context.Context, params JobListParams, options ...Option) (*Page[Job], error) {
	rq := get("/ingest/jobs").with("status", string(params.Status)).with("source_id", params.SourceID).with("kind", string(params.Kind))
	return list[Job](ctx, s.client, rq, ListParams{params.Page, params.PerPage}, options)
}

// AllJobs yields the jobs of all pages, newest first.
func (s *IngestService) AllJobs(ctx context.Context, params JobListParams, options ...Option) iter.Seq2[Job, error] {
	return all(ctx, func() (*Page[Job], error) { return s.Jobs(ctx, params, options...) })
}

// JobsEvent has the unfinished jobs, as the first of a stream; later those that changed.
type JobsEvent struct {
	Raw
	Type string `json:"type"`
	Jobs []Job  `json:"jobs"`
}

// StreamJobs yields the unfinished jobs at once, then those that changed whenever some did, until the
// loop is left, ctx ends or the server stops. An error is the last that it yields: call again.
func (s *IngestService) StreamJobs(ctx context.Context, options ...Option) iter.Seq2[JobsEvent, error] {
	return func(yield func(JobsEvent, error) bool) {
		rq := get("/ingest/jobs/stream")
		rq.accept, rq.stream = "text/event-stream", true
		reply, err := s.client.send(ctx, rq, options)
		if err != nil {
			yield(JobsEvent{}, err)
			return
		}
		defer reply.leave()
		for events := reply.events(); ; {
			data, err := events.next()
			if err != nil {
				yield(JobsEvent{}, reply.brokenOff(ctx, err))
				return
			}
			if data == "[DONE]" {
				return
			}
			event, err := reply.jobsEvent(data)
			if err != nil {
				yield(JobsEvent{}, err)
				return
			}
			if event.Type == "jobs" && !yield(event, nil) {
				return
			}
		}
	}
}

func (r *reply) jobsEvent(data string) (JobsEvent, error) {
	var event JobsEvent
	var failed struct{ Error reported }
	if err := json.Unmarshal([]byte(data), &event); err != nil {
		return event, notJSON(err)
	}
	event.keep(answer{[]byte(data), r.status, r.header})
	if event.Type != "error" {
		return event, nil
	}
	if err := json.Unmarshal([]byte(data), &failed); err != nil {
		return event, notJSON(err)
	}
	return event, failed.Error.error()
}

// Pages returns a page of what became of each page that a crawl visited, in order of discovery.
func (s *IngestService) Pages(ctx context.Context, jobID string, params JobPageListParams, options ...Option) (*Page[JobPage], error) {
	rq := get(jobPath(jobID)+"/pages").with("verdict", string(params.Verdict)).requireID(jobID)
	return list[JobPage](ctx, s.client, rq, ListParams{params.Page, params.PerPage}, options)
}

// AllPages yields what became of every page that a crawl visited, in order of discovery.
func (s *IngestService) AllPages(ctx context.Context, jobID string, params JobPageListParams, options ...Option) iter.Seq2[JobPage, error] {
	return all(ctx, func() (*Page[JobPage], error) { return s.Pages(ctx, jobID, params, options...) })
}

// Cancel stops a job at once; what it has taken in stays. ErrConflict if it has ended.
func (s *IngestService) Cancel(ctx context.Context, jobID string, options ...Option) (*Job, error) {
	return call[Job](ctx, s.client, post(jobPath(jobID)+"/cancel", nil).requireID(jobID), options)
}

func jobPath(jobID string) string { return "/ingest/jobs/" + url.PathEscape(jobID) }
