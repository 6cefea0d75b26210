package cevvo_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cevvo/cevvo-go"
	"github.com/cevvo/cevvo-go/internal/driver"
)

// The wire cases that all SDKs have in common (FAULTS C3, R36).
func TestC3WireCases(t *testing.T) {
	address := faultServer(t)
	for _, step := range cases(t, address) {
		t.Run(step.Name, func(t *testing.T) {
			t.Parallel()
			client, err := cevvo.NewClient(cevvo.WithAPIKey("cevvo_sk_test"), cevvo.WithBaseURL(address+"/"+step.Name+"/go/api/v1"))
			if err != nil {
				t.Fatal(err)
			}
			outcome := driver.Run(t.Context(), client, step)
			for _, failure := range verdict(t, address+"/verdict/"+step.Name+"/go", outcome) {
				t.Error(failure)
			}
			for _, name := range outcome.Lost {
				if !strings.Contains(name, "newer") {
					t.Errorf("the Go types do not hold %s", name)
				}
			}
		})
	}
}

// faultServer starts the server that misbehaves; it ends with its standard input.
func faultServer(t *testing.T) string {
	repository, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	server := filepath.Join(repository, "sdks", "conformance", "server.py")
	if _, err := os.Stat(server); err != nil {
		t.Skip("The wire cases are in the repository of Cevvo.")
	}
	command := exec.Command(filepath.Join(repository, ".venv", "bin", "python"), server)
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := command.Wait(); err != nil {
			t.Error(err)
		}
	})
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(address)
}

func cases(t *testing.T, address string) []driver.Step {
	response, err := http.Get(address + "/cases")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var steps []driver.Step
	if err := json.NewDecoder(response.Body).Decode(&steps); err != nil {
		t.Fatal(err)
	}
	if len(steps) < 60 {
		t.Fatalf("only %d cases came", len(steps))
	}
	return steps
}

func verdict(t *testing.T, address string, outcome driver.Outcome) []string {
	body, err := json.Marshal(outcome)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(address, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var content struct{ Failures []string }
	if err := json.NewDecoder(response.Body).Decode(&content); err != nil {
		t.Fatal(err)
	}
	return content.Failures
}
