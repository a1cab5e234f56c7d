# make run ARGS="--config model=gradient_boosting": extra words go to snakemake (or pytest, in `make test`).
ARGS ?=
PYTHON ?= python3
CORES ?= all
export PYTHONDONTWRITEBYTECODE =
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help run report score config notify-test monitor dag track promote rollback mlflow-ui restore cluster schema test stress lint lock clean

help: ## list what make can do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/run.stamp ## run the workflow (ARGS go to snakemake)
	@snakemake --cores $(CORES) $(ARGS)

report: .venv/run.stamp ## put the results of a run into results/report.html (ARGS as for run)
	@snakemake --report results/report.html $(ARGS)

config: .venv/run.stamp ## print what a run would use (ARGS as for run; --origins tells where from)
	@python workflow/scripts/show_config.py $(ARGS)

score: .venv/run.stamp ## score new customers with the champion (ARGS="customers.csv scores.csv")
	@python workflow/scripts/score_customers.py $(ARGS)

notify-test: .venv/run.stamp ## send a sample to every address of notifications
	@python workflow/scripts/notify_test.py $(ARGS)

monitor: .venv/run.stamp ## show the run in this folder, live (ARGS="--once", "--json", "--runs", ...)
	@python workflow/scripts/monitor.py $(ARGS)

dag: .venv/run.stamp ## draw the rules and what they need: dag.svg with Graphviz, else dag.mmd for Mermaid
	@if command -v dot > /dev/null; then \
		snakemake --rulegraph dot $(ARGS) > dag.dot && dot -Tsvg dag.dot -o dag.svg && rm dag.dot && echo dag.svg; \
	else \
		snakemake --rulegraph mermaid-js $(ARGS) > dag.mmd && echo "dag.mmd (Graphviz is not installed)"; \
	fi

track: .venv/run.stamp ## log to MLflow what a run could not
	@python workflow/scripts/mlflow_commands.py track $(ARGS)

promote: .venv/run.stamp ## make a registered model champion (ARGS='--version 3 --reason "..."')
	@python workflow/scripts/mlflow_commands.py promote $(ARGS)

rollback: .venv/run.stamp ## give the office back to the champion before (ARGS='--reason "..."')
	@python workflow/scripts/mlflow_commands.py rollback $(ARGS)

mlflow-ui: .venv/run.stamp ## open MLflow's page
	@python workflow/scripts/mlflow_commands.py ui $(ARGS)

restore: .venv/run.stamp ## bring back the run of a git revision (REV=...; FORCE=1 gives up results in no version)
	@python workflow/scripts/restore_results.py $(if $(REV),--rev "$(REV)") $(if $(FORCE),--force) $(ARGS)

test: lint ## lint, then run every test (ARGS go to pytest)
	@pytest $(ARGS)

stress: .venv/dev.stamp ## try all faults and bad input; writes docs/stress.md
	@CHURN_STRESS=all CHURN_STRESS_PAGE=docs/stress.md pytest tests/stress $(ARGS)

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

clean: ## delete results, MLflow's local store among them, and Snakemake's records
	@rm -rf results .snakemake

schema: .venv/run.stamp ## make the JSON schemas and config/README.md anew
	@cd workflow/scripts && python -m churn.config.documentation
