// Tritop is the operations console for fleets of NVIDIA Triton Inference Server.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/charmbracelet/x/term"

	"tritop/cli"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	detached := signal.Ignored(syscall.SIGHUP)
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	return cli.Run(ctx, os.Args[1:], cli.IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Environ: os.Environ(), Hangups: hangups, Detached: detached,
		Terminal: func(w any) bool {
			f, ok := w.(*os.File)
			return ok && term.IsTerminal(f.Fd())
		},
		Size: func(w any) (width, height int, ok bool) {
			f, ok := w.(*os.File)
			if !ok {
				return 0, 0, false
			}
			width, height, err := term.GetSize(f.Fd())
			return width, height, err == nil
		}})
}
