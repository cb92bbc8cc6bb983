# make up: everything in one process on http://127.0.0.1:8000.  make test: all tests.
# make check: all static checks.  make faults: the fault suite at full length.
.PHONY: up test faults check audit clean
.DEFAULT_GOAL := up

PIN := pyproject.toml constraints.txt $(wildcard shared/web/assets/*.*)
WORKERS ?= 2

up: .venv/.run
	.venv/bin/ccrm up $(ARGS)

test: .venv/.dev
	@deploy/install.sh system
	.venv/bin/pytest -n $(WORKERS) $(ARGS)

# The fault suite at full length, by itself; CCRM_TEST_SEED sets what is drawn. The accounts: build/faults.
faults: .venv/.dev
	@deploy/install.sh system
	CCRM_FAULTS=full .venv/bin/pytest tests/faults $(ARGS)

check: .venv/.dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python -m shared.db.check
	.venv/bin/python deploy/dependencies.py

# Asks PyPI about known holes in what is pinned, which no copy on this machine could say honestly: needs the network, so
# it is no part of check (which looks at pins and licences). --strict: what could not be asked about is no all-clear.
audit: .venv/.dev
	@test -x .venv/audit/bin/pip-audit || \
	    { .venv/bin/python -m venv .venv/audit && .venv/audit/bin/pip install -q 'pip-audit>=2.10,<3'; }
	.venv/audit/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off -r constraints.txt

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Installed once; again when the dependencies change.
.venv/.run: $(PIN)
	deploy/install.sh run
	@touch $@

.venv/.dev: $(PIN)
	deploy/install.sh dev
	@touch .venv/.run $@
