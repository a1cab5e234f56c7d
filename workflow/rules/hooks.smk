# What happens in the main process before, after and when a run fails.
from churn import comparison, files, locking
from churn.config.display import as_yaml
from churn.rollback import Rollback

# Beside the results: what they were made with.
CONFIGURATION = "results/config.yaml"
# What the hooks hand on to each other within one run.
KEPT = {}


def begin():
    """Keep others out of the folder and the earlier results for a failure; note the configuration."""
    try:
        KEPT["lock"] = locking.lock(STATE / "lock")
    except InputError as error:
        stop(error)
    outputs = [output for job in workflow.dag.needrun_jobs() for output in job.output]
    KEPT["records"] = {output: workflow.persistence.metadata(output) for output in outputs}
    KEPT["files"] = Rollback(STATE / "earlier")
    KEPT["files"].keep([*outputs, CONFIGURATION])
    files.write_text(CONFIGURATION, as_yaml(RUN))


def finish():
    """Forget the earlier results and show the new ones."""
    KEPT["files"].discard()
    if any(job.rule.name == "compare_models" for job in workflow.dag.jobs):
        show_leaderboard()


def roll_back():
    """Put back what unfinished jobs have lost; the raw table too if it was not accepted."""
    unfinished = list(workflow.dag.needrun_jobs())
    if any(job.rule.name == "process_features" for job in unfinished):
        unfinished += [j for j in workflow.dag.jobs if j.rule.name == "download_data"]
    outputs = {str(output): output for job in unfinished for output in job.output}
    for path in KEPT["files"].restore(outputs):
        record = KEPT["records"][path]
        if record is not None:
            workflow.persistence._write_record(path, record)
    KEPT["files"].restore([CONFIGURATION])
    KEPT["files"].discard()


def show_leaderboard():
    """Print the leaderboard's main columns."""
    rows = files.read_csv("results/leaderboard.csv")
    print(comparison.as_text(rows), file=sys.stderr)
