# What the other rules build on: the configuration of the run, and helpers.
import hashlib
import os
import sys
from functools import cache, partial
from pathlib import Path

SCRIPTS = Path(workflow.basedir) / "scripts"
sys.path.insert(0, str(SCRIPTS))

from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

from churn import credentials, jobs
from churn.config.remembering import load
from churn.errors import InputError
from churn.estimator_checks import check_estimators

# Snakemake's own folder; nothing in it is a result.
STATE = Path(".snakemake/churn")
# Settings that change no result; they are left out of what results are noted to come from.
WITHOUT_EFFECT = ["logging", "notifications", "project", "tracking", "versioning", "warm_workers"]
# Stands before the command of each job, wherever it runs.
SETTINGS = f"export {' '.join(f'{key}={value}' for key, value in jobs.ENVIRONMENT.items())}\n"
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
        find_right=find_right,
    )
    # A job on another machine needs its own model alone, and the main process has checked it.
    if not workflow.is_main_process:
        check = None
    try:
        return load(
            "config",
            overlay,
            workflow.config_settings.config,
            check,
            cache=STATE / "configs",
            # There will be something to do, and what jobs import takes longer than to compose.
            before_composing=start_warm_process,
        )
    except InputError as error:
        stop(error)


def library(*modules):
    """Digest the modules of the library that a stage uses: a parameter, so that an edit reruns it.

    One value, as each of them as an input file would double what a job costs to plan.
    """
    digests = "".join(module_digest(name) for name in modules)
    return f"library {hashlib.sha256(digests.encode()).hexdigest()}"


@cache
def module_digest(name):
    """Digest the text of a module of the library."""
    text = (SCRIPTS / "churn" / f"{name.replace('.', '/')}.py").read_bytes()
    return hashlib.sha256(text).hexdigest()


def template(name):
    """Name a template of the report, so that an edit reruns what it fills in."""
    return own_file(f"report/{name}")


def own_file(name):
    """Name a file of the workflow, relative where possible: the same in every clone."""
    path, here = Path(workflow.basedir) / name, Path.cwd()
    # With the workflow's other files, wherever results are stored.
    return local(str(path.relative_to(here) if path.is_relative_to(here) else path))


def plot_pages(category, **titles):
    """Name the pages of plots, and those of the same as tables, for the report.

    Of a label with two values, as many of each, the report makes a toggle.
    """
    return {
        f"{page}_{kind}": report(
            f"results/plots/{page}_{kind}.html",
            category=category,
            caption=f"../report/{page}.rst",
            labels={"page": title, "show": kind},
        )
        for page, title in titles.items()
        for kind in ("chart", "table")
    }


def of_all_models(outputs):
    """Name a rule's outputs, or one of them, for every model of the run, as an input function.

    Of a list under a name, Snakemake would hash the whole for each of its files.
    """
    paths = [outputs] if isinstance(outputs, str) else outputs
    # Snakemake cannot expand what it has already mapped to a storage; it maps the names again.
    prefix = f"{workflow.storage_settings.default_storage_prefix}/"
    names = [
        path.storage_object.query.removeprefix(prefix) if path.is_storage else path
        for path in paths
    ]
    return lambda wildcards: collect(names, model=MODELS)


def at_hand(result):
    """Give the path of a result on this machine, fetched first if it is stored elsewhere."""
    if result.is_storage:
        workflow.async_run(result.retrieve_from_storage())
    return str(result)


def local_source():
    """Name the user's own file, if the customers come from one, so that an edit reruns all."""
    source = RUN.section("data.source")
    if source["kind"] == "file":
        key, path = "path", source["path"]
    elif source["kind"] == "url" and source["url"].startswith("file://"):
        key, path = "url", source["url"].removeprefix("file://")
    else:
        return []
    # Snakemake would find nothing to do once the results are there.
    if workflow.is_main_process and not Path(path).is_file():
        where = RUN.origins.of(f"data.source.{key}")
        stop(InputError(f"{where}: data.source.{key}: there is no file {path}"))
    return [local(path)]


def again_if(rule, condition):
    """Give an input function that names no file, but makes the rule run if the condition holds."""

    def no_file(wildcards):
        # As --forcerun does; a parameter would make the rule run once more when it is over.
        if workflow.is_main_process and condition():
            workflow.dag.forcerules.add(workflow.get_rule(rule))
        return []

    return no_file


# Each a Vega-Lite specification of its own, which other tools can show.
CHARTS = [
    "calibration",
    "churn_rates",
    "confusion",
    "decision",
    "distribution",
    "importance",
    "leaderboard",
    "pairs",
    "partial_dependence",
    "ranking",
    "single_columns",
    "slices",
]

# Snakemake would end in a traceback, as it cannot keep its records.
if workflow.is_main_process and not os.access(".", os.W_OK):
    stop(InputError(f"{Path.cwd()} cannot be written to; make it writable and run again"))

RUN = load_run()
MODELS = list(RUN.models)
SOURCE = local_source()

shell.prefix(SETTINGS)
# Jobs inherit these. A parameter of a rule would rerun the rule, or show secrets in records.
os.environ[jobs.LOG_LEVEL] = RUN.section("logging.level")
credentials.hand_over(RUN.section("data.source"))
# No rule uses it, and Snakemake writes it into the script of every job.
config.clear()
