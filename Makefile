# Every target works on a fresh machine with Python 3.11 or newer, make and the package registries.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SOURCES := service sandbox client e2e checks bench conftest.py

.DEFAULT_GOAL := help
.PHONY: help install chromium demo test check format bench contract endurance fuzz fuzz-api screenshots docs lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

install: $(READY) ## the environment in .venv, exactly as locked

$(READY): requirements.lock pyproject.toml service/pyproject.toml sandbox/pyproject.toml client/pyproject.toml
	@PYTHON=$(PYTHON) sh deploy/install.sh $(VENV)
	@touch $@

chromium: $(READY) ## a Chromium for the browser tests: the installed one, Debian's, or Playwright's
	@$(BIN)/python checks/chromium.py

demo: $(READY) ## the whole guide on this machine; ONCE=1 walks it by machine and ends
	@$(BIN)/python -m e2e.demo $(if $(ONCE),--once)

test: $(READY) chromium ## all tests: real PostgreSQL, real processes, a real browser
	@# One worker more than a small machine has cores: tests wait for processes and browsers.
	@# A temporary root of its own: another pytest run of the same user would take its directories from PostgreSQL.
	@root=$$(mktemp -d); PYTEST_DEBUG_TEMPROOT=$$root \
	  $(BIN)/python -m pytest -n $${PYTEST_WORKERS:-3} --dist loadgroup $(ARGS); \
	  status=$$?; rm -rf "$$root"; exit $$status

check: $(READY) ## format, lint, types, arrows, docs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy $(SOURCES)
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q -n 0 checks

format: $(READY) ## rewrite the sources in the house's format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY) ## the benchmarks, figures as ratios in one run
	@$(BIN)/python -m bench

fuzz-api: $(READY) ## hundreds of generated requests for each operation of the service's API
	@$(BIN)/python -m e2e.api_fuzzing

fuzz: $(READY) ## 200,000 random bodies for the sandbox's query service; COUNT=, SEED= for others; some minutes
	@$(BIN)/python -m sandbox.tests.rest.query_fuzz --count $(or $(COUNT),200000) --seed $(or $(SEED),1)

contract: $(READY) ## every operation of the sandbox's OpenAPI document by schemathesis; writes the result to docs
	@$(BIN)/python -m bench.contract $(ARGS)

endurance: $(READY) ## 100,000 webhooks through killed workers and a receiver down for hours; half an hour at most
	@$(BIN)/python -m service.tests.webhooks.endurance

screenshots: $(READY) chromium ## pictures of every page, light and dark, narrow and wide, in build/screenshots
	@$(BIN)/python -m e2e.screenshots

docs: $(READY) ## regenerate the generated reference pages
	@$(BIN)/python -m checks.generate_docs

lock: $(READY) ## resolve again and write requirements.lock
	@$(BIN)/uv lock --upgrade
	@$(BIN)/uv export -q --format requirements.txt --all-packages --all-groups --no-emit-workspace --no-header --no-annotate > requirements.lock

clean: ## remove what the targets made
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
