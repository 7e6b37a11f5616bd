package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tritop/triton"
	"tritop/triton/pb"
)

// grpcSteps are what is asked of the gRPC port, one call after another: Triton
// serves them on one thread.
type grpcSteps struct {
	steps
	client    *triton.Client
	uncounted bool // the statistics could not be read
	stats     *pb.ModelStatisticsResponse
	index     *pb.RepositoryIndexResponse
	clock     skew
}

func (g *grpcSteps) run(ctx context.Context) {
	if !g.connect(ctx, grpcPort, g.target.Spec.GRPC) {
		g.skip("gRPC", "not asked: the port does not accept")
		return
	}
	var err error
	if g.client, err = triton.Dial(g.target.GRPC); err != nil {
		g.add(Check{Name: "gRPC", Status: Fail, Found: err.Error(), Do: "correct this server's options in the configuration"})
		return
	}
	defer func() { _ = g.client.Close() }() // nothing is in flight any more
	if g.target.GRPC.TLS != nil {
		g.tls(ctx)
	}
	if !g.live(ctx) {
		g.skip("rest of gRPC", "not asked: ready, metadata, statistics, repository, probes")
		return
	}
	g.ready(ctx)
	g.metadata(ctx)
	g.statistics(ctx)
	g.repository(ctx)
	g.probes(ctx)
}

// failed is the check of a call that failed.
func failed(err error) Check {
	return Check{Status: Fail, Found: triton.DetailOf(err), Do: callAdvice(triton.KindOf(err), triton.DetailOf(err))}
}

func (g *grpcSteps) tls(ctx context.Context) {
	g.try(ctx, "TLS", func(ctx context.Context) Check {
		leaf, refusal, err := g.target.GRPC.TLS.Certificate(ctx, g.target.GRPC.Address)
		if err != nil {
			return Check{Status: Fail, Found: triton.DetailOf(err), Do: "no tls for this server in the configuration, if the port has none"}
		}
		return certificate(leaf, refusal, time.Now())
	})
}

// live asks whether the server lives, and what it is that does not say so.
func (g *grpcSteps) live(ctx context.Context) (goesOn bool) {
	var fault error
	c := g.try(ctx, "live", func(ctx context.Context) Check {
		live, err := g.client.Live(ctx)
		if fault = err; err != nil {
			return failed(err)
		}
		if !live {
			return Check{Status: Fail, Found: "says that it is not live", Do: "restart the server"}
		}
		return Check{Status: OK, Found: "live"}
	})
	if fault == nil || answers(triton.KindOf(fault)) {
		g.proved = true
		return true
	}
	g.instead(ctx, fault, c)
	return false
}

// instead says what the port speaks that is no gRPC service of ours, and where
// there is one.
func (g *grpcSteps) instead(parent context.Context, fault error, c Check) {
	kind := triton.KindOf(fault)
	ctx, cancel := context.WithTimeout(parent, g.opt.Step)
	defer cancel()
	if kind == triton.Lost || kind == triton.TLSFailed && g.target.GRPC.TLS == nil {
		if k, detail := triton.Diagnose(ctx, g.target.GRPC.Address); k != triton.Lost {
			kind, c.Found, c.Do = k, detail, callAdvice(k, detail)
		}
	}
	switch {
	case kind == triton.TLSFailed && g.target.GRPC.TLS == nil:
		if leaf, _, err := (*triton.TLSOptions)(nil).Certificate(ctx, g.target.GRPC.Address); err == nil {
			shown := certificate(leaf, nil, leaf.NotBefore)
			c.Found += "; it shows a " + shown.Found
		}
	case kind == triton.NotTriton:
		if port := g.elsewhere(ctx); port != 0 {
			c.Do = fmt.Sprintf("a Triton's gRPC service answers on port %d: give grpc: %d", port, port)
		}
	}
	g.checks = g.checks[:len(g.checks)-1]
	g.add(c)
}

// elsewhere looks for the gRPC service on the server's other ports.
func (g *grpcSteps) elsewhere(ctx context.Context) int {
	for _, port := range []int{g.target.Spec.HTTP, g.target.Spec.Metric} {
		if port == 0 || port == g.target.Spec.GRPC {
			continue
		}
		opt := g.target.GRPC
		opt.Address = address(g.target.Spec.Host, port)
		client, err := triton.Dial(opt)
		if err != nil {
			return 0
		}
		_, err = client.Live(ctx)
		_ = client.Close() // nothing is in flight any more
		if err == nil || triton.KindOf(err) == triton.Restricted {
			return port
		}
	}
	return 0
}

func (g *grpcSteps) ready(ctx context.Context) {
	g.try(ctx, "ready", func(ctx context.Context) Check {
		ready, err := g.client.Ready(ctx)
		switch {
		case err != nil:
			return failed(err)
		case !ready:
			return Check{Status: Fail, Found: "says that it is not ready", Do: "look at the repository below: one version that loads, unloads or failed makes the whole server say so"}
		}
		return Check{Status: OK, Found: "ready, by its own word"}
	})
}

func (g *grpcSteps) metadata(ctx context.Context) {
	g.try(ctx, "server", func(ctx context.Context) Check {
		m, err := g.client.ServerMetadata(ctx)
		if err != nil {
			c := failed(err)
			c.Status = Warn // the version is all that is missing
			return c
		}
		return served(m)
	})
}

// served says who a server is, and which of the extensions it lacks that tritop
// lives on.
func served(m *pb.ServerMetadataResponse) Check {
	c := Check{Status: OK, Found: fmt.Sprintf("%s %s, %s", m.GetName(), m.GetVersion(), plural(len(m.GetExtensions()), "extension"))}
	var missing []string
	for _, e := range []string{"statistics", "model_repository", "model_configuration"} {
		if !slices.Contains(m.GetExtensions(), e) {
			missing = append(missing, e)
		}
	}
	if len(missing) > 0 {
		c.Status, c.Found = Warn, c.Found+", without "+strings.Join(missing, ", ")
		c.Do = "use a build of Triton that has them: figures will be missing"
	}
	return c
}

func (g *grpcSteps) statistics(ctx context.Context) {
	g.try(ctx, "statistics", func(ctx context.Context) Check {
		s, err := g.client.Statistics(ctx)
		if err != nil {
			g.uncounted = true
			c := failed(err)
			if strings.Contains(c.Found, "Request for unknown model") {
				c.Do = "with --model-namespacing Triton 2.51 always fails this call"
			}
			return c
		}
		g.stats = s
		n := uint64(0)
		for _, m := range s.GetModelStats() {
			n += m.GetInferenceStats().GetSuccess().GetCount() + m.GetInferenceStats().GetFail().GetCount()
		}
		return Check{Status: OK, Found: fmt.Sprintf("%s, %d requests counted", plural(len(s.GetModelStats()), "model version"), n)}
	})
}

// countedElsewhere says what becomes of the counts where the statistics cannot
// be read: the metrics text has them, too.
func (g *grpcSteps) countedElsewhere(counts bool) {
	if !g.uncounted {
		return
	}
	for i := range g.checks {
		if c := &g.checks[i]; c.Name == "statistics" {
			if counts {
				c.Status, c.Found = Warn, c.Found+"; the metrics text counts instead, without batch sizes"
			} else {
				c.Found += "; the metrics text does not count either: rates and errors stay unknown"
			}
		}
	}
}

// slowIndex is how long a repository index may take until it is worth a word.
const slowIndex = time.Second

func (g *grpcSteps) repository(ctx context.Context) {
	began := time.Now()
	g.try(ctx, "repository", func(ctx context.Context) Check {
		index, err := g.client.Index(ctx)
		if err != nil {
			c := failed(err)
			c.Status = Warn // the statistics name what is READY
			return c
		}
		g.index = index
		c := indexed(index)
		if took := time.Since(began); took > slowIndex && c.Do == "" {
			c.Status, c.Do = Warn, "a listing this slow holds up all other calls; tritop asks for it seldom"
		}
		return c
	})
}

// indexed says what a repository holds and which versions are not as they should be.
func indexed(index *pb.RepositoryIndexResponse) Check {
	ready, never, odd := 0, 0, []string{}
	for _, m := range index.GetModels() {
		switch {
		case m.GetState() == "READY":
			ready++
		case m.GetState() == "" && m.GetReason() == "", m.GetReason() == "unloaded":
			never++
		default:
			text := strings.TrimSpace(m.GetName()+" "+m.GetVersion()) + " " + m.GetState()
			if m.GetReason() != "" {
				text += ": " + m.GetReason()
			}
			odd = append(odd, text)
		}
	}
	c := Check{Status: OK, Found: fmt.Sprintf("%s READY, %d not loaded", plural(ready, "version"), never)}
	if len(odd) > 0 {
		c.Status, c.Found = Warn, c.Found+", "+some(odd)
		c.Do = "mend, unload or take away what failed; wait for what loads"
	}
	if ready == 0 {
		c.Status = Warn
		if c.Do == "" {
			c.Do = "no model is loaded: load one, or give another --model-repository"
		}
	}
	return c
}
