"""The champion: chosen by rule, kept from run to run, replaced only for good reasons."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from churn import champion as module
from churn.champion import _worse, choose_candidate, name_champion
from churn.comparison import join_tests
from churn.customers import Customers
from churn.evaluation import evaluate_model
from churn.features import split
from churn.files import read_json, write_json
from churn.leakage import check_leakage
from churn.training import train_model
from support.tables import customers_with_signal

EVALUATION: dict[str, Any] = {
    "threshold": {"policy": "metric", "metric": "f1", "min_precision": 0.6},
    "bootstrap": {"draws": 200, "confidence": 0.95},
    "slices": {"bins": 2, "min_rows": 100, "min_churned": 10},
    "gates": {
        "enforce": False,
        "minimum": {"roc_auc": 0.6},
        "max_calibration_error": None,
        "min_lift": None,
        "max_roc_auc": 0.99,
        "max_single_feature_roc_auc": 0.99,
    },
}
SCORING = {
    "background_rows": 5,
    "delimiter": ",",
    "id": "id",
    "missing_values": [],
    "reasons": 2,
}
FILES = ("model", "metrics", "out_of_fold", "config", "report", "curves", "predictions")
CHAMPION = {"rule": "best", "alpha": 0.05}
# One that sees the signal, and one regularised until it sees little of it.
GOOD, POOR = {"C": 1.0, "l1_ratio": 0.0}, {"C": 0.004, "l1_ratio": 1.0, "solver": "saga"}


def comparison(ranked: list[str], same: list[str]) -> dict[str, Any]:
    """Give what a comparison of models says of which the best is the same as some."""
    pairs = [
        {"first": ranked[0], "second": name, "distinguishable": name not in same}
        for name in ranked[1:]
    ]
    return {"models": ranked, "pairs": pairs}


def test_best_is_named_with_those_that_cannot_be_told_from_it():
    told = comparison(["forest", "linear", "rate"], ["linear"])
    candidate, reason = choose_candidate(told, {"forest": 9, "linear": 1, "rate": 1}, "best")
    assert candidate == "forest"
    assert reason.endswith("of 3 model(s); not distinguishable from it: linear")


def test_simplest_equivalent_is_the_smallest_of_those():
    told = comparison(["forest", "boosting", "linear", "rate"], ["boosting", "linear"])
    sizes = {"forest": 900, "boosting": 200, "linear": 20, "rate": 1}
    assert choose_candidate(told, sizes, "simplest_equivalent")[0] == "linear"
    alone = comparison(["forest", "rate"], [])
    assert choose_candidate(alone, sizes, "simplest_equivalent")[0] == "forest"


class Runs:
    """Runs of one model each, in a folder in which the champion stays in office."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self, params: dict[str, Any], customers: Customers, name: str = "linear"
    ) -> dict[str, Any]:
        """Train, evaluate and let it run for champion."""
        path = {key: str(self.folder / key) for key in ("train", "test", "leakage", "comparison")}
        for part, file in zip(split(customers, 0.3, 1), ("train", "test"), strict=True):
            part.write(path[file])
        files = {key: str(self.folder / f"{name}.{key}") for key in FILES}
        model = {
            "estimator": "sklearn.linear_model.LogisticRegression",
            "params": params,
            "preprocessing": {
                "impute": True,
                "scale": True,
                "encode": "one_hot",
                "max_categories": None,
            },
            "calibration": "none",
        }
        training = {"cross_validation": {"folds": 3, "repeats": 1}}
        train_model(name, path["train"], files, model=model, training=training, seed=1, threads=1)
        evaluate_model(
            name,
            {**path, **files},
            files,
            evaluation=EVALUATION,
            slices=["plan"],
            seed=1,
            threads=1,
        )
        check_leakage(path["train"], path["test"], path["leakage"])
        write_json(path["comparison"], comparison([name], []))
        self.name(path, files)
        return dict(read_json(self.folder / "champion.json"))

    def name(self, path: dict[str, str], files: dict[str, str]) -> None:
        name_champion(
            {**path, "reports": [files["report"]], "models": [files["model"]]},
            str(self.folder / "office"),
            str(self.folder / "champion.json"),
            champion=CHAMPION,
            evaluation=EVALUATION,
            scoring=SCORING,
            slices=["plan"],
            seed=1,
        )


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def test_first_is_named_and_a_repeat_says_the_same(runs: Runs):
    customers = customers_with_signal(2000)
    first = runs.run(GOOD, customers)
    assert (first["status"], first["champion"], len(first["history"])) == ("named", "linear", 1)
    assert runs.run(GOOD, customers) == first


def test_better_one_replaces_and_the_old_one_does_not_come_back(runs: Runs):
    customers = customers_with_signal(2000)
    runs.run(POOR, customers, "poor")
    better = runs.run(GOOD, customers, "good")
    assert (better["status"], better["champion"]) == ("named", "good")
    assert "better than poor beyond noise" in better["reason"]
    assert [entry["champion"] for entry in better["history"]] == ["poor", "good"]
    again = runs.run(POOR, customers, "poor")
    assert (again["status"], again["champion"]) == ("kept", "good")
    assert again["reason"].startswith("poor does not replace good: its ROC-AUC is not better")
    assert runs.run(GOOD, customers, "good") == better


def test_one_that_is_worse_for_some_does_not_replace():
    customers = customers_with_signal(6000)
    inside = (customers.categorical["plan"] == "pro").to_numpy()
    rng = np.random.default_rng(99)
    usage = customers.numeric["usage"].to_numpy()
    # Better for most, blind for some.
    incumbent = usage + rng.normal(0, 3, 6000)
    candidate = np.where(inside, rng.normal(size=6000), usage)
    bootstrap = {"draws": 1000, "confidence": 0.95}
    problems = _worse(
        customers,
        (1 / (1 + np.exp(-candidate)), 0.5),
        (1 / (1 + np.exp(-incumbent)), 0.5),
        EVALUATION | {"bootstrap": bootstrap},
        ["plan"],
        1,
    )
    assert len(problems) == 1
    assert problems[0].startswith("its ROC-AUC is worse for plan pro (difference -0.")


def test_no_better_one_leaves_the_model_in_office(runs: Runs):
    customers = customers_with_signal(2000)
    runs.run(GOOD, customers, "first")
    held = (runs.folder / "office/model.skops").read_bytes()
    other = runs.run({"C": 0.9, "l1_ratio": 0.0}, customers, "second")
    assert (other["status"], other["champion"]) == ("kept", "first")
    assert (runs.folder / "office/model.skops").read_bytes() == held


def test_model_of_noise_is_refused(runs: Runs):
    record = runs.run(GOOD, customers_with_signal(2000, strength=0.0))
    assert (record["status"], record["champion"]) == ("refused", None)
    assert not (runs.folder / "office").exists()
    names = {gate["gate"] for gate in record["gates"] if not gate["passed"]}
    assert {"minimum roc_auc", "better than chance"} <= names


def test_new_data_are_compared_on_customers_new_to_both(runs: Runs):
    runs.run(POOR, customers_with_signal(2000, seed=1), "poor")
    record = runs.run(GOOD, customers_with_signal(2000, seed=2), "good")
    assert record["champion"] == "good"
    assert "better than poor" in record["reason"]


def test_champion_that_has_learned_all_of_it_cannot_be_compared(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
):
    runs.run(GOOD, customers_with_signal(2000), "first")
    monkeypatch.setattr(module, "LEAST_ROWS", 10_000)
    record = runs.run(POOR, customers_with_signal(2000), "second")
    assert record["champion"] == "second"
    assert "cannot be compared" in record["reason"]


def test_kill_before_the_result_is_healed_by_a_repeat(runs: Runs):
    customers = customers_with_signal(2000)
    runs.run(POOR, customers, "poor")
    unbroken = runs.run(GOOD, customers, "good")
    (runs.folder / "champion.json").unlink()
    assert runs.run(GOOD, customers, "good") == unbroken


def test_joined_tests_feed_the_choice():
    over_folds = [{"p_holm": 0.5}, {"p_holm": 0.01}]
    pairs = [("a", "b"), ("a", "c")]
    told = {"models": ["a", "b", "c"], "pairs": join_tests(pairs, over_folds, [{}, {}], 0.05)}
    assert choose_candidate(told, {"a": 2, "b": 1, "c": 0}, "simplest_equivalent")[0] == "b"
