// Package prometheus asks a Prometheus server (or what speaks its HTTP API:
// Thanos, Mimir, VictoriaMetrics) instant queries.
//
// It promises that an answer is a value with its labels and its time, or an error
// for people: the server's own words where it has some. The caller's context is
// the deadline; an answer is bounded; no redirect is followed, since headers may
// hold a secret. Collectors of figures and of checks use it.
package prometheus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tritop/model"
	"tritop/triton"
	"tritop/triton/metrics"
)

// BodyLimit is the largest answer that is read: some 50,000 series.
const BodyLimit = 8 << 20

// Source is a server and how it is reached.
type Source struct {
	Name    string // for errors
	URL     string // what the API's path is put behind: "http://prom:9090", "https://mimir/prometheus"
	Headers map[string]string
}

// Sample is one value of an answer.
type Sample struct {
	Labels map[string]string // cleaned; empty of a scalar
	At     time.Time         // what the value is of, by the server's clock
	Value  float64           // may be NaN or infinite: that is Prometheus' own answer to 0/0
}

// Client asks one server. It may be used by several goroutines.
type Client struct {
	source Source
	query  string // the address of the call
	http   *http.Client
}

// New makes a client; nothing is asked yet. An error says what is wrong with the
// address.
func New(s Source) (*Client, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("source %s: want http://host:port or https://…", s.Name) // the address may hold a password
	}
	u = u.JoinPath("api", "v1", "query")
	return &Client{source: s, query: u.String(), http: metrics.NewHTTPClient()}, nil
}

// Close lets go of what is kept open.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Query asks for the value of an expression at a moment; the zero moment is the
// server's now. An error is a *triton.Fault: Invalid where the server refuses the
// expression, in its own words.
func (c *Client) Query(ctx context.Context, expr string, at time.Time) ([]Sample, error) {
	form := url.Values{"query": {expr}}
	if !at.IsZero() {
		form.Set("time", strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', 3, 64))
	}
	address := c.query + "?" + form.Encode()
	if strings.Contains(c.query, "?") { // a token in the address, say
		address = c.query + "&" + form.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, c.fault(triton.Invalid, "not a usable address", err)
	}
	for k, v := range c.source.Headers {
		req.Header.Set(k, v)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		kind, detail := triton.NetworkKind(err)
		return nil, c.fault(kind, detail, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, BodyLimit+1))
	switch {
	case err != nil:
		kind, detail := triton.NetworkKind(err)
		return nil, c.fault(kind, "in the middle of the answer: "+detail, err)
	case len(body) > BodyLimit:
		return nil, c.fault(triton.TooLarge, fmt.Sprintf("the answer is larger than %d MiB: sum() fewer series", BodyLimit>>20), nil)
	}
	return c.read(resp, body)
}

// One asks for the value of an expression that has exactly one. ok is false where
// it has none now: no such series, or no sample of it lately.
func (c *Client) One(ctx context.Context, expr string, at time.Time) (s Sample, ok bool, err error) {
	all, err := c.Query(ctx, expr, at)
	switch {
	case err != nil || len(all) == 0:
		return Sample{}, false, err
	case len(all) > 1:
		return Sample{}, false, c.fault(triton.Invalid, fmt.Sprintf("the query gives %d series, want one: sum() or max() them", len(all)), nil)
	}
	return all[0], true, nil
}

// answer is the API's.
type answer struct {
	Status    string `json:"status"`
	ErrorType string `json:"errorType"`
	Error     string `json:"error"`
	Data      struct {
		ResultType string          `json:"resultType"`
		Result     json.RawMessage `json:"result"`
	} `json:"data"`
}

// series is one element of a vector.
type series struct {
	Metric    map[string]string `json:"metric"`
	Value     *point            `json:"value"`
	Histogram json.RawMessage   `json:"histogram"`
}

// point is [1700000000.123, "1.5"].
type point struct {
	at    time.Time
	value float64
}

// UnmarshalJSON reads the pair.
func (p *point) UnmarshalJSON(b []byte) error {
	var seconds float64
	var text string
	pair := []any{&seconds, &text}
	if err := json.Unmarshal(b, &pair); err != nil || len(pair) != 2 {
		return errors.New("want a pair of a time and a value")
	}
	v, err := strconv.ParseFloat(text, 64) // knows NaN, +Inf and -Inf
	if err != nil || math.Abs(seconds) > 1e12 || math.IsNaN(seconds) {
		return errors.New("want a pair of a time and a value")
	}
	p.at, p.value = time.UnixMilli(int64(seconds*1000)).UTC(), v
	return nil
}

// read turns an answer into samples.
func (c *Client) read(resp *http.Response, body []byte) ([]Sample, error) {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil || a.Status == "" {
		return nil, c.stranger(resp)
	}
	if a.Status != "success" {
		kind := triton.Internal
		if a.ErrorType == "bad_data" {
			kind = triton.Invalid
		}
		words := model.CleanText(a.Error)
		if words == "" {
			words = "answered " + resp.Status + " without a reason"
		}
		return nil, c.fault(kind, words, nil)
	}
	switch a.Data.ResultType {
	case "scalar":
		var p point
		if err := json.Unmarshal(a.Data.Result, &p); err != nil {
			return nil, c.fault(triton.NotTriton, "a scalar that cannot be read: "+err.Error(), err)
		}
		return []Sample{{At: p.at, Value: p.value}}, nil
	case "vector":
		return c.vector(a.Data.Result)
	}
	return nil, c.fault(triton.Invalid, fmt.Sprintf("the query gives a %s, want one value: rate(…[5m]) instead of …[5m]", model.CleanName(a.Data.ResultType)), nil)
}

func (c *Client) vector(raw json.RawMessage) ([]Sample, error) {
	var list []series
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, c.fault(triton.NotTriton, "series that cannot be read: "+err.Error(), err)
	}
	out := make([]Sample, 0, len(list))
	for _, s := range list {
		if s.Value == nil {
			return nil, c.fault(triton.Invalid, "the query gives a histogram, want one value: histogram_quantile(…), histogram_count(…)", nil)
		}
		labels := make(map[string]string, len(s.Metric))
		for k, v := range s.Metric {
			labels[model.CleanName(k)] = model.CleanName(v)
		}
		out = append(out, Sample{Labels: labels, At: s.Value.at, Value: s.Value.value})
	}
	return out, nil
}

// stranger says what answered that is no Prometheus.
func (c *Client) stranger(resp *http.Response) error {
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return c.fault(triton.Restricted, "answered "+resp.Status+": a header is missing or wrong", nil)
	case code >= 300 && code < 400:
		return c.fault(triton.NotTriton, "answered "+resp.Status+": redirects are not followed, name the address itself", nil)
	case code == http.StatusOK || code == http.StatusNotFound:
		return c.fault(triton.NotTriton, "no Prometheus answers there ("+resp.Status+"): want the address before /api/v1", nil)
	}
	return c.fault(triton.Internal, "answered "+resp.Status, nil)
}

func (c *Client) fault(kind triton.Kind, detail string, err error) error {
	return &triton.Fault{Op: "query Prometheus", Address: c.source.Name, Kind: kind, Detail: detail, Err: err}
}
