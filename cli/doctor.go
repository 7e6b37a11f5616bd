package cli

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"tritop/doctor"
	"tritop/headless"
)

func (a *app) doctorCommand() *cobra.Command {
	wait := waiting{flag: "after"}
	c := &cobra.Command{Use: "doctor [server …]", Short: "what was tried, what answered, and what to change",
		Long: `doctor looks at this machine (terminal, locale, configuration, state directory,
NVIDIA driver), reads each of the sources once, and tries everything that tritop
needs of each server: name, ports, TLS, gRPC calls, HTTP, metrics, clocks, and
the probes of the configuration. It exits with 0, 1 (something to look at) or 2
(something fails).`,
		Example: "  tritop doctor\n  tritop doctor 10.0.0.1 eu=10.0.1.1:8001\n  tritop doctor --config prod.yaml -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFormat("table", "json"); err != nil {
				return err
			}
			d, err := a.length(cmd, wait)
			if err != nil {
				return err
			}
			f, err := a.diagnose(cmd.Context(), args, d)
			if err != nil {
				return err
			}
			if a.output == "json" {
				err = headless.DoctorJSON(cmd.OutOrStdout(), f)
			} else {
				err = headless.DoctorTable(cmd.OutOrStdout(), f, a.asciiOnly())
			}
			if err != nil {
				return unwritten("the findings", err)
			}
			if code := doctorCode(f.Worst()); code != 0 {
				return verdictCode(code)
			}
			return nil
		}}
	a.waitingFlag(c, &wait, "how long to wait before")
	a.outputFlag(c, "table", "json")
	a.demoFlag(c)
	return c
}

// doctorCode is the exit code of the worst finding.
func doctorCode(worst doctor.Status) int {
	switch worst {
	case doctor.Warn:
		return 1
	case doctor.Fail:
		return 2
	case doctor.Skipped, doctor.OK:
	}
	return 0
}

// diagnose looks at this machine and at the servers. Without any servers this
// machine alone is looked at.
func (a *app) diagnose(ctx context.Context, args []string, after time.Duration) (headless.Findings, error) {
	p, err := a.prepare(ctx, args)
	if err != nil && !errors.Is(err, errNothing) {
		return headless.Findings{}, err
	}
	defer p.close()
	if after > 0 {
		if err := collect(ctx, after); err != nil {
			return headless.Findings{}, err
		}
	}
	opt := doctor.DefaultOptions()
	opt.Probes = p.probes
	var targets []doctor.Target
	for _, t := range p.targets {
		targets = append(targets, doctor.Target{Spec: t.Spec, GRPC: t.GRPC, HTTPHeaders: t.HTTPHeaders, Assumed: p.assumed[t.Spec.Name]})
	}
	f := headless.Findings{Surroundings: a.surroundings(p)}
	var gpus []doctor.Check
	var beside sync.WaitGroup
	beside.Go(func() { gpus = a.gpuChecks(ctx, p) })
	f.Servers = doctor.Examine(ctx, targets, opt)
	beside.Wait()
	f.Surroundings = append(f.Surroundings, gpus...)
	f.At = time.Now()
	if ctx.Err() != nil {
		return f, verdictCode(exitInterrupted)
	}
	return f, nil
}
