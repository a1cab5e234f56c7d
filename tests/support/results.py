"""Results of made-up models, computed by the library, to draw and to describe."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from churn.curves import curves
from churn.evaluation import judge
from churn.plots.results import Results
from churn.thresholds import Scored, decision_curve, judge_decision

ROWS, FOLDS = 400, 5
POLICY = {"policy": "metric", "metric": "f1", "min_precision": 0.6}
CHANCE = "baseline"
PROFILE = {
    "rows": 2000,
    "churn_rate": 0.3,
    "duplicate_rows": 4,
    "columns": {
        "tenure": {
            "type": "numeric",
            "missing": 3,
            "distinct": 70,
            "mean": 30.0,
            "quantiles": {"0": 0.0, "0.5": 29.0, "1": 72.0},
            "churn_rate": {"9 to 30": 0.3, "-1 to 9": 0.5, "30 to 72": 0.1},
        },
        "Contract": {
            "type": "categorical",
            "missing": 0,
            "distinct": 2,
            "frequencies": {"Two | year": 1500, "Month": 500},
            "churn_rate": {"Month": 0.5, "Two | year": 0.2},
        },
    },
}


def example(models: Sequence[str]) -> Results:
    """Make results of models; `CHANCE` predicts the same for everybody."""
    found = {name: _model(name, place) for place, name in enumerate(models)}
    return Results(
        ranked=list(models),
        scores={name: parts["scores"] for name, parts in found.items()},
        reports={name: parts["report"] for name, parts in found.items()},
        curves={name: parts["curves"] for name, parts in found.items()},
        explanations={name: parts["explanation"] for name, parts in found.items()},
        comparison={
            "metric": "roc_auc",
            "alpha": 0.05,
            "models": list(models),
            "best_reachable_roc_auc": 0.9,
            "pairs": [_pair(models[0], other) for other in models[1:]],
        },
        profile=PROFILE,
        leakage={
            "shared_rows": 0,
            "single_feature": [
                {"column": "tenure", "roc_auc": 0.7},
                {"column": "Contract", "roc_auc": 0.6},
            ],
        },
    )


def _model(name: str, place: int) -> dict[str, Any]:
    random = np.random.default_rng(place)
    target = (random.random(ROWS) < 0.3).astype(np.int8)
    noise = random.random(ROWS)
    probability = np.full(ROWS, 0.3) if name == CHANCE else 0.4 * target + 0.6 * noise
    scored = Scored(target, probability)
    threshold = 0.25 if name == CHANCE else 0.45
    report = judge(scored, threshold, {"draws": 50, "confidence": 0.95}, seed=1)
    values = {key: part["value"] for key, part in report["metrics"].items() if key != "threshold"}
    report |= {
        "model": name,
        "decision": judge_decision(threshold, scored, scored, POLICY),
        "cross_validation": {key: {"mean": mean, "std": 0.01} for key, mean in values.items()},
        "slices": _slices(report["metrics"]),
    }
    return {
        "report": report,
        "curves": curves(target, probability, 0.95)
        | {"decision": decision_curve(scored, scored, POLICY)},
        "scores": {
            "model": name,
            "metrics": {
                key: {"mean": mean, "std": 0.01, "folds": [mean] * FOLDS}
                for key, mean in values.items()
            },
        },
        "explanation": _explanation(name),
    }


def _slices(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    metrics = {name: scores for name, scores in metrics.items() if name != "threshold"}
    facts = {"rows": 300, "churned": 90, "predicted": 0.3, "judged": True, "metrics": metrics}
    small = {"rows": 8, "churned": 1, "predicted": 0.3, "judged": False, "metrics": {}, "gaps": []}
    return [
        {"column": "Contract", "group": "Month", **facts, "gaps": ["recall"]},
        {"column": "Contract", "group": "Two | year", **small},
        {"column": "tenure", "group": "0 to 72", **facts, "gaps": []},
    ]


def _explanation(name: str) -> dict[str, Any]:
    band = {"average": [0.3, 0.2], "low": [0.25, 0.15], "high": [0.35, 0.25]}
    return {
        "model": name,
        "rows": ROWS,
        "repeats": 5,
        "metric": "roc_auc",
        "importance": [
            {"column": "Contract", "mean": 0.1, "low": 0.08, "high": 0.12},
            {"column": "tenure", "mean": -0.0001, "low": -0.01, "high": 0.01},
        ],
        "partial_dependence": [
            {
                "column": "Contract",
                "kind": "categorical",
                "grid": ["Month", "Two | year"],
                **band,
            },
            {"column": "tenure", "kind": "numeric", "grid": [0.0, 72.0], **band},
        ],
    }


def _pair(first: str, second: str) -> dict[str, Any]:
    test = {"difference": 0.02, "low": -0.01, "high": 0.05, "p": 0.2}
    return {
        "first": first,
        "second": second,
        "cross_validation": test | {"p_holm": 0.4},
        "holdout": test,
        "distinguishable": second == CHANCE,
    }
"""The results of a small run, made by the library without the workflow."""

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
from churn.evaluation import evaluate_model
from churn.features import load_customers, split
from churn.files import write_json, write_yaml
from churn.training import train_model

from support.tables import customers_with_signal

EVALUATION: dict[str, Any] = {
    "threshold": {"policy": "metric", "metric": "f1", "min_precision": 0.6},
    "bootstrap": {"draws": 100, "confidence": 0.95},
    "slices": {"bins": 2, "min_rows": 100, "min_churned": 10},
}
TRAINING = {"cross_validation": {"folds": 3, "repeats": 1}}
DATA = {
    "target": "churn",
    "positive_label": "1",
    "id": "id",
    "numeric": ["usage", "noise"],
    "categorical": ["plan", "senior"],
    "drop": [],
    "delimiter": ",",
}
MISSING = ["unknown"]


def model_config(strength: float) -> dict[str, Any]:
    """Configure a logistic regression."""
    return {
        "estimator": "sklearn.linear_model.LogisticRegression",
        "params": {"C": strength},
        "preprocessing": {
            "impute": True,
            "scale": True,
            "encode": "one_hot",
            "max_categories": None,
        },
        "calibration": "none",
    }


def raw_table(rows: int) -> pd.DataFrame:
    """Give a table as it might be delivered: numbers as categories, blanks among numbers."""
    customers = customers_with_signal(rows)
    table = pd.concat([customers.ids, customers.features], axis=1)
    table["senior"] = range(rows)
    table["senior"] %= 2
    table["noise"] = table["noise"].map(str)
    table.loc[::50, "noise"] = " "
    table.loc[::40, "plan"] = "unknown"
    return table.assign(churn=customers.target)


def make_results(folder: Path, models: dict[str, float], rows: int = 600) -> Path:
    """Make the results of a run of models, each by its strength of regularisation.

    Parameters
    ----------
    folder : Path
        Where the results go.
    models : dict of str to float
        ``C`` by name; the first is the candidate.
    rows : int

    Returns
    -------
    Path
        `folder`.
    """
    raw = folder / "data/raw/customer_churn.csv"
    raw.parent.mkdir(parents=True)
    raw_table(rows).to_csv(raw, index=False)
    train, test = (str(folder / f"data/processed/{part}.parquet") for part in ("train", "test"))
    for_training, for_testing = split(load_customers(raw, DATA, MISSING), 0.3, 1)
    for_training.write(train)
    for_testing.write(test)
    for name, strength in models.items():
        _model(folder, name, strength, train, test)
    sha256 = hashlib.sha256(raw.read_bytes()).hexdigest()
    write_json(folder / "data/download.json", {"kind": "file", "sha256": sha256})
    write_json(folder / "comparison.json", {"models": list(models), "pairs": []})
    config = {
        "features": {"missing_values": MISSING, "test_size": 0.3},
        "training": TRAINING,
        "seed": 1,
        "model": {name: model_config(strength) for name, strength in models.items()},
    }
    write_yaml(folder / "config.yaml", config)
    decide(folder, next(iter(models)), "named", [next(iter(models))])
    return folder


def decide(
    folder: Path, candidate: str, status: str, history: list[str], failed: str | None = None
) -> None:
    """Write what became of a candidate: named, kept out or refused for a gate."""
    gates = [{"gate": "lift", "passed": failed is None, "message": failed or "enough"}]
    record = {
        "champion": history[-1] if history else None,
        "status": status,
        "candidate": candidate,
        "value": 0.8,
        "std": 0.01,
        "reason": "best of all" if status == "named" else "not better",
        "gates": gates,
        "history": [{"champion": name, "digest": name} for name in history],
    }
    write_json(folder / "champion.json", record)


def _model(folder: Path, name: str, strength: float, train: str, test: str) -> None:
    place = {
        key: str(folder / f"models/{name}/{file}")
        for key, file in {
            "model": "model.skops",
            "metrics": "metrics.json",
            "out_of_fold": "out_of_fold.parquet",
            "config": "config.yaml",
        }.items()
    }
    place |= {
        key: str(folder / f"evaluation/{name}/{file}")
        for key, file in {
            "report": "report.json",
            "curves": "curves.json",
            "predictions": "predictions.parquet",
        }.items()
    }
    train_model(
        name, train, place, model=model_config(strength), training=TRAINING, seed=1, threads=1
    )
    inputs = {**place, "train": train, "test": test}
    evaluate_model(name, inputs, place, evaluation=EVALUATION, slices=[], seed=1)
