# What jobs ask a cluster for, by the size of what they read. One machine is shared by threads alone.
from snakemake.iocontainers import InputFiles

from churn.resources import NEEDS


def needs(rule, *names):
    """Give a rule's memory, time and disk as functions of the size of the inputs named.

    They are there before the job's group starts; sizes of files that the group makes are unknown
    when it is submitted, and Snakemake would leave its needs out.
    """
    need = NEEDS[rule]
    return {
        "mem_mb": lambda wildcards, input, attempt, threads: need.memory(
            size_mb(input, names), attempt, threads
        ),
        "runtime": lambda wildcards, input, attempt: need.minutes(size_mb(input, names), attempt),
        "disk_mb": lambda wildcards, input, attempt: need.disk(size_mb(input, names), attempt),
    }


def size_mb(input, names):
    """Add up the sizes of the inputs of these names, wherever they are stored."""
    chosen = [input[name] for name in names]
    files = [f for files in chosen for f in ([files] if isinstance(files, str) else files)]
    if any(file.is_storage for file in files):
        return InputFiles(files).size_mb
    # Much quicker, which counts where there are thousands of models.
    return sum(os.path.getsize(file) for file in files) / 1024**2


def share_of_cores(rule):
    """Give a rule's threads for one model: a fair share of this machine, or what a profile sets.

    Snakemake asks for threads once it is known which jobs there will be. A job on a cluster node
    must not count that node's cores, which are not all its own.
    """
    # None are given where no job runs, as for a report.
    cores = workflow.resource_settings.cores
    if workflow.remote_exec or not workflow.local_exec or not cores:
        return 1
    return lambda wildcards: max(1, cores // max(1, number_of_jobs(rule)))


@cache
def number_of_jobs(rule):
    """Count the jobs of a rule in this run."""
    return sum(job.rule.name == rule for job in workflow.dag.needrun_jobs())


def time_limits():
    """Give the minutes that --set-resources allows rules; a cluster ends its jobs itself."""
    # Which executor is known no sooner than jobs are about to start.
    chosen = workflow.resource_settings.overwrite_resources if workflow.local_exec else {}
    given = {rule: resources.get("runtime") for rule, resources in chosen.items()}
    # An expression has no value before its job is there.
    known = {rule: time for rule, time in given.items() if time and not time.is_evaluable()}
    return " ".join(f"{rule}={time.value}" for rule, time in known.items() if time.value)
