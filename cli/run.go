// Package cli is the command table and the wiring: it turns arguments,
// environment and configuration into options, starts the engine, the collectors
// and a front end, and turns what comes of it into an exit code.
//
// It exists so that main.go stays a handful of lines and every command can be
// run in a test with its own streams and environment. It decides nothing about
// servers. Only main imports it.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"tritop/config"
	"tritop/model"
	"tritop/roster"
)

// The exit codes besides those of the verdicts (0 healthy, 1 degraded, 2
// unhealthy, 3 unknown).
const (
	exitRefused     = 4
	exitEngine      = 5
	exitUsage       = 64
	exitConfig      = 78
	exitInterrupted = 130
)

// IO is what a command may touch.
type IO struct {
	In       *os.File // nil: no terminal
	Out, Err io.Writer
	Getenv   func(string) string
	Environ  []string
	Terminal func(w any) bool                         // whether a stream is a terminal
	Resolver roster.Resolver                          // nil: that of the machine
	Hangups  <-chan os.Signal                         // SIGHUP: the terminal is gone, or the configuration is to be read again; nil: none comes
	Detached bool                                     // a terminal that is gone is no reason to end (nohup)
	Size     func(w any) (width, height int, ok bool) // of a terminal in cells; may be nil
}

// failure is an error with its exit code and what to do next.
type failure struct {
	code  int
	doing string
	err   error
	hint  string
}

func (f *failure) Error() string { return f.doing + ": " + f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// verdictCode carries an exit code that is no error.
type verdictCode int

func (v verdictCode) Error() string { return fmt.Sprintf("exit code %d", int(v)) }

// Run runs one command line and gives the exit code.
func Run(ctx context.Context, args []string, streams IO) (code int) {
	defer func() { // a panic of ours is one line too, never a stack
		if r := recover(); r != nil {
			code = fail(streams.Err, &failure{exitEngine, "run tritop", fmt.Errorf("a fault inside: %v", r), "please report it with the command line"})
		}
	}()
	if args == nil { // cobra would take those of the process
		args = []string{}
	}
	a := &app{io: streams, args: args, hangup: &hangup{reload: make(chan struct{}, 1)}}
	ctx, cancel := context.WithCancel(ctx)
	var listening sync.WaitGroup
	if streams.Hangups != nil {
		listening.Go(func() { a.listen(ctx, cancel) })
	}
	defer listening.Wait()
	defer cancel()
	root := newRoot(a) //nolint:contextcheck // commands get the context from ExecuteContext
	root.SetArgs(args)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	return fail(streams.Err, root.ExecuteContext(ctx))
}

// fail prints an error as one line with a hint and gives the exit code. What
// it prints may hold names from files and arguments: nothing in them may reach
// the terminal as more than text.
func fail(w io.Writer, err error) int {
	var code verdictCode
	var f *failure
	var problems config.Problems
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &problems):
		if !errors.As(err, &f) {
			f = &failure{exitConfig, "read the configuration", problems, "`tritop config init` prints a commented file with the whole shape"}
		}
		_, _ = fmt.Fprintln(w, "tritop: "+f.doing+": "+plural(len(problems), "problem"))
		for _, p := range problems {
			_, _ = fmt.Fprintln(w, line(p.Error()))
		}
		_, _ = fmt.Fprintln(w, "hint: "+line(f.hint))
		return f.code
	case errors.As(err, &f):
	default:
		f = &failure{exitEngine, "run the command", err, ""}
	}
	_, _ = fmt.Fprintln(w, "tritop: "+line(f.Error()))
	if f.hint != "" {
		_, _ = fmt.Fprintln(w, "hint: "+line(f.hint))
	}
	return f.code
}

// line makes one printable line of a text.
func line(s string) string {
	return model.CleanText(strings.ReplaceAll(strings.TrimSpace(s), "\n", "; "))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// misuse is an error of the command line.
func misuse(doing string, err error, hint string) error {
	return &failure{exitUsage, doing, err, hint}
}

// unwritten is the error of a stream that took nothing more.
func unwritten(what string, err error) error {
	if err == nil {
		return nil
	}
	return &failure{exitEngine, "write " + what, config.Cause(err), ""}
}
