# Everything that a person does here. `make` lists it.
# build, run and test need Go and make only; what else needs more says so.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X tritop/cli.buildVersion=$(VERSION)
# gRPC's tracing pages would bring in text/template, and with it every method of every type: 2.5 MB.
TAGS    := grpcnotrace
GO      ?= go
LINT    := $(GO) tool -modfile=tools/go.mod golangci-lint

# The race detector needs a C compiler; without one the same tests run without it.
CC_WORKS := $(shell printf '\043include <stdlib.h>\n' | $$($(GO) env CC) -E -x c - >/dev/null 2>&1 && echo yes)
RACE     := $(if $(CC_WORKS),-race)
CGO      := $(if $(CC_WORKS),1,0)

# The NVML binding calls what NVIDIA deprecates, for old drivers.
export CGO_CFLAGS := -O2 -g -Wno-deprecated-declarations

FUZZTIME  ?= 10s
BENCHTIME ?= 1s
E2E        = $(GO) test -tags e2e -count=1 -timeout 20m ./internal/e2e

.DEFAULT_GOAL := help
.PHONY: help build build-nvml run test test-long race lint fmt vet generate generated golden pictures fuzz bench engines e2e test-gpu check clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## bin/tritop: one static binary
	CGO_ENABLED=0 $(GO) build -tags $(TAGS) -trimpath -ldflags '$(LDFLAGS)' -o bin/tritop .

build-nvml: build ## bin/tritop-nvml beside it: reads this machine's GPUs from the driver (Linux, C compiler)
	@[ -n "$(CC_WORKS)" ] || { echo "bin/tritop-nvml needs a C compiler: install gcc and libc6-dev, or do without (docs/gpus.md)"; exit 1; }
	CGO_ENABLED=1 $(GO) build -trimpath -ldflags '-s -w -extldflags=-Wl,-z,lazy' -o bin/tritop-nvml ./cmd/tritop-nvml

run: build ## the live screen on the built-in simulated fleet
	bin/tritop demo

test: ## all tests that need no real server (with the race detector where a C compiler is)
	CGO_ENABLED=$(CGO) $(GO) test $(RACE) $$($(GO) list ./... | grep -v /internal/scenarios)
	$(GO) test ./internal/scenarios # hours of simulated time in one goroutine: nothing to race with

test-long: ## simulated days: what is kept does not grow; thousands of kills; ten minutes of random keys, clicks and news on all views at once
	$(GO) test -tags long -count=1 -timeout 60m -run ADay -v ./internal/scenarios ./journal
	$(GO) test -tags long -count=1 -timeout 60m -parallel 16 -run Monkey -v ./ui

race: ## the tests with the race detector, each twice, on 1 and on 4 threads (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -count 2 -cpu 1,4 ./...

lint: ## golangci-lint, pinned in tools/go.mod (the first run builds it: minutes)
	$(LINT) run ./...

fmt: ## gofmt all Go files
	gofmt -w -s $$(git ls-files '*.go' ':!triton/pb/*')

vet:
	@unformatted=$$(gofmt -l -s $$(git ls-files '*.go' ':!triton/pb/*')); [ -z "$$unformatted" ] || { echo "not formatted, run make fmt:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags e2e,gpu,long ./...

generate: ## triton/pb from triton/proto
	scripts/gen-proto.sh

generated:
	scripts/gen-proto.sh --check

golden: ## rewrite the golden frames, docs/schema and docs/keys.md; read the difference like code
	$(GO) test ./ui ./headless ./cli -run 'Golden|Help|Status' -update

pictures: build ## draw the pictures of the documentation
	@[ -x scripts/pictures.sh ] || { echo "scripts/pictures.sh does not exist"; exit 1; }
	scripts/pictures.sh

fuzz: ## every fuzz target for 10 s (FUZZTIME=1m for longer)
	scripts/fuzz.sh $(FUZZTIME)

bench: ## all benchmarks; ratios to an anchor in the same run (docs/performance.md)
	CGO_ENABLED=0 $(GO) test -run '^$$' -bench . -benchtime $(BENCHTIME) ./...

engines: ## install a CPU Triton, Prometheus, Alertmanager and what their tests need (Debian 12, root)
	scripts/engines.sh

e2e: ## the suite against real Triton servers on loopback (make engines first)
	$(E2E)

test-gpu: build-nvml ## sample this machine's GPUs by the real driver and print them
	CGO_ENABLED=$(CGO) $(GO) test -tags gpu -count=1 -v -run TestRealDriver ./collectors/nvml

check: vet lint generated test ## what CI runs, without real servers: format, vet, lint, generated code, tests, limits, short fuzz
	scripts/fuzz.sh 5s

clean: ## remove what builds left
	rm -rf bin
	$(GO) clean -testcache
