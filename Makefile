# `make demo` and `make test` need Python 3.11 or newer and make, nothing else.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
JOBS   ?= 2

.PHONY: help demo test lint pytest doc clean

help:
	@echo "make demo   install and show which people move a predicted risk (Rossi data)"
	@echo "make test   install and run linters, tests, doctests and the docs build"
	@echo "make doc    build the documentation into doc/_build/html"
	@echo "make clean  remove the virtual environment and everything built"

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# One stamp per set of extras: reinstalled when the metadata changes.
$(VENV)/.installed: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.installed-dev: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable ".[tests,doc]"
	touch $@ $(VENV)/.installed

demo: $(VENV)/.installed
	$(BIN)/python examples/demo_rossi.py

test: lint pytest doc

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/lint-imports

pytest: $(VENV)/.installed-dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS)

doc: $(VENV)/.installed-dev
	$(BIN)/python -m sphinx -W --keep-going -q -b html doc doc/_build/html
	@echo "Open doc/_build/html/index.html"

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .hypothesis .ruff_cache doc/_build doc/auto_examples doc/generated
