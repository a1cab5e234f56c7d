# What happens before a run when its results are versioned: an equal earlier run is restored
# instead, whose results would otherwise be made again.
import json
import shlex
import subprocess

from churn import git, links, restoring_state, run_identity
from churn.config.display import everything, hide_secrets
from churn.pointers import FOLDERS


def can_version():
    """Tell whether results are versioned, and say why not if the configuration wants it."""
    if not RUN.section("versioning.enabled"):
        return False
    if git.has_repository() and Path(".dvc/config").is_file():
        return True
    if workflow.is_main_process:
        missing = "no .dvc/config is here" if git.has_repository() else "this is no git repository"
        print(f"Results are not versioned: {missing}.", file=sys.stderr)
    return False


def typed_words():
    """Give the words after snakemake that chose the configuration, secrets hidden."""
    files = [str(path) for path in workflow.config_settings.configfiles]
    typed = hide_secrets(dict(workflow.config_settings.config))
    words = [f"{key}={v if isinstance(v, str) else json.dumps(v)}" for key, v in typed.items()]
    words = (["--configfile", *files] if files else []) + (["--config", *words] if words else [])
    return shlex.join(words)


def earlier_run(wildcards):
    """Restore an equal earlier run before Snakemake looks at the results; gives no input.

    Input functions are called when it is known whether jobs are to run, and before any file is
    looked at.
    """
    if run_identity.RUN_FACTS in KNOWN:
        return []
    executes = workflow.executor_plugin is not None and not (workflow.dryrun or workflow.touch)
    if not (VERSIONED and workflow.is_main_process and executes):
        return []
    try:
        restoring_state.refuse_unfinished()
    except InputError as error:
        stop(error)
    run = run_identity.run_digest(
        everything(RUN, leave_out=WITHOUT_EFFECT), Path(workflow.basedir), SOURCE
    )
    facts = {"run": run, "command": typed_words(), "workflow": workflow.basedir}
    KNOWN[run_identity.RUN_FACTS] = os.environ[run_identity.RUN_FACTS] = json.dumps(facts)
    links.break_links(FOLDERS)
    if RUN.section("versioning.reuse") and restoring_state.is_worth_asking(
        run, RUN.section("versioning.remote")
    ):
        asked = {"run": run, "settings": RUN.section("versioning")}
        command = [sys.executable, str(SCRIPTS / "reuse_results.py")]
        subprocess.run(command, input=json.dumps(asked), text=True, check=False)
    return []


VERSIONED = can_version()
# Filled by the first call of earlier_run.
KNOWN = {}
