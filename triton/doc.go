// Package triton speaks the protocols of NVIDIA Triton Inference Server: a gRPC
// client with classified errors, and (in triton/metrics) a scanner of its
// metrics text.
//
// It holds no state about servers and no policy: it asks when it is told to,
// under the caller's deadline, and says what came of it. Collectors, actuators
// and the simulated fleet use it. Generated messages are in triton/pb, made
// from triton/proto by `make proto`.
package triton
