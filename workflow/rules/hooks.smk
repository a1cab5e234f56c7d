# What happens in the main process before, after and when a run fails.
import signal
import subprocess

from churn import files, gates, leaderboard, locking
from churn.notifications import Notifier
from churn.rollback import Rollback

# What the hooks hand on to each other within one run.
KEPT = {}


def begin():
    """Keep others out of the folder, and the earlier results for the case of a failure."""
    try:
        KEPT["lock"] = locking.lock(STATE / "lock")
    except InputError as error:
        stop(error)
    outputs = [output for job in workflow.dag.needrun_jobs() for output in job.output]
    KEPT["records"] = {output: workflow.persistence.metadata(output) for output in outputs}
    KEPT["files"] = Rollback(STATE / "earlier")
    KEPT["files"].keep(outputs)
    warm_up()
    os.environ[jobs.TIME_LIMITS] = time_limits()
    if workflow.local_exec:
        # It spares a cluster's submission. Here it costs: for each job that ends, Snakemake would
        # look for new jobs once a second until the end of the run, and a second longer.
        workflow.scheduler.job_rate_limiter = None
    settings, project = RUN.section("notifications"), RUN.section("project")
    KEPT["notifier"] = Notifier(settings, project, MODELS, STATE / "told.json")
    KEPT["notifier"].start()


def finish():
    """Forget the earlier results and show the new ones."""
    EVENTS.end()
    KEPT["files"].discard()
    judged = is_planned("name_champion", workflow.dag.jobs)
    if judged:
        show_outcome()
    KEPT["notifier"].success(judged)


def cancel_late_submissions():
    """Cancel what SLURM took while Snakemake, interrupted, cancelled the jobs it knew of."""
    if workflow.executor_plugin.name != "slurm":
        return
    call = ["scancel", "--quiet", f"--name={workflow.scheduler._executor.run_uuid}"]
    try:
        subprocess.run(call, capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        print(f"Jobs may be left on the cluster. This ends them: {' '.join(call)}", file=sys.stderr)


def roll_back():
    """Put back what unfinished jobs have lost; the raw table too if it was not accepted."""
    EVENTS.end()
    unfinished = list(workflow.dag.needrun_jobs())
    if is_planned("process_features", unfinished):
        unfinished += [j for j in workflow.dag.jobs if j.rule.name == "download_data"]
    outputs = {str(output): output for job in unfinished for output in job.output}
    restored = KEPT["files"].restore(outputs)
    for path in restored:
        record = KEPT["records"][path]
        if record is not None:
            workflow.persistence._write_record(path, record)
    # Such as a raw table of another format than the earlier one's.
    new = KEPT["records"].keys() & outputs.keys() - restored
    for path in new if restored else ():
        Path(path).unlink(missing_ok=True)
    KEPT["files"].discard()
    print(EVENTS.failed_jobs(), file=sys.stderr)


def tell_failure():
    """Notify of what has failed, or of a run that was stopped."""
    unfinished = list(workflow.dag.needrun_jobs())
    planned = is_planned("name_champion", workflow.dag.jobs)
    judged = planned and not is_planned("name_champion", unfinished)
    # A group of jobs fails as one.
    failed = [job for found in workflow.scheduler.failed for job in getattr(found, "jobs", [found])]
    failures = [
        {
            "rule": job.rule.name,
            "wildcards": dict(job.wildcards.items()),
            "log": str(job.log[0]) if job.log else None,
        }
        for job in sorted(failed, key=lambda job: (job.rule.name, str(job.wildcards)))
    ]
    KEPT["notifier"].error(judged, failures, len(unfinished))


def end_quietly():
    """Let an interrupt from now on end this process without a traceback: all has been done."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def is_planned(rule, jobs):
    """Tell whether a job of a rule is among jobs."""
    return any(job.rule.name == rule for job in jobs)


def show_outcome():
    """Print the leaderboard's main columns and who is champion."""
    rows = files.read_csv(at_hand(rules.compare_models.output.leaderboard))
    champion = files.read_json(at_hand(rules.name_champion.output.champion))
    best = files.read_json(at_hand(rules.compare_models.output.comparison))[
        "best_reachable_roc_auc"
    ]
    print(leaderboard.as_text(rows, best), gates.as_text(champion), sep="\n", file=sys.stderr)
