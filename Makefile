# Pawnshop. `make` alone tells what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
CARGO ?= cargo

.PHONY: help
help: ## This list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## Build and run a shop on this machine: http://127.0.0.1:8080, data in ./pawnshop-data
	$(CARGO) run --release --locked -p pawnshop-cli --bin pawnshop -- up $(ARGS)

.PHONY: test
test: ## Every test; installs what the tests need; ends on a line of counts
	@scripts/setup.sh
	@scripts/test.sh

.PHONY: check
check: ## Formatting, lints, licences, walls between crates, generated files
	@scripts/check.sh

.PHONY: fmt
fmt: ## Format the code
	$(CARGO) fmt --all

.PHONY: crds
crds: ## Write crds/ from the resource type
	$(CARGO) run --locked --quiet -p pawnshop-resource --example crds -- crds

.PHONY: bench
bench: ## Measure against raw group commit in one run (about 6 minutes)
	$(CARGO) run --release --locked -p pawnshop-bench -- $(ARGS)

.PHONY: clean
clean: ## Remove build output (never data)
	$(CARGO) clean
