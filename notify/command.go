package notify

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"tritop/model"
)

// run runs a program with a document on its standard input. A program that does not
// end in time is killed with all that it started.
func run(ctx context.Context, argv []string, document any) error {
	text, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("write the message: %w", err)
	}
	if len(argv) == 0 {
		return errors.New("no command is named")
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // the configuration names it
	said := &head{limit: wordsLimit}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), said, said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second // what left the group may hold its streams open
	err = cmd.Run()
	name := model.CleanText(argv[0])
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%s did not end in time and was killed", name)
	case errors.As(err, &exit):
		return fmt.Errorf("%s ended with %s%s", name, exit.ProcessState, behind(model.FirstLine(strings.TrimSpace(model.CleanText(said.String())))))
	}
	return fmt.Errorf("%s cannot be run: %w", name, cmp.Or(errors.Unwrap(err), err))
}

// head keeps the beginning of what is written.
type head struct {
	bytes.Buffer
	limit int
}

func (h *head) Write(b []byte) (int, error) {
	h.Buffer.Write(b[:min(len(b), h.limit-h.Len())])
	return len(b), nil
}
