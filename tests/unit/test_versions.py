"""What versions are made of, apart from DVC."""

import json
import os
from pathlib import Path

import pytest
from churn import links, pointers, restoring_state, run_identity, version_views
from churn.errors import InputError
from churn.files import write_json
from churn.versioning import record_name
from snakemake.persistence.file import FilePersistence
from support.configs import problems_of

POINTER = pointers.Pointer(
    digests={"results": "aa.dir", ".snakemake/metadata": "bb.dir"},
    sizes={"results": (10, 2), ".snakemake/metadata": (5, 1)},
    run="run",
    workflow="workflow",
    command="--config 'a b'",
)


@pytest.mark.parametrize("output", ["results/leaderboard.csv", f"results/models/{'x' * 700}/a"])
def test_record_is_where_snakemake_keeps_it(
    output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    records = FilePersistence(path=tmp_path / "state")
    expected = records._record_path(str(tmp_path), output)
    assert str(tmp_path / record_name(output)) == expected


def test_pointer_is_read_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert pointers.current_pointer() is None
    POINTER.write()
    assert pointers.current_pointer() == POINTER


def test_pointer_without_digests_is_no_version():
    text = "outs:\n- path: results\n- path: .snakemake/metadata\n"
    assert pointers.read_pointer(text, "run.dvc") is None


@pytest.mark.parametrize("text", ["", "outs", "outs: 3", "outs: [", "<<<<<<< HEAD\nouts: []"])
def test_broken_pointer_is_named(text: str):
    with pytest.raises(InputError, match=r"run\.dvc is no pointer file"):
        pointers.read_pointer(text, "run.dvc")


def test_equal_runs_have_equal_digests(tmp_path: Path):
    workflow, table = tmp_path / "workflow", tmp_path / "table.csv"
    (workflow / "__pycache__").mkdir(parents=True)
    (workflow / "Snakefile").write_text("rule a\n")
    table.write_text("a\n1\n")

    def digest(seed: int = 1) -> str:
        return run_identity.run_digest({"seed": seed}, workflow, [str(table)])

    first = digest()
    (workflow / "__pycache__" / "a.pyc").write_text("compiled")
    os.utime(table)
    assert digest() == first
    assert digest(seed=2) != first
    (workflow / "Snakefile").write_text("rule b\n")
    second = digest()
    assert second != first
    table.write_text("a\n2\n")
    assert digest() not in {first, second}


@pytest.mark.parametrize("make", [os.link, os.symlink])
def test_links_become_files(make, tmp_path: Path):
    cached, result = tmp_path / "cached", tmp_path / "results" / "result"
    cached.write_text("version")
    cached.chmod(0o444)
    os.utime(cached, (1, 1))
    result.parent.mkdir()
    make(cached, result)
    (tmp_path / "results" / "own").write_text("own")
    assert links.break_links([str(tmp_path / "results")]) == 1
    assert (result.read_text(), result.stat().st_mtime) == ("version", 1)
    with result.open("w") as file:
        file.write("new")
    assert cached.read_text() == "version"


def test_views_hold_the_metrics_and_points(tmp_path: Path):
    report = {
        "model": "m",
        "metrics": {"roc_auc": {"value": 0.8, "low": 0.7, "high": 0.9}, "threshold": 0.3},
        "cross_validation": {"roc_auc": {"mean": 0.75, "std": 0.1}},
        "threshold": 0.3,
    }
    axes = version_views.CURVES.items()
    curves = {name: {x: [0.0, 1.0], y: [0.5, 1.0]} for name, (x, y) in axes}
    write_json(tmp_path / "report.json", report)
    write_json(tmp_path / "curves.json", curves)
    outputs = {name: str(tmp_path / f"{name}.json") for name in curves}
    outputs["metrics"] = str(tmp_path / "metrics")
    version_views.write_views(
        [str(tmp_path / "report.json")], [str(tmp_path / "curves.json")], outputs
    )
    assert json.loads((tmp_path / "metrics/m.json").read_text()) == {
        "test": {"roc_auc": 0.8},
        "cross_validation": {"roc_auc": 0.75},
        "threshold": 0.3,
    }
    assert json.loads((tmp_path / "roc.json").read_text())["points"][1] == {
        "model": "m",
        "point": 1,
        "false_positive_rate": 1.0,
        "true_positive_rate": 1.0,
    }


def test_earlier_run_is_asked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    # Neither a cache nor a remote.
    assert not restoring_state.is_worth_asking("run", {"url": "storage"})
    assert restoring_state.is_worth_asking("run", {"url": "s3://bucket/folder"})
    (tmp_path / ".dvc/cache").mkdir(parents=True)
    assert restoring_state.is_worth_asking("run", {"url": "storage"})
    restoring_state.note_asked("run")
    assert not restoring_state.is_worth_asking("run", {"url": "storage"})
    assert restoring_state.is_worth_asking("other", {"url": "storage"})


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("url", "gs://bucket/folder", "must be a folder or begin with s3://"),
        ("url", "s3://", "must be like s3://bucket/folder"),
        ("url", "s3://key:secret@bucket/folder", "credentials go in the environment"),
        ("endpoint", "https://key:secret@host", "endpoint"),
    ],
)
def test_wrong_remote_is_refused(key: str, value: str, allowed: str, tmp_path: Path):
    typed = {"overrides": f"versioning.remote.{key}='{value}'"}
    (problem,) = problems_of(tmp_path / "estimators.json", typed)
    assert f"versioning.remote.{key}" in problem
    assert allowed in problem
    assert "secret" not in problem
