# What a person runs by hand; `make` alone lists it. A bare machine needs python3 (3.11 to 3.13) and make,
# the rest goes into .venv.

VENV := .venv
BIN := $(VENV)/bin
UV := uv==0.13.8

# A version that fits, and the first python3 here that has it; `make env PYTHON=/path/to/python3.12` takes another.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c '$(FITS)' 2>/dev/null && echo $$p && break; done)

# Each job is a process of its own and imports torch: without bytecode on disk every one of them waits five seconds more.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help env demo seeds test lint format lock clean

help:
	@echo "make demo     environment, then the default run (config.yaml) and its pages: results/index.html"
	@echo "make test     environment, then all tests; ARGS='-k gan_memory' chooses"
	@echo "make seeds    the demo's headlines for five seeds on three kinds of arithmetic: results/seeds.md"
	@echo "make env      only the environment: .venv, from the lock requirements.txt"
	@echo "make lint     style of Python, notebooks and rules; make format mends what it can"
	@echo "make lock     solve requirements.txt anew from pyproject.toml; ARGS=--upgrade takes newer versions"
	@echo "make clean    say what a run left behind, and how to remove it"

env: $(VENV)/.installed

# A .venv that is there is kept, whoever made it. The certificates are the system's: a network may have a proxy of its own.
$(VENV)/.installed: requirements.txt
	@test -x $(BIN)/python || test -n "$(PYTHON)" || { \
	  echo "error: no Python 3.11, 3.12 or 3.13 here; install one, or name it: make PYTHON=/path/to/python3.12 env" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv --clear --without-pip $(VENV)
	@$(BIN)/python -c '$(FITS)' || { \
	  echo "error: $(VENV) is of $$($(BIN)/python --version), not 3.11 to 3.13; remove it (rm -r $(VENV)) and run make again" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null || { \
	  echo "error: this Python cannot install pip; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)
	UV_COMPILE_BYTECODE=1 $(BIN)/uv pip install --system-certs --python $(BIN)/python --require-hashes -r requirements.txt
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true  # what was installed before, uv leaves as it is
	@touch $@

demo: env
	$(BIN)/snakemake --cores all
	$(BIN)/snakemake --report results/report.html
	@echo "Done: open results/index.html; results/report.html has the same in one file, with what made it."

seeds: env
	$(BIN)/python benchmarks/seeds.py > results/seeds.md
	@echo "Done: results/seeds.md; docs/results/seeds.md is the table of the release."

# A file's tests share a finished run, so files go to the workers whole, and those that run Snakemake first.
test: env
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules

format: env
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow/rules

lock: env
	$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-annotate --no-header \
	  --no-emit-index-url --group dev $(ARGS) pyproject.toml -o requirements.txt

# It removes nothing: results may have cost days of a GPU.
clean:
	@du -shc results logs data .snakemake 2>/dev/null; true
	@echo "Nothing was removed. To start from nothing: rm -r results logs data .snakemake"
	@echo "Resume folders that no job goes on from: python workflow/scripts/plan.py --leftovers"
