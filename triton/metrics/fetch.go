package metrics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"tritop/triton"
)

// BodyLimit is the largest metrics text that is read: 200,000 series.
const BodyLimit = 32 << 20

// NewHTTPClient makes a client that keeps no connection open: an idle HTTP
// connection delays a Triton's shutdown by up to 30 s and makes it exit with
// code 1. It follows no redirect: headers of the configuration may hold a
// secret. The caller's context is the deadline of the whole answer.
func NewHTTPClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{DisableKeepAlives: true, Proxy: nil, ResponseHeaderTimeout: 10 * time.Second, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// Fetch reads the metrics text into buf and gives it back, grown if need be.
// An error is a *triton.Fault: what was being done, where, why.
func Fetch(ctx context.Context, client *http.Client, address string, headers map[string]string, buf []byte) ([]byte, error) {
	shown := "the given address" // one that cannot be parsed may hold a password anywhere
	fault := func(kind triton.Kind, detail string, err error) error {
		return &triton.Fault{Op: "read metrics", Address: shown, Kind: kind, Detail: detail, Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return buf, fault(triton.Invalid, "not a usable address: "+err.Error(), err)
	}
	shown = req.URL.Redacted()
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	resp, err := client.Do(req)
	if err != nil {
		kind, detail := triton.NetworkKind(err)
		return buf, fault(kind, detail, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return buf, fault(triton.NotTriton, "answered "+resp.Status, nil)
	}
	buf, err = readAll(resp.Body, buf[:0])
	switch {
	case errors.Is(err, errTooLarge):
		return nil, fault(triton.TooLarge, err.Error(), err) // the buffer is let go
	case err != nil:
		kind, detail := triton.NetworkKind(err)
		return buf, fault(kind, "in the middle of the text: "+detail, err)
	case !bytes.Contains(buf, []byte("# TYPE ")) && !bytes.HasPrefix(buf, []byte("nv_")) && !bytes.HasPrefix(buf, []byte("DCGM_")):
		return buf, fault(triton.NotTriton, "the answer holds no metrics", nil)
	}
	return buf, nil
}

var errTooLarge = fmt.Errorf("the text is larger than %d MiB", BodyLimit>>20)

func readAll(r io.Reader, buf []byte) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) > BodyLimit:
			return buf, errTooLarge
		case errors.Is(err, io.EOF):
			return buf, nil
		case err != nil:
			return buf, err //nolint:wrapcheck // Fetch says what was read
		}
	}
}
