// Package archtest holds only tests: which package may import which, how long
// and how branched code may be, where no clock is read, and that no path of
// one machine gets into the repository.
//
// They read the source and nothing else, so they run everywhere and in well
// under a second. A rule is changed here and in docs/architecture.md in one
// commit, with the reason in its body.
package archtest
