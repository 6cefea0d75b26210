package cevvo

import "encoding/json"

// Change is a field of an update: Set gives it a value, Default takes back what was set, and the
// zero Change leaves it as it is.
type Change[T any] struct {
	value *T
	given bool
}

// Set changes a field to the value.
func Set[T any](value T) Change[T] { return Change[T]{value: &value, given: true} }

// Default puts a field back to what it was at first.
func Default[T any]() Change[T] { return Change[T]{given: true} }

// IsZero tells whether the field is left as it is.
func (c Change[T]) IsZero() bool { return !c.given }

// MarshalJSON writes the value, or null for the default.
func (c Change[T]) MarshalJSON() ([]byte, error) { return json.Marshal(c.value) }

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Change[T]) UnmarshalJSON(data []byte) error {
	c.given = true
	return json.Unmarshal(data, &c.value)
}

// Ptr returns a pointer to the value, for fields in which zero is something else than nothing.
func Ptr[T any](value T) *T { return &value }
