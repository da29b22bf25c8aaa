# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test test-bluez lint unit reliability fuzz soak benchmark captures visit pictures pages samples requirements sbom clean

demo: $(VENV)/run.stamp
	@$(BIN)/python -m tui demo

test: lint unit

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(VENV)/test.stamp
	$(BIN)/pytest

# The same radio tests over BlueZ and a Linux kernel in an emulated machine; says loudly what is missing for it.
test-bluez: $(VENV)/test.stamp
	$(BIN)/python -m tests.bluez

# Ten minutes; a few seconds of each group are tried by `make test`.
fuzz: $(VENV)/test.stamp
	$(BIN)/python -m tests.fuzz

# About thirty-five minutes on two free cores: each test of docs/reliability.md as often as the page says; `make test` tries all of them a few times.
reliability: $(VENV)/test.stamp
	$(BIN)/python -m tests.reliability

benchmark: $(VENV)/test.stamp
	$(BIN)/python -m tests.benchmarks

# Eight simulated hours of troubled sensors (15 minutes), then half an hour in a terminal.
soak: $(VENV)/test.stamp
	@mkdir -p build/soak && rm -f build/soak/*
	$(BIN)/python -m tests.soak 28800 build/soak
	$(BIN)/python -m tests.soak_in_a_terminal 1800

captures: $(VENV)/test.stamp
	$(BIN)/python -m tests.captures docs/screens

visit: $(VENV)/test.stamp
	$(BIN)/python -m tests.visit_captures docs/screens/visit

pictures: $(VENV)/test.stamp
	$(BIN)/python -m tests.benchmarks.pictures

pages: $(VENV)/test.stamp
	$(BIN)/python -m tests.page_pictures docs

samples: $(VENV)/run.stamp
	$(BIN)/python -m sample_streams.generate

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements/run.txt | $(VENV)/bin/python
	@echo "Installing the pinned packages into $(VENV) (once) ..."
	$(PIP) install --require-hashes -r requirements/run.txt
	@touch $@

$(VENV)/test.stamp: requirements/test.txt | $(VENV)/bin/python
	@echo "Installing the pinned test packages into $(VENV) (once) ..."
	$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@ $(VENV)/run.stamp

# Needs uv; resolves for Linux, macOS and Windows at once.
requirements:
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -o requirements/run.txt
	uv pip compile pyproject.toml --group test --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -o requirements/test.txt

# What the program is made of, as a CycloneDX document.
sbom: $(VENV)/bin/python
	$(BIN)/python -m tests.sbom dist/clonoscope.cdx.json

clean:
	rm -rf $(VENV) build dist
