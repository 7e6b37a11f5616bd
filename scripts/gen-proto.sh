#!/bin/sh
# Generates triton/pb from triton/proto. With --check it changes nothing and
# fails when the committed code is not what the generators make of it.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
if [ "${1:-}" = "--check" ]; then
	out=$(mktemp -d)
	trap 'rm -rf "$out"' EXIT
	(cd tools/proto && go run . "$root/triton/proto" "$out")
	diff -r "$out" triton/pb || { echo "triton/pb is not current: run make generate" >&2; exit 1; }
	exit 0
fi
cd tools/proto && go run . "$root/triton/proto" "$root/triton/pb"
