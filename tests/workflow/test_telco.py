"""The real table through `data=telco`, fetched from a server on this machine."""

import re
from collections.abc import Callable

import pandas as pd
import pytest
from support.project import Outcome, Project
from support.telco import TABLE, needs_telco
from support.web_server import (
    Behaviour,
    WebServer,
    content,
    cut,
    hang,
    one_wrong_byte,
    status,
)

pytestmark = needs_telco

PATH = "/Telco-Customer-Churn.csv"
RAW = "results/data/raw/customer_churn.csv"


def fetch(project: Project, url: str, *words: str, target: str = RAW) -> Outcome:
    overrides = " ".join([f"data.source.url={url}", *words])
    config = ("data=telco", "model=baseline", f"overrides={overrides}")
    return project.snakemake(target, config=config)


def test_all_models_reach_the_known_quality(new_project: Callable[[str], Project]):
    project = new_project("telco")
    with WebServer() as server:
        url = server.serve(PATH, content(TABLE.read_bytes()))
        config = ("data=telco", f"overrides=data.source.url={url}")
        outcome = project.snakemake(config=config).succeeded()
    board = pd.read_csv(project.path("results/leaderboard.csv"), index_col="model")
    models = board.drop(index="baseline")
    assert len(models) == 4
    assert models["cv_roc_auc"].between(0.84, 0.87).all(), models
    assert models["test_roc_auc"].between(0.83, 0.87).all(), models
    assert board.loc["baseline", "test_roc_auc"] == 0.5
    # The table is printed at the end, the best first.
    printed = re.findall(r"^(\w+) +0\.\d{4} ± 0\.\d{4} ", outcome.output, flags=re.MULTILINE)
    assert printed == list(board.index)
    predictions = pd.read_parquet(
        project.path("results/evaluation/random_forest/predictions.parquet")
    )
    assert len(predictions) == pytest.approx(7043 * 0.2, rel=0.01)
    assert predictions["customerID"].is_unique


RECOVERING = {
    "fails twice": [status(500), status(500), content(TABLE.read_bytes())],
    "cut once": [cut(TABLE.read_bytes()), content(TABLE.read_bytes())],
} if TABLE.is_file() else {}  # fmt: skip


@pytest.mark.parametrize("fault", RECOVERING)
def test_passing_fault_is_retried(new_project: Callable[[str], Project], fault: str):
    project = new_project("recovering")
    behaviours = RECOVERING[fault]
    with WebServer() as server:
        url = server.serve(PATH, *behaviours)
        fetch(project, url).succeeded()
        assert server.count(PATH) == len(behaviours)
    assert project.path(RAW).read_bytes() == TABLE.read_bytes()


LASTING: dict[str, tuple[Callable[[bytes], Behaviour], list[str]]] = {
    "not there": (lambda _: status(404), ["404"]),
    "fails for ever": (lambda _: status(500), ["500"]),
    "cut for ever": (cut, ["cut"]),
    "hangs": (lambda _: hang(), ["data.source.url", "time limit of 0.5 s"]),
    "one wrong byte": (one_wrong_byte, ["data.source.url", "sha256", "16320c9c"]),
}


@pytest.mark.parametrize("fault", LASTING)
def test_lasting_fault_ends_in_words_and_leaves_no_file(
    new_project: Callable[[str], Project], fault: str
):
    behave, words = LASTING[fault]
    project = new_project("lasting")
    timeout = "data.source.timeout=0.5" if fault == "hangs" else "data.source.timeout=20"
    with WebServer() as server:
        url = server.serve(PATH, behave(TABLE.read_bytes()))
        outcome = fetch(project, url, "data.source.retries=1", timeout).failed()
        server.closing.set()
    for word in words:
        assert word in outcome.output
    raw = project.path(RAW).parent
    assert not raw.exists() or list(raw.iterdir()) == []
