// Package cevvo is the Go client of the Cevvo API: cited answers from your own documents.
//
//	client, err := cevvo.NewClient(cevvo.WithAPIKey("cevvo_sk_YOUR_KEY"), cevvo.WithBaseURL("http://127.0.0.1:8420/api/v1"))
//	answer, err := client.Chat.Create(ctx, cevvo.ChatRequest{Message: "How do I get started?"})
//
// Without options, CEVVO_API_KEY and CEVVO_BASE_URL are read from the environment.
//
// Every call takes a context first and options last. What the server sends and this version does
// not know yet is kept: each result has RawJSON, RequestID and Header. In results, what the API
// sets to null is a nil pointer, or, for texts and times, where null and the zero value mean the
// same, that zero value.
package cevvo
