package driver

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/cevvo/cevvo-go"
)

type do func(ctx context.Context, c *cevvo.Client, args json.RawMessage, options []cevvo.Option) (Outcome, error)

// page are the arguments of lists, under the names of the wire.
type page struct {
	ID       string           `json:"id"`
	JobID    string           `json:"job_id"`
	SourceID string           `json:"source_id"`
	Page     int              `json:"page"`
	PerPage  int              `json:"per_page"`
	Type     cevvo.SourceType `json:"type"`
	Status   cevvo.JobStatus  `json:"status"`
	Kind     cevvo.JobKind    `json:"kind"`
	Verdict  cevvo.Verdict    `json:"verdict"`
}

// filtered are the arguments of lists of conversations.
type filtered struct {
	Page          int              `json:"page"`
	PerPage       int              `json:"per_page"`
	Period        cevvo.Period     `json:"period"`
	Since         time.Time        `json:"since"`
	Until         time.Time        `json:"until"`
	Resolution    cevvo.Resolution `json:"resolution"`
	Question      string           `json:"question"`
	Rating        cevvo.Rating     `json:"rating"`
	Model         string           `json:"model"`
	Answered      *bool            `json:"answered"`
	Gap           *bool            `json:"gap"`
	LowConfidence *bool            `json:"low_confidence"`
	Escalated     *bool            `json:"escalated"`
	Q             string           `json:"q"`
	Test          *bool            `json:"test"`
}

func (f filtered) filter() cevvo.ConversationFilter {
	return cevvo.ConversationFilter{Period: f.Period, Since: f.Since, Until: f.Until, Resolution: f.Resolution, Question: f.Question, Rating: f.Rating, Model: f.Model, Answered: f.Answered, Gap: f.Gap, LowConfidence: f.LowConfidence, Escalated: f.Escalated, Q: f.Q, Test: f.Test}
}

// named are the arguments of calls about one thing.
type named struct {
	ID         string `json:"id"`
	DocumentID string `json:"document_id"`
	JobID      string `json:"job_id"`
	Reason     string `json:"reason"`
	UserID     string `json:"user_id"`
}

// file are the arguments of uploads, and how long to wait, in seconds.
type file struct {
	FileName    string            `json:"file_name"`
	Content     string            `json:"content"`
	SourceID    string            `json:"source_id"`
	Metadata    map[string]string `json:"metadata"`
	JobID       string            `json:"job_id"`
	WaitTimeout *float64          `json:"wait_timeout"`
}

func (f file) request() cevvo.UploadRequest {
	return cevvo.UploadRequest{File: strings.NewReader(f.Content), Name: f.FileName, SourceID: f.SourceID, Metadata: f.Metadata}
}

func (f file) waiting(options []cevvo.Option) []cevvo.Option {
	if f.WaitTimeout != nil {
		return append(options, cevvo.WithWaitTimeout(seconds(*f.WaitTimeout)))
	}
	return options
}

// citing are the arguments of the questions that cite a source.
type citing struct {
	ID    string `json:"id"`
	Limit int    `json:"limit"`
}

// stalePage are the arguments of the list of stale answers.
type stalePage struct {
	Page    int    `json:"page"`
	PerPage int    `json:"per_page"`
	Verdict string `json:"verdict"`
}

// gapUpdate and gapAnswer are the arguments of what is done about a coverage gap.
type gapUpdate struct {
	ID string `json:"id"`
	cevvo.GapUpdate
}

type gapAnswer struct {
	ID string `json:"id"`
	cevvo.GapAnswerCreate
}

// entries are the arguments of the audit log.
type entries struct {
	Page    int       `json:"page"`
	PerPage int       `json:"per_page"`
	Action  string    `json:"action"`
	Actor   string    `json:"actor"`
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until"`
}

// rotation is how a key is put in the place of another.
type rotation struct {
	ID string `json:"id"`
	cevvo.APIKeyRotate
}

// webhookUpdate is a change of a webhook.
type webhookUpdate struct {
	ID string `json:"id"`
	cevvo.WebhookUpdate
}

// webhookRotation is how a webhook's secret is put in the place of another.
type webhookRotation struct {
	ID string `json:"id"`
	cevvo.WebhookRotate
}

// deliveries are the arguments of calls about a webhook's deliveries.
type deliveries struct {
	ID         string               `json:"id"`
	DeliveryID string               `json:"delivery_id"`
	Page       int                  `json:"page"`
	PerPage    int                  `json:"per_page"`
	Status     cevvo.DeliveryStatus `json:"status"`
}

// window are the arguments of figures.
type window struct {
	Period cevvo.Period `json:"period"`
	Limit  int          `json:"limit"`
}

// update is a change of a source.
type update struct {
	ID string `json:"id"`
	cevvo.SourceUpdate
}

// with reads the arguments for a call that returns one thing.
func with[A any, R result](f func(context.Context, *cevvo.Client, A, []cevvo.Option) (R, error)) do {
	return reading(func(ctx context.Context, c *cevvo.Client, args A, options []cevvo.Option) (Outcome, error) {
		got, err := f(ctx, c, args, options)
		if err != nil {
			return Outcome{}, err
		}
		return returned(got), nil
	})
}

func reading[A any](f func(context.Context, *cevvo.Client, A, []cevvo.Option) (Outcome, error)) do {
	return func(ctx context.Context, c *cevvo.Client, raw json.RawMessage, options []cevvo.Option) (Outcome, error) {
		var args A
		if err := json.Unmarshal(raw, &args); err != nil {
			return Outcome{}, err
		}
		return f(ctx, c, args, options)
	}
}

type (
	ctx = context.Context
	cl  = *cevvo.Client
	opt = []cevvo.Option
)

var calls = map[string]do{
	"chat.create": with(func(x ctx, c cl, a cevvo.ChatRequest, o opt) (*cevvo.ChatResponse, error) {
		return c.Chat.Create(x, a, o...)
	}),
	"feedback": with(func(x ctx, c cl, a cevvo.FeedbackRequest, o opt) (*cevvo.Feedback, error) {
		return c.Feedback(x, a, o...)
	}),
	"usage": with(func(x ctx, c cl, a window, o opt) (*cevvo.UsageReport, error) {
		return c.Usage(x, cevvo.UsageParams{Period: a.Period}, o...)
	}),

	"conversations.list": reading(func(x ctx, c cl, a filtered, o opt) (Outcome, error) {
		return walked(c.Conversations.All(x, cevvo.ConversationListParams{ConversationFilter: a.filter(), Page: a.Page, PerPage: a.PerPage}, o...))
	}),
	"conversations.export": reading(func(x ctx, c cl, a filtered, o opt) (Outcome, error) {
		export, err := c.Conversations.Export(x, a.filter(), o...)
		if err != nil {
			return Outcome{}, err
		}
		text, err := json.Marshal(string(export.Content))
		return Outcome{Result: text}, err
	}),
	"conversations.get": with(func(x ctx, c cl, a named, o opt) (*cevvo.ConversationDetail, error) {
		return c.Conversations.Get(x, a.ID, o...)
	}),
	"conversations.escalate": with(func(x ctx, c cl, a named, o opt) (*cevvo.Escalation, error) {
		return c.Conversations.Escalate(x, a.ID, a.Reason, o...)
	}),
	"conversations.delete": with(func(x ctx, c cl, a named, o opt) (*cevvo.Deleted, error) {
		return c.Conversations.Delete(x, a.ID, o...)
	}),
	"conversations.delete_by_user": with(func(x ctx, c cl, a named, o opt) (*cevvo.DeletedConversations, error) {
		return c.Conversations.DeleteByUser(x, a.UserID, o...)
	}),

	"sources.list": reading(func(x ctx, c cl, a page, o opt) (Outcome, error) {
		return walked(c.Sources.All(x, cevvo.SourceListParams{Page: a.Page, PerPage: a.PerPage, Type: a.Type}, o...))
	}),
	"sources.create": with(func(x ctx, c cl, a cevvo.SourceCreate, o opt) (*cevvo.Source, error) {
		return c.Sources.Create(x, a, o...)
	}),
	"sources.preview": with(func(x ctx, c cl, a cevvo.PreviewRequest, o opt) (*cevvo.Preview, error) {
		return c.Sources.Preview(x, a, o...)
	}),
	"sources.get": with(func(x ctx, c cl, a named, o opt) (*cevvo.Source, error) { return c.Sources.Get(x, a.ID, o...) }),
	"sources.update": with(func(x ctx, c cl, a update, o opt) (*cevvo.Source, error) {
		return c.Sources.Update(x, a.ID, a.SourceUpdate, o...)
	}),
	"sources.delete": with(func(x ctx, c cl, a named, o opt) (*cevvo.Deleted, error) { return c.Sources.Delete(x, a.ID, o...) }),
	"sources.sync":   with(func(x ctx, c cl, a named, o opt) (*cevvo.JobAccepted, error) { return c.Sources.Sync(x, a.ID, o...) }),
	"sources.documents": reading(func(x ctx, c cl, a page, o opt) (Outcome, error) {
		return walked(c.Sources.AllDocuments(x, a.ID, a.of(), o...))
	}),
	"sources.document": with(func(x ctx, c cl, a named, o opt) (*cevvo.SourceDocumentDetail, error) {
		return c.Sources.Document(x, a.ID, a.DocumentID, o...)
	}),
	"sources.find_document": with(func(x ctx, c cl, a named, o opt) (*cevvo.SourceDocumentDetail, error) {
		return c.Sources.FindDocument(x, a.DocumentID, o...)
	}),
	"sources.questions": with(func(x ctx, c cl, a citing, o opt) (*cevvo.CitingQuestions, error) {
		return c.Sources.Questions(x, a.ID, a.Limit, o...)
	}),
	"sources.delete_document": with(func(x ctx, c cl, a named, o opt) (*cevvo.Deleted, error) {
		return c.Sources.DeleteDocument(x, a.ID, a.DocumentID, o...)
	}),
	"sources.original": reading(func(x ctx, c cl, a named, o opt) (Outcome, error) {
		original, err := c.Sources.Original(x, a.ID, a.DocumentID, o...)
		if err != nil {
			return Outcome{}, err
		}
		text, err := json.Marshal(string(original.Content))
		return Outcome{Result: text}, err
	}),

	"ingest.upload": with(func(x ctx, c cl, a file, o opt) (*cevvo.JobAccepted, error) {
		return c.Ingest.Upload(x, a.request(), o...)
	}),
	"ingest.url": with(func(x ctx, c cl, a cevvo.URLRequest, o opt) (*cevvo.JobAccepted, error) {
		return c.Ingest.URL(x, a, o...)
	}),
	"ingest.text": with(func(x ctx, c cl, a cevvo.TextRequest, o opt) (*cevvo.JobAccepted, error) {
		return c.Ingest.Text(x, a, o...)
	}),
	"ingest.status": with(func(x ctx, c cl, a named, o opt) (*cevvo.Job, error) { return c.Ingest.Status(x, a.JobID, o...) }),
	"ingest.wait": with(func(x ctx, c cl, a file, o opt) (*cevvo.Job, error) {
		return c.Ingest.Wait(x, a.JobID, a.waiting(o)...)
	}),
	"ingest.upload_and_wait": with(func(x ctx, c cl, a file, o opt) (*cevvo.Job, error) {
		return c.Ingest.UploadAndWait(x, a.request(), a.waiting(o)...)
	}),
	"ingest.jobs": reading(func(x ctx, c cl, a page, o opt) (Outcome, error) {
		return walked(c.Ingest.AllJobs(x, cevvo.JobListParams{Page: a.Page, PerPage: a.PerPage, Status: a.Status, SourceID: a.SourceID, Kind: a.Kind}, o...))
	}),
	"ingest.stream_jobs": reading(func(x ctx, c cl, _ struct{}, o opt) (Outcome, error) {
		return walked(c.Ingest.StreamJobs(x, o...))
	}),
	"ingest.pages": reading(func(x ctx, c cl, a page, o opt) (Outcome, error) {
		return walked(c.Ingest.AllPages(x, a.JobID, cevvo.JobPageListParams{Page: a.Page, PerPage: a.PerPage, Verdict: a.Verdict}, o...))
	}),
	"ingest.cancel": with(func(x ctx, c cl, a named, o opt) (*cevvo.Job, error) { return c.Ingest.Cancel(x, a.JobID, o...) }),

	"analytics.overview": with(func(x ctx, c cl, a window, o opt) (*cevvo.Overview, error) {
		return c.Analytics.Overview(x, cevvo.OverviewParams{Period: a.Period}, o...)
	}),
	"analytics.timeseries": with(func(x ctx, c cl, a window, o opt) (*cevvo.TimeSeries, error) {
		return c.Analytics.TimeSeries(x, cevvo.OverviewParams{Period: a.Period}, o...)
	}),
	"analytics.top_questions": with(func(x ctx, c cl, a cevvo.InsightParams, o opt) (*cevvo.TopQuestions, error) {
		return c.Analytics.TopQuestions(x, a, o...)
	}),
	"analytics.coverage_gaps": with(func(x ctx, c cl, a cevvo.GapParams, o opt) (*cevvo.CoverageGaps, error) {
		return c.Analytics.CoverageGaps(x, a, o...)
	}),
	"analytics.conflicts": reading(func(x ctx, c cl, a page, o opt) (Outcome, error) {
		return walked(c.Analytics.AllConflicts(x, a.of(), o...))
	}),
	"analytics.stale_answers": reading(func(x ctx, c cl, a stalePage, o opt) (Outcome, error) {
		return walked(c.Analytics.AllStaleAnswers(x, cevvo.StaleAnswerListParams(a), o...))
	}),
	"messages.trace": with(func(x ctx, c cl, a named, o opt) (*cevvo.MessageTrace, error) {
		return c.Messages.Trace(x, a.ID, o...)
	}),
	"messages.replay": with(func(x ctx, c cl, a named, o opt) (*cevvo.MessageReplay, error) {
		return c.Messages.Replay(x, a.ID, o...)
	}),
	"analytics.coverage_gap": with(func(x ctx, c cl, a named, o opt) (*cevvo.GapDetail, error) {
		return c.Analytics.CoverageGap(x, a.ID, o...)
	}),
	"analytics.update_coverage_gap": with(func(x ctx, c cl, a gapUpdate, o opt) (*cevvo.GapDetail, error) {
		return c.Analytics.UpdateCoverageGap(x, a.ID, a.GapUpdate, o...)
	}),
	"analytics.answer_coverage_gap": with(func(x ctx, c cl, a gapAnswer, o opt) (*cevvo.GapAnswerAccepted, error) {
		return c.Analytics.AnswerCoverageGap(x, a.ID, a.GapAnswerCreate, o...)
	}),

	"settings.answers": with(func(x ctx, c cl, _ struct{}, o opt) (*cevvo.AnswerSettings, error) {
		return c.Settings.Answers(x, o...)
	}),
	"settings.retention": with(func(x ctx, c cl, _ struct{}, o opt) (*cevvo.Retention, error) {
		return c.Settings.Retention(x, o...)
	}),
	"settings.update_retention": with(func(x ctx, c cl, a cevvo.Retention, o opt) (*cevvo.Retention, error) {
		return c.Settings.UpdateRetention(x, a.ConversationDays, o...)
	}),
	"settings.update_answers": with(func(x ctx, c cl, a cevvo.AnswerSettingsUpdate, o opt) (*cevvo.AnswerSettings, error) {
		return c.Settings.UpdateAnswers(x, a, o...)
	}),
	"settings.widget": with(func(x ctx, c cl, _ struct{}, o opt) (*cevvo.WidgetSettings, error) {
		return c.Settings.Widget(x, o...)
	}),
	"settings.update_widget": with(func(x ctx, c cl, a cevvo.WidgetSettingsUpdate, o opt) (*cevvo.WidgetSettings, error) {
		return c.Settings.UpdateWidget(x, a, o...)
	}),
	"settings.shown_widget": with(func(x ctx, c cl, a cevvo.ShownWidgetParams, o opt) (*cevvo.ShownWidget, error) {
		return c.Settings.ShownWidget(x, a, o...)
	}),

	"api_keys.list": reading(func(x ctx, c cl, a page, o opt) (Outcome, error) {
		return walked(c.APIKeys.All(x, a.of(), o...))
	}),
	"api_keys.create": with(func(x ctx, c cl, a cevvo.APIKeyCreate, o opt) (*cevvo.NewAPIKey, error) {
		return c.APIKeys.Create(x, a, o...)
	}),
	"api_keys.rotate": with(func(x ctx, c cl, a rotation, o opt) (*cevvo.NewAPIKey, error) {
		return c.APIKeys.Rotate(x, a.ID, a.APIKeyRotate, o...)
	}),
	"api_keys.revoke": with(func(x ctx, c cl, a named, o opt) (*cevvo.Deleted, error) { return c.APIKeys.Revoke(x, a.ID, o...) }),
	"audit_log.list": reading(func(x ctx, c cl, a entries, o opt) (Outcome, error) {
		return walked(c.AuditLog.All(x, cevvo.AuditLogParams(a), o...))
	}),
	"webhooks.list": reading(func(x ctx, c cl, a page, o opt) (Outcome, error) {
		return walked(c.Webhooks.All(x, a.of(), o...))
	}),
	"webhooks.create": with(func(x ctx, c cl, a cevvo.WebhookCreate, o opt) (*cevvo.NewWebhook, error) {
		return c.Webhooks.Create(x, a, o...)
	}),
	"webhooks.get": with(func(x ctx, c cl, a named, o opt) (*cevvo.Webhook, error) { return c.Webhooks.Get(x, a.ID, o...) }),
	"webhooks.update": with(func(x ctx, c cl, a webhookUpdate, o opt) (*cevvo.Webhook, error) {
		return c.Webhooks.Update(x, a.ID, a.WebhookUpdate, o...)
	}),
	"webhooks.delete": with(func(x ctx, c cl, a named, o opt) (*cevvo.Deleted, error) { return c.Webhooks.Delete(x, a.ID, o...) }),
	"webhooks.rotate": with(func(x ctx, c cl, a webhookRotation, o opt) (*cevvo.NewWebhook, error) {
		return c.Webhooks.Rotate(x, a.ID, a.WebhookRotate, o...)
	}),
	"webhooks.test": with(func(x ctx, c cl, a named, o opt) (*cevvo.WebhookDelivery, error) {
		return c.Webhooks.Test(x, a.ID, o...)
	}),
	"webhooks.deliveries": reading(func(x ctx, c cl, a deliveries, o opt) (Outcome, error) {
		return walked(c.Webhooks.AllDeliveries(x, a.ID, cevvo.WebhookDeliveryListParams{Page: a.Page, PerPage: a.PerPage, Status: a.Status}, o...))
	}),
	"webhooks.retry": with(func(x ctx, c cl, a deliveries, o opt) (*cevvo.WebhookDelivery, error) {
		return c.Webhooks.Retry(x, a.ID, a.DeliveryID, o...)
	}),
	"visitor_tokens.create": with(func(x ctx, c cl, a cevvo.VisitorTokenRequest, o opt) (*cevvo.VisitorToken, error) {
		return c.VisitorTokens.Create(x, a, o...)
	}),
}

func (p page) of() cevvo.ListParams { return cevvo.ListParams{Page: p.Page, PerPage: p.PerPage} }
