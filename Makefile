# `make run` opens the app, `make test` proves it. Both build what they need in .venv the first time.

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check
# PATH may hold a pyenv shim that leads nowhere, or a Python without venv: only one that answers counts.
CANDIDATES := python3.11 python3.12 python3 python $(wildcard $(HOME)/.pyenv/versions/3.1[12].*/bin/python)
# Tests run in a process a core, four at most, a file in one of them; the long files come first, not last.
SPREAD := -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
PROBE := import ensurepip, sys, venv; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))

.PHONY: help run test lint bench docs pictures space lock clean
.DEFAULT_GOAL := help

help:
	@echo "make run     install what is missing and open the app (ARGS=--help shows its options)"
	@echo "make test    install what is missing, lint, and run all tests (ARGS=-n0: one after another)"
	@echo "make lint    ruff alone"
	@echo "make bench   measure: start, latency, speed of training and generation"
	@echo "make docs    write docs/api.md from the code"
	@echo "make pictures  take the README's pictures from the running app"
	@echo "make space   assemble and check what a Space gets (TARGET=cpu, gpu or zero; SPACE=owner/name sends it)"
	@echo "make lock    resolve the .in files anew and write the locks"
	@echo "make clean   remove the environment and caches; data/ stays"

run: $(VENV)/.run-ready
	$(BIN)/python app.py $(ARGS)

test: lint $(VENV)/.chromium
	$(BIN)/python -m pytest $(SPREAD) $(ARGS)

lint: $(VENV)/.test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: $(VENV)/.test-ready $(VENV)/.chromium
	@for file in $$(cd benchmarks && ls [a-z]*.py); do \
		echo "== $$file"; $(BIN)/python -m benchmarks.$${file%.py} || exit 1; \
	done

$(BIN)/pip:
	@for python in $(CANDIDATES); do \
		if $$python -c '$(PROBE)' >/dev/null 2>&1; then \
			echo "$(VENV) from $$($$python --version)"; exec $$python -m venv $(VENV); \
		fi; \
	done; \
	echo "Glassworks needs Python 3.11 or 3.12 with venv, and none of these is one: $(CANDIDATES)."; \
	echo "Install it (Debian, Ubuntu: apt install python3.11 python3.11-venv) and run make again."; \
	exit 1

$(VENV)/.run-ready: requirements.txt | $(BIN)/pip
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.test-ready: requirements.txt requirements-test.txt | $(BIN)/pip
	$(PIP) -r requirements-test.txt
	@touch $@ $(VENV)/.run-ready

$(VENV)/.chromium: | $(VENV)/.test-ready
	$(BIN)/python -m tests.support.chromium
	@touch $@

docs: $(VENV)/.run-ready
	$(BIN)/python -m app.api.reference > docs/api.md

pictures: $(VENV)/.test-ready $(VENV)/.chromium
	$(BIN)/python -m tests.support.screenshots $(ARGS)

space: $(VENV)/.run-ready
	$(BIN)/python -m pipelines.space --target $(or $(TARGET),cpu) $(if $(SPACE),--upload $(SPACE)) $(ARGS)

lock:
	$(MAKE) VENV=.lock .lock/bin/pip
	.lock/bin/python -m pip install --disable-pip-version-check -r requirements-test.in
	.lock/bin/python -m tests.support.lock
	rm -rf .lock

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
