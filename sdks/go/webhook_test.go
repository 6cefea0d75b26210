package cevvo

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The webhooks that all SDKs have in common.
func TestWebhooks(t *testing.T) {
	content, err := os.ReadFile("../conformance/webhooks.json")
	if os.IsNotExist(err) {
		t.Skip("The webhooks are in the repository of Cevvo.")
	}
	var cases []struct {
		Name, Payload, Secret, Error string
		Headers                      map[string]string
		Now                          int64
		Result                       json.RawMessage
	}
	if err := json.Unmarshal(content, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			header := http.Header{}
			for name, value := range c.Headers {
				header.Set(name, value)
			}
			event, err := verifyWebhook(c.Secret, header, []byte(c.Payload), time.Unix(c.Now, 0))
			if c.Error != "" {
				if !errors.Is(err, ErrWebhook) || !strings.Contains(err.Error(), c.Error) {
					t.Fatalf("%v does not say %q", err, c.Error)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if event.ID != c.Headers["webhook-id"] && event.ID != c.Headers["Webhook-Id"] {
				t.Errorf("the id is %q", event.ID)
			}
			var found, right any
			if json.Unmarshal(event.RawJSON(), &found) != nil || json.Unmarshal(c.Result, &right) != nil || !reflect.DeepEqual(found, right) {
				t.Errorf("%s is not %s", event.RawJSON(), c.Result)
			}
		})
	}
}

func TestAWebhookOfLongAgoIsRefusedByTheClock(t *testing.T) {
	header := http.Header{
		"Webhook-Id": {"msg_p5jXN8AQM9LWM0D4loKWxJek"}, "Webhook-Timestamp": {"1614265330"},
		"Webhook-Signature": {"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
	}
	_, err := VerifyWebhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", header, []byte(`{"test": 2432232314}`))
	if !errors.Is(err, ErrWebhook) || !strings.Contains(err.Error(), "five minutes") {
		t.Error(err)
	}
}

func TestASignedWebhookThatIsNoEvent(t *testing.T) {
	// Signed with the secret of the example in the standard.
	header := http.Header{
		"Webhook-Id": {"msg_1"}, "Webhook-Timestamp": {"1614265330"},
		"Webhook-Signature": {"v1,Bb++Ukk3hwajiXrrVEXuDKAd3A/8JFMkz1UESYEajLM="},
	}
	_, err := verifyWebhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", header, []byte("hello"), time.Unix(1614265330, 0))
	if !errors.Is(err, ErrWebhook) || !strings.Contains(err.Error(), "no event") {
		t.Error(err)
	}
}
