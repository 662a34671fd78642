# countermove: `make run` does the main job on an example, `make test` proves the fast suite.
# Both set up .venv on first use; nothing is needed beyond Python >= 3.11 and make.
SHELL := /bin/bash
unexport PYTHONDONTWRITEBYTECODE  # what Python compiled is kept: tests begin twice as fast
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BENCH := .venv-bench
PY := $(VENV)/bin/python
INSTALL := -m pip install --quiet --disable-pip-version-check
EXAMPLE ?= src/countermove/examples/one_drug_then_relapse.yaml
OUT ?= runs/$(basename $(notdir $(EXAMPLE)))

# The first interpreter that really runs, is new enough and can make an environment.
define find_python
for candidate in $${PYTHON:-} python3.13 python3.12 python3.11 python3; do \
    if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
        >/dev/null 2>&1; then python=$$candidate; break; fi; \
done; \
if [ -z "$${python:-}" ]; then \
    echo "No working Python >= 3.11 with venv found. Install one, or say: make PYTHON=..." >&2; \
    exit 1; \
fi
endef

.PHONY: help setup run lab test test-slow lint format types contracts docs web browser picture reproduce bench clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.run $(VENV)/.test $(VENV)/.check $(VENV)/.docs  ## make .venv with every tool

$(VENV)/.python:
	@if [ ! -x $(PY) ]; then $(find_python); "$$python" -m venv $(VENV); fi
	@touch $@

$(VENV)/.run: requirements/build.txt requirements/run.txt pyproject.toml | $(VENV)/.python
	@echo "Setting up $(VENV): run"
	@$(PY) $(INSTALL) --require-hashes -r requirements/build.txt -r requirements/run.txt
	@$(PY) $(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.%: requirements/%.txt $(VENV)/.run
	@echo "Setting up $(VENV): $*"
	@$(PY) $(INSTALL) --require-hashes -r $<
	@touch $@

run: $(VENV)/.run  ## simulate an example cohort and write its report (EXAMPLE=..., OUT=...)
	@$(VENV)/bin/countermove run $(EXAMPLE) --out $(OUT) $(ARGS)

lab: $(VENV)/.lab  ## the lab: a local server and its page in the browser
	@$(VENV)/bin/countermove lab $(ARGS)

test: $(VENV)/.test  ## the fast suite, on two cores
	$(PY) -m pytest -q -n 2 --dist loadfile -p no:schemathesis -m "not slow" $(ARGS)

test-slow: $(VENV)/.test  ## the slow statistical tier
	$(PY) -m pytest -q -n 2 -m slow $(ARGS)

lint: $(VENV)/.check  ## ruff: rules and format
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

format: $(VENV)/.check  ## let ruff rewrite what it can
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

types: $(VENV)/.check  ## basedpyright
	$(VENV)/bin/basedpyright

contracts: $(VENV)/.check  ## the import floors
	$(VENV)/bin/lint-imports

docs: $(VENV)/.docs  ## the documentation, its pages executed, warnings as errors
	$(PY) -m sphinx -W --keep-going -b html docs docs/_build

reproduce: $(VENV)/.run  ## recompute every published number, the slow ones included
	$(VENV)/bin/countermove reproduce --all $(ARGS)

web: web/node_modules/.lab  ## the lab's page: types, tests, and that the one carried is what builds
	@cd web && npm run --silent check && npm test --silent
	@fresh=$$(mktemp -d); \
	(cd web && npm run --silent build -- --outDir "$$fresh/page" --emptyOutDir); \
	diff -r "$$fresh/page" src/countermove/lab/page >&2 || { \
	    echo "src/countermove/lab/page is not what web/ builds. Run 'npm run build' in web/." >&2; \
	    exit 1; }; \
	size=$$(find "$$fresh/page" -type f -exec gzip -9 -c {} + | wc -c); rm -r "$$fresh"; \
	echo "The lab's page: $$size bytes compressed (at most 409600)"; test "$$size" -le 409600

web/node_modules/.lab: web/package-lock.json
	@if [ -L web/node_modules ]; then \
	    echo "web/node_modules is a link, and npm ci would empty what it points to. Remove the link." >&2; exit 1; fi
	@cd web && npm ci --silent
	@touch $@

browser: $(VENV)/.lab web/node_modules/.lab  ## the lab's page in a headless Chromium
	@if [ ! -x "$${CHROMIUM:-/usr/bin/chromium}" ]; then \
	    echo "Installing Debian's chromium"; \
	    { apt-get update -qq && apt-get install -qq -y chromium >/dev/null; } || { \
	    echo "No Chromium: install one, or name it with CHROMIUM=..." >&2; exit 1; }; fi
	@cd web && npm run --silent browser && npm run --silent life && npm run --silent exported

picture: $(VENV)/.docs  ## draw the front page's picture anew, from a shipped example
	$(PY) docs/_ext/pictures.py

$(BENCH)/.bench: requirements/build.txt requirements/run.txt requirements/bench.txt pyproject.toml
	@if [ ! -x $(BENCH)/bin/python ]; then $(find_python); "$$python" -m venv $(BENCH); fi
	@echo "Setting up $(BENCH)"
	@$(BENCH)/bin/python $(INSTALL) --require-hashes -r requirements/build.txt -r requirements/bench.txt
	@$(BENCH)/bin/python $(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

bench: $(BENCH)/.bench  ## speed beside other simulators, in an environment of its own
	PATH="$(abspath $(BENCH))/bin:$$PATH" $(BENCH)/bin/python -m benchmarks $(ARGS)

clean:  ## remove what was built, keep the environments
	rm -rf build dist docs/_build docs/entries .pytest_cache .ruff_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
