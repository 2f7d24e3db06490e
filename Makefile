# `make serve` and `make test` do all their own set-up; the rest is for whoever works on the code.
.PHONY: serve explorer test test-long bytecode chromium postgresql-15 proxies machine tools chaos clients agents check style schema lock bench bench-memory
# There once the explorer is built.
EXPLORER := kb/web/static/made-of
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
# Where it is set, every process compiles all that it imports anew.
unexport PYTHONDONTWRITEBYTECODE
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TYPES := $(VENV)/types.txt
TOOLS := .tools
POSTGRESQL_15 ?= /usr/lib/postgresql/15/bin
# uv, of the same frozen set, takes a fifth of pip's time; where it reaches no registry pip does it,
# which may be told of another by its own settings, and shows what is fetched.
UV_INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes
PIP_INSTALL := $(BIN)/python -m pip install --progress-bar on --require-hashes
NEWS := sed -u -E '/already satisfied|^Ignoring|^Looking/d'

serve: $(VENV)/run
	@$(BIN)/kb serve

# What set-up leaves out where npm cannot be reached: it says so. The service is to be started anew.
explorer: $(VENV)/run
	@[ -f $(EXPLORER) ] || $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@[ -f $(EXPLORER) ] || { echo "npm cannot be reached: the explorer is not built"; exit 1; }

# Three workers waited for processes of their own a third of the time on two cores. Types are looked
# at meanwhile, which takes one core most of a minute; what is wrong with them is told after all else.
test:
	@$(MAKE) --no-print-directory --jobs 3 style chromium bytecode
	@$(BIN)/mypy >$(TYPES) 2>&1 & types=$$!; \
	$(BIN)/python -m pytest -n $$(($$(nproc) * 2)) --dist worksteal; tests=$$?; \
	wait $$types || { cat $(TYPES); exit 1; }; exit $$tests

# What takes longer than one waits for: short chaos, clients of other libraries, all that touches a
# database on the oldest PostgreSQL, where sweeps are run as well, in their short form; other tests
# start the newest.
# What fails in one part keeps none of the others from being run.
test-long: $(VENV)/dev chromium postgresql-15 proxies machine tools
	@failed=0; \
	$(BIN)/python -m pytest -m "long and not alone and not (sweep and postgresql)" \
	  -n logical --dist worksteal || failed=1; \
	$(BIN)/python -m pytest -m alone || failed=1; \
	$(BIN)/python -m pytest -m long tests/clients --clients || failed=1; \
	[ -x $(POSTGRESQL_15)/postgres ] && oldest=--postgresql=$(POSTGRESQL_15); \
	$(BIN)/python -m pytest -m "postgresql and not alone and not longest and (sweep or not long)" $$oldest \
	  -n logical --dist worksteal || failed=1; \
	exit $$failed

# Of the tests, which each worker and each of their processes would else make again. What fails here
# fails again in the run of the tests, which tells it.
bytecode: $(VENV)/dev
	@$(BIN)/python -m pytest --collect-only -qq >/dev/null || true

# For the tests of pages; where it cannot be had they are skipped, and say so.
chromium:
	@command -v chromium google-chrome >/dev/null || { echo "Installing Chromium by apt-get, for the tests in a browser"; \
	  (apt-get update -qq && apt-get install -qqy --no-install-recommends chromium) \
	  >/dev/null 2>&1; } || echo "It cannot be had: the tests in a browser will be skipped"

# The oldest that is served, without the server that Debian would start beside it.
postgresql-15:
	@[ -x $(POSTGRESQL_15)/postgres ] || { echo "Installing PostgreSQL 15 by apt-get"; \
	  (mkdir -p /etc/postgresql-common/createcluster.d \
	  && echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.d/kb.conf \
	  && apt-get update -qq && apt-get install -qqy --no-install-recommends postgresql-15) \
	  >/dev/null 2>&1; } || echo "It cannot be had: nothing will be tested on PostgreSQL 15"

# What docs/operating.md puts in front of the service and of PostgreSQL: unpacked here, and not
# installed, so that nothing starts; with the libraries that a bare Debian lacks.
proxies:
	@[ -x .proxies/usr/sbin/nginx -a -x .proxies/usr/bin/caddy -a -x .proxies/usr/sbin/pgbouncer ] || { \
	  echo "Fetching nginx, Caddy and PgBouncer"; \
	  (apt-get update -qq && mkdir -p .proxies && cd .proxies && apt-get download -qq nginx caddy pgbouncer \
	  $$(apt-cache depends pgbouncer | sed -nE 's/.*Depends: (lib(c-?ares|event)[^ ]*)/\1/p') \
	  && for package in *.deb; do dpkg-deb -x $$package . && rm $$package; done) \
	  >/dev/null 2>&1; } || echo "They cannot be had: nothing will be tested behind them"

# Programs of others that take what is served and exported. They pin what the service needs in other
# versions, so that they have an environment of their own. Where they cannot be had, it says so, and
# tests with them are skipped and say so too.
tools: $(TOOLS)/made
	@[ -f $(TOOLS)/made ] || echo "They cannot be had: nothing will be tested with them"

$(TOOLS)/made: requirements-tools.txt | $(VENV)/bin/uv
	@echo "Installing programs of others that take what is exported"
	@$(PYTHON) -m venv $(TOOLS)
	@$(BIN)/uv pip install --quiet --python $(TOOLS)/bin/python --require-hashes -r $< && touch $@ || true

# What makes the empty Debian, and the Docker Engine, with which docs/operating.md is followed.
machine:
	@for name in mmdebstrap systemd-nspawn slirp4netns; do command -v $$name >/dev/null || missing=1; done; \
	[ -z "$$missing" ] || { echo "Installing mmdebstrap, systemd-container and slirp4netns by apt-get"; \
	  (apt-get update -qq && apt-get install -qqy --no-install-recommends mmdebstrap systemd-container slirp4netns) \
	  >/dev/null 2>&1; } || echo "They cannot be had: docs/operating.md will not be followed, on an empty Debian and with containers"

# The long form of tests/chaos: an hour of kills, crowds and full disks, then its figures; and of
# sweeps on PostgreSQL.
chaos: $(VENV)/dev
	@$(BIN)/python -m pytest -m long tests/chaos --chaos
	@$(BIN)/python -m pytest -m longest -n logical --dist worksteal

# Clients of the libraries that frontends use, compiled against the served schema, and run.
clients: $(VENV)/dev
	@$(BIN)/python -m pytest -m long tests/clients --clients

# What a client without a model answers over /mcp, as a table; a wrong answer fails.
agents: $(VENV)/dev
	@$(BIN)/python -m tests.agents

check: style
	@$(BIN)/mypy

style: $(VENV)/dev
	@echo "Checking"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/kb schema | cmp - schema/schema.graphql || (echo "Run \`make schema\` and commit it"; exit 1)

# An hour and a half, most of it for worlds that are kept in .bench; writes docs/speed.md.
bench: $(VENV)/dev
	@$(BIN)/python -m tests.bench

bench-memory: $(VENV)/dev
	@$(BIN)/python -m tests.bench memory

schema: $(VENV)/dev
	@$(BIN)/kb schema > schema/schema.graphql
	@$(BIN)/kb schema --seeds seeds/schemas
	@$(BIN)/python -m tests.support.settings_table

# The frozen set of packages, with hashes, for every platform and Python from 3.11.
lock: $(VENV)/dev
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --group build pyproject.toml \
	  -o requirements.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --group dev --group build -c requirements.txt \
	  pyproject.toml -o requirements-dev.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --group tools -o requirements-tools.txt

$(VENV)/bin/python:
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/bin/uv: | $(VENV)/bin/python
	@sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.txt > $(VENV)/uv.txt
	@$(PIP_INSTALL) --quiet -r $(VENV)/uv.txt

$(VENV)/run: requirements.txt pyproject.toml kb/web/build.py $(wildcard kb/web/client/*.*) | $(VENV)/bin/uv
	@echo "Installing what the service needs"
	@$(UV_INSTALL) -r requirements.txt || $(PIP_INSTALL) -r requirements.txt | $(NEWS)
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@[ -f $(EXPLORER) ] || echo "npm cannot be reached: no GraphiQL, all else is served; \`make explorer\` builds it"
	@touch $@

$(VENV)/dev: requirements-dev.txt $(VENV)/run
	@echo "Installing what the tests need"
	@$(UV_INSTALL) -r requirements-dev.txt || $(PIP_INSTALL) -r requirements-dev.txt | $(NEWS)
	@touch $@
