# After a run in which models failed: the leaderboard of the others, and who is missing.
import atexit

from churn import partial_results

PARTIAL = "results/partial_leaderboard.csv"


def show_what_is_there():
    """Write and print the models that were evaluated, if others of the run were not."""
    unfinished = list(workflow.dag.needrun_jobs())
    missing = {job.wildcards.model for job in unfinished if job.rule.name == "evaluate_model"}
    if missing and missing != set(MODELS):
        found = [name for name in MODELS if name not in missing]
        reports = [f"results/evaluation/{name}/report.json" for name in found]
        print(
            partial_results.write(reports, RUN.swept(), sorted(missing), PARTIAL), file=sys.stderr
        )


def forget_what_was_there():
    """Delete the partial leaderboard if the whole one of this run's models is there."""
    # Without a scheduler nothing was planned.
    runs = workflow.scheduler and not (workflow.dryrun or workflow.touch)
    if runs and is_planned("compare_models", workflow.dag.jobs):
        if not any(workflow.dag.needrun_jobs()):
            Path(PARTIAL).unlink(missing_ok=True)


if workflow.is_main_process:
    # No hook is called where nothing is to be done.
    atexit.register(forget_what_was_there)
