// Package scenarios holds only tests: every scenario of the simulated fleet,
// in simulated time, against its named verdict and words.
package scenarios
