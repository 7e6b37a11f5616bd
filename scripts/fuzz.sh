#!/usr/bin/env bash
# Runs every fuzz target of the module, one after another.
#
#	scripts/fuzz.sh [TIME]     each for TIME (default 10s)
#
# Making interesting inputs smaller is cut short: by default a short run does
# little else. What it finds is written to testdata/fuzz of the package: commit it with the fix.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-10s}

targets=$(grep -rnoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sed -E 's|^\./||; s|^([^:]+)/[^/:]+:[0-9]+:func |\1 |' | sort)
[ -n "$targets" ] || { echo "no fuzz target was found" >&2; exit 1; }
while read -r dir name; do
	echo "fuzz $dir $name for $time"
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 20x "./$dir"
done <<<"$targets"
