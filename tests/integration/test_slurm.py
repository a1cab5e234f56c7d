"""The workflow on a real SLURM cluster."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.project import SMALL, Project
from support.slurm import (
    PYTHON,
    account,
    command,
    needs_plugins,
    needs_slurm,
    queue,
    run_id,
    site,
    start,
    wait_for,
)
from support.telco import TABLE, needs_telco
from support.waiting import wait_until
from support.web_server import WebServer, status

# One after the other: they take nodes of the one cluster down.
pytestmark = [needs_plugins, needs_slurm]

TELCO = (
    "data=telco",
    "model=[baseline,logistic_regression,hist_gradient_boosting]",
    f"overrides=data.source.url={TABLE.as_uri()}",
    "tracking=off",
    "versioning=off",
)
PAUSED = "def main() -> None:", "def main() -> None:\n    import signal\n\n    signal.pause()"
GROUP = "rule_model_evaluate_model_explain_model_train_model"


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that has run on Telco, while a node went down and a job ran out of memory."""
    project = Project.new(tmp_path_factory.mktemp("slurm") / "project")
    too_little = "download_data:mem_mb=100 if attempt == 1 else 1500"
    call = command("--set-resources", too_little, *site(), config=TELCO)
    process = start(project, call)
    down: list[str] = []

    def a_model_is_at_work() -> bool:
        name = run_id(project)
        jobs = queue(name) if name else []
        down[:] = [j["node"] for j in jobs if j["rule"] == GROUP and j["state"] == "RUNNING"]
        return bool(down)

    wait_for(a_model_is_at_work, process, 300)
    try:
        down_now = ["scontrol", "update", f"nodename={down[0]}", "state=down", "reason=test"]
        subprocess.run(down_now, check=True)
        process.wait(timeout=600)
    finally:
        # A cluster may have taken it back by itself, and refuses this then.
        resume = ["scontrol", "update", f"nodename={down[0]}", "state=resume"]
        subprocess.run(resume, capture_output=True, check=False)
    assert process.returncode == 0, project.path("printed").read_text()
    return project


@pytest.fixture(scope="module")
def jobs(eventful: Project) -> list[dict[str, str]]:
    """What SLURM's accounting knows of that run."""
    return account(str(run_id(eventful)))


@needs_telco
def test_results_have_the_bytes_of_a_local_run(
    eventful: Project, new_project: Callable[[str], Project]
):
    local = new_project("local")
    local.snakemake(config=TELCO).succeeded()
    assert eventful.digests() == local.digests()


@needs_telco
def test_jobs_were_at_work_on_several_nodes_at_once(jobs: list[dict[str, str]]):
    spans = [(int(job["start"]), int(job["end"]), job["node"]) for job in jobs]
    assert any(
        first[2] != second[2] and max(first[0], second[0]) < min(first[1], second[1])
        for first in spans
        for second in spans
    ), jobs


@needs_telco
def test_all_about_a_model_was_one_submission(jobs: list[dict[str, str]]):
    done = [job for job in jobs if job["rule"] == GROUP and job["state"] == "COMPLETED"]
    assert len(done) == 3


@needs_telco
def test_job_that_ran_out_of_memory_came_back_with_more(jobs: list[dict[str, str]]):
    first, second = [job for job in jobs if job["rule"] == "rule_download_data"]
    assert first["state"] in {"OUT_OF_MEMORY", "FAILED"}
    assert (first["memory"], second["memory"]) == ("100M", "1500M")
    assert second["state"] == "COMPLETED"


@needs_telco
def test_node_that_went_down_was_survived(jobs: list[dict[str, str]]):
    groups = sorted((job for job in jobs if job["rule"] == GROUP), key=lambda job: int(job["id"]))
    lost = [job for job in groups if job["state"] == "NODE_FAIL"]
    # All that were on the node, and no others.
    assert len({job["node"] for job in lost}) == 1
    assert len(groups) == 3 + len(lost)
    for job in groups[-len(lost) :]:
        assert job["state"] == "COMPLETED"
        assert job["node"] != lost[0]["node"]


@needs_telco
def test_summary_tells_of_the_cluster_and_of_second_attempts(eventful: Project):
    summary = json.loads(eventful.path("results/pipeline_summary.json").read_text())
    assert (summary["status"], summary["executor"]) == ("success", "slurm")
    assert {job["status"] for job in summary["jobs"]} == {"done"}
    attempts = {job["rule"]: job["attempts"] for job in summary["jobs"]}
    assert (attempts["download_data"], attempts["compare_models"]) == (2, 1)


def test_interrupt_cancels_the_jobs(new_project: Callable[[str], Project]):
    project = new_project("interrupted")
    project.edit("workflow/scripts/download_data.py", *PAUSED)
    process = start(project, command(*site()))
    wait_for(lambda: is_at_work(project), process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) != 0
    assert_cancelled(str(run_id(project)))


def test_interrupt_in_mid_submission_cancels_the_job_too(
    new_project: Callable[[str], Project], tmp_path: Path
):
    project = new_project("submitting")
    project.edit("workflow/scripts/download_data.py", *PAUSED)
    # SLURM has the job; Snakemake hears of it when the fifo is written to.
    fifo, sbatch = tmp_path / "answer", tmp_path / "sbatch"
    os.mkfifo(fifo)
    sbatch.write_text(f'#!/bin/sh\n{shutil.which("sbatch")} "$@"; cat "{fifo}"\n')
    sbatch.chmod(0o755)
    process = start(
        project, command(*site()), PATH=f"{tmp_path}:{PYTHON.parent}:{os.environ['PATH']}"
    )
    wait_for(lambda: is_at_work(project), process)
    process.send_signal(signal.SIGINT)
    wait_for(lambda: "Terminating processes" in project.path("printed").read_text(), process)
    fifo.write_text("")
    assert process.wait(timeout=60) != 0
    assert_cancelled(str(run_id(project)))


def is_at_work(project: Project) -> bool:
    name = run_id(project)
    return bool(name) and any(job["state"] == "RUNNING" for job in queue(str(name)))


def assert_cancelled(name: str) -> None:
    # The nodes and the accounting learn of it later; SLURM lets jobs tidy up for half a minute.
    wait_until(lambda: queue(name) == [], "the end of the jobs")
    wait_until(lambda: states_of(name) == {"CANCELLED"}, "the note of their end")


def states_of(name: str) -> set[str]:
    return {job["state"].split()[0] for job in account(name)}


def test_failed_model_takes_nothing_from_the_others(new_project: Callable[[str], Project]):
    project = new_project("partial")
    project.edit(
        "workflow/scripts/train_model.py",
        "def main() -> None:",
        "def main() -> None:\n"
        '    if snakemake.wildcards.model == "baseline":\n'
        "        raise SystemExit(1)",
    )
    with WebServer() as server:
        server.serve("/hook", status(200))
        call = command("--retries", "0", *site(), config=(*SMALL, "notifications=apprise"))
        address = f"json://{server.host}/hook"
        process = start(project, call, CHURN_NOTIFY_URLS=address, NO_PROXY="127.0.0.1")
        assert process.wait(timeout=300) != 0
        told = [json.loads(request.body) for request in server.requests]
    printed = project.path("printed").read_text()
    assert "Missing, so that no champion was named: baseline." in printed
    rows = project.path("results/partial_leaderboard.csv").read_text().splitlines()
    assert len(rows) == 2
    assert "logistic_regression" in rows[1]
    summary = json.loads(project.path("results/pipeline_summary.json").read_text())
    assert summary["status"] == "error"
    states = {
        job["wildcards"]["model"]: job["status"]
        for job in summary["jobs"]
        if job["rule"] == "evaluate_model"
    }
    # A submission fails as one.
    assert states == {"baseline": "failed", "logistic_regression": "done"}
    assert len(told) == 1
    assert "baseline" in told[0]["message"]
