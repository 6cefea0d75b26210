package driver

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// lost names what is in the JSON and not in the Go value that was read from it. Null is held by any
// zero value.
func lost(where string, raw json.RawMessage, value any) []string {
	typed, err := json.Marshal(value)
	if err != nil {
		return []string{err.Error()}
	}
	var sent, held any
	if json.Unmarshal(raw, &sent) != nil || json.Unmarshal(typed, &held) != nil {
		return []string{where + " is not JSON"}
	}
	return missing(where, sent, held)
}

func missing(where string, sent, held any) []string {
	var names []string
	switch sent := sent.(type) {
	case nil:
	case map[string]any:
		fields, _ := held.(map[string]any)
		for name, value := range sent {
			if _, ok := fields[name]; !ok && value != nil {
				names = append(names, where+name)
				continue
			}
			names = append(names, missing(where+name+".", value, fields[name])...)
		}
	case []any:
		items, _ := held.([]any)
		if len(items) != len(sent) {
			return []string{where}
		}
		for i := range sent {
			names = append(names, missing(fmt.Sprintf("%s%d.", where, i), sent[i], items[i])...)
		}
	default:
		if !reflect.DeepEqual(sent, held) {
			names = append(names, fmt.Sprintf("%s: %v became %v", where, sent, held))
		}
	}
	return names
}
