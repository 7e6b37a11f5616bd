package sim

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// tensors is one inference, whichever protocol brought it. The models of the
// fleet take INPUT0, FP32 [batch, n], and give OUTPUT0: twice the input.
type tensors struct {
	model, version string
	shape          []int64
	data           []float32
}

// result is what came of it.
type result struct {
	Answer
	output []float32
}

// infer lets the world serve a request and waits as long as it takes.
func (h *host) infer(ctx context.Context, in tensors) result {
	if bad := in.check(); bad != "" {
		return result{Answer: Answer{Code: InvalidArgument, Text: bad}}
	}
	var a Answer
	h.with(func(w *World, s *Server) { a = w.Infer(s, in.model, in.version, batchIndex(in.shape[0])) })
	if a.Never {
		<-ctx.Done()
		return result{Answer: Answer{Code: Unavailable, Text: "the client gave up"}}
	}
	t := time.NewTimer(a.Took)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return result{Answer: Answer{Code: Unavailable, Text: "the client gave up"}}
	}
	if a.Text != "" {
		return result{Answer: a}
	}
	out := make([]float32, len(in.data))
	for i, v := range in.data {
		out[i] = 2 * v
	}
	return result{Answer: a, output: out}
}

func (in tensors) check() string {
	if len(in.shape) != 2 || in.shape[0] < 1 {
		return fmt.Sprintf("[request id: <id_unknown>] unexpected shape for input 'INPUT0' for model '%s'. Expected [-1,-1], got %v", in.model, in.shape)
	}
	if in.shape[0] > 16 {
		return fmt.Sprintf("[request id: <id_unknown>] inference request batch-size must be <= 16 for '%s'", in.model)
	}
	if want := in.shape[0] * in.shape[1]; in.shape[1] < 0 || want != int64(len(in.data)) {
		return fmt.Sprintf("[request id: <id_unknown>] input 'INPUT0' got %d elements, shape %v needs %d", len(in.data), in.shape, want)
	}
	return ""
}

// batchIndex is the smallest batch size that holds n.
func batchIndex(n int64) int {
	for i, size := range batchSizes {
		if uint64(n) <= size {
			return i
		}
	}
	return len(batchSizes) - 1
}

func rawToFloats(raw []byte) []float32 {
	out := make([]float32, len(raw)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return out
}

func floatsToRaw(in []float32) []byte {
	out := make([]byte, 0, 4*len(in))
	for _, v := range in {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}
