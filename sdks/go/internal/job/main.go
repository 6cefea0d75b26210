// Command job carries out a script against a server and prints what came of each step: the driver
// that the README of the SDKs describes. It fails if a result has something that no Go type holds.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/cevvo/cevvo-go"
	"github.com/cevvo/cevvo-go/internal/driver"
)

func main() {
	if err := run(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, script string) error {
	content, err := os.ReadFile(script)
	if err != nil {
		return err
	}
	var steps []driver.Step
	if err := json.Unmarshal(content, &steps); err != nil {
		return err
	}
	client, err := cevvo.NewClient()
	if err != nil {
		return err
	}
	known := map[string]string{}
	var transcript []driver.Outcome
	for _, step := range steps {
		for name, value := range known {
			step.Args = json.RawMessage(strings.ReplaceAll(string(step.Args), `"$`+name+`"`, `"`+value+`"`))
		}
		outcome := driver.Run(ctx, client, step)
		if len(outcome.Lost) > 0 {
			return fmt.Errorf("%s: the Go types lack %s", step.Call, strings.Join(outcome.Lost, ", "))
		}
		for name, place := range step.Keep {
			if known[name], err = found(outcome.Result, place); err != nil {
				return fmt.Errorf("%s: %w", step.Call, err)
			}
		}
		outcome.Call = step.Call
		transcript = append(transcript, outcome)
	}
	return json.NewEncoder(os.Stdout).Encode(transcript)
}

// found is the text at a place such as data.0.id.
func found(result json.RawMessage, place string) (string, error) {
	var value any
	if err := json.Unmarshal(result, &value); err != nil {
		return "", err
	}
	for part := range strings.SplitSeq(place, ".") {
		switch inner := value.(type) {
		case map[string]any:
			value = inner[part]
		case []any:
			index, err := strconv.Atoi(part)
			if err != nil || index >= len(inner) {
				return "", fmt.Errorf("there is no %s", place)
			}
			value = inner[index]
		}
	}
	text, ok := value.(string)
	if !ok {
		return "", fmt.Errorf("%s is no text", place)
	}
	return text, nil
}
