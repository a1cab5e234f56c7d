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
