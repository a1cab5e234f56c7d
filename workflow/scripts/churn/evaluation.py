"""Judge a fitted model on customers that it has never seen."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from churn.bootstrap import intervals
from churn.curves import curves
from churn.customers import Customers, read_table, write_table
from churn.files import write_json
from churn.metrics import confusion_matrix, decision_metrics, probability_metrics
from churn.persistence import load_model
from churn.prediction import predict
from churn.side_by_side import call_all
from churn.slices import judges_of_slices
from churn.thresholds import (
    Scored,
    choose_threshold,
    customer_values,
    decision_curve,
    judge_decision,
)


def evaluate_model(
    name: str,
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    *,
    evaluation: Mapping[str, Any],
    slices: Sequence[str],
    seed: int,
    threads: int,
) -> None:
    """Judge one model on the test set.

    Parameters
    ----------
    name : str
        The model's name.
    inputs : mapping
        The ``model`` (skops), its ``out_of_fold`` predictions, the ``train`` set, of which only
        the customers' worth is read, and the ``test`` set (Parquet).
    outputs : mapping
        Where ``report`` and ``curves`` (JSON) and ``predictions`` (Parquet) go.
    evaluation : mapping
        The evaluation section of the config.
    slices : sequence of str
        Columns by whose values the model is judged apart.
    seed : int
        Seed of the resamples.
    threads : int
        Resamples are drawn side by side in so many processes; the result does not depend on it.
    """
    policy, bootstrap = evaluation["threshold"], evaluation["bootstrap"]
    test = Customers.read(inputs["test"])
    probability = predict(load_model(inputs["model"]), test.features)
    scored = Scored(test.target, probability, customer_values(test, policy))
    folds, out_of_fold = read_out_of_fold(inputs["out_of_fold"], inputs["train"], policy)
    threshold = choose_threshold(out_of_fold, policy)
    places = {"columns": slices, "settings": evaluation["slices"], "bootstrap": bootstrap}
    judged, validated, *groups = call_all(
        [
            partial(judge, scored, threshold, bootstrap, seed),
            partial(cross_validated, out_of_fold, folds, policy),
            *judges_of_slices(test, probability, threshold, **places, seed=seed),
        ],
        threads,
    )
    report = judged | {
        "decision": judge_decision(threshold, out_of_fold, scored, policy),
        "cross_validation": validated,
        "slices": groups,
    }
    points = curves(test.target, probability, bootstrap["confidence"])
    points["decision"] = decision_curve(out_of_fold, scored, policy)
    write_json(outputs["report"], {"model": name, **report})
    write_json(outputs["curves"], points)
    write_table(outputs["predictions"], predictions(test, probability, threshold))


def read_out_of_fold(
    path: str, train: str, policy: Mapping[str, Any]
) -> tuple[pd.DataFrame, Scored]:
    """Read the out-of-fold predictions of a model.

    Parameters
    ----------
    path, train : str
        The predictions, and the training set they are for (Parquet).
    policy : mapping
        The section ``evaluation.threshold`` of the config.

    Returns
    -------
    folds : DataFrame of shape (n_predictions, 2)
        The ``repeat``, and the ``fold`` in it, of each prediction.
    scored : Scored
    """
    table = read_table(path)
    value: NDArray[np.float64] | float = 0.0
    # Read again only if there is a need for it.
    if policy["policy"] == "profit":
        value = customer_values(Customers.read(train), policy)
        if not isinstance(value, float):
            value = np.tile(value, table["repeat"].nunique())
    scored = Scored(table["target"].to_numpy(), table["probability"].to_numpy(), value)
    return table[["repeat", "fold"]], scored


def judge(
    scored: Scored, threshold: float, bootstrap: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """Judge predictions for the test set.

    Parameters
    ----------
    scored : Scored
    threshold : float
        Customers at or above it are predicted to churn.
    bootstrap : mapping
        ``draws`` and ``confidence`` of the intervals.
    seed : int

    Returns
    -------
    dict
        ``threshold``, ``metrics`` with intervals, the ``confusion_matrix``, the number of
        ``rows`` and their ``churn_rate``.
    """
    metrics = intervals(scored.target, scored.probability, threshold, seed=seed, **bootstrap)
    return {
        "threshold": threshold,
        "metrics": {**metrics, "threshold": threshold},
        "confusion_matrix": confusion_matrix(scored.target, decide(scored.probability, threshold)),
        "rows": len(scored.target),
        "churn_rate": float(scored.target.mean()),
    }


def decide(probability: NDArray[np.float64], threshold: float) -> NDArray[np.int8]:
    """Predict churn (1) for the customers at or above the threshold."""
    return (probability >= threshold).astype(np.int8)


def cross_validated(
    out_of_fold: Scored, folds: pd.DataFrame, policy: Mapping[str, Any]
) -> dict[str, dict[str, float]]:
    """Judge every fold at the threshold that the other folds of its repeat would choose.

    Parameters
    ----------
    out_of_fold : Scored
    folds : DataFrame of shape (n_predictions, 2)
        As from `read_out_of_fold`.
    policy : mapping
        The section ``evaluation.threshold`` of the config.

    Returns
    -------
    dict of str to dict
        For each metric its ``mean`` and ``std`` over the folds.
    """
    judged = []
    repeat, fold = folds["repeat"].to_numpy(), folds["fold"].to_numpy()
    for place in sorted(set(zip(repeat, fold, strict=True))):
        inside, rest = (repeat == place[0]) & (fold == place[1]), repeat == place[0]
        held_out = out_of_fold.take(inside)
        threshold = choose_threshold(out_of_fold.take(rest & ~inside), policy)
        decisions = decision_metrics(held_out.target, decide(held_out.probability, threshold))
        judged.append({**probability_metrics(held_out.target, held_out.probability), **decisions})
    table = pd.DataFrame(judged)
    return {
        str(name): {"mean": float(scores.mean()), "std": float(scores.std(ddof=1))}
        for name, scores in table.items()
    }


def predictions(
    test: Customers, probability: NDArray[np.float64], threshold: float
) -> pd.DataFrame:
    """Tabulate id, target, probability and decision for each customer of the test set."""
    columns = {
        str(test.ids.name): test.ids,
        "target": test.target,
        "probability": probability,
        "predicted": decide(probability, threshold),
    }
    return pd.DataFrame(columns)
