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
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"tritop/config"
)

// The exit codes besides those of the verdicts (0 healthy, 1 degraded, 2
// unhealthy, 3 unknown).
const (
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
	Terminal func(w any) bool // whether a stream is a terminal
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
func Run(ctx context.Context, args []string, streams IO) int {
	root := newRoot(&app{io: streams})
	root.SetArgs(args)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	err := root.ExecuteContext(ctx)
	return report(streams.Err, err, root)
}

// report prints an error as one line with a hint and gives the exit code.
func report(w io.Writer, err error, root *cobra.Command) int {
	var code verdictCode
	var f *failure
	var problems config.Problems
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &problems):
		_, _ = fmt.Fprintln(w, "tritop: read the configuration: "+plural(len(problems), "problem"))
		_, _ = fmt.Fprintln(w, problems.Error())
		_, _ = fmt.Fprintln(w, "hint: `tritop config init` prints a commented file with the whole shape")
		return exitConfig
	case errors.As(err, &f):
	default:
		f = usage(err, root)
	}
	_, _ = fmt.Fprintf(w, "tritop: %s\n", f)
	if f.hint != "" {
		_, _ = fmt.Fprintln(w, "hint: "+f.hint)
	}
	return f.code
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

var quotedWord = regexp.MustCompile(`"([^"]*)"|(--?[A-Za-z][\w-]*)`)

// usage turns an error of the flag library into one of ours, with the nearest
// known name.
func usage(err error, root *cobra.Command) *failure {
	text := strings.TrimSpace(err.Error())
	f := &failure{code: exitUsage, doing: "read the command line", err: errors.New(firstLine(text)), hint: "tritop --help lists the commands and flags"}
	m := quotedWord.FindStringSubmatch(text)
	if m == nil {
		return f
	}
	found := m[1] + m[2]
	near := config.Nearest(strings.TrimLeft(found, "-"), knownWords(root, strings.HasPrefix(found, "-")))
	if near != "" {
		f.hint = strings.TrimPrefix(near, " ") + " " + f.hint
	}
	return f
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// misuse is an error of the command line.
func misuse(doing string, err error, hint string) error {
	return &failure{code: exitUsage, doing: doing, err: err, hint: hint}
}
