"""Runs and jobs are killed or stopped at random moments; the next run ends as an unbroken one.

The moment is drawn from all beginnings and ends of jobs, and some time after, so that it falls
anywhere: while the workflow is read, in the middle of a write, between two jobs, at the end.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import psutil
import pytest
from support.project import Project, environment
from support.stress import Tally, chosen, generator

MOMENTS = range(chosen(3, 50))
EVENT = re.compile(rb"^(Job \d+: |Finished jobid: )", re.M)
# Thirteen jobs and the target: each begins and ends once.
EVENTS = 28
# The main process alone, all processes, or one job; and whether it may still tidy up.
TARGETS = ("run", "all", "job")
SIGNALS = (signal.SIGKILL, signal.SIGINT)
# Longest that a stopped run may take to end.
PATIENCE = 60


def started(project: Project) -> subprocess.Popen[bytes]:
    """Start a run whose words go to a file, so that it never waits for a reader."""
    with project.path("words").open("wb") as words:
        return subprocess.Popen(
            project.command(),
            cwd=project.folder,
            env=environment(),
            stdout=words,
            stderr=words,
            start_new_session=True,
        )


def ended(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end of a run and of all that it started."""
    code = process.wait(timeout=PATIENCE)
    end = time.monotonic() + PATIENCE
    while members := [p for p in psutil.process_iter() if is_member(p, process.pid)]:
        assert time.monotonic() < end, f"still there: {members}"
        psutil.wait_procs(members, timeout=1)
    return code


def is_member(process: psutil.Process, session: int) -> bool:
    try:
        alive = process.status() != psutil.STATUS_ZOMBIE
        return alive and os.getsid(process.pid) == session
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False


def job_of(run: int, folder: Path) -> int | None:
    """Find a process that works as a job: it has a log of the results open."""
    logs = str(folder / "results" / "logs")
    for process in psutil.Process(run).children(recursive=True):
        try:
            if any(file.path.startswith(logs) for file in process.open_files()):
                return process.pid
        except psutil.Error:
            continue
    return None


def strike(
    process: subprocess.Popen[bytes], target: str, kind: signal.Signals, folder: Path
) -> bool:
    """Send the signal, if what it is meant for is there."""
    try:
        if target == "job":
            job = job_of(process.pid, folder)
            if job is None:
                return False
            os.kill(job, kind)
        elif target == "all":
            os.killpg(process.pid, kind)
        else:
            os.kill(process.pid, kind)
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False
    return True


def assert_repaired(project: Project, whole: Project) -> None:
    """Run again, and want the same bytes as of a run that nothing befell."""
    project.snakemake().succeeded()
    assert project.digests() == whole.digests()
    assert list(project.path("results").rglob(".*")) == []


def wait_for_the_moment(process: subprocess.Popen[bytes], words: Path, draw: Random) -> None:
    """Wait until a number of jobs have begun or ended, and then some time."""
    wanted = draw.randrange(EVENTS)
    while process.poll() is None and len(EVENT.findall(words.read_bytes())) < wanted:
        time.sleep(0.01)
    # Before the first job there is more to wait for.
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=draw.uniform(0, 0.4 if wanted else 4))


@pytest.mark.parametrize("moment", MOMENTS)
def test_struck_at_a_random_moment(
    new_project: Callable[[str], Project],
    finished_once: Project,
    moment: int,
    tally: Tally,
):
    """SIGKILL and SIGINT of runs and jobs at random moments."""
    draw = generator("kill", moment)
    target, kind = TARGETS[moment % 3], SIGNALS[(moment % 3 + moment // 3) % 2]
    project = new_project("struck")
    with tally.counting() as count:
        process = started(project)
        wait_for_the_moment(process, project.path("words"), draw)
        # Between two jobs: the next one is as good.
        while not (hit := strike(process, target, kind, project.folder)):
            if process.poll() is not None:
                break
            time.sleep(0.005)
        code = ended(process)
        words = project.path("words").read_text()
        # What interrupts Snakemake while it starts is told in Python's way.
        jobs = words.partition("\nJob ")[2]
        assert "Traceback" not in jobs, words
        if hit and target != "job":
            assert code != 0 or "steps (100%) done" in words, words
        assert_repaired(project, finished_once)
        count(f"made whole after {kind.name} of {target}" if hit else "ended before the blow")


@pytest.mark.whole
@pytest.mark.parametrize("race", range(5))
def test_two_runs_in_one_folder(
    new_project: Callable[[str], Project], finished_once: Project, race: int, tally: Tally
):
    """Two runs started at once in one folder."""
    project = new_project("raced")
    with tally.counting() as count:
        first = started(project)
        time.sleep(generator("race", race).uniform(0, 3))
        second = project.snakemake()
        code = ended(first)
        words = [project.path("words").read_text(), second.output]
        refused = [text for text in words if "another run (process " in text]
        assert all("Traceback" not in text for text in words), words
        # One at least did all the work; the other was refused, or found nothing left to do.
        assert 0 in (code, second.code), words
        assert len(refused) == (code != 0) + (second.code != 0), words
        assert_repaired(project, finished_once)
        count("one refused in words" if refused else "one after the other")
