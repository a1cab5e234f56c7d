# What the other rules build on: the configuration of the run, and helpers.
import os
import sys
from functools import partial
from pathlib import Path

SCRIPTS = Path(workflow.basedir) / "scripts"
sys.path.insert(0, str(SCRIPTS))

from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

from churn import jobs
from churn.config.loading import load
from churn.errors import InputError
from churn.estimator_checks import check_estimators

# Snakemake's own folder; nothing in it is a result.
STATE = Path(".snakemake/churn")
# Results are objects of a storage, such as S3, not files that all machines share.
STORED_ELSEWHERE = workflow.storage_settings.default_storage_provider is not None


def stop(error):
    """End with the problems, one a line, and no traceback."""
    lines = "\n".join(f"  {problem}" for problem in error.problems)
    raise SystemExit(f"Error: this run cannot start:\n{lines}")


def load_run():
    """Compose and check the configuration: config/, then --configfile, then --config."""
    overlay = {}
    for path in workflow.config_settings.configfiles:
        update_config(overlay, load_configfile(path))
    check = partial(
        check_estimators,
        cache=STATE / "estimators.json",
        shipped=Path(workflow.basedir) / "schemas" / "checked_estimators.json",
    )
    # A job on another machine needs its own model alone, and the main process has checked it.
    if not workflow.is_main_process:
        check = None
    try:
        return load("config", overlay, workflow.config_settings.config, check)
    except InputError as error:
        stop(error)


def library(*modules):
    """Name the modules of the library that a stage uses, so that an edit reruns it."""
    here = Path.cwd()
    # Relative where possible: the same inputs in every clone.
    folder = SCRIPTS.relative_to(here) if SCRIPTS.is_relative_to(here) else SCRIPTS
    # With the workflow's other files, wherever results are stored.
    return [local(str(folder / "churn" / f"{name}.py")) for name in modules]


def of_all_models(outputs):
    """Name a rule's outputs, or one of them, for every model of the run."""
    paths = [outputs] if isinstance(outputs, str) else outputs
    # Snakemake cannot expand what it has already mapped to a storage; it maps the names again.
    prefix = f"{workflow.storage_settings.default_storage_prefix}/"
    names = [
        path.storage_object.query.removeprefix(prefix) if path.is_storage else path
        for path in paths
    ]
    return collect(names, model=MODELS)


def at_hand(result):
    """Give the path of a result on this machine, fetched first if it is stored elsewhere."""
    if result.is_storage:
        workflow.async_run(result.retrieve_from_storage())
    return str(result)


def local_source():
    """Name the user's own file, if the customers come from one, so that an edit reruns all."""
    source = RUN.shared.data.source
    if source.kind == "file":
        key, path = "path", source.path
    elif source.kind == "url" and source.url.startswith("file://"):
        key, path = "url", source.url.removeprefix("file://")
    else:
        return []
    # Snakemake would find nothing to do once the results are there.
    if workflow.is_main_process and not Path(path).is_file():
        where = RUN.origins.of(f"data.source.{key}")
        stop(InputError(f"{where}: data.source.{key}: there is no file {path}"))
    return [local(path)]


RUN = load_run()
MODELS = list(RUN.models)
SOURCE = local_source()

# Jobs inherit it. A parameter of a rule would rerun the rule.
os.environ[jobs.LOG_LEVEL] = RUN.shared.logging.level
