package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tritop/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ear is a receiver that keeps what it hears.
type ear struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	path   string
	header http.Header
}

func listen(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *ear {
	t.Helper()
	e := &ear{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		e.bodies, e.path, e.header = append(e.bodies, string(body)), r.URL.String(), r.Header
		e.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(e.Close)
	return e
}

// told is a job of one firing alert.
func told(c *Courier) Job {
	at := start
	x := alert("TritonServerDown", "triton-a", model.Critical)
	x.State, x.Fired, x.Runbook, x.Said = model.AlertFiring, at, "https://wiki.example/down", model.Said{By: "op1 at pts/3", At: at, Reason: "on it"}
	return Job{target: c.targets[0], group: x.Name(), messages: []Message{{Alert: x, key: x.Key(), of: &Episode{Alert: x}, stage: ToldFiring}}}
}

func courier(t *testing.T, kind Kind, urls ...string) *Courier {
	t.Helper()
	c := New([]Receiver{{Name: "ops", Kind: kind, URLs: urls, Headers: map[string]string{"Authorization": "Bearer s3cret"}}}, DefaultTiming())
	t.Cleanup(c.client.CloseIdleConnections)
	return c
}

func TestPostToAnAlertmanager(t *testing.T) {
	t.Parallel()
	e := listen(t, nil)
	c := courier(t, Alertmanager, e.URL+"/prefix/")
	j := told(c)
	over := j.messages[0]
	over.Alert.Resolved, over.stage = start.Add(time.Minute), ToldOver
	j.messages = append(j.messages, over)
	if err := c.send(t.Context(), j, start.Add(10*time.Second)); err != nil {
		t.Fatal(err)
	}
	one := func(ends string) string {
		return `{"labels":{"alertname":"TritonServerDown","fleet":"prod","server":"triton-a","severity":"critical"},"annotations":{"acknowledged":"op1 at pts/3: on it","page":"true","runbook_url":"https://wiki.example/down","summary":"TritonServerDown of triton-a"},"startsAt":"2026-11-24T12:00:00Z","endsAt":"` + ends + `"}`
	}
	if want := "[" + one("2026-11-24T12:04:10Z") + "," + one("2026-11-24T12:01:00Z") + "]"; e.bodies[0] != want || e.path != "/prefix/api/v2/alerts" {
		t.Errorf("%s\n%s\nwant\n%s", e.path, e.bodies[0], want)
	}
	if e.header.Get("Authorization") != "Bearer s3cret" || e.header.Get("Content-Type") != "application/json" {
		t.Errorf("%v", e.header)
	}
}

const hookText = `{"version":"4","groupKey":"{}:{alertname=\"TritonServerDown\"}","truncatedAlerts":0,"status":"firing","receiver":"ops","groupLabels":{"alertname":"TritonServerDown"},` +
	`"commonLabels":{"alertname":"TritonServerDown","fleet":"prod","severity":"critical"},"commonAnnotations":{"acknowledged":"op1 at pts/3: on it","page":"true","runbook_url":"https://wiki.example/down","summary":"TritonServerDown of triton-a"},` +
	`"externalURL":"","alerts":[{"status":"firing","labels":{"alertname":"TritonServerDown","fleet":"prod","server":"triton-a","severity":"critical"},"annotations":{"acknowledged":"op1 at pts/3: on it","page":"true","runbook_url":"https://wiki.example/down","summary":"TritonServerDown of triton-a"},` +
	`"startsAt":"2026-11-24T12:00:00Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"","fingerprint":"%s"},{"status":"resolved","labels":{"alertname":"TritonServerDown","fleet":"prod","server":"triton-b","severity":"critical"},` +
	`"annotations":{"acknowledged":"op1 at pts/3: on it","page":"true","runbook_url":"https://wiki.example/down","summary":"TritonServerDown of triton-a"},"startsAt":"2026-11-24T12:00:00Z","endsAt":"2026-11-24T12:01:00Z","generatorURL":"","fingerprint":"%s"}]}`

func TestWebhook(t *testing.T) {
	t.Parallel()
	e := listen(t, nil)
	c := courier(t, Webhook, e.URL+"/hook?x=1")
	j := told(c)
	over := j.messages[0]
	over.Alert.Labels = alert("TritonServerDown", "triton-b", model.Critical).Labels
	over.Alert.Resolved, over.stage = start.Add(time.Minute), ToldOver
	j.messages = append(j.messages, over)
	if err := c.send(t.Context(), j, start); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(hookText, fingerprint(j.messages[0].Alert.Labels), fingerprint(over.Alert.Labels))
	if e.bodies[0] != want || e.path != "/hook?x=1" {
		t.Errorf("%s\n%s\nwant\n%s", e.path, e.bodies[0], want)
	}
	// Prometheus' own value for {alertname="a"}.
	if f := fingerprint([]model.Label{{Name: "alertname", Value: "a"}}); len(f) != 16 {
		t.Errorf("fingerprint %s", f)
	}
}

// Whatever a receiver does, the error is in words, and names no secret.
func TestReceiversThatDoNotTakeIt(t *testing.T) {
	t.Parallel()
	moved := listen(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
	})
	broken := listen(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, "no \x1b[2Jspace\nsecond line")
	})
	slow := listen(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	for name, c := range map[string]struct{ url, want string }{
		"500":         {broken.URL, " answers 500 Internal Server Error: no �[2Jspace"},
		"redirect":    {moved.URL, " answers 302 Found"},
		"nobody":      {"http://user:pw@127.0.0.1:1/secret", "127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused"},
		"no address":  {"http://user:pw@[::1/secret", "its address: the address cannot be used"},
		"slow":        {slow.URL, ": no answer in time"},
		"not at home": {"http://user:pw@no-such-host.invalid/secret", "no-such-host.invalid: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := courier(t, Alertmanager, c.url)
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			err := k.send(ctx, told(k), start)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "pw") || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestSilencesOfAnAlertmanager(t *testing.T) {
	t.Parallel()
	e := listen(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v2/silence/id1" {
			_, _ = io.WriteString(w, `{"id":"id1","createdBy":"op2","comment":"new rack\nlong","endsAt":"2026-11-24T18:00:00.000Z"}`)
			return
		}
		_, _ = io.WriteString(w, `[{"labels":{"severity":"critical","alertname":"TritonServerDown","server":"triton-a","fleet":"prod"},"status":{"silencedBy":["id1"],"state":"suppressed"}},
			{"labels":{"alertname":"TritonServerDown","server":"triton-b"},"status":{"silencedBy":[]}}]`)
	})
	c := courier(t, Alertmanager, e.URL)
	x := alert("TritonServerDown", "triton-a", model.Critical)
	by, err := c.silences(t.Context(), c.targets[0])
	if err != nil || len(by) != 1 || by[x.Key()] != "op2 until 2026-11-24 18:00Z: new rack" {
		t.Errorf("%v, %v", by, err)
	}
}

// script writes a program for a command.
func script(t *testing.T, text string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tell")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+text), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	return []string{"/bin/sh", file, "an argument"}
}

func TestCommand(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	c := New([]Receiver{{Name: "ops", Kind: Command, Command: script(t, `cat > `+out+`; echo "$1" >> `+out)}}, DefaultTiming())
	if err := c.send(t.Context(), told(c), start); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	var h hook
	if dec := json.NewDecoder(strings.NewReader(string(text))); err != nil || dec.Decode(&h) != nil || h.Version != "4" || h.Alerts[0].Labels["server"] != "triton-a" || !strings.HasSuffix(string(text), "an argument\n") {
		t.Errorf("%v: %s", err, text)
	}
	for name, k := range map[string]struct {
		argv []string
		want string
	}{
		"fails":     {script(t, "echo 'cannot reach \033[2J' >&2; exit 3"), "/bin/sh ended with exit status 3: cannot reach �[2J"},
		"not there": {[]string{"/no/such/program"}, "/no/such/program cannot be run: no such file or directory"},
		"no input":  {script(t, "exec <&-; exit 0"), ""},
	} {
		c := New([]Receiver{{Name: "ops", Kind: Command, Command: k.argv}}, DefaultTiming())
		if err := c.send(t.Context(), told(c), start); k.want != "" && (err == nil || err.Error() != k.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A command that hangs is killed with what it started.
func TestACommandThatHangs(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pid")
	c := New([]Receiver{{Name: "ops", Kind: Command, Command: script(t, "sleep 600 & echo $! > "+file+"; wait")}}, DefaultTiming())
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := c.send(ctx, told(c), start); err == nil || err.Error() != "/bin/sh did not end in time and was killed" {
		t.Error(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(state), ") Z ") || syscall.Kill(pid, 0) != nil {
			return // it is gone, or waits for somebody to look
		}
		if time.Now().After(end) {
			t.Fatal("what the command started still runs")
		}
	}
}

// The whole courier: an alert that fires is told, one receiver that hangs holds up
// no other, and everything ends with the context.
func TestCourier(t *testing.T) {
	t.Parallel()
	quick, hung := listen(t, nil), listen(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c := New([]Receiver{{Name: "hung", Kind: Alertmanager, URLs: []string{hung.URL}}, {Name: "quick", Kind: Alertmanager, URLs: []string{quick.URL}}}, DefaultTiming())
	defer c.client.CloseIdleConnections()
	x := alert("TritonServerDown", "triton-a", model.Critical)
	x.State, x.Fired = model.AlertFiring, start
	c.Take([]model.Alert{x}, start)
	_, kept := c.Unkept()
	kept()
	ctx, cancel := context.WithCancel(t.Context())
	c.Step(ctx, start, false)
	for {
		f := c.Took(<-c.Results(), start)
		if told, ok := f.(model.AlertsTold); ok {
			if told.To != "quick" || told.Err != "" || len(told.Alerts) != 1 || told.Alerts[0] != x.Key() {
				t.Errorf("%+v", told)
			}
			break
		}
	}
	cancel()
	c.Wait()
}
