# Two commands matter: `make demo` and `make test`. Each sets up what it needs, once, in .venv/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python -m
# What is not ours and has to be installed by npm: `make test-clients`.
APART := --ignore=tests/clients
CLIENTS := tests/clients/node_modules
ALL := $(RUN) pytest -n 2 --dist loadfile --no-loadscope-reorder $(APART)
# All of what is in these is slow: even to read it takes seconds.
SLOW := e2e properties crash played

# Compiled once and kept, whatever the shell says: tests start dozens of processes.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test test-clients both quick pictures check format browser migration clean

help: ## Say what can be done
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(VENV)/run ## Show Alongside at work, with sample people
	@$(RUN) adapters.cli demo

test: $(VENV)/dev browser ## Run every test; what is no test of a database, on one of the two
	@$(ALL) --spread

test-clients: $(VENV)/dev $(CLIENTS)/installed ## Run the tests against clients that nobody here wrote (needs npm)
	@$(RUN) pytest -q --spread tests/clients

both: $(VENV)/dev browser ## Run every test on both databases
	@$(ALL)

quick: $(VENV)/dev ## Run the tests of the inner loop (no browser, no server, no processes)
	@$(RUN) pytest -q -n 2 --dist loadfile -m "not slow" $(APART) $(SLOW:%=--ignore=tests/%)

pictures: $(VENV)/dev browser ## Take a picture of every page in every state, into screenshots/
	@ALONGSIDE_PICTURES=yes $(RUN) pytest -q tests/e2e

check: $(VENV)/dev ## Format, lint, types, import contracts, migration drift
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(RUN) storage.drift
	@$(BIN)/hadolint Dockerfile

format: $(VENV)/dev ## Put the code into the house's form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

browser: $(VENV)/dev ## Find Chromium, or install it
	@$(RUN) tests.browser

clean: ## Remove what was set up; nothing that was written by hand
	rm -rf $(VENV) $(CLIENTS) .demo .mypy_cache .ruff_cache .hypothesis dist

$(VENV)/python-ready:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Alongside needs Python 3.11, 3.12 or 3.13; this is %d.%d. Try: make PYTHON=python3.12 ..." % sys.version_info[:2])'
	@echo "Setting up a Python environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run: requirements/run.txt | $(VENV)/python-ready
	@echo "Installing what Alongside needs (a minute or so, once) ..."
	@$(RUN) pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@touch $@

$(VENV)/dev: requirements/dev.txt | $(VENV)/python-ready
	@echo "Installing what the tests need (a minute or so, once) ..."
	@$(RUN) pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $(VENV)/run $@

$(CLIENTS)/installed: tests/clients/package-lock.json | $(VENV)/dev
	@$(RUN) tests.clients.install
	@touch $@
