"""The summary of a real run, whatever becomes of it, and what the user sees of a failure."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
from churn.run_summary import earlier_runs, read_summary
from support.project import SMALL, Project, environment
from support.summaries import read_valid, statuses
from support.waiting import wait_until

SUMMARY = "results/pipeline_summary.json"
MODELS = {"baseline", "logistic_regression"}
TRAIN = "workflow/scripts/train_model.py"
BODY = '    """Write the model, its scores, its out-of-fold predictions and its configuration."""\n'


def fail_on(project: Project, code: str) -> None:
    """Make the training of the baseline run some code first."""
    project.edit(
        TRAIN, BODY, f'{BODY}    if snakemake.wildcards.model == "baseline":\n        {code}\n'
    )


def started(project: Project, message: str) -> subprocess.Popen[str]:
    """Start a run and wait until a job of it has begun."""
    process = project.start(project.command())
    assert process.stdout is not None
    assert any(re.match(rf"Job \d+: {message}", line) for line in process.stdout)
    return process


def monitor(project: Project, *words: str) -> str:
    """Show the run from another process."""
    done = subprocess.run(
        [sys.executable, "workflow/scripts/monitor.py", *words],
        cwd=project.folder,
        env=environment() | {"COLUMNS": "150"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_summary_of_a_run(finished_once: Project):
    summary = read_valid(finished_once.path(SUMMARY))
    assert summary["status"] == "success"
    assert summary["executor"] == "local"
    assert summary["cores"] == 2
    assert "snakemake" in summary["command"]
    assert all(found == {"done"} for found in statuses(summary).values())
    assert summary["stages"]["train_model"]["jobs"] == 2
    jobs = [job for job in summary["jobs"] if job["log"]]
    assert {job["wildcards"]["model"] for job in jobs if job["rule"] == "train_model"} == MODELS
    for job in jobs:
        assert job["attempts"] == 1
        assert job["reason"]
        # A job may be gone before its first sample, or Python not yet loaded at its last.
        assert (job["cpu_seconds"] or 0) >= 0
        assert (job["peak_memory_mb"] or 1) < 2000
        assert 0 < job["seconds"] < summary["seconds"]
    totals = summary["totals"]
    assert totals["cpu_seconds"] > 1
    assert 20 < totals["peak_memory_mb"] < 2000
    assert 0 < totals["critical_path_seconds"] <= summary["seconds"]
    assert 0.1 < totals["parallel_efficiency"] <= 1
    assert set(summary["models"]) == MODELS
    assert summary["models"]["baseline"]["roc_auc"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert summary["models"]["baseline"]["cv_roc_auc"]["value"] == 0.5
    assert summary["champion"]["champion"] == "logistic_regression"
    assert {gate["passed"] for gate in summary["gates"]} == {True}


def test_what_was_there_is_cached_and_runs_are_compared(finished: Project):
    first = read_valid(finished.path(SUMMARY))
    fewer = "evaluation={threshold: {metric: mcc}}"
    finished.snakemake(config=(*SMALL, fewer)).succeeded()
    summary = read_valid(finished.path(SUMMARY))
    assert summary["status"] == "success"
    found = statuses(summary)
    assert found["train_model"] == {"cached"}
    assert found["evaluate_model"] == {"done"}
    assert summary["config_digest"] != first["config_digest"]
    # Also of the jobs that did not run.
    assert summary["models"]["baseline"]["cv_roc_auc"]["value"] == 0.5
    expected = {job["rule"]: job["expected_seconds"] for job in summary["jobs"]}
    assert expected["evaluate_model"] > 0
    changes = summary["changes"]
    assert changes["since"] == first["run_id"]
    assert changes["models"]["logistic_regression"]["cv_roc_auc"] == 0
    assert [path.stem for path in earlier_runs(finished.path(SUMMARY))] == [first["run_id"]]
    assert first["run_id"] in monitor(finished, "--runs")
    assert "from earlier runs" in monitor(finished, "--once")


@pytest.mark.parametrize(
    "words", [(), ("--dry-run", "--forceall"), ("--lint",), ("--unlock",), ("--summary",)]
)
def test_what_runs_no_job_leaves_the_summary_as_it_is(finished: Project, words: tuple[str, ...]):
    before = finished.path(SUMMARY).read_bytes()
    finished.snakemake(*words).succeeded()
    assert finished.path(SUMMARY).read_bytes() == before
    assert not finished.path("results/runs").exists()


def test_a_dry_run_and_a_refused_run_write_no_summary(new_project: Callable[[str], Project]):
    project = new_project("dry")
    project.snakemake("--dry-run").succeeded()
    project.snakemake(config=("seed=-1",)).failed()
    assert not project.path("results").exists()


def test_failed_job(finished: Project):
    fail_on(finished, 'raise ValueError("no https://me:canary@host today")')
    outcome = finished.snakemake().failed()
    assert (
        "\nError: train_model baseline failed:\n"
        "  ValueError: no https://***@host today\n"
        "  (log: results/logs/train_model/baseline.log; raised in train_model.py)\n"
        "  (next: see the traceback in the log, mend it and run again; what is finished is kept)\n"
    ) in outcome.output
    assert outcome.output.count("ValueError") == 1
    assert "CalledProcessError" not in outcome.output
    assert "RuleException" not in outcome.output
    assert re.search(
        r"^Failed: train_model baseline; \d jobs that wait for others were not run$",
        outcome.output,
        flags=re.M,
    )
    log = finished.path("results/logs/train_model/baseline.log").read_text()
    assert "Traceback" in log
    summary = read_valid(finished.path(SUMMARY))
    assert summary["status"] == "error"
    found = statuses(summary)
    assert found["train_model"] == {"failed", "done"}
    assert found["compare_models"] == {"not run"}
    (failed,) = (job for job in summary["jobs"] if job["status"] == "failed")
    assert failed["error"].startswith("Error: train_model baseline failed:")
    assert any("Traceback" in line for line in failed["log_tail"])
    assert "canary" not in outcome.output + finished.path(SUMMARY).read_text() + log
    assert "ValueError: no https://***@host today" in monitor(finished, "--once")
    # Mended, it is taken up where it stopped.
    finished.edit(TRAIN, "raise ValueError", "str")
    finished.snakemake().succeeded()
    assert read_valid(finished.path(SUMMARY))["status"] == "success"


def test_job_that_is_killed_says_so(finished: Project):
    fail_on(finished, "import os; os.kill(os.getpid(), 9)")
    outcome = finished.snakemake().failed()
    assert "Error: train_model baseline failed:\n  it was killed; perhaps memory" in outcome.output
    assert "run it again with fewer jobs at once (--cores 1)" in outcome.output
    summary = read_valid(finished.path(SUMMARY))
    assert statuses(summary)["evaluate_model"] == {"done", "not run"}


def test_retried_job(new_project: Callable[[str], Project]):
    project = new_project("retried")
    project.edit(
        "workflow/scripts/download_data.py",
        "def main() -> None:\n",
        "def main() -> None:\n"
        "    from pathlib import Path\n"
        '    tried = Path("tried")\n'
        "    if not tried.exists():\n"
        "        tried.touch()\n"
        '        raise ValueError("the first time")\n',
    )
    outcome = project.snakemake("download_data", "--retries", "1").succeeded()
    assert "ValueError: the first time" in outcome.output
    summary = read_valid(project.path(SUMMARY))
    assert summary["status"] == "success"
    assert summary["totals"]["retries"] == 1
    assert summary["jobs"][0]["attempts"] == 2


def test_snakemake_told_to_be_quiet(new_project: Callable[[str], Project]):
    project = new_project("quiet")
    outcome = project.snakemake("download_data", "--quiet", "rules", "progress").succeeded()
    assert "Fetching" not in outcome.output
    summary = read_valid(project.path(SUMMARY))
    assert summary["status"] == "success"
    assert statuses(summary) == {"download_data": {"done"}}


def test_killed_run(new_project: Callable[[str], Project]):
    project = new_project("killed")
    process = started(project, "Checking")
    while True:
        summary, _ = read_summary(project.path(SUMMARY))
        assert summary is not None
        assert summary["status"] == "running"
        if statuses(summary)["process_features"] == {"running"}:
            break
    assert "running" in monitor(project, "--once")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    summary, _ = read_summary(project.path(SUMMARY))
    assert summary is not None
    assert summary["status"] == "killed"
    assert statuses(summary)["download_data"] == {"done"}
    assert "The run was killed" in monitor(project, "--once")
    project.snakemake("download_data").succeeded()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run(new_project: Callable[[str], Project], number: signal.Signals):
    project = new_project("interrupted")
    process = started(project, "Checking")
    # Snakemake ignores what arrives while it writes a line; the job's own file comes after it.
    assert process.stdout is not None
    wait_until(project.path("results/logs/process_features.log").exists, "the job's log")
    os.kill(process.pid, number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0, output
    summary = read_valid(project.path(SUMMARY))
    assert summary["status"] == "interrupted"
    found = statuses(summary)
    assert found["download_data"] == {"done"}
    assert found["train_model"] == {"not run"}


def test_older_summary_does_not_stop_a_run(new_project: Callable[[str], Project]):
    project = new_project("older")
    project.path("results").mkdir()
    project.path(SUMMARY).write_text('{"schema": 0, "stages": "many"}')
    project.snakemake("download_data").succeeded()
    assert read_valid(project.path(SUMMARY))["status"] == "success"


def test_monitor_that_fails_does_not_fail_the_run(new_project: Callable[[str], Project]):
    project = new_project("broken")
    project.edit(
        "workflow/scripts/churn/run_results.py",
        "    files = {",
        '    raise RuntimeError("broken")\n    files = {',
    )
    outcome = project.snakemake("process_features").succeeded()
    assert outcome.output.count("The monitor has failed: RuntimeError: broken") == 1


def test_graph_as_text_for_mermaid(finished_once: Project):
    output = finished_once.snakemake("--rulegraph", "mermaid-js").succeeded().output
    assert "flowchart" in output
    assert "train_model" in output
