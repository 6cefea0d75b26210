package cevvo

import (
	"context"
	"time"
)

// SettingsService reads and changes how a workspace answers.
type SettingsService struct {
	client *Client
}

// AnswerSettings say how a workspace answers, when a person takes over, and what language models
// may take.
type AnswerSettings struct {
	Raw
	// Instructions are for the language model: tone, form, what to stress.
	Instructions  string         `json:"instructions"`
	AssistantName string         `json:"assistant_name"`
	Refuse        []RefusedTopic `json:"refuse"`
	Handover      HandoverRules  `json:"handover"`
	// Synonyms are groups of words or phrases that mean the same.
	Synonyms [][]string `json:"synonyms"`
	// MaxWrongRate is the highest share of wrong answers that is acceptable, 0.01 to 0.5; nil: as
	// the server ships.
	MaxWrongRate *float64 `json:"max_wrong_rate"`
	// TokensPerDay, a day of UTC; nil: no bound.
	TokensPerDay *int64 `json:"tokens_per_day"`
	// CostPerDay, in the currency of the operator's prices; nil: no bound.
	CostPerDay *float64 `json:"cost_per_day"`
	// UpdatedAt is zero if they were never changed.
	UpdatedAt time.Time `json:"updated_at"`
}

// RefusedTopic is not answered. Reply is said instead; without it a sentence that ships.
type RefusedTopic struct {
	Topic string `json:"topic"`
	Reply string `json:"reply,omitempty"`
}

// HandoverRules are the reasons for which a person takes over, and what is said then; without a
// message a sentence that ships.
type HandoverRules struct {
	CustomerRequest  bool   `json:"customer_request"`
	MissingKnowledge bool   `json:"missing_knowledge"`
	Policy           bool   `json:"policy"`
	Message          string `json:"message"`
}

// AnswerSettingsUpdate changes what is Set, puts back what is Default, and leaves the rest.
type AnswerSettingsUpdate struct {
	Instructions  Change[string]         `json:"instructions,omitzero"`
	AssistantName Change[string]         `json:"assistant_name,omitzero"`
	Refuse        Change[[]RefusedTopic] `json:"refuse,omitzero"`
	Handover      Change[HandoverUpdate] `json:"handover,omitzero"`
	Synonyms      Change[[][]string]     `json:"synonyms,omitzero"`
	MaxWrongRate  Change[float64]        `json:"max_wrong_rate,omitzero"`
	TokensPerDay  Change[int64]          `json:"tokens_per_day,omitzero"`
	CostPerDay    Change[float64]        `json:"cost_per_day,omitzero"`
}

// HandoverUpdate changes the rules in the same way.
type HandoverUpdate struct {
	CustomerRequest  Change[bool]   `json:"customer_request,omitzero"`
	MissingKnowledge Change[bool]   `json:"missing_knowledge,omitzero"`
	Policy           Change[bool]   `json:"policy,omitzero"`
	Message          Change[string] `json:"message,omitzero"`
}

// Answers returns how the workspace answers.
func (s *SettingsService) Answers(ctx context.Context, options ...Option) (*AnswerSettings, error) {
	return call[AnswerSettings](ctx, s.client, get("/settings/answers"), options)
}

// UpdateAnswers changes what is given and leaves the rest.
func (s *SettingsService) UpdateAnswers(ctx context.Context, changes AnswerSettingsUpdate, options ...Option) (*AnswerSettings, error) {
	return call[AnswerSettings](ctx, s.client, put("/settings/answers", changes), options)
}

// Retention is how many days after their last message conversations are kept.
type Retention struct {
	Raw
	// ConversationDays is nil where they are kept until they are deleted.
	ConversationDays *int `json:"conversation_days"`
}

// Retention returns how long conversations are kept.
func (s *SettingsService) Retention(ctx context.Context, options ...Option) (*Retention, error) {
	return call[Retention](ctx, s.client, get("/settings/retention"), options)
}

// UpdateRetention keeps conversations so many days after their last message; nil: until they are
// deleted.
func (s *SettingsService) UpdateRetention(ctx context.Context, conversationDays *int, options ...Option) (*Retention, error) {
	rq := put("/settings/retention", map[string]*int{"conversation_days": conversationDays})
	return call[Retention](ctx, s.client, rq, options)
}

// WidgetSettings say how a workspace appears to people outside: its widget, and its public ask page.
type WidgetSettings struct {
	Raw
	// Color is #rrggbb.
	Color string `json:"color"`
	// Theme is auto, light or dark.
	Theme string `json:"theme"`
	// Position is the lower corner that the button is in, right or left.
	Position string `json:"position"`
	// Language is an ISO 639-1 code; empty: that of the page, else of the browser.
	Language string `json:"language"`
	// Texts are your own words, by language and name.
	Texts map[string]map[string]string `json:"texts"`
	// Suggestions are questions to begin with.
	Suggestions []string `json:"suggestions"`
	// ContactEmail is where visitors can write when the sources do not say; empty: nowhere.
	ContactEmail string `json:"contact_email"`
	// ContactForm: they can leave a message in the conversation then.
	ContactForm bool `json:"contact_form"`
	// AskPage is the last part of the address of the page to ask on; empty: there is none.
	AskPage string `json:"ask_page"`
	// AskPageIndexed: search engines may list that page.
	AskPageIndexed bool `json:"ask_page_indexed"`
	// UpdatedAt is zero if they were never changed.
	UpdatedAt time.Time `json:"updated_at"`
}

// WidgetSettingsUpdate changes what is Set, puts back what is Default, and leaves the rest.
type WidgetSettingsUpdate struct {
	Color          Change[string]                       `json:"color,omitzero"`
	Theme          Change[string]                       `json:"theme,omitzero"`
	Position       Change[string]                       `json:"position,omitzero"`
	Language       Change[string]                       `json:"language,omitzero"`
	Texts          Change[map[string]map[string]string] `json:"texts,omitzero"`
	Suggestions    Change[[]string]                     `json:"suggestions,omitzero"`
	ContactEmail   Change[string]                       `json:"contact_email,omitzero"`
	ContactForm    Change[bool]                         `json:"contact_form,omitzero"`
	AskPage        Change[string]                       `json:"ask_page,omitzero"`
	AskPageIndexed Change[bool]                         `json:"ask_page_indexed,omitzero"`
}

// ShownWidget is what a widget shows, in one language, with all its texts.
type ShownWidget struct {
	Raw
	Color        string            `json:"color"`
	Theme        string            `json:"theme"`
	Position     string            `json:"position"`
	Language     string            `json:"language"`
	Direction    string            `json:"direction"`
	Texts        map[string]string `json:"texts"`
	Suggestions  []string          `json:"suggestions"`
	ContactEmail string            `json:"contact_email"`
	ContactForm  bool              `json:"contact_form"`
}

// ShownWidgetParams: Language are those wished for, as browsers write them (de-AT,en).
type ShownWidgetParams struct {
	Language string
}

// Widget returns how the workspace appears on websites.
func (s *SettingsService) Widget(ctx context.Context, options ...Option) (*WidgetSettings, error) {
	return call[WidgetSettings](ctx, s.client, get("/settings/widget"), options)
}

// UpdateWidget changes what is given and leaves the rest.
func (s *SettingsService) UpdateWidget(ctx context.Context, changes WidgetSettingsUpdate, options ...Option) (*WidgetSettings, error) {
	return call[WidgetSettings](ctx, s.client, put("/settings/widget", changes), options)
}

// ShownWidget returns what a widget shows.
func (s *SettingsService) ShownWidget(ctx context.Context, params ShownWidgetParams, options ...Option) (*ShownWidget, error) {
	return call[ShownWidget](ctx, s.client, get("/widget").with("language", params.Language), options)
}
