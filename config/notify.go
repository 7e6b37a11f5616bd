package config

import (
	"fmt"
	"net/url"
	"slices"

	"go.yaml.in/yaml/v3"

	"tritop/model"
)

// The kinds of receivers of alerts. A bell is the screen's own.
const (
	NotifyAlertmanager = "alertmanager"
	NotifyWebhook      = "webhook"
	NotifyCommand      = "command"
	NotifyBell         = "bell"
)

// Notify is who is told of alerts.
type Notify struct {
	Name       string // the kind where the file names none
	Kind       string
	URLs       []string
	Command    []string
	Severities []model.Severity // none: all
	Headers    map[string]Secret
	OSC        int // of a bell: 9 or 777, a notification of the desktop; 0: the bell alone
}

type rawNotify struct {
	Name       string            `yaml:"name"`
	Kind       string            `yaml:"kind"`
	URL        string            `yaml:"url"`
	URLs       []string          `yaml:"urls"`
	Command    []string          `yaml:"command"`
	Severities []string          `yaml:"severities"`
	Headers    map[string]Secret `yaml:"headers"`
	OSC        int               `yaml:"osc"`
}

func runbooksOf(raw []rawModel) map[string]string {
	out := make(map[string]string)
	for _, m := range raw {
		if m.Runbook != "" {
			out[m.Name] = model.CleanText(m.Runbook)
		}
	}
	return out
}

func notify() *field {
	return listOf(obj(map[string]*field{"name": plain(name), "kind": must(word(NotifyAlertmanager, NotifyWebhook, NotifyCommand, NotifyBell)), "url": plain(name), "urls": listOf(plain(name)),
		"command": listOf(plain(text)), "severities": listOf(word("critical", "warning", "info")), "headers": dictOf(secret()), "osc": within(whole, 9, 777)}))
}

func notifyOf(raw []rawNotify) (out []Notify) {
	for _, r := range raw {
		n := Notify{Name: receiverName(r.Name, r.Kind), Kind: r.Kind, URLs: r.URLs, Command: r.Command, Headers: r.Headers, OSC: r.OSC}
		if r.URL != "" {
			n.URLs = append(n.URLs, r.URL)
		}
		for _, s := range r.Severities {
			if severity, known := model.ParseSeverity(s); known {
				n.Severities = append(n.Severities, severity)
			}
		}
		out = append(out, n)
	}
	return out
}

func receiverName(name, kind string) string {
	if name == "" {
		name = kind
	}
	return model.CleanName(name)
}

// notifyKeys are the keys that a kind has beside name, kind and severities.
var notifyKeys = map[string][]string{
	NotifyAlertmanager: {"url", "urls", "headers"},
	NotifyWebhook:      {"url", "urls", "headers"},
	NotifyCommand:      {"command"},
	NotifyBell:         {"osc"},
}

func (w *walker) checkNotify(list *yaml.Node) {
	seen := make(map[string]int)
	for i, n := range items(list) {
		at := fmt.Sprintf("notify[%d]", i)
		kind := valueOr(get(n, "kind"), "")
		keys, known := notifyKeys[kind]
		if !known {
			continue // the schema has spoken
		}
		for _, key := range []string{"url", "urls", "headers", "command", "osc"} {
			if v := get(n, key); v != nil && !slices.Contains(keys, key) {
				w.wrong(v, "%s.%s: a receiver of kind %s has none: leave it out", at, key, kind)
			}
		}
		given := valueOr(get(n, "name"), "")
		name := receiverName(given, kind)
		if line, twice := seen[name]; twice && given == "" {
			w.wrong(n, "%s: a second receiver %q, first in line %d: give it a name", at, name, line)
		}
		seen[name] = n.Line
		w.checkReceiver(n, kind, at)
	}
}

// checkReceiver looks whether a receiver can be reached by what is said of it.
func (w *walker) checkReceiver(n *yaml.Node, kind, at string) {
	switch kind {
	case NotifyCommand:
		if len(items(get(n, "command"))) == 0 {
			w.wrong(n, "%s: want the command: [program, argument, …]", at)
		}
	case NotifyBell:
		if osc := get(n, "osc"); osc != nil && osc.Value != "9" && osc.Value != "777" {
			w.wrong(osc, "%s.osc: want 9 or 777, found %q", at, osc.Value)
		}
	default:
		w.checkAddresses(n, at)
		w.checkHeaders(get(n, "headers"), at)
	}
}

func (w *walker) checkAddresses(n *yaml.Node, at string) {
	addresses := slices.Clone(items(get(n, "urls")))
	if u := get(n, "url"); u != nil {
		addresses = append(addresses, u)
	}
	if len(addresses) == 0 {
		w.wrong(n, "%s: want its url, or several urls", at)
	}
	for _, a := range addresses {
		if a.Kind != yaml.ScalarNode || a.Value == "" {
			continue // the schema has spoken
		}
		u, err := url.Parse(a.Value)
		switch {
		case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
			w.wrong(a, "%s: want the url as http://host:port/path or https://…", at)
		case u.User != nil:
			w.wrong(a, "%s: the url holds a user or a password, and secrets are never in the file itself: use headers: {Authorization: {env: NAME}}", at)
		}
	}
}
