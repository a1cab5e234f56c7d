# Needs a run on this machine that is about to start jobs.
# Makes their scripts forks of one interpreter that has imported what they need; see churn/warm.
from churn.warm.measuring import following
from churn.warm.workers import WarmWorkers


def are_warm():
    """Tell whether jobs run here, in this environment, and may be forked."""
    elsewhere = not workflow.local_exec or workflow.dryrun or workflow.touch
    deployed = workflow.deployment_settings.deployment_method
    debugged = workflow.execution_settings.debug
    here = workflow.is_main_process and sys.platform == "linux"
    return RUN.shared.warm_workers and here and not (elsewhere or deployed or debugged)


def warm_up():
    """Start the warm process, which ends with this one; without it all works, but slower."""
    if not are_warm():
        return
    # Not at the top, since most calls of snakemake do not come here.
    import psutil
    from snakemake import benchmark

    try:
        workers = WarmWorkers()
    except OSError:
        return
    shell.prefix(workers.prefix().replace("{", "{{").replace("}", "}}"))
    benchmark.BenchmarkTimer = following(benchmark.BenchmarkTimer, psutil.Process, workers.folder)
