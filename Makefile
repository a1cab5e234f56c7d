# make run ARGS="--config model=gradient_boosting": extra words go to snakemake (or pytest, in `make test`).
ARGS ?=
PYTHON ?= python3
CORES ?= all
export PYTHONDONTWRITEBYTECODE =
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help run score cluster config schema test lint lock clean

help: ## list what make can do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/run.stamp ## run the workflow (ARGS go to snakemake)
	@snakemake --cores $(CORES) $(ARGS)

config: .venv/run.stamp ## print what a run would use (ARGS as for run; --origins tells where from)
	@python workflow/scripts/show_config.py $(ARGS)

score: .venv/run.stamp ## score new customers with the champion (ARGS="customers.csv scores.csv")
	@python workflow/scripts/score_customers.py $(ARGS)

test: lint ## lint, then run every test (ARGS go to pytest)
	@pytest $(ARGS)

lint: .venv/dev.stamp ## check style, types and the workflow's own rules
	@ruff check . && ruff format --check .
	@snakefmt --check workflow
	@mypy
	@snakemake --lint

lock: .venv/dev.stamp ## resolve pyproject.toml into the hash-pinned locks
	@uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --upgrade --quiet -o requirements.txt
	@uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-header --quiet -c requirements.txt -o requirements-dev.txt
	@uv pip compile pyproject.toml --extra cluster --universal --generate-hashes --no-emit-index-url --no-header --quiet -c requirements.txt -o requirements-cluster.txt

.venv/bin/uv:
	@$(PYTHON) -m venv .venv
	@pip install --quiet --disable-pip-version-check uv

.venv/run.stamp: requirements.txt | .venv/bin/uv
	@echo "Setting up .venv (once; a minute or so) ..."
	@uv pip install --quiet --python .venv/bin/python --compile-bytecode --require-hashes -r $<
	@touch $@

.venv/cluster.stamp: requirements-cluster.txt | .venv/run.stamp
	@uv pip install --quiet --python .venv/bin/python --compile-bytecode --require-hashes -r $<
	@touch $@

# The tests have these plugins beside, as one slows every start of snakemake.
.venv-cluster: requirements-cluster.txt | .venv/run.stamp
	@echo "Setting up .venv-cluster for tests on clusters (once; a minute or so) ..."
	@uv venv --quiet --allow-existing --python .venv/bin/python $@
	@uv pip install --quiet --python $@/bin/python --compile-bytecode --require-hashes -r $<
	@touch $@

.venv/dev.stamp: requirements-dev.txt | .venv/bin/uv
	@echo "Setting up .venv for development (once; a minute or so) ..."
	@uv pip install --quiet --python .venv/bin/python --compile-bytecode --require-hashes -r $<
	@touch $@ .venv/run.stamp

cluster: .venv/cluster.stamp ## add the plugins for clusters and storage (docs/cluster.md)

clean: ## delete results and Snakemake's records
	@rm -rf results .snakemake

schema: .venv/run.stamp ## make the JSON schemas and config/README.md anew
	@cd workflow/scripts && python -m churn.config.documentation
