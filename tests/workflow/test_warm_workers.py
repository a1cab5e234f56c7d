"""Runs with forked jobs are the same as runs with fresh interpreters, whatever happens to them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest
from support.project import SMALL, Project
from support.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="warm workers need Linux")

OFF = (*SMALL, "warm_workers=false")


@contextmanager
def run_until(project: Project, text: str, *config: str) -> Iterator[subprocess.Popen]:
    """Start a run in a process group of its own and wait until it prints `text`."""
    with project.start(project.command(config=(*SMALL, *config))) as process:
        assert process.stdout
        assert any(text in line for line in process.stdout), text
        yield process
        process.stdout.read()


def started_by(process: subprocess.Popen) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def warm_process(process: subprocess.Popen) -> list[psutil.Process]:
    """The warm process of a run, if there is one."""
    servers = []
    for child in psutil.Process(process.pid).children():
        if any(word.endswith("warm/server.py") for word in child.cmdline()):
            servers.append(child)
    return servers


def await_end(processes: list[psutil.Process]) -> None:
    _, left = psutil.wait_procs(processes, timeout=20)
    assert left == []


def test_results_are_the_same_without(
    new_project: Callable[[str], Project], finished_once: Project
):
    project = new_project("fresh")
    with run_until(project, "Fetching the raw customers", "warm_workers=false") as process:
        assert warm_process(process) == []
    assert process.returncode == 0
    assert project.digests() == finished_once.digests()


def test_switch_reruns_nothing(finished: Project):
    outcome = finished.snakemake(config=OFF).succeeded()
    assert outcome.jobs == []


def test_new_parameters_are_checked_without_scikit_learn_in_the_main_process(finished: Project):
    # Jobs, and the warm process, print nothing into the run's output.
    shown = {"PYTHONPROFILEIMPORTTIME": "1"}
    for overrides, code in (("model.params.C=0.51", 0), ("model.params.C=-1", 1)):
        config = ("models=[logistic_regression]", *SMALL[1:], f"overrides={overrides}")
        outcome = finished.snakemake("-n", config=config, variables=shown)
        assert (outcome.code, "hydra" in outcome.output) == (code, True), outcome.output
        # What may be wrong is looked at again, to say so.
        assert (" sklearn.linear_model" in outcome.output) == (code != 0)


def test_benchmarks_are_of_the_jobs(finished_once: Project):
    files = sorted(finished_once.path("results/benchmarks").rglob("*.jsonl"))
    assert len(files) >= 7
    for file in files:
        record = json.loads(file.read_text())
        assert 0.01 < record["cpu_time"] < 60, file
        # More than that of the client, which imports nothing.
        assert record["max_rss"] > 40, file


def test_run_goes_on_when_the_warm_process_is_killed(
    new_project: Callable[[str], Project], finished_once: Project
):
    project = new_project("killed")
    with run_until(project, "Checking, cleaning and splitting") as process:
        (server,) = warm_process(process)
        server.kill()
    assert process.returncode == 0
    assert project.digests() == finished_once.digests()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_a_run_that_is_ended(new_project: Callable[[str], Project], number: int):
    project = new_project("ended")
    with run_until(project, "Training logistic_regression") as process:
        # Snakemake is deaf to an interrupt while it writes of the job.
        log = project.path("results/logs/train_model/logistic_regression.log")
        wait_until(log.exists, "the start of the job")
        processes = started_by(process)
        assert warm_process(process)
        if number == signal.SIGINT:
            # As a terminal does.
            os.killpg(process.pid, number)
        else:
            process.kill()
        await_end(processes)
    assert process.returncode != 0


def test_failure_is_told_as_without(new_project: Callable[[str], Project]):
    told = []
    for config in (SMALL, OFF):
        project = new_project(f"failing{len(config)}")
        with project.path("workflow/scripts/process_features.py").open("a") as script:
            script.write("\nraise SystemExit('no more of this')\n")
        outcome = project.snakemake(config=config).failed()
        assert "no more of this\n" in outcome.output
        told.append(sorted(project.digests()))
    assert told[0] == told[1]
