package config

import (
	"reflect"
	"strings"
	"testing"

	"tritop/model"
)

func TestNotify(t *testing.T) {
	t.Parallel()
	c, err := Parse("f", []byte(`version: 1
notify:
  - {kind: alertmanager, urls: ["http://a:9093", "https://b/prefix"], url: "http://c:1"}
  - {name: pager, kind: webhook, url: "https://x.example/hook/t0ken", severities: [critical, warning], headers: {Authorization: {env: PAGER}}}
  - {kind: command, command: [/bin/tell, "--now", ""]}
  - {kind: bell, osc: 777, severities: [critical]}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Notify{
		{Name: "alertmanager", Kind: NotifyAlertmanager, URLs: []string{"http://a:9093", "https://b/prefix", "http://c:1"}},
		{Name: "pager", Kind: NotifyWebhook, URLs: []string{"https://x.example/hook/t0ken"}, Severities: []model.Severity{model.Critical, model.Warning}, Headers: map[string]Secret{"Authorization": {Env: "PAGER"}}},
		{Name: "command", Kind: NotifyCommand, Command: []string{"/bin/tell", "--now", ""}},
		{Name: "bell", Kind: NotifyBell, Severities: []model.Severity{model.Critical}, OSC: 777},
	}
	if !reflect.DeepEqual(c.Notify, want) || len(c.Later) > 0 {
		t.Errorf("%+v\nlater %q", c.Notify, c.Later)
	}
	if shown, err := c.Show("yaml"); err != nil || !strings.Contains(shown, "kind: alertmanager") || !strings.Contains(shown, "env: PAGER") {
		t.Errorf("%v: %s", err, shown)
	}
}

func TestRunbooks(t *testing.T) {
	t.Parallel()
	for text, later := range map[string]string{"": "", `, group: g`: "models.group"} {
		c, err := Parse("f", []byte("version: 1\nmodels:\n  - {name: bert, runbook: 'https://wiki.example/bert'"+text+"}\n  - {name: other}\n"))
		if err != nil || len(c.Runbooks) != 1 || c.Runbooks["bert"] != "https://wiki.example/bert" || strings.Join(c.Later, " ") != later {
			t.Errorf("%v, %+v, later %q", err, c.Runbooks, c.Later)
		}
	}
}

func TestNotifyProblems(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{kind: alertmanager}`:                                                 `f:3:5: notify[0]: want its url, or several urls`,
		`{kind: pagerduty, url: "http://x"}`:                                   `f:3:12: notify[0].kind: `,
		`{kind: webhook, url: "x:80"}`:                                         `f:3:26: notify[0]: want the url as http://host:port/path or https://…`,
		`{kind: webhook, url: "https://me:s3cret@x/"}`:                         `f:3:26: notify[0]: the url holds a user or a password, and secrets are never in the file itself: use headers: {Authorization: {env: NAME}}`,
		`{kind: webhook, url: "http://x", headers: {A: s3cret}}`:               `f:3:51: notify[0].headers.A: `,
		`{kind: webhook, url: "http://x", command: [a]}`:                       `f:3:47: notify[0].command: a receiver of kind webhook has none: leave it out`,
		`{kind: command, command: []}`:                                         `f:3:5: notify[0]: want the command: [program, argument, …]`,
		`{kind: command, command: [a], headers: {A: {env: B}}}`:                `f:3:44: notify[0].headers: a receiver of kind command has none: leave it out`,
		`{kind: bell, osc: 10}`:                                                `f:3:23: notify[0].osc: want 9 or 777, found "10"`,
		`{kind: bell, severities: [page]}`:                                     `f:3:31: notify[0].severities[0]: `,
		"{kind: bell}\n  - {kind: bell}":                                       `f:4:5: notify[1]: a second receiver "bell", first in line 3: give it a name`,
		"{name: a, kind: bell}\n  - {name: a, kind: command, command: [tell]}": `f:4:12: notify[1]: the name "a" stands twice, first in line 3`,
	} {
		_, err := Parse("f", []byte("version: 1\nnotify:\n  - "+text+"\n"))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s\n%v\nwant %s", text, err, want)
		}
	}
}
