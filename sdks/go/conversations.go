package cevvo

import (
	"context"
	"iter"
	"net/url"
	"strconv"
	"time"
)

// ConversationService reads and removes conversations.
type ConversationService struct {
	client *Client
}

// Conversation is one as lists show it.
type Conversation struct {
	Raw
	ID string `json:"id"`
	// Title is the first question.
	Title string `json:"title"`
	// MessageCount counts those of both roles.
	MessageCount int `json:"message_count"`
	// Test: every question in it was one.
	Test      bool      `json:"test"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// ConversationDetail is a conversation with what was said, oldest first.
type ConversationDetail struct {
	Raw
	ID           string    `json:"id"`
	Title        string    `json:"title"`
	MessageCount int       `json:"message_count"`
	Test         bool      `json:"test"`
	Messages     []Message `json:"messages"`
	// Escalation is the last request for a person; nil: none was asked for.
	Escalation *Escalation `json:"escalation"`
	CreatedAt  time.Time   `json:"created_at"`
	UpdatedAt  time.Time   `json:"updated_at"`
}

// Role is who said something.
type Role string

// The two roles.
const (
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
)

// MessageStatus is MessageStatusInterrupted where the client left before the answer was whole.
type MessageStatus string

// The states of an answer.
const (
	MessageStatusComplete    MessageStatus = "complete"
	MessageStatusInterrupted MessageStatus = "interrupted"
)

// Message is a question or an answer.
type Message struct {
	ID        string    `json:"id"`
	Role      Role      `json:"role"`
	Content   string    `json:"content"`
	CreatedAt time.Time `json:"created_at"`

	// The following are set on messages of the assistant.

	Sources    []CitedSource `json:"sources"`
	Citations  []Citation    `json:"citations"`
	Model      string        `json:"model"`
	Answered   *bool         `json:"answered"`
	Confidence *float64      `json:"confidence"`
	Degraded   *bool         `json:"degraded"`
	Handover   *Handover     `json:"handover"`
	Cached     *bool         `json:"cached"`
	Status     MessageStatus `json:"status"`
	Feedback   *Rated        `json:"feedback"`
}

// Rated is how a message was rated.
type Rated struct {
	Rating  Rating `json:"rating"`
	Comment string `json:"comment"`
}

// Escalation is a request for a person.
type Escalation struct {
	Raw
	ThreadID    string    `json:"thread_id"`
	Escalated   bool      `json:"escalated"`
	Reason      string    `json:"reason"`
	EscalatedAt time.Time `json:"escalated_at"`
}

// Deleted says that something is gone.
type Deleted struct {
	Raw
	Deleted bool `json:"deleted"`
}

// DeletedConversations says how many there were.
type DeletedConversations struct {
	Raw
	Deleted bool `json:"deleted"`
	Count   int  `json:"count"`
}

// Resolution is how a question ended; ResolutionConfirmed is part of ResolutionResolved.
type Resolution string

// How a question ended.
const (
	ResolutionResolved   Resolution = "resolved"
	ResolutionUnresolved Resolution = "unresolved"
	ResolutionConfirmed  Resolution = "confirmed"
)

// ConversationFilter chooses conversations: all that is given has to hold; what tells of an answer,
// of one and the same.
type ConversationFilter struct {
	// Period in which something was asked; or from Since to before Until.
	Period     Period
	Since      time.Time
	Until      time.Time
	Resolution Resolution // of the last question
	Question   string     // the ID of a top question or gap
	Rating     Rating
	Model      string
	Answered   *bool
	Gap        *bool // a question counts in a coverage gap, as asked in vain
	// LowConfidence is below 0.5.
	LowConfidence *bool
	Escalated     *bool  // a person was asked for
	Q             string // words of a message
	Test          *bool  // only tests, or none of them
}

// ConversationListParams chooses a page, and what is on it.
type ConversationListParams struct {
	ConversationFilter
	Page    int // from 1
	PerPage int // 1 to 100 (20)
}

// Export is a file of conversations: a JSON object a line.
type Export struct {
	Raw
	Content []byte
}

// List returns a page of the conversations, last changed first.
func (s *ConversationService) List(ctx context.Context, params ConversationListParams, options ...Option) (*Page[Conversation], error) {
	rq := params.request("/conversations")
	return list[Conversation](ctx, s.client, rq, ListParams{params.Page, params.PerPage}, options)
}

// All yields the conversations of all pages, last changed first.
func (s *ConversationService) All(ctx context.Context, params ConversationListParams, options ...Option) iter.Seq2[Conversation, error] {
	return all(ctx, func() (*Page[Conversation], error) { return s.List(ctx, params, options...) })
}

// Export returns all of them with their messages, a JSON object a line.
func (s *ConversationService) Export(ctx context.Context, filter ConversationFilter, options ...Option) (*Export, error) {
	rq := filter.request("/conversations/export")
	rq.accept = "application/x-ndjson"
	reply, err := s.client.send(ctx, rq, options)
	if err != nil {
		return nil, err
	}
	export := &Export{Content: reply.body}
	export.keep(answer{nil, reply.status, reply.header})
	return export, nil
}

// Get returns a conversation with its messages.
func (s *ConversationService) Get(ctx context.Context, id string, options ...Option) (*ConversationDetail, error) {
	return call[ConversationDetail](ctx, s.client, get(conversationPath(id)).requireID(id), options)
}

// Escalate notes that a person is needed; the conversation then counts as not resolved.
func (s *ConversationService) Escalate(ctx context.Context, id, reason string, options ...Option) (*Escalation, error) {
	rq := post(conversationPath(id)+"/escalate", map[string]string{"reason": reason})
	return call[Escalation](ctx, s.client, rq.requireID(id), options)
}

// Delete removes every word of a conversation; the counters of the analytics stay.
func (s *ConversationService) Delete(ctx context.Context, id string, options ...Option) (*Deleted, error) {
	return call[Deleted](ctx, s.client, remove(conversationPath(id)).requireID(id), options)
}

// DeleteByUser removes every word of all that the user with this id of your own has asked.
func (s *ConversationService) DeleteByUser(ctx context.Context, userID string, options ...Option) (*DeletedConversations, error) {
	rq := remove("/conversations").requireID(userID)
	rq.query = url.Values{"user_id": {userID}}
	return call[DeletedConversations](ctx, s.client, rq, options)
}

func (f ConversationFilter) request(path string) request {
	rq := get(path).with("period", string(f.Period)).withTime("since", f.Since).withTime("until", f.Until)
	rq = rq.with("resolution", string(f.Resolution)).with("question", f.Question)
	rq = rq.with("rating", string(f.Rating)).with("model", f.Model).with("q", f.Q)
	for name, value := range map[string]*bool{"answered": f.Answered, "gap": f.Gap, "low_confidence": f.LowConfidence, "escalated": f.Escalated, "test": f.Test} {
		if value != nil {
			rq = rq.with(name, strconv.FormatBool(*value))
		}
	}
	return rq
}

func conversationPath(id string) string { return "/conversations/" + url.PathEscape(id) }
