package cevvo

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// sseReader reads server-sent events, as the WHATWG HTML standard describes their interpretation
// (9.2.6): lines end with LF, CR or CRLF; comments and unknown fields are skipped; several data
// lines are joined by LF; an event without its closing blank line is dropped. Lines may be of any
// length.
type sseReader struct {
	from    *bufio.Reader
	line    []byte
	afterCR bool
	started bool
}

// next returns the data of the next event, or the error that the reading ended with.
func (r *sseReader) next() (string, error) {
	var data []string
	for {
		line, err := r.readLine()
		switch {
		case err != nil:
			return "", err
		case line == "" && data != nil:
			return strings.Join(data, "\n"), nil
		}
		if field, value, _ := strings.Cut(line, ":"); field == "data" {
			data = append(data, strings.TrimPrefix(value, " "))
		}
	}
}

// readLine returns the next line without its end. A CR ends it at once, so that an event is not held
// back until more arrives; a LF that follows belongs to it.
func (r *sseReader) readLine() (string, error) {
	r.line = r.line[:0]
	for {
		c, err := r.from.ReadByte()
		if err != nil {
			return "", err
		}
		second := c == '\n' && r.afterCR
		r.afterCR = c == '\r'
		switch {
		case second:
		case c == '\n' || c == '\r':
			if !r.started {
				r.started = true
				r.line = bytes.TrimPrefix(r.line, []byte("\ufeff"))
			}
			return string(r.line), nil
		default:
			r.line = append(r.line, c)
		}
	}
}

// watched is silent only while somebody reads: what the reader does meanwhile takes its own time.
type watched struct {
	io.Reader
	watch *watchdog
}

func (w watched) Read(p []byte) (int, error) {
	w.watch.wait()
	defer w.watch.rest()
	return w.Reader.Read(p)
}
