package cevvo

import "context"

// ChatService asks questions.
type ChatService struct {
	client *Client
}

// ChatRequest is a question.
type ChatRequest struct {
	// Message has 1 to 8000 characters.
	Message string `json:"message"`
	// ThreadID continues a conversation; without it a new one begins.
	ThreadID string `json:"thread_id,omitempty"`
	// Model is auto, unless told, or any that the server lists.
	Model string `json:"model,omitempty"`
	// SourceIDs: search only these sources.
	SourceIDs []string `json:"source_ids,omitempty"`
	// Filters: search only documents that are so.
	Filters *SearchFilters `json:"filters,omitempty"`
	// Include: IncludeRetrieved adds all passages that were found, cited or not.
	Include  []Include      `json:"include,omitempty"`
	UserID   string         `json:"user_id,omitempty"`
	Metadata map[string]any `json:"metadata,omitempty"`
	// Test: counts in no figure of the analytics.
	Test bool `json:"test,omitempty"`
}

// Include names something that is sent only when it is asked for.
type Include string

// IncludeRetrieved is what ChatResponse.Retrieved is filled for.
const IncludeRetrieved Include = "retrieved"

// SearchFilters are fulfilled by a document that has the language and all of the metadata.
type SearchFilters struct {
	// Language is ISO 639-1.
	Language string            `json:"language,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

// ChatResponse is an answer.
type ChatResponse struct {
	Raw
	ID string `json:"id"`
	// Answer is Markdown; marks such as [1] index Sources from 1.
	Answer   string        `json:"answer"`
	ThreadID string        `json:"thread_id"`
	Sources  []CitedSource `json:"sources"`
	Model    string        `json:"model"`
	Usage    Usage         `json:"usage"`
	// Answered is false when the knowledge base does not say; then Sources is empty.
	Answered bool `json:"answered"`
	// Confidence is the calibrated probability, 0 to 1, that the answer is right.
	Confidence float64 `json:"confidence"`
	// Degraded: a configured model was not available and a lesser one stood in.
	Degraded  bool       `json:"degraded"`
	Citations []Citation `json:"citations"`
	// Handover is nil where nobody has to take over.
	Handover *Handover `json:"handover"`
	// Cached: an earlier answer to the same question, given again.
	Cached    bool               `json:"cached"`
	Retrieved []RetrievedPassage `json:"retrieved"`
	// Saved is false when the server's disk is full: then the answer is in no conversation.
	Saved *bool `json:"saved"`
}

// CitedSource is a page or file that the answer cites.
type CitedSource struct {
	Title string `json:"title"`
	// URL is empty for a file.
	URL string `json:"url"`
	// Score is the calibrated relevance, 0 to 1.
	Score float64 `json:"score"`
}

// Citation is a verbatim quotation that supports the answer.
type Citation struct {
	// Source is the number of the cited source, from 1: the one that [n] in the answer names.
	Source     int    `json:"source"`
	DocumentID string `json:"document_id"`
	Quote      string `json:"quote"`
	// Start and End are character positions in the stored document.
	Start int `json:"start"`
	End   int `json:"end"`
	// URL opens the very place.
	URL string `json:"url"`
}

// Usage is what a model took.
type Usage struct {
	PromptTokens     int64 `json:"prompt_tokens"`
	CompletionTokens int64 `json:"completion_tokens"`
}

// Handover says why a person should take over.
type Handover struct {
	Reason HandoverReason `json:"reason"`
}

// HandoverReason is why a person should take over.
type HandoverReason string

// What a person takes over for; HandoverReasonPolicy: the owner does not want the topic answered.
const (
	HandoverReasonCustomerRequest  HandoverReason = "customer_request"
	HandoverReasonMissingKnowledge HandoverReason = "missing_knowledge"
	HandoverReasonPolicy           HandoverReason = "policy"
)

// RetrievedPassage was found for a question. Score is how well it fits, 0 to 1, not calibrated.
type RetrievedPassage struct {
	Title string  `json:"title"`
	URL   string  `json:"url"`
	Score float64 `json:"score"`
	Quote string  `json:"quote"`
}

// Create asks and waits for the whole answer.
func (s *ChatService) Create(ctx context.Context, question ChatRequest, options ...Option) (*ChatResponse, error) {
	return call[ChatResponse](ctx, s.client, post("/chat", question), options)
}

// Stream asks and gives the answer as it is written. Close it, or read it to its end.
func (s *ChatService) Stream(ctx context.Context, question ChatRequest, options ...Option) (*ChatStream, error) {
	rq := post("/chat/stream", question)
	rq.accept, rq.stream = "text/event-stream", true
	reply, err := s.client.send(ctx, rq, options)
	if err != nil {
		return nil, err
	}
	return newChatStream(ctx, reply), nil
}
