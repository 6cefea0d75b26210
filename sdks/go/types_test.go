package cevvo_test

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cevvo/cevvo-go"
	"github.com/cevvo/cevvo-go/internal/driver"
)

// What is sent and received, under the name of its schema. A type may stand for several schemas.
var (
	requests = map[string]any{
		"AnswerSettingsUpdate": cevvo.AnswerSettingsUpdate{}, "ApiKeyCreate": cevvo.APIKeyCreate{},
		"ApiKeyRotate": cevvo.APIKeyRotate{}, "VisitorTokenRequest": cevvo.VisitorTokenRequest{}, "ChatRequest": cevvo.ChatRequest{},
		"CrawlOptions": cevvo.CrawlSettings{}, "FeedbackRequest": cevvo.FeedbackRequest{},
		"HandoverUpdate": cevvo.HandoverUpdate{}, "IngestText": cevvo.TextRequest{}, "IngestUrl": cevvo.URLRequest{},
		"PreviewRequest": cevvo.PreviewRequest{}, "SearchFilters": cevvo.SearchFilters{},
		"GapAnswerRequest": cevvo.GapAnswerCreate{}, "GapUpdate": cevvo.GapUpdate{},
		"SourceCreate": cevvo.SourceCreate{}, "SourceUpdate": cevvo.SourceUpdate{},
		"WebhookCreate": cevvo.WebhookCreate{}, "WebhookUpdate": cevvo.WebhookUpdate{}, "WebhookRotate": cevvo.WebhookRotate{},
		"WidgetSettingsUpdate": cevvo.WidgetSettingsUpdate{},
	}
	results = map[string]any{
		"ActorObject": cevvo.Actor{}, "ApiKeyObject": cevvo.APIKey{}, "ApiKeyObjectPage": cevvo.Page[cevvo.APIKey]{},
		"AuditEntry": cevvo.AuditEntry{}, "AuditEntryPage": cevvo.Page[cevvo.AuditEntry]{},
		"DeletedConversations": cevvo.DeletedConversations{}, "NewApiKey": cevvo.NewAPIKey{},
		"VisitorTokenObject":   cevvo.VisitorToken{},
		"AnswerDocumentObject": cevvo.AnswerDocument{}, "GapAnswerAccepted": cevvo.GapAnswerAccepted{},
		"GapAnswerObject": cevvo.GapAnswer{}, "GapCitationObject": cevvo.GapCitation{},
		"GapConversationObject": cevvo.GapConversation{}, "GapDetail": cevvo.GapDetail{},
		"NearestPassageObject": cevvo.NearestPassage{}, "NearestSourceObject": cevvo.NearestSource{},
		"OutlineObject": cevvo.Outline{}, "OutlinePointObject": cevvo.OutlinePoint{},
		"OutlineSectionObject": cevvo.OutlineSection{},
		"ConflictObject":       cevvo.Conflict{}, "ConflictObjectPage": cevvo.Page[cevvo.Conflict]{},
		"ConflictSideObject": cevvo.ConflictSide{},
		"CandidateObject":    cevvo.Candidate{}, "DifferenceObject": cevvo.Difference{},
		"LostEvidenceObject": cevvo.LostEvidence{}, "MessageReplay": cevvo.MessageReplay{},
		"MessageTrace": cevvo.MessageTrace{}, "SaidObject": cevvo.Said{},
		"StaleAnswerObject": cevvo.StaleAnswer{}, "StaleAnswerObjectPage": cevvo.Page[cevvo.StaleAnswer]{},
		"StaleCitationObject": cevvo.StaleCitation{}, "StaleSaidObject": cevvo.StaleSaid{},
		"TimingsObject": cevvo.Timings{}, "TraceObject": cevvo.Trace{},
		"AnswerSettingsObject": cevvo.AnswerSettings{}, "AssistantMessage": cevvo.Message{}, "ChatResponse": cevvo.ChatResponse{},
		"ChunkOut": cevvo.Chunk{}, "CitingQuestionOut": cevvo.CitingQuestion{}, "CitingQuestions": cevvo.CitingQuestions{}, "CitationObject": cevvo.Citation{}, "CitedSourceObject": cevvo.CitedSource{},
		"ConversationsMeta": cevvo.PageMeta{}, "ConversationDetail": cevvo.ConversationDetail{}, "ConversationSummary": cevvo.Conversation{},
		"ConversationSummaryPage": cevvo.Page[cevvo.Conversation]{}, "CoverageGapObject": cevvo.CoverageGap{},
		"CoverageGaps": cevvo.CoverageGaps{}, "CrawlReport": cevvo.CrawlReport{}, "Deleted": cevvo.Deleted{},
		"DocumentDetail": cevvo.SourceDocumentDetail{}, "DocumentOut": cevvo.SourceDocument{},
		"DocumentOutPage": cevvo.Page[cevvo.SourceDocument]{}, "EscalationObject": cevvo.Escalation{},
		"FeedbackObject": cevvo.Feedback{}, "GivenFeedback": cevvo.Rated{}, "HandoverObject": cevvo.HandoverRules{},
		"HandoverOut": cevvo.Handover{}, "JobError": cevvo.ErrorDetail{}, "JobOut": cevvo.Job{},
		"JobOutPage": cevvo.Page[cevvo.Job]{}, "JobPage": cevvo.JobPage{}, "JobPagePage": cevvo.Page[cevvo.JobPage]{},
		"OverviewObject": cevvo.Overview{}, "PageMeta": cevvo.PageMeta{}, "PreviewError": cevvo.ErrorDetail{},
		"PreviewOut": cevvo.Preview{}, "PreviewPage": cevvo.PreviewPage{}, "RefusedTopicObject": cevvo.RefusedTopic{},
		"ReportReason": cevvo.ReasonCount{}, "RetrievedObject": cevvo.RetrievedPassage{}, "SourceOut": cevvo.Source{},
		"SourceOutPage": cevvo.Page[cevvo.Source]{}, "SyncStarted": cevvo.JobAccepted{}, "TextAccepted": cevvo.JobAccepted{},
		"TopQuestionObject": cevvo.TopQuestion{}, "TopQuestions": cevvo.TopQuestions{}, "TrendObject": cevvo.Trend{},
		"UploadAccepted": cevvo.JobAccepted{}, "UrlAccepted": cevvo.JobAccepted{}, "UsageEntryObject": cevvo.UsageEntry{},
		"RefusedRequestsObject": cevvo.RefusedRequests{},
		"UsageObject":           cevvo.Usage{}, "UsageReportObject": cevvo.UsageReport{}, "UserMessage": cevvo.Message{},
		"WebhookObject": cevvo.Webhook{}, "WebhookObjectPage": cevvo.Page[cevvo.Webhook]{}, "NewWebhook": cevvo.NewWebhook{},
		"DeliveryObject": cevvo.WebhookDelivery{}, "DeliveryObjectPage": cevvo.Page[cevvo.WebhookDelivery]{},
		"TimeSeriesObject": cevvo.TimeSeries{}, "BucketObject": cevvo.Bucket{}, "IntervalObject": cevvo.Interval{},
		"RetentionObject": cevvo.Retention{},
		"WidgetObject":    cevvo.ShownWidget{}, "WidgetSettingsObject": cevvo.WidgetSettings{},
	}
	// Error is read into cevvo.Error, an upload written as a form, the reason of an escalation is a
	// parameter; JsonValue is anything.
	untyped = []string{"Error", "Body_upload_file", "EscalationRequest", "JsonValue"}
	// What no client may set: a source keeps its type and address.
	unsettable = []string{"SourceUpdate.type", "SourceUpdate.url"}
)

// Types and fields are those that openapi.json describes, no more and no less.
func TestTypesFollowOpenAPI(t *testing.T) {
	api := describedAPI(t)
	known := map[reflect.Type]map[string]bool{}
	for name, right := range api.Components.Schemas {
		value, sent := requests[name]
		if !sent {
			value = results[name]
		}
		switch {
		case slices.Contains(untyped, name):
		case value == nil:
			t.Errorf("there is no type for %s", name)
		default:
			c := checker{t, api, sent}
			c.object(name, right, reflect.TypeOf(value), known)
		}
	}
	for typed, names := range known {
		for name := range fields(typed) {
			if !names[name] {
				t.Errorf("%s has %s, which the API does not know", typed, name)
			}
		}
	}
}

type checker struct {
	t    *testing.T
	api  description
	sent bool
}

func (c checker) object(name string, right schema, typed reflect.Type, known map[reflect.Type]map[string]bool) {
	found := fields(typed)
	if known[typed] == nil {
		known[typed] = map[string]bool{}
	}
	for property, kind := range right.Properties {
		where := name + "." + property
		known[typed][property] = true
		field, ok := found[property]
		switch {
		case !ok && slices.Contains(unsettable, where):
		case !ok:
			c.t.Errorf("%s has no field for %s", typed, where)
		case c.sent && !slices.Contains(right.Required, property) && !strings.Contains(field.Tag.Get("json"), "omit"):
			c.t.Errorf("%s: what is not set would be sent", where)
		default:
			c.value(where, kind, field.Type)
		}
	}
}

// value tells whether a Go type holds what the schema allows, and, in results, null apart from 0 and
// false.
func (c checker) value(where string, right schema, typed reflect.Type) {
	nullable := false
	for _, choice := range right.AnyOf {
		if choice.Type == "null" {
			nullable = true
		} else {
			right = choice
		}
	}
	pointer := typed.Kind() == reflect.Pointer
	if nullable && !c.sent && !pointer && slices.Contains([]any{"integer", "number", "boolean"}, right.Type) {
		c.t.Errorf("%s may be null, which %s does not tell from its zero value", where, typed)
	}
	if strings.HasPrefix(typed.Name(), "Change[") {
		field, _ := typed.FieldByName("value")
		typed, pointer = field.Type, true
	}
	if pointer {
		typed = typed.Elem()
	}
	if !c.fits(where, right, typed) {
		c.t.Errorf("%s is %v, and not %s", where, right, typed)
	}
}

func (c checker) fits(where string, right schema, typed reflect.Type) bool {
	if right.Ref != "" {
		name := right.Ref[strings.LastIndex(right.Ref, "/")+1:]
		return name == "JsonValue" || typed == reflect.TypeOf(requests[name]) || typed == reflect.TypeOf(results[name])
	}
	for _, choice := range right.OneOf {
		if !c.fits(where, choice, typed) {
			return false
		}
	}
	switch right.Type {
	case "string":
		return typed.Kind() == reflect.String || typed == reflect.TypeFor[time.Time]()
	case "integer":
		return typed.Kind() == reflect.Int || typed.Kind() == reflect.Int64
	case "number":
		return typed.Kind() == reflect.Float64
	case "boolean":
		return typed.Kind() == reflect.Bool
	case "object":
		return typed.Kind() == reflect.Map || typed == reflect.TypeFor[json.RawMessage]()
	case "array":
		if typed.Kind() != reflect.Slice {
			return false
		}
		c.value(where+"[]", *right.Items, typed.Elem())
		return true
	}
	return len(right.OneOf) > 0
}

// fields are those of a struct and of the structs in it, by their names on the wire.
func fields(typed reflect.Type) map[string]reflect.StructField {
	found := map[string]reflect.StructField{}
	for _, field := range reflect.VisibleFields(typed) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			found[name] = field
		}
	}
	return found
}

// Each operation of the API is sent to where it is served.
func TestOperationsFollowOpenAPI(t *testing.T) {
	var right, found []string
	for path, operations := range describedAPI(t).Paths {
		for method := range operations {
			right = append(right, strings.ToUpper(method)+" "+regexp.MustCompile("{[a-z_]*}").ReplaceAllString(path, "x"))
		}
	}
	s := serve(t, sends(200, `{"status": "completed", "job_id": "x"}`))
	client := s.client(t)
	args := json.RawMessage(`{"id": "x", "job_id": "x", "document_id": "x", "delivery_id": "x", "user_id": "x", "file_name": "x.md"}`)
	for _, name := range append(driver.Names(), "chat.stream") {
		outcome := driver.Run(t.Context(), client, driver.Step{Call: name, Args: args})
		if outcome.Error != nil && !strings.Contains(name, ".stream") {
			t.Error(name, outcome.Error)
		}
	}
	for _, request := range s.requests() {
		path, _, _ := strings.Cut(request.url, "?")
		found = append(found, request.method+" "+path)
	}
	slices.Sort(right)
	slices.Sort(found)
	if found = slices.Compact(found); !slices.Equal(right, found) {
		t.Errorf("the API has %v, and the client %v", right, found)
	}
}

// Each parameter of a query is one of the parameters of its method.
func TestParametersFollowOpenAPI(t *testing.T) {
	params := map[string]any{
		"list_conversations": cevvo.ConversationListParams{}, "list_sources": cevvo.SourceListParams{},
		"list_documents": cevvo.ListParams{}, "list_jobs": cevvo.JobListParams{}, "list_pages": cevvo.JobPageListParams{},
		"export_conversations": cevvo.ConversationFilter{}, "timeseries": cevvo.OverviewParams{},
		"list_webhooks": cevvo.ListParams{}, "list_deliveries": cevvo.WebhookDeliveryListParams{},
		"overview": cevvo.OverviewParams{}, "top_questions": cevvo.InsightParams{}, "coverage_gaps": cevvo.GapParams{},
		"stale_answers": cevvo.StaleAnswerListParams{}, "conflicts": cevvo.ListParams{},
		"get_usage": cevvo.UsageParams{}, "get_widget": cevvo.ShownWidgetParams{}, "list_api_keys": cevvo.ListParams{}, "list_audit_log": cevvo.AuditLogParams{},
		"delete_conversations":  struct{ UserID string }{}, // an argument, as it must be given
		"list_citing_questions": struct{ Limit int }{},     // an argument, too
	}
	for _, operations := range describedAPI(t).Paths {
		for _, operation := range operations {
			var right, found []string
			for _, parameter := range operation.Parameters {
				if parameter.In == "query" {
					right = append(right, strings.ReplaceAll(parameter.Name, "_", ""))
				}
			}
			if taken := params[operation.OperationID]; taken != nil {
				for _, field := range reflect.VisibleFields(reflect.TypeOf(taken)) {
					if !field.Anonymous {
						found = append(found, strings.ToLower(field.Name))
					}
				}
			}
			slices.Sort(right)
			slices.Sort(found)
			if !slices.Equal(right, found) {
				t.Errorf("%s takes %v, not %v", operation.OperationID, right, found)
			}
		}
	}
}
