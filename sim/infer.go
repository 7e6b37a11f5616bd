package sim

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"
)

// tensors is one inference, whichever protocol brought it. The models of the
// fleet take INPUT0, FP32 [batch, n], and give OUTPUT0: twice the input.
type tensors struct {
	model, version, id string
	names              []string // of its inputs
	datatype           string
	shape              []int64
	data               []float32
	wanted             []string // outputs, where it names some
}

// result is what came of it.
type result struct {
	Answer
	output []float32
}

// infer lets the world serve a request and waits as long as it takes.
func (h *host) infer(ctx context.Context, in tensors) result {
	var a Answer
	h.with(func(w *World, s *Server) {
		if _, a = s.lookup(in.model, in.version); a.Text != "" {
			return
		}
		if bad := in.check(); bad != "" {
			a = Answer{Code: InvalidArgument, Text: bad}
			return
		}
		a = w.Infer(s, in.model, in.version, batchIndex(in.shape[0]))
	})
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

// check says what Triton would of a request that does not fit, in its order.
func (in tensors) check() string {
	id := in.id
	if id == "" {
		id = "<id_unknown>"
	}
	who := "[request id: " + id + "] "
	for _, n := range in.names {
		if n != "INPUT0" {
			return fmt.Sprintf("unexpected inference input '%s' for model '%s'", n, in.model)
		}
	}
	for _, n := range in.wanted {
		if n != "OUTPUT0" {
			return fmt.Sprintf("unexpected inference output '%s' for model '%s'", n, in.model)
		}
	}
	switch {
	case len(in.names) != 1:
		return fmt.Sprintf("%sexpected 1 inputs but got %d inputs for model '%s'. Got input(s) [], but missing required input(s) ['INPUT0']. Please provide all required input(s).",
			who, len(in.names), in.model)
	case in.datatype != "FP32":
		return fmt.Sprintf("%sinference input 'INPUT0' data-type is '%s', but model '%s' expects 'FP32'", who, in.datatype, in.model)
	case len(in.shape) != 2 || in.shape[0] < 1:
		return fmt.Sprintf("%sunexpected shape for input 'INPUT0' for model '%s'. Expected [-1,-1], got %s. %s", who, in.model,
			strings.ReplaceAll(fmt.Sprint(in.shape), " ", ","), aboutBatches)
	case in.shape[0] > 16:
		return fmt.Sprintf("%sinference request batch-size must be <= 16 for '%s'", who, in.model)
	}
	if want := in.shape[0] * in.shape[1]; in.shape[1] < 0 || want != int64(len(in.data)) {
		return fmt.Sprintf("%sinput byte size mismatch for input 'INPUT0' for model '%s'. Expected %d, got %d", who, in.model, 4*want, 4*len(in.data))
	}
	return ""
}

// aboutBatches is what Triton adds to a wrong shape.
const aboutBatches = "NOTE: Setting a non-zero max_batch_size in the model config requires a batch dimension to be prepended to each input shape. " +
	"If you want to specify the full shape including the batch dim in your input dims config, try setting max_batch_size to zero. " +
	"See the model configuration docs for more info on max_batch_size."

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
