package health

import (
	"strings"
	"testing"
	"time"

	"tritop/model"
)

var now = time.Unix(1_700_000_000, 0)

func ago(s float64) time.Time { return now.Add(-time.Duration(s * float64(time.Second))) }

func TestServerStates(t *testing.T) {
	t.Parallel()
	answered := func(e Server) Server {
		e.Began, e.LastAnswered, e.LastPoll, e.Outcome = ago(600), ago(0.2), ago(0.2), model.Answered
		if e.Ready == model.Undecided {
			e.Ready = model.Yes
		}
		return e
	}
	failing := func(o model.Outcome, lastAnswer float64, e Server) Server {
		e.Began, e.LastPoll, e.Outcome, e.Detail = ago(600), ago(0.1), o, "detail"
		if lastAnswer >= 0 {
			e.LastAnswered = ago(lastAnswer)
		}
		return e
	}
	loading := []model.IndexEntry{{Model: "a", Version: "1", State: model.ReplicaReady}, {Model: "b", Version: "2", State: model.ReplicaLoading}}
	broken := []model.IndexEntry{{Model: "b", Version: "2", State: model.ReplicaUnavailable, Reason: "Internal: boom\n\nAt: x"}}
	clean := []model.IndexEntry{{Model: "b", Version: "2", State: model.ReplicaUnavailable, Reason: "unloaded"}, {Model: "c"}}
	for name, c := range map[string]struct {
		e       Server
		state   model.ServerState
		verdict model.Verdict
		words   string
	}{
		"not asked":                        {Server{Began: ago(1)}, model.ServerNoData, model.Unknown, "no data"},
		"ready":                            {answered(Server{}), model.ServerReady, model.Healthy, ""},
		"loading":                          {answered(Server{Ready: model.No, Index: loading, IndexKnown: true}), model.ServerNotReady, model.Degraded, "not ready, because of b v2 (LOADING)"},
		"failed load":                      {answered(Server{Ready: model.No, Index: broken, IndexKnown: true}), model.ServerNotReady, model.Degraded, "b v2 (UNAVAILABLE: Internal: boom)"},
		"the index is older":               {answered(Server{Ready: model.No, Index: clean, IndexKnown: true, IndexOld: true}), model.ServerNotReady, model.Degraded, "the repository index is being read"},
		"nobody to blame":                  {answered(Server{Ready: model.No, Index: clean, IndexKnown: true}), model.ServerNotReady, model.Degraded, "vanished from the index"},
		"index not read":                   {answered(Server{Ready: model.No}), model.ServerNotReady, model.Degraded, "could not be read yet"},
		"exiting":                          {failing(model.Exiting, 1, Server{}), model.ServerStopping, model.Degraded, "stopping"},
		"HTTP closed, gRPC open":           {answered(Server{HTTPBefore: true, HTTPNow: model.Refused, HTTPClosed: ago(0.3)}), model.ServerStopping, model.Degraded, "stopping"},
		"HTTP closed after the last poll":  {answered(Server{HTTPBefore: true, HTTPNow: model.Refused, HTTPClosed: ago(0.1)}), model.ServerReady, model.Healthy, ""},
		"HTTP closed for long":             {answered(Server{HTTPBefore: true, HTTPNow: model.Lost, HTTPClosed: ago(60)}), model.ServerReady, model.Degraded, "HTTP port does not accept"},
		"HTTP closed just under that":      {answered(Server{HTTPBefore: true, HTTPNow: model.Lost, HTTPClosed: ago(59)}), model.ServerStopping, model.Degraded, "stopping"},
		"HTTP never open":                  {answered(Server{HTTPNow: model.Refused, HTTPClosed: ago(9)}), model.ServerReady, model.Healthy, ""},
		"refused":                          {failing(model.Refused, 1, Server{}), model.ServerNotListening, model.Unhealthy, "not listening"},
		"refused after a restart":          {failing(model.Refused, 1, Server{Restarted: ago(59)}), model.ServerStarting, model.Degraded, "starting"},
		"refused long after a restart":     {failing(model.Refused, 1, Server{Restarted: ago(61)}), model.ServerNotListening, model.Unhealthy, "not listening"},
		"refused after two restarts":       {failing(model.Refused, 1, Server{Restarted: ago(9), Restarts: []time.Time{ago(150), ago(9)}}), model.ServerNotListening, model.Unhealthy, "not listening: refused, restarted 2 times in 3 min"},
		"closed after two restarts":        {failing(model.Lost, 1, Server{Restarted: ago(9), Restarts: []time.Time{ago(30), ago(9)}}), model.ServerNotListening, model.Unhealthy, "not listening: connections are closed at once, restarted 2 times in 1 min"},
		"two restarts, one of them old":    {failing(model.Refused, 1, Server{Restarted: ago(9), Restarts: []time.Time{ago(600), ago(9)}}), model.ServerStarting, model.Degraded, "starting"},
		"refused, never heard of":          {failing(model.Refused, -1, Server{}), model.ServerNotListening, model.Unhealthy, "not listening"},
		"hung":                             {failing(model.TimedOut, 2, Server{}), model.ServerHung, model.Unhealthy, "hung"},
		"one missed answer":                {failing(model.Unanswered, 1, Server{}), model.ServerReady, model.Unknown, ""},
		"three intervals without":          {failing(model.Unanswered, 3, Server{}), model.ServerStale, model.Degraded, "stale"},
		"just under ten seconds without":   {failing(model.Unanswered, 9.9, Server{}), model.ServerStale, model.Degraded, "stale"},
		"ten seconds without":              {failing(model.Unanswered, 10, Server{}), model.ServerNoData, model.Unknown, "no data"},
		"no answer to the first call":      {Server{Began: ago(0.5), LastPoll: ago(0.1), Outcome: model.Unanswered}, model.ServerNoData, model.Unknown, "no data"},
		"never answered":                   {failing(model.Unanswered, -1, Server{}), model.ServerNoData, model.Unknown, "no data"},
		"lost for long":                    {failing(model.Lost, 4, Server{}), model.ServerNotListening, model.Unhealthy, "not listening: connections are accepted and closed at once"},
		"lost at once, never heard of":     {failing(model.Lost, -1, Server{}), model.ServerNotListening, model.Unhealthy, "a proxy before a server that is down?"},
		"lost after a restart":             {failing(model.Lost, 1, Server{Restarted: ago(9)}), model.ServerStarting, model.Degraded, "starting: connections are closed at once"},
		"wrong port":                       {failing(model.Foreign, -1, Server{}), model.ServerUnreadable, model.Unknown, "unreadable: detail"},
		"TLS":                              {failing(model.TLSFailed, -1, Server{}), model.ServerUnreadable, model.Unknown, "unreadable"},
		"restricted":                       {failing(model.Restricted, -1, Server{}), model.ServerUnreadable, model.Unknown, "unreadable"},
		"our own collector is silent":      {Server{Began: ago(60), LastPoll: ago(5), LastAnswered: ago(5), Outcome: model.Answered}, model.ServerStale, model.Degraded, "tritop's own poll"},
		"our own collector is silent long": {Server{Began: ago(60), LastPoll: ago(11), LastAnswered: ago(11), Outcome: model.Answered}, model.ServerNoData, model.Unknown, "no data"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, f := DefaultRules().State(c.e, now)
			if state != c.state || f.Verdict != c.verdict || !strings.Contains(f.Reason, c.words) {
				t.Fatalf("%v %v %q, want %v %v with %q", state, f.Verdict, f.Reason, c.state, c.verdict, c.words)
			}
			if bare := c.words == "" || f.Reason == "no data: not asked yet"; !bare && f.Evidence == "" && f.Since.IsZero() && !strings.Contains(f.Reason, "index") {
				t.Errorf("neither evidence nor a beginning of %q", f.Reason)
			}
		})
	}
}

func TestReplicaTroubles(t *testing.T) {
	t.Parallel()
	base := Replica{Model: "m", Version: "1", Index: model.ReplicaReady, Indexed: true, IndexAt: ago(10), StatsAt: ago(0.2)}
	with := func(change func(*Replica)) Replica { e := base; change(&e); return e }
	errors := func(ratio float64, n uint64) Replica {
		return with(func(e *Replica) {
			e.Window = model.Window{Requests: n, Failures: uint64(ratio * float64(n)), ErrorRatio: model.Of(ratio), Seconds: 60}
		})
	}
	for name, c := range map[string]struct {
		e       Replica
		server  model.ServerState
		ready   model.Tri
		trouble model.Trouble
		verdict model.Verdict
	}{
		"fine":                        {base, model.ServerReady, model.Yes, model.NoTrouble, model.Healthy},
		"one failed probe":            {with(func(e *Replica) { e.ProbeFails = 1 }), model.ServerReady, model.Yes, model.NoTrouble, model.Healthy},
		"two failed probes":           {with(func(e *Replica) { e.ProbeFails = 2 }), model.ServerReady, model.Yes, model.CannotInfer, model.Unhealthy},
		"probes fail while not ready": {with(func(e *Replica) { e.ProbeFails = 5 }), model.ServerNotReady, model.No, model.CannotInfer, model.Degraded},
		"they failed before that":     {with(func(e *Replica) { e.ProbeFails, e.ProbeProven = 5, true }), model.ServerNotReady, model.No, model.CannotInfer, model.Unhealthy},
		"gone from the statistics":    {with(func(e *Replica) { e.StatsAt, e.Unlisted = time.Time{}, ago(2) }), model.ServerReady, model.Yes, model.NoTrouble, model.Unknown},
		"its index is on the way":     {with(func(e *Replica) { e.StatsAt, e.Unlisted = time.Time{}, ago(1) }), model.ServerReady, model.Yes, model.NoTrouble, model.Healthy},
		"2.5 %, was 5 % before":       {with(func(e *Replica) { *e = errors(0.025, 1000); e.Failing = true }), model.ServerReady, model.Yes, model.UserErrors, model.Degraded},
		"2.4 %, was 5 % before":       {with(func(e *Replica) { *e = errors(0.024, 1000); e.Failing = true }), model.ServerReady, model.Yes, model.NoTrouble, model.Healthy},
		"probes fail while loading": {with(func(e *Replica) { e.ProbeFails, e.Index, e.StatsAt = 5, model.ReplicaLoading, time.Time{} }),
			model.ServerReady, model.Yes, model.RepairPending, model.Degraded},
		"stalled":                 {with(func(e *Replica) { e.StallScans, e.StallSince, e.Pending = 4, ago(6), model.Of(4) }), model.ServerReady, model.Yes, model.ReplicaStalled, model.Unhealthy},
		"stalled, so probes fail": {with(func(e *Replica) { e.ProbeFails, e.StallScans, e.StallSince, e.Pending = 3, 4, ago(6), model.Of(4) }), model.ServerReady, model.Yes, model.ReplicaStalled, model.Unhealthy},
		"not yet stalled":         {with(func(e *Replica) { e.StallScans, e.StallSince, e.Pending = 3, ago(4), model.Of(4) }), model.ServerReady, model.Yes, model.NoTrouble, model.Healthy},
		"slow, not stalled": {with(func(e *Replica) {
			e.StallScans, e.StallSince, e.Pending, e.UsualMs = 5, ago(10), model.Of(4), model.Of(5000)
		}), model.ServerReady, model.Yes, model.NoTrouble, model.Healthy},
		"1 of 20":            {errors(0.05, 20), model.ServerReady, model.Yes, model.NoTrouble, model.Healthy},
		"3 of 20":            {errors(0.15, 20), model.ServerReady, model.Yes, model.UserErrors, model.Degraded},
		"5 % of 60":          {errors(0.05, 60), model.ServerReady, model.Yes, model.UserErrors, model.Degraded},
		"100 % of 19":        {errors(1, 19), model.ServerReady, model.Yes, model.NoTrouble, model.Healthy},
		"4.9 % of 1000":      {errors(0.049, 1000), model.ServerReady, model.Yes, model.NoTrouble, model.Healthy},
		"failed load":        {with(func(e *Replica) { e.Index, e.Reason, e.StatsAt = model.ReplicaUnavailable, "Internal: x", time.Time{} }), model.ServerNotReady, model.No, model.RepairPending, model.Degraded},
		"cleanly unloaded":   {with(func(e *Replica) { e.Index, e.Reason, e.StatsAt = model.ReplicaUnavailable, "unloaded", time.Time{} }), model.ServerReady, model.Yes, model.NoTrouble, model.Unknown},
		"the server is hung": {errors(0, 100), model.ServerHung, model.Undecided, model.ServerUnreached, model.Unknown},
		"no data":            {base, model.ServerNoData, model.Undecided, model.ServerUnreached, model.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trouble, f := DefaultRules().Replica(c.e, c.server, c.ready, now)
			if trouble != c.trouble || f.Verdict != c.verdict {
				t.Fatalf("%v %v (%s), want %v %v", trouble, f.Verdict, f.Reason, c.trouble, c.verdict)
			}
		})
	}
}

func TestCombineAndFleet(t *testing.T) {
	t.Parallel()
	bad := model.Replica{Model: "m", Version: "1", Trouble: model.CannotInfer, Finding: model.Finding{Verdict: model.Unhealthy, Reason: "says ready, cannot infer"}}
	errs := model.Replica{Model: "e", Version: "2", Trouble: model.UserErrors, Finding: model.Finding{Verdict: model.Degraded, Reason: "20 % fail"}}
	state, f := Combine(model.ServerReady, model.Finding{Verdict: model.Healthy}, []model.Replica{errs, bad})
	if state != model.ServerCannotInfer || f.Verdict != model.Unhealthy || f.Reason != "says ready, cannot infer: m v1 and 1 more" {
		t.Errorf("%v %+v", state, f)
	}
	if state, f = Combine(model.ServerReady, model.Finding{Verdict: model.Healthy}, []model.Replica{errs}); state != model.ServerReady || f.Verdict != model.Degraded {
		t.Errorf("%v %+v", state, f)
	}
	if state, f = Combine(model.ServerNotReady, model.Finding{Verdict: model.Degraded, Reason: "not ready"}, []model.Replica{bad}); state != model.ServerCannotInfer {
		t.Errorf("%v %+v", state, f)
	}
	if state, _ = Combine(model.ServerHung, model.Finding{Verdict: model.Unhealthy}, []model.Replica{bad}); state != model.ServerHung {
		t.Errorf("hung gave way to %v", state)
	}
	of := func(vs ...model.Verdict) []model.Server {
		var out []model.Server
		for _, v := range vs {
			out = append(out, model.Server{ServerSpec: model.ServerSpec{Name: "s"}, Finding: model.Finding{Verdict: v, Reason: "r"}})
		}
		return out
	}
	for name, c := range map[string]struct {
		servers []model.Server
		want    model.Verdict
	}{
		"none":                      {nil, model.Unknown},
		"all healthy":               {of(model.Healthy, model.Healthy), model.Healthy},
		"a part cannot be seen":     {of(model.Healthy, model.Unknown), model.Degraded},
		"nothing can be seen":       {of(model.Unknown, model.Unknown), model.Unknown},
		"the worst speaks":          {of(model.Degraded, model.Unhealthy, model.Unknown), model.Unhealthy},
		"degraded beside an unseen": {of(model.Unknown, model.Degraded), model.Degraded},
	} {
		if got, why := Fleet(c.servers); got != c.want || (got != model.Healthy && why == "") {
			t.Errorf("%s: %v %q, want %v", name, got, why, c.want)
		}
	}
}

// Every judgement that speaks against something says what it rests on, and
// since when where the evidence tells.
func TestFindingsCarryTheirEvidenceAndBeginning(t *testing.T) {
	t.Parallel()
	rules := DefaultRules()
	base := Replica{Model: "m", Version: "1", Index: model.ReplicaReady, Indexed: true, IndexAt: ago(10), StatsAt: ago(0.2)}
	replica := func(change func(*Replica)) model.Finding {
		e := base
		change(&e)
		_, f := rules.Replica(e, model.ServerReady, model.Yes, now)
		return f
	}
	server := func(e Server) model.Finding { _, f := rules.State(e, now); return f }
	for name, c := range map[string]struct {
		f        model.Finding
		since    time.Time
		evidence string
	}{
		"cannot infer": {replica(func(e *Replica) {
			e.Probing = Probing{ProbeFails: 3, ProbeAt: ago(1), ProbeDecided: ago(6), ProbeDetail: "INTERNAL: boom\nat x"}
		}), ago(6), "3 probes in a row failed, the last at 22:13:19Z: INTERNAL: boom"},
		"stalled": {replica(func(e *Replica) { e.StallScans, e.StallSince, e.Pending = 4, ago(6), model.Of(7) }), ago(6), "7 pending, no completion for 6s"},
		"failures": {replica(func(e *Replica) {
			e.Window = model.Window{Requests: 100, Failures: 20, ErrorRatio: model.Of(0.2), Seconds: 60}
		}), time.Time{}, "20 of 100 requests in 60 s, counted by Triton"},
		"failed load": {replica(func(e *Replica) {
			e.Index, e.StatsAt, e.Reason = model.ReplicaUnavailable, time.Time{}, "Internal: boom"
		}), time.Time{}, "Internal: boom"},
		"refused":     {server(Server{LastPoll: ago(0.1), LastAnswered: ago(1), Outcome: model.Refused, Detail: "connect: refused"}), time.Time{}, "connect: refused"},
		"closed":      {server(Server{LastPoll: ago(0.1), LastAnswered: ago(1), Outcome: model.Lost, Detail: "accepted, but closed"}), time.Time{}, "accepted, but closed"},
		"hung":        {server(Server{LastPoll: ago(0.1), LastAnswered: ago(3), Outcome: model.TimedOut, Detail: "no answer"}), time.Time{}, "no answer; the last answer came at 22:13:17Z"},
		"stale":       {server(Server{LastPoll: ago(0.1), LastAnswered: ago(4), Outcome: model.Unanswered, Detail: "d"}), ago(4), "unanswered; the last answer came at 22:13:16Z"},
		"never heard": {server(Server{Began: ago(20), LastPoll: ago(0.1), Outcome: model.Unanswered, Detail: "d"}), ago(20), "unanswered; it never answered"},
		"own poll":    {server(Server{LastPoll: ago(5), LastAnswered: ago(5), Outcome: model.Answered}), ago(5), ""},
		"HTTP closed": {server(Server{LastPoll: now, LastAnswered: now, Outcome: model.Answered, Ready: model.Yes, HTTPBefore: true, HTTPNow: model.Refused, HTTPClosed: ago(61)}),
			ago(61), "the HTTP port accepted before and is refused since 22:12:19Z, gRPC answers"},
	} {
		if !c.f.Since.Equal(c.since) || c.f.Evidence != c.evidence {
			t.Errorf("%s: since %v, %q; want %v, %q", name, c.f.Since, c.f.Evidence, c.since, c.evidence)
		}
	}
}
