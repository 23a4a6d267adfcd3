# `make` alone lists the targets.
# Needs make and Python 3.11 or newer; all else lands in .venv, pinned by hash.

.DEFAULT_GOAL := help
.PHONY: help run setup demo test story faults bench lint format types contracts lock catalogs clean

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed
TESTS := tests/unit tests/integration tests/flows

# A Chromium of the machine's own is found by the tests themselves; this names another.
export CONTROLBOT_TEST_CHROMIUM

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUNTIME) ## Run the platform (asks for a token the first time; Enter opens the sandbox)
	@exec $(BIN)/python -m controlbot run

demo: $(RUNTIME) ## Run the platform in a simulated Telegram with some people in it
	@exec $(BIN)/python -m controlbot demo

setup: $(DEVELOPMENT) ## Install everything for working on the code

test: $(DEVELOPMENT) ## Run the tests (TESTS="tests/unit -k vault" runs some); faults have their own
	@exec $(BIN)/python -m pytest $(TESTS)

story: $(DEVELOPMENT) ## Walk through a newcomer's whole story, step by step
	@exec $(BIN)/python -m tests.support.plain_report tests/flows -m story

faults: $(DEVELOPMENT) ## Inject faults: kills, full disks, refusals, floods (about ten minutes)
	@exec $(BIN)/python -m tests.faults

bench: $(DEVELOPMENT) ## Run the benchmarks beside their baselines
	@exec $(BIN)/python -m bench all --write docs/benchmarks.md

lint: $(DEVELOPMENT) ## Check style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEVELOPMENT) ## Put the code into its usual shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(DEVELOPMENT) ## Pin the newest allowed versions of what we stand on
	@sh scripts/lock.sh

catalogs: $(DEVELOPMENT) ## Gather the texts to translate into locales/
	@$(BIN)/python -m tenants.i18n.catalog_check --update

clean: ## Remove what was built (never your data)
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# --- Installing ---------------------------------------------------------------------------
# A stamp is newer than what it was made from, so a second `make run` starts at once.

$(BIN)/python:
	@sh scripts/make-venv.sh $(VENV)

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/python
	@sh scripts/install.sh $(BIN)/python requirements.lock
	@touch $@

$(DEVELOPMENT): requirements-dev.lock pyproject.toml | $(BIN)/python
	@sh scripts/install.sh $(BIN)/python requirements-dev.lock
	@touch $@ $(RUNTIME)
