package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tritop/exporter"
)

func (a *app) serveCommand() *cobra.Command {
	address := ""
	c := &cobra.Command{Use: "serve [server …]", Short: "one collector without a screen: an exporter for Prometheus",
		Long:    "serve observes the fleet until it is interrupted and answers on the address of\n--metrics: /metrics for Prometheus, /healthz and /readyz (docs/exporter.md).\nIt keeps events in the state directory, as the screen does. There is no TLS and\nno password: name an address that only Prometheus reaches.",
		Example: "  tritop serve --metrics 127.0.0.1:9877 --config prod.yaml\n  tritop serve --metrics :9877 --demo slow-model",
		RunE: func(cmd *cobra.Command, args []string) error {
			if address == "" {
				return misuse("serve", errors.New("nothing is to be served"), "--metrics ADDR answers Prometheus, e.g. --metrics 127.0.0.1:9877; screens over SSH come with a later version")
			}
			return a.serve(cmd.Context(), args, address)
		}}
	c.Flags().StringVar(&address, "metrics", "", "answer Prometheus on this `ADDR`: host:port, :port for all addresses of the machine, port 0 for a free one")
	a.demoFlag(c)
	return c
}

// serve observes and answers until ctx ends or something broke.
func (a *app) serve(ctx context.Context, args []string, address string) error {
	l, err := a.listenOn(ctx, address)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }() // it is closed already where it was served
	p, err := a.prepare(ctx, args)
	if errors.Is(err, errNothing) {
		return misuse("choose what to observe", err, "name servers, give --config FILE, or --demo SCENARIO")
	}
	if err != nil {
		return err
	}
	if p.keeper, err = a.keep(p); err != nil {
		return err
	}
	running, s, err := a.start(ctx, p)
	if err != nil {
		return err
	}
	a.hangup.able.Store(true)
	_, _ = fmt.Fprintf(a.io.Err, "serving http://%s/metrics\n", l.Addr())
	served := exporter.Serve(running, l, exporter.Options{Latest: s.engine.Latest, Now: time.Now, Version: programVersion()})
	if err := s.stop(); err != nil {
		return err
	}
	if served != nil {
		return &failure{exitEngine, "serve metrics", served, ""}
	}
	return verdictCode(exitInterrupted) // nothing else ends it
}

// listenOn takes the address before anything else starts.
func (a *app) listenOn(ctx context.Context, address string) (net.Listener, error) {
	doing := "listen on " + address
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, misuse(doing, errors.New("it is not host:port"), "e.g. 127.0.0.1:9877, [::1]:9877, or :9877 for all addresses of the machine")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return nil, misuse(doing, fmt.Errorf("%q is no port", port), "a port is a number from 0 to 65535; 0 takes a free one")
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err == nil {
		return l, nil
	}
	var no *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, &failure{exitEngine, doing, errors.New("another process listens there"), "end it, or choose another port"}
	case errors.Is(err, os.ErrPermission):
		return nil, &failure{exitEngine, doing, errors.New("permission denied"), "ports below 1024 need rights that tritop should not have: choose a higher one"}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, &failure{exitEngine, doing, errors.New("no interface of this machine has that address"), "127.0.0.1:" + port + " is this machine only, :" + port + " all its addresses"}
	case errors.As(err, &no):
		return nil, &failure{exitEngine, doing, errors.New("the name of the host is not known"), "name an address of this machine"}
	}
	return nil, &failure{exitEngine, doing, unbound(err), "choose another address"}
}
