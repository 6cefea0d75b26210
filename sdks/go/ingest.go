package cevvo

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
)

// IngestService takes documents in.
type IngestService struct {
	client *Client
}

// UploadRequest is a file: PDF, DOCX, TXT, Markdown or HTML.
type UploadRequest struct {
	// File is read to its end, into memory.
	File io.Reader
	// Name is that of the document; without it, the name that File has itself, as an *os.File does.
	// The same name again is a new version of the document.
	Name string
	// SourceID is where it goes; without it to the workspace's "Uploads".
	SourceID string
	// Metadata is what SearchFilters can ask for. Without it, a nil map, a document that is known
	// keeps what it has; an empty map takes it away.
	Metadata map[string]string
}

// URLRequest is exactly one page or file from the web.
type URLRequest struct {
	URL      string `json:"url"`
	SourceID string `json:"source_id,omitempty"`
	// Metadata is as in UploadRequest.
	Metadata map[string]string `json:"metadata,omitzero"`
}

// TextRequest is a document in words.
type TextRequest struct {
	Title    string `json:"title"`
	Content  string `json:"content"`
	URL      string `json:"url,omitempty"`
	SourceID string `json:"source_id,omitempty"`
	// Metadata is as in UploadRequest.
	Metadata map[string]string `json:"metadata,omitzero"`
}

// JobAccepted tells where to follow the work. FileName, URL or Title say what it is about.
type JobAccepted struct {
	Raw
	JobID    string    `json:"job_id"`
	Status   JobStatus `json:"status"`
	SourceID string    `json:"source_id"`
	FileName string    `json:"file_name"`
	URL      string    `json:"url"`
	Title    string    `json:"title"`
}

// Upload sends a file.
func (s *IngestService) Upload(ctx context.Context, upload UploadRequest, options ...Option) (*JobAccepted, error) {
	rq := request{method: http.MethodPost, path: "/ingest/upload"}
	rq.body, rq.contentType, rq.err = upload.form()
	return call[JobAccepted](ctx, s.client, rq, options)
}

// URL has the server fetch one page or file.
func (s *IngestService) URL(ctx context.Context, page URLRequest, options ...Option) (*JobAccepted, error) {
	return call[JobAccepted](ctx, s.client, post("/ingest/url", page), options)
}

// Text sends a document in words.
func (s *IngestService) Text(ctx context.Context, text TextRequest, options ...Option) (*JobAccepted, error) {
	return call[JobAccepted](ctx, s.client, post("/ingest/text", text), options)
}

// form is the upload as multipart/form-data, with its content type.
func (u UploadRequest) form() ([]byte, string, error) {
	if u.Name == "" {
		if file, ok := u.File.(interface{ Name() string }); ok {
			u.Name = filepath.Base(file.Name())
		}
	}
	if u.File == nil || u.Name == "" {
		return nil, "", &Error{Message: "An upload needs a File and its Name."}
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if u.SourceID != "" {
		form.WriteField("source_id", u.SourceID) // into memory: never fails
	}
	if u.Metadata != nil {
		metadata, err := json.Marshal(u.Metadata)
		if err != nil {
			return nil, "", err
		}
		form.WriteField("metadata", string(metadata))
	}
	part, err := form.CreateFormFile("file", u.Name)
	if err != nil {
		return nil, "", err
	}
	if _, err := io.Copy(part, u.File); err != nil {
		return nil, "", &Error{Message: "The file " + u.Name + " cannot be read: " + err.Error() + ".", cause: err}
	}
	form.Close()
	return body.Bytes(), form.FormDataContentType(), nil
}
