# Everything here needs only Python 3.11 and make: the first target that runs makes .venv, from the lock file.
PYTHON ?= python3
BIN := .venv/bin
PIP := -m pip --quiet --disable-pip-version-check install

.PHONY: demo test check bench docs format lock bounds wheel clean
.DEFAULT_GOAL := test

$(BIN)/.ready: pyproject.toml requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python $(PIP) --require-hashes --requirement requirements.lock
	$(BIN)/python $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(BIN)/.ready
	$(BIN)/fsrouter demo --headless --calls 20

test: $(BIN)/.ready
	$(BIN)/python -m pytest -n auto

check: $(BIN)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(BIN)/.ready
	$(BIN)/fsrouter bench

docs: $(BIN)/.ready
	$(BIN)/python -m fsrouter.rules.docs_page docs
	$(BIN)/python .ci/modules
	$(BIN)/python -m fsrouter.cli.docs_page docs

format: $(BIN)/.ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The newest packages within the bounds of pyproject.toml, for every platform, each with its hashes.
lock: $(BIN)/.ready
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --extra dev \
	    --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml

# The tests with the oldest packages within the bounds, and with the newest that there are today.
bounds: $(BIN)/.ready
	set -e; for end in lowest-direct highest; do \
	    $(PYTHON) -m venv --clear .venv-$$end; \
	    $(BIN)/uv pip compile --quiet --resolution $$end --extra dev pyproject.toml > .venv-$$end/requirements.txt; \
	    .venv-$$end/bin/python $(PIP) --requirement .venv-$$end/requirements.txt; \
	    .venv-$$end/bin/python $(PIP) --no-deps --no-build-isolation --editable .; \
	    .venv-$$end/bin/python -m pytest -n auto; \
	done

wheel: $(BIN)/.ready
	rm -rf dist
	$(BIN)/python -m build --no-isolation --wheel --outdir dist .

clean:
	rm -rf .venv .venv-* dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
