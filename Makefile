# `make` alone lists the targets.
# Needs make and Python 3.11 or newer; everything else is installed into .venv, pinned by hash.

.DEFAULT_GOAL := help
.PHONY: help run setup demo test story faults bench lint format types contracts lock catalogs clean

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed
TESTS := tests/unit tests/integration tests/flows

# The tests find an installed Chromium; this names another.
export CONTROLBOT_TEST_CHROMIUM

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUNTIME) ## Run the platform (asks for a token the first time; Enter opens the sandbox)
	@exec $(BIN)/python -m controlbot run

demo: $(RUNTIME) ## Run the platform against a simulated Telegram with sample people
	@exec $(BIN)/python -m controlbot demo

setup: $(DEVELOPMENT) ## Install everything for working on the code

test: $(DEVELOPMENT) ## Run the tests (TESTS="tests/unit -k vault" runs some); not the fault tests
	@exec $(BIN)/python -m pytest $(TESTS)

story: $(DEVELOPMENT) ## Run the end-to-end scenario of a new user, step by step
	@exec $(BIN)/python -m tests.support.plain_report tests/flows -m story

faults: $(DEVELOPMENT) ## Inject faults: kills, full disks, refusals, floods (about ten minutes)
	@exec $(BIN)/python -m tests.faults

bench: $(DEVELOPMENT) ## Run the benchmarks against their baselines
	@exec $(BIN)/python -m bench all --write docs/benchmarks.md

lint: $(DEVELOPMENT) ## Check style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEVELOPMENT) ## Fix style and format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(DEVELOPMENT) ## Pin the newest allowed versions of the dependencies
	@sh scripts/lock.sh

catalogs: $(DEVELOPMENT) ## Extract the texts to translate into locales/
	@$(BIN)/python -m tenants.i18n.catalog_check --update

clean: ## Remove build results (never your data)
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# --- Installing ---------------------------------------------------------------------------
# A stamp is newer than its lock file, so a second `make run` starts immediately.

$(BIN)/python:
	@sh scripts/make-venv.sh $(VENV)

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/python
	@sh scripts/install.sh $(BIN)/python requirements.lock
	@touch $@

$(DEVELOPMENT): requirements-dev.lock pyproject.toml | $(BIN)/python
	@sh scripts/install.sh $(BIN)/python requirements-dev.lock
	@touch $@ $(RUNTIME)
