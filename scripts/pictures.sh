#!/usr/bin/env bash
# Draws the pictures of the documentation with the program itself, on the
# simulated fleet (about two minutes: the charts need a past to show).
set -euo pipefail
cd "$(dirname "$0")/.."
out=docs/pictures
mkdir -p "$out"
draw() { # FILE SCENARIO VIEW SIZE AFTER
	bin/tritop snapshot --demo "$2" --view "$3" --size "$4" --after "$5" -o svg >"$out/$1.svg"
}
gpu=$(bin/tritop snapshot --demo gpu-lost --after 3s -o json | grep -o 'GPU-[0-9a-f-]*' | sort -u | head -1)
draw overview-200x60 bad-version overview 200x60 110s &
draw triage-80x24 ready-lies overview 80x24 60s &
draw server-120x40 ready-lies server:us1-gpu-02 120x40 60s &
draw model-120x40 bad-version model:text_classifier 120x40 110s &
draw small-40x10 hung-server overview 40x10 30s &
draw wall-200x50 ready-lies wall 200x50 75s &
draw gpus-120x40 gpu-lost gpus 120x40 45s &
draw gpu-120x40 gpu-lost "gpu:$gpu" 120x40 90s &
draw version-120x40 llm version:assistant@1 120x40 110s &
draw regions-80x24 region-loss regions 80x24 60s &
for job in $(jobs -p); do wait "$job"; done
ls -l "$out"
