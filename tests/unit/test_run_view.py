"""What `make monitor` shows of a run, and that no summary can make it fail."""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from churn.monitoring import PipelineMonitor
from churn.run_changes import changes
from churn.run_summary import read_summary
from churn.run_timing import critical_path, expected_seconds, remaining_seconds
from churn.run_view import change_lines, duration, view
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from support.project import ROOT

SCRIPT = ROOT / "workflow/scripts/monitor.py"


def job(number: int, rule: str, status: str = "pending", **more: Any) -> dict[str, Any]:
    return {"id": number, "rule": rule, "status": status, "log": f"{rule}.log", **more}


def shown(summary: dict[str, Any]) -> str:
    console = Console(record=True, width=120, file=Path("/dev/null").open("w"))  # noqa: SIM115
    console.print(view(summary))
    return console.export_text()


def run_script(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def monitor() -> PipelineMonitor:
    """A run in its middle: one model done, one failed, one at work, one to come."""
    jobs = [
        job(1, "process_features", "cached"),
        *(job(n, "train_model", wildcards={"model": f"m{n}"}, needs=[1]) for n in (2, 3, 4, 5)),
        job(6, "all", needs=[2, 3, 4, 5]) | {"log": None},
    ]
    monitor = PipelineMonitor(jobs=jobs, facts={"cores": 2})
    for number in (2, 3, 4):
        monitor.log_stage_start("train_model", job=number)
    monitor.log_stage_complete("train_model", 30.0, job=2)
    score = {"value": 0.84, "low": 0.81, "high": 0.86}
    monitor.log_metrics("train_model", {"cv_roc_auc": score}, model="m2")
    words = "Error: train_model m3 failed:\n  ValueError: oops\n  (log: train_model.log)"
    monitor.log_stage_error("train_model", words, job=3, log_tail=["Traceback", "oops"])
    return monitor


def test_a_running_run(monitor: PipelineMonitor):
    text = shown(monitor.summary())
    assert "running" in text
    assert "2 of 6 jobs ready, 1 failed, 1 from earlier runs, about" in text
    # Two jobs of 30 s on two cores.
    assert "30 s left" in text or "29 s left" in text
    stage = next(line for line in text.splitlines() if line.startswith("train_model"))
    assert "1/4" in stage
    assert stage.rstrip().endswith("failed")
    assert "\n  train_model m4  " in text
    assert "Error: train_model m3 failed:\n  ValueError: oops\n" in text
    assert "| oops" in text
    assert "m2     0.8400 (0.810 to 0.860)  ..." in text
    assert not any(line.startswith("all ") for line in text.splitlines())


def test_an_ended_run(monitor: PipelineMonitor):
    gate = {"gate": "lift", "passed": False, "message": "lift is 1.0, at least 1.2 is wanted"}
    monitor.log_champion(
        {"champion": "m2", "status": "named", "reason": "the best", "gates": [gate]}
    )
    monitor.end()
    text = shown(monitor.summary())
    assert "cores busy" in text
    assert "left" not in text
    assert "Champion: m2 (the best)" in text
    assert "GATE NOT PASSED: lift is 1.0" in text


def test_brackets_in_names_and_logs_are_no_markup(monitor: PipelineMonitor):
    monitor.log_stage_start("[bold]rule[/bold]", job=9)
    monitor.log_stage_error("[bold]rule[/bold]", "[/red] [nothing]", job=9, log_tail=["[/]"])
    monitor.log_metrics("train_model", {"cv_roc_auc": 0.5}, model="[red]m[/red]")
    text = shown(monitor.summary())
    assert "[/red] [nothing]" in text
    assert "| [/]" in text
    assert "[red]m[/red]" in text


def test_changes_since_the_last_run():
    before, after = (
        {
            "run_id": run,
            "seconds": seconds,
            "jobs": [job(1, "train_model", "done", seconds=seconds / 2)],
            "models": {"m": {"roc_auc": {"value": auc}, "cv_roc_auc": auc}},
            "champion": {"champion": champion},
        }
        for run, seconds, auc, champion in (("r1", 20.0, 0.80, "a"), ("r2", 30.0, 0.85, "b"))
    )
    found = changes(before, after)
    assert found["stages"] == {"train_model": 5.0}
    text = "\n".join(line.plain for line in change_lines(found))
    assert text == (
        "Since the run r1: 10 s slower\n"
        "  m: CV ROC-AUC +0.0500, test ROC-AUC +0.0500\n"
        "  champion: b, before a"
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (59.6, "1 min 0 s"), (61, "1 min 1 s"), (7300, "2 h 1 min")],
)
def test_duration(seconds: float, words: str):
    assert duration(seconds) == words


def test_longest_chain():
    jobs = [
        {"id": "a"},
        {"id": "b", "needs": ["a"]},
        {"id": "c", "needs": ["a"]},
        {"id": "d", "needs": ["b", "c"]},
    ]
    assert critical_path(jobs, {"a": 1, "b": 5, "c": 2, "d": 1}) == (["a", "b", "d"], 7)


def test_time_left_is_the_chain_or_the_work_over_the_cores():
    chain = [job(n, "s", expected_seconds=10.0, needs=[n - 1] if n > 1 else []) for n in (1, 2, 3)]
    assert remaining_seconds(chain, 8, {}) == (30.0, True)
    side_by_side = [job(n, "s", expected_seconds=10.0) for n in range(6)]
    assert remaining_seconds(side_by_side, 2, {}) == (30.0, True)
    side_by_side[0]["status"] = "running"
    assert remaining_seconds(side_by_side, 2, {0: 4.0}) == (28.0, True)


def test_time_left_says_when_it_does_not_know():
    assert remaining_seconds([job(1, "s")], 2, {}) == (None, False)
    known = [job(1, "s"), job(2, "t", expected_seconds=5.0)]
    assert remaining_seconds(known, 1, {}) == (5.0, False)
    alike = [job(1, "s", "done", seconds=4.0), job(2, "s", "done", seconds=6.0), job(3, "s")]
    assert expected_seconds(alike) == {3: 5.0}


leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def paths(content: Any, prefix: tuple = ()) -> list[tuple]:
    if isinstance(content, dict):
        return [p for key, inner in content.items() for p in paths(inner, (*prefix, key))]
    if isinstance(content, list):
        return [p for key, inner in enumerate(content) for p in paths(inner, (*prefix, key))]
    return [prefix]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_summary_with_anything_in_any_place_is_shown(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
):
    monitor = PipelineMonitor(jobs=[job(1, "s"), job(2, "t", needs=[1])], facts={"cores": 2})
    monitor.log_stage_start("s", job=1)
    monitor.log_metrics("s", {"roc_auc": {"value": 0.8, "low": 0.7, "high": 0.9}}, model="m")
    monitor.log_stage_error("t", "oops", job=2, log_tail=["x"])
    monitor.log_champion({"champion": "m", "gates": [{"gate": "g", "passed": False}]})
    content = monitor.summary()
    content["changes"] = changes(content, content)
    path = data.draw(st.sampled_from(paths(content)))
    # Not only a leaf but also what it is in.
    path = path[: data.draw(st.integers(1, len(path)))]
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = data.draw(values)
    file = tmp_path_factory.mktemp("summary") / "summary.json"
    file.write_text(json.dumps(content))
    summary, problem = read_summary(file)
    assert shown(summary) if summary is not None else problem


def test_script_without_a_run(tmp_path: Path):
    for words in (("--once",), ("--json",), ("--compare", "x"), ("no-such-run",)):
        done = run_script(tmp_path, *words)
        assert done.returncode == 1
        assert done.stderr.startswith("Error: there is no results/")
        assert "Traceback" not in done.stderr


def test_script_on_two_runs(tmp_path: Path):
    path = tmp_path / "results" / "pipeline_summary.json"
    for _ in range(2):
        monitor = PipelineMonitor(path, facts={"command": "snakemake"})
        monitor.log_stage_start("train_model")
        monitor.log_stage_complete("train_model", 3.0)
        monitor.end()
    last, before = (line.split()[0] for line in run_script(tmp_path, "--runs").stdout.splitlines())
    assert "Run " + last in run_script(tmp_path, "--once").stdout
    assert "Run " + before in run_script(tmp_path, before).stdout
    assert json.loads(run_script(tmp_path, "--json").stdout)["run_id"] == last
    compared = run_script(tmp_path, "--compare", before).stdout
    assert f"Since the run {before}" in compared
    assert "train_model: +0.0 s a job" in compared
    # Live: a run that has ended is shown and left.
    live = run_script(tmp_path)
    assert live.returncode == 0
    assert "train_model" in live.stdout


def test_a_thousand_jobs_are_shown_quickly(tmp_path: Path):
    jobs = [job(0, "process_features")]
    jobs += [job(n, "train_model", wildcards={"model": f"m{n}"}, needs=[0]) for n in range(1, 1001)]
    monitor = PipelineMonitor(tmp_path / "results/pipeline_summary.json", jobs=jobs)
    for number in range(800):
        monitor.log_stage_start(jobs[number]["rule"], job=number)
        monitor.log_stage_complete(jobs[number]["rule"], 2.0, job=number)
        score = {"value": 0.8, "low": 0.7, "high": 0.9}
        monitor.log_metrics("train_model", {"cv_roc_auc": score}, model=f"m{number}")
    monitor.end()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run_script(tmp_path, "--once")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "799/1000" in done.stdout
    # Processor time: the machine may be busy with other tests.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.3
