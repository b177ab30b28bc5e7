# Everything a person does with this folder. `make` alone lists it.
# Set-up speaks on stderr; stdout belongs to what was asked for.

.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3
PORT ?= 8400
BIN := .venv/bin
HOUSE := crypto identity ledger services
CHECKED := $(HOUSE) contracts tests scripts bench
MUST_BE_COVERED := crypto/*,identity/*,ledger/*,services/evidence/*

# whole rooms that `make check` leaves to `make test`, besides what is marked slow or component
LONG := tests/browser tests/stories tests/services/authority tests/services/commands \
	tests/services/honours tests/services/accounts/pages tests/services/registry/pages \
	tests/services/test_authorisation.py tests/services/verification

# a Node taken from PyPI stands beside the interpreter
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup demo-setup demo test browser check lint fix bench lock catalogues openapi clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

setup: ## install everything for developing: pinned packages, Node, contract tools
	@$(PYTHON) scripts/bootstrap.py dev
	@$(PYTHON) -m scripts.checkers

demo-setup:
	@$(PYTHON) scripts/bootstrap.py demo

demo: demo-setup ## run a node with two schools and 60 certificates (ONCE=1: then stop; PORT, KEXIN_HOME)
	@KEXIN_PORT=$(PORT) $(BIN)/kexin demo$(if $(filter 1,$(ONCE)), --once)

test: lint ## run every test with coverage; KEXIN_TEST_STRICT=1: a test left out is a failure
	@rm -f .coverage .coverage.*
	$(BIN)/pytest -n 2 --ignore=tests/browser --cov --cov-report= -rs
	$(BIN)/coverage report --skip-covered --include='services/*'
	$(BIN)/coverage report --skip-covered --show-missing --include='$(MUST_BE_COVERED)' --fail-under=100
	$(BIN)/pytest -rs tests/browser # a process of its own: no other test bears Playwright's loop

browser: setup ## drive the pages in a real Chromium; pictures in dist/screenshots
	$(BIN)/pytest -rs tests/browser

check: lint ## check in under two minutes: formats, types, imports, tests without components
	$(BIN)/pytest -n 2 $(addprefix --ignore=,$(LONG)) -m 'not component and not slow'

lint: setup
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/mypy $(CHECKED)
	$(BIN)/lint-imports --no-cache
	$(BIN)/python scripts/catalogues.py --check

fix: setup ## format, and repair what ruff can repair
	$(BIN)/ruff check --fix $(CHECKED)
	$(BIN)/ruff format $(CHECKED)

bench: setup ## measure; prints a table and writes bench/results.json
	@$(BIN)/python -m bench

lock: ## resolve the requirements anew and pin them by hash (needs uv and npm)
	@scripts/lock

catalogues: setup ## compile the texts for people (.po to .mo)
	@$(BIN)/python scripts/catalogues.py

openapi: setup ## write docs/openapi.json
	@$(BIN)/python scripts/openapi.py

clean: ## remove what was installed and cached; the data in var/ stays
	rm -rf .venv .make contracts/node_modules contracts/out contracts/cache dist
	rm -rf services/verification/offline/node_modules tests/browser/node_modules
	rm -rf .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
