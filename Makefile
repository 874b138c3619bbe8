# Every target sets up what it needs: a virtual environment in .venv with the packages of requirements.lock.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export BENTOML_DO_NOT_TRACK := True
export MLFLOW_DISABLE_TELEMETRY := true
# where it is set, each of the processes below would compile all of the project's modules again
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check lint bench crash fuzz soak screenshots audit lock system fonts clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1@\2/' | awk -F@ '{ printf "%-17s %s\n", $$1, $$2 }'

demo: $(READY) ## the whole path on simulated data; DATA=file MAPPING=name for your own; DEMO_ONCE=1 stops by itself
	@DATA='$(DATA)' MAPPING='$(MAPPING)' POLICY='$(POLICY)' ORDERS='$(ORDERS)' DEMO_ONCE='$(DEMO_ONCE)' \
		$(BIN)/python -m serving.demo

# one process more than CI has cores: a third of what they do is wait for servers and browsers
test: lint ## every test that CI runs
	$(BIN)/python -m pytest -n 3 --dist loadgroup

check: lint ## the fast part: lint, types, unit, spec; without the slow tests among them
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m 'not slow' tests/unit tests/spec features serving training

lint: $(READY) ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY) ## benchmarks; ONLY=history runs one family
	$(BIN)/python tests/benchmarks/run.py $(ONLY)

crash: $(READY) ## workers killed under load, again and again: KILLS=200; then what was answered against what is stored
	$(BIN)/python -m tests.integration.robust.crash --kills $(or $(KILLS),200)

fuzz: $(READY) ## requests invented from the OpenAPI document, for SECONDS=600
	$(BIN)/python -m tests.integration.robust.fuzz --seconds $(or $(SECONDS),600)

soak: $(READY) ## half of what two workers can take, for HOURS=1: does their memory grow?
	$(BIN)/python -m tests.integration.robust.soak --hours $(or $(HOURS),1)

screenshots: $(READY) fonts ## pages of the console and of insight, and the report, as docs/images/*.png, from simulated data
	SCREENSHOTS=docs/images $(BIN)/python -m pytest -q tests/integration/console tests/integration/report -k pictures

audit: $(READY) ## known weaknesses of the packages in requirements.lock; asks the public database, so it needs the network
	@mkdir -p build && rm -f build/audit.txt
	@if $(BIN)/pip-audit --requirement requirements.lock --no-deps --disable-pip --strict --progress-spinner off \
			--output build/audit.txt 2>build/audit.log; then \
		echo 'no known weakness in any package of requirements.lock'; \
	elif [ -s build/audit.txt ]; then \
		cat build/audit.txt; \
		echo 'update these packages in pyproject.toml, then run make lock' >&2; exit 1; \
	else \
		tail -n 1 build/audit.log >&2; \
		echo 'the database of weaknesses could not be asked about every package, so nothing is known; try again' >&2; exit 1; \
	fi

lock: ## requirements.lock made again from pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --all-extras --python-version 3.11 --no-emit-index-url \
		--custom-compile-command 'make lock' --quiet --upgrade --output-file requirements.lock

clean: ## forget the environment and everything that was made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# LightGBM needs the OpenMP runtime, which a slim machine may lack; Spark needs Java, and the tests of the console's pages
# need Chromium and npm (for axe-core), without which only these tests are left out, but in CI.
system:
	@if [ -x /sbin/ldconfig ] && ! /sbin/ldconfig -p | grep -q 'libgomp\.so\.1'; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && apt-get install -y -qq --no-install-recommends libgomp1; \
		else \
			echo 'libgomp is missing; install it (on Debian: apt-get install libgomp1)' >&2; exit 1; \
		fi; \
	fi
	@if [ -z "$$JAVA_HOME" ] && ! command -v java >/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq; \
			apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless || \
				apt-get install -y -qq --no-install-recommends default-jre-headless || \
				echo 'Java is not to be had: the Spark engine will not run' >&2; \
		else \
			echo 'Java is missing, so the Spark engine will not run; install it (on Debian: apt-get install openjdk-17-jre-headless)' >&2; \
		fi; \
	fi
	@for tool in chromium npm; do \
		if ! command -v "$$tool" >/dev/null; then \
			if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
				{ apt-get update -qq && apt-get install -y -qq --no-install-recommends "$$tool"; } || \
					echo "$$tool is not to be had: the console's pages will not be tested" >&2; \
			else \
				echo "$$tool is missing, so the console's pages will not be tested; install it (on Debian: apt-get install $$tool)" >&2; \
			fi; \
		fi; \
	done

# what the pictures in Chinese are drawn with; no test needs it
fonts: | system
	@if ! fc-list :lang=zh | grep -q .; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && apt-get install -y -qq --no-install-recommends fonts-noto-cjk; \
		else \
			echo 'no font has Chinese letters; install one (on Debian: apt-get install fonts-noto-cjk)' >&2; exit 1; \
		fi; \
	fi

$(READY): requirements.lock pyproject.toml | system
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo 'Python 3.11 is needed; name it with make PYTHON=/path/to/python3.11' >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if $(BIN)/python -m pip install --quiet --disable-pip-version-check uv; then \
		echo 'installing packages with uv' && \
		VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --requirement requirements.lock && \
		VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --editable .; \
	else \
		echo 'uv is not to be had: installing packages with pip, which takes longer' && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --compile --requirement requirements.lock && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .; \
	fi
	@touch $(READY)
