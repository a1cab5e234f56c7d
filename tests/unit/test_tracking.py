"""Runs in a real MLflow store: complete, never twice, whatever interrupts."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from churn import mlflow_store, registry, tracking_queue, tracking_spool
from churn.errors import InputError
from churn.files import read_json, write_json
from churn.registry import shortened
from support.result_files import decide, make_results
from support.tracked import SETTINGS, track
from support.waiting import wait_until

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results, and a database made once: the first takes seconds."""
    results = make_results(tmp_path_factory.mktemp("made") / "results", {"good": 1.0, "poor": 0.01})
    mlflow_store.connect(results / "mlflow", SETTINGS).search_experiments()
    return results


@pytest.fixture
def results(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "results"))


def client_of(results: Path):
    return mlflow_store.connect(results / "mlflow", SETTINGS)


def runs_of(results: Path) -> dict[str, list]:
    """Give the runs in the store by name of the model, those of the whole under ''."""
    client = client_of(results)
    found = client.get_experiment_by_name("churn")
    runs: dict[str, list] = {}
    for run in client.search_runs([found.experiment_id]):
        runs.setdefault(run.data.tags.get("model", ""), []).append(run)
    return runs


def versions_of(results: Path) -> dict[str, int]:
    return {
        alias: int(version)
        for alias, version in client_of(results).get_registered_model("churn").aliases.items()
    }


def test_everything_is_there_once_and_scores_raw_customers(results: Path, tmp_path: Path):
    summary = {
        "run_id": "a-run",
        "git": {"commit": "c0ffee", "dirty": True},
        "executor": "slurm",
        "stages": {"train_model": {"seconds": 12.5}, "track_runs": {"seconds": None}},
    }
    write_json(results / "pipeline_summary.json", summary)
    first = track(results)
    runs = runs_of(results)
    assert {name: len(found) for name, found in runs.items()} == {"": 1, "good": 1, "poor": 1}
    whole, good = runs[""][0], runs["good"][0]
    assert good.data.tags["mlflow.parentRunId"] == whole.info.run_id == first["logged"][0]["run_id"]
    assert whole.data.params["features.test_size"] == "0.3"
    assert good.data.params["model.params.C"] == "1.0"
    report = read_json(results / "evaluation/good/report.json")["metrics"]["roc_auc"]
    for metric, key in (("", "value"), ("_low", "low"), ("_high", "high")):
        assert good.data.metrics[f"test_roc_auc{metric}"] == pytest.approx(report[key])
    folds = read_json(results / "models/good/metrics.json")["metrics"]["roc_auc"]["folds"]
    history = client_of(results).get_metric_history(good.info.run_id, "fold_roc_auc")
    assert [point.value for point in sorted(history, key=lambda point: point.step)] == folds
    raw = read_json(results / "data/download.json")["sha256"]
    assert whole.inputs.dataset_inputs[0].dataset.digest == raw[:36]
    assert {whole.info.status, good.info.status} == {"FINISHED"}
    for tag, value in (("git_commit", "c0ffee"), ("git_dirty", "True"), ("executor", "slurm")):
        assert (whole.data.tags[tag], good.data.tags[tag]) == (value, value)
    assert whole.data.tags["data_sha256"] == raw
    assert whole.data.metrics["seconds_train_model"] == 12.5
    assert whole.data.metrics["test_roc_auc"] == good.data.metrics["test_roc_auc"]
    # Logged again, it is the same run.
    assert track(results)["logged"][0]["run_id"] == whole.info.run_id
    assert {name: len(found) for name, found in runs_of(results).items()} == {
        "": 1,
        "good": 1,
        "poor": 1,
    }
    assert_scores_raw_customers(results, tmp_path)


def assert_scores_raw_customers(results: Path, folder: Path) -> None:
    """Score the raw table in a process that knows nothing of this project."""
    code = f"""
        import mlflow, pandas as pd
        mlflow.set_tracking_uri({mlflow_store.local_uri(results / "mlflow")!r})
        model = mlflow.pyfunc.load_model("models:/churn@champion")
        table = pd.read_csv({str(results / "data/raw/customer_churn.csv")!r})
        model.predict(table).assign(id=table["id"].map(str)).to_parquet("scores.parquet")
    """
    subprocess.run(
        [sys.executable, "-I", "-c", textwrap.dedent(code)],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    scores = pd.read_parquet(folder / "scores.parquet").set_index("id")
    known = pd.read_parquet(results / "evaluation/good/predictions.parquet").set_index("id")
    assert len(known) > 100
    scores = scores.loc[known.index]
    assert scores["probability"].to_list() == known["probability"].to_list()
    assert scores["predicted"].to_list() == known["predicted"].to_list()


def test_killed_in_the_middle_is_completed_and_not_doubled(results: Path):
    code = (
        f"import sys; sys.path.insert(0, {str(SCRIPTS)!r})\n"
        "from pathlib import Path; from churn import tracking_queue\n"
        f"tracking_queue.track(Path({str(results)!r}), {SETTINGS!r})"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    database = results / "mlflow" / mlflow_store.DATABASE

    def first_model_is_logged() -> bool:
        assert process.poll() is None, "it was over before it could be killed"
        with sqlite3.connect(database) as connection:
            return connection.execute("SELECT count(*) FROM logged_models").fetchone()[0] > 0

    wait_until(first_model_is_logged, "logging of the first model")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert mlflow_store.is_pending(results / "mlflow")
    assert tracking_queue.work_off(results / "mlflow", 300)["status"] == "logged"
    runs = runs_of(results)
    assert {name: len(found) for name, found in runs.items()} == {"": 1, "good": 1, "poor": 1}
    for name in ("good", "poor"):
        assert len(runs[name][0].outputs.model_outputs) == 1
        assert runs[name][0].data.metrics["test_roc_auc"] > 0.5
        history = client_of(results).get_metric_history(runs[name][0].info.run_id, "fold_roc_auc")
        assert len(history) == 3
    assert len(client_of(results).search_logged_models([runs[""][0].info.experiment_id])) == 2


def test_same_content_from_two_folders_at_once_is_there_once(results: Path, tmp_path: Path):
    other = Path(shutil.copytree(results, tmp_path / "other/results"))
    code = (
        f"import sys; sys.path.insert(0, {str(SCRIPTS)!r})\n"
        "from pathlib import Path; from churn import tracking_queue\n"
        "tracking_queue.track(Path(sys.argv[1]), "
        f"{ {**SETTINGS, 'mode': 'server'}!r})"
    )
    store = f"sqlite:///{results / 'mlflow' / mlflow_store.DATABASE}"
    variables = os.environ | {mlflow_store.URI: store}
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=tmp_path, env=variables)
        for folder in (results, other)
    ]
    assert [process.wait(300) for process in running] == [0, 0]
    for folder in (results, other):
        assert not mlflow_store.is_pending(folder / "mlflow")
    runs = runs_of(results)
    assert {name: len(found) for name, found in runs.items()} == {"": 1, "good": 1, "poor": 1}
    assert runs["good"][0].data.tags["complete"] == "true"
    assert versions_of(results)["champion"] == 1


def test_unchanged_model_of_another_run_is_not_stored_twice(results: Path):
    track(results)
    text = (results / "config.yaml").read_text()
    (results / "config.yaml").write_text(text.replace("seed: 1", "seed: 1\nother: 2"))
    track(results)
    runs = runs_of(results)
    assert {name: len(found) for name, found in runs.items()} == {"": 2, "good": 2, "poor": 2}
    models = {run.outputs.model_outputs[0].model_id for run in runs["good"]}
    assert len(models) == 1


def test_time_limit_leaves_the_rest_for_later(results: Path):
    outcome = tracking_queue.track(results, {**SETTINGS, "time_limit": 0.01})
    assert outcome["status"] == "pending"
    assert "the time limit of 0.01 s was reached" in outcome["reason"]
    # What later runs write over is kept for the run that waits.
    shutil.rmtree(results / "models")
    assert tracking_queue.work_off(results / "mlflow", 300)["status"] == "logged"
    assert len(runs_of(results)["good"]) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_time_limit_holds_though_a_destructor_loses_what_is_raised_in_it():
    class Destroyed:
        def __del__(self):
            signal.pause()

    def lose_one() -> None:
        Destroyed()
        time.sleep(60)

    with pytest.raises(mlflow_store.TimeUp), mlflow_store.time_limit(0.01):
        lose_one()


# Full before the database is made, and before all of it is logged.
@pytest.mark.parametrize("room", [300_000, 1_300_000])
def test_full_disk_is_told_in_words_and_the_run_logged_when_there_is_room(
    results: Path, small_disk: Callable[..., Path], room: int
):
    store = small_disk("size=8m")
    shutil.rmtree(results / "mlflow")
    (results / "mlflow").symlink_to(store)
    tracking_spool.add(results, store / "pending", SETTINGS)
    free = shutil.disk_usage(store).free
    (store / "ballast").write_bytes(b"x" * (free - room))
    outcome = tracking_queue.track(results, SETTINGS)
    assert (outcome["status"], outcome["pending"]) == ("pending", 1)
    assert re.search("disk is full|No space left on device", outcome["reason"])
    (store / "ballast").unlink()
    assert tracking_queue.work_off(results / "mlflow", 300)["status"] == "logged"


def test_database_of_another_release_is_brought_up_to_date_and_keeps_its_runs(results: Path):
    first = track(results)["logged"][0]["run_id"]
    path = results / "mlflow" / mlflow_store.DATABASE
    with sqlite3.connect(path) as database:
        (release,) = database.execute("PRAGMA user_version").fetchone()
        database.execute("PRAGMA user_version = 2022")
    assert track(results)["logged"][0]["run_id"] == first
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (release,)
    assert release > 3000


def test_broken_database_is_told_in_words(results: Path):
    database = results / "mlflow" / mlflow_store.DATABASE
    database.write_bytes(b"no database" * 1000)
    outcome = tracking_queue.track(results, SETTINGS)
    assert (outcome["status"], outcome["pending"]) == ("pending", 1)
    assert "file is not a database" in outcome["reason"]
    assert "make track" in tracking_queue.as_text(outcome)


def test_champions_previous_ones_and_challengers(results: Path):
    client = client_of(results)
    track(results)
    assert versions_of(results) == {"champion": 1}
    decide(results, "poor", "refused", ["good"], failed="lift is too low")
    track(results)
    assert versions_of(results) == {"champion": 1, "challenger": 2}
    assert client.get_model_version("churn", "2").tags["gates_failed"] == "lift is too low"
    with pytest.raises(InputError, match="version 2 has not passed the gates: lift is too low"):
        registry.promote(client, "churn", None, "because")
    # The gates are changed, and it is named.
    decide(results, "poor", "named", ["good", "poor"])
    track(results)
    assert versions_of(results) == {"champion": 2, "previous": 1}
    registry.roll_back(client, "churn", "it was worse in production")
    assert versions_of(results) == {"champion": 1, "previous": 2}
    assert client.get_model_version("churn", "1").tags["moved_because"] == (
        "it was worse in production"
    )
    # A run that names nobody new does not undo that; the next one that does, does.
    track(results)
    assert versions_of(results) == {"champion": 1, "previous": 2}
    decide(results, "poor", "named", ["good", "poor", "poor"])
    track(results)
    assert versions_of(results) == {"champion": 2, "previous": 1}
    registry.promote(client, "churn", "1", "asked for")
    assert versions_of(results) == {"champion": 1, "previous": 2}
    with pytest.raises(InputError, match="there is no version 9"):
        registry.promote(client, "churn", "9", "because")


def test_login_in_the_address_moves_to_variables_of_its_own(monkeypatch: pytest.MonkeyPatch):
    for name in (mlflow_store.USER, mlflow_store.PASSWORD):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv(mlflow_store.URI, "https://me:p%40ss@mlflow.example.org:8443/x")
    assert mlflow_store.server_uri() == "https://mlflow.example.org:8443/x"
    assert os.environ[mlflow_store.USER] == "me"
    assert os.environ[mlflow_store.PASSWORD] == "p@ss"
    assert mlflow_store.without_secrets("it is p@ss, at ftp://a:b@c/d") == (
        "it is ***, at ftp://***@c/d"
    )


def test_long_model_card_is_cut_at_the_end_of_a_line_to_what_the_database_takes():
    card = "".join(f"line {number}\n" for number in range(1000))
    short = shortened(card)
    assert 4900 < len(short) <= 5000
    lines, _, more = short.partition("\n\n…")
    assert card.startswith(f"{lines}\n")
    assert "model_card.md" in more
    assert shortened(card[:5000]) == card[:5000]
