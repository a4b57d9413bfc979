# Everything lands in .venv, node_modules and build. Give another interpreter with `make PYTHON=python3.11 …`.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-energy ganache test test-slow artifacts wheel check format compile abi gas bench-audit bench-crowd bench-model bench-status bench-stress solar readings audit mutation lock deep clean distclean bench-simulate

# python3 where it will do; otherwise one that the pinned pyrevm has wheels for.
PYTHON ?= $(shell for python in python3 python3.12 python3.11 python3.10 python3; do \
	$$python -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' 2>/dev/null && break; done; echo $$python)
# The tests wait for nodes a part of the time; each worker more costs two cores its start and its own nodes.
JOBS ?= 4
ARGS ?=
BIN := .venv/bin
SOLIDITY := 'contracts/**/*.sol' 'tests/**/*.sol'
CLIENTS := 'clients/**/*.mjs'
PIP_INSTALL := -m pip --disable-pip-version-check install --quiet
LOCK := build/venvs/uv/bin/uv pip compile --quiet --universal --python-version 3.10 \
	--no-emit-index-url --no-annotate --no-header
export MPLCONFIGDIR := $(CURDIR)/build/matplotlib
export NO_UPDATE_NOTIFIER := 1

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: build/.ready ## install the pinned Python and npm packages (the others call it)

demo: setup ## run a 20-year solar deal on an embedded chain; DEAL=deals/ppa-50m.toml runs another
	@$(BIN)/penstock demo $(if $(DEAL),--deal $(DEAL)) $(ARGS)

demo-energy: setup ## run one week of 1,000 rooftops on an embedded chain: reports, certificates, a bill, a deal, a cheat
	@$(BIN)/penstock demo-energy $(ARGS)

ganache: setup ## a deal on Ganache: launch, settlements, sales of shares, claims, status
	@PYTHONPATH=. $(BIN)/python scripts/life.py $(ARGS)

test: setup ## run the tests that are not slow; ARGS="-k name" is passed on, JOBS=2 for fewer workers
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(ARGS)

test-slow: setup build/venvs/brownie/.ready ## run the slow tests: wheels, Brownie, explorers, interrupted runs
	@PENSTOCK_PROFILE=slow $(BIN)/python -m pytest -m "slow or rest or drawn" -n $(JOBS) --dist loadgroup $(ARGS)

check: setup ## check format, lint and types, both languages
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@node_modules/.bin/prettier --check --log-level warn --no-error-on-unmatched-pattern $(SOLIDITY) $(CLIENTS)
	@if compgen -G 'contracts/*.sol' >/dev/null; then node_modules/.bin/solhint --noPoster --max-warnings 0 'contracts/**/*.sol'; fi

format: setup ## format both languages
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .
	@node_modules/.bin/prettier --write --no-error-on-unmatched-pattern $(SOLIDITY) $(CLIENTS)

artifacts: setup ## compile changed contracts into penstock/artifacts.json
	@$(BIN)/python -c 'from penstock.evm.artifacts import write_artifacts; print(write_artifacts())'

wheel: .venv/.ready ## build the package into build/dist
	@rm -rf build/lib
	@$(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation -w build/dist .

compile: setup build/venvs/brownie/.ready ## compile the contracts with Brownie, source maps included
	@$(BIN)/brownie compile --all

abi: setup ## write the ABIs that outsiders call into abi/
	@$(BIN)/python -m tools.abi

gas: setup ## measure gas from real receipts; writes docs/GAS.md and benchmarks/results/gas.json
	@$(BIN)/python -m benchmarks.gas $(ARGS)

bench-audit: setup ## time an audit of 100,000 events and 10,000 holders
	@$(BIN)/python -m benchmarks.audit $(ARGS)

bench-crowd: setup ## time a launch for 1,000 holders, a settlement and a payment to each
	@$(BIN)/python -m benchmarks.crowd $(ARGS)

bench-model: setup build/venvs/bench/.ready ## compare the model's speed with waterfall-py's
	@PENSTOCK_BENCH_PYTHON=build/venvs/bench/bin/python $(BIN)/python -m benchmarks.model $(ARGS)

bench-simulate: setup build/venvs/bench/.ready ## scenarios a second: the simulator beside NumPy in floats and waterfall-py
	@PENSTOCK_BENCH_PYTHON=build/venvs/bench/bin/python $(BIN)/python -m benchmarks.simulate $(ARGS)

bench-status: setup ## time status and settle for 1,000 deals on one Anvil
	@$(BIN)/python -m benchmarks.status $(ARGS)

bench-stress: setup ## time a portfolio on a cluster of two workers; ARGS="--deals 1000 --scenarios 10000"
	@$(BIN)/python -m benchmarks.stress $(ARGS)

solar: build/venvs/solar/.ready ## recompute the example plant's revenue from pvlib's weather file
	@PYTHONPATH=. build/venvs/solar/bin/python scripts/make_greensboro_flows.py $(ARGS)

readings: setup build/venvs/readings/.ready ## measured energy of an inverter and of households through meters build and verify
	@PYTHONPATH=. $(BIN)/python scripts/real_readings.py build/venvs/readings/lib/python*/site-packages

audit: setup build/venvs/audit/.ready ## proofs, static analysis and a fuzzing campaign in one table; ARGS="--runs 1000" runs longer
	@$(BIN)/python -m tools.audit $(ARGS)

mutation: setup ## put faults into the code for the tests to find: what the change touched; ARGS=--full for all
	@$(BIN)/python -m mutation $(ARGS)

lock: ## update the Python locks and package-lock.json
	@mkdir -p build/venvs && $(PYTHON) -m venv build/venvs/uv && build/venvs/uv/bin/python $(PIP_INSTALL) uv
	@$(LOCK) --upgrade --group dev --extra cluster --extra fuzz --extra links --extra plots --extra simulate --extra solc --extra stress --extra structure pyproject.toml -o requirements.lock
	@$(LOCK) --upgrade --extra brownie pyproject.toml -o tools/locks/brownie.txt
	@npm install --package-lock-only --ignore-scripts --loglevel=error && node tools/lock-platforms.mjs

deep: setup ## hours: the state machine from new seeds, 20,000 drawn deals, a long campaign, every mutant
	@PENSTOCK_PROFILE=deep $(BIN)/python -m pytest -m "" -n $(JOBS) --dist loadgroup -rA \
		tests/fuzz tests/parity/test_parity.py tests/properties $(ARGS)
	@$(MAKE) audit ARGS="--runs 1000"
	@$(MAKE) mutation ARGS=--full

clean: ## remove build results, keep the installed packages
	@rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis

distclean: clean ## remove the installed packages too
	@rm -rf .venv node_modules *.egg-info

# Each stamp is written last and each rule starts from an empty folder: an interrupted set-up begins again. A stamp is a
# copy of the lock it was made from: git gives an unchanged lock a new time, and nothing is installed twice for that.
.venv/.packages: requirements.lock
	@cmp -s $< $@ || { set -e; \
		echo "setup: Python packages into .venv (about a minute)"; \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Penstock needs Python 3.10 or newer: make PYTHON=…")'; \
		rm -rf .venv; $(PYTHON) -m venv .venv; \
		$(BIN)/python $(PIP_INSTALL) -r $<; \
	}
	@cp $< $@

.venv/.ready: .venv/.packages pyproject.toml
	@$(BIN)/python $(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@ln -sf ../../tools/brownie $(BIN)/brownie
	@touch $@

node_modules/.ready: package-lock.json .npmrc
	@cmp -s $< $@ || { \
		echo "setup: compiler, test chains and linters into node_modules (about 15 seconds)"; \
		npm ci --ignore-scripts --loglevel=error; \
	}
	@cp $< $@

# Native binaries, since the npm wrapper of forge always exits 0, and the compiler under the name Brownie looks for.
build/.ready: .venv/.ready node_modules/.ready
	@rm -rf build/bin build/solc && mkdir -p build/bin build/solc
	@for tool in anvil cast forge; do \
		binary=$$(echo node_modules/@foundry-rs/$$tool-*-*/bin/$$tool); \
		[ -x "$$binary" ] || { echo "setup: npm has no $$tool for this platform" >&2; exit 1; }; \
		ln -s "../../$$binary" build/bin/$$tool; \
	done
	@ln -s ../../node_modules/.bin/ganache build/bin/ganache
	@ln -s ../../tools/solc build/bin/solc
	@ln -s ../../tools/solc build/solc/solc-v0.8.30
	@touch $@
	@echo "setup: done"

# Their data alone, without what their code needs
build/venvs/readings/.ready: tools/locks/readings.txt
	@rm -rf build/venvs/readings; mkdir -p build/venvs; $(PYTHON) -m venv build/venvs/readings
	@build/venvs/readings/bin/python $(PIP_INSTALL) --no-deps -r $<
	@cp $< $@

build/venvs/%/.ready: tools/locks/%.txt
	@cmp -s $< $@ || { set -e; \
		echo "setup: $* packages into build/venvs/$*"; \
		rm -rf build/venvs/$*; mkdir -p build/venvs; $(PYTHON) -m venv build/venvs/$*; \
		build/venvs/$*/bin/python $(PIP_INSTALL) -r $<; \
	}
	@cp $< $@
