package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tritop/model"
)

// wordsLimit is how much of an answer is read for its words, answerLimit of one
// that is needed, in bytes.
const wordsLimit, answerLimit = 4 << 10, 8 << 20

func newClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 1, IdleConnTimeout: 2 * time.Minute, TLSHandshakeTimeout: timeout,
			DialContext: (&net.Dialer{Timeout: timeout}).DialContext},
		// A receiver elsewhere is not the one that the headers are for.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// join puts a path behind the address of an Alertmanager.
func join(address, path string) string { return strings.TrimRight(address, "/") + path }

// post sends a document.
func (c *Courier) post(ctx context.Context, t *target, address string, document any) error {
	text, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("write the message: %w", err)
	}
	answer, err := c.call(ctx, t, http.MethodPost, address, text)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, wordsLimit)) // so that the connection can be used again
	return nil
}

// call makes a request; an answer that says no is an error with its words. No error
// names more of the address than its host.
func (c *Courier) call(ctx context.Context, t *target, method, address string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%s: the address cannot be used", host(address))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "tritop")
	for k, v := range t.Headers {
		req.Header.Set(k, v)
	}
	answer, err := c.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", host(address), plainly(err))
	}
	if answer.StatusCode/100 == 2 {
		return answer, nil
	}
	defer func() { _ = answer.Body.Close() }()
	words, _ := io.ReadAll(io.LimitReader(answer.Body, wordsLimit)) // for the words only
	said := model.FirstLine(strings.TrimSpace(model.CleanText(string(words))))
	const most = 160
	if runes := []rune(said); len(runes) > most {
		said = string(runes[:most]) + "…"
	}
	return nil, fmt.Errorf("%s answers %d %s%s", host(address), answer.StatusCode, http.StatusText(answer.StatusCode), behind(said))
}

func behind(words string) string {
	if words == "" {
		return ""
	}
	return ": " + words
}

// plainly is an error of a call in words, without the address.
func plainly(err error) string {
	var in *url.Error
	if errors.As(err, &in) {
		err = in.Err
	}
	var wait net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &wait) && wait.Timeout() {
		return "no answer in time"
	}
	if errors.Is(err, context.Canceled) {
		return "tritop ended"
	}
	return err.Error()
}

// silences asks an Alertmanager which of our alerts are silenced: by whom, and why.
func (c *Courier) silences(ctx context.Context, t *target) (map[string]string, error) {
	var all []struct {
		Labels map[string]string `json:"labels"`
		Status struct {
			SilencedBy []string `json:"silencedBy"`
		} `json:"status"`
	}
	if err := c.get(ctx, t, "/api/v2/alerts?active=true&silenced=true&inhibited=true&filter="+url.QueryEscape(`alertname=~"Trit(on|op).*"`), &all); err != nil {
		return nil, err
	}
	out := make(map[string]string)
	words := make(map[string]string) // by the silence's id
	for _, a := range all {
		if len(a.Status.SilencedBy) == 0 {
			continue
		}
		id := a.Status.SilencedBy[0]
		if _, known := words[id]; !known {
			var s struct {
				CreatedBy string    `json:"createdBy"`
				Comment   string    `json:"comment"`
				EndsAt    time.Time `json:"endsAt"`
			}
			if err := c.get(ctx, t, "/api/v2/silence/"+url.PathEscape(id), &s); err != nil {
				return nil, err
			}
			words[id] = fmt.Sprintf("%s until %s: %s", model.CleanName(s.CreatedBy), s.EndsAt.UTC().Format("2006-01-02 15:04Z"), model.FirstLine(model.CleanText(s.Comment)))
		}
		out[model.AlertKey(sortedLabels(a.Labels))] = words[id]
	}
	return out, nil
}

func (c *Courier) get(ctx context.Context, t *target, path string, into any) error {
	answer, err := c.call(ctx, t, http.MethodGet, join(t.url, path), nil)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(io.LimitReader(answer.Body, answerLimit)).Decode(into); err != nil {
		return fmt.Errorf("%s: its answer cannot be read: %w", host(t.url), err)
	}
	return nil
}
