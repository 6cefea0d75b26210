package cevvo_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// schema is one of openapi.json, as far as a Go type can follow it.
type schema struct {
	Ref                  string            `json:"$ref"`
	Type                 any               `json:"type"`
	AnyOf                []schema          `json:"anyOf"`
	OneOf                []schema          `json:"oneOf"`
	Items                *schema           `json:"items"`
	Properties           map[string]schema `json:"properties"`
	Required             []string          `json:"required"`
	AdditionalProperties any               `json:"additionalProperties"`
}

type operation struct {
	OperationID string `json:"operationId"`
	Parameters  []struct{ Name, In string }
	Security    []map[string]any
	all         json.RawMessage
}

func (o *operation) UnmarshalJSON(content []byte) error {
	type plain operation
	o.all = slices.Clone(content)
	return json.Unmarshal(content, (*plain)(o))
}

type description struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]schema }
	components map[string]map[string]json.RawMessage
}

func describedAPI(t *testing.T) description {
	content, err := os.ReadFile("../../openapi.json")
	if os.IsNotExist(err) {
		t.Skip("openapi.json is in the repository of Cevvo.")
	}
	var api description
	if err := json.Unmarshal(content, &api); err != nil {
		t.Fatal(err)
	}
	whole := struct {
		Components *map[string]map[string]json.RawMessage
	}{&api.components}
	if err := json.Unmarshal(content, &whole); err != nil {
		t.Fatal(err)
	}
	api.keepOurs()
	return api
}

// keepOurs leaves what belongs to the SDKs: the operations under /api/v1 (all else speaks to the
// clients of others) that a key may call, and the schemas that they reach. What takes nothing but a
// session, or asks for neither, is for the dashboard alone.
func (api *description) keepOurs() {
	reached := map[string]bool{}
	for path, operations := range api.Paths {
		maps.DeleteFunc(operations, func(_ string, each operation) bool {
			ours := strings.HasPrefix(path, "/api/v1/") && slices.ContainsFunc(each.Security, func(way map[string]any) bool {
				_, key := way["ApiKey"]
				return key
			})
			if ours {
				api.reach(each.all, reached)
			}
			return !ours
		})
	}
	maps.DeleteFunc(api.Components.Schemas, func(name string, _ schema) bool {
		return !reached["#/components/schemas/"+name]
	})
}

var reference = regexp.MustCompile(`"\$ref":\s*"(#/components/([^/"]*)/([^"]*))"`)

// reach adds what the JSON refers to, directly and over other references.
func (api *description) reach(content json.RawMessage, reached map[string]bool) {
	for _, found := range reference.FindAllSubmatch(content, -1) {
		if name := string(found[1]); !reached[name] {
			reached[name] = true
			api.reach(api.components[string(found[2])][string(found[3])], reached)
		}
	}
}
