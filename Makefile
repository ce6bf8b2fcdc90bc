# `make run` starts the site, `make test` tests it. Both install what is missing first.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
PIP := PIP_ROOT_USER_ACTION=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: run setup setup-dev test lint format
.DEFAULT_GOAL := run

run: setup
	@exec $(BIN)/python manage.py up $(ARGS)

setup: .venv/.installed

setup-dev: .venv/.installed-dev

# Files are handed out in their order. By number of tests, slow files with few would come last,
# and the second process would have nothing left to do.
test: .venv/.installed-dev
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: .venv/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	@AIVH_SITE_URL=https://aivh.example AIVH_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

format: .venv/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What running needs. Torch is not among it: only training a network asks for it.
.venv/.installed: .venv/bin/python pyproject.toml constraints.txt
	@echo "Installing what the site needs (a few minutes the first time) …"
	@$(PIP) --editable '.[server]'
	@touch $@

# What testing needs on top, with torch and the linters. Most of it is never imported: Python
# compiles the rest when it first is, which saves half a minute here.
.venv/.installed-dev: .venv/.installed
	@echo "Installing what the tests need …"
	@$(PIP) --no-compile --editable '.[dev]'
	@touch $@

# A bare Debian has pip but no ensurepip, which the venv module needs; virtualenv does without.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("aivh needs Python 3.11 or newer. Name another one with: make PYTHON=python3.12")'
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 || { \
		rm -rf .venv && \
		PIP_ROOT_USER_ACTION=ignore $(PYTHON) -m pip install --quiet --disable-pip-version-check --target .bootstrap virtualenv && \
		PYTHONPATH=.bootstrap $(PYTHON) -m virtualenv --quiet .venv; }
