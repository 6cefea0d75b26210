package cevvo

import (
	"context"
	"net/url"
	"time"
)

// GapStatus says whether a coverage gap is open.
type GapStatus string

// How a gap stands. AllGaps is for GapParams only.
const (
	GapOpen      GapStatus = "open"
	GapClosed    GapStatus = "closed"
	GapDismissed GapStatus = "dismissed"
	AllGaps      GapStatus = "all"
)

// GapOrder says which coverage gaps come first.
type GapOrder string

// What coverage gaps are ordered by: how many conversations asked, or when one first did.
const (
	MostAskedGaps GapOrder = "count"
	NewestGaps    GapOrder = "newest"
)

// GapParams chooses the window, how many to return, 1 to 50 (10), which, GapOpen unless set, and
// which first, MostAskedGaps unless set.
type GapParams struct {
	Period Period
	Limit  int
	Status GapStatus
	Sort   GapOrder
}

// NearestSource is a page that came near to answering a gap. Score is 0 to 1, not calibrated.
type NearestSource struct {
	Title string  `json:"title"`
	URL   string  `json:"url"`
	Score float64 `json:"score"`
}

// NearestPassage is a passage that came near to answering a gap.
type NearestPassage struct {
	DocumentID string  `json:"document_id"`
	SourceID   string  `json:"source_id"`
	Title      string  `json:"title"`
	URL        string  `json:"url"`
	Quote      string  `json:"quote"`
	Score      float64 `json:"score"`
}

// Outline is that of a missing article: sentences of the documents, and questions.
type Outline struct {
	Title     string           `json:"title"`
	Questions []string         `json:"questions"`
	Sections  []OutlineSection `json:"sections"`
	Markdown  string           `json:"markdown"`
}

// OutlineSection is what one part of one document says.
type OutlineSection struct {
	Heading string         `json:"heading"`
	Points  []OutlinePoint `json:"points"`
}

// OutlinePoint is a sentence of a document, as it stands there.
type OutlinePoint struct {
	Text       string `json:"text"`
	DocumentID string `json:"document_id"`
	Title      string `json:"title"`
	URL        string `json:"url"`
}

// GapAnswer is what a question of a gap was answered. Answered: grounded, cited and of help.
type GapAnswer struct {
	Answered bool   `json:"answered"`
	Answer   string `json:"answer"`
	// Confidence is 0 to 1; nil where nothing was decided.
	Confidence *float64      `json:"confidence"`
	Model      string        `json:"model"`
	Citations  []GapCitation `json:"citations"`
}

// GapCitation is what an answer rests on.
type GapCitation struct {
	DocumentID string `json:"document_id"`
	Title      string `json:"title"`
	URL        string `json:"url"`
	Quote      string `json:"quote"`
}

// GapConversation is one in which it was asked in vain.
type GapConversation struct {
	ThreadID  string    `json:"thread_id"`
	MessageID string    `json:"message_id"`
	Question  string    `json:"question"`
	AskedAt   time.Time `json:"asked_at"`
	// Before is what was said there.
	Before GapAnswer `json:"before"`
	// After is what was said when it was asked again, after content had changed; nil if it was not.
	After *GapAnswer `json:"after"`
}

// AnswerDocument is the text that was written for a gap.
type AnswerDocument struct {
	SourceID string `json:"source_id"`
	Title    string `json:"title"`
}

// GapDetail is a gap with all that is known about it. Count and the times are ever.
type GapDetail struct {
	Raw
	ID         string    `json:"id"`
	Question   string    `json:"question"`
	Status     GapStatus `json:"status"`
	Count      int       `json:"count"`
	FirstAsked time.Time `json:"first_asked"`
	LastAsked  time.Time `json:"last_asked"`
	OpenedAt   time.Time `json:"opened_at"`
	// ClosedAt is zero unless it is closed.
	ClosedAt time.Time `json:"closed_at"`
	// Reopened is how many times it was opened again.
	Reopened int `json:"reopened"`
	// Reason and Explanation say why the nearest passages did not suffice.
	Reason      string           `json:"reason"`
	Explanation string           `json:"explanation"`
	Nearest     []NearestPassage `json:"nearest"`
	// Outline is nil unless it is open.
	Outline *Outline `json:"outline"`
	// CheckedAt is when its questions were asked again.
	CheckedAt      time.Time         `json:"checked_at"`
	AnswerDocument *AnswerDocument   `json:"answer_document"`
	Conversations  []GapConversation `json:"conversations"`
}

// GapUpdate opens a gap or dismisses it.
type GapUpdate struct {
	Status GapStatus `json:"status"`
}

// GapAnswerCreate is a text that answers a gap.
type GapAnswerCreate struct {
	// Title: the same again in a source is a new version of the text.
	Title string `json:"title"`
	// Content is Markdown or plain text.
	Content string `json:"content"`
	// SourceID names a text or file source; "Written answers" unless set.
	SourceID string `json:"source_id,omitempty"`
}

// GapAnswerAccepted: the text will be indexed, and the gap's questions asked again.
type GapAnswerAccepted struct {
	Raw
	JobID    string `json:"job_id"`
	Status   string `json:"status"`
	Title    string `json:"title"`
	SourceID string `json:"source_id"`
}

// CoverageGap returns a gap with its conversations and the outline of what is missing.
func (s *AnalyticsService) CoverageGap(ctx context.Context, id string, options ...Option) (*GapDetail, error) {
	return call[GapDetail](ctx, s.client, get(gapPath(id)).requireID(id), options)
}

// UpdateCoverageGap dismisses a gap that nobody means to answer, or opens it again.
func (s *AnalyticsService) UpdateCoverageGap(ctx context.Context, id string, update GapUpdate, options ...Option) (*GapDetail, error) {
	return call[GapDetail](ctx, s.client, put(gapPath(id), update).requireID(id), options)
}

// AnswerCoverageGap takes in a text that answers the gap; its questions are then asked again.
func (s *AnalyticsService) AnswerCoverageGap(ctx context.Context, id string, text GapAnswerCreate, options ...Option) (*GapAnswerAccepted, error) {
	return call[GapAnswerAccepted](ctx, s.client, post(gapPath(id)+"/answer", text).requireID(id), options)
}

func gapPath(id string) string { return "/analytics/coverage-gaps/" + url.PathEscape(id) }
