# Needs a run on this machine that is about to start jobs.
# Makes their scripts forks of one interpreter that has imported what they need; see churn/warm.
from contextlib import suppress

# Holds the warm process once it is started.
WARM = {}


def are_warm():
    """Tell whether jobs run here, in this environment, and may be forked."""
    elsewhere = not workflow.local_exec or workflow.dryrun or workflow.touch
    deployed = workflow.deployment_settings.deployment_method
    debugged = workflow.execution_settings.debug
    here = workflow.is_main_process and sys.platform == "linux"
    return RUN.section("warm_workers") and here and not (elsewhere or deployed or debugged)


def start_warm_process():
    """Start the warm process, which ends with this one; without it all works, but slower."""
    if WARM or not workflow.is_main_process or sys.platform != "linux":
        return
    # Not at the top, since most calls of snakemake do not come here.
    from churn.warm.workers import WarmWorkers

    with suppress(OSError):
        WARM["workers"] = WarmWorkers()


def find_right(models):
    """Have the warm process check estimators, which imports what that takes anyway."""
    start_warm_process()
    if not WARM:
        return set()
    from churn.warm import checking

    return checking.find_right(WARM["workers"], models)


def warm_up():
    """Have jobs run by the warm process, if they may, and end it otherwise."""
    if not are_warm():
        for workers in WARM.values():
            workers.end()
        return
    start_warm_process()
    if not WARM:
        return
    import psutil
    from churn.warm.measuring import following

    workers = WARM["workers"]
    prefix = SETTINGS + workers.prefix()
    shell.prefix(prefix.replace("{", "{{").replace("}", "}}"))
    follow = partial(following, process=psutil.Process, folder=workers.folder)
    replace("benchmark", "BenchmarkTimer", follow)
    # Tracking and versioning come last and import most.
    workers.expect(sorted({job.rule.name for job in workflow.dag.needrun_jobs()}))
