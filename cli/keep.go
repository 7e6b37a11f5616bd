package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tritop/config"
	"tritop/headless"
	"tritop/model"
)

// stateDirectory is where tritop keeps what lasts.
func (a *app) stateDirectory() (string, error) {
	switch {
	case a.stateDir != "":
		return a.stateDir, nil
	case a.io.Getenv("XDG_STATE_HOME") != "":
		return filepath.Join(a.io.Getenv("XDG_STATE_HOME"), "tritop"), nil
	case a.io.Getenv("HOME") != "":
		return filepath.Join(a.io.Getenv("HOME"), ".local", "state", "tritop"), nil
	}
	return "", errors.New("neither --state-dir nor XDG_STATE_HOME nor HOME says where")
}

// saveScreen keeps a frame as text and the whole state as JSON, side by side
// under screens/ of the state directory.
func (a *app) saveScreen(frame string, s *model.Snapshot) (string, error) {
	dir, err := a.stateDirectory()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "screens")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the directory %s: %w", dir, config.Cause(err))
	}
	var document bytes.Buffer
	if err := headless.JSON(&document, s, true); err != nil {
		return "", fmt.Errorf("write the state as JSON: %w", err)
	}
	name := filepath.Join(dir, s.Now.UTC().Format("20060102-150405.000"))
	for ext, text := range map[string][]byte{".txt": []byte(frame), ".json": document.Bytes()} {
		if err := os.WriteFile(name+ext, text, 0o600); err != nil {
			return "", fmt.Errorf("write %s%s: %w", name, ext, config.Cause(err))
		}
	}
	return name + ".txt and .json", nil
}
