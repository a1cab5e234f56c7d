"""Judge a fitted model on customers that it has never seen."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve
from sklearn.metrics import precision_recall_curve, roc_curve

from churn.customers import Customers, write_table
from churn.files import write_json
from churn.metrics import confusion_matrix, decision_metrics, probability_metrics
from churn.persistence import load_model
from churn.prediction import predict
from churn.thresholds import best_threshold

CURVE_POINTS = 200
CALIBRATION_BINS = 10


def evaluate_model(
    name: str,
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    *,
    evaluation: Mapping[str, Any],
) -> None:
    """Judge one model on the test set.

    Parameters
    ----------
    name : str
        The model's name.
    inputs : mapping
        The ``model`` (skops), its ``out_of_fold`` predictions and the ``test`` set (Parquet).
    outputs : mapping
        Where ``report`` and ``curves`` (JSON) and ``predictions`` (Parquet) go.
    evaluation : mapping
        The evaluation section of the config.
    """
    test = Customers.read(inputs["test"])
    probability = predict(load_model(inputs["model"]), test.features)
    report = evaluate(pd.read_parquet(inputs["out_of_fold"]), test, probability, evaluation)
    write_json(outputs["report"], {"model": name, **report})
    write_json(outputs["curves"], curves(test.target, probability))
    write_table(outputs["predictions"], predictions(test, probability, report["threshold"]))


def evaluate(
    out_of_fold: pd.DataFrame,
    test: Customers,
    probability: NDArray[np.float64],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """Choose the threshold out of fold and judge the model with it.

    Parameters
    ----------
    out_of_fold : DataFrame of shape (n_train, 4)
        ``fold``, ``target`` and ``probability`` of the customers of the training set.
    test : Customers
    probability : ndarray of shape (n_test,)
        The model's predictions for `test`.
    settings : mapping
        The evaluation section of the config.

    Returns
    -------
    dict
        ``threshold``, ``metrics`` on the test set, the ``confusion_matrix`` there, and
        ``cross_validation``: mean and standard deviation over the folds of the same metrics,
        each fold judged at the threshold that the other folds would choose.
    """
    metric = settings["threshold"]["metric"]
    threshold = best_threshold(
        out_of_fold["target"].to_numpy(), out_of_fold["probability"].to_numpy(), metric
    )
    predicted = decide(probability, threshold)
    return {
        "threshold": threshold,
        "metrics": {
            **probability_metrics(test.target, probability),
            **decision_metrics(test.target, predicted),
            "threshold": threshold,
        },
        "confusion_matrix": confusion_matrix(test.target, predicted),
        "rows": len(test),
        "cross_validation": cross_validated(out_of_fold, metric),
    }


def decide(probability: NDArray[np.float64], threshold: float) -> NDArray[np.int8]:
    """Predict churn (1) for the customers at or above the threshold."""
    return (probability >= threshold).astype(np.int8)


def cross_validated(out_of_fold: pd.DataFrame, metric: str) -> dict[str, dict[str, float]]:
    """Judge every fold at the threshold that the other folds would choose.

    Parameters
    ----------
    out_of_fold : DataFrame of shape (n_train, 4)
        ``fold``, ``target`` and ``probability``.
    metric : str
        What the threshold maximises.

    Returns
    -------
    dict of str to dict
        For each metric its ``mean`` and ``std`` over the folds.
    """
    judged = []
    for number in np.unique(out_of_fold["fold"]):
        inside = out_of_fold["fold"] == number
        rest, held_out = out_of_fold[~inside], out_of_fold[inside]
        threshold = best_threshold(
            rest["target"].to_numpy(), rest["probability"].to_numpy(), metric
        )
        target, probability = held_out["target"].to_numpy(), held_out["probability"].to_numpy()
        decisions = decision_metrics(target, decide(probability, threshold))
        judged.append({**probability_metrics(target, probability), **decisions})
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


def curves(target: NDArray[np.int8], probability: NDArray[np.float64]) -> dict[str, Any]:
    """Compute the points of the usual curves.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
    probability : ndarray of shape (n_rows,)

    Returns
    -------
    dict
        ``roc``, ``precision_recall`` (at most 200 points each) and ``calibration`` (tenths of
        the customers by predicted probability).
    """
    false_positive_rate, true_positive_rate, _ = roc_curve(target, probability)
    precision, recall, _ = precision_recall_curve(target, probability)
    observed, expected = calibration_curve(
        target, probability, n_bins=CALIBRATION_BINS, strategy="quantile"
    )
    return {
        "roc": _points(
            false_positive_rate=false_positive_rate, true_positive_rate=true_positive_rate
        ),
        "precision_recall": _points(recall=recall[::-1], precision=precision[::-1]),
        "calibration": _points(predicted=expected, observed=observed),
    }


def _points(**axes: NDArray[np.float64]) -> dict[str, list[float]]:
    length = len(next(iter(axes.values())))
    kept = np.unique(np.linspace(0, length - 1, min(length, CURVE_POINTS)).round().astype(int))
    return {name: values[kept].tolist() for name, values in axes.items()}
