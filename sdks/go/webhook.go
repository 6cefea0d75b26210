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

// VerifyWebhook returns the event if the request was signed with the secret (whsec_…) at most five
// minutes ago, else ErrWebhook. The body must be the very bytes that came.
//
// The signature is that of Standard Webhooks: base64 of HMAC-SHA256 over "id.timestamp.body".
func VerifyWebhook(secret string, header http.Header, body []byte) (*WebhookEvent, error) {
	return verifyWebhook(secret, header, body, time.Now())
}

func verifyWebhook(secret string, header http.Header, body []byte, now time.Time) (*WebhookEvent, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) == 0 {
		return nil, webhookError("The secret is not one of a webhook: those are whsec_ and base64.")
	}
	id, sent := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(sent, 10, 64)
	if id == "" || err != nil {
		return nil, webhookError("The headers webhook-id and webhook-timestamp of a webhook are not there.")
	}
	if age := now.Sub(time.Unix(seconds, 0)); age.Abs() > webhookTolerance {
		return nil, webhookError("The webhook was not signed within the last five minutes: it may have been sent again by somebody else, or a clock is wrong.")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + sent + "."))
	mac.Write(body)
	if !signedWith(mac.Sum(nil), header.Get("Webhook-Signature")) {
		return nil, webhookError("The signature of the webhook is not made with this secret and body.")
	}
	event := &WebhookEvent{ID: id}
	if err := json.Unmarshal(body, event); err != nil {
		return nil, webhookError("The webhook is signed, but not JSON: " + err.Error() + ".")
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
