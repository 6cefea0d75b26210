package cevvo

import "context"

// Rating is what a user thinks of an answer.
type Rating string

// The two ratings.
const (
	RatingPositive Rating = "positive"
	RatingNegative Rating = "negative"
)

// FeedbackRequest rates the answer with this id.
type FeedbackRequest struct {
	MessageID string `json:"message_id"`
	Rating    Rating `json:"rating"`
	Comment   string `json:"comment,omitempty"`
}

// Feedback is the rating of an answer.
type Feedback struct {
	Raw
	MessageID string `json:"message_id"`
	Rating    Rating `json:"rating"`
	Comment   string `json:"comment"`
}

// Feedback rates an answer; a second rating of the same one replaces the first.
func (c *Client) Feedback(ctx context.Context, feedback FeedbackRequest, options ...Option) (*Feedback, error) {
	return call[Feedback](ctx, c, post("/feedback", feedback), options)
}
