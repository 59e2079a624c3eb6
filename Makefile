# The two commands of the README are `make demo` and `make test`; each sets itself up once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
GUIDED := .venv-atheris
# Engines whose rules are of our own making: each has a page of reference.
OURS := probes semgrep manifests rotation

.PHONY: demo test check fix golden reference pictures lock bench help fuzz soak gate dist

help:
	@echo "make demo   set up, then gate the bundled endpoint in both postures"
	@echo "make test   set up, then format check, lint, types, contracts and every test"
	@echo "make check  the fast part of make test: no engines, no browser"
	@echo "make fix    format, and mend what ruff can mend"
	@echo "make golden write generated files anew"
	@echo "make gate   servegate over itself, by the strict policy"
	@echo "make fuzz   feed the parsers with broken documents (FUZZ_EXAMPLES=20000, FUZZ_SECONDS=60 each)"
	@echo "make soak   scan after scan (SOAK_SCANS=100), looking for what grows or stays"
	@echo "make bench  measure a scan beside its engines (fetches a public repository)"
	@echo "make dist   what a release consists of: packages, SBOM, checksums"
	@echo "make lock   resolve the dependencies anew into requirements.lock"

# Hash-locked: every archive is checked against requirements.lock, with uv where it is, else pip.
$(READY): requirements.lock pyproject.toml
	@echo "Setting up $(VENV) (once) ..."
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --clear --python $(PYTHON) $(VENV) && \
	  uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	  $(PYTHON) -m venv --clear $(VENV) && \
	  $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e . ; \
	fi
	@touch $(READY)

demo: $(READY)
	@$(BIN)/python -m sample_endpoint.demo

check: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -m "not e2e and not browser"

test: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto --dist loadfile

fix: $(READY)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

# What is generated: the rule reference, the result's JSON Schema, the reporters' golden files.
golden: reference
	UPDATE_GOLDEN=1 $(BIN)/pytest -q tests/reporters -m "not browser"

reference: $(READY)
	$(BIN)/servegate rules --format markdown > rules/README.md
	mkdir -p docs/reference
	for engine in $(OURS); do \
	  $(BIN)/servegate rules --engine $$engine --format markdown > docs/reference/$$engine.md || exit 1; \
	done

# servegate over itself, by the strict policy.
gate: $(READY)
	$(BIN)/servegate scan . --config .github/gate.toml

# The parsers of foreign data, some hundred times as long as in make test; then a search led by
# coverage, where atheris is to be had.
fuzz: $(READY)
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-20000} $(BIN)/pytest -q -n auto tests/fuzz
	@if $(MAKE) -s $(GUIDED)/.ready; then \
	  $(GUIDED)/bin/python -m tests.fuzz.guided $${FUZZ_SECONDS:-60}; \
	else echo "atheris can't be had for this Python: no search led by coverage"; fi

$(GUIDED)/.ready: $(READY)
	$(PYTHON) -m venv --clear $(GUIDED)
	$(GUIDED)/bin/python -m pip install --quiet --only-binary :all: atheris==3.0.0
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
	  > $$($(GUIDED)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/servegate.pth
	@touch $@

# Scan after scan: nothing may grow, nothing may stay.
soak: $(READY)
	$(BIN)/python -m benchmarks.soak

# The pictures of the documentation, of what make demo left.
pictures: $(READY)
	$(BIN)/python -m docs.images.make

bench: $(READY)
	$(BIN)/python -m benchmarks.speed

# What a release consists of: wheel, source archive, SBOM (CycloneDX) and checksums.
dist: $(READY)
	bash .ci/dist

lock:
	uv pip compile --quiet pyproject.toml --all-extras --universal --python-version 3.10 \
	  --generate-hashes --no-header --output-file requirements.lock
	uv pip compile --quiet pyproject.toml --extra aws --extra vault --extra azure --universal \
	  --python-version 3.10 --no-annotate --no-header --constraint requirements.lock \
	  --output-file constraints.txt
	printf 'cyclonedx-bom>=7.5\nuv>=0.9\n' | uv pip compile --quiet - --universal --python-version 3.10 \
	  --generate-hashes --no-header --no-annotate --output-file .ci/release.lock
	echo "compliance-trestle>=5.2" | uv pip compile --quiet - --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --output-file tests/evidence/trestle.lock
