# Everything a person or a machine does with this repository. `make` alone lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# How many tests run side by side.
JOBS ?= auto

.PHONY: help
help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# --- Setting up -------------------------------------------------------------------------------------------------------

$(BIN)/python:
	@bash tools/make_venv.sh $(VENV)

.make/run: pyproject.toml constraints.txt | $(BIN)/python
	@mkdir -p .make
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

.make/dev: pyproject.toml constraints.txt | $(BIN)/python
	@mkdir -p .make
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@ .make/run

.PHONY: setup system
setup: .make/dev system ## Installs all that developing and testing need
system:
	@bash tools/system_packages.sh

# --- Using it ---------------------------------------------------------------------------------------------------------

.PHONY: demo
demo: .make/run ## The main job on the bundled replica, then the site (ARGS=--no-serve ends after the alerts)
	$(BIN)/hdswatch demo $(ARGS)

# --- Checking it ------------------------------------------------------------------------------------------------------

.PHONY: test lint types imports docs unit format
test: setup lint types imports docs unit ## All checks and all tests
lint: .make/dev ## Code style and risky calls (ruff)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
types: .make/dev ## Types, strictly (mypy)
	$(BIN)/mypy
imports: .make/dev ## Which package may import which (import-linter)
	$(BIN)/lint-imports --no-logo
unit: .make/dev system ## The tests alone (ARGS=tests/docs for some of them, JOBS=1 on a small machine)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not slow" $(ARGS)
docs: .make/dev ## The documentation site, built strictly
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
format: .make/dev ## Lays the code out
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: audit sbom
audit: $(BIN)/python ## Risky calls, secrets in the repository, known weaknesses of the dependencies (needs the network)
	$(BIN)/python tools/secrets_scan.py
	@test -x .make/audit/bin/pip-audit || { $(BIN)/python -m venv .make/audit && \
	  .make/audit/bin/pip install --quiet --disable-pip-version-check bandit pip-audit; }
	@# B608: ruff looks at SQL made from text, file by file, with reasons. B310, B704: each place was read; ruff holds new ones.
	.make/audit/bin/bandit --quiet --recursive --severity-level medium --skip B310,B608,B704 crawler registry monitor
	@.make/audit/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip --strict || { \
	  echo "pip-audit: a weakness stands above, or its database could not be reached: then nothing was audited" >&2; exit 1; }
sbom: $(BIN)/python ## A CycloneDX list of the pinned dependencies, into dist/sbom.cdx.json
	@mkdir -p dist
	$(BIN)/python tools/sbom.py constraints.txt dist/sbom.cdx.json

.PHONY: coverage
coverage: .make/dev ## Lines of the pure modules that tests reach: at least 95 of 100
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not slow" --cov=registry --cov=crawler --cov=monitor \
	  --cov-report=term-missing:skip-covered tests/meaning tests/gate tests/registry tests/crawler_read \
	  tests/crawler_reach tests/verdicts tests/alerts $(ARGS)

.PHONY: mutants
mutants: $(BIN)/python ## Breaks the rules on purpose and lists what no test noticed (ONLY='registry.gate*' for one module)
	@test -x .make/mutants/bin/mutmut || { $(BIN)/python -m venv .make/mutants && .make/mutants/bin/pip install --quiet \
	  --disable-pip-version-check --constraint constraints.txt --editable '.[dev]' mutmut; }
	.make/mutants/bin/mutmut run $(ONLY)
	.make/mutants/bin/mutmut results --all true | $(BIN)/python tools/mutation_score.py | tee benchmarks/results/mutants.md

.PHONY: reliability fuzz bench soak screenshots package clean
reliability: setup ## The slow sweeps: crashes, faults, drift, fuzzing; sums them up in benchmarks/results/reliability.md
	$(BIN)/python -m pytest -m slow --junitxml=.make/reliability.xml $(ARGS); code=$$?; \
	  $(BIN)/python tools/reliability_summary.py .make/reliability.xml benchmarks/results/reliability.md; exit $$code
fuzz: setup ## Hostile input to every reader, bounded in time
	$(BIN)/python -m pytest tests/fuzz -m "slow or not slow" $(ARGS)
soak: setup ## Ten thousand ticks of the daemon: memory must stay flat
	$(BIN)/python benchmarks/soak.py $(ARGS)
bench: setup ## Measures speed and memory into benchmarks/RESULTS.md
	-@bash tools/system_packages.sh wrk
	$(BIN)/python benchmarks/run.py $(ARGS)
screenshots: setup ## Takes the README's pictures from the demo
	$(BIN)/python tools/screenshots.py
package: .make/dev ## The wheel and the source archive
	$(BIN)/python -m build --outdir dist .
clean: ## Removes what was built, never a home folder
	rm -rf $(VENV) .make build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis
