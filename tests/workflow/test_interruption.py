"""A run that is killed leaves nothing that the next one cannot finish."""

import json
import os
import re
import signal
from collections.abc import Callable

import pytest
from support.project import Project

EVENT = re.compile(r"^(Job \d+: |Finished jobid: )")
# The run is killed after so many starts and ends of jobs; the tests of faults try more moments.
MOMENTS = (1, 4, 7, 10, 13)


def kill_at(project: Project, moment: int, *, group: bool) -> None:
    """Start a run and kill it with SIGKILL when its n-th job starts or ends."""
    process = project.start(project.command())
    assert process.stdout is not None
    events, printed = 0, []
    for line in process.stdout:
        printed.append(line)
        events += bool(EVENT.match(line))
        if events == moment:
            if group:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            break
    # The jobs die with the run: the pipe closes when the last of them has gone.
    printed.append(process.stdout.read())
    assert process.wait(timeout=60) == -signal.SIGKILL, "".join(printed)


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_run_is_finished_by_the_next(
    new_project: Callable[[str], Project], finished_once: Project, moment: int
):
    project = new_project("killed")
    # Every other time the jobs are not killed themselves.
    kill_at(project, moment, group=moment % 2 == 0)
    project.snakemake().succeeded()
    assert project.digests() == finished_once.digests()
    leftovers = list(project.path("results").rglob(".*"))
    assert leftovers == []


def test_killed_rerun_keeps_what_it_did_not_touch(finished: Project):
    before = finished.digests()
    changed = "evaluation={threshold: {metric: mcc}}"
    process = finished.start([*finished.command(), changed])
    assert process.stdout is not None
    next(line for line in process.stdout if EVENT.match(line))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=60)
    finished.snakemake().succeeded()
    assert finished.digests() == before


def test_second_run_in_the_same_folder_is_refused(finished: Project):
    lock = finished.path(".snakemake/churn/lock")
    process = finished.start([*finished.command(), "seed=3"])
    assert process.stdout is not None
    next(line for line in process.stdout if EVENT.match(line))
    # Snakemake itself refuses to plan while a file goes that was just there.
    process.send_signal(signal.SIGSTOP)
    outcome = finished.snakemake(config=("models=[baseline]", "seed=4")).failed()
    process.send_signal(signal.SIGCONT)
    assert f"another run (process {process.pid}) is at work in" in outcome.output
    process.stdout.read()
    assert process.wait(timeout=120) == 0
    assert lock.exists()
    # The refused one has not written over the summary of the other.
    assert json.loads(finished.path("results/pipeline_summary.json").read_text())["pid"] == (
        process.pid
    )
    finished.snakemake().succeeded()
