# make run | pages | test | test-pages | pictures | fuzz | test-cluster | check | bench | crash-test | mutate | lock | clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Servers and commands that tests start would compile everything each time: seconds for each.
export PYTHONDONTWRITEBYTECODE :=
# Which examples the property tests try: some | all | new
EXAMPLES ?= some
export EXAMPLES

.PHONY: run pages pictures standin test test-pages fuzz test-cluster check bench crash-test mutate lock notices clean

run: $(READY)  ## serve the example bot on 127.0.0.1:3978, and the console on 127.0.0.1:3980
	@$(MAKE) --no-print-directory pages || echo "The pages can't be built here; the bot and the API run without them."
	@ASSENT_CONSOLE__LISTEN=$${ASSENT_CONSOLE__LISTEN:-on} $(BIN)/assent serve --dev --flow examples/wellbeing.yaml

# The console's pages. Node comes from PyPI, into the virtual environment; nothing of it is needed to run what was built.
PAGES := console/static/.ready
PAGES_FROM := $(shell find web -path web/node_modules -prune -o -type f -not -path 'web/src/api/openapi.json' -not -path 'web/src/api/schema.d.ts' -print) $(wildcard console/*.py)
WITH_NODE := PATH="$(CURDIR)/$(BIN):$$PATH"

pages: $(PAGES)  ## build the console's pages

$(PAGES): $(READY) web/node_modules/.ready $(PAGES_FROM)
	@echo "Building the pages ..."
	@$(BIN)/assent api describe >web/src/api/openapi.json
	@cd web && $(WITH_NODE) npm run --silent types >/dev/null && $(WITH_NODE) npm run --silent check && $(WITH_NODE) npm run --silent build -- --logLevel warn
	@touch $@

web/node_modules/.ready: web/package-lock.json $(VENV)/.node
	@cd web && $(WITH_NODE) npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch node_modules/.ready

$(VENV)/.node: web/requirements.lock $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r web/requirements.lock
	@touch $@

standin: $(READY)  ## a stand-in for the channels' servers, which shows what the bot sends
	@$(BIN)/assent standin

test: $(READY)  ## side by side on all cores
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

test-pages: $(PAGES)  ## the pages in a real Chromium; skipped with a reason where there is none
	@cd web && $(WITH_NODE) npm test --silent
	$(BIN)/python -m pytest -m pages tests/pages

pictures: $(PAGES)  ## take the pictures of docs/console.md anew
	$(BIN)/python -m tests.pages.pictures docs/pictures

fuzz: EXAMPLES := new
fuzz: $(READY)  ## the property tests, with examples that nobody has seen yet
	$(BIN)/python -m pytest -m "hypothesis and not cluster" --numprocesses auto --timeout 3600

test-cluster: $(READY)  ## what runs on a Redis Cluster of three nodes, which it starts on loopback
	$(BIN)/python -m pytest -m cluster

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv-bench/.ready
	.venv-bench/bin/python -m benchmarks

KILLS ?= 200
crash-test: $(READY)  ## kills servers and Redis, cuts networks, fills disks, under load, again and again; KILLS=25 for a short one
	$(BIN)/python -m pytest -m crash tests/crash --kills $(KILLS) --timeout 3600

mutate: .venv-mutate/.ready  ## changes the rules one by one and tells which change no test notices; ONLY=consent/membership.py and SAMPLE=50 for some
	@nice -n 15 .venv-mutate/bin/python -m mutation $(ONLY) --sample $(or $(SAMPLE),0)

.venv-mutate/.ready: mutation/requirements.lock
	@test -x .venv-mutate/bin/python || $(PYTHON) -m venv .venv-mutate
	@.venv-mutate/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r mutation/requirements.lock
	@touch $@

.venv-bench/.ready: benchmarks/requirements.lock
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.lock
	@touch $@

LOCK := uv pip compile pyproject.toml --extra botframework --generate-hashes --universal --python-version 3.11 --no-header --no-annotate -q
lock:  ## renew the lock files, for running, for developing, for measuring; needs uv
	$(LOCK) --upgrade -o requirements.lock
	$(LOCK) --group dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) --group dev --group bench -c requirements-dev.lock -o benchmarks/requirements.lock
	$(LOCK) --group dev --group mutate -c requirements-dev.lock -o mutation/requirements.lock
	$(MAKE) notices

notices: $(READY)  ## renew the list of what is installed along with Assent, and its licences
	$(BIN)/python -m tests.house.notices >THIRD-PARTY-NOTICES.md.new && mv THIRD-PARTY-NOTICES.md.new THIRD-PARTY-NOTICES.md

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Assent needs Python 3.11 or newer; say PYTHON=/path/to/python3"; exit 1; }
	@echo "Setting up $(VENV) (once; about half a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf $(VENV) .venv-bench .venv-mutate web/node_modules console/static build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
