# After a run in which models failed: the leaderboard of the others, and who is missing.
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
    """Delete the partial leaderboard once there is a whole one."""
    Path(PARTIAL).unlink(missing_ok=True)
