# The commands of this repository. `make` alone lists them.
# CARGO_TARGET_DIR is respected when set and never required.

TARGET := $(or $(CARGO_TARGET_DIR),target)
CARGO  ?= cargo
LISTEN ?= 127.0.0.1:8080
DATA   ?= data-demo
export CARGO

.DEFAULT_GOAL := help
.PHONY: help run test check pictures crash tamper canaries samples isolation sabotage bench lint fmt clean-demo

help: ## list the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: node_modules/.installed ## build and serve the demo at http://localhost:8080
	@tools/needs.sh run
	$(CARGO) build --locked -p kommunal
	$(TARGET)/debug/kommunal serve --data $(DATA) --listen $(LISTEN) --demo

test: ## install what the tests need and run all of them
	@tools/needs.sh test
	@$(MAKE) --no-print-directory node_modules/.installed
	@node tools/test.mjs

check: ## check all services, fields and regions
	$(CARGO) run --locked -q -p kommunal -- check

pictures: ## save every page and letter of the browser stories as PNG in target/pictures
	@tools/needs.sh test
	@$(MAKE) --no-print-directory node_modules/.installed
	@node tools/test.mjs pictures

crash: ## kill the release server 200 times under load; nothing acknowledged may be lost
	@tools/needs.sh run
	@node tools/test.mjs crash

tamper: ## 10,000 random tamperings of the audit log, each found given the last head, on both engines
	TAMPERINGS=10000 tests/pg.sh run $(CARGO) test --workspace --locked --test store tamper -- --nocapture

canaries: ## 1,000 planted words written through the product: none readable at rest, on both engines
	CANARIES=1000 tests/pg.sh run $(CARGO) test --workspace --locked --test stories canar -- --nocapture

samples: ## 1,000 right and 1,000 broken samples of every service, every way of every rule taken
	SAMPLES=1000 $(CARGO) test --locked -p schema --test sample_services

isolation: ## ask every route as everybody of every authority: more than 20,000 requests on each engine, no leak
	@tools/needs.sh test
	ISOLATION=long tests/pg.sh run $(CARGO) test --workspace --locked --test stories isolation:: -- --nocapture

sabotage: ## plant faults one by one in a copy of the sources; a named test has to catch each
	@tools/needs.sh test
	@$(MAKE) --no-print-directory node_modules/.installed
	@tests/pg.sh run node tests/sabotage/run.mjs

bench: ## measure the release server beside what this machine can do at most; about 4 minutes, nothing else running
	@tools/needs.sh run
	$(CARGO) test --workspace --release --locked --no-run --test place_commands --test quick
	$(TARGET)/release/bench

lint: ## look for badly formatted code and for what clippy warns of
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

fmt: ## format the Rust code
	$(CARGO) fmt --all

clean-demo: ## forget the demo's data
	rm -rf $(DATA) $(DATA).schluessel

# The design system and the browser tests' packages, exactly as in the lockfile. The mark is written
# last, so that an install that broke off is done again.
node_modules/.installed: package.json package-lock.json
	@tools/needs.sh run
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@
