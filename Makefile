# `make run` needs Python 3.11 or newer and nothing else. All that these commands write lies under var/.

NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
# Each is tried, not only looked up: a version manager's stand-in may be there without its Python.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$name $(NEW_ENOUGH) 2>/dev/null && echo $$name && break; done)
VENV ?= var/venv
BIN := $(VENV)/bin
SOURCES := awards config exercises manage.py
# More only pays where there are more cores; each has a database and perhaps a browser of its own.
WORKERS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1); echo $$((cores < 4 ? cores : 4)))
ARGS ?=

export PYTHONPYCACHEPREFIX := $(CURDIR)/var/cache/python
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
PYTEST := $(BIN)/python -m pytest -n $(WORKERS)
UV_COMPILE := $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links

# What a production machine would set, for the commands that look at the settings without serving anything.
PRODUCTION := env -u DATABASE_URL -u REDIS_URL -u PORTAL_NOW -u PORTAL_DEMO -u PORTAL_REHEARSAL -u DEBUG \
	SECRET_KEY=0-only-for-checking-1-only-for-checking-2-only-for-checking-3 PORTAL_PLAIN_HTTP=0 \
	ALLOWED_HOSTS=portal.example.com PORTAL_VAR=$(CURDIR)/var/check
# The release step wants servers named and asks neither. `makemigrations` would ask the database, so not in PRODUCTION.
SERVERS := DATABASE_URL=postgres://portal@127.0.0.1:1/portal REDIS_URL=redis://127.0.0.1:1/0

.PHONY: help run test test-fast soak check format lock translations bench \
	check-lint check-format check-types check-templates check-migrations check-deploy
.DEFAULT_GOAL := help

help:
	@echo "make run        the demo portal with its jobs on http://127.0.0.1:8000 (PORT=8123 make run: elsewhere)"
	@echo "make test       the whole suite on real PostgreSQL and Valkey, then the fast part on SQLite"
	@echo "make test-fast  the fast part on SQLite          (both: ARGS=\"tests/awards -k vesting\")"
	@echo "make soak       the tests that take minutes"
	@echo "make check      lint, formatting, types, templates, migrations, deployment settings"
	@echo "make format     write the formatting that make check asks for"
	@echo "make translations  bring the catalogues of locale/ up to date, and compile them"
	@echo "make bench      one table of what the work costs, on real servers (ARGS=\"values pages\": only those)"
	@echo "make lock       write requirements.lock and requirements-dev.lock anew (ARGS=--upgrade: newest versions)"

$(VENV)/.created:
	@python="$(PYTHON)"; "$${python:-python3}" $(NEW_ENOUGH) 2>/dev/null || { \
		echo "Python 3.11 or newer is needed. If it is not on the PATH: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Creating $(VENV)"
	@"$(PYTHON)" -m venv $(VENV) || { \
		echo "Python cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }
	@touch $@

$(VENV)/.installed: requirements.lock $(VENV)/.created
	@echo "Installing what the portal needs"
	@$(PIP) install --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.created
	@echo "Installing what tests and checks need"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

run: $(VENV)/.installed
	@exec $(BIN)/python -P config/supervisor.py

test: $(VENV)/.installed-dev
	@echo "== The whole suite on PostgreSQL and Valkey"
	@$(BIN)/python -m tests.servers -- $(PYTEST) $(ARGS)
	@$(MAKE) --no-print-directory test-fast

# Exit code 5 says that no test was chosen: fine when ARGS chose tests that need a server.
test-fast: $(VENV)/.installed-dev
	@echo "== The fast suite on SQLite"
	@env -u DATABASE_URL -u REDIS_URL $(PYTEST) -m "not postgresql and not valkey and not browser and not soak" $(ARGS) \
		|| { code=$$?; test $$code -eq 5 -a -n "$(ARGS)" || exit $$code; }

soak: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.servers -- $(BIN)/python -m pytest -m soak $(ARGS)

# Every part, although one before it failed.
check: $(VENV)/.installed-dev
	@$(MAKE) --no-print-directory --keep-going check-lint check-format check-types check-templates check-migrations check-deploy

check-lint:
	$(BIN)/python -m ruff check .

check-format:
	$(BIN)/python -m ruff format --check .

check-types:
	$(PRODUCTION) $(BIN)/python -m mypy $(SOURCES)

check-templates:
	find templates -name '*.html' -exec $(BIN)/djade --check --target-version 5.2 {} +

check-migrations:
	$(PRODUCTION) $(BIN)/python manage.py makemigrations --check --dry-run

check-deploy:
	$(PRODUCTION) $(SERVERS) $(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(VENV)/.installed-dev
	$(BIN)/python -m ruff check --fix-only .
	$(BIN)/python -m ruff format .
	-find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} +

lock: $(VENV)/.installed-dev
	$(UV_COMPILE) $(ARGS) -o requirements.lock requirements.txt
	$(UV_COMPILE) $(ARGS) -c requirements.lock -o requirements-dev.lock requirements-dev.txt

translations: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.catalogues

bench: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.benchmarks $(ARGS)
