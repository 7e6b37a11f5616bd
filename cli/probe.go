package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tritop/collectors"
	"tritop/collectors/probe"
	"tritop/config"
	"tritop/model"
	"tritop/triton"
	"tritop/triton/pb"
)

// draftPatience is how long one call may take while a probe is being made: the
// first inference of a model may warm it up.
const draftPatience = 15 * time.Second

// draft is what `probe init` was asked for.
type draft struct {
	server, model, version string
	write                  bool
}

func (a *app) probeCommand() *cobra.Command {
	group := &cobra.Command{Use: "probe", Short: "make probes: real inferences with a checked answer", Args: cobra.ArbitraryArgs, RunE: verb,
		Example: "  tritop probe init triton-a text_classifier\n  tritop probe init 10.0.0.1 text_classifier --write"}
	d := draft{}
	c := &cobra.Command{Use: "init SERVER MODEL", Short: "make a probe from a model's metadata and one recorded answer",
		Long: `init asks a server how a model is made, sends it the same small inference twice
and prints a probe that expects what came back. SERVER is a name of the
configuration or [name=]host[:grpc[/http/metrics]]. The inputs are made up: put
in some that mean something where that matters.`,
		Example: "  tritop probe init triton-a text_classifier\n  tritop probe init 10.0.0.1:8001 text_classifier --version 2\n  tritop probe init triton-a text_classifier --write --config prod.yaml",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				return nil
			}
			return misuse("read the command line", fmt.Errorf("%s wants a server and a model, found %s", cmd.CommandPath(), plural(len(args), "argument")), "tritop probe init triton-a text_classifier")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFormat("yaml"); err != nil {
				return err
			}
			d.server, d.model = args[0], args[1]
			return a.initProbe(cmd.Context(), cmd.OutOrStdout(), d)
		}}
	c.Flags().StringVar(&d.version, "version", "", "probe this version `N` alone (default: every READY version)")
	c.Flags().BoolVar(&d.write, "write", false, "add the probe to the configuration file")
	c.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return a.serverNames(), cobra.ShellCompDirectiveNoFileComp
	}
	a.outputFlag(c, "yaml")
	a.demoFlag(c)
	group.AddCommand(c)
	return group
}

// serverNames are those of the configuration, for completion.
func (a *app) serverNames() []string {
	file := config.Find(a.config, a.io.Getenv)
	if file == "" {
		return nil
	}
	cfg, err := config.Load(file)
	if err != nil {
		return nil
	}
	var names []string
	for _, s := range cfg.Servers {
		names = append(names, s.Spec.Name)
	}
	return names
}

func (a *app) initProbe(ctx context.Context, w io.Writer, d draft) error {
	if err := (probe.Spec{Model: d.model, Version: d.version}).Validate(); err != nil {
		return misuse("choose the model", err, "tritop probe init SERVER MODEL --version 2")
	}
	file := ""
	if d.write {
		if file = config.Find(a.config, a.io.Getenv); file == "" {
			return &failure{exitConfig, "find the configuration to write to", errors.New("none was found"), "--config FILE names one; `tritop config init > tritop.yaml` writes one"}
		}
		if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
			return misuse("write the probe", errors.New(file+" is no regular file: nothing can be added to it"), "without --write the probe is printed")
		}
		if a.demo != "" {
			return misuse("write the probe", errors.New("--demo and --write exclude each other"), "without --write the probe is printed")
		}
	}
	target, done, err := a.oneServer(ctx, d.server)
	if err != nil {
		return err
	}
	defer done()
	spec, comments, err := a.makeProbe(ctx, target, d)
	switch {
	case ctx.Err() != nil:
		return verdictCode(exitInterrupted)
	case err != nil:
		return err
	}
	text, err := config.ProbeText(spec, comments)
	if err != nil {
		return &failure{exitRefused, "make a probe of " + d.model, err, "write it by hand: docs and `tritop config init` show the shape"}
	}
	if d.write {
		return a.addProbe(w, file, spec, comments)
	}
	_, err = io.WriteString(w, text)
	return unwritten("the probe", err)
}

// oneServer finds the server that an argument names; done ends what was started
// for it.
func (a *app) oneServer(ctx context.Context, arg string) (t collectors.Target, done func(), err error) {
	p, err := a.someServers(ctx, arg)
	if err != nil {
		return t, nil, err
	}
	var names []string
	for _, t := range p.targets {
		if t.Spec.Name == arg || len(p.targets) == 1 && a.demo == "" {
			return t, p.close, nil
		}
		names = append(names, t.Spec.Name)
	}
	p.close()
	return t, nil, misuse("choose the server", fmt.Errorf("no server is named %q%s", arg, config.Nearest(arg, names)), "servers: "+limited(names))
}

// someServers gives the simulated fleet, or the one server that was named: of
// the configuration, or by its address.
func (a *app) someServers(ctx context.Context, arg string) (plan, error) {
	if a.demo != "" {
		return a.prepare(ctx, nil)
	}
	if err := a.validate(); err != nil {
		return plan{}, err
	}
	var names []string
	if file := config.Find(a.config, a.io.Getenv); file != "" {
		cfg, err := config.Load(file)
		if err != nil {
			return plan{}, configError(file, err)
		}
		for _, s := range cfg.Servers {
			if s.Spec.Name == arg {
				return a.alone(s)
			}
			names = append(names, s.Spec.Name)
		}
	}
	if near := config.Nearest(arg, names); near != "" && !strings.ContainsAny(arg, ".:=[]/") {
		return plan{}, misuse("choose the server", fmt.Errorf("no server is named %q%s", arg, near), "servers: "+limited(names)+"; a host of that name is written "+arg+":8001")
	}
	s, err := config.ParseServer(arg)
	if err != nil {
		return plan{}, misuse("choose the server", err, "name one of the configuration, or [name=]host[:grpc[/http/metrics]]")
	}
	return a.alone(s)
}

// alone is a plan of one server.
func (a *app) alone(s config.Server) (plan, error) {
	t, err := a.target(s)
	return plan{targets: []collectors.Target{t}}, err
}

// makeProbe asks the server and records what it answers; comments say where the
// probe comes from and what it does not expect.
func (a *app) makeProbe(ctx context.Context, target collectors.Target, d draft) (spec probe.Spec, comments []string, err error) {
	client, err := triton.Dial(target.GRPC)
	if err != nil {
		return spec, nil, &failure{exitConfig, "reach " + target.Spec.Name, err, ""}
	}
	defer func() { _ = client.Close() }() // nothing is in flight any more
	m := maker{client: client, server: target.Spec.Name, draft: d}
	versions, err := m.describe(ctx, &spec)
	if err != nil {
		return spec, nil, err
	}
	spec.Model, spec.Version = d.model, d.version
	answers, err := m.ask(ctx, spec, versions)
	if err != nil {
		return spec, nil, err
	}
	spec, notes, err := spec.Record(answers[0], answers[1:]...)
	if err != nil {
		return spec, nil, &failure{exitEngine, "read the answer of " + d.model, err, ""}
	}
	from := "recorded from version " + answers[0].GetModelVersion()
	if others := versions[1:]; len(others) > 0 {
		from += ", compared with " + strings.Join(others, ", ")
	}
	comments = append(comments, model.CleanName(from+" at "+target.Spec.Name)+"; the inputs are made up")
	for _, n := range notes {
		note := line(n)
		if strings.Contains(n, "answered otherwise") && len(versions) > 1 {
			note += "; --version " + versions[0] + " records that version alone"
		}
		comments = append(comments, note)
		_, _ = fmt.Fprintln(a.io.Err, "note: "+note)
	}
	return spec, comments, nil
}

// addProbe writes the probe into the configuration file.
func (a *app) addProbe(w io.Writer, file string, spec probe.Spec, comments []string) error {
	text, _, err := config.Read(file)
	if err != nil {
		return configError(file, err)
	}
	after, err := config.AddProbe(file, text, spec, comments)
	var problems config.Problems
	switch {
	case errors.As(err, &problems):
		return err
	case err != nil:
		return &failure{exitRefused, "add the probe to " + file, err, "without --write it is printed"}
	}
	if err := config.Replace(file, after); err != nil {
		return &failure{exitEngine, "write " + file, err, "without --write the probe is printed"}
	}
	_, err = fmt.Fprintf(w, "added a probe of %s to %s\n", line(spec.Model), line(file))
	return unwritten("the result", err)
}

// maker asks one server for what a probe is made of.
type maker struct {
	draft
	client *triton.Client
	server string
}

// describe drafts the probe and gives the versions to ask, the highest first.
func (m maker) describe(parent context.Context, spec *probe.Spec) (versions []string, err error) {
	ctx, cancel := context.WithTimeout(parent, draftPatience)
	defer cancel()
	meta, err := m.client.ModelMetadata(ctx, m.model, m.version)
	if err != nil {
		return nil, m.unknown(parent, err)
	}
	cfg, err := m.client.ModelConfig(ctx, m.model, m.version)
	if err != nil {
		return nil, m.failed("read the configuration of "+m.model, err)
	}
	if *spec, err = probe.Draft(meta, cfg); err != nil {
		return nil, &failure{exitRefused, "make a probe of " + m.model, err, "tritop watches it by its statistics and metrics all the same"}
	}
	if versions = meta.GetVersions(); m.version != "" || len(versions) == 0 {
		return []string{m.version}, nil
	}
	slices.SortFunc(versions, func(a, b string) int {
		x, _ := strconv.Atoi(a) // Triton's versions are numbers
		y, _ := strconv.Atoi(b)
		return y - x
	})
	return versions, nil
}

// ask sends the probe twice to the first version and once to each other one.
func (m maker) ask(parent context.Context, spec probe.Spec, versions []string) (answers []*pb.ModelInferResponse, err error) {
	for _, v := range append(versions[:1:1], versions...) {
		req, err := spec.Request(v, "tritop-probe-init")
		if err != nil {
			return nil, &failure{exitEngine, "make a probe of " + m.model, err, ""}
		}
		ctx, cancel := context.WithTimeout(parent, draftPatience)
		resp, err := m.client.Infer(ctx, req)
		cancel()
		if err != nil {
			return nil, m.failed(strings.TrimSpace("infer with "+m.model+" "+v), err)
		}
		answers = append(answers, resp)
	}
	return answers, nil
}

// failed is the error of a call that the server did not answer as it should.
func (m maker) failed(doing string, err error) error {
	f := &failure{exitEngine, doing + " at " + m.server, errors.New(triton.DetailOf(err)), "tritop doctor says what answers there and what to change"}
	switch triton.KindOf(err) {
	case triton.Invalid, triton.Internal:
		f.hint = "the model does not take made-up inputs: write the probe by hand with some that it takes"
	case triton.Unsupported, triton.NotFound, triton.NotReady, triton.Other, triton.Refused, triton.Unreachable, triton.TimedOut, triton.Lost, triton.NotTriton, triton.TLSFailed,
		triton.Restricted, triton.Exiting, triton.TooLarge, triton.Cancelled:
	}
	return f
}

// unknown says what of a model's name or version the server does not know.
func (m maker) unknown(parent context.Context, err error) error {
	if k := triton.KindOf(err); k != triton.NotFound && k != triton.Invalid && k != triton.NotReady {
		return m.failed("read the metadata of "+m.model, err)
	}
	ctx, cancel := context.WithTimeout(parent, draftPatience)
	defer cancel()
	index, indexErr := m.client.Index(ctx)
	if indexErr != nil {
		return m.failed("read the metadata of "+m.model, err)
	}
	var names, versions []string
	for _, e := range index.GetModels() {
		names = append(names, model.CleanName(e.GetName()))
		if e.GetName() == m.model && e.GetVersion() != "" {
			versions = append(versions, strings.TrimSpace(e.GetVersion()+" "+e.GetState()+" "+e.GetReason()))
		}
	}
	slices.Sort(names)
	switch names = slices.Compact(names); {
	case !slices.Contains(names, m.model):
		return misuse("choose the model", fmt.Errorf("%s has no model %q%s", m.server, m.model, config.Nearest(m.model, names)), "models: "+limited(names))
	case m.version != "" && len(versions) > 0:
		return misuse("choose the version", fmt.Errorf("version %s of %s cannot be asked", m.version, m.model), "versions: "+limited(versions))
	}
	return &failure{exitEngine, "make a probe of " + m.model, errors.New("no version of it is READY at " + m.server), strings.TrimSuffix("versions: "+limited(versions), "versions: ")}
}
