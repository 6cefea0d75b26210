package cevvo_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cevvo/cevvo-go"
)

func TestAPageAtATime(t *testing.T) {
	page := func(number, id string) http.HandlerFunc {
		return sends(200, `{"data": [{"id": "`+id+`"}], "meta": {"page": `+number+`, "per_page": 1, "total": 2}}`)
	}
	s := serve(t, page("1", "a"), page("2", "b"))
	client := s.client(t)
	first, err := client.Conversations.List(t.Context(), cevvo.ConversationListParams{PerPage: 1})
	if err != nil || !first.HasNext() {
		t.Fatal(first, err)
	}
	second, err := first.Next(t.Context())
	if err != nil || second.Data[0].ID != "b" || second.HasNext() {
		t.Fatal(second, err)
	}
	if last := s.requests()[1].url; last != "/api/v1/conversations?page=2&per_page=1" {
		t.Error(last)
	}
	for range client.Conversations.All(t.Context(), cevvo.ConversationListParams{}) {
		break
	}
	if len(s.requests()) != 3 {
		t.Error("a loop that was left went on loading")
	}
}

func TestAnEmptyIDIsNotSent(t *testing.T) {
	s := serve(t, sends(200, `{}`))
	client := s.client(t)
	for _, err := range []error{
		second(client.Sources.Delete(t.Context(), "")), second(client.Sources.Document(t.Context(), "src_1", "")),
		second(client.Ingest.Status(t.Context(), "")), second(client.Conversations.Escalate(t.Context(), "", "Help.")),
		second(client.Conversations.DeleteByUser(t.Context(), "")), second(client.APIKeys.Rotate(t.Context(), "", cevvo.APIKeyRotate{})),
	} {
		if err == nil || !strings.Contains(err.Error(), "id is empty") {
			t.Error(err)
		}
	}
	if len(s.requests()) != 0 {
		t.Error(s.requests())
	}
}

func second[T any](_ T, err error) error { return err }

func TestAnUploadIsNamedByItsFile(t *testing.T) {
	s := serve(t, sends(202, `{"job_id": "job_1", "status": "processing"}`))
	client := s.client(t)
	path := filepath.Join(t.TempDir(), "handbook.md")
	if err := os.WriteFile(path, []byte("# Hi"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := client.Ingest.Upload(t.Context(), cevvo.UploadRequest{File: file, Metadata: map[string]string{"product": "office"}}); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`filename="handbook.md"`, "# Hi", `{"product":"office"}`} {
		if body := s.requests()[0].body; !strings.Contains(body, part) {
			t.Errorf("%q is not in %q", part, body)
		}
	}
	for right, upload := range map[string]cevvo.UploadRequest{
		"File and its Name": {File: strings.NewReader("text")}, "cannot be read": {File: file, Name: "closed"},
	} {
		file.Close()
		if _, err := client.Ingest.Upload(t.Context(), upload); err == nil || !strings.Contains(err.Error(), right) {
			t.Errorf("%v does not say %q", err, right)
		}
	}
}

func TestAnOriginalIsBytes(t *testing.T) {
	s := serve(t, sends(200, "%PDF\x00\xff", "Content-Type", "application/pdf"), sends(404, `{"error": {"code": "not_found"}}`))
	client := s.client(t)
	original, err := client.Sources.Original(t.Context(), "src_1", "doc_1")
	if err != nil || string(original.Content) != "%PDF\x00\xff" || original.MediaType != "application/pdf" || original.RequestID() != "req_1" {
		t.Error(original, err)
	}
	if _, err = client.Sources.Original(t.Context(), "src_1", "doc_2"); !errors.Is(err, cevvo.ErrNotFound) {
		t.Error(err)
	}
}

func TestProgressIsTold(t *testing.T) {
	s := serve(t, sends(200, `{"job_id": "job_1", "status": "processing", "progress": 0.5}`), sends(200, `{"job_id": "job_1", "status": "completed", "progress": 1}`))
	var told []float64
	job, err := s.client(t).Ingest.Wait(t.Context(), "job_1", cevvo.WithProgress(func(job *cevvo.Job) { told = append(told, job.Progress) }))
	if err != nil || job.Status != cevvo.JobStatusCompleted || len(told) != 2 || told[0] != 0.5 {
		t.Error(job, err, told)
	}
	if _, err := s.client(t).Ingest.Wait(t.Context(), "job_1", cevvo.WithMaxRetries(-1)); err == nil {
		t.Error("an option that cannot be followed was")
	}
}

func TestAFailedJobTellsItsReason(t *testing.T) {
	s := serve(t, sends(200, `{"job_id": "job_1", "status": "failed", "error": {"code": "broken_file", "message": "The PDF is damaged."}}`))
	_, err := s.client(t).Ingest.Wait(t.Context(), "job_1")
	var failed *cevvo.JobError
	if !errors.As(err, &failed) || failed.Job.Error.Code != "broken_file" || err.Error() != "cevvo: The PDF is damaged." {
		t.Error(err)
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	s := serve(t, sends(200, `{"job_id": "job_1", "status": "processing"}`))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.client(t).Ingest.Wait(ctx, "job_1", cevvo.WithProgress(func(*cevvo.Job) { cancel() }))
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := s.client(t).Ingest.UploadAndWait(ctx, cevvo.UploadRequest{File: strings.NewReader("x"), Name: "x.txt"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestUpdatesSendWhatIsGiven(t *testing.T) {
	s := serve(t, sends(200, `{}`))
	client := s.client(t)
	_, err := client.Sources.Update(t.Context(), "src_1", cevvo.SourceUpdate{
		AutoSync: cevvo.Ptr(false), Crawl: &cevvo.CrawlSettings{Include: []string{}, MaxDepth: cevvo.Ptr(0)},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Settings.UpdateAnswers(t.Context(), cevvo.AnswerSettingsUpdate{
		AssistantName: cevvo.Set("Ada"), MaxWrongRate: cevvo.Default[float64](),
		Handover: cevvo.Set(cevvo.HandoverUpdate{Policy: cevvo.Set(false)}),
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, right := range []string{
		`{"auto_sync":false,"crawl":{"include":[],"max_depth":0}}`,
		`{"assistant_name":"Ada","handover":{"policy":false},"max_wrong_rate":null}`,
	} {
		if sent := s.requests()[i].body; sent != right {
			t.Errorf("%s is not %s", sent, right)
		}
	}
}
