# Everything here needs only Python 3.11 and make: the first target that runs makes .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check bench docs format clean
.DEFAULT_GOAL := test

$(BIN)/.ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
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
	$(BIN)/python -m fsrouter.cli.docs_page > docs/cli.md

format: $(BIN)/.ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
