# The manual of this repository: `make demo` shows netral, `make test` tests it. Both set up what they need.
.DEFAULT_GOAL := help
.PHONY: help demo test check sqlx test-pds test-oidc test-api bench bench-window bench-ingest bench-collect bench-review bench-kills fuzz clean

CARGO := cargo
# One profile for demo and tests; see Cargo.toml.
NETRAL := target/debug/netral
KILLS := 200
EXAMPLES := 50

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

demo: ## Show netral on this machine: private Postgres, made-up regency, live collection, pages on 127.0.0.1:8080
	@.ci/setup.sh demo
	$(CARGO) build --locked --bin netral
	@exec $(NETRAL) demo $(DEMO)

test: ## Format, lints, every test against a real Postgres and a real browser
	@.ci/setup.sh test
	.ci/check.sh
	@# The program with the tests' own features: built apart from them, the crate would be compiled twice.
	$(CARGO) test --locked --no-run
	$(NETRAL) with-postgres -- $(CARGO) nextest run --locked --no-fail-fast $(TEST)

check: ## Format and lints only
	.ci/check.sh

sqlx: ## Renew .sqlx/ after a query or a migration changed (the old binary may be too old to build: see docs/DEVELOPING.md)
	@.ci/setup.sh demo
	$(NETRAL) with-postgres -- .ci/sqlx.sh

test-pds: ## Opt-in: collect from a real AT Protocol server (Node 20, npm)
	@.ci/setup.sh test
	tests/pds/setup.sh
	$(CARGO) build --locked --bin netral
	NETRAL_PDS_DIR=target/pds $(NETRAL) with-postgres -- $(CARGO) nextest run --locked pds --no-capture

test-oidc: ## Opt-in: log in through a real OpenID provider (Node 20, npm)
	@.ci/setup.sh test
	tests/oidc/setup.sh
	$(CARGO) build --locked --bin netral
	NETRAL_OIDC_DIR=target/oidc $(NETRAL) with-postgres -- $(CARGO) nextest run --locked web::oidc --no-capture

test-api: ## Opt-in: Schemathesis against the OpenAPI document, with a token of each role (Python 3, pip); EXAMPLES=200 for more
	@.ci/setup.sh test
	tests/schemathesis/setup.sh
	$(CARGO) build --locked --bin netral
	NETRAL_SCHEMATHESIS_DIR=target/schemathesis NETRAL_SCHEMATHESIS_EXAMPLES=$(EXAMPLES) $(NETRAL) with-postgres -- $(CARGO) nextest run --locked api::schemathesis --no-capture

bench: ## Speed of matching, beside Aho-Corasick, Hyperscan, ripgrep and pyahocorasick; BENCH=--smoke for a few seconds
	benches/run.sh $(BENCH)

bench-window: ## Speed of reading the window again after a publication, beside COPY; BENCH="--rows 20000" for less
	@.ci/setup.sh demo
	benches/window.sh $(BENCH)

bench-ingest: ## Speed from a fetched page to durable hits, beside COPY; bytes a row; latency; BENCH="--rows 5000" for less
	@.ci/setup.sh demo
	benches/ingest.sh ingest $(BENCH)

bench-collect: ## A hundred thousand accounts over six services, a worker killed; BENCH="--accounts 2000 --factor 720" for less
	@.ci/setup.sh demo
	benches/ingest.sh collect $(BENCH)

bench-review: ## Pages, claims and decisions over a million hits, beside their own SQL; BENCH="--accounts 1000 --activities 100000 --hits 20000 --rounds 3 --seconds 1" for less
	@.ci/setup.sh demo
	benches/review.sh $(BENCH)

bench-kills: ## Two hundred kills and stops of everything at random, the seed printed; KILLS=1000 for more
	@.ci/setup.sh test
	$(CARGO) build --locked --bin netral
	NETRAL_KILLS=$(KILLS) $(NETRAL) with-postgres -- $(CARGO) nextest run --locked --profile kills whatever_is_killed --no-capture

fuzz: ## A minute for each fuzz target (cargo install cargo-fuzz); FUZZ="600 jsonl" for ten of one
	fuzz/run.sh $(FUZZ)

clean: ## Remove what was built
	$(CARGO) clean
