package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// startRounds are enough for a median that holds, and a maximum that means something.
const startRounds = 25

// BenchmarkStart is from exec to the first complete frame on a 200×60 terminal,
// of the real binary, with no server reachable (two refuse, one never answers),
// and of the demo. The anchors are `tritop version`, which draws nothing, and
// btop, in turns in the same run.
func BenchmarkStart(b *testing.B) {
	bin := stripped(b)
	servers := []string{"refuses=" + closed(b), "refuses-too=" + closed(b), "never-answers=" + deaf(b)}
	var frames, demos, versions, anchors []time.Duration
	for b.Loop() {
		for range startRounds {
			versions = append(versions, version(b, bin))
			frames = append(frames, firstFrame(b, exec.Command(bin, servers...), "never-answers", "quit"))
			demos = append(demos, firstFrame(b, exec.Command(bin, "demo"), "demo", "quit"))
			if _, err := exec.LookPath("btop"); err == nil {
				anchors = append(anchors, firstFrame(b, exec.Command("btop", "--utf-force"), "menu", "Used:", "Program:"))
			}
		}
	}
	b.ReportMetric(ms(at(frames, 0.5)), "ms-p50")
	b.ReportMetric(ms(at(frames, 0.9)), "ms-p90")
	b.ReportMetric(ms(at(frames, 1)), "ms-max")
	b.ReportMetric(ms(at(demos, 0.5)), "ms-demo-p50")
	b.ReportMetric(ms(at(versions, 0.5)), "ms-version-p50")
	b.ReportMetric(float64(at(frames, 0.5))/float64(at(versions, 0.5)), "x-version")
	if len(anchors) == 0 {
		b.Log("NO ANCHOR: btop is missing; install it with: apt-get install btop")
	} else {
		b.ReportMetric(ms(at(anchors, 0.5)), "ms-btop-p50")
		b.ReportMetric(float64(at(frames, 0.5))/float64(at(anchors, 0.5)), "x-btop")
	}
	b.ReportMetric(float64(len(frames)), "starts")
	b.ReportMetric(0, "ns/op") // of a round of both: says nothing
}

// stripped builds the binary as it is released.
func stripped(b *testing.B) string {
	b.Helper()
	bin := filepath.Join(b.TempDir(), "tritop")
	build := exec.Command("go", "build", "-tags", "grpcnotrace", "-trimpath", "-ldflags", "-s -w", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// BenchmarkSize is the resident memory of the demo's screen after a minute, and
// the size of the binary.
func BenchmarkSize(b *testing.B) {
	bin, length := stripped(b), time.Minute
	if flag.Lookup("test.benchtime").Value.String() == "1x" { // only so that it does not rot
		length = 2 * time.Second
	}
	info, err := os.Stat(bin)
	if err != nil {
		b.Fatal(err)
	}
	var resident float64
	for b.Loop() {
		cmd := exec.Command(bin, "demo")
		tty := openOn(b, cmd)
		go func() { _, _ = io.Copy(io.Discard, tty) }()
		time.Sleep(length)
		resident = memory(b, cmd.Process.Pid)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = tty.Close()
	}
	b.ReportMetric(resident, "MB-resident")
	b.ReportMetric(float64(info.Size())/1e6, "MB-binary")
	b.ReportMetric(0, "ns/op")
}

// memory is the resident memory of a process in megabytes.
func memory(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skipf("SKIPPED: %v", err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	var kib float64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		b.Fatal(err)
	}
	return kib * 1024 / 1e6
}

// closed gives an address on which nothing listens.
func closed(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// deaf gives an address that accepts and says nothing.
func deaf(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

func version(b *testing.B, bin string) time.Duration {
	b.Helper()
	began := time.Now()
	if err := exec.Command(bin, "version").Run(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// openOn starts a program on a terminal of 200×60.
func openOn(b *testing.B, cmd *exec.Cmd) *os.File {
	b.Helper()
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "NO_COLOR=", "TRITOP_CONFIG=", "XDG_STATE_HOME="+b.TempDir())
	cmd.Dir = b.TempDir()
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 60, Cols: 200})
	if err != nil {
		b.Fatal(err)
	}
	return tty
}

// firstFrame starts a screen and stops the clock when all words have come, in
// their order: the last of ours is the last of the last row.
func firstFrame(b *testing.B, cmd *exec.Cmd, words ...string) time.Duration {
	b.Helper()
	began := time.Now()
	tty := openOn(b, cmd)
	defer func() { _ = tty.Close() }()
	kill := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	var seen []byte
	var took time.Duration
	buf := make([]byte, 1<<16)
	for took == 0 {
		n, err := tty.Read(buf)
		if err != nil {
			b.Fatalf("%v after %d bytes: %q", err, len(seen), tail(seen))
		}
		seen = append(seen, buf[:n]...)
		if complete(seen, words) {
			took = time.Since(began)
		}
	}
	if _, err := fmt.Fprint(tty, "q"); err != nil {
		b.Fatal(err)
	}
	var err error
	for err == nil { // until its end is closed
		_, err = tty.Read(buf)
	}
	if err := cmd.Wait(); err != nil {
		b.Fatalf("the screen ended with %v", err)
	}
	return took
}

// complete says whether all words are there, each behind the one before.
func complete(seen []byte, words []string) bool {
	for _, w := range words {
		i := bytes.Index(seen, []byte(w))
		if i < 0 {
			return false
		}
		seen = seen[i:]
	}
	return true
}

func tail(b []byte) []byte { return b[max(0, len(b)-200):] }

func at(d []time.Duration, q float64) time.Duration {
	slices.Sort(d)
	return d[int(q*float64(len(d)-1))]
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }
