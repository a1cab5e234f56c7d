"""The monitor as a library: stages, totals, and a summary file that is always whole and true."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from churn import run_summary
from churn.monitoring import PipelineMonitor
from churn.run_summary import earlier_runs, keep_earlier, read_summary
from support.project import ROOT
from support.summaries import read_valid, validator


def fanned_out(models: int) -> list[dict[str, Any]]:
    """Jobs as of a run over many models."""
    jobs: list[dict[str, Any]] = [{"id": 0, "rule": "process_features"}]
    jobs += [{"id": i, "rule": "train_model", "needs": [0]} for i in range(1, models + 1)]
    return [*jobs, {"id": models + 1, "rule": "compare_models", "needs": [*range(1, models + 1)]}]


def test_a_run_by_hand(tmp_path: Path):
    path = tmp_path / "pipeline_summary.json"
    with PipelineMonitor(path, facts={"cores": 2}) as monitor:
        monitor.log_stage_start("train_model")
        monitor.log_metrics("train_model", {"roc_auc": 0.845})
        monitor.log_stage_complete("train_model", duration=12.5)
    summary = read_valid(path)
    assert summary["status"] == "success"
    stage = summary["stages"]["train_model"]
    assert stage["status"] == "done"
    assert stage["seconds"] == 12.5
    assert stage["metrics"] == {"roc_auc": 0.845}
    assert summary["totals"]["critical_path"] == ["train_model"]


def test_an_exception_ends_the_run_as_an_error(tmp_path: Path):
    path = tmp_path / "summary.json"

    def run() -> None:
        with PipelineMonitor(path) as monitor:
            monitor.log_stage_start("train_model")
            raise ValueError("oops")

    with pytest.raises(ValueError, match="oops"):
        run()
    summary = read_valid(path)
    assert summary["status"] == "error"
    assert summary["jobs"][0]["status"] == "interrupted"


def test_failure_and_what_waited_for_it():
    monitor = PipelineMonitor(jobs=fanned_out(2))
    monitor.log_stage_start("process_features", job=0)
    monitor.log_stage_complete("process_features", 2.0, job=0)
    for model in (1, 2):
        monitor.log_stage_start("train_model", job=model, reason="new")
    monitor.log_stage_complete("train_model", 3.0, job=1, cpu_seconds=1.5, peak_memory_mb=200.0)
    running = monitor.summary()
    assert running["stages"]["train_model"]["status"] == "running"
    assert running["stages"]["compare_models"]["status"] == "pending"
    monitor.log_stage_error("train_model", ValueError("oops"), job=2, log_tail=["a", "b"])
    monitor.end()
    summary = monitor.summary()
    validator().validate(summary)
    assert summary["status"] == "error"
    by_id = {job["id"]: job for job in summary["jobs"]}
    assert by_id[2]["error"] == "ValueError: oops"
    assert by_id[2]["log_tail"] == ["a", "b"]
    assert by_id[3]["status"] == "not run"
    assert {name: stage["status"] for name, stage in summary["stages"].items()} == {
        "process_features": "done",
        "train_model": "failed",
        "compare_models": "not run",
    }
    totals = summary["totals"]
    assert (totals["jobs"], totals["done"], totals["failed"], totals["not_run"]) == (4, 2, 1, 1)
    assert totals["critical_path"] == [0, 1]
    assert totals["critical_path_seconds"] == 5.0
    assert totals["peak_memory_mb"] == 200.0


def test_a_retry_that_succeeds_is_no_error():
    monitor = PipelineMonitor()
    monitor.log_stage_start("train_model", job=1)
    monitor.log_stage_error("train_model", "first", job=1)
    monitor.log_stage_start("train_model", job=1)
    monitor.log_stage_complete("train_model", job=1)
    monitor.end()
    summary = monitor.summary()
    assert summary["status"] == "success"
    assert summary["jobs"][0]["attempts"] == 2
    assert summary["jobs"][0]["error"] is None
    assert summary["totals"]["retries"] == 1


def test_durations_do_not_follow_the_wall_clock(monkeypatch: pytest.MonkeyPatch):
    monitor = PipelineMonitor()
    monitor.log_stage_start("train_model")
    monkeypatch.setattr("churn.monitoring._now", lambda: "2001-01-01T00:00:00.000+00:00")
    monitor.log_stage_complete("train_model")
    monitor.end()
    summary = monitor.summary()
    validator().validate(summary)
    assert 0 <= summary["jobs"][0]["seconds"] < 60
    assert 0 <= summary["seconds"] < 60


def test_secrets_in_urls_are_hidden():
    monitor = PipelineMonitor()
    url = "https://me:canary@host/?token=canary"
    monitor.log_stage_start("download_data", reason=f"from {url}")
    monitor.log_stage_error("download_data", f"no answer from {url}", log_tail=[url])
    assert "canary" not in json.dumps(monitor.summary())


def test_every_state_on_the_disk_is_whole_and_the_last_one_lands(tmp_path: Path):
    path = tmp_path / "summary.json"
    monitor = PipelineMonitor(path, jobs=fanned_out(300))
    seen: list[dict[str, Any]] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.append(json.loads(path.read_text()))

    reader = threading.Thread(target=read)
    reader.start()
    for job in range(1, 301):
        monitor.log_stage_start("train_model", job=job)
        monitor.log_stage_complete("train_model", job=job)
    monitor.end()
    stop.set()
    reader.join()
    assert seen
    assert read_valid(path)["totals"]["done"] == 300
    assert [file.name for file in tmp_path.iterdir()] == ["summary.json"]


def test_a_thousand_jobs_cost_little(tmp_path: Path):
    jobs = fanned_out(1000)
    monitor = PipelineMonitor(tmp_path / "summary.json", jobs=jobs)
    before = time.process_time()
    for job in jobs:
        monitor.log_stage_start(job["rule"], job=job["id"])
        monitor.log_stage_complete(job["rule"], job=job["id"])
    monitor.end()
    # Some milliseconds a job would be noticed.
    assert time.process_time() - before < 2.0


def test_a_disk_that_takes_nothing_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "results").write_text("a file where the folder belongs")
    monkeypatch.setattr(run_summary, "PAUSE", 0.001)
    with PipelineMonitor(tmp_path / "results" / "summary.json") as monitor:
        for job in range(20):
            monitor.log_stage_start("train_model", job=job)
            monitor.log_stage_complete("train_model", job=job)
    assert len(caplog.records) == 1
    assert "cannot be written" in caplog.text


RUNNING = """
import sys, time
from churn.monitoring import PipelineMonitor
monitor = PipelineMonitor(sys.argv[1])
monitor.log_stage_start("train_model")
print("started", flush=True)
sys.stdin.read()
"""


def test_a_killed_run_is_told_from_a_running_one(tmp_path: Path):
    path = tmp_path / "summary.json"
    process = subprocess.Popen(
        [sys.executable, "-c", RUNNING, str(path)],
        cwd=ROOT / "workflow/scripts",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    summary, _ = read_summary(path)
    assert summary is not None
    assert summary["status"] == "running"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    summary, _ = read_summary(path)
    assert summary is not None
    assert summary["status"] == "killed"
    # Among the earlier runs it stays so, whoever has its number then.
    keep_earlier(path)
    assert read_valid(earlier_runs(path)[0])["status"] == "killed"


def test_another_process_of_the_same_number_is_not_the_run(tmp_path: Path):
    path = tmp_path / "summary.json"
    content = PipelineMonitor().summary()
    path.write_text(json.dumps(content))
    assert (read_summary(path)[0] or {})["status"] == "running"
    path.write_text(json.dumps(content | {"pid_started": content["pid_started"] - 1}))
    assert (read_summary(path)[0] or {})["status"] == "killed"


def test_on_another_host_the_heartbeat_decides(tmp_path: Path):
    path = tmp_path / "summary.json"
    content = PipelineMonitor().summary() | {"host": "elsewhere"}
    path.write_text(json.dumps(content))
    assert (read_summary(path)[0] or {})["status"] == "running"
    path.write_text(json.dumps(content | {"heartbeat": "2001-01-01T00:00:00.000+00:00"}))
    assert (read_summary(path)[0] or {})["status"] == "killed"


def test_earlier_runs_are_kept_and_bounded(tmp_path: Path):
    path = tmp_path / "summary.json"
    for _ in range(4):
        PipelineMonitor(path).end()
    kept = earlier_runs(path)
    assert len(kept) == 3
    last = read_valid(path)["run_id"]
    assert last not in {file.stem for file in kept}
    keep_earlier(path, kept=2)
    assert len(earlier_runs(path)) == 2
    assert earlier_runs(path)[0].stem == last


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"schema": 0, "status": "running"}',
        '{"schema": 99}',
        '{"status": "success"}',
        "\0\0",
        "[" * 100_000,
    ],
)
def test_damaged_or_foreign_summary_is_refused_in_words(tmp_path: Path, content: str):
    path = tmp_path / "summary.json"
    path.write_text(content)
    summary, problem = read_summary(path)
    assert summary is None
    assert str(path) in problem
    # And the next run starts as if there were none.
    PipelineMonitor(path).end()
    assert read_valid(path)["status"] == "success"
    assert earlier_runs(path) == []


def test_a_run_id_cannot_leave_the_folder(tmp_path: Path):
    path = tmp_path / "results" / "summary.json"
    path.parent.mkdir()
    path.write_text(json.dumps(PipelineMonitor().summary() | {"run_id": "../../evil"}))
    PipelineMonitor(path).end()
    assert not list(tmp_path.rglob("evil*"))
