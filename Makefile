# Two commands: `make demo` and `make test`. Both set everything up in this checkout first.
SHELL := /bin/bash
PY := .venv/bin/python
STAMP := .venv/.relief-stamp

.PHONY: help setup demo test kafka check schemas release release-check events bench trials independent clean

help:  ## what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

setup: $(STAMP)  ## the locked dependencies, in .venv

$(STAMP): pyproject.toml uv.lock setup.sh
	@bash ./setup.sh
	@touch "$@"

demo: setup  ## synthetic bureau files in, the published figures out
	@.venv/bin/relief-ledger demo demo-ledger

test: setup  ## all tests
	@bash tests/postgresql.sh
	@.venv/bin/pytest

check: setup  ## format, lint, types, layers, schemas
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) -m schemas.releases
	$(PY) -m tests.releases.contract

kafka: setup  ## a real Apache Kafka on this machine, from Maven Central (needs java and mvn)
	@$(PY) -m deploy.local_kafka run .kafka/data

schemas: setup  ## drafts of schemas, their golden bytes and what is generated from them
	$(PY) -m ledger.schema_drafts
	$(PY) -m tests.schemas.samples
	$(PY) -m ledger.event_catalog
	$(PY) -m ledger.async_api

release: setup  ## the drafts of schemas become the next release of the contract, for good
	$(PY) -m tests.releases

release-check: setup  ## ledgers of all releases, replayed: every entry read, every answer the same bytes
	.venv/bin/pytest tests/schemas tests/releases/test_replay.py

events: setup  ## docs/events.md and docs/asyncapi.json, from the schemas
	$(PY) -m ledger.event_catalog
	$(PY) -m ledger.async_api

bench: setup  ## measured, never asserted
	$(PY) -m benchmarks

trials: setup  ## the long trials that the tests hold a short form of; TRIAL=NAME [TIMES=N]: one on Kafka
ifdef TRIAL
	$(PY) -m tests.ledger.kafka.trials $(TRIAL) $(if $(TIMES),--times $(TIMES))
else
	$(PY) -m benchmarks.forged_proofs 200000
	$(PY) -m benchmarks.hostile_evidence
	$(PY) -m tests.ledger.kafka.trials
	@folder=$$(mktemp -d) && .venv/bin/relief-ledger demo $$folder/demo --scale 0.005 >/dev/null \
		&& $(PY) -m tests.ledger.damage $$folder/demo/ledger 2000; code=$$?; rm -rf $$folder; exit $$code
endif

independent: setup  ## the evidence, against other implementations of its formats (needs Go)
	$(PY) -m benchmarks.independent_readers

clean:  ## remove what make made, the demo's ledger included
	rm -rf .venv .tools .kafka demo-ledger .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
