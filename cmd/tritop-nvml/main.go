// Tritop-nvml reads this machine's GPUs from the NVIDIA driver for tritop, which
// starts it where it lies beside it: one line of JSON per sample, until the input
// ends. It is a program of its own because a call into the driver may hang or end
// the process. Nothing keeps a person from calling it.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"tritop/collectors/nvml/helper"
)

func main() { os.Exit(run()) }

func run() int {
	every := time.Second
	if len(os.Args) > 1 {
		d, err := time.ParseDuration(os.Args[1])
		if err != nil || d < 10*time.Millisecond || len(os.Args) > 2 {
			_, _ = fmt.Fprintln(os.Stderr, "tritop-nvml: read the arguments: want one interval of at least 10ms\nhint: tritop-nvml 1s")
			return 64
		}
		every = d
	}
	signal.Ignore(os.Interrupt) // it is tritop's, which ends this program itself
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0) // at once, whatever call hangs
	}()
	if err := helper.Run(context.Background(), helper.Load(), every, os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "tritop-nvml: "+err.Error())
		return 5
	}
	return 0
}
