"""What a machine does to a run: no space, no right to write, no memory, a clock set back.

Each is real: a small file system in memory, one that is read-only, a limit of the kernel, another
clock. In each case a job says in words what is wrong, what others made stays, and the next run on
a sound machine ends with the same bytes as one that nothing befell.
"""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.project import SMALL, Project
from support.stress import Tally, chosen, generator

SURVIVED = "survived"
# Its second layer alone would take 300 GiB.
GREEDY = """\
estimator: sklearn.neural_network.MLPClassifier
params:
  hidden_layer_sizes: [200000, 200000]
preprocessing:
  impute: true
  scale: true
  encode: one_hot
  max_categories: 50
calibration: none
"""
FAKETIME = sorted(map(str, Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")))


def assert_sound(project: Project, whole: Project) -> None:
    project.snakemake().succeeded()
    assert project.digests() == whole.digests()


def edit_training(project: Project, fault: str) -> None:
    """Let one model's training meet a fault until a file "cured" is there."""
    project.edit(
        "workflow/scripts/train_model.py",
        "def main() -> None:",
        "import os, threading\nfrom pathlib import Path\n\n\ndef main() -> None:\n"
        '    if snakemake.wildcards.model == "baseline" and not Path("cured").exists():\n'
        f"        {fault}",
    )


@pytest.mark.parametrize("number", range(chosen(1, 8)))
def test_disk_full(
    small_disk: Callable[..., Path], finished_once: Project, number: int, tally: Tally
):
    """Disk full, at a random size."""
    # A run leaves about 5 MiB.
    size = generator("disk", number).randrange(64, 4_000)
    project = Project.new(small_disk("size=100m"))
    with tally.counting() as count:
        used = shutil.disk_usage(project.folder).used
        small_disk(f"size={used // 1024 + size}k")
        outcome = project.snakemake().failed()
        assert "No space left on device" in outcome.output, outcome.output
        small_disk("size=100m")
        assert_sound(project, finished_once)
        count(SURVIVED)


@pytest.mark.parametrize("part", ["results", "."])
def test_read_only(
    finished_once: Project,
    small_disk: Callable[..., Path],
    tmp_path: Path,
    part: str,
    tally: Tally,
):
    """Results that cannot be written."""
    project = Project(tmp_path / "protected")
    disk = small_disk("size=100m", project.path(part))
    with tally.counting() as count:
        shutil.copytree(finished_once.folder, project.folder, dirs_exist_ok=True, symlinks=True)
        before = project.digests()
        small_disk("ro", disk)
        outcome = project.snakemake(config=("models=[baseline]", "seed=3")).failed()
        told = r"Write-protected output files|cannot be written to|Read-only file system"
        assert re.search(told, outcome.output), outcome.output
        small_disk("rw", disk)
        assert project.digests() == before
        assert_sound(project, finished_once)
        count(SURVIVED)


def test_memory_runs_out(
    new_project: Callable[[str], Project], finished_once: Project, tally: Tally
):
    """Memory that does not do for one model, and a job killed as the kernel does then."""
    project = new_project("greedy")
    project.path("config/model/greedy.yaml").write_text(GREEDY)
    edit_training(project, "os.kill(os.getpid(), 9)")
    words = ("models=[baseline,greedy,logistic_regression]", *SMALL[1:])
    with tally.counting() as count:
        outcome = project.snakemake(config=words, timeout=600).failed()
        assert "Error: train_model greedy failed:" in outcome.output, outcome.output
        assert "MemoryError: Unable to allocate" in outcome.output, outcome.output
        assert "fewer jobs at once (--cores 1) or less data" in outcome.output, outcome.output
        assert "Error: train_model baseline failed:" in outcome.output, outcome.output
        assert "it was killed; perhaps memory ran out" in outcome.output, outcome.output
        assert "Missing, so that no champion was named: baseline, greedy." in outcome.output
        part = "evaluation/logistic_regression/report.json"
        assert project.digests(part) == finished_once.digests(part)
        project.path("cured").touch()
        assert_sound(project, finished_once)
        count(SURVIVED)


@pytest.mark.skipif(not FAKETIME, reason="libfaketime, of Debian, is not installed")
@pytest.mark.parametrize("number", range(chosen(1, 3)))
def test_clock_set_back_in_a_run(
    new_project: Callable[[str], Project], finished_once: Project, number: int, tally: Tally
):
    """A clock that is set back in the middle of a run."""
    draw = generator("clock", number)
    project = new_project("clock")
    offset = project.path("offset")
    offset.write_text("+0\n")
    # The time of day alone, as when an administrator sets it; read anew each time.
    clock = {
        "LD_PRELOAD": FAKETIME[0],
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    jobs = draw.randint(1, 8)
    with tally.counting() as count:
        process = project.start(project.command(), clock)
        words = ""
        for line in process.stdout:
            words += line
            if words.count("Finished jobid") == jobs:
                offset.write_text(f"-{draw.randint(1, 400)}d\n")
                jobs = 0
        # What is made after the step is older than what it is made from.
        assert process.wait(timeout=60) != 0, words
        assert "could indicate a clock skew problem" in words, words
        assert_sound(project, finished_once)
        count(SURVIVED)


@pytest.mark.whole
@pytest.mark.parametrize("days", [2, -400])
def test_clock_set_between_two_runs(finished: Project, days: int, tally: Tally):
    """A clock that is set back or forth between two runs."""
    before = finished.digests()
    changed = (*SMALL, "evaluation={threshold: {metric: mcc}}")
    with tally.counting() as count:
        # The earlier run had another clock: all that it left is of that time. Scripts were there
        # before it; were they newer than what they made, all would be made again, and rightly.
        for folder in ("results", ".snakemake", *(["workflow"] if days < 0 else [])):
            for path in finished.path(folder).rglob("*"):
                at = path.stat().st_mtime + days * 86_400
                os.utime(path, (at, at), follow_symlinks=False)
        assert finished.snakemake().succeeded().jobs == []
        outcome = finished.snakemake(config=changed)
        if days > 0:
            # What is made now is older than what it is made from: nobody could tell later.
            assert "could indicate a clock skew problem" in outcome.failed().output
            assert finished.digests() == before
            for path in finished.path("results").rglob("*"):
                os.utime(path)
            outcome = finished.snakemake(config=changed)
        outcome.succeeded()
        assert finished.digests() != before
        assert finished.snakemake(config=changed).succeeded().jobs == []
        finished.snakemake().succeeded()
        assert finished.digests() == before
        count(SURVIVED)


@pytest.mark.whole  # a minute is the shortest time that a rule can be given
def test_job_that_takes_too_long(
    new_project: Callable[[str], Project], finished_once: Project, tally: Tally
):
    """A job that takes longer than its rule may."""
    project = new_project("endless")
    edit_training(project, "threading.Event().wait()")
    with tally.counting() as count:
        outcome = project.snakemake("--set-resources", "train_model:runtime=1").failed()
        assert "Error: train_model baseline failed:\n  it took longer than 1 min" in outcome.output
        assert project.path("results/models/logistic_regression/model.skops").exists()
        project.path("cured").touch()
        assert_sound(project, finished_once)
        count(SURVIVED)
