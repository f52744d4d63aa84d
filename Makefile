# make run | test | fuzz | test-cluster | check | bench | crash-test | mutate | lock | clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Servers and commands that tests start would compile everything each time: seconds for each.
export PYTHONDONTWRITEBYTECODE :=
# Which examples the property tests try: some | all | new
EXAMPLES ?= some
export EXAMPLES

.PHONY: run standin test fuzz test-cluster check bench crash-test mutate lock notices clean

run: $(READY)  ## serve the example bot on 127.0.0.1:3978
	@$(BIN)/assent serve --dev --flow examples/wellbeing.yaml

standin: $(READY)  ## a stand-in for the channels' servers, which shows what the bot sends
	@$(BIN)/assent standin

test: $(READY)  ## side by side on all cores
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

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
	rm -rf $(VENV) .venv-bench .venv-mutate build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
