# Storyreel. `make help` says what there is.
# Everything is installed into this folder (.venv, .cache): it needs git, make and Python 3.11 or newer.

SHELL := /bin/sh
.DEFAULT_GOAL := help

PROMPT ?= A lighthouse keeper finds a lost whale and leads it home
SCENES ?= 6
SECONDS ?= 30
RATIO ?= 1280:720
STYLE ?=
MOOD ?=
OUT ?= out/demo.mp4
DATA ?= .data
LIVE ?=
URL ?=
KEY ?=
STAGE ?= dev

# A prompt may hold quotes, dollars and backslashes: it goes to the program through the environment, where
# neither make nor the shell reads it again.
override PROMPT := $(value PROMPT)
override OUT := $(value OUT)
override DATA := $(value DATA)
override SCENES := $(value SCENES)
override RATIO := $(value RATIO)
override STYLE := $(value STYLE)
override MOOD := $(value MOOD)
override LIVE := $(value LIVE)
VIDEO_SECONDS := $(value SECONDS)
# SECONDS itself counts up in bash, so it goes under another name.
# KEY goes through the environment alone: nobody finds it in a list of processes.
export URL KEY
export PROMPT OUT DATA SCENES VIDEO_SECONDS RATIO STYLE MOOD LIVE STAGE

VENV := .venv/bin
PY := $(VENV)/python

# Two processes: the crash matrix mostly waits, the rest mostly computes. One order by chance, the same for everybody:
# a change that breaks something is told from an order that does. `.venv/bin/python -m pytest` draws another each time.
RUN_TESTS := $(PY) -m pytest --numprocesses=2 --dist=loadscope --no-loadscope-reorder --randomly-seed=1337358433

# PYTHON=… if it is given, else the first that is new enough.
FIND_PYTHON = for each in $${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { found="$$each"; break; }; done; \
	[ -n "$$found" ] || { echo "Storyreel needs Python 3.11 or newer, and $${PYTHON:-python3} is not. \
	Install one, or name it: make PYTHON=/path/to/python3.13 …" >&2; exit 1; }

.PHONY: help
help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  make demo PROMPT="…" SCENES=3 SECONDS=15 RATIO=720:1280 STYLE=watercolor OUT=path.mp4'

.PHONY: install
install: ## Install everything into this folder (the other targets do it, too)
	@found=; $(FIND_PYTHON); "$$found" -I infra/local/bootstrap.py

.PHONY: demo
demo: install ## Start the stack, make a video from PROMPT, write it to OUT, stop
	@$(PY) -m infra.local demo --prompt="$$PROMPT" --scenes="$$SCENES" --seconds="$$VIDEO_SECONDS" \
		--ratio="$$RATIO" --style="$$STYLE" --mood="$$MOOD" --out="$$OUT" --data="$$DATA" --live="$$LIVE"

.PHONY: smoke
smoke: install ## Make a short draft on the API at URL with KEY, deployed or not, and check it
	@$(PY) -m infra.local smoke --data="$$DATA"

.PHONY: run
run: install ## Start the stack and keep it up until Ctrl-C
	@$(PY) -m infra.local run --data="$$DATA"

.PHONY: test
test: install ## Run all tests
	@$(RUN_TESTS)

.PHONY: check
check: install ## Lint, types, import contracts, the stack's checkers, tests: what has to pass
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .
	@$(VENV)/mypy
	@$(VENV)/lint-imports
	@$(PY) -m infra.checks
	@$(RUN_TESTS)

.PHONY: synth
synth: install ## Synthesize the stack for STAGE and run every checker over it
	@$(PY) -m infra.checks "$$STAGE"

.PHONY: cost
cost: install ## Say what each stage costs a month, and what a video costs
	@$(PY) -m infra.cost

.PHONY: bench
bench: install ## Measure: merging, the critical path, requests, uploads, sessions, import times
	@$(PY) -m tests.benchmarks

.PHONY: lock
lock: install ## After a change of dependencies: uv.lock, and every requirements.txt from it
	@$(VENV)/uv lock
	@$(PY) -m infra.layer_build export

.PHONY: rights
rights: install ## After a change of a declaration: the page of what every function may touch
	@$(PY) -m infra.rights_page

.PHONY: bootstrap
bootstrap: install ## Once for an AWS account and region: what the CDK needs there
	@$(PY) -m infra.node_tools cdk bootstrap

.PHONY: deploy
deploy: install ## Deploy STAGE to the AWS account of your credentials
	@$(PY) -m infra.node_tools cdk deploy -c stage="$$STAGE"

.PHONY: keys
keys: install ## Put the providers' keys of STAGE in place: it asks for them
	@$(PY) -m infra.keys "$$STAGE"

.PHONY: destroy
destroy: install ## Take STAGE down again
	@$(PY) -m infra.node_tools cdk destroy -c stage="$$STAGE"
