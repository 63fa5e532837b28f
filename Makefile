# Pawnshop. `make` alone tells what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
CARGO ?= cargo

.PHONY: help
help: ## This list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## Build and run a shop on this machine: http://127.0.0.1:8080, data in ./pawnshop-data
	$(CARGO) run --release --locked -p pawnshop-cli --bin pawnshop -- up $(ARGS)

.PHONY: fleet
fleet: ## Build and run a dispatcher and two workers on RabbitMQ and a MongoDB-wire server; data in ./pawnshop-fleet-data
	@scripts/setup.sh
	$(CARGO) build --release --locked -p pawnshop-dispatcher-program -p pawnshop-worker-program -p pawnshop-servers
	@source scripts/env.sh && exec "$${CARGO_TARGET_DIR:-target}/release/pawnshop-fleet" $(ARGS)

.PHONY: test
test: ## Every test; installs what the tests need; ends on a line of counts
	@scripts/setup.sh
	@scripts/test.sh

.PHONY: e2e
e2e: ## One shop's whole life in Kubernetes; with KUBECONFIG=... on that cluster (tests/e2e/README.md), else on a node of this machine
	@scripts/setup.sh
	@scripts/e2e.sh

.PHONY: check
check: ## Formatting, lints, licences, walls between crates, generated files
	@scripts/check.sh

.PHONY: fmt
fmt: ## Format the code
	$(CARGO) fmt --all

.PHONY: crds
crds: ## Write crds/, and the operator's chart's copy, from the resource type
	$(CARGO) run --locked --quiet -p pawnshop-worker --example flows -- crates/resource/flows.json
	$(CARGO) run --locked --quiet -p pawnshop-resource --example crds -- crds
	$(CARGO) run --locked --quiet -p pawnshop-resource --example reference -- docs/RESOURCE.md
	cp crds/*.yaml charts/pawnshop-operator/files/crds/

.PHONY: image
image: ## Build the container image without docker: pawnshop-image.tar, an OCI layout; ARGS='--name ... --out ...'
	@scripts/image.sh $(ARGS)

.PHONY: bench
bench: ## Measure, embedded and as a fleet, against peers and raw loops (about 25 minutes)
	@scripts/bench.sh $(ARGS)

.PHONY: bench-operator
bench-operator: ## Measure the operator with up to 5,000 shops on a real API server (about 20 minutes); ARGS='--help'
	@scripts/bench-operator.sh $(ARGS)

.PHONY: simulate
simulate: ## Simulate the scaling rule and KEDA's over 30 days of 1,000 pools, and write docs/scaling/; ARGS='--help'
	$(CARGO) run --release --locked --quiet -p pawnshop-bench-simulation -- $(ARGS)

.PHONY: bench-scaling
bench-scaling: ## Bring the operator and KEDA into the same trouble on the same cluster (about 25 minutes); ARGS='--help'
	@scripts/bench-scaling.sh $(ARGS)

.PHONY: soak
soak: ## A fleet under a hundred faults and a million events (about 30 minutes); ARGS='--help'
	@scripts/soak.sh $(ARGS)

.PHONY: cluster-up
cluster-up: ## Start a Kubernetes of one node on this machine and print how to use it (needs root); ARGS=control-plane: no node
	@scripts/setup.sh
	@scripts/cluster.sh up $(ARGS)

.PHONY: cluster-down
cluster-down: ## End that Kubernetes; nothing of it is left
	@scripts/cluster.sh down

.PHONY: clean
clean: ## Remove build output (never data)
	$(CARGO) clean
