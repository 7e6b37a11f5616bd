//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// managed is an alert as Alertmanager's API gives it.
type managed struct {
	Labels, Annotations map[string]string
	StartsAt, EndsAt    time.Time
	Status              struct {
		State      string
		SilencedBy []string
	}
}

// alertmanager starts a real one, which tells a webhook, and gives its address.
func alertmanager(t *testing.T, hook string) string {
	t.Helper()
	binary := installed(t, "monitoring/prometheus-alertmanager")
	dir, address := t.TempDir(), at(freePort(t))
	writeFile(t, filepath.Join(dir, "alertmanager.yml"), `route: {receiver: test, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}
receivers:
- {name: test, webhook_configs: [{url: "`+hook+`", send_resolved: true}]}
`)
	cmd := exec.Command(binary, "--config.file="+filepath.Join(dir, "alertmanager.yml"), "--storage.path="+dir, "--web.listen-address="+address, "--cluster.listen-address=")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	p := spawn(t, cmd)
	t.Cleanup(func() {
		if t.Failed() {
			p.bury()
			t.Logf("Alertmanager said:\n%s", said.String())
		}
	})
	eventually(t, 20*time.Second, "Alertmanager is ready", func() bool {
		answer, err := http.Get("http://" + address + "/-/ready")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return "http://" + address
}

// alertsAt asks an Alertmanager what it knows of the server "a".
func alertsAt(t *testing.T, address string) (out []managed) {
	t.Helper()
	answer, err := http.Get(address + `/api/v2/alerts?filter=server%3D"a"`)
	must(t, err)
	defer func() { _ = answer.Body.Close() }()
	must(t, json.NewDecoder(answer.Body).Decode(&out))
	return out
}

// documents are the newest lines of `tritop watch -o jsonl`.
type documents struct {
	mu   sync.Mutex
	rest []byte
	last []byte
}

func (d *documents) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rest = append(d.rest, b...)
	for {
		at := bytes.IndexByte(d.rest, '\n')
		if at < 0 {
			return len(b), nil
		}
		d.last, d.rest = bytes.Clone(d.rest[:at]), d.rest[at+1:]
	}
}

// shown is the first alert that tritop shows.
func (d *documents) shown() (a struct {
	Name, State, Silence string
	Delivery             []struct{ To, Last, Error string }
}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var doc struct{ Alerts []json.RawMessage }
	if json.Unmarshal(d.last, &doc) == nil && len(doc.Alerts) > 0 {
		_ = json.Unmarshal(doc.Alerts[0], &a)
	}
	return a
}

// alertCase is a fleet of one simulated server, tritop, and an Alertmanager.
type alertCase struct {
	t      *testing.T
	am     string // its address
	server *process
	args   []string // of tritop

	mu   sync.Mutex
	told []string // what the Alertmanager's webhook was told
}

func newAlertCase(t *testing.T) *alertCase {
	t.Helper()
	c := &alertCase{t: t}
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.told = append(c.told, string(text))
	}))
	t.Cleanup(hook.Close)
	port := freePort(t)
	c.am, c.server = alertmanager(t, hook.URL), spawn(t, exec.Command(program, "sim", "--servers", "1", "--listen", at(port)))
	config := filepath.Join(t.TempDir(), "tritop.yaml")
	writeFile(t, config, fmt.Sprintf(`version: 1
fleet: e2e
servers: [{name: a, host: 127.0.0.1, grpc: %d, http: %d, metrics: %d}]
notify: [{name: am, kind: alertmanager, url: "%s"}]
`, port, port-1, port+1, c.am))
	c.args = []string{"watch", "-o", "jsonl", "--every", "200ms", "--config", config, "--state-dir", t.TempDir()}
	return c
}

func (c *alertCase) tritop() (*process, *documents) {
	out := &documents{}
	cmd := exec.Command(program, c.args...)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	return spawn(c.t, cmd), out
}

// heard says whether the webhook was told so last.
func (c *alertCase) heard(what string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.told) > 0 && strings.Contains(c.told[len(c.told)-1], `"status":"`+what+`"`)
}

// silence has the Alertmanager silence the server.
func (c *alertCase) silence() {
	text := fmt.Sprintf(`{"matchers":[{"name":"server","value":"a","isRegex":false,"isEqual":true}],"startsAt":"%s","endsAt":"%s","createdBy":"op2","comment":"new rack"}`,
		time.Now().UTC().Format(time.RFC3339), time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	answer, err := http.Post(c.am+"/api/v2/silences", "application/json", strings.NewReader(text))
	must(c.t, err)
	_ = answer.Body.Close()
}

// A server hangs: a real Alertmanager learns of it and tells its webhook; its
// silence is shown by tritop; tritop is killed and goes on where it was; when the
// server is back, Alertmanager learns that, too.
func TestAlertsReachARealAlertmanager(t *testing.T) {
	t.Parallel()
	c := newAlertCase(t)
	p, out := c.tritop()
	time.Sleep(3 * time.Second) // it is well
	c.server.signal(t, syscall.SIGSTOP)
	took := eventually(t, 60*time.Second, "Alertmanager knows of the alert", func() bool { return len(alertsAt(t, c.am)) == 1 })
	t.Logf("Alertmanager knew %s after the server hung", took.Round(100*time.Millisecond))
	is := alertsAt(t, c.am)[0]
	if is.Labels["alertname"] != "TritonServerDown" || is.Labels["severity"] != "critical" || is.Labels["fleet"] != "e2e" || !strings.HasPrefix(is.Annotations["summary"], "a: hung") || is.Status.State != "active" {
		t.Errorf("%+v", is)
	}
	if ahead := time.Until(is.EndsAt); ahead < 2*time.Minute || ahead > 4*time.Minute+time.Second {
		t.Errorf("it ends by itself in %s", ahead)
	}
	eventually(t, 20*time.Second, "the webhook of Alertmanager is told", func() bool { return c.heard("firing") })
	eventually(t, 5*time.Second, "tritop shows that it was taken", func() bool { d := out.shown().Delivery; return len(d) == 1 && d[0].To == "am" && d[0].Last != "" })

	c.silence()
	took = eventually(t, 40*time.Second, "tritop shows the silence", func() bool {
		s := out.shown().Silence
		return strings.HasPrefix(s, "op2 until ") && strings.HasSuffix(s, ": new rack")
	})
	t.Logf("the silence was shown after %s", took.Round(100*time.Millisecond))

	p.signal(t, syscall.SIGKILL)
	p.wait(t, 5*time.Second)
	p, out = c.tritop()
	eventually(t, 20*time.Second, "the alert is there after a kill", func() bool { return out.shown().State == "firing" })
	if again := alertsAt(t, c.am); len(again) != 1 || !again[0].StartsAt.Equal(is.StartsAt) {
		t.Errorf("after a kill it is another alert: %+v, was %+v", again, is)
	}
	c.server.signal(t, syscall.SIGCONT)
	took = eventually(t, 2*time.Minute, "Alertmanager knows that it is resolved", func() bool { return len(alertsAt(t, c.am)) == 0 })
	t.Logf("Alertmanager knew %s after the server was back", took.Round(100*time.Millisecond))
	eventually(t, 2*time.Second, "tritop shows it as resolved", func() bool { return out.shown().State == "resolved" }) // its next document
	p.signal(t, syscall.SIGTERM)
	p.wait(t, 10*time.Second)
}
