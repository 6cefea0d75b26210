package cevvo

import (
	"context"
	"fmt"
	"time"
)

const (
	firstLook    = 250 * time.Millisecond
	longestPause = 3 * time.Second
)

// Wait returns the job once it is completed. It returns a *JobError if the job fails or is
// cancelled, ErrTimeout if it takes longer than WithWaitTimeout says.
func (s *IngestService) Wait(ctx context.Context, jobID string, options ...Option) (*Job, error) {
	config, err := s.client.config.with(options)
	if err != nil {
		return nil, err
	}
	end := time.Now().Add(config.waitTimeout)
	for pause := firstLook; ; pause = min(pause*3/2, longestPause) {
		job, err := s.Status(ctx, jobID, options...)
		if err != nil {
			return nil, err
		}
		if config.onProgress != nil {
			config.onProgress(job)
		}
		switch {
		case job.Status == JobStatusCompleted:
			return job, nil
		case job.Status == JobStatusFailed || job.Status == JobStatusCancelled:
			return nil, &JobError{Job: job}
		case time.Now().Add(pause).After(end):
			message := fmt.Sprintf("Job %s is still %s after %s.", jobID, job.Status, config.waitTimeout)
			return nil, &Error{kind: ErrTimeout, Message: message}
		}
		if sleep(ctx, pause) != nil {
			return nil, ended(ctx, get("/ingest/status/"+jobID))
		}
	}
}

// UploadAndWait sends a file and returns the job once the file can be found.
func (s *IngestService) UploadAndWait(ctx context.Context, upload UploadRequest, options ...Option) (*Job, error) {
	accepted, err := s.Upload(ctx, upload, options...)
	if err != nil {
		return nil, err
	}
	return s.Wait(ctx, accepted.JobID, options...)
}
