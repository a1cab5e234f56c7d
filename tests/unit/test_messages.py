import json
import time
from pathlib import Path

import pytest
from churn.courier import variable_for
from churn.failures import SILENT, with_log
from churn.messages import about_run, duration, sample
from churn.notifications import resume_command
from churn.redaction import split_addresses
from churn.repetition import Told

GATE = {"gate": "minimum", "passed": False, "message": "roc_auc is 0.7, at least 0.9 is wanted"}
RECORD = {"champion": "forest", "status": "named", "candidate": "forest", "gates": []}
NOW = {"model": "forest", "value": 0.8452, "low": 0.826, "high": 0.863}
ROWS = [
    {"model": name, "cv_roc_auc": "0.84601", "cv_roc_auc_std": "0.01"}
    for name in ("forest", "linear")
]
FACTS = {"project": "shop", "models": ["forest", "linear"], "seconds": 252}
JUDGED = {**FACTS, "champion": RECORD, "leaderboard": ROWS, "office": NOW, "before": None}
FAILURE = {
    "rule": "train_model",
    "wildcards": {"model": "forest"},
    "reason": "MemoryError: no <memory>",
    "log": "results/logs/forest.log",
    "tail": ["one", "two"],
}
FAILED = {**FACTS, "failures": [FAILURE], "unfinished": 4, "resume": "cd /x && snakemake"}


def test_run_that_ended_well():
    message = about_run("success", JUDGED)
    assert message.title == "shop: run finished after 4 min 12 s"
    assert message.text == (
        "Champion: forest\n"
        "forest: ROC-AUC on the test set 0.8452 (0.826 to 0.863)\n\n"
        "Models by cross-validated ROC-AUC\n"
        "forest 0.8460 ± 0.0100\nlinear 0.8460 ± 0.0100"
    )


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ({**NOW, "value": 0.84}, "0.863), +0.0052 since the last run\n"),
        (NOW, "0.863), as in the last run\n"),
        (
            {**NOW, "model": "linear", "value": 0.85},
            "0.863), -0.0048 since the last run, when it was linear\n",
        ),
    ],
)
def test_change_since_the_last_run(before: dict, words: str):
    assert words in about_run("success", {**JUDGED, "before": before}).text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("kept", "Champion: still linear\n"),
        ("refused", "No new champion: forest is refused\n"),
    ],
)
def test_champion_that_does_not_change(status: str, words: str):
    record = {**RECORD, "champion": "linear", "status": status, "reason": "not better"}
    assert words in about_run("success", {**JUDGED, "champion": record}).text


def test_gates_come_first():
    message = about_run("gates", {**JUDGED, "champion": {**RECORD, "gates": [GATE]}})
    assert message.title == "shop: run finished after 4 min 12 s, quality gates NOT passed"
    assert message.text.startswith("Gates that forest does not pass\nroc_auc is 0.7, at least")
    failed = {**JUDGED, **FAILED, "champion": {**RECORD, "gates": [GATE]}}
    message = about_run("gates", failed)
    assert message.title == "shop: run FAILED after 4 min 12 s, quality gates NOT passed"
    assert "train_model (model forest) failed" in message.text


def test_run_that_failed():
    message = about_run("error", FAILED)
    assert message.title == "shop: run FAILED after 4 min 12 s"
    assert message.text == (
        "train_model (model forest) failed\nMemoryError: no <memory>\n"
        "Log: results/logs/forest.log\n\nIts last lines\none\ntwo\n\n"
        "Go on with\ncd /x && snakemake"
    )
    assert "<pre>one\ntwo</pre>" in message.html
    assert "MemoryError: no &lt;memory&gt;<br/>" in message.html


def test_run_that_was_stopped():
    message = about_run("error", {**FAILED, "failures": []})
    assert message.title == "shop: run stopped after 4 min 12 s"
    assert message.text.startswith("Stopped before 4 jobs were done\n\nGo on with")


def test_message_stays_short():
    many = {**FAILED, "failures": [{**FAILURE, "reason": "x" * 10_000}] * 100}
    models = {**FACTS, "models": [f"model{i}" for i in range(1000)]}
    assert len(about_run("error", many).text) < 2_500
    assert "and 95 more failures" in about_run("error", many).text
    assert about_run("start", models).text.endswith("\nmodel9\nand 990 more")


def test_secrets_are_hidden_before_a_line_is_cut(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("A_PASSWORD", "hunter2canary")
    line = "x" * 195 + "hunter2canary"
    facts = {**FAILED, "failures": [{**FAILURE, "reason": line, "tail": [line]}]}
    message = about_run("error", {**facts, "resume": f"{line} --cores 2"})
    assert "hunter2" not in message.text + message.html
    # A command is never cut.
    assert message.text.endswith("x*** --cores 2")
    monkeypatch.setenv("A_PASSWORD", "forest")
    assert "forest" not in about_run("success", JUDGED).text


def test_control_characters_do_not_reach_a_phone():
    failure = {**FAILURE, "reason": "a\x1b[31mb\x00c\nd", "tail": []}
    assert "a [31mb c d\n" in about_run("error", {**FAILED, "failures": [failure]}).text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(8.06, "8.1 s"), (60, "1 min 0 s"), (3599.6, "1 h 0 min"), (11100, "3 h 5 min")],
)
def test_duration(seconds: float, text: str):
    assert duration(seconds) == text


@pytest.mark.parametrize("event", ["success", "gates"])
def test_runs_that_wait_for_mlflow_are_told(event: str):
    waits = {"status": "pending", "pending": 2, "reason": "the server does not answer"}
    text = about_run(event, {**JUDGED, "tracking": waits}).text
    assert "MLflow has not taken 2 run(s)\nthe server does not answer\n" in text
    logged = {"status": "logged", "pending": 0, "reason": None}
    assert "MLflow" not in about_run(event, {**JUDGED, "tracking": logged}).text


def test_sample_says_what_it_is():
    assert "test" in sample("shop", "level info").title
    assert "(level info)" in sample("shop", "level info").text


INFO = "2026-01-02 03:04:05,678 INFO train_model forest,max_depth=4: all is well"
HEAD, FOOT = "Error: train_model failed:", ["  (log: job.log)", "  (next: correct it)"]


@pytest.mark.parametrize(
    ("lines", "reason", "tail"),
    [
        ([INFO, HEAD, "  too few: 3", *FOOT], "too few: 3", [INFO]),
        ([HEAD, "  too few: 3", *FOOT], "too few: 3", []),
        ([INFO, HEAD, "  one", "  two", "  three", *FOOT], "one (and 2 more)", [INFO]),
        (
            [INFO, "  File", "KeyError", HEAD, "  KeyError: 'x'"],
            "KeyError: 'x'",
            ["  File", "KeyError"],
        ),
        ([INFO], SILENT, [INFO]),
        ([], SILENT, []),
    ],
)
def test_reason_and_tail_of_a_log(tmp_path: Path, lines: list[str], reason: str, tail: list[str]):
    log = tmp_path / "job.log"
    log.write_text("".join(f"{line}\n" for line in lines))
    found = with_log({"rule": "train_model", "log": str(log)}, 2)
    assert found == {"rule": "train_model", "log": str(log), "reason": reason, "tail": tail}


@pytest.mark.parametrize("log", [None, "no/such.log"])
def test_reason_without_a_log(log: str | None):
    assert with_log({"log": log}, 5) == {"log": log, "reason": SILENT, "tail": []}


def test_log_that_is_no_text(tmp_path: Path):
    log = tmp_path / "job.log"
    log.write_bytes(b"\xff\xfe\x00" + INFO.encode())
    assert with_log({"log": str(log)}, 5)["reason"] == SILENT


def test_told_within_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    told = Told(tmp_path / "told.json", 60)
    begin = time.time()
    assert not told.has(["a"])
    told.add(["a"])
    told.add(["b"])
    assert told.has(["a"])
    assert told.has(["b"])
    assert not told.has(["c"])
    for later in (61, -10):
        monkeypatch.setattr(time, "time", lambda later=later: begin + later)
        assert not told.has(["a"])


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": "b"}', "null"])
def test_damaged_notes_are_no_notes(tmp_path: Path, content: str):
    path = tmp_path / "told.json"
    path.write_text(content)
    told = Told(path, 60)
    assert not told.has(["a"])
    told.add(["a"])
    assert len(json.loads(path.read_text())) == 1


def test_resume_command_can_be_pasted():
    words = ["/x/bin/snakemake", "--cores", "2", "--config", "data={source: {rows: 5}}"]
    assert resume_command(words, Path("/my shop")) == (
        "cd '/my shop' && snakemake --cores 2 --config 'data={source: {rows: 5}}'"
    )
    module = ["/x/snakemake/__main__.py", "all"]
    assert resume_command(module, Path("/shop")) == "cd /shop && python -m snakemake all"


def test_addresses_of_a_level():
    environment = {"CHURN_NOTIFY_URLS": "a://b", "CHURN_NOTIFY_URLS_INFO": ""}
    assert variable_for("critical", environment) == "CHURN_NOTIFY_URLS"
    assert variable_for("info", environment) == "CHURN_NOTIFY_URLS_INFO"


@pytest.mark.parametrize(
    "text", ["a://b/c?to=x,y d+s://e", "a://b/c?to=x,y, d+s://e", "a://b/c?to=x,y,d+s://e\n"]
)
def test_addresses_are_split(text: str):
    assert split_addresses(text) == ["a://b/c?to=x,y", "d+s://e"]
