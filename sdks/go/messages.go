package cevvo

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// MessageService looks at replies again: why they are what they are, and what they would be now.
type MessageService struct {
	client *Client
}

// Candidate is a passage that was considered, with its place in each ranking, from 1. A score or
// place is nil where that search did not find it. Lexical is BM25, Dense a cosine, Fused and Score
// are 0 to 1.
type Candidate struct {
	DocumentID  string   `json:"document_id"`
	SourceID    string   `json:"source_id"`
	Title       string   `json:"title"`
	Heading     string   `json:"heading"`
	URL         string   `json:"url"`
	Start       int      `json:"start"`
	End         int      `json:"end"`
	Lexical     *float64 `json:"lexical"`
	LexicalRank *int     `json:"lexical_rank"`
	Dense       *float64 `json:"dense"`
	DenseRank   *int     `json:"dense_rank"`
	Fused       float64  `json:"fused"`
	FusedRank   int      `json:"fused_rank"`
	Score       float64  `json:"score"`
	Rank        int      `json:"rank"`
	// EvidenceRank is its place in what the answer was made from; nil: it was left out.
	EvidenceRank *int `json:"evidence_rank"`
	Cited        bool `json:"cited"`
}

// Timings are in milliseconds.
type Timings struct {
	UnderstandMS *int `json:"understand_ms"`
	SearchMS     *int `json:"search_ms"`
	AnswerMS     *int `json:"answer_ms"`
	TotalMS      int  `json:"total_ms"`
}

// Trace is how an answer came about.
type Trace struct {
	// SearchedFor is the question with its thread folded in and misspelt words put right.
	SearchedFor    string             `json:"searched_for"`
	SourceIDs      []string           `json:"source_ids"`
	Language       string             `json:"language"`
	Metadata       map[string]string  `json:"metadata"`
	RequestedModel string             `json:"requested_model"`
	Model          string             `json:"model"`
	Degraded       bool               `json:"degraded"`
	Cached         bool               `json:"cached"`
	PromptHash     string             `json:"prompt_hash"`
	Candidates     []Candidate        `json:"candidates"`
	Signals        map[string]float64 `json:"signals"`
	// Answerable is the probability that the passages answer the question, Right that an answer from
	// them is right; an answer took the least ones.
	Answerable      *float64 `json:"answerable"`
	Right           *float64 `json:"right"`
	LeastAnswerable float64  `json:"least_answerable"`
	LeastConfidence float64  `json:"least_confidence"`
	Timings         Timings  `json:"timings"`
}

// MessageTrace is why a reply is what it is.
type MessageTrace struct {
	Raw
	MessageID string `json:"message_id"`
	ThreadID  string `json:"thread_id"`
	Question  string `json:"question"`
	// Standalone is the question with its thread folded in.
	Standalone string `json:"standalone"`
	Trace      Trace  `json:"trace"`
}

// Said is an answer, given then or now.
type Said struct {
	Answered   bool          `json:"answered"`
	Answer     string        `json:"answer"`
	Confidence *float64      `json:"confidence"`
	Model      string        `json:"model"`
	Sources    []CitedSource `json:"sources"`
	Citations  []Citation    `json:"citations"`
}

// Difference is a sentence of either answer, or of both: same, added or removed.
type Difference struct {
	Change string `json:"change"`
	Text   string `json:"text"`
}

// MessageReplay is what a question was answered then, and what it would be now.
type MessageReplay struct {
	Raw
	MessageID string `json:"message_id"`
	ThreadID  string `json:"thread_id"`
	Question  string `json:"question"`
	// Same: answered alike, from the same words of the same documents.
	Same  bool         `json:"same"`
	Then  Said         `json:"then"`
	Now   Said         `json:"now"`
	Diff  []Difference `json:"diff"`
	Trace Trace        `json:"trace"`
}

// StaleAnswer rests on words which are no longer there.
type StaleAnswer struct {
	Raw
	MessageID string    `json:"message_id"`
	ThreadID  string    `json:"thread_id"`
	Question  string    `json:"question"`
	AskedAt   time.Time `json:"asked_at"`
	// Open: the conversation went on in the 24 hours before that was found.
	Open      bool           `json:"open"`
	FoundAt   time.Time      `json:"found_at"`
	Documents []LostEvidence `json:"documents"`
	// Verdict is of the same question asked now: same, different or unanswered; empty until then.
	Verdict string     `json:"verdict"`
	Then    StaleSaid  `json:"then"`
	Now     *StaleSaid `json:"now"`
}

// LostEvidence is a document that an answer rests on, changed or removed, and the words of it that
// are no longer there.
type LostEvidence struct {
	DocumentID string   `json:"document_id"`
	Title      string   `json:"title"`
	URL        string   `json:"url"`
	Change     string   `json:"change"`
	Quotes     []string `json:"quotes"`
}

// StaleSaid is an answer, given then or now.
type StaleSaid struct {
	Answered   bool            `json:"answered"`
	Answer     string          `json:"answer"`
	Confidence *float64        `json:"confidence"`
	Model      string          `json:"model"`
	Citations  []StaleCitation `json:"citations"`
}

// StaleCitation is what an answer rests on.
type StaleCitation struct {
	DocumentID string `json:"document_id"`
	Title      string `json:"title"`
	URL        string `json:"url"`
	Quote      string `json:"quote"`
}

// StaleAnswerListParams chooses the page, and answers with one verdict.
type StaleAnswerListParams struct {
	Page    int
	PerPage int
	Verdict string
}

// Conflict is two sentences of different documents, both there now, that say otherwise of the same:
// Kind is number or negation.
type Conflict struct {
	Raw
	ID string `json:"id"`
	// Question brought both up; empty once that conversation is deleted.
	Question string       `json:"question"`
	Kind     string       `json:"kind"`
	One      ConflictSide `json:"one"`
	Other    ConflictSide `json:"other"`
	FoundAt  time.Time    `json:"found_at"`
}

// ConflictSide is what one document says. Value is what it says where they differ: a number, "not"
// or nothing.
type ConflictSide struct {
	DocumentID string `json:"document_id"`
	SourceID   string `json:"source_id"`
	Title      string `json:"title"`
	URL        string `json:"url"`
	Quote      string `json:"quote"`
	Value      string `json:"value"`
}

// Conflicts returns a page of the passages that answer one question differently, the newest first.
func (s *AnalyticsService) Conflicts(ctx context.Context, params ListParams, options ...Option) (*Page[Conflict], error) {
	return list[Conflict](ctx, s.client, get("/analytics/conflicts"), params, options)
}

// AllConflicts yields those of all pages.
func (s *AnalyticsService) AllConflicts(ctx context.Context, params ListParams, options ...Option) iter.Seq2[Conflict, error] {
	return all(ctx, func() (*Page[Conflict], error) { return s.Conflicts(ctx, params, options...) })
}

// Trace returns why a reply is what it is.
func (s *MessageService) Trace(ctx context.Context, id string, options ...Option) (*MessageTrace, error) {
	return call[MessageTrace](ctx, s.client, get(messagePath(id)+"/trace").requireID(id), options)
}

// Replay asks the same question again, as it would be answered now, and compares. Nothing is stored.
func (s *MessageService) Replay(ctx context.Context, id string, options ...Option) (*MessageReplay, error) {
	return call[MessageReplay](ctx, s.client, post(messagePath(id)+"/replay", nil).requireID(id), options)
}

// StaleAnswers returns a page of the answers that quote what a page no longer says, those found last
// first.
func (s *AnalyticsService) StaleAnswers(ctx context.Context, params StaleAnswerListParams, options ...Option) (*Page[StaleAnswer], error) {
	rq := get("/analytics/stale-answers").with("verdict", params.Verdict)
	return list[StaleAnswer](ctx, s.client, rq, ListParams{Page: params.Page, PerPage: params.PerPage}, options)
}

// AllStaleAnswers yields those of all pages.
func (s *AnalyticsService) AllStaleAnswers(ctx context.Context, params StaleAnswerListParams, options ...Option) iter.Seq2[StaleAnswer, error] {
	return all(ctx, func() (*Page[StaleAnswer], error) { return s.StaleAnswers(ctx, params, options...) })
}

func messagePath(id string) string { return "/messages/" + url.PathEscape(id) }
