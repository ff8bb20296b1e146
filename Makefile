# suiji: `make` lists what there is.

GO      ?= go
PGBIN   ?= /usr/lib/postgresql/15/bin
LDFLAGS := -s -w
export CGO_ENABLED = 0

.DEFAULT_GOAL := help
.PHONY: help build demo test quick race fuzz lint vuln bench load faults ha upgrade pentest tamper cover dist try-dist reproducible deps generate verify

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

build: ## bin/suiji and bin/suiji-verify: static, reproducible
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/suiji ./cmd/suiji-verify

demo: build ## a county of 2,046 firms, a finished and a running round, ready for a browser
	bin/suiji demo

deps: ## install what the tests need: PostgreSQL, Chromium, Python, node (Debian's packages), Chromium 78, axe-core (npm), a client generator (Go)
	@scripts/deps

test: deps lint ## everything that must hold: lint, all tests on SQLite and PostgreSQL, in a browser
	@scripts/with-postgres $(GO) test -timeout 40m ./...

quick: ## the tests on SQLite alone, without the browser
	$(GO) test -short ./...

race: ## one table: the tests with the race detector (needs a C compiler), package by package
	@scripts/race

fuzz: ## one table: each fuzz target for 30 s
	@scripts/fuzz 30s

lint: ## gofmt, go vet, staticcheck
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "not gofmt'ed: $$out"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

vuln: ## govulncheck (needs its database)
	$(GO) tool govulncheck ./...

bench: ## one table: the ledger, its proofs, 50,000 firms in a browser, sign-ins that fail, 1,000,000 firms drawn, imported, searched, read by the public
	@scripts/bench

load: ## one table: ten million drawn, a thousand phones, crowds, overload, a soak (SUIJI_SOAK=2m), beside the goals (docs/measured.md)
	@scripts/load

faults: deps ## one table: kills, power cuts, failing calls, a full disk, clock jumps, a lost database (docs/measured.md)
	@scripts/faults

ha: ## one table: three nodes with Patroni, etcd, HAProxy; switched, killed, frozen while four write (docs/measured.md)
	@scripts/ha-drill

upgrade: ## one table: from the commit before to this one, under traffic (docs/measured.md)
	@scripts/upgrade-drill

pentest: ## sqlmap and wapiti (Debian's packages) against a demo on loopback, as nobody and as people of the office
	@scripts/pentest

tamper: ## the tamper matrix in full, and 1,000 clean runs (docs/tamper.md)
	@scripts/tamper

cover: ## coverage by package
	$(GO) test -short -cover ./... | sort

dist: ## archives for linux amd64, arm64, loong64 and windows amd64, with what is in them and digests
	@scripts/dist

try-dist: ## runs what make dist has built: here, or under qemu-user
	@scripts/try-dist

reproducible: ## builds twice, far apart, and compares every byte
	@scripts/reproducible
