package cli

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"

	"tritop/sim"
)

func (a *app) simCommand() *cobra.Command {
	var servers int
	listen, scenario := "127.0.0.1:0", "normal"
	c := &cobra.Command{Use: "sim", Short: "the simulated fleet alone: servers that speak Triton's protocols", Args: noArgs,
		Long:    "sim serves the simulated fleet until it is interrupted. When all servers listen\nit prints one line for each, `name host:grpc/http/metrics`, and `ready`.",
		Example: "  tritop sim --listen 127.0.0.1:18001\n  tritop sim --scenario bad-version --servers 3",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkFormat("text"); err != nil {
				return err
			}
			if err := knownScenario(scenario); err != nil {
				return err
			}
			if cmd.Flags().Changed("servers") && servers == 0 {
				servers = -1 // none is no fleet; 0 means the usual number
			}
			w, err := sim.New(sim.Options{Scenario: scenario, Seed: a.seed, Servers: servers})
			if err != nil {
				return misuse("start the simulated fleet", err, "")
			}
			served, err := sim.Serve(cmd.Context(), w, listen)
			if err != nil {
				return misuse("start the simulated fleet", unbound(err), "choose other ports with --listen HOST:PORT")
			}
			for _, s := range served.Specs() {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s %s/%d/%d\n", s.Name, net.JoinHostPort(reachable(listen, s.Host), strconv.Itoa(s.GRPC)), s.HTTP, s.Metric)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "ready")
			if err != nil { // nobody can learn where it listens
				return unwritten("where the servers listen", err)
			}
			served.Wait()
			return verdictCode(exitInterrupted) // nothing else ends it
		}}
	c.Flags().StringVar(&scenario, "scenario", "normal", "what happens, `NAME`: see demo --list")
	c.Flags().IntVar(&servers, "servers", 0, "how many servers, `N` (default 6)")
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "`HOST:PORT` of the first server's gRPC; HTTP is one below, metrics one above, the next server ten further; port 0: free ports")
	a.outputFlag(c, "text")
	return c
}

// unbound takes the calls out of an error about a port.
func unbound(err error) error {
	var op *net.OpError
	var no syscall.Errno
	if errors.As(err, &op) && errors.As(err, &no) && op.Addr != nil {
		return fmt.Errorf("listen on %s: %w", op.Addr, no)
	}
	return err
}

// reachable is the host that a client on this machine uses.
func reachable(listen, usual string) string {
	host, _, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err != nil || host == "" || ip != nil && ip.IsUnspecified() {
		return usual
	}
	return host
}
