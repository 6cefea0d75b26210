package cevvo

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"maps"
)

// PageMeta says which page it is and how many items there are on all of them.
type PageMeta struct {
	Page    int `json:"page"`
	PerPage int `json:"per_page"`
	Total   int `json:"total"`

	// Of conversations with words: so many were read for them, where not all could be.
	Searched *int `json:"searched,omitempty"`
}

// ListParams chooses a page. The zero value is the first one, of 20 items.
type ListParams struct {
	Page    int // from 1
	PerPage int // 1 to 100
}

// Page is one page of a list.
type Page[T any] struct {
	Raw
	Data []T      `json:"data"`
	Meta PageMeta `json:"meta"`

	load func(ctx context.Context, page int) (*Page[T], error)
}

// HasNext tells whether there is a page after this one.
func (p *Page[T]) HasNext() bool {
	return len(p.Data) > 0 && p.Meta.Page*p.Meta.PerPage < p.Meta.Total
}

// Next returns the page after this one, or io.EOF after the last.
func (p *Page[T]) Next(ctx context.Context) (*Page[T], error) {
	if !p.HasNext() {
		return nil, io.EOF
	}
	return p.load(ctx, p.Meta.Page+1)
}

// keep gives each item its own part of the page, too.
func (p *Page[T]) keep(from answer) {
	p.Raw.keep(from)
	var parts struct{ Data []json.RawMessage }
	if json.Unmarshal(from.body, &parts) != nil {
		return // it has just been read as JSON of this form
	}
	for i := range p.Data {
		if item, ok := any(&p.Data[i]).(keeper); ok {
			item.keep(answer{parts.Data[i], from.status, from.header})
		}
	}
}

// list loads a page.
func list[T any](ctx context.Context, c *Client, rq request, params ListParams, options []Option) (*Page[T], error) {
	rq.query = maps.Clone(rq.query)
	rq = rq.withNumber("page", params.Page).withNumber("per_page", params.PerPage)
	loaded, err := call[Page[T]](ctx, c, rq, options)
	if err != nil {
		return nil, err
	}
	loaded.load = func(ctx context.Context, page int) (*Page[T], error) {
		return list[T](ctx, c, rq, ListParams{page, params.PerPage}, options)
	}
	return loaded, nil
}

// all yields the items of the first page and of all after it.
func all[T any](ctx context.Context, first func() (*Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		page, err := first()
		for ; err == nil; page, err = page.Next(ctx) {
			for _, item := range page.Data {
				if !yield(item, nil) {
					return
				}
			}
		}
		if err != io.EOF {
			var none T
			yield(none, err)
		}
	}
}
