# One command per need. `make help` lists them. Nothing to prepare but python3 (3.11 or newer) and make.
PYTHON ?= python3
VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
NODE ?= node
NPM ?= npm
CONSOLE := src/titan/api/console
LOCK := requirements-dev.lock
.DEFAULT_GOAL := help
# Titan is many processes: bytecode is kept, or each would compile every module for itself.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help demo test warm conformance fuzz crash week lint format bench lock clean console console-test e2e

help:  ## list these commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 13

# Without Node the desk runs all the same, and says what is missing.
demo: $(VENV)/.ready  ## a running desk on a simulated market, with its console at the printed address
	@$(MAKE) --no-print-directory console || true
	@$(BIN)/titan up $(ARGS)

test: $(VENV)/.ready  ## run every test, in parallel and in random order (ARGS="-k book -n0" to choose)
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

# Two tests that need most of the kernels; to choose them, every other one is compiled as well. What fails, `test` tells.
warm: $(VENV)/.ready  ## compile tests and kernels once, before many processes do it at the same time
	@$(BIN)/python -m pytest -n0 -k "a_fill_twice_is_booked_once or plain_python_gives" >/dev/null || true

conformance: $(VENV)/.ready  ## every numbered case at every venue's double, as a table (ARGS=kraken to choose)
	@$(BIN)/python -m tests.conformance $(ARGS)

fuzz: $(VENV)/.ready  ## damaged messages against an oracle of every book (ARGS="--messages 10000000 --venue okx")
	@$(BIN)/python -m tests.properties.fuzz $(ARGS)

crash: $(VENV)/.ready  ## sagas killed at every step and moment, simulated and by SIGKILL (ARGS="--seeds 20000 --kills 10000")
	@$(BIN)/python -m tests.crash --all $(ARGS)

week: $(VENV)/.ready  ## seven days over doubles in virtual time, with faults, kills and an outage (ARGS="--days 1 --seed 3")
	@$(BIN)/python -m tests.week $(ARGS)

lint: $(VENV)/.ready  ## ruff, mypy --strict, import-linter, the house figures
	@ok=0; \
	$(BIN)/ruff check --quiet --output-format concise . || ok=1; \
	$(BIN)/ruff format --check --output-format concise . || ok=1; \
	$(BIN)/mypy src/titan tools || ok=1; \
	if arrows=$$($(BIN)/lint-imports --no-cache); then echo "$$arrows" | tail -n 1; else echo "$$arrows"; ok=1; fi; \
	$(BIN)/python tools/house.py || ok=1; \
	exit $$ok

console: $(CONSOLE)/.built  ## build the operator console into the package (needs Node 20.19 or newer)

console-test: console  ## types, lint, tests and size of the console
	@ok=0; cd console; \
	$(NPM) run --silent types || ok=1; \
	$(NPM) run --silent lint || ok=1; \
	$(NPM) run --silent test || ok=1; \
	$(NPM) run --silent budget || ok=1; \
	exit $$ok

e2e: $(VENV)/.ready console  ## the console in a real Chromium, on a desk that trades at a double (ARGS="-k panic" to choose)
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || [ -n "$$TITAN_CHROMIUM" ] || \
		{ echo "installing Chromium" && apt-get install -qq -y --no-install-recommends chromium >/dev/null; } || \
		{ echo "make e2e needs Chromium: install it, or name one in TITAN_CHROMIUM"; exit 1; }
	@TITAN_BROWSER=1 $(BIN)/python -m pytest -s -n0 -p no:randomly -o timeout=900 tests/browser $(ARGS)

format: $(VENV)/.ready  ## put every file in the house's form
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: $(VENV)/.ready  ## measure Titan beside its peers and write benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks $(ARGS)

lock: $(VENV)/.ready  ## resolve the dependencies again, with hashes
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
		pyproject.toml --group dev -o $(LOCK)
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
		pyproject.toml -c $(LOCK) -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
		benchmarks/requirements-peers.in -o benchmarks/requirements-peers.lock

clean:  ## remove the environment and every cache; runs and tapes stay
	@rm -rf $(VENV) $(CONSOLE) console/node_modules .mypy_cache .ruff_cache .hypothesis .import_linter_cache .pytest_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The standard library makes the environment, pip takes uv from the lock by its hashes, and uv installs all the rest
# by theirs, with bytecode, so that no later process has to write into the environment. Made again when the lock or
# the project changes.
$(VENV)/.ready: $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Titan needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "preparing $(VENV): once, and again when the lock changes"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || { \
		awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' $(LOCK) > $(VENV)/uv.txt && \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt; }
	@VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode $(LOCK)
	@VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# Made again when something of console/ changed. npm takes what package-lock.json names, by its hashes, and nothing else.
$(CONSOLE)/.built: console/node_modules/.package-lock.json $(shell find console -name node_modules -prune -o -type f \
		-not -path 'console/tests/*' -not -name '*.md' -print 2>/dev/null)
	@echo "building the console"
	@cd console && $(NPM) run --silent build
	@touch $@

console/node_modules/.package-lock.json: console/package-lock.json
	@$(NODE) -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
		2>/dev/null || { echo "the console needs Node 20.19 or newer, with npm; all else of Titan works without it"; exit 1; }
	@echo "preparing console/node_modules: once, and again when its lock changes"
	@cd console && $(NPM) ci --silent --no-audit --no-fund
	@touch $@
