package cevvo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const webhookTolerance = 5 * time.Minute

// WebhookEvent is something that the server tells of by itself.
type WebhookEvent struct {
	Raw
	// ID is the same each time that the event is sent: a second one can be left out.
	ID        string          `json:"-"`
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
}

// VerifyWebhook returns the event if the request was signed with the secret (whsec_…) within the last
// five minutes, else ErrWebhook: answer that with status 400. The body must be the very bytes that
// came.
//
// The signature is that of Standard Webhooks 1.0: base64 of HMAC-SHA256 over "id.timestamp.body".
func VerifyWebhook(secret string, header http.Header, body []byte) (*WebhookEvent, error) {
	return verifyWebhook(secret, header, body, time.Now())
}

func verifyWebhook(secret string, header http.Header, body []byte, now time.Time) (*WebhookEvent, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) == 0 {
		return nil, webhookError("The secret is none: it looks like whsec_…")
	}
	for _, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
		if header.Get(name) == "" {
			return nil, webhookError("The header " + name + " is missing.")
		}
	}
	id, sent := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + sent + "."))
	mac.Write(body)
	if !signedWith(mac.Sum(nil), header.Get("Webhook-Signature")) {
		return nil, webhookError("No signature of the webhook is right: check the secret, and pass the body as it came.")
	}
	seconds, err := strconv.ParseInt(sent, 10, 64)
	if err != nil {
		return nil, webhookError("The header webhook-timestamp is no time.")
	}
	if now.Sub(time.Unix(seconds, 0)).Abs() > webhookTolerance {
		return nil, webhookError("The webhook is more than five minutes old or early: it may be a repetition. Check that both clocks are right.")
	}
	event := &WebhookEvent{ID: id}
	if err := json.Unmarshal(body, event); err != nil {
		return nil, webhookError("The webhook is signed, but it is no event: " + err.Error() + ".")
	}
	event.keep(answer{body: body, header: header})
	return event, nil
}

// signedWith tells whether one of the signatures, "v1,base64" with spaces between, is the right one.
func signedWith(right []byte, signatures string) bool {
	for _, signature := range strings.Fields(signatures) {
		version, value, _ := strings.Cut(signature, ",")
		given, err := base64.StdEncoding.DecodeString(value)
		if version == "v1" && err == nil && hmac.Equal(given, right) {
			return true
		}
	}
	return false
}

func webhookError(message string) *Error {
	return &Error{kind: ErrWebhook, Message: message}
}
