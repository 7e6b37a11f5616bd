package notify

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"time"

	"tritop/model"
)

// post is an alert as Alertmanager's API takes it.
type post struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt"`
}

// posted is the body of a post. A firing alert ends by itself when it is not posted
// again.
func posted(j Job, now time.Time, ahead time.Duration) []post {
	out := make([]post, len(j.messages))
	for i, m := range j.messages {
		out[i] = post{labelMap(m.Alert.Labels), annotations(&m.Alert), m.Alert.Fired.UTC(), m.Alert.Resolved.UTC()}
		if m.stage == ToldFiring {
			out[i].EndsAt = now.Add(ahead).UTC()
		}
	}
	return out
}

// hook is the body of a webhook, in the form of Alertmanager's version 4.
type hook struct {
	Version     string            `json:"version"`
	GroupKey    string            `json:"groupKey"`
	Truncated   int               `json:"truncatedAlerts"`
	Status      string            `json:"status"`
	Receiver    string            `json:"receiver"`
	GroupLabels map[string]string `json:"groupLabels"`
	Labels      map[string]string `json:"commonLabels"`
	Annotations map[string]string `json:"commonAnnotations"`
	ExternalURL string            `json:"externalURL"`
	Alerts      []hooked          `json:"alerts"`
}

type hooked struct {
	Status       string            `json:"status"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"` // the zero time while it fires
	GeneratorURL string            `json:"generatorURL"`
	Fingerprint  string            `json:"fingerprint"`
}

const firing, resolved = "firing", "resolved"

// notice is the message of a group.
func notice(j Job) hook {
	h := hook{Version: "4", GroupKey: fmt.Sprintf("{}:{alertname=%q}", j.group), Status: resolved, Receiver: j.target.Name, GroupLabels: map[string]string{"alertname": j.group}}
	for i, m := range j.messages {
		one := hooked{Status: resolved, Labels: labelMap(m.Alert.Labels), Annotations: annotations(&m.Alert), StartsAt: m.Alert.Fired.UTC(), EndsAt: m.Alert.Resolved.UTC(), Fingerprint: fingerprint(m.Alert.Labels)}
		if m.stage == ToldFiring {
			one.Status, one.EndsAt, h.Status = firing, time.Time{}, firing
		}
		if i == 0 {
			h.Labels, h.Annotations = maps.Clone(one.Labels), maps.Clone(one.Annotations)
		}
		common(h.Labels, one.Labels)
		common(h.Annotations, one.Annotations)
		h.Alerts = append(h.Alerts, one)
	}
	return h
}

// common leaves in a map what another has, too.
func common(in, with map[string]string) {
	maps.DeleteFunc(in, func(k, v string) bool { return with[k] != v })
}

func labelMap(labels []model.Label) map[string]string {
	out := make(map[string]string, len(labels))
	for _, l := range labels {
		out[l.Name] = l.Value
	}
	return out
}

func sortedLabels(labels map[string]string) (out []model.Label) {
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		out = append(out, model.Label{Name: k, Value: labels[k]})
	}
	return out
}

// annotations are for people. That somebody knows of the alert is among them: an
// Alertmanager is silenced there, not here.
func annotations(a *model.Alert) map[string]string {
	out := map[string]string{"summary": a.Summary, "page": strconv.FormatBool(a.Page)}
	for name, value := range map[string]string{"runbook_url": a.Runbook, "no_data": a.NoData} {
		if value != "" {
			out[name] = value
		}
	}
	if !a.Said.At.IsZero() {
		out["acknowledged"] = cmp.Or(a.Said.By, "somebody") + ": " + a.Said.Reason
	}
	return out
}

// fingerprint tells alerts apart as Prometheus does: FNV-1a of 64 bits of the labels.
func fingerprint(labels []model.Label) string {
	h := fnv.New64a()
	for _, l := range labels {
		_, _ = h.Write([]byte(l.Name + "\xff" + l.Value + "\xff")) // a hash takes everything
	}
	return fmt.Sprintf("%016x", h.Sum64())
}
