package journal

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"testing"
)

// resum gives a line, with its line feed, the check sum that it needs.
func resum(line []byte) []byte {
	text := line[:len(line)-1-sumLength]
	return fmt.Appendf(bytes.Clone(text), "%s%08x\"}\n", sumMark, crc32.Checksum(text, castagnoli))
}

// memory is a file in memory, to be read.
type memory struct {
	File
	*bytes.Reader
}

func (m memory) Read(b []byte) (int, error) { return m.Reader.Read(b) }

// FuzzSegment reads any text as a segment and as a state file: no panic, what is
// read can be written again and is the same, and what is written behind the last
// whole line is there, once, and nothing else changed.
func FuzzSegment(f *testing.F) {
	whole, err := Record{Seq: 1, Kind: "note", Key: "k", At: when, Data: []byte(`{"n":1}`)}.appendLine(nil)
	done(f, err)
	f.Add(whole)
	f.Add(append(bytes.Clone(whole), whole[:20]...))
	f.Add(append(bytes.Clone(whole), whole...))
	for _, text := range []string{
		`{"v":2,"n":3,"at":"2026-11-24T12:00:00Z","kind":"note","key":"k","by":{"user":""}`,
		`{"v":1,"n":1,"at":"2026-11-24T12:00:00Z","kind":"state","by":{"user":""},"data":{"records":-9}`,
		`{"v":1,"n":4,"at":"2026-11-24T12:00:00Z","kind":"budget","key":"o","by":{"user":""},"data":{"start":"2026-11-24T12:00:00Z","step_s":1,"buckets":[[0,1,2,1]]}`,
		`{"v":1,"n":5,"at":"2026-11-24T12:00:00Z","kind":"event","by":{"user":""},"data":{"fleet":"f","seq":1,"kind":"server","verdict":"HEALTHY"}`,
	} {
		f.Add(resum([]byte(text + `,"crc":"00000000"}` + "\n")))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		// The sum of a last line is mended, else nothing passes it.
		if begin := bytes.LastIndexByte(bytes.TrimSuffix(text, []byte("\n")), '\n') + 1; len(text)-begin > sumLength && text[len(text)-1] == '\n' {
			text = append(bytes.Clone(text[:begin]), resum(text[begin:])...)
		}
		before, end, last := everything(t, text)
		again := bytes.Clone(text[:end])
		if last < seqLimit-1 {
			again, err = Record{Seq: last + 1, Kind: "mine", At: when, Data: []byte(`"only"`)}.appendLine(again)
			done(t, err)
			after, _, _ := everything(t, again)
			if len(after) != len(before)+1 || after[len(before)].Kind != "mine" || string(after[len(before)].Data) != `"only"` {
				t.Fatalf("%d records, then %d, the last of which is %+v", len(before), len(after), after[len(after)-1])
			}
		}
	})
}

// everything reads a text in every way that there is.
func everything(t *testing.T, text []byte) (all []Record, end int, last uint64) {
	t.Helper()
	var h held
	var rep, glanced Report
	end = rep.segment(text, &last, func(r Record) {
		all = append(all, r)
		h.add(r)
		r.Event()
		r.Silence()
	}, h.addNewer)
	var seen uint64
	if glanced.segment(text, &seen, nil, nil); seen < last {
		t.Fatalf("at a glance the last number is %d, not %d", seen, last)
	}
	_, err := replayState([]openFile{{file: file{n: 1}, f: memory{Reader: bytes.NewReader(text)}}}, h.add, h.addNewer, &rep)
	done(t, err)
	if _, err := h.write(1, Actor{}); err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		line, err := r.appendLine(nil)
		done(t, err)
		if back, err := parse(line[:len(line)-1]); err != nil || back.Seq != r.Seq || back.Key != r.Key || !back.At.Equal(r.At) {
			t.Fatalf("%+v becomes %+v (%v)", r, back, err)
		}
	}
	return all, end, last
}
