package cevvo_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/cevvo/cevvo-go"
)

// What the README shows is in these examples, word for word.

func ExampleNewClient() {
	_, ctx, end := exampleClient()
	defer end()

	client, err := cevvo.NewClient(cevvo.WithAPIKey("cevvo_sk_YOUR_KEY"), cevvo.WithBaseURL("http://127.0.0.1:8420/api/v1"))
	if err != nil {
		log.Fatal(err)
	}
	answer, err := client.Chat.Create(ctx, cevvo.ChatRequest{Message: "How do I get started?"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Answer, answer.Sources[0].URL)
	// Output: Create a source [1]. https://docs.example.com/start
}

func ExampleChatService_Stream() {
	client, ctx, end := exampleClient()
	defer end()

	stream, err := client.Chat.Stream(ctx, cevvo.ChatRequest{Message: "Explain the main features"})
	if err != nil {
		log.Fatal(err)
	}
	defer stream.Close()
	for event, err := range stream.Events() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(event.Text)
	}
	answer, err := stream.Final()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("", answer.Sources[0].Title)
	// Output: Create a source [1]. Getting started
}

func ExampleIngestService_UploadAndWait() {
	client, ctx, end := exampleClient()
	defer end()

	source, err := client.Sources.Create(ctx, cevvo.SourceCreate{Name: "Handbook", Type: cevvo.SourceTypeFile})
	if err != nil {
		log.Fatal(err)
	}
	file, err := os.Open("handbook.md")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	job, err := client.Ingest.UploadAndWait(ctx, cevvo.UploadRequest{File: file, SourceID: source.ID},
		cevvo.WithProgress(func(job *cevvo.Job) { fmt.Printf("%.0f %%\n", 100*job.Progress) }))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(job.DocumentsProcessed, "documents")
	// Output:
	// 50 %
	// 100 %
	// 2 documents
}

func ExampleIngestService_AllPages() {
	client, ctx, end := exampleClient()
	defer end()

	crawl := &cevvo.CrawlSettings{Exclude: []string{"/blog"}, MaxDepth: cevvo.Ptr(3)}
	preview, err := client.Sources.Preview(ctx, cevvo.PreviewRequest{URL: "https://docs.example.com", Crawl: crawl})
	if err != nil {
		log.Fatal(err)
	}
	for _, page := range preview.Pages { // nothing of it is stored
		fmt.Println(page.URL, page.Taken, page.Reason)
	}
	site, err := client.Sources.Create(ctx, cevvo.SourceCreate{
		Name: "Docs", Type: cevvo.SourceTypeWebsite, URL: "https://docs.example.com", Crawl: crawl,
	})
	if err != nil {
		log.Fatal(err)
	}
	for page, err := range client.Ingest.AllPages(ctx, site.JobID, cevvo.JobPageListParams{Verdict: cevvo.VerdictRefused}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(page.URL, page.Reason)
	}
	// Output:
	// https://docs.example.com/blog false excluded
	// https://docs.example.com/old noindex
}

func ExampleSourceService_All() {
	client, ctx, end := exampleClient()
	defer end()

	for source, err := range client.Sources.All(ctx, cevvo.SourceListParams{Type: cevvo.SourceTypeWebsite}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(source.Name, source.Status)
	}
	page, err := client.Conversations.List(ctx, cevvo.ConversationListParams{PerPage: 50}) // one page
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(page.Data), "of", page.Meta.Total)
	for page.HasNext() {
		if page, err = page.Next(ctx); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// Docs synced
	// Shop synced
	// 1 of 2
}

func ExampleSettingsService_UpdateAnswers() {
	client, ctx, end := exampleClient()
	defer end()

	answer, err := client.Chat.Create(ctx, cevvo.ChatRequest{Message: "Can I talk to a human?"})
	if err != nil {
		log.Fatal(err)
	}
	if answer.Handover != nil {
		_, err = client.Conversations.Escalate(ctx, answer.ThreadID, "I would like to talk to sales.")
	} else {
		_, err = client.Feedback(ctx, cevvo.FeedbackRequest{MessageID: answer.ID, Rating: cevvo.RatingPositive})
	}
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Settings.UpdateAnswers(ctx, cevvo.AnswerSettingsUpdate{
		Refuse:       cevvo.Set([]cevvo.RefusedTopic{{Topic: "discounts"}}),
		TokensPerDay: cevvo.Default[int64](), // back to what it was at first; all else stays
	})
	if err != nil {
		log.Fatal(err)
	}
	gaps, err := client.Analytics.CoverageGaps(ctx, cevvo.GapParams{Period: cevvo.Last30Days})
	if err != nil {
		log.Fatal(err)
	}
	for _, gap := range gaps.Data {
		fmt.Println(gap.Count, gap.Question)
	}
	// Output: 3 Do you support single sign-on?
}

func ExampleAPIKeyService_Create() {
	client, ctx, end := exampleClient()
	defer end()

	key, err := client.APIKeys.Create(ctx, cevvo.APIKeyCreate{
		Name: "Website", Kind: cevvo.APIKeyKindPublishable, AllowedOrigins: []string{"https://www.example.com"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(key.Key) // only now
	// The old key holds for two days more.
	if _, err = client.APIKeys.Rotate(ctx, key.ID, cevvo.APIKeyRotate{OverlapHours: cevvo.Ptr(48)}); err != nil {
		log.Fatal(err)
	}
	for entry, err := range client.AuditLog.All(ctx, cevvo.AuditLogParams{Action: "api_key"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(entry.Action, entry.TargetName)
	}
	// For the browser of who is signed in.
	token, err := client.VisitorTokens.Create(ctx, cevvo.VisitorTokenRequest{UserID: "user_42"})
	if err != nil {
		log.Fatal(err)
	}
	gone, err := client.Conversations.DeleteByUser(ctx, "user_42")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.VisitorID, gone.Count)
	// Output:
	// cevvo_pk_1
	// api_key.created Website
	// vis_1 3
}

func ExampleError() {
	client, ctx, end := exampleClient()
	defer end()

	_, err := client.Conversations.Get(ctx, "thr_unknown")
	var e *cevvo.Error
	switch {
	case errors.Is(err, cevvo.ErrNotFound):
		fmt.Println("It is gone.")
	case errors.Is(err, cevvo.ErrRateLimit) && errors.As(err, &e):
		fmt.Println("Again in", e.RetryAfter)
	case err != nil:
		log.Fatal(err) // says what to do
	}
	// Output: It is gone.
}

func ExampleAnalyticsService_Overview() {
	client, ctx, end := exampleClient()
	defer end()

	overview, err := client.Analytics.Overview(ctx, cevvo.OverviewParams{Period: cevvo.Last30Days},
		cevvo.WithTimeout(5*time.Second), cevvo.WithMaxRetries(0), cevvo.WithHeader("X-Request-Id", "my-own-id-1"))
	if err != nil {
		log.Fatal(err)
	}
	if rate := overview.ResolutionRate; rate != nil { // nil if nothing was asked
		fmt.Printf("%.0f %% resolved\n", 100**rate)
	}
	// Output: 75 % resolved
}

func ExampleClient_Request() {
	client, ctx, end := exampleClient()
	defer end()

	response, err := client.Request(ctx, "GET", "/sources?per_page=1", nil) // any path of the API
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.StatusCode, response.Header().Get("X-RateLimit-Remaining"))
	// Output: 200 99
}

func ExampleVerifyWebhook() {
	http.HandleFunc("POST /webhook", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			return
		}
		event, err := cevvo.VerifyWebhook("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", r.Header, body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Println(event.Type, string(event.Data))
	})
	response := deliver()
	fmt.Println(response.Code)
	// Output:
	// gap.opened {"question":"SSO?"}
	// 200
}
