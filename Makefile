# `make evaluate` and `make test` set up what they need and do one thing each; the other targets are for developers.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv pip
ARGS ?=
TIER ?=  # node: with real nodes, which takes Linux and root
WORKERS ?= 2  # tests in parallel, whole files each; live ones start control planes of about 600 MB

.PHONY: evaluate test lab prove bench lint lock clean

evaluate: $(VENV)/.ready  ## evaluate the embedded cluster (or yours: make evaluate ARGS="--kubeconfig FILE --platform mine.yaml")
	$(BIN)/clusterproof run $(if $(strip $(TIER)),--platform testbed-$(strip $(TIER))) $(ARGS)

test: $(VENV)/.ready  ## run every test; the programs of the control planes are built the first time
	-@$(BIN)/clusterproof testbed fetch --with all >/dev/null
	-@[ "$$(id -u)" != 0 ] || $(BIN)/clusterproof testbed fetch --tier node >/dev/null
	$(BIN)/python -m pytest --numprocesses $(strip $(WORKERS)) --dist loadfile $(ARGS)

lab: $(VENV)/.ready  ## open the notebooks in JupyterLab
	$(BIN)/clusterproof lab $(ARGS)

prove: $(VENV)/.ready  ## show that every check notices: the good testbed and its mutants (TIER=node: inside containers)
	$(BIN)/clusterproof prove $(if $(strip $(TIER)),--tier $(strip $(TIER))) $(ARGS)

bench: $(VENV)/.ready  ## measure; prints ratios against a baseline of the same run
	for file in tests/bench/bench_*.py; do $(BIN)/python $$file || exit 1; done

lint: $(VENV)/.ready
	$(BIN)/ruff check lib tests
	$(BIN)/ruff format --check lib tests
	$(BIN)/mypy

# uv installs from the hashed lock in seconds where pip takes minutes; bytecode is compiled here, once, because kernels
# would otherwise compile every module again where PYTHONDONTWRITEBYTECODE is set.
$(VENV)/.ready: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements/uv.txt
	$(UV) sync --quiet --compile-bytecode --require-hashes requirements/dev.txt
	$(UV) install --quiet --no-deps --editable .
	touch $@

lock:  ## lock again after a change of pyproject.toml
	$(UV) compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links --extra testbed --group dev pyproject.toml -o requirements/dev.txt
	$(UV) compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links --extra testbed pyproject.toml -o requirements/run.txt

clean:
	rm -rf $(VENV)
