package cevvo

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// SourceDocument is a document as it is stored and searched.
type SourceDocument struct {
	Raw
	ID       string `json:"id"`
	SourceID string `json:"source_id"`
	Title    string `json:"title"`
	URL      string `json:"url"`
	// URLs are all addresses at which crawls found this text.
	URLs      []string `json:"urls"`
	MediaType string   `json:"media_type"`
	// Language is ISO 639-1, where the document says it.
	Language string `json:"language"`
	// UnitCount is what it adds to the source's DocumentCount.
	UnitCount int               `json:"unit_count"`
	CreatedAt time.Time         `json:"created_at"`
	UpdatedAt time.Time         `json:"updated_at"`
	Metadata  map[string]string `json:"metadata"`
}

// SourceDocumentDetail is a document with its text as it was read, and the chunks that search works
// on.
type SourceDocumentDetail struct {
	SourceDocument
	Text   string  `json:"text"`
	Chunks []Chunk `json:"chunks"`
}

// Chunk is a stretch of a document that is found as one: characters Start to End of its text.
type Chunk struct {
	Ordinal     int      `json:"ordinal"`
	Start       int      `json:"start"`
	End         int      `json:"end"`
	HeadingPath []string `json:"heading_path"`
	Anchor      string   `json:"anchor"`
	// Page of a PDF, from 1.
	Page *int `json:"page"`
}

// Original is the file that a document was made from.
type Original struct {
	Raw
	MediaType string
	Content   []byte
}

// Documents returns a page of the documents of a source, newest first.
func (s *SourceService) Documents(ctx context.Context, id string, params ListParams, options ...Option) (*Page[SourceDocument], error) {
	return list[SourceDocument](ctx, s.client, get(sourcePath(id)+"/documents").requireID(id), params, options)
}

// AllDocuments yields the documents of all pages, newest first.
func (s *SourceService) AllDocuments(ctx context.Context, id string, params ListParams, options ...Option) iter.Seq2[SourceDocument, error] {
	return all(ctx, func() (*Page[SourceDocument], error) { return s.Documents(ctx, id, params, options...) })
}

// Document returns one with its text and chunks.
func (s *SourceService) Document(ctx context.Context, id, documentID string, options ...Option) (*SourceDocumentDetail, error) {
	rq := get(documentPath(id, documentID)).requireID(id, documentID)
	return call[SourceDocumentDetail](ctx, s.client, rq, options)
}

// FindDocument returns one of whichever source, as a citation names it.
func (s *SourceService) FindDocument(ctx context.Context, documentID string, options ...Option) (*SourceDocumentDetail, error) {
	rq := get("/documents/" + url.PathEscape(documentID)).requireID(documentID)
	return call[SourceDocumentDetail](ctx, s.client, rq, options)
}

// CitingQuestions are questions whose answers cite a source, the newest first.
type CitingQuestions struct {
	Raw
	Data []CitingQuestion `json:"data"`
}

// CitingQuestion is a question whose answer, MessageID, cites a source.
type CitingQuestion struct {
	Question  string    `json:"question"`
	ThreadID  string    `json:"thread_id"`
	MessageID string    `json:"message_id"`
	AskedAt   time.Time `json:"asked_at"`
}

// Questions returns the newest questions whose answers cite the source, at most limit: 1 to 50, 0
// for 10.
func (s *SourceService) Questions(ctx context.Context, id string, limit int, options ...Option) (*CitingQuestions, error) {
	rq := get(sourcePath(id)+"/questions").requireID(id).withNumber("limit", limit)
	return call[CitingQuestions](ctx, s.client, rq, options)
}

// Original returns the file that a document was made from; ErrNotFound for what came from the web.
func (s *SourceService) Original(ctx context.Context, id, documentID string, options ...Option) (*Original, error) {
	rq := get(documentPath(id, documentID)+"/original").requireID(id, documentID)
	rq.accept = "*/*"
	reply, err := s.client.send(ctx, rq, options)
	if err != nil {
		return nil, err
	}
	original := &Original{MediaType: reply.mediaType(), Content: reply.body}
	original.keep(answer{nil, reply.status, reply.header})
	return original, nil
}

// DeleteDocument removes one. A page of a website comes back with the next crawl.
func (s *SourceService) DeleteDocument(ctx context.Context, id, documentID string, options ...Option) (*Deleted, error) {
	rq := remove(documentPath(id, documentID)).requireID(id, documentID)
	return call[Deleted](ctx, s.client, rq, options)
}

func documentPath(id, documentID string) string {
	return sourcePath(id) + "/documents/" + url.PathEscape(documentID)
}
