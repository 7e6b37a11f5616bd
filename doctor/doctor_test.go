package doctor

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tritop/collectors/probe"
	"tritop/sim"
	"tritop/triton"
	"tritop/triton/pb"
)

func with(probes ...probe.Spec) Options {
	opt := DefaultOptions()
	opt.Probes = probes
	return opt
}

// quick is for what hangs.
func quick() Options { return Options{Step: 500 * time.Millisecond} }

// found is a check that a report must hold: NAME STATUS, then parts of what was
// found and of what to do.
type found struct {
	check string
	says  []string
}

func (r Report) want(t *testing.T, wants ...found) {
	t.Helper()
	for _, w := range wants {
		i := slices.IndexFunc(r.Checks, func(c Check) bool { return c.Name+" "+c.Status.String() == w.check })
		if i < 0 {
			t.Errorf("no check %q", w.check)
			continue
		}
		for _, part := range w.says {
			if c := r.Checks[i]; !strings.Contains(c.Found+" → "+c.Do, part) {
				t.Errorf("%s does not say %q: %s → %s", w.check, part, c.Found, c.Do)
			}
		}
	}
	r.isPlain(t)
	if t.Failed() {
		for _, c := range r.Checks {
			t.Logf("%-7s %-14s %s → %s", c.Status, c.Name, c.Found, c.Do)
		}
	}
}

// isPlain: what is wrong has advice, and nothing in a report is obeyed by a terminal.
func (r Report) isPlain(t *testing.T) {
	t.Helper()
	for _, c := range r.Checks {
		if (c.Status == Fail || c.Status == Warn) && c.Do == "" || c.Found == "" {
			t.Errorf("%s is %s without a word: %+v", c.Name, c.Status, c)
		}
		if strings.ContainsFunc(c.Name+c.Found+c.Do, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
			t.Errorf("an escape sequence: %+v", c)
		}
	}
}

func double(version string) probe.Spec {
	return probe.Spec{Model: "m", Version: version, Inputs: []probe.Tensor{{Name: "I", Datatype: "FP32", Shape: []int64{1}, Data: []any{2.0}}}, Expect: []probe.Tensor{{Name: "O", Data: []any{2.0}}}}
}

// A simulated fleet that is well: nothing to do, in the order of its servers.
func TestAHealthyFleet(t *testing.T) {
	t.Parallel()
	w, err := sim.New(sim.Options{Scenario: "normal", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served, err := sim.Serve(ctx, w, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { cancel(); served.Wait() }()
	var targets []Target
	for _, s := range served.Specs() {
		target := at(s.GRPC, s.HTTP, s.Metric)
		target.Spec.Name = s.Name
		targets = append(targets, target)
	}
	reports := Examine(t.Context(), targets, DefaultOptions())
	for i, r := range reports {
		if r.Name != targets[i].Spec.Name || Worst(r.Checks) != OK {
			t.Errorf("report %d is of %s, %s", i, r.Name, Worst(r.Checks))
		}
		r.want(t, found{"live ok", nil}, found{"ready ok", nil}, found{"server ok", []string{"2.66.0"}}, found{"statistics ok", []string{"requests counted"}},
			found{"repository ok", []string{"READY"}}, found{"HTTP live ok", []string{"triton 2.66.0"}}, found{"metrics ok", []string{"requests, failures, durations"}},
			found{"without probe ok", []string{"tritop probe init " + r.Name}}, found{"clock ok", nil})
	}
}

func TestPorts(t *testing.T) {
	t.Parallel()
	grpcOK, httpOK, metricsOK := serve(t, &fake{}, nil), web(t, tritonHTTP), web(t, metricsOf(t, "idle"))
	for name, c := range map[string]struct {
		target Target
		wants  []found
	}{
		"all are right":      {at(grpcOK, httpOK, metricsOK), []found{{"live ok", nil}, {"HTTP live ok", nil}, {"metrics ok", nil}, {"summaries ok", []string{"off, as by default", "summary_latencies=true"}}}},
		"nothing listens":    {at(free(t), free(t), free(t)), []found{{"gRPC port fail", []string{"connection refused", "opens its ports when all its models are loaded"}}, {"gRPC skipped", nil}, {"HTTP port fail", []string{"as for the gRPC port"}}, {"metrics port fail", []string{"as for the gRPC port"}}}},
		"HTTP alone listens": {at(free(t), httpOK, 0), []found{{"gRPC port fail", []string{"HTTP accepts: is gRPC switched off"}}, {"HTTP live ok", nil}}},
		"gRPC alone listens": {at(grpcOK, free(t), free(t)), []found{{"live ok", nil}, {"HTTP port fail", []string{"--allow-http", "http: 0"}}, {"metrics port fail", []string{"--allow-metrics", "metrics: 0"}}}},
		"not configured":     {at(grpcOK, 0, 0), []found{{"live ok", nil}, {"HTTP port skipped", []string{"http: 0"}}, {"metrics port skipped", []string{"metrics: 0"}}}},
		"gRPC and HTTP":      {at(httpOK, grpcOK, metricsOK), []found{{"live fail", []string{"an HTTP server answers on this port", "give grpc: "}}, {"rest of gRPC skipped", nil}, {"HTTP live fail", []string{"another protocol answers", "is it the gRPC port?"}}}},
		"gRPC and metrics":   {at(metricsOK, httpOK, grpcOK), []found{{"live fail", []string{"an HTTP server answers", "give grpc: "}}, {"metrics fail", []string{"another protocol", "metrics port (8002"}}}},
		"HTTP and metrics":   {at(grpcOK, metricsOK, httpOK), []found{{"HTTP live fail", []string{"200 without any text", "is it the metrics port?"}}, {"metrics fail", []string{"404", "metrics port (8002"}}}},
		"another HTTP server": {at(grpcOK, web(t, http.NotFound), web(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("# TYPE go_info gauge\ngo_info 1\n"))
		})), []found{{"HTTP live fail", []string{"no Triton (404"}}, {"counters fail", []string{"none of a Triton"}}}},
		"a login page":         {at(grpcOK, web(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }), 0), []found{{"HTTP live fail", []string{"does not say who it is"}}}},
		"HTTP is restricted":   {at(grpcOK, web(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }), 0), []found{{"HTTP live warn", []string{"restricted", "--http-restricted-api"}}}},
		"HTTP is broken":       {at(grpcOK, web(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }), 0), []found{{"HTTP live fail", []string{"502 Bad Gateway"}}}},
		"no model is loaded":   {at(grpcOK, 0, web(t, metricsOf(t, "no_models"))), []found{{"counters ok", []string{"no model is loaded"}}}},
		"counters stand still": {at(grpcOK, 0, web(t, metricsOf(t, "counters_off"))), []found{{"counters warn", []string{"counter_latencies=false"}}}},
		"summaries":            {at(grpcOK, 0, web(t, metricsOf(t, "summaries"))), []found{{"summaries ok", []string{"on: percentiles"}}}},
		"GPUs": {at(grpcOK, 0, web(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("# TYPE nv_gpu_utilization gauge\nnv_gpu_utilization{gpu_uuid=\"GPU-1\"} 0\nnv_gpu_utilization{gpu_uuid=\"GPU-2\"} 1\n"))
		})), []found{{"GPUs ok", []string{"2 GPUs"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			Examine(t.Context(), []Target{c.target}, with())[0].want(t, c.wants...)
		})
	}
}

// A name that nobody knows ends the examination; which ports were assumed is said first.
func TestNamesAndAssumedPorts(t *testing.T) {
	t.Parallel()
	target := at(8001, 8000, 8002)
	target.Spec.Host, target.Assumed = "no-such-host.invalid", "HTTP 8000 and metrics 8002"
	r := Examine(t.Context(), []Target{target}, with())[0]
	r.want(t, found{"ports ok", []string{"assumed: HTTP 8000 and metrics 8002"}}, found{"name fail", []string{"cannot be resolved", "give the address"}})
	if len(r.Checks) != 2 {
		t.Errorf("%d checks of a host that is not known", len(r.Checks))
	}
	target = at(serve(t, &fake{}, nil), 0, 0)
	target.Spec.Host = "localhost"
	Examine(t.Context(), []Target{target}, with())[0].want(t, found{"name ok", []string{"127.0.0.1"}}, found{"live ok", nil})
}

// Whatever hangs, the examination ends, and soon: its ports are asked side by side.
func TestAHungServer(t *testing.T) {
	t.Parallel()
	began := time.Now()
	targets := []Target{at(silent(t), silent(t), silent(t)), at(silent(t), silent(t), silent(t))}
	targets[1].GRPC.TLS = &triton.TLSOptions{}
	for _, r := range Examine(t.Context(), targets, quick()) {
		r.want(t, found{"gRPC port ok", nil}, found{"live fail", []string{"the server hangs"}}, found{"rest of gRPC skipped", nil}, found{"HTTP live fail", []string{"no answer before the deadline"}},
			found{"metrics fail", []string{"no answer before the deadline"}}, found{"clock skipped", nil})
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	began = time.Now()
	if Examine(ctx, targets, DefaultOptions()); time.Since(began) > time.Second {
		t.Errorf("it goes on for %s after it was interrupted", time.Since(began))
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	now, day := time.Now(), 24*time.Hour
	good, ca := certified(t, now.Add(-day), now.Add(365*day), "127.0.0.1", "triton.example")
	_, stranger := certified(t, now.Add(-day), now.Add(365*day), "127.0.0.1")
	named, namedCA := certified(t, now.Add(-day), now.Add(365*day), "triton.example")
	expired, expiredCA := certified(t, now.Add(-10*day), now.Add(-day), "127.0.0.1")
	future, futureCA := certified(t, now.Add(day), now.Add(10*day), "127.0.0.1")
	ending, endingCA := certified(t, now.Add(-day), now.Add(3*day), "127.0.0.1")
	secure := serve(t, &fake{}, good)
	over := func(port int, opt *triton.TLSOptions) Target {
		target := at(port, 0, 0)
		target.GRPC.TLS = opt
		return target
	}
	for name, c := range map[string]struct {
		target Target
		wants  []found
	}{
		"good":                {over(secure, &triton.TLSOptions{CA: ca}), []found{{"TLS ok", []string{`certificate of triton.example, 127.0.0.1 by "our CA" until`}}, {"live ok", nil}}},
		"not expected":        {over(secure, nil), []found{{"live fail", []string{"the server speaks TLS on this port", "certificate of triton.example, 127.0.0.1", "tls: {ca: FILE"}}}},
		"expected, not there": {over(serve(t, &fake{}, nil), &triton.TLSOptions{CA: ca}), []found{{"TLS fail", []string{"no certificate was shown"}}, {"live fail", []string{"does not speak TLS", "take tls out"}}}},
		"an unknown signer":   {over(secure, &triton.TLSOptions{CA: stranger}), []found{{"TLS fail", []string{"does not know who signed it"}}, {"live fail", []string{"certificate is not accepted", "see TLS above"}}}},
		"another name":        {over(serve(t, &fake{}, named), &triton.TLSOptions{CA: namedCA}), []found{{"TLS fail", []string{"for another name", "server_name: triton.example"}}}},
		"its name is given":   {over(serve(t, &fake{}, named), &triton.TLSOptions{CA: namedCA, ServerName: "triton.example"}), []found{{"TLS ok", nil}, {"live ok", nil}}},
		"expired":             {over(serve(t, &fake{}, expired), &triton.TLSOptions{CA: expiredCA}), []found{{"TLS fail", []string{"it is expired: renew it"}}}},
		"not valid yet":       {over(serve(t, &fake{}, future), &triton.TLSOptions{CA: futureCA}), []found{{"TLS fail", []string{"one of the two clocks is wrong"}}}},
		"ends soon":           {over(serve(t, &fake{}, ending), &triton.TLSOptions{CA: endingCA}), []found{{"TLS warn", []string{"it ends in 7", "renew it"}}, {"live ok", nil}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			Examine(t.Context(), []Target{c.target}, with())[0].want(t, c.wants...)
		})
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	counting := web(t, metricsOf(t, "counts"))
	entry := func(name, version, state, reason string) *pb.RepositoryIndexResponse_ModelIndex {
		return &pb.RepositoryIndexResponse_ModelIndex{Name: name, Version: version, State: state, Reason: reason}
	}
	refusing := func(calls ...string) *fake {
		f := &fake{refuse: map[string]error{}}
		for _, c := range calls {
			f.refuse[c] = restricted()
		}
		return f
	}
	for name, c := range map[string]struct {
		fake    *fake
		metrics int
		wants   []found
	}{
		"restricted":            {refusing("live", "ready", "metadata", "statistics", "index"), 0, []found{{"live fail", []string{"give the header triton-grpc-protocol-k1", "headers: {triton-grpc-protocol-k1: {env"}}, {"statistics fail", []string{"does not count either"}}, {"probes skipped", nil}}},
		"statistics restricted": {refusing("statistics"), counting, []found{{"live ok", nil}, {"statistics warn", []string{"triton-grpc-protocol-k1", "the metrics text counts instead"}}, {"probe m:1 ok", nil}}},
		"namespaces":            {&fake{refuse: map[string]error{"statistics": status.Error(codes.InvalidArgument, "Request for unknown model: 'a::m' is not found")}}, counting, []found{{"statistics warn", []string{"--model-namespacing"}}}},
		"index restricted":      {refusing("index"), 0, []found{{"repository warn", []string{"restricted"}}, {"probe m:1 ok", nil}}},
		"not ready":             {&fake{unready: true, index: []*pb.RepositoryIndexResponse_ModelIndex{entry("m", "1", "READY", ""), entry("m", "2", "UNAVAILABLE", "failed to load\x1b[2J"), entry("n", "", "", ""), entry("o", "1", "UNAVAILABLE", "unloaded")}}, 0, []found{{"ready fail", []string{"look at the repository below"}}, {"repository warn", []string{"1 version READY, 2 not loaded, m 2 UNAVAILABLE: failed to load", "mend, unload"}}}},
		"nothing loaded":        {&fake{index: []*pb.RepositoryIndexResponse_ModelIndex{}}, 0, []found{{"repository warn", []string{"0 versions READY", "no model is loaded"}}, {"probe m skipped", []string{"not READY here"}}}},
		"few extensions":        {&fake{metadata: &pb.ServerMetadataResponse{Name: "\x1b[2J", Version: "1", Extensions: []string{"statistics"}}}, 0, []found{{"server warn", []string{"without model_repository, model_configuration"}}}},
		"a call that is gone":   {&fake{refuse: map[string]error{"ready": status.Error(codes.Unimplemented, "unknown method")}}, 0, []found{{"ready fail", []string{"unknown method", "built without it"}}, {"statistics ok", []string{"1 model version, 7 requests counted"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			Examine(t.Context(), []Target{at(serve(t, c.fake, nil), 0, c.metrics)}, with(double("")))[0].want(t, c.wants...)
		})
	}
}

func TestProbes(t *testing.T) {
	t.Parallel()
	says := func(err error) *fake {
		return &fake{infer: func(*pb.ModelInferRequest) (*pb.ModelInferResponse, error) { return nil, err }}
	}
	other := double("")
	other.Model = "other"
	hasty := double("")
	hasty.Timeout = 300 * time.Millisecond
	for name, c := range map[string]struct {
		fake   *fake
		probes []probe.Spec
		wants  []found
	}{
		"right": {&fake{}, []probe.Spec{double("")}, []found{{"probe m:1 ok", []string{"the right answer"}}}},
		"wrong": {&fake{infer: func(r *pb.ModelInferRequest) (*pb.ModelInferResponse, error) {
			return &pb.ModelInferResponse{ModelVersion: r.GetModelVersion()}, nil
		}}, []probe.Spec{double("")}, []found{{"probe m:1 fail", []string{"wrong answer: output O: not in the answer", "tritop probe init a m"}}}},
		"does not fit": {says(status.Error(codes.InvalidArgument, "unexpected shape")), []probe.Spec{double("")}, []found{{"probe m:1 fail", []string{"unexpected shape", "correct the inputs"}}}},
		"busy":         {says(status.Error(codes.Unavailable, "Exceeds maximum queue size")), []probe.Spec{double("")}, []found{{"probe m:1 warn", []string{"the model is busy"}}}},
		"cannot infer": {says(status.Error(codes.Internal, "Stub process 'm_0_0' is not healthy.")), []probe.Spec{double("")}, []found{{"probe m:1 fail", []string{"is not healthy", "cannot infer"}}}},
		"no answer": {&fake{infer: func(*pb.ModelInferRequest) (*pb.ModelInferResponse, error) {
			time.Sleep(time.Second)
			return nil, errors.New("late")
		}}, []probe.Spec{hasty}, []found{{"probe m:1 fail", []string{"no answer within 300ms", "longer timeout"}}}},
		"another version":   {&fake{}, []probe.Spec{double("3")}, []found{{"probe m:3 warn", []string{"not READY here"}}}},
		"another model":     {&fake{}, []probe.Spec{other}, []found{{"probe other skipped", nil}, {"without probe ok", []string{"1 model by its own word only: m", "tritop probe init a m"}}}},
		"pinned and not":    {&fake{}, []probe.Spec{double(""), double("1")}, []found{{"probe m:1 ok", nil}}},
		"its clock is late": {&fake{ahead: -time.Hour}, []probe.Spec{double("")}, []found{{"clock warn", []string{"1h0m0s behind ours, by when it served a probe", "NTP"}}}},
		"its clock is fast": {&fake{ahead: time.Hour}, []probe.Spec{double("")}, []found{{"clock warn", []string{"1h0m0s ahead of ours"}}}},
		"clocks agree":      {&fake{}, []probe.Spec{double("")}, []found{{"clock ok", []string{"by when it served a probe"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := Examine(t.Context(), []Target{at(serve(t, c.fake, nil), 0, 0)}, with(c.probes...))[0]
			r.want(t, c.wants...)
			if n := slices.IndexFunc(r.Checks, func(c Check) bool { return c.Name == "probe m:1" }); n >= 0 && slices.IndexFunc(r.Checks[n+1:], func(c Check) bool { return c.Name == "probe m:1" }) >= 0 {
				t.Error("a version is probed twice")
			}
		})
	}
}

// An HTTP answer tells the time, to the second.
func TestTheClockOfHTTPAnswers(t *testing.T) {
	t.Parallel()
	late := web(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat))
		tritonHTTP(w, r)
	})
	Examine(t.Context(), []Target{at(serve(t, &fake{}, nil), late, 0)}, with())[0].want(t, found{"clock warn", []string{"behind ours, by its HTTP answers"}})
	Examine(t.Context(), []Target{at(serve(t, &fake{}, nil), web(t, tritonHTTP), 0)}, with())[0].want(t, found{"clock ok", []string{"by its HTTP answers"}})
}

// Ports that nobody named are not faults of their own where the gRPC port is
// wrong; where a Triton answers on one it counts, and so it does beside a gRPC
// port that answers.
func TestAssumedPortsAreNoFaultsOfTheirOwn(t *testing.T) {
	t.Parallel()
	grpcOK, httpOK, stranger := serve(t, &fake{}, nil), web(t, tritonHTTP), web(t, http.NotFound)
	const both, metricsOnly = "HTTP 1 and metrics 2, one below and one above gRPC", "metrics 8002, Triton's defaults"
	for name, c := range map[string]struct {
		target  Target
		assumed string
		fails   int
		wants   []found
	}{
		"the gRPC port is wrong": {at(free(t), free(t), free(t)), both, 1, []found{{"ports ok", []string{"assumed: HTTP", "correct the gRPC port first"}}, {"HTTP port skipped", []string{"is assumed: as for the gRPC port"}}, {"metrics port skipped", nil}}},
		"others answer there":    {at(free(t), stranger, stranger), both, 1, []found{{"gRPC port fail", []string{"start the server, or correct the port"}}, {"HTTP port skipped", nil}, {"metrics port skipped", nil}}},
		"it is an HTTP port":     {at(stranger, free(t), free(t)), both, 1, []found{{"live fail", []string{"an HTTP server answers"}}, {"HTTP port skipped", nil}, {"metrics port skipped", nil}}},
		"HTTP is a Triton's":     {at(free(t), httpOK, free(t)), both, 1, []found{{"gRPC port fail", []string{"HTTP accepts"}}, {"HTTP live ok", nil}, {"metrics port skipped", nil}}},
		"HTTP was named":         {at(free(t), free(t), free(t)), metricsOnly, 2, []found{{"HTTP port fail", []string{"as for the gRPC port"}}, {"metrics port skipped", nil}}},
		"gRPC answers":           {at(grpcOK, free(t), free(t)), both, 2, []found{{"live ok", nil}, {"HTTP port fail", nil}, {"metrics port fail", nil}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.target.Assumed = c.assumed
			r := Examine(t.Context(), []Target{c.target}, with())[0]
			r.want(t, c.wants...)
			fails := 0
			for _, check := range r.Checks {
				if check.Status == Fail {
					fails++
				}
			}
			if fails != c.fails {
				t.Errorf("%d fail, want %d: %+v", fails, c.fails, r.Checks)
			}
		})
	}
}

// Only the clock of a server that proved to be a Triton is believed.
func TestTheClockOfAStranger(t *testing.T) {
	t.Parallel()
	late := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
			h(w, r)
		}
	}
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		want found
	}{
		"a Triton":     {tritonHTTP, found{"clock warn", []string{"behind ours, by its HTTP answers"}}},
		"a stranger":   {http.NotFound, found{"clock skipped", []string{"nothing that answered told its time"}}},
		"a login page": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, found{"clock skipped", nil}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			Examine(t.Context(), []Target{at(serve(t, &fake{}, nil), web(t, late(c.h)), 0)}, with())[0].want(t, c.want)
		})
	}
}
