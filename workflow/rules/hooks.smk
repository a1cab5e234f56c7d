# What happens in the main process before, after and when a run fails.
from churn import files, gates, leaderboard, locking
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


def finish():
    """Forget the earlier results and show the new ones."""
    KEPT["files"].discard()
    if any(job.rule.name == "name_champion" for job in workflow.dag.jobs):
        show_outcome()


def roll_back():
    """Put back what unfinished jobs have lost; the raw table too if it was not accepted."""
    unfinished = list(workflow.dag.needrun_jobs())
    if any(job.rule.name == "process_features" for job in unfinished):
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


def show_outcome():
    """Print the leaderboard's main columns and who is champion."""
    rows = files.read_csv(at_hand(rules.compare_models.output.leaderboard))
    champion = files.read_json(at_hand(rules.name_champion.output.champion))
    print(leaderboard.as_text(rows), gates.as_text(champion), sep="\n", file=sys.stderr)
